package script

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"notmine/checks/crowd"
	"notmine/checks/plan"
	"notmine/checks/record"
	"notmine/checks/sight"
)

// byHand is the script of the mailbox as a person would write it.
const byHand = `
login:
  - url: /login
    captures: {csrf: {field: csrf}}
  - {method: POST, url: /login, header: {Content-Type: application/x-www-form-urlencoded}, body: "id={{login}}&pw={{password}}&csrf={{capture csrf}}", expect: 3xx}
plant:
  - method: POST
    url: /compose
    parts: [{name: subject, value: "{{canary subject}}"}, {name: photo, file: photo.png, type: image/png, picture: photo}]
views:
  inbox:
    - url: /inbox
      captures: {api: {field: api}, identity: {after: 'id="who">', before: <}}
  list:
    - {url: /api/list, dest: empty, header: {X-Api-Token: "{{capture api}}"}}
  card:
    - url: /people/{{login}}/card
`

func parse(t testing.TB, text string) *Script {
	t.Helper()
	s, err := Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// playing starts a driver that plays a script.
func playing(t testing.TB, p *plan.Plan, s *Script) func(*sight.Finder) crowd.Driver {
	return func(finder *sight.Finder) crowd.Driver {
		t.Helper()
		d, err := New(Config{Plan: p, Finder: finder, Script: s})
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
}

func TestPlaying(t *testing.T) {
	for _, fixed := range []bool{false, true} {
		m, target := newMailbox(t, fixed)
		p := mailPlan(target)
		got := run(t, p, playing(t, p, parse(t, byHand)))
		if all := got.failures(); len(all) > 0 || got.end.Why != record.Done {
			t.Fatalf("%q, and the run ended with %+v", all, got.end)
		}
		list := got.given("list")
		leaks := list["alice bob subject"] + list["bob alice subject"]
		if want := map[bool]int{false: 3, true: 0}[fixed]; leaks != want {
			t.Errorf("fixed: %v: given %v, want %d of another's", fixed, list, want)
		}
		if card := got.given("card"); card["alice alice subject"] != 3 || card["bob bob subject"] != 3 {
			t.Errorf("on the card: %v", card)
		}
		for _, o := range got.observations {
			if o.View == "inbox" && o.Identity != shownAs(o.Account) {
				t.Errorf("%s is shown the name %q", o.Account, o.Identity)
			}
			if len(o.Cookies) != 2 || o.Status == 0 && o.View != "list" {
				t.Errorf("%s on %s: %d cookies, status %d", o.Account, o.View, len(o.Cookies), o.Status)
			}
		}
		for _, b := range got.barriers {
			if b.Arrived != 2 {
				t.Errorf("at the barrier of %s came %d", b.View, b.Arrived)
			}
		}
		if len(m.photos["alice"]) == 0 || string(m.photos["alice"]) == string(m.photos["bob"]) {
			t.Error("the pictures were not planted")
		}
	}
}

// session opens one at a target.
func session(t *testing.T, p *plan.Plan, s *Script) crowd.Session {
	t.Helper()
	ledger, err := crowd.Ledger(p, "20261122-014500-mail")
	if err != nil {
		t.Fatal(err)
	}
	finder, err := sight.NewFinder(ledger)
	if err != nil {
		t.Fatal(err)
	}
	d := playing(t, p, s)(finder)
	t.Cleanup(func() { d.Close() })
	opened, err := d.Open(t.Context(), p.Accounts[0])
	if err != nil {
		t.Fatal(err)
	}
	return opened
}

// onePage is a plan with one view and no login, and its script.
func onePage(target string) (*plan.Plan, *Script) {
	p := &plan.Plan{
		Target: target, Timeout: 100 * time.Millisecond, Views: []plan.View{{Name: "page"}},
		Accounts: []plan.Account{{Name: "alice", Login: "alice", Shows: "Alice"}, {Name: "bob", Login: "bob", Shows: "Bob"}},
	}
	return p, &Script{Views: map[string][]Request{"page": {{URL: "/page"}}}}
}

// Whatever the target does, a visit ends.
func TestHostileAnswers(t *testing.T) {
	for name, answers := range map[string]http.HandlerFunc{
		"never": func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
		"forever": func(w http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				if _, err := io.WriteString(w, strings.Repeat("and so on ", 1000)); err != nil {
					return
				}
			}
		},
		"broken off": func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, "half of")
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		},
		"in circles": func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/page", http.StatusFound) },
		"elsewhere": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://elsewhere.test/page", http.StatusFound)
		},
		"not at all": func(w http.ResponseWriter, r *http.Request) {
			c, _, err := http.NewResponseController(w).Hijack()
			if err == nil {
				c.Close()
			}
		},
	} {
		server := httptest.NewServer(answers)
		p, s := onePage(server.URL)
		o, err := session(t, p, s).Visit(t.Context(), crowd.Visit{View: p.Views[0], Vars: p.Vars(&p.Accounts[0], nil, nil)})
		if o == nil || !errors.As(err, new(*crowd.TargetError)) {
			t.Errorf("%s: %v", name, err)
		}
		server.CloseClientConnections()
		server.Close()
	}
}

