package phrase

// Why a finding has no script that shows it without a browser.
var koreanScript = []translation{
	{"the target's address cannot be read", "대상의 주소를 읽을 수 없다"},
	{"only one of the two accounts came to %s", "두 계정 중 하나만 %s에 이르렀다"},
	{"it came over a stream, which a page has to open", "페이지가 열어야 하는 스트림으로 왔다"},
	{"the view %s asks the target for nothing that brings data", "%s 뷰는 데이터를 가져오는 요청을 하지 않는다"},
	{"the two accounts ask for different things in %s", "두 계정이 %s에서 서로 다른 것을 요청한다"},
	{"%s was answered with %d for one account and with %d for the other", "%s 요청에 한 계정은 %d, 다른 계정은 %d 응답을 받았다"},
	{"%s sends a %s of its own, which no answer before it gave", "%[1]s 요청이 앞선 응답에 없던 값을 보낸다: %[2]s"},
	{"%s sends %s", "%s 요청이 보내는 것: %s"},
	{"%s was not answered", "%s 요청에 응답이 없었다"},
	{"more than can be written down", "기록할 수 없을 만큼 긴 본문"},
	{"a form with files that cannot be taken apart", "나눌 수 없는 파일 양식"},
	{"a file of its own", "계정마다 다른 파일"},
	{"a body that is no text", "텍스트가 아닌 본문"},
	{"a credential would stand in what %s sends", "%s에서 보내는 것에 자격 증명이 남는다"},
	{"there is no second account to hold the requests against", "요청을 견주어 볼 두 번째 계정이 없다"},
	{"not without a page in %s", "페이지 없이는 %s 동안 재현되지 않았다"},
	{"without a page it could not be tried: %s", "페이지 없이는 시도하지 못했다: %s"},
}
