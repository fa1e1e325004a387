package phrase

// What the checks of the suite say.
var koreanChecks = []translation{
	// Whose it is, and what.
	{"%s's %s", "%s 계정의 %s 항목"},
	{"somebody's %s", "소유자를 알 수 없는 %s 항목"},
	{"%s's %s of an earlier run", "이전 실행에서 만든 %s 계정의 %s 항목"},
	{"somebody's %s of an earlier run", "이전 실행에서 만든, 소유자를 알 수 없는 %s 항목"},
	{"%s's session (%s)", "%s 계정의 세션(%s)"},
	{"%s (%s)", "%s(%s)"},
	{"%s and %s", "%s, %s"},
	{"%s or %s", "%s 또는 %s"},

	// Where it was.
	{"hidden text", "숨은 텍스트"},
	{"an attribute", "속성"},
	{"a script", "스크립트"},
	{"a style", "스타일"},
	{"the console", "콘솔"},
	{"a blob", "Blob"},
	{"a cookie", "쿠키"},
	{"a download", "다운로드 파일"},
	{"the browser's storage", "브라우저 저장소"},
	{"a database of the browser", "브라우저 데이터베이스"},
	{"the cache of a service worker", "서비스 워커 캐시"},

	// canary
	{"%s was shown %s on %s", "%[1]s 계정의 %[3]s 뷰에 %[2]s이 표시되었다"},
	{"%s was shown %s in the title of %s", "%[1]s 계정의 %[3]s 뷰 제목에 %[2]s이 표시되었다"},
	{"%s was shown %s in a form of %s", "%[1]s 계정의 %[3]s 뷰 폼에 %[2]s이 표시되었다"},
	{"%s was shown %s in a picture on %s", "%[1]s 계정의 %[3]s 뷰에 있는 이미지에 %[2]s이 표시되었다"},
	{"%s was shown %s in a window that %s opened", "%[1]s 계정의 %[3]s 뷰가 연 창에 %[2]s이 표시되었다"},
	{"%s was shown %s in a %s on %s", "%[1]s 계정의 %[4]s 뷰에서 %[3]s에 %[2]s이 표시되었다"},
	{"%s was sent %s in %s of %s", "%[1]s 계정에 %[2]s이 %[4]s 뷰의 %[3]s에 담겨 전송되었다"},
	{"%s was sent %s in a %s on %s", "%[1]s 계정에 %[2]s이 %[4]s 뷰의 %[3]s에 담겨 전송되었다"},
	{"%s was given %s in %s on %s", "%[1]s 계정이 %[4]s 뷰에서 %[3]s에 담긴 %[2]s을 받았다"},
	{"%s has %s in %s after %s", "%[4]s 뷰를 방문한 뒤 %[1]s 계정의 %[3]s에 %[2]s이 남아 있다"},
	{"%s has %s in the history of %s", "%[1]s 계정의 %[3]s 뷰 히스토리 상태에 %[2]s이 남아 있다"},
	{"%s was made to send %s in a request on %s", "%[1]s 계정의 브라우저가 %[3]s 뷰에서 %[2]s을 담은 요청을 보냈다"},
	{"%s (%s as well)", "%s(%s에도 있음)"},

	// identity
	{"%s was taken for %s on %s", "%[3]s 뷰에서 %[1]s 계정이 %[2]s 계정으로 인식되었다"},

	// alternation
	{"%s's %s switched between owners %s: %s", "%[1]s 계정의 %[2]s 뷰에서 데이터의 소유자가 %[3]s 바뀌었다: %[4]s"},

	// residue
	{"with Back", "뒤로 가기로"},
	{"with Forward", "앞으로 가기로"},
	{"with a reload", "새로 고침으로"},
	{"without the network", "네트워크 없이"},
	{"%s found %s's %s in the %s of %s, in a browser that %s had logged out of", "%[6]s 계정이 로그아웃한 브라우저에서 %[1]s 계정이 %[5]s 뷰를 열자 %[4]s에 %[2]s 계정의 %[3]s 항목이 남아 있었다"},
	{"%s found %s's %s in the %s of %s %s, in a browser that %s had logged out of", "%[7]s 계정이 로그아웃한 브라우저에서 %[1]s 계정이 %[6]s %[5]s 뷰를 열자 %[4]s에 %[2]s 계정의 %[3]s 항목이 남아 있었다"},
	{"%s was shown %s as %s, in a browser that %s had logged out of", "%[4]s 계정이 로그아웃한 브라우저에서 %[1]s 계정이 연 %[2]s 뷰가 %[3]s 계정의 화면으로 표시되었다"},
	{"%s was shown %s as %s %s, in a browser that %s had logged out of", "%[5]s 계정이 로그아웃한 브라우저에서 %[1]s 계정이 %[4]s 연 %[2]s 뷰가 %[3]s 계정의 화면으로 표시되었다"},

	// effects
	{"%s's %s on %s is what %s had changed theirs to, and the own is gone", "%[3]s 뷰에서 %[1]s 계정의 %[2]s 항목이 사라지고, %[4]s 계정이 자기 항목에 입력한 값이 그 자리에 있다"},

	// stale
	{"%s was shown %s's %s on %s, %s after it was deleted", "%[2]s 계정의 %[3]s 항목이 삭제된 지 %[5]s 뒤에 %[1]s 계정의 %[4]s 뷰에 다시 표시되었다"},
	{"%s was shown %s's %s on %s, %s after it was replaced", "%[2]s 계정의 %[3]s 항목이 교체된 지 %[5]s 뒤에 %[1]s 계정의 %[4]s 뷰에 교체 전 값이 표시되었다"},

	// missing
	{"%s did not see the own %s on %s", "%[1]s 계정의 %[3]s 뷰에 자기 %[2]s 항목이 보이지 않았다"},

	// noninterference
	{"%s was shown on %s what only %s showed alone (%s)", "단독으로 접속했을 때 %[3]s 계정에만 표시되던 내용이 %[1]s 계정의 %[2]s 뷰에 표시되었다(%[4]s)"},
	{"%s of %s, the same whenever %s was alone, was replaced in company", "%[3]s 계정이 단독으로 접속했을 때 늘 같던 %[2]s 뷰의 %[1]s 부분이 함께 접속한 상태에서 다른 내용으로 바뀌었다"},

	// sharedtoken
	{"%s was given %s by %s on %s", "%[1]s 계정이 %[4]s 뷰에서 %[3]s 응답으로 %[2]s을 받았다"},
	{"%s was logged in with %s on %s", "%[1]s 계정이 %[3]s 뷰에서 %[2]s으로 로그인되어 있었다"},
	{"%s held %s on %s", "%[1]s 계정이 %[3]s 뷰에서 %[2]s을 가지고 있었다"},
	{"%s's login did not change the session (%s): whoever knew it before is logged in as well", "%s 계정이 로그인해도 세션(%s)이 바뀌지 않았다. 로그인 전에 이 세션을 알던 사람도 함께 로그인된다"},

	// sharedcache
	{"%s with %s came from a shared cache (%s)", "%[2]s을 담은 %[1]s 응답이 공유 캐시에서 나왔다(%[3]s)"},
	{"%s with %s was stored by a shared cache (%s)", "%[2]s을 담은 %[1]s 응답이 공유 캐시에 저장되었다(%[3]s)"},
	{"%s with %s may be stored by a shared cache and given to others (%s)", "%[2]s을 담은 %[1]s 응답이 공유 캐시에 저장되어 다른 사용자에게 전달될 수 있다(%[3]s)"},
	{"%s with %s may be given by a shared cache to all who wait for it together (%s)", "%[2]s을 담은 %[1]s 응답이 공유 캐시를 거쳐, 함께 기다리던 모든 사용자에게 전달될 수 있다(%[3]s)"},
	{"Cache-Status: a hit of %s", "Cache-Status: %s 캐시 적중"},
	{"X-Varnish with two numbers", "숫자가 두 개인 X-Varnish"},
	{"%s says that it stored it", "%s 캐시가 저장했다고 알림"},
	{"it says nothing of caches", "캐시에 관한 지시 없음"},
}
