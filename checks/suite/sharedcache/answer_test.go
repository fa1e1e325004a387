package sharedcache

import (
	"strings"
	"testing"

	"notmine/checks/record"
)

// fields makes header fields of lines.
func fields(lines ...string) []record.HeaderField {
	var fs []record.HeaderField
	for _, line := range lines {
		name, value, _ := strings.Cut(line, ": ")
		fs = append(fs, record.HeaderField{Name: name, Value: value})
	}
	return fs
}

func TestMay(t *testing.T) {
	const date = "Date: Sun, 22 Nov 2026 01:45:00 GMT"
	for _, tt := range []struct {
		name   string
		change func(*record.Exchange)
		lines  []string
		want   reuse
		part   string
	}{
		{name: "nothing said", want: later},
		{name: "private and no-store", lines: []string{"Cache-Control: private, no-store"}},
		{name: "private alone", lines: []string{"Cache-Control: private, max-age=600"}},
		{name: "in two lines", lines: []string{"Cache-Control: max-age=600", "Cache-Control: private"}},
		{name: "no-cache is asked again", lines: []string{"Cache-Control: no-cache"}},
		{name: "Pragma without more", lines: []string{"Pragma: no-cache"}},
		{name: "Pragma beside what counts", lines: []string{"Pragma: no-cache", "Cache-Control: max-age=5"}, want: later},
		{name: "public", lines: []string{"Cache-Control: public"}, want: later},
		{name: "max-age", lines: []string{"Cache-Control: max-age=60"}, want: later},
		{name: "stale at once", lines: []string{"Cache-Control: max-age=0"}, want: flight},
		{name: "stale at once, never used stale", lines: []string{"Cache-Control: max-age=0, must-revalidate"}},
		{name: "s-maxage goes before max-age", lines: []string{"Cache-Control: max-age=60, s-maxage=0"}},
		{name: "s-maxage alone", lines: []string{"Cache-Control: max-age=0, s-maxage=60"}, want: later},
		{name: "Expires ahead", lines: []string{date, "Expires: Sun, 22 Nov 2026 01:46:00 GMT"}, want: later},
		{name: "Expires in the past", lines: []string{date, "Expires: Thu, 19 Nov 1981 08:52:00 GMT"}, want: flight},
		{name: "Expires is no time", lines: []string{date, "Expires: 0"}, want: flight},
		{name: "max-age goes before Expires", lines: []string{date, "Cache-Control: max-age=0, must-revalidate", "Expires: Sun, 22 Nov 2026 01:46:00 GMT"}},
		{name: "private for one field", lines: []string{`Cache-Control: private="set-cookie", max-age=60`}, want: later},
		{name: "private for that field", lines: []string{`Cache-Control: private="x, Set-Cookie", max-age=60`}, part: "Set-Cookie"},
		{name: "private for another field", lines: []string{`Cache-Control: no-cache="x", max-age=60`}, part: "Set-Cookie", want: later},
		{name: "a redirect that says nothing", change: func(x *record.Exchange) { x.Status = 303 }},
		{name: "a redirect with max-age", change: func(x *record.Exchange) { x.Status = 302 }, lines: []string{"Cache-Control: max-age=60"}, want: later},
		{name: "a post", change: func(x *record.Exchange) { x.Method = "POST" }, lines: []string{"Cache-Control: public"}},
		{name: "Authorization", change: func(x *record.Exchange) { x.Auth = "d" }, lines: []string{"Cache-Control: max-age=60"}},
		{name: "Authorization, but public", change: func(x *record.Exchange) { x.Auth = "d" }, lines: []string{"Cache-Control: public, max-age=60"}, want: later},
		{name: "for the network that delivers", lines: []string{"Cache-Control: private", "CDN-Cache-Control: max-age=60"}, want: later},
		{name: "forbidden there, allowed elsewhere", lines: []string{"Cache-Control: max-age=60", "Surrogate-Control: no-store"}, want: later},
	} {
		x := record.Exchange{Method: "GET", Status: 200, Caching: fields(tt.lines...)}
		if tt.change != nil {
			tt.change(&x)
		}
		if got, _ := newAnswer(x).may(tt.part); got != tt.want {
			t.Errorf("%s: %d, want %d", tt.name, got, tt.want)
		}
	}
}

func TestKept(t *testing.T) {
	for line, want := range map[string]bool{
		"Age: 3": true, "Age: 0": false, "Age: x": false,
		"X-Cache: HIT": true, "X-Cache: Hit from cloudfront": true, "X-Cache: RefreshHit from cloudfront": true,
		"X-Cache: MISS": false, "X-Cache: Miss from cloudfront": false, "X-Cache: MISS, HIT": true, "X-Cache: TCP_MEM_HIT from a.example": true,
		"CF-Cache-Status: HIT": true, "CF-Cache-Status: DYNAMIC": false, "CF-Cache-Status: BYPASS": false, "CF-Cache-Status: REVALIDATED": true,
		"X-Cache-Hits: 0": false, "X-Cache-Hits: 2": true,
		"X-Varnish: 1054": false, "X-Varnish: 1054 1032": true,
		"Cache-Status: edge; hit": true, "Cache-Status: edge; fwd=miss": false,
		"Via: 1.1 proxy": false,
	} {
		x := record.Exchange{Method: "GET", Status: 200, Caching: fields(line)}
		if sign := newAnswer(x).kept(); !sign.IsZero() != want {
			t.Errorf("%s: the sign is %q", line, sign)
		}
	}
}

func TestApart(t *testing.T) {
	secret, plain := []record.Cookie{{Name: "sid", Secret: true}}, []record.Cookie{{Name: "lang"}}
	for _, tt := range []struct {
		name string
		x    record.Exchange
		want bool
	}{
		{"no Vary", record.Exchange{Cookies: secret}, false},
		{"by the cookie", record.Exchange{Cookies: secret, Caching: fields("Vary: Accept, cookie")}, true},
		{"by a cookie that tells nobody apart", record.Exchange{Cookies: plain, Caching: fields("Vary: Cookie")}, false},
		{"by what was not sent", record.Exchange{Cookies: secret, Caching: fields("Vary: Authorization")}, false},
		{"by the Authorization", record.Exchange{Auth: "d", Caching: fields("Vary: Authorization")}, true},
		{"by everything", record.Exchange{Caching: fields("Vary: *")}, true},
		{"by the language", record.Exchange{Cookies: secret, Caching: fields("Vary: Accept-Language")}, false},
		{"an address that nobody else knows", record.Exchange{URL: "http://x/file?sig=***"}, true},
		{"such an address, and a session", record.Exchange{URL: "http://x/file?sig=***", Cookies: secret}, false},
	} {
		if got := newAnswer(tt.x).apart(); got != tt.want {
			t.Errorf("%s: %v", tt.name, got)
		}
	}
}
