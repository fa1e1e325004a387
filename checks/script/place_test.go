package script

import (
	"net/http"
	"testing"
)

func page(text string) *given {
	return newGiven(http.Header{"Content-Type": {"text/html; charset=utf-8"}}, text)
}

func TestFound(t *testing.T) {
	headed := func(name, value string) *given { return newGiven(http.Header{name: {value}}, "") }
	for _, tt := range []struct {
		what          string
		value, own    string
		viewer, owner *given
		want          Place
	}{
		{"a field", "a&b", "c", page(`<input value="a&amp;b" name=token>`), page(`<INPUT name='token' value=c>`), Place{Field: "token"}},
		{"a meta element", "t1", "t2", page(`<meta name="csrf" content="t1">`), page(`<meta name="csrf" content="t2">`), Place{Field: "csrf"}},
		{"a link", "17", "8", page(`<a href="/message/17?x=1">`), page(`<a href="/message/8?x=1">`), Place{Link: "/message/"}},
		{"JSON", "17", "8", newGiven(nil, `{"a/b": [{"id": 17}]}`), newGiven(nil, `{"a/b": [{"id": 8}]}`), Place{JSON: "/a~1b/0/id"}},
		{"a cookie", "x1", "x2", headed("Set-Cookie", "XSRF=x1; Path=/"), headed("Set-Cookie", "XSRF=x2; Path=/"), Place{Cookie: "XSRF"}},
		{"a header", "n1", "n2", headed("X-Next", "n1"), headed("X-Next", "n2"), Place{Header: "X-Next"}},
		{"in a header", "k1", "k2", headed("Location", "/done?key=k1&x"), headed("Location", "/done?key=k2&x"), Place{Header: "Location", After: "key=", Before: "&"}},
		{"in a script", "n&1", "n2", page(`<script>nonce = "n&1";`), page(`<script>nonce = "n2";`), Place{After: `= "`, Before: `"`}},
		{"at another place", "17", "8", page(`<a href="/m/17">`), page(`<a href="/n/8">`), Place{}},
		{"nowhere", "17", "8", page(``), page(`8`), Place{}},
	} {
		got, ok := found(tt.value, tt.own, tt.viewer, tt.owner)
		if ok != (tt.want != Place{}) || tt.want.After == "" && got != tt.want {
			t.Errorf("%s: %+v, %v; want %+v", tt.what, got, ok, tt.want)
		}
		if tt.want.After != "" && (got.Header != tt.want.Header || got.Before != tt.want.Before) {
			t.Errorf("%s: %+v, want %+v", tt.what, got, tt.want)
		}
		if !ok {
			continue
		}
		a, _ := got.of(tt.viewer)
		b, _ := got.of(tt.owner)
		if a != tt.value || b != tt.own {
			t.Errorf("%s: there stand %q and %q", tt.what, a, b)
		}
	}
}

// FuzzPlace looks in whatever a target may answer.
func FuzzPlace(f *testing.F) {
	f.Add(`<input name=a value=b><a href=/x/y>`, "b")
	f.Add(`{"a": ["b", {"c": 1e9}]}`, "b")
	f.Fuzz(func(t *testing.T, text, value string) {
		if value == "" {
			return
		}
		if p, ok := found(value, value, page(text), page(text)); ok {
			if got, _ := p.of(page(text)); got != value {
				t.Errorf("%+v gives %q", p, got)
			}
		}
	})
}
