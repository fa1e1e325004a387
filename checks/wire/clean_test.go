package wire

import (
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestClean(t *testing.T) {
	const uuid4 = "123e4567-e89b-12d3-a456-426614174000"
	for _, test := range []struct{ why, url, want string }{
		{"nothing to hide", "https://x.test:8443/inbox/12?page=2&sort=date", "https://x.test:8443/inbox/12?page=2&sort=date"},
		{"user, password and fragment", "http://u:p@x.test/a#access", "http://***@x.test/a#***"},
		{"names that say it", "http://x.test/?token=a&api_key=b&SessionID=c&user[password]=d&code=1", "http://x.test/?token=***&api_key=***&SessionID=***&user[password]=***&code=***"},
		{"an escaped name", "http://x.test/?pass%77ord=a", "http://x.test/?pass%77ord=***"},
		{"names that only sound so", "http://x.test/?author=kim&keyword=tea&message=hi", "http://x.test/?author=kim&keyword=tea&message=hi"},
		{"a value that looks random", "http://x.test/?q=a8Xk20dLq9ZmP3vT&r=ok", "http://x.test/?q=***&r=ok"},
		{"a value of letters only, capitals mixed", "http://x.test/?q=aXkRdLqZmPvTbNcW", "http://x.test/?q=***"},
		{"a value of capitals only", "http://x.test/?q=QWERTYXJKLMNBVCXZPOIUYTREW", "http://x.test/?q=***"},
		{"a value without a name", "http://x.test/?a8Xk20dLq9ZmP3vT", "http://x.test/?***"},
		{"a flag and an empty value", "http://x.test/?debug&token=", "http://x.test/?debug&token="},
		{"words, numbers and dates", "http://x.test/?q=responsibilities&n=12345678901234567890&d=2026-11-22T01:45:00", "http://x.test/?q=responsibilities&n=12345678901234567890&d=2026-11-22T01:45:00"},
		{"a name in camel case", "http://x.test/getUserAccountInformationList", "http://x.test/getUserAccountInformationList"},
		{"a canary is no secret", "http://x.test/" + canary + "?q=" + canary, "http://x.test/" + canary + "?q=" + canary},
		{"a session in the path", "http://x.test/(S(lit3py55t21z5v55vlm25s55))/a.aspx", "http://x.test/***/a.aspx"},
		{"a parameter of the path", "http://x.test/a.jsp;jsessionid=1A2B?x=1", "http://x.test/a.jsp;jsessionid=***?x=1"},
		{"a UUID", "http://x.test/reset/" + uuid4 + "?id=" + uuid4, "http://x.test/reset/***?id=***"},
		{"a JWT", "http://x.test/eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.x", "http://x.test/***"},
		{"Korean", "http://x.test/%EB%A9%94%EC%9D%BC?q=%ED%95%9C%EA%B8%80", "http://x.test/%EB%A9%94%EC%9D%BC?q=%ED%95%9C%EA%B8%80"},
		{"content in the URL", "data:text/html,secret", "data:***"},
	} {
		if got := CleanURL(test.url); got != test.want {
			t.Errorf("%s: %s\n got %s\nwant %s", test.why, test.url, got, test.want)
		}
	}
	if got := CleanURL("http://x.test/%zz?password=a"); got != masked {
		t.Errorf("what is no URL: %s", got)
	}
}

func FuzzClean(f *testing.F) {
	f.Add("http://u:p@x.test/a;b=c/d?token=x&y#z")
	f.Add("//x/%2F?&&==")
	f.Fuzz(func(t *testing.T, raw string) {
		u, err := url.Parse(raw)
		if err != nil {
			return
		}
		got := Clean(u)
		if len(got) > maxURL || !utf8.ValidString(got) {
			t.Errorf("Clean(%q) = %q", raw, got)
		}
		const secret = "hunter2hunter2hunter2"
		u.User, u.Fragment, u.RawQuery = url.UserPassword("u", secret), secret, "password="+secret+"&x="+secret
		if strings.Contains(Clean(u), secret) {
			t.Errorf("%s gives its secret away", Clean(u))
		}
	})
}
