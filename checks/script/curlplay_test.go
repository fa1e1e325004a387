package script

import (
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"notmine/checks/crowd"
	"notmine/checks/plan"
)

// asker keeps what it is asked, and gives a page from which things can be taken.
type asker struct {
	mu    sync.Mutex
	asked []string
	body  string // of what it answers
}

var boundaries = regexp.MustCompile(`notmine-[0-9a-f]{32}|[A-Z2-7]{26}`)

func (a *asker) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	switch r.Header.Get("Content-Type") { // of which some have more than one way to write the same
	case formType:
		values, _ := url.ParseQuery(string(body))
		body = []byte(fmt.Sprintf("%q", values))
	case "application/json":
		var value any
		err := json.Unmarshal(body, &value)
		body = []byte(fmt.Sprintf("%q %v", value, err))
	}
	asked := fmt.Sprintf("%s %q %q %q %q %q", r.Method, r.URL.Path, r.URL.Query(), r.Header.Values("X-A"), r.Header.Values("Content-Type"), body)
	a.mu.Lock()
	a.asked = append(a.asked, boundaries.ReplaceAllString(asked, "boundary"))
	a.mu.Unlock()
	w.Header()["x-NEXT"] = []string{"n=1; two=2"}
	w.Header().Set("Content-Type", r.URL.Query().Get("type"))
	w.Header().Set("Content-Encoding", "gzip") // asked for or not
	w.Header().Add("Set-Cookie", "C=old; Max-Age=0")
	w.Header().Add("Set-Cookie", "C=a,b c")
	z := gzip.NewWriter(w)
	io.WriteString(z, a.body)
	z.Close()
}

// shell runs a shell script, with what its environment is to have.
func shell(t *testing.T, text string, env ...string) (out string, code int) {
	t.Helper()
	c := exec.CommandContext(t.Context(), "sh")
	c.Stdin = strings.NewReader(text)
	c.Env = append(append(os.Environ(), "TMPDIR="+t.TempDir(), "no_proxy=127.0.0.1", "ROUNDS=1"), env...)
	b, err := c.CombinedOutput()
	if _, exited := err.(*exec.ExitError); err != nil && !exited {
		t.Fatal(err)
	}
	return string(b), c.ProcessState.ExitCode()
}

func hasCurl(t *testing.T) bool {
	_, sh := tool(t, "sh")
	_, curl := tool(t, "curl")
	_, jq := tool(t, "jq")
	return sh && curl && jq
}

const hostileText = "@/etc/hostname it's \"$(echo run)\" `echo run` \\ ${HOME} %41 &amp; ;filename=x,y <z>"

