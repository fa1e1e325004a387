package phrase

// Why a verdict is not clean.
var koreanGate = []translation{
	{"the record has no end: the run was killed, and what it had seen until then was judged", "기록에 끝이 없다. 실행이 강제로 종료되었으며, 그때까지 관찰한 내용으로 판정했다"},
	{"the run was interrupted, and what it had seen until then was judged", "실행이 중단되었으며, 그때까지 관찰한 내용으로 판정했다"},
	{"%s brought a marker to somebody outside its audience", "%s에서 공개 대상이 아닌 계정에 마커가 전달되었다"},
	{"%s of level %s, and the plan fails on that level", "%[2]s 등급의 %[1]s이 있으며, 계획은 이 등급을 실패로 처리한다"},
	{"%s %s was accepted until %s by %s", "%[1]s 등급의 발견 사항 %[2]s: %[4]s 담당으로 %[3]s까지만 수용되었다"},

	{"%d of %s logged in, and it takes two to mix them up", "%[2]s 중 %[1]d개가 로그인했으며, 세션이 섞이려면 계정이 둘 이상 필요하다"},
	{"the target failed before any account had company", "계정들이 함께 접속하기 전에 대상 서비스에 장애가 발생했다"},
	{"the target failed before the plan was done", "계획을 마치기 전에 대상 서비스에 장애가 발생했다"},
	{"the time was up before the plan was done", "계획을 마치기 전에 제한 시간이 끝났다"},
	{"the run ended early (%s)", "실행이 일찍 끝났다(%s)"},
	{"%s never logged in", "%s 계정이 한 번도 로그인하지 못했다"},
	{"%s and %d more", "%s 외 %d개"},

	{"the plan has no phase in which accounts have company", "계획에 계정들이 함께 접속하는 단계가 없다"},
	{"phase %s was never reached", "%s 단계에 이르지 못했다"},
	{"phase %s came to round %d of %d", "%[1]s 단계가 전체 %[3]d라운드 중 %[2]d라운드까지만 진행되었다"},
	{"no two sessions were ever at work at the same moment, and that is when sessions are mixed up", "두 세션이 같은 시점에 동작한 적이 한 번도 없다. 세션은 동시에 동작할 때 섞인다"},

	{"%d of %s in company did not reach their page", "함께 접속한 상태의 %[2]s 중 %[1]d회는 페이지에 도달하지 못했다"},
	{"view %s was never looked at in company", "함께 접속한 상태에서 %s 뷰를 한 번도 보지 않았다"},
	{"view %s was away, with an error page or a waiting page, in %d of %s", "%[1]s 뷰가 %[3]s 중 %[2]d회에서 오류 페이지나 대기 페이지로 대체되었다"},
	{"view %s was not reached in any of %s", "%[2]s 모두 %[1]s 뷰에 도달하지 못했다"},
	{"on view %s the accounts did not see their own %s in %d of %s, so those visits prove nothing", "%[1]s 뷰에서 %[4]s 중 %[3]d회는 계정이 자기 %[2]s 항목을 보지 못했으므로, 이 방문들은 아무것도 증명하지 못한다"},
	{"on view %s the accounts did not see their own name in %d of %s, so those visits prove nothing", "%[1]s 뷰에서 %[3]s 중 %[2]d회는 계정이 자기 이름을 보지 못했으므로, 이 방문들은 아무것도 증명하지 못한다"},
	{"on view %s the accounts did not see anything of their own (give the view a control or an identity) in %d of %s, so those visits prove nothing", "%[1]s 뷰에서 %[3]s 중 %[2]d회는 계정이 자기 데이터를 보지 못했으므로(뷰에 control이나 identity를 지정한다), 이 방문들은 아무것도 증명하지 못한다"},
	{"%s never saw anything of their own in company", "%s 계정이 함께 접속한 상태에서 자기 데이터를 한 번도 보지 못했다"},

	{"no leak in %s leaves room for a leak rate of %s per visit; %s takes %d, about %s", "%[1]s에서 누출이 없었어도 방문당 누출률은 %[2]s까지 가능하다. %[3]s까지 낮추려면 유효 방문 %[4]d회, 즉 %[5]s 정도가 필요하다"},
	{"no new leak in %s leaves room for a new leak rate of %s per visit; %s takes %d, about %s", "%[1]s에서 새 누출이 없었어도 방문당 새 누출률은 %[2]s까지 가능하다. %[3]s까지 낮추려면 유효 방문 %[4]d회, 즉 %[5]s 정도가 필요하다"},
}
