package phrase

// The reasons for causes.
var koreanCauses = []translation{
	{"no visit shows whose data it was", "누구의 데이터인지 보여 주는 방문이 없다"},
	{"%d of %s of %s were given another's data, and no pattern is plain", "%[3]s 뷰의 %[2]s 중 %[1]d회에서 다른 계정의 데이터가 전달되었으나 뚜렷한 패턴이 없다"},
	{"as on %s, it happens only while the owner asks for something as well", "%s 뷰에서처럼, 소유자도 요청을 보내는 동안에만 발생한다"},
	{"as on %s, it happens to whole sessions", "%s 뷰에서처럼, 세션 전체에서 발생한다"},
	{"nothing of it was seen before %s", "%s 이벤트 전에는 한 번도 나타나지 않았다"},
	{"nothing of it was seen before the first request that got no answer", "응답을 받지 못한 첫 요청 전에는 한 번도 나타나지 않았다"},

	// By where and what it was.
	{"in %d of %s it belonged to the account that used the same browser before", "%[2]s 중 %[1]d회에서 누출된 데이터는 같은 브라우저를 먼저 사용한 계정의 것이었다"},
	{"no answer of the target carried it", "대상 서비스의 어떤 응답에도 그 데이터가 없었다"},
	{"in %d of them an answer of the target carried it: the browser may still be taken for that account's", "그중 %d회는 대상 서비스의 응답에 그 데이터가 있었다. 대상 서비스가 브라우저를 아직 그 계정의 것으로 여길 수 있다"},
	{"it came up on %s", "%s 시 나타났다"},
	{"in %d of %s it came as a message on an open stream, and by no other answer", "%[2]s 중 %[1]d회에서 누출된 데이터는 열려 있는 스트림의 메시지로만 전달되었고, 다른 응답에는 없었다"},
	{"%s the viewer only watched while the owner acted", "그중 %s은 소유자가 동작하는 동안 열람자는 지켜보기만 했다"},
	{"in %d of %s it was only what its owner had replaced, hidden or deleted", "%[2]s 중 %[1]d회에서 소유자가 교체하거나 숨기거나 삭제한 데이터만 표시되었다"},
	{"in %d of %s of %s it was what its owner had replaced or deleted", "%[3]s 뷰의 %[2]s 중 %[1]d회에서 소유자가 교체하거나 삭제한 데이터가 표시되었다"},
	{"all %d were answers with an error status, and %s that were answered well showed nothing of others", "%[1]d회 모두 오류 상태의 응답이었고, 정상 응답을 받은 %[2]s에는 다른 계정의 데이터가 없었다"},
	{"in %d of %s the owner asked for the same address, which was new: %s, for instance", "%[2]s 중 %[1]d회에서 소유자도 새로 생긴 같은 주소를 요청했다(예: %[3]s)"},
	{"%s it was in %s alone, and the rest of the answer was right", "누출된 데이터는 %[1]s에 걸쳐 %[2]s에만 나타났고, 응답의 나머지는 정상이었다"},
	{"pictures", "이미지"},
	{"the state in the page's scripts", "페이지 스크립트의 상태"},
	{"%d of %s were given it while others asked for theirs", "%[2]s 중 %[1]d회는 다른 계정이 자기 데이터를 요청하는 동안 발생했다"},

	// By sessions and their credentials.
	{"in %d of %s the viewer's session was that of one other account, on view after view, from some moment to the end of it", "%[2]s 중 %[1]d회에서 열람자의 세션이 어느 시점부터 끝날 때까지 여러 뷰에 걸쳐 다른 한 계정의 세션이었다"},
	{"it was called by that one's name", "세션에 그 계정의 이름이 표시되었다"},
	{"it was called by the viewer's own name", "세션에 열람자 자신의 이름이 표시되었다"},
	{"the accounts had no session credential in common", "계정들 사이에 공통된 세션 자격 증명이 없었다"},
	{"in %d of %s the viewer had a session credential in common with the owner", "%[2]s 중 %[1]d회에서 열람자가 소유자와 같은 세션 자격 증명을 가지고 있었다"},
	{"%s and %s were given the same session (%s) by their own logins, %s apart", "%s 계정과 %s 계정이 각자의 로그인에서 같은 세션(%s)을 받았다(간격 %s)"},
	{"an answer of %s gave %s the session (%s) of %s", "%[1]s 응답이 %[2]s 계정에 %[4]s 계정의 세션(%[3]s)을 전달했다"},
	{"%s had the session (%s) of %s, and no answer was seen that gave it", "%[1]s 계정이 %[3]s 계정의 세션(%[2]s)을 가지고 있었으나, 이를 전달한 응답은 관찰되지 않았다"},
	{"%s and %s had no session credential in common", "%s 계정과 %s 계정 사이에 공통된 세션 자격 증명이 없었다"},

	// By the order in which accounts asked.
	{"in %d of %s it belonged to the account that asked directly before", "%[2]s 중 %[1]d회에서 누출된 데이터는 바로 앞에 요청한 계정의 것이었다"},
	{"in %d of %s it belonged to the account that asked %s before", "%[2]s 중 %[1]d회에서 누출된 데이터는 %[3]s 앞선 계정의 것이었다"},
	{"in %d of %s it belonged to the account that asked up to %s before, always the same number for a while (it changed %s)", "%[2]s 중 %[1]d회에서 누출된 데이터는 많게는 %[3]s 앞선 계정의 것이었고, 그 간격은 한동안 일정했다(%[4]s 바뀜)"},
	{"in %d of %s it belonged to the account whose turn was before, while nobody else asked", "%[2]s 중 %[1]d회에서 누출된 데이터는, 다른 계정의 요청이 없는데도, 직전 차례인 계정의 것이었다"},
	{"each of %s was shown the same owner at all times, and no two of them the same", "%s에 각각 늘 같은 소유자의 데이터가 표시되었고, 소유자가 겹치지 않았다"},
	{"each of %s was shown one owner at all times, in %s, and the sessions of %s different ones", "%[1]s에 각각 늘 한 소유자의 데이터만 표시되었고(%[2]s), %[3]s에서는 세션마다 소유자가 달랐다"},
	{"it was so from the beginning, and every request had been answered", "처음부터 그랬고, 모든 요청이 응답을 받은 뒤였다"},
	{"the accounts asked in the same order each time, so that a table of whose is whose would show the same", "계정들이 매번 같은 순서로 요청했으므로, 잘못된 매핑 테이블이라도 같은 결과가 나온다"},
	{"in %d of %s the same owner had been shown directly before, to others or to the owner", "%[2]s 중 %[1]d회에서 바로 앞에 같은 소유자의 데이터가 다른 계정이나 소유자에게 표시되었다"},
	{"%d of them followed the owner's own visit", "그중 %d회는 소유자 자신의 방문 바로 뒤였다"},
	{"%d were given it while nobody else asked", "%d회는 다른 계정의 요청이 없는 동안 전달되었다"},
	{"it never followed the owner's own visit of %s", "소유자 자신이 %s 뷰를 방문한 바로 뒤에 나타난 적은 없다"},
	{"an answer says that it came from a cache (%s)", "캐시에서 나왔다고 알리는 응답이 있다(%s)"},
	{"the answers held the viewer's own as well: something of an earlier answer was left in them", "응답에 열람자 자신의 데이터도 있었다. 이전 응답의 일부가 남아 있었던 것이다"},
	{"only %d of %d who came next were given it, and a cache would have given it to most", "다음에 요청한 %[2]d회 중 %[1]d회에만 전달되었는데, 캐시라면 대부분에 전달했을 것이다"},

	// By what happened at the same time.
	{"in %s, %d of %s were given that of one account, and each moment had its own", "%[1]s에서 %[3]s 중 %[2]d회에 한 계정의 데이터가 전달되었고, 그 계정은 시점마다 달랐다"},
	{"none of %s in which nobody else asked was given another's", "다른 계정의 요청이 없던 %s에는 다른 계정의 데이터가 한 번도 전달되지 않았다"},
	{"the owner was the last, or later than the viewer, to ask", "소유자가 마지막으로, 또는 열람자보다 나중에 요청했다"},
	{"the owner was the first, or earlier than the viewer, to ask", "소유자가 처음으로, 또는 열람자보다 먼저 요청했다"},
	{"whether the owner was the first or the last to ask cannot be told: the requests were too close", "요청들의 간격이 너무 짧아 소유자가 처음으로 요청했는지 마지막으로 요청했는지 알 수 없다"},
	{"%d of %s were given the data of an account that was given theirs at the same moment", "%[2]s 중 %[1]d회에서 두 계정이 같은 시점에 서로의 데이터를 받았다"},
}
