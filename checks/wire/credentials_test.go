package wire

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"notmine/checks/record"
)

func bare(t testing.TB) *Wire {
	w, err := New(Config{Target: &url.URL{Scheme: "http", Host: "target.test"}, Key: []byte("a key")})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func TestDigest(t *testing.T) {
	w := bare(t)
	other, err := New(Config{Target: &url.URL{Scheme: "http", Host: "target.test"}})
	if err != nil {
		t.Fatal(err)
	}
	if bare(t).Digest("sid", "1") != w.Digest("sid", "1") {
		t.Error("the same cookie has two digests under the same key")
	}
	for why, d := range map[string]string{
		"another value":            w.Digest("sid", "2"),
		"another name":             w.Digest("uid", "1"),
		"a boundary that moved":    w.Digest("si", "d\x001"),
		"a run with a random key":  other.Digest("sid", "1"),
		"all of it in the name":    w.Digest("sid1", ""),
		"all of it in the content": w.Digest("", "sid1"),
	} {
		if d == w.Digest("sid", "1") {
			t.Errorf("%s has the same digest", why)
		}
	}
}

func TestCookies(t *testing.T) {
	w := bare(t)
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		rw.Header()["Set-Cookie"] = []string{
			"sid=abc12345def; Path=/; HttpOnly; Domain=x.test", `odd="a, b"; httponly`, "sid=; Max-Age=0", "alone",
		}
	}))
	defer server.Close()
	l, c := open(t, newWire(t, server, nil), nil)
	req, _ := http.NewRequest("GET", server.URL+"/", nil)
	req.Header["Cookie"] = []string{`sid=abc12345def; lang=ko;; x="q"`}
	req.Header.Set("Authorization", "Bearer abc12345def")
	l.Begin(Visit{})
	do(t, c, req)
	e := only(t, l.End(t.Context()), "/")
	if want := w.Digest("Authorization", "Bearer abc12345def"); e.Auth != want {
		t.Errorf("of the Authorization: %q, want %q", e.Auth, want)
	}
	want := []record.Cookie{
		{Name: "sid", Digest: w.Digest("sid", "abc12345def"), Secret: true},
		{Name: "lang", Digest: w.Digest("lang", "ko")},
		{Name: "x", Digest: w.Digest("x", `"q"`)},
	}
	if diff := cmp.Diff(want, e.Cookies); diff != "" {
		t.Errorf("of the request (-want +got):\n%s", diff)
	}
	want = []record.Cookie{
		{Name: "sid", Digest: w.Digest("sid", "abc12345def"), Secret: true, HTTPOnly: true, Domain: "x.test"},
		{Name: "odd", Digest: w.Digest("odd", `"a, b"`), HTTPOnly: true},
		{Name: "sid", Digest: w.Digest("sid", "")},
		{Name: "", Digest: w.Digest("", "alone")},
	}
	if diff := cmp.Diff(want, e.SetCookies); diff != "" {
		t.Errorf("of the answer (-want +got):\n%s", diff)
	}
}

func TestSecretsAreMasked(t *testing.T) {
	const id, bearer, key = "5f2b8c1de3a94f07", "eyJhbGciOi.J9.x-y_z1", "staging-key-77"
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header()["Set-Cookie"] = []string{"theme=default", "user=alice@example.test", "sessionid=deleted", "x=" + id, "sid=ab12cd", "crumb=" + canary}
		io.WriteString(w, "ok")
	}))
	defer server.Close()
	w := newWire(t, server, nil)
	if got := w.Mask("sid=ab12cd"); got != "sid=ab12cd" {
		t.Errorf("masked before it was known: %s", got)
	}
	l, c := open(t, w, http.Header{"X-Api-Key": {key}, "X-Env": {"staging"}})
	req, _ := http.NewRequest("GET", server.URL+"/", nil)
	req.Header.Set("Authorization", "Bearer "+bearer)
	do(t, c, req)
	l.End(t.Context())

	for text, want := range map[string]bool{
		id: true, bearer: true, key: true, "ab12cd": true,
		"default": false, "alice@example.test": false, "deleted": false, "staging": false, canary: false,
		"": false, "ab12c": false,
	} {
		if w.IsSecret(text) != want {
			t.Errorf("IsSecret(%q) = %v", text, !want)
		}
	}
	for text, want := range map[string]string{
		id: "•••",
		"sid=" + id + "; lang=ko, (" + bearer + ")":         "sid=•••; lang=ko, (•••)",
		`{"a":"` + key + `","b":["` + id + `"]}`:            `{"a":"•••","b":["•••"]}`,
		"/a?x=" + id + "&y=1#" + id:                         "/a?x=•••&y=1#•••",
		"hello alice@example.test, the default is deleted.": "hello alice@example.test, the default is deleted.",
		"":                 "",
		"한글 " + id + "\n끝": "한글 •••\n끝",
	} {
		if got := w.Mask(text); got != want {
			t.Errorf("Mask(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestSecretsAreBounded(t *testing.T) {
	s := newSecrets()
	for i := range maxSecrets + 10 {
		s.add(fmt.Sprintf("secret-%d", i))
	}
	if len(s.set) != maxSecrets || len(s.ring) != maxSecrets {
		t.Errorf("%d and %d are remembered", len(s.set), len(s.ring))
	}
	if s.has("secret-9") || !s.has("secret-10") || !s.has(fmt.Sprintf("secret-%d", maxSecrets+9)) {
		t.Error("the wrong ones were forgotten")
	}
}

func TestRecordHoldsNoSecrets(t *testing.T) {
	const secret = "k3yb0ardc4t"
	server := newTextServer(t, nil)
	l, c := open(t, newWire(t, server, nil), http.Header{"X-Key": {secret}})
	req, _ := http.NewRequest("GET", server.URL+"/a;sid="+secret+"?token="+secret, nil)
	req.Header.Set("Cookie", "sid="+secret)
	req.Header.Set("Authorization", "Bearer "+secret)
	do(t, c, req)
	if seen := fmt.Sprintf("%+v", l.End(t.Context())); strings.Contains(seen, secret) {
		t.Errorf("a secret is in %s", seen)
	}
}
