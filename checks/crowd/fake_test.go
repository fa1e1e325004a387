package crowd

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"notmine/checks/plan"
	"notmine/checks/record"
)

// call is one call of a fake session, with the time it took.
type call struct {
	what       string // open, login, plant, logout, visit, rest, evidence, close
	account    string
	view, peer string
	how, cut   string
	kinds      []string    // of a visit whose requests wait each by itself: the paths that waited
	sentAt     []time.Time // and when they went
	given      []string    // of steps: the files that were uploaded
	start, end time.Time
	sent       time.Time // of a visit: when its request went to the target
	answered   time.Time // of a visit: when the target had answered it
}

// fake is a driver whose sessions do nothing but take time. It notes each call.
type fake struct {
	mu      sync.Mutex
	calls   []*call
	opened  int // sessions that were given out
	loading int // pages that load at this moment
	most    int // at once

	// fails, if not nil, is asked before a call does anything else, for one call
	// at a time. A session that fails in a visit has not come to its barrier.
	fails func(c *call) error
}

// How long a fake session takes for things.
const (
	toSend   = 10 * time.Millisecond
	toAnswer = 50 * time.Millisecond
	toPaint  = 20 * time.Millisecond
	toDo     = 30 * time.Millisecond
)

func (f *fake) begin(ctx context.Context, c *call) error {
	c.start = time.Now()
	f.mu.Lock()
	f.calls = append(f.calls, c)
	var err error
	if f.fails != nil {
		err = f.fails(c)
	}
	f.mu.Unlock()
	if errors.Is(err, errHangs) {
		if err := pass(ctx, 15*time.Second); err != nil {
			return err
		}
		return &TargetError{err}
	}
	return err
}

func (f *fake) loads(n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.loading += n
	f.most = max(f.most, f.loading)
}

func (f *fake) Open(ctx context.Context, account plan.Account) (Session, error) {
	c := &call{what: "open", account: account.Name}
	err := f.begin(ctx, c)
	c.end = time.Now()
	if err != nil {
		return nil, err
	}
	f.mu.Lock()
	f.opened++
	f.mu.Unlock()
	return &fakeSession{fake: f, account: account.Name}, nil
}

func (f *fake) Mask(text string) string { return text }
func (f *fake) Product() string         { return "Fake/1" }
func (f *fake) Close() error            { return nil }

type fakeSession struct {
	fake    *fake
	account string
	open    string // the view that the page stands at
}

// do is a call that takes a while.
func (s *fakeSession) do(ctx context.Context, what string, given ...string) error {
	c := &call{what: what, account: s.account, given: given}
	defer func() { c.end = time.Now() }()
	if err := s.fake.begin(ctx, c); err != nil {
		return err
	}
	return pass(ctx, toDo)
}

