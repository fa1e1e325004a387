package phrase

// What repeating and shrinking a finding says.
var koreanRepro = []translation{
	// How often.
	{"reproduced in %d of %s (%s–%s %%)", "%[2]s 중 %[1]d회 재현되었다(%[3]s–%[4]s %%)"},
	{"not in %s: rate below %s %%", "%[1]s에서 한 번도 재현되지 않았다. 재현율은 %[2]s %% 미만이다"},
	{"could not try: %s", "시도하지 못했다: %s"},
	{"%s; then it could not be tried: %s", "%s. 그 뒤로는 시도하지 못했다: %s"},

	// What is left out of a plan.
	{"the event %s", "%s 이벤트"},
	{"the change %s", "%s 변경"},
	{"the login storm", "동시 로그인"},
	{"the phase %s", "%s 단계"},
	{"the account %s", "%s 계정"},
	{"the view %s", "%s 뷰"},
	{"the order %s of %s (%s instead)", "%[2]s 단계의 %[1]s 방식(대신 %[3]s)"},
	{"the item %s", "%s 항목"},
	{"the picture %s", "%s 이미지"},
	{"the planting", "카나리 심기"},
	{"the declared markers of others", "다른 계정의 선언된 마커"},
	{"the event %s in %s", "%[2]s 단계 도중의 %[1]s 이벤트"},
	{"the sessions without a browser in %s", "%s 단계의 브라우저 없는 세션"},
	{"the aborts of %s", "%s 단계의 요청 중단"},
	{"the pace of %s", "%s 단계의 속도 제한"},
	{"the think times of %s", "%s 단계의 대기 시간"},
	{"more than %s of %s", "%[2]s 단계에서 %[1]s를 넘는 부분"},
	{"more than %s of %s before its event", "%[2]s 단계의 이벤트 전에 %[1]s를 넘는 부분"},
	{"the holds of the phase %s", "%s 단계의 배리어 지점"},
	{"the holds of the phase %s besides %s", "%[2]s 외에 %[1]s 단계의 배리어 지점"},
	{"the holds of the view %s besides %s", "%[2]s 외에 %[1]s 뷰의 배리어 지점"},
	{"the step %s %s of the view %s", "%[3]s 뷰의 %[1]s %[2]s 동작"},
	{"the logout", "로그아웃"},

	// What came of a candidate.
	{"kept without %s (%d of %s)", "없이도 재현되었다: %[1]s(%[3]s 중 %[2]d회)"},
	{"lost without %s (%d of %s)", "없이는 재현되지 않았다: %[1]s(%[3]s 중 %[2]d회)"},
	{"rarer without %s, as was seen later (%d of %s)", "없으면 드물어지는 것이 나중에 확인되었다: %[1]s(%[3]s 중 %[2]d회)"},
	{"not known without %s: %s", "없이 재현되는지 알 수 없다: %s(%s)"},
	{"its rounds were over before it was decided", "결론이 나기 전에 라운드가 끝났다"},

	// What mattered.
	{"needs %s", "필요한 것: %s"},
	{"%s; not needed: %s", "%s. 필요 없는 것: %s"},
	{"%s; not known: %s", "%s. 알 수 없는 것: %s"},
	{"%s whose requests for %s overlap", "%[2]s 뷰의 요청이 겹치는 %[1]s"},
	{"what came after", "그 뒤의 단계"},
	{"%s that make the change %s", "%[2]s 변경을 하는 %[1]s"},
	{"%s that look at %s alone", "%[2]s 뷰를 단독으로 보는 %[1]s"},
	{"%s that look at %s one after the other", "%[2]s 뷰를 차례로 보는 %[1]s"},
	{"%s that log in at the same moment", "같은 시점에 로그인하는 %s"},
	{"%s that go through the views on their own", "각자 여러 뷰를 보는 %s"},
	{"%s on two devices each, whose requests for %s overlap", "기기 두 대씩에서 %[2]s 뷰의 요청이 겹치는 %[1]s"},
	{"%s with new browser profiles, whose requests for %s overlap", "새 브라우저 프로필에서 %[2]s 뷰의 요청이 겹치는 %[1]s"},
	{"%s that use one browser one after the other", "한 브라우저를 차례로 쓰는 %s"},
	{"%s that watch %s while one of them acts", "한 계정이 동작하는 동안 %[2]s 뷰를 지켜보는 %[1]s"},

	// Why nothing more is left out.
	{"nothing more can be left out", "더 뺄 것이 없다"},
	{"the tries were used up", "시도 횟수를 모두 썼다"},
	{"the time was up", "제한 시간이 끝났다"},
	{"it was not reproduced, so nothing could be left out", "재현되지 않아 아무것도 뺄 수 없었다"},
	{"what was left out last made it rarer, so it was put back", "마지막에 뺀 것 때문에 더 드물어져 되돌렸다"},
	{"what was kept before did not show it any more", "앞서 재현되던 계획에서 더는 재현되지 않는다"},
	{"what was kept before could not be tried any more: %s", "앞서 재현되던 계획을 더는 시도할 수 없다: %s"},

	// Where a case stands.
	{"it came in %d of %s; when the case was made, in %s", "%[2]s 중 %[1]d회 재현되었다. 사례를 만들 때는 %[3]s였다"},
	{"not in %s: rate below %s %%; when the case was made, it came in %s", "%[1]s에서 한 번도 재현되지 않았다. 재현율은 %[2]s %% 미만이다. 사례를 만들 때는 %[3]s 재현되었다"},
	{"not in %s of the %d that it takes: %s", "필요한 %[2]d회 가운데 %[1]s에서 재현되지 않았다: %[3]s"},
	{"not as it was, but %s", "전과는 다르지만, %s"},
	{"not in %s of the %d that it takes", "필요한 %[2]d회 가운데 %[1]s에서 재현되지 않았다"},
}
