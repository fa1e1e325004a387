package browser

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"notmine/checks/crowd"
	"notmine/checks/marker"
	"notmine/checks/plan"
	"notmine/checks/record"
	"notmine/checks/sight"
)

// site is a target made of pages by path.
type site struct {
	*httptest.Server
	mu   sync.Mutex
	hits map[string]int
	sets []*http.Cookie // with every answer
}

// newSite serves pages, and what handle takes of the rest. "PORT" in a page
// becomes the site's port.
func newSite(t *testing.T, pages map[string]string, handle map[string]http.HandlerFunc) *site {
	t.Helper()
	s := &site{hits: map[string]int{}}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.hits[r.URL.Path]++
		for _, c := range s.sets {
			http.SetCookie(w, c)
		}
		s.mu.Unlock()
		if h := handle[r.URL.Path]; h != nil {
			h(w, r)
			return
		}
		page, ok := pages[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		io.WriteString(w, "<!doctype html>"+strings.ReplaceAll(page, "PORT", s.port()))
	}))
	t.Cleanup(s.Server.Close)
	return s
}

func (s *site) port() string {
	u, err := url.Parse(s.URL)
	if err != nil {
		panic(err) // httptest made it
	}
	return u.Port()
}

func (s *site) hit(path string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.hits[path]
}

// planOf returns a plan for a site. localhost is a second site of the same server.
func planOf(target string) *plan.Plan {
	return &plan.Plan{
		Target: target, Hosts: []string{"localhost"}, Timeout: 10 * time.Second,
		Accounts: []plan.Account{{Name: "alice", Login: "alice", Shows: "Alice"}, {Name: "bob", Login: "bob", Shows: "Bob"}},
	}
}

// known makes a finder of declared markers: each text is its own owner.
func known(t *testing.T, texts ...string) *sight.Finder {
	t.Helper()
	ledger := marker.NewLedger(1, nil)
	for _, text := range texts {
		if _, err := ledger.Add(marker.Entry{Text: text, Owner: text, Item: "place", Declared: true}); err != nil {
			t.Fatal(err)
		}
	}
	finder, err := sight.NewFinder(ledger)
	if err != nil {
		t.Fatal(err)
	}
	return finder
}

// started starts a driver that ends with the test.
func started(t *testing.T, p *plan.Plan, finder *sight.Finder) *Driver {
	t.Helper()
	return startedWith(t, Config{Plan: p, Finder: finder})
}

func startedWith(t *testing.T, cfg Config) *Driver {
	t.Helper()
	if cfg.Finder == nil {
		cfg.Finder = known(t)
	}
	d, err := New(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Errorf("closing the driver: %v", err)
		}
	})
	return d
}

// opened opens a session for the plan's nth account.
func opened(t *testing.T, d *Driver, n int) *Session {
	t.Helper()
	s, err := d.Open(t.Context(), d.plan.Accounts[n])
	if err != nil {
		t.Fatal(err)
	}
	return s.(*Session)
}

// looked visits a view once.
func (s *Session) looked(ctx context.Context, v plan.View) (*record.Observation, error) {
	return s.Visit(ctx, crowd.Visit{View: v, Vars: s.driver.plan.Vars(s.account.Load(), nil, nil)})
}

// do runs steps, for which each verb and what it takes stand in turn: a text,
// a field as [2]string, or several.
func (s *Session) do(t *testing.T, steps ...any) error {
	t.Helper()
	return s.Do(t.Context(), stepsOf(steps...), s.driver.plan.Vars(s.account.Load(), nil, nil))
}

func stepsOf(list ...any) (steps []plan.Step) {
	for pair := range slices.Chunk(list, 2) {
		step := plan.Step{Verb: pair[0].(plan.Verb), Line: len(steps) + 1}
		switch what := pair[1].(type) {
		case string:
			step.Arg = what
		case [2]string:
			step.Fields = []plan.Field{{Selector: what[0], Value: what[1]}}
		case [][2]string:
			for _, field := range what {
				step.Fields = append(step.Fields, plan.Field{Selector: field[0], Value: field[1]})
			}
		}
		steps = append(steps, step)
	}
	return steps
}

// holds asks the page once, without waiting, whether an expression is true.
func (s *Session) holds(t *testing.T, expression string) {
	t.Helper()
	var got any
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := evaluate(ctx, s.process.client, s.id, 0, expression, &got); err != nil {
		t.Errorf("%s: %v", expression, err)
	} else if got != true {
		var page string
		evaluate(ctx, s.process.client, s.id, 0, "location.href + ' ' + document.body?.innerHTML", &page)
		t.Errorf("%s is %v on %.600s", expression, got, page)
	}
}

// owners returns whose markers an observation has on a surface, sorted.
func owners(o *record.Observation, surface string) []string {
	var all []string
	for _, s := range o.Sightings {
		if s.Surface == surface {
			all = append(all, s.Owner)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func wantOwners(t *testing.T, o *record.Observation, surface string, want ...string) {
	t.Helper()
	slices.Sort(want)
	if got := owners(o, surface); !slices.Equal(got, want) {
		t.Errorf("on %s: found %v, want %v", surface, got, want)
	}
}

// eventually waits until ok holds, for as long as anything may take.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	deadline := time.After(20 * time.Second)
	for !ok() {
		select {
		case <-deadline:
			t.Fatalf("waited for too long: %s", what)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// wantLines compares lines in no order, once each.
func wantLines(t *testing.T, got, want []string) {
	t.Helper()
	got, want = slices.Compact(slices.Sorted(slices.Values(got))), slices.Compact(slices.Sorted(slices.Values(want)))
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("found (-want +got):\n%s", diff)
	}
}