// pass lets time pass.
func pass(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (s *fakeSession) Do(ctx context.Context, steps []plan.Step, vars Vars) error {
	s.open = ""
	var given []string
	for _, step := range steps { // each list of a test's plan ends with what it is
		switch step.Verb {
		case plan.Upload:
			for _, field := range step.Fields {
				path, err := plan.Expand(field.Value, vars)
				if err != nil {
					return err
				}
				given = append(given, path)
			}
		case plan.Click:
			s.fake.loads(1)
			defer s.fake.loads(-1)
			return s.do(ctx, step.Arg, given...)
		}
	}
	return errors.New("steps that no test's plan has")
}

func (s *fakeSession) Visit(ctx context.Context, v Visit) (o *record.Observation, err error) {
	c := &call{what: "visit", account: s.account, view: v.View.Name, how: v.How, cut: v.Cut}
	c.peer, _ = v.Vars("peer.name")
	o = &record.Observation{Start: time.Now()}
	if v.Trace != "" {
		o.Exchanges = []record.Exchange{{Trace: v.Trace}}
	}
	defer func() { c.end = time.Now(); o.End = c.end }()
	s.fake.loads(1)
	defer s.fake.loads(-1)
	if err := s.fake.begin(ctx, c); err != nil {
		return o, err
	}
	if err := pass(ctx, toSend); err != nil {
		return o, err
	}
	if err := s.request(ctx, v.Holds, c); err != nil {
		return o, err
	}
	s.open = v.View.Name
	return o, pass(ctx, toPaint)
}

// request does what the wire does with a request and its holds.
func (s *fakeSession) request(ctx context.Context, holds []Hold, c *call) error {
	if len(holds) == 0 {
		c.sent = time.Now()
		err := pass(ctx, toAnswer)
		c.answered = time.Now()
		return err
	}
	for _, h := range holds {
		if each, ok := h.(Each); ok {
			for _, path := range []string{"/list", "/item/" + s.account[len(s.account)-1:], "/of-" + strings.TrimRight(s.account, "0123456789") + string('a'+s.account[len(s.account)-1]-'0')} {
				if place := each.For("GET", path); place != nil {
					if err := s.request(ctx, []Hold{place}, c); err != nil {
						return err
					}
					c.kinds = append(c.kinds, path)
					c.sentAt = append(c.sentAt, c.sent)
				}
			}
			continue
		}
		s.fake.loads(-1)
		err := h.Arrive(ctx)
		if err == nil {
			c.sent = time.Now()
			h.Sent()
		}
		if err := pass(ctx, toAnswer); err != nil {
			s.fake.loads(1)
			return err
		}
		c.answered = time.Now()
		err = h.Answered(ctx)
		s.fake.loads(1)
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *fakeSession) Become(account plan.Account) error {
	s.account = account.Name
	return nil
}

func (s *fakeSession) Rest(ctx context.Context) error {
	s.open = ""
	return s.do(ctx, "rest")
}

func (s *fakeSession) Evidence(ctx context.Context, mark []string) ([]byte, error) {
	if err := s.do(ctx, "evidence"); err != nil {
		return nil, err
	}
	return fmt.Appendf(nil, "%s %v", s.open, mark), nil
}

// Copies are of the last visit, as of each kind of session.
func (s *fakeSession) Copies() Copies { return fakeCopies(s.account) }
func (p *fakePlain) Copies() Copies   { return fakeCopies(p.of.account + ", plain") }

// fakeCopies know whose they are.
type fakeCopies string

func (c fakeCopies) Copy(int, []string) (record.Copy, bool) {
	return record.Copy{Exchange: record.Exchange{Conn: string(c)}}, true
}

// Plain opens a session that knows what the views are that its browser has visited.
func (s *fakeSession) Plain() (Plain, error) {
	if err := s.do(context.Background(), "open plain"); err != nil {
		return nil, err
	}
	return &fakePlain{s}, nil
}

type fakePlain struct{ of *fakeSession }

func (p *fakePlain) Visit(ctx context.Context, v Visit) (o *record.Observation, err error) {
	if !slices.ContainsFunc(p.of.fake.of("visit"), func(c *call) bool { return c.account == p.of.account && c.view == v.View.Name && !c.end.IsZero() }) {
		return nil, &NotPossibleError{errors.New("not visited yet")}
	}
	c := &call{what: "plain visit", account: p.of.account, view: v.View.Name, cut: v.Cut}
	o = &record.Observation{Start: time.Now()}
	defer func() { c.end = time.Now(); o.End = c.end }()
	if err := p.of.fake.begin(ctx, c); err != nil {
		return o, err
	}
	p.of.fake.loads(1) // so that request can give it away
	defer p.of.fake.loads(-1)
	return o, p.of.request(ctx, v.Holds, c)
}

func (p *fakePlain) Close() error { return p.of.do(context.Background(), "close plain") }

func (s *fakeSession) Close() error {
	return s.do(context.Background(), "close")
}

// of returns the calls of that name, in the order of their starts.
func (f *fake) of(what string) []*call {
	f.mu.Lock()
	defer f.mu.Unlock()
	var some []*call
	for _, c := range f.calls {
		if c.what == what {
			some = append(some, c)
		}
	}
	return some
}

// left is how many sessions were never closed.
func (f *fake) left() int { return f.opened - len(f.of("close")) }

// told is what a run recorded.
type told struct {
	mu      sync.Mutex
	entries []record.Entry
	visits  int
}

func (r *told) record(e record.Entry) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if e.Observation != nil {
		r.visits++
		e.Observation.N = r.visits
	}
	r.entries = append(r.entries, e)
	return nil
}

func (r *told) observations() (all []*record.Observation) {
	for _, e := range r.entries {
		if e.Observation != nil {
			all = append(all, e.Observation)
		}
	}
	return all
}

// happened returns what happened to an account's sessions, in order.
func (r *told) happened(account string) (all []string) {
	for _, e := range r.entries {
		if e.Session != nil && e.Session.Account == account {
			all = append(all, e.Session.What)
		}
	}
	return all
}

func (r *told) count(what string) (n int) {
	for _, e := range r.entries {
		if e.Session != nil && e.Session.What == what {
			n++
		}
	}
	return n
}

// newPlan returns a plan of n accounts with two views.
func newPlan(n int, phases ...plan.Phase) *plan.Plan {
	p := &plan.Plan{
		Target:  "http://target.test",
		Timeout: 15 * time.Second,
		Login:   []plan.Step{{Verb: plan.Goto, Arg: "/login"}, {Verb: plan.Click, Arg: "login"}},
		Logout:  []plan.Step{{Verb: plan.Goto, Arg: "/bye"}, {Verb: plan.Click, Arg: "logout"}},
		Views: []plan.View{
			{Name: "inbox", Steps: []plan.Step{{Verb: plan.Goto, Arg: "/inbox"}}},
			{Name: "notes", Steps: []plan.Step{{Verb: plan.Goto, Arg: "/notes"}}},
		},
		Phases: phases,
	}
	for i := range n {
		name := fmt.Sprintf("user%03d", i+1)
		p.Accounts = append(p.Accounts, plan.Account{Name: name, Login: name, Shows: name})
	}
	return p
}

func solo(rounds int) plan.Phase {
	return plan.Phase{Name: "solo", Order: plan.Solo, Rounds: rounds}
}

func together(rounds int) plan.Phase {
	return plan.Phase{Name: "together", Order: plan.Together, Rounds: rounds}
}

// run is one run of a fake crowd.
type run struct {
	fake *fake
	told *told
	end  record.End
	err  error
	took time.Duration
}

// play runs a plan in fake time. set, if not nil, changes the configuration.
func play(t *testing.T, p *plan.Plan, fails func(*call) error, set func(context.CancelCauseFunc, *Config)) *run {
	t.Helper()
	r := &run{fake: &fake{fails: fails}, told: &told{}}
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		defer cancel(nil)
		ledger, err := Ledger(p, "20261122-014500-test")
		if err != nil {
			t.Fatal(err)
		}
		cfg := Config{Plan: p, Driver: r.fake, Ledger: ledger, Seed: 1, Record: r.told.record, Loads: 4}
		if set != nil {
			set(cancel, &cfg)
		}
		start := time.Now()
		r.end, r.err = Run(ctx, cfg)
		r.took = time.Since(start)
	})
	return r
}

// done fails the test unless the run ended as it should.
func (r *run) done(t *testing.T, why string) {
	t.Helper()
	if r.err != nil || r.end.Why != why {
		t.Fatalf("the run ended %q (%s) with error %v, want %q", r.end.Why, r.end.Detail, r.err, why)
	}
	last := r.told.entries[len(r.told.entries)-1]
	if last.End == nil || last.End.Why != why {
		t.Errorf("the record ends with %+v, want the end %q", last, why)
	}
}

// errHangs is of a target that takes connections and never answers: the call
// takes as long as a step may.
var errHangs = errors.New("not done within 15s")