// What curl sends is what notmine sends, and what it takes from answers as well.
func TestCurlIsAsPlayed(t *testing.T) {
	if !hasCurl(t) {
		return
	}
	login := "a'b\"c\\d\n\t{e}& 밥"
	page := `<p title='<x>'><INPUT value=un&#43;quoted name='field one'><a class=x href='/go/it&#x27;s/on?x'>` + "\n<meta content=\"a&amp;b\"\nname=meta>" +
		`<script>nonce = "n&#61;1";</script>`
	list := `{"a": {"1": {"b\"c": [10, "x\\y"]}}}`
	html := []Request{{
		URL: "/page?type=text/html", Captures: map[string]Place{
			"Token": {Field: "field one"}, "token": {Field: "meta"}, "토큰": {Link: "/go/"}, "표시": {After: `nonce = "`, Before: `"`}, "next": {Header: "X-Next", After: "two="}, "all": {Header: "X-Next"}, "c": {Cookie: "C"},
		},
	}}
	asJSON := []Request{{URL: "/json?type=application/json", Captures: map[string]Place{"j": {JSON: `/a/1/b"c/0`}, "k": {JSON: `/a/1/b"c/1`}}}}
	sends := []Request{
		{URL: "/{{login}}/x?q={{login}}&r={{login|percent}}", Header: map[string]string{"X-A": hostileText}},
		{Method: "POST", URL: "/a", Header: map[string]string{"Content-Type": "text/plain"}, Body: hostileText + "\n{{\"{{\"}} {{login}}\n"},
		{Method: "POST", URL: "/b", Header: map[string]string{"Content-Type": formType}, Body: "@a={{login}}"},
		{Method: "PUT", URL: "/c", Header: map[string]string{"content-type": "application/json"}, Body: `{"a": "{{login}}"}`},
		{Method: "POST", URL: "/d"},
		{Method: "DELETE", URL: "/d", Body: "@typeless"},
		{Method: "HEAD", URL: "/e", Header: map[string]string{"X-A": ""}},
		{Method: "POST", URL: "/f", Parts: []Part{
			{Name: hostileText, Value: hostileText + "\r\n"}, {Name: "one", File: "a\"{{login}}", Type: "text/css", Data: "AAEC/w=="}, {Name: "two", File: "b.txt", Data: "Yg=="},
			{Name: "three", Type: "application/octet-stream", Empty: true}, {Name: "@four", Value: "</etc/hostname"},
		}},
		{Method: "POST", URL: "/g", Body: strings.Repeat("long'", 60_000), Header: map[string]string{"Content-Type": "text/plain"}},
	}
	takesPage := []Request{{Method: "POST", URL: "/t", Header: map[string]string{"X-A": "{{capture Token}}|{{capture token}}|{{capture 토큰}}|{{capture 표시}}|{{capture next}}|{{capture all}}"}}}
	takesJSON := []Request{{URL: "/{{capture j}}/{{capture k}}"}}
	for name, tt := range map[string]struct {
		body  string
		views map[string][]Request
	}{
		"sends": {"", map[string][]Request{"편지": sends, "목록": nil}},
		"page":  {page, map[string][]Request{"목록": html, "편지": takesPage}},
		"json":  {list, map[string][]Request{"목록": asJSON, "편지": takesJSON}},
	} {
		a := &asker{body: tt.body}
		server := httptest.NewServer(a)
		p := &plan.Plan{Target: server.URL, Timeout: 20 * time.Second, Accounts: []plan.Account{{Name: "a", Login: login}, {Name: "b", Login: login}}, Views: []plan.View{{Name: "목록"}, {Name: "편지"}}}
		s := &Script{Views: tt.views}
		if len(tt.views["목록"]) == 0 {
			p.Views = p.Views[1:]
			delete(s.Views, "목록")
		}
		played := session(t, p, s)
		for _, v := range p.Views {
			if _, err := played.Visit(t.Context(), crowd.Visit{View: v, Vars: p.Vars(&p.Accounts[0], nil, nil)}); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
		want := slices.Sorted(slices.Values(append(slices.Clone(a.asked), a.asked...))) // of both roles
		a.asked = nil
		text := Curl(s, p, "편지")
		out, code := shell(t, text, "VIEWER_LOGIN="+login, "OWNER_LOGIN="+login, "VIEWER_OWN=what is the viewer's", "OWNER_OWN=what is the owner's")
		if code != 0 || !strings.Contains(out, "not in 1 rounds") {
			t.Errorf("%s: exit %d: %s\n%.3000s", name, code, out, text)
		}
		slices.Sort(a.asked)
		if !slices.Equal(a.asked, want) {
			t.Errorf("%s: (-notmine asked +curl asked)\n%s", name, cmp.Diff(want, a.asked))
		}
		server.Close()
	}
}

// How the shell script tells what it saw, and when it saw nothing.
func TestCurlTells(t *testing.T) {
	if !hasCurl(t) {
		return
	}
	named := map[string]Place{identityCapture: {After: "<b>", Before: "</b>"}}
	for name, tt := range map[string]struct {
		captures map[string]Place
		status   int
		answer   string
		code     int
		says     string
	}{
		"own text":        {nil, 200, "for mine of bob", 1, "the viewer was given the owner's mine of bob"},
		"in a header":     {nil, 200, "header", 1, "the owner was given the viewer's mine of alice"},
		"nothing":         {nil, 200, "for nobody", 0, "not in 1 rounds"},
		"errors":          {nil, 500, "for nobody", 2, "in none of 1 rounds were both answered as expected"},
		"name":            {named, 200, "<b>Bob</b>", 1, "the viewer was given the owner's Bob"},
		"name in passing": {named, 200, "Bob <b>Carol</b>", 0, "not in 1 rounds"},
	} {
		server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if tt.answer == "header" {
				w.Header().Set("X-For", "mine of alice")
			}
			w.WriteHeader(tt.status)
			io.WriteString(w, tt.answer)
		}))
		p, s := onePage(server.URL)
		p.Timeout, p.TLS.Insecure = 20*time.Second, true
		s.Views["page"][0].Captures = tt.captures
		out, code := shell(t, Curl(s, p, "page"), "VIEWER_OWN=mine of alice", "OWNER_OWN=mine of bob", "VIEWER_SHOWS=Alice", "OWNER_SHOWS=Bob")
		if code != tt.code || !strings.Contains(out, tt.says) {
			t.Errorf("%s: exit %d, %s; want %d, %q", name, code, out, tt.code, tt.says)
		}
		server.Close()
	}
}

// Whoever breaks it off leaves no cookies behind.
func TestCurlInterrupted(t *testing.T) {
	if !hasCurl(t) {
		return
	}
	var c *exec.Cmd
	started := make(chan struct{})
	once := sync.OnceFunc(func() { <-started; c.Process.Signal(syscall.SIGTERM) })
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "sid", Value: sid})
		once()
	}))
	defer server.Close()
	p, s := onePage(server.URL)
	p.Timeout = 20 * time.Second
	dir := t.TempDir()
	c = exec.CommandContext(t.Context(), "sh")
	c.Stdin = strings.NewReader(Curl(s, p, "page"))
	c.Env = append(os.Environ(), "TMPDIR="+dir, "no_proxy=127.0.0.1", "ROUNDS=1000000", "VIEWER_OWN=one", "OWNER_OWN=another")
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	close(started)
	c.Wait() // which says that it was broken off
	if left, err := filepath.Glob(filepath.Join(dir, "*", "*.jar")); err != nil || c.ProcessState.ExitCode() != 130 || len(left) > 0 {
		t.Errorf("%v; it left %q, %v", c.ProcessState, left, err)
	}
}
