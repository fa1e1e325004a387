package phrase

// What searching through orders of requests says.
var koreanSearch = []translation{
	{"%d schedules", "순서 %d가지"},
	{"%d steps", "선택 %d회"},
	{"%s a view, of %s and at most %s: a bug of order of depth %d that requests can show would have been found with a chance of at least %s %%",
		"뷰마다 %[1]s, %[2]s, 최대 %[3]s. 요청 순서로 드러나는 깊이 %[4]d의 순서 결함이 있었다면 %[5]s %% 이상의 확률로 발견되었다"},
	{"%s; %s went without an order: a visit made too many, or a turn took too long",
		"%s. %s은 순서 없이 보냈다. 한 방문의 요청이 너무 많았거나 한 차례가 너무 길었다"},
	{"everybody at once, requests let through one at a time in a drawn order", "모든 계정이 동시에, 요청은 추첨한 순서로 하나씩"},
	{"to depth %d", "깊이 %d까지"},
	{"%s whose requests for %s come in a certain order", "%[2]s 뷰의 요청이 정해진 순서로 도착하는 %[1]s"},
}
