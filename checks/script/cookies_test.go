package script

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"notmine/checks/crowd"
	"notmine/checks/plan"
)

// Cookies go back as they came, as browsers have it.
func TestCookies(t *testing.T) {
	for _, tt := range []struct {
		from string
		sets []string
		want string
	}{
		{"http://mail.test/", []string{`prefs={"a":"b"}; Path=/`, "list=a,b c", `quoted="x y"`, "cart[id]=1", "name=밥"}, `prefs={"a":"b"}; list=a,b c; quoted="x y"; cart[id]=1; name=밥`},
		{"http://mail.test/", []string{"a=1", "a=; Max-Age=0", "b = 2 ", "c", "=d"}, "b=2; d"},
		{"http://mail.test/", []string{"a=\x01", "b=" + strings.Repeat("x", longestCookie), "=", "", "ok=1"}, "ok=1"},
		{"http://mail.test/", []string{"a=1; Secure", "b=1; Path=/elsewhere", "c=1; Domain=other.test"}, ""},
		{"https://mail.test/", []string{"a=1; Secure"}, "a=1"},
		{"http://127.0.0.1:8080/", []string{"a=1; Secure"}, "a=1"},
		{"http://app.localhost/", []string{"a=1; Secure"}, "a=1"},
	} {
		u, err := url.Parse(tt.from)
		if err != nil {
			t.Fatal(err)
		}
		j, err := newJar()
		if err != nil {
			t.Fatal(err)
		}
		j.set(u, http.Header{"Set-Cookie": tt.sets})
		// Those of one moment come in no order that anybody promises.
		if got := j.header(u); !slices.Equal(slices.Sorted(strings.SplitSeq(got, "; ")), slices.Sorted(strings.SplitSeq(tt.want, "; "))) {
			t.Errorf("%q: %q, want %q", tt.sets, got, tt.want)
		}
	}
}

// A target sets a token once and for all, or a new one in mid-run, or a new session
// in an answer that breaks off: a session goes on with what it has by then.
func TestCookiesInMidRun(t *testing.T) {
	round := 0
	var tokens []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/send" {
			tokens = append(tokens, cookieOf(r, "csrf")+" "+r.Header.Get("X-Csrf"))
			return
		}
		round++
		switch round {
		case 1:
			w.Header().Add("Set-Cookie", "csrf=; Max-Age=0")
			w.Header().Add("Set-Cookie", "csrf=first")
		case 3:
			w.Header().Add("Set-Cookie", "csrf=second")
		case 4:
			w.Header().Add("Set-Cookie", "csrf=third")
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		case 6:
			w.Header().Add("Set-Cookie", "csrf=; Max-Age=0")
		}
	}))
	defer server.Close()
	p, _ := onePage(server.URL)
	p.Timeout = 20 * time.Second
	s := &Script{Views: map[string][]Request{"page": {
		{URL: "/page", Captures: map[string]Place{"csrf": {Cookie: "csrf"}}},
		{Method: "POST", URL: "/send", Header: map[string]string{"X-Csrf": "{{capture csrf}}"}},
	}}}
	opened := session(t, p, s)
	for i, fails := range []bool{false, false, false, true, false, true} {
		if _, err := opened.Visit(t.Context(), crowd.Visit{View: p.Views[0], Vars: p.Vars(&p.Accounts[0], nil, nil)}); (err != nil) != fails {
			t.Errorf("visit %d: %v", i+1, err)
		}
	}
	// What a page has in its hand is what it read when it came.
	if want := []string{"first first", "first first", "second second", "third second"}; !slices.Equal(tokens, want) {
		t.Errorf("%q, want %q", tokens, want)
	}
}

// An answer that comes too late is not the next request's.
func TestLateAnswer(t *testing.T) {
	gone := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/late" {
			<-r.Context().Done()
			io.WriteString(w, `<input name=t value=late>`)
			close(gone)
			return
		}
		w.Header().Set("Content-Type", "text/html")
		io.WriteString(w, `<input name=t value=now>`+strings.Repeat(" ", maxAnswer)+`<input name=t value=beyond>`)
	}))
	defer server.Close()
	p, _ := onePage(server.URL)
	p.Views = []plan.View{{Name: "late"}, {Name: "page"}}
	taken := map[string]Place{identityCapture: {Field: "t"}}
	s := &Script{Views: map[string][]Request{"late": {{URL: "/late", Captures: taken}}, "page": {{URL: "/page", Captures: taken}}}}
	opened := session(t, p, s)
	vars := p.Vars(&p.Accounts[0], nil, nil)
	if _, err := opened.Visit(t.Context(), crowd.Visit{View: p.Views[0], Vars: vars}); err == nil {
		t.Error("an answer that never came")
	}
	<-gone
	p.Timeout = 20 * time.Second
	if o, err := opened.Visit(t.Context(), crowd.Visit{View: p.Views[1], Vars: vars}); err != nil || o.Identity != "now" {
		t.Errorf("%q, %v", o.Identity, err)
	}
}
