package phrase

// What searching through orders of requests says.
var koreanSearch = []translation{
	{"%d steps", "선택 %d회"},
	{"nothing was put in order: on no view did two sessions have a request that waits", "순서를 정한 것이 없다. 두 세션의 요청이 함께 대기한 뷰가 없다"},
	{"%s let through one at a time: a bug of depth %d in their order would have been found with a chance of at least %s %% (view %s: %s, of %s and at most %s)",
		"%s을 하나씩 보냈다. 이 요청들의 순서에 깊이 %d의 결함이 있었다면 %s %% 이상의 확률로 발견되었다(%s 뷰: %s, %s, 최대 %s)"},
	{"%s; in %s the order was not kept: %s", "%s. %s에서는 순서를 지키지 못했다: %s"},
	{"%s went without one, since a visit made too many or a round took too long", "한 방문의 요청이 너무 많거나 한 라운드가 너무 길어서 순서 없이 보낸 %s"},
	{"%s came after others had gone on", "다른 요청이 먼저 진행된 뒤에 온 %s"},
	{"the wait of %s ended before their turn", "차례가 오기 전에 대기가 끝난 %s"},
	{"%s did not reach their view", "뷰에 이르지 못한 %s"},
	{"%s; there was nothing to put in order on %s", "%s. 순서를 정할 것이 없던 뷰: %s"},
	{"everybody at once, requests let through one at a time in a drawn order", "모든 계정이 동시에, 요청은 추첨한 순서로 하나씩"},
	{"to depth %d", "깊이 %d까지"},
	{"%s whose requests for %s come in a certain order", "%[2]s 뷰의 요청이 정해진 순서로 도착하는 %[1]s"},
}
