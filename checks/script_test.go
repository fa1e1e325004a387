package checks_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"notmine/checks"
	"notmine/checks/gate"
	"notmine/checks/isolation"
	"notmine/checks/plan"
	"notmine/checks/script"
)

// notes is a service that gives two who ask at the same moment what the last of
// them may read.
type notes struct {
	fixed bool

	mu      sync.Mutex
	texts   map[string]string // by login
	last    string
	waiting chan struct{}
}

func (n *notes) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	n.mu.Lock()
	defer n.mu.Unlock()
	who := ""
	if c, err := r.Cookie("who"); err == nil {
		who = c.Value
	}
	switch r.URL.Path {
	case "/login":
		http.SetCookie(w, &http.Cookie{Name: "who", Value: r.PostFormValue("id"), Path: "/"})
	case "/write":
		n.texts[who] = r.PostFormValue("text")
	case "/read":
		n.last = who
		if n.waiting != nil {
			close(n.waiting)
			n.waiting = nil
		} else {
			here := make(chan struct{})
			n.waiting = here
			n.mu.Unlock()
			select {
			case <-here:
			case <-r.Context().Done():
			}
			n.mu.Lock()
		}
		if !n.fixed {
			who = n.last
		}
		fmt.Fprintf(w, "<p>%s", n.texts[who])
	}
}

// readingNotes is a plan for the service, and its script.
func readingNotes(t *testing.T, fixed bool) (*plan.Plan, *script.Script) {
	t.Helper()
	server := httptest.NewServer(&notes{fixed: fixed, texts: map[string]string{}})
	t.Cleanup(server.Close)
	p := &plan.Plan{
		Target: server.URL, Timeout: 5 * time.Second,
		Login:    []plan.Step{{Verb: plan.Goto, Arg: "/login"}},
		Plant:    []plan.Step{{Verb: plan.Fill, Fields: []plan.Field{{Selector: "#text", Value: "{{canary note}}"}}}},
		Items:    map[string]plan.Item{"note": {}},
		Views:    []plan.View{{Name: "read", Control: "note"}},
		Phases:   []plan.Phase{{Name: "together", Order: plan.Together, Rounds: 5}},
		Accounts: []plan.Account{{Name: "alice", Login: "alice", Shows: "Alice"}, {Name: "bob", Login: "bob", Shows: "Bob"}},
		Pass:     plan.Pass{Bound: 0.5},
	}
	s, err := script.Parse([]byte(`
login: [{method: POST, url: /login, header: {Content-Type: application/x-www-form-urlencoded}, body: "id={{login}}"}]
plant: [{method: POST, url: /write, header: {Content-Type: application/x-www-form-urlencoded}, body: "text={{canary note}}"}]
views: {read: [{url: /read}]}
`))
	if err != nil {
		t.Fatal(err)
	}
	return p, s
}

func TestScript(t *testing.T) {
	for _, fixed := range []bool{false, true} {
		p, s := readingNotes(t, fixed)
		got, err := checks.Run(t.Context(), p, checks.Options{Dir: t.TempDir(), Tool: "test", Seed: 1, Start: checks.Script(s)})
		if err != nil {
			t.Fatal(err)
		}
		leaks := 0
		for _, f := range got.Findings {
			if f.Level == isolation.Leak && f.Check == "canary" && f.View == "read" {
				leaks++
			}
		}
		if (leaks > 0) == fixed || (got.Verdict == gate.Leak) == fixed {
			t.Errorf("fixed: %v: %d leaks, %s", fixed, leaks, got.Verdict)
		}
	}
}

func TestAgainWithAScript(t *testing.T) {
	for _, fixed := range []bool{false, true} {
		p, s := readingNotes(t, fixed)
		again := &checks.Again{
			Finding: isolation.Finding{Check: "canary", Level: isolation.Leak, View: "read", Phase: "together", Viewer: "alice", Owner: "bob", Surface: "text"},
			Options: checks.Options{Dir: t.TempDir(), Tool: "test", Seed: 1, Start: checks.Script(s)},
		}
		got, err := again.Try(t.Context(), p, func(_, rounds int) bool { return rounds < 10 })
		if err != nil || got.Rounds < 10 {
			t.Fatalf("%+v, %v", got, err)
		}
		if want := map[bool]int{false: got.Rounds, true: 0}[fixed]; got.Hits != want {
			t.Errorf("fixed: %v: %d hits in %d rounds, want %d", fixed, got.Hits, got.Rounds, want)
		}
	}
}

// Sessions that note nothing cannot be recorded.
func TestRecordScriptNeedsNotes(t *testing.T) {
	p, s := readingNotes(t, false)
	f := isolation.Finding{Check: "canary", Level: isolation.Leak, View: "read", Phase: "together", Viewer: "alice", Owner: "bob"}
	_, err := checks.RecordScript(t.Context(), p, checks.Options{Dir: t.TempDir(), Tool: "test", Start: checks.Script(s)}, f)
	if err == nil || !strings.Contains(err.Error(), "recording a script") {
		t.Errorf("recorded: %v", err)
	}
	p.Accounts = p.Accounts[:1]
	got, err := checks.RecordScript(t.Context(), p, checks.Options{Dir: t.TempDir(), Tool: "test", Start: checks.Script(s)}, f)
	if err != nil || got.Script != nil || got.Why.IsZero() {
		t.Errorf("with one account: %+v, %v", got, err)
	}
}