func TestLoggedOut(t *testing.T) {
	m, target := newMailbox(t, true)
	p := mailPlan(target)
	s := session(t, p, parse(t, byHand))
	visit := crowd.Visit{View: p.Views[0], Vars: p.Vars(&p.Accounts[0], nil, nil)}
	if err := s.Do(t.Context(), p.Login, visit.Vars); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Visit(t.Context(), visit); err != nil {
		t.Fatal(err)
	}
	m.mu.Lock()
	clear(m.sessions)
	m.mu.Unlock()
	if _, err := s.Visit(t.Context(), visit); !errors.As(err, new(*crowd.ThrownOutError)) {
		t.Errorf("thrown out: %v", err)
	}
}

// What needs a page is nobody's fault.
func TestWithoutAPage(t *testing.T) {
	_, target := newMailbox(t, true)
	p := mailPlan(target)
	s := session(t, p, parse(t, byHand))
	for _, how := range []string{record.Back, record.Offline, crowd.Stay} {
		_, err := s.Visit(t.Context(), crowd.Visit{View: p.Views[0], Vars: p.Vars(&p.Accounts[0], nil, nil), How: how})
		if !errors.As(err, new(*crowd.NotPossibleError)) {
			t.Errorf("%s: %v", how, err)
		}
	}
	if _, err := s.Evidence(t.Context(), nil); err == nil {
		t.Error("there is a picture of no page")
	}
}

func TestBeside(t *testing.T) {
	arrived := make(chan struct{}, 2)
	both := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/page" {
			return
		}
		arrived <- struct{}{}
		if len(arrived) == 2 {
			close(both)
		}
		select {
		case <-both:
		case <-r.Context().Done():
		}
	}))
	defer server.Close()
	p, _ := onePage(server.URL)
	p.Timeout = 10 * time.Second
	s := &Script{Views: map[string][]Request{"page": {{URL: "/page"}, {URL: "/a", Dest: "empty"}, {URL: "/b", Dest: "empty", Beside: true}}}}
	if _, err := session(t, p, s).Visit(t.Context(), crowd.Visit{View: p.Views[0], Vars: p.Vars(&p.Accounts[0], nil, nil)}); err != nil {
		t.Error(err)
	}
}

func TestNewRefuses(t *testing.T) {
	_, target := newMailbox(t, true)
	p := mailPlan(target)
	for _, tt := range []struct {
		change func(*Script)
		says   string
	}{
		{func(s *Script) { s.Login = nil }, "login"},
		{func(s *Script) { s.Plant = nil }, "plant"},
		{func(s *Script) { delete(s.Views, "card") }, "no request for the view card"},
		{func(s *Script) { s.Views["card"][0].URL = "ftp://x" }, "view card, request 1"},
	} {
		s := parse(t, byHand)
		tt.change(s)
		_, err := New(Config{Plan: p, Script: s})
		if err == nil || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%v, want it to say %q", err, tt.says)
		}
	}
}

// A round of two sessions: rounds a minute is what it is for.
func BenchmarkRounds(b *testing.B) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "a page") }))
	defer server.Close()
	p, s := onePage(server.URL)
	p.Timeout = 5 * time.Second
	p.Phases = []plan.Phase{{Name: "together", Order: plan.Together, Rounds: max(1, b.N)}}
	b.ResetTimer()
	got := run(b, p, playing(b, p, s))
	b.ReportMetric(float64(b.N)/b.Elapsed().Minutes(), "rounds/min")
	if len(got.observations) != 2*b.N || slices.ContainsFunc(got.observations, func(o *record.Observation) bool { return o.Error != "" }) {
		b.Errorf("%d visits: %q", len(got.observations), got.failures())
	}
}

var _ crowd.Plain = (*Session)(nil)

func TestPlainBeside(t *testing.T) {
	_, target := newMailbox(t, true)
	p := mailPlan(target)
	s := session(t, p, parse(t, byHand))
	vars := p.Vars(&p.Accounts[0], nil, nil)
	if err := s.Do(t.Context(), p.Login, vars); err != nil {
		t.Fatal(err)
	}
	beside, err := s.Plain()
	if err != nil {
		t.Fatal(err)
	}
	defer beside.Close()
	o, err := beside.Visit(context.Background(), crowd.Visit{View: p.Views[0], Vars: vars})
	if err != nil || o.Identity != shownAs("alice") {
		t.Errorf("beside: %q, %v", o.Identity, err)
	}
}
