package browser

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/target"

	"notmine/checks/plan"
	"notmine/checks/wire"
)

func TestJudgeProof(t *testing.T) {
	for _, tt := range []struct {
		label      string
		own, other map[string]string
		shared     bool
		says       string // "" for isolated
	}{
		{"isolated", map[string]string{"a": "first", "b": "first"}, map[string]string{"a": "", "b": ""}, false, ""},
		{"the other keeps something else", map[string]string{"a": "first"}, map[string]string{"a": "second"}, false, ""},
		{"one place is shared", map[string]string{"a": "first", "b": "first"}, map[string]string{"a": "", "b": "first"}, true, "first one's b"},
		{"several are", map[string]string{"b": "first", "a": "first"}, map[string]string{"a": "first", "b": "first"}, true, "first one's a, b"},
		{"nothing is kept", map[string]string{"a": "", "b": "first"}, map[string]string{"a": "", "b": ""}, false, "did not keep a,"},
		{"shared outranks blind", map[string]string{"a": "", "b": "first"}, map[string]string{"a": "", "b": "first"}, true, "first one's b"},
		{"nothing is told", nil, nil, false, "told nothing"},
	} {
		err := judgeProof(tt.own, tt.other)
		switch {
		case tt.says == "" && err != nil:
			t.Errorf("%s: %v", tt.label, err)
		case tt.says != "" && (err == nil || !strings.Contains(err.Error(), tt.says) || errors.Is(err, ErrShared) != tt.shared):
			t.Errorf("%s: got %v, want it to say %q, shared: %v", tt.label, err, tt.says, tt.shared)
		}
	}
}

// Nobody is asked for a password who has not asked to be: a browser with windows
// would wait for a person.
func TestEchoAsksNobody(t *testing.T) {
	for _, tt := range []struct {
		path      string
		who       string
		status    int
		challenge bool
	}{
		{"/auth", "", http.StatusUnauthorized, false},
		{"/auth?ask", "", http.StatusUnauthorized, true},
		{"/auth", "first", http.StatusOK, false},
	} {
		r := httptest.NewRequest(http.MethodGet, tt.path, nil)
		if tt.who != "" {
			r.SetBasicAuth(tt.who, "proof")
		}
		w := httptest.NewRecorder()
		echo(w, r)
		if w.Code != tt.status || (w.Header().Get("WWW-Authenticate") != "") != tt.challenge || tt.who != "" && w.Body.String() != tt.who {
			t.Errorf("%s by %q: %d %q, challenge %q", tt.path, tt.who, w.Code, w.Body, w.Header().Get("WWW-Authenticate"))
		}
	}
}

// proving makes a session that stands at an echo server.
func proving(t *testing.T, d *Driver) *Session {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(echo))
	t.Cleanup(server.Close)
	base, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	w, err := wire.New(wire.Config{Target: base})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	s, err := d.proofSession(t.Context(), d.processes[0], w, base)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func TestProofSeesASharedContext(t *testing.T) {
	d := started(t, planOf("http://127.0.0.1:1"), nil)
	first := proving(t, d)
	var at string
	if err := evaluate(t.Context(), first.process.client, first.id, 0, "location.href", &at); err != nil {
		t.Fatal(err)
	}
	// A second page in the first one's context, as if contexts were not isolated.
	made, err := call(t.Context(), first.process.client, "", target.CreateTarget, target.CreateTargetParams{URL: "about:blank", BrowserContextID: first.context})
	if err != nil {
		t.Fatal(err)
	}
	yes := true
	attached, err := call(t.Context(), first.process.client, "", target.AttachToTarget, target.AttachToTargetParams{TargetID: made.TargetID, Flatten: &yes})
	if err != nil {
		t.Fatal(err)
	}
	second := &Session{driver: d, process: first.process, id: attached.SessionID, page: made.TargetID}
	second.account.Store(&plan.Account{Name: "shared"})
	if _, err := call(t.Context(), first.process.client, second.id, page.Navigate, page.NavigateParams{URL: at}); err != nil {
		t.Fatal(err)
	}
	err = proveApart(t.Context(), first, second)
	if !errors.Is(err, ErrShared) {
		t.Fatalf("two pages of one context: got %v, want ErrShared", err)
	}
	for _, place := range []string{"cookies of scripts", "cookies of the server", "local storage", "IndexedDB", "Cache Storage", "HTTP cache", "HTTP credentials"} {
		if !strings.Contains(err.Error(), place) {
			t.Errorf("the proof did not see that they share %s: %v", place, err)
		}
	}
}

func TestProofSeesThatNothingWasKept(t *testing.T) {
	s := proving(t, started(t, planOf("http://127.0.0.1:1"), nil))
	var own map[string]string
	if err := s.prove(t.Context(), &own, "read()"); err != nil {
		t.Fatal(err)
	}
	err := judgeProof(own, map[string]string{})
	if err == nil || errors.Is(err, ErrShared) || len(own) < 8 {
		t.Fatalf("nothing was written, and the proof says %v of %v", err, own)
	}
	for place := range own {
		if !strings.Contains(err.Error(), place) {
			t.Errorf("%s was not missed: %v", place, err)
		}
	}
}
