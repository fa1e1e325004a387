package crowd

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"notmine/checks/marker"
	"notmine/checks/plan"
	"notmine/checks/record"
)

func TestSoloNeverOverlaps(t *testing.T) {
	r := play(t, newPlan(5, solo(2)), nil, nil)
	r.done(t, record.Done)
	visits := r.fake.of("visit")
	if len(visits) != 5*2*2 {
		t.Fatalf("%d visits, want 20", len(visits))
	}
	for i, v := range visits[1:] {
		before := visits[i]
		if v.start.Before(before.end) {
			t.Errorf("%s looked at %s while %s still looked at %s", v.account, v.view, before.account, before.view)
		}
		if v.account < before.account {
			t.Errorf("%s came again after %s", v.account, before.account)
		}
	}
	// Nothing of a page goes on while the next one looks.
	for _, v := range visits {
		for _, c := range r.fake.of("rest") {
			if c.account != v.account && c.start.Before(v.end) && v.start.Before(c.end) {
				t.Errorf("%s was still leaving its page while %s looked at %s", c.account, v.account, v.view)
			}
		}
	}
}

func TestTogetherOverlapsEverybody(t *testing.T) {
	const n, rounds = 20, 3
	p := newPlan(n, together(rounds))
	p.Views[1].Hold = []string{First, "/api/*"}
	r := play(t, p, nil, nil)
	r.done(t, record.Done)
	visits := r.fake.of("visit")
	if len(visits) != n*rounds*2 {
		t.Fatalf("%d visits, want %d", len(visits), n*rounds*2)
	}
	for len(visits) > 0 {
		release := visits[:n]
		visits = visits[n:]
		last, first := release[0].sent, release[0].answered
		for _, v := range release {
			if v.view != release[0].view {
				t.Fatalf("%s looked at %s before all had looked at %s", v.account, v.view, release[0].view)
			}
			if v.sent.After(last) {
				last = v.sent
			}
			if v.answered.Before(first) {
				first = v.answered
			}
		}
		if !last.Before(first) {
			t.Errorf("%s: the last request went %v after the first answer", release[0].view, last.Sub(first))
		}
	}
	if r.fake.most != 4 {
		t.Errorf("%d pages loaded at once, want 4", r.fake.most)
	}
	barriers := 0
	for _, e := range r.told.entries {
		if b := e.Barrier; b != nil {
			barriers++
			if b.Parties != n || b.Arrived != n || b.Spread != 0 {
				t.Errorf("recorded %+v, want %d released together", b, n)
			}
		}
	}
	if want := rounds * 3; barriers != want {
		t.Errorf("%d releases recorded, want %d", barriers, want)
	}
}

func TestWhoFailsLeavesTheBarrier(t *testing.T) {
	const n = 6
	for _, tt := range []struct {
		label string
		err   error
		limit time.Duration // for the round
	}{
		{"at once", &TargetError{errors.New("refused")}, 2 * time.Second},
		{"at its deadline", errHangs, 2 * 16 * time.Second},
	} {
		t.Run(tt.label, func(t *testing.T) {
			r := play(t, newPlan(n, together(1)), func(c *call) error {
				if c.what == "visit" && c.account == "user002" {
					return tt.err
				}
				return nil
			}, nil)
			r.done(t, record.Done)
			for _, o := range r.told.observations() {
				if failed := o.Outcome == record.Failed; failed != (o.Account == "user002") {
					t.Errorf("%s at %s: outcome %q (%s)", o.Account, o.View, o.Outcome, o.Error)
				}
			}
			for _, e := range r.told.entries {
				if b := e.Barrier; b != nil && (b.Parties != n || b.Arrived != n-1) {
					t.Errorf("recorded %d of %d at %s, want %d of %d", b.Arrived, b.Parties, b.View, n-1, n)
				}
			}
			if r.took > tt.limit {
				t.Errorf("the others waited until %v", r.took)
			}
		})
	}
}

func TestASessionComesBack(t *testing.T) {
	for _, tt := range []struct {
		label    string
		err      error
		times    int // so many visits fail
		happened []string
	}{
		{"thrown out", &ThrownOutError{errors.New("the login form came up")}, 1,
			[]string{record.LoggedIn, record.ThrownOut, record.LoggedIn, record.LoggedOut}},
		{"died", &DiedError{errors.New("gone")}, 1,
			[]string{record.LoggedIn, record.Died, record.LoggedIn, record.LoggedOut}},
		{"failed once", &TargetError{errors.New("500")}, 1,
			[]string{record.LoggedIn, record.LoggedOut}},
		{"failed three times", &TargetError{errors.New("500")}, 3,
			[]string{record.LoggedIn, record.LoggedIn, record.LoggedOut}},
	} {
		for _, order := range []plan.Phase{solo(3), together(3)} {
			t.Run(tt.label+" "+order.Name, func(t *testing.T) {
				failed := 0
				r := play(t, newPlan(3, order), func(c *call) error {
					if c.what == "visit" && c.account == "user002" && failed < tt.times {
						failed++
						return tt.err
					}
					return nil
				}, nil)
				r.done(t, record.Done)
				if got := r.told.happened("user002"); !slices.Equal(got, tt.happened) {
					t.Errorf("happened: %q, want %q", got, tt.happened)
				}
				if got := r.told.happened("user001"); !slices.Equal(got, []string{record.LoggedIn, record.LoggedOut}) {
					t.Errorf("happened to another: %q", got)
				}
				var good int
				for _, o := range r.told.observations() {
					if o.Account == "user002" && o.Outcome == record.Seen {
						good++
					}
				}
				if want := 3*2 - tt.times; good != want {
					t.Errorf("%d visits reached their view, want %d", good, want)
				}
				if n := r.fake.left(); n != 0 {
					t.Errorf("%d sessions were never closed", n)
				}
			})
		}
	}
}

// A browser that dies while a session logs in again is no refusal of the target.
func TestHopelessLoginsAreNotAllTried(t *testing.T) {
	for _, tt := range []struct {
		label string
		bad   func(account string) bool
		tries int
	}{
		{"all refused", func(string) bool { return true }, loginsToGiveUp},
		{"one is let in", func(account string) bool { return account != "user002" }, 20},
	} {
		t.Run(tt.label, func(t *testing.T) {
			tries := 0
			p := newPlan(20, together(1))
			p.Plant = []plan.Step{{Verb: plan.Goto, Arg: "/plant"}} // so that they come one by one
			play(t, p, func(c *call) error {
				if c.what == "login" && tries < 20 {
					tries++
					if tt.bad(c.account) {
						return &TargetError{errors.New("wrong password")}
					}
				}
				return nil
			}, nil)
			if tries != tt.tries {
				t.Errorf("%d of 20 accounts were tried, want %d", tries, tt.tries)
			}
		})
	}
}

func TestABrowserThatDiesAtLoginIsTriedAgain(t *testing.T) {
	var opened int
	r := play(t, newPlan(2, together(4)), func(c *call) error {
		if c.account != "user002" {
			return nil
		}
		if c.what == "login" {
			if opened++; opened == 1 || opened == 2 {
				return &DiedError{errors.New("gone")}
			}
		}
		return nil
	}, nil)
	r.done(t, record.Done)
	if got := r.told.happened("user002"); !slices.Equal(got, []string{record.LoginFailed, record.LoginFailed, record.LoggedIn, record.LoggedOut}) {
		t.Errorf("happened: %q", got)
	}
}

func TestARefusedLoginIsTriedOnceAPhase(t *testing.T) {
	second := together(3)
	second.Name = "together-2"
	for _, first := range []plan.Phase{together(3), solo(3)} {
		t.Run(first.Name, func(t *testing.T) {
			logins := 0
			r := play(t, newPlan(3, first, second), func(c *call) error {
				if c.what == "login" && c.account == "user002" {
					if logins++; logins <= 2 {
						return &TargetError{errors.New("wrong password")}
					}
				}
				return nil
			}, nil)
			r.done(t, record.Done)
			if logins != 3 {
				t.Errorf("logged in %d times: want once at the start and once a phase", logins)
			}
			phases := map[string]int{}
			for _, o := range r.told.observations() {
				if o.Account == "user002" {
					phases[o.Phase]++
				}
			}
			if phases[first.Name] != 0 || phases["together-2"] != 6 {
				t.Errorf("visits by phase: %v, want all of the second", phases)
			}
		})
	}
}

func TestNobodyCanLogIn(t *testing.T) {
	r := play(t, newPlan(5, solo(2), together(5)), func(c *call) error {
		if c.what == "login" {
			return &TargetError{errors.New("wrong password")}
		}
		return nil
	}, nil)
	r.done(t, record.TargetFailed)
	if n := len(r.fake.of("visit")); n != 0 {
		t.Errorf("%d visits without a login", n)
	}
	for _, e := range r.told.entries {
		if s := e.Session; s != nil && (s.What != record.LoginFailed || !s.ByTarget) {
			t.Errorf("recorded %+v, want a login that the target refused", s)
		}
	}
	// Whether the fifth still begins before the fourth is refused is the scheduler's choice.
	if tried := len(r.fake.of("login")); tried < loginsToGiveUp {
		t.Errorf("gave up after %d accounts, before %d were refused", tried, loginsToGiveUp)
	}
	if left := r.fake.left(); left != 0 {
		t.Errorf("%d sessions were never closed", left)
	}
}

// A target that goes away ends the run, however it goes and whenever.
func TestTheTargetGoesAway(t *testing.T) {
	const n = 40
	for _, tt := range []struct {
		label string
		err   error
	}{
		{"refuses", &TargetError{errors.New("connection refused")}},
		{"hangs", errHangs},
	} {
		for _, phases := range [][]plan.Phase{{together(1000)}, {solo(2), together(1000)}} {
			t.Run(tt.label+" in "+phases[0].Name, func(t *testing.T) {
				seen := 0
				r := play(t, newPlan(n, phases...), func(c *call) error {
					if c.what == "visit" {
						seen++
					}
					if seen > 30 && (c.what == "visit" || c.what == "login" || c.what == "logout") {
						return tt.err
					}
					return nil
				}, nil)
				r.done(t, record.TargetFailed)
				if seen > 30+4*2*n {
					t.Errorf("%d visits after the target was gone", seen-30)
				}
				if r.took > time.Hour {
					t.Errorf("took %v to see that the target is gone", r.took)
				}
				if n := len(r.fake.of("logout")); n != 0 {
					t.Errorf("%d logouts at a target that is away", n)
				}
			})
		}
	}
}

// Some accounts that can look at nothing are no reason to give the target up.
func TestBrokenAccountsDoNotEndTheRun(t *testing.T) {
	r := play(t, newPlan(30, solo(1), together(4)), func(c *call) error {
		if c.account <= "user008" && (c.what == "login" || c.what == "visit") && (c.account <= "user005" || c.what == "visit") {
			return &TargetError{errors.New("expired")}
		}
		return nil
	}, nil)
	r.done(t, record.Done)
}

func TestPlantingIsDoneAlone(t *testing.T) {
	p := newPlan(6, together(3))
	p.Items = map[string]plan.Item{"note": {}}
	p.Plant = []plan.Step{{Verb: plan.Fill, Fields: []plan.Field{{Selector: "#n", Value: "{{canary note}}"}}}, {Verb: plan.Click, Arg: "plant"}}
	logins, thrown := map[string]int{}, false
	r := play(t, p, func(c *call) error {
		switch {
		case c.what == "login":
			// Two come late: they plant when the others are in already.
			if logins[c.account]++; logins[c.account] == 1 && (c.account == "user002" || c.account == "user005") {
				return &TargetError{errors.New("busy")}
			}
		case c.what == "visit" && c.account == "user004" && !thrown:
			thrown = true // and one that has planted logs in again
			return &ThrownOutError{errors.New("out")}
		}
		return nil
	}, nil)
	r.done(t, record.Done)
	plants := r.fake.of("plant")
	if len(plants) != 6 || r.told.count(record.Planted) != 6 {
		t.Fatalf("planted %d times, recorded %d, want 6: each account once", len(plants), r.told.count(record.Planted))
	}
	for _, plant := range plants {
		for _, c := range r.fake.calls {
			if c != plant && c.account != plant.account && c.start.Before(plant.end) && plant.start.Before(c.end) {
				t.Errorf("%s: %s while %s planted", c.account, c.what, plant.account)
			}
		}
	}
}

func TestAFailedPlantIsRecorded(t *testing.T) {
	p := newPlan(2, together(2))
	p.Items = map[string]plan.Item{"note": {}}
	p.Plant = []plan.Step{{Verb: plan.Click, Arg: "plant"}}
	r := play(t, p, func(c *call) error {
		if c.what == "plant" && c.account == "user002" {
			return &TargetError{errors.New("no such form")}
		}
		return nil
	}, nil)
	r.done(t, record.Done)
	if got := r.told.happened("user002"); !slices.Equal(got, []string{record.LoggedIn, record.PlantFailed, record.LoggedOut}) {
		t.Errorf("happened: %q", got)
	}
	if n := len(r.told.observations()); n != 2*2*2 {
		t.Errorf("%d visits: an account that could not plant still looks", n)
	}
}

func TestEachPeerRotates(t *testing.T) {
	const n = 5
	p := newPlan(n, together(n-1))
	p.Views = append(p.Views, plan.View{Name: "profile", EachPeer: true, Steps: []plan.Step{{Verb: plan.Goto, Arg: "/p/{{peer.login}}"}}})
	r := play(t, p, nil, nil)
	r.done(t, record.Done)
	met := map[string]map[string]bool{}
	for _, c := range r.fake.of("visit") {
		if c.view != "profile" {
			if c.peer != "" {
				t.Errorf("%s has a peer at %s", c.account, c.view)
			}
			continue
		}
		if met[c.account] == nil {
			met[c.account] = map[string]bool{}
		}
		met[c.account][c.peer] = true
	}
	for _, a := range p.Accounts {
		if len(met[a.Name]) != n-1 || met[a.Name][a.Name] || met[a.Name][""] {
			t.Errorf("%s met %v, want each of the others", a.Name, met[a.Name])
		}
	}
	for _, o := range r.told.observations() {
		if (o.View == "profile") != (o.Peer != "") {
			t.Errorf("recorded peer %q at %s", o.Peer, o.View)
		}
	}
}

// schedule is who starts at each moment.
func (r *run) schedule() string {
	var b strings.Builder
	visits := r.fake.of("visit")
	for len(visits) > 0 {
		n := slices.IndexFunc(visits, func(c *call) bool { return !c.start.Equal(visits[0].start) })
		if n < 0 {
			n = len(visits)
		}
		var who []string
		for _, c := range visits[:n] {
			who = append(who, c.account+" "+c.view)
		}
		slices.Sort(who) // those of one moment have no order
		fmt.Fprintln(&b, visits[0].start.Format("05.000"), strings.Join(who, ", "))
		visits = visits[n:]
	}
	return b.String()
}

func TestTheSeedMakesTheSchedule(t *testing.T) {
	played := func(seed int64) string {
		return play(t, newPlan(12, together(3)), nil, func(_ context.CancelCauseFunc, c *Config) { c.Seed = seed }).schedule()
	}
	first := played(7)
	for range 5 {
		if again := played(7); again != first {
			t.Fatalf("the same seed gave another schedule:\n%s\nand\n%s", first, again)
		}
	}
	if played(8) == first {
		t.Error("another seed gave the same schedule")
	}
}

func TestCutShort(t *testing.T) {
	for _, tt := range []struct {
		cause error
		why   string
	}{{ErrInterrupted, record.Interrupted}, {ErrTimeUp, record.TimeUp}} {
		for _, when := range []struct {
			what string
			nth  int
		}{{"login", 3}, {"visit", 5}, {"visit", 70}} {
			t.Run(fmt.Sprintf("%v at %s %d", tt.cause, when.what, when.nth), func(t *testing.T) {
				var stop context.CancelCauseFunc
				var cut time.Time
				n := 0
				r := play(t, newPlan(10, solo(2), together(100)), func(c *call) error {
					if !cut.IsZero() && c.what != "close" {
						return errHangs // a target that makes it as hard as it can
					}
					if c.what == when.what {
						if n++; n == when.nth {
							cut = time.Now()
							stop(tt.cause)
						}
					}
					return nil
				}, func(cancel context.CancelCauseFunc, _ *Config) { stop = cancel })
				r.done(t, tt.why)
				if late := r.end.At.Sub(cut); late > logoutLimit+time.Second {
					t.Errorf("ended %v after it was cut short", late)
				}
				if n := r.fake.left(); n != 0 {
					t.Errorf("%d sessions were never closed", n)
				}
				if got := len(r.told.observations()); when.what == "visit" && got < when.nth-1 {
					t.Errorf("%d visits recorded, want those before the cut", got)
				}
			})
		}
	}
}

func TestARecordThatCannotBeWrittenEndsTheRun(t *testing.T) {
	full := errors.New("no space left")
	for _, at := range []int32{1, 3, 12, 40} {
		t.Run(fmt.Sprint(at), func(t *testing.T) {
			var n atomic.Int32
			after := 0
			r := play(t, newPlan(20, solo(2), together(50)), func(c *call) error {
				if n.Load() >= at && (c.what == "visit" || c.what == "login") {
					after++
				}
				return nil
			}, func(_ context.CancelCauseFunc, c *Config) {
				c.Record = func(record.Entry) error {
					if n.Add(1) >= at {
						return full
					}
					return nil
				}
			})
			if !errors.Is(r.err, full) {
				t.Errorf("the run ended with %v, want %v", r.err, full)
			}
			if after > 20 {
				t.Errorf("%d more logins and visits after the record was lost", after)
			}
			if n := r.fake.left(); n != 0 {
				t.Errorf("%d sessions were never closed", n)
			}
		})
	}
}

func TestLogoutAtTheEnd(t *testing.T) {
	r := play(t, newPlan(4, together(1)), nil, nil)
	r.done(t, record.Done)
	if n := r.told.count(record.LoggedOut); n != 4 {
		t.Errorf("%d of 4 logged out", n)
	}
	for _, out := range r.fake.of("logout") {
		for _, c := range r.fake.of("close") {
			if c.account == out.account && c.start.Before(out.end) {
				t.Errorf("%s was closed before it had logged out", c.account)
			}
		}
	}
}

// A logout that begins with a click needs a page with that button.
func TestLogoutFindsItsPage(t *testing.T) {
	p := newPlan(2)
	p.Logout = []plan.Step{{Verb: plan.Click, Arg: "#logout"}}
	p.Views[0].After = "notes"
	m := &member{crowd: &crowd{Config: Config{Plan: p}}}
	var way []string
	for _, s := range m.logout() {
		way = append(way, s.Arg)
	}
	if want := []string{"/notes", "/inbox", "#logout"}; !slices.Equal(way, want) {
		t.Errorf("the way out is %q, want %q", way, want)
	}
	if len(p.Logout) != 1 {
		t.Error("the plan was changed")
	}
}

func TestHundreds(t *testing.T) {
	const n, rounds = 300, 5
	p := newPlan(n, solo(1), together(rounds))
	r := play(t, p, nil, nil)
	r.done(t, record.Done)
	visits := n * 2 * (1 + rounds)
	for what, want := range map[string]int{
		"open": n, "login": n, "logout": n, "close": n, "visit": visits,
		"rest": 3 * n, // after login, after solo, after together
	} {
		if got := len(r.fake.of(what)); got != want {
			t.Errorf("%d calls of %s, want %d", got, what, want)
		}
	}
	turns := n + 2*rounds // of an account alone, of a view in company
	if got := len(r.told.entries); got != 2*n+visits+turns+2+2*rounds+1 {
		t.Errorf("%d entries recorded, want one for each login, logout, visit, turn, phase and release, and the end", got)
	}
	if r.fake.most > 4 {
		t.Errorf("%d pages loaded at once, want at most 4", r.fake.most)
	}
}

func TestAnAnswerAfterItsVisitTakesNoPlace(t *testing.T) {
	l := newLoads(1)
	b := newBarrier(First, 1, time.Minute, time.Second)
	p := b.place(l.load())
	if err := p.Arrive(t.Context()); err != nil {
		t.Fatal(err)
	}
	p.Leave()
	b.close()
	if err := p.Answered(t.Context()); err == nil {
		t.Error("an answer that came late was handed on as if its visit went on")
	}
	if !l.room.TryAcquire(1) {
		t.Error("it took a place that nobody gives back")
	}
}

func TestEvidenceIsTakenWhileThePageIsOpen(t *testing.T) {
	phase := together(2)
	phase.HTTP = 1
	p := newPlan(3, phase)
	kept := map[string]string{}
	browsers, plains := 0, 0
	r := play(t, p, nil, func(_ context.CancelCauseFunc, c *Config) {
		var mu sync.Mutex
		c.Look = func(o *record.Observation, copies Copies) []Shot {
			mu.Lock()
			defer mu.Unlock()
			if o.N == 0 {
				t.Error("looked at an observation that was not recorded")
			}
			of := o.Account
			if o.Plain > 0 {
				of += ", plain"
				plains++
			} else {
				browsers++
			}
			if x, _ := copies.Copy(1, nil); x.Conn != of {
				t.Errorf("the visit of %s came with what is kept of %s", of, x.Conn)
			}
			if o.Account != "user002" || o.Round != 2 {
				return nil
			}
			name := fmt.Sprintf("%d.png", o.N)
			return []Shot{
				{Mark: []string{"leaked"}, File: name, Of: []record.Evidence{{Observation: o.N}}},
				{Mark: []string{"own"}, File: "own-" + name, Of: []record.Evidence{{Observation: 1, Own: true}}},
			}
		}
		c.Keep = func(shot Shot, picture []byte) {
			mu.Lock()
			defer mu.Unlock()
			kept[shot.File] = fmt.Sprintf("%s, for %v", picture, shot.Of[0].Own)
		}
	})
	r.done(t, record.Done)
	for _, o := range r.told.observations() {
		if o.Account != "user002" || o.Round != 2 || o.Plain > 0 {
			continue
		}
		for name, want := range map[string]string{
			fmt.Sprintf("%d.png", o.N): o.View + " [leaked], for false", fmt.Sprintf("own-%d.png", o.N): o.View + " [own], for true",
		} {
			if kept[name] != want {
				t.Errorf("%s shows %q, want %q", name, kept[name], want)
			}
		}
	}
	if len(kept) != 4 || len(r.fake.of("evidence")) != 4 {
		t.Errorf("%d pictures kept and %d taken, want 4: of pages alone, and two of each", len(kept), len(r.fake.of("evidence")))
	}
	if browsers != 12 || plains == 0 {
		t.Errorf("looked at %d visits with a browser and %d without one", browsers, plains)
	}
}

func TestTracesAreUnique(t *testing.T) {
	for _, trace := range []bool{true, false} {
		p := newPlan(4, together(3))
		p.Trace = trace
		r := play(t, p, nil, nil)
		r.done(t, record.Done)
		seen := map[string]bool{}
		for _, o := range r.told.observations() {
			for _, x := range o.Exchanges {
				if len(x.Trace) != 55 || seen[x.Trace] {
					t.Errorf("traceparent %q is malformed or not unique", x.Trace)
				}
				seen[x.Trace] = true
			}
		}
		if want := map[bool]int{true: 4 * 3 * 2, false: 0}[trace]; len(seen) != want {
			t.Errorf("%d traces, want %d", len(seen), want)
		}
	}
}

func TestLedgerHoldsWhatIsOwned(t *testing.T) {
	p := newPlan(3)
	p.Items = map[string]plan.Item{"note": {}, "nick": {Audience: []string{"everyone"}}, "phone": {}}
	p.Plant = []plan.Step{{Verb: plan.Fill, Fields: []plan.Field{{Selector: "#n", Value: "{{canary note}} {{canary nick}}"}}}}
	p.Markers = []plan.Marker{{Text: "010-1234-5678", Owner: "user001", Item: "phone"}}
	l, err := Ledger(p, "run")
	if err != nil {
		t.Fatal(err)
	}
	count := map[string]int{}
	for _, e := range l.Entries() {
		count[e.Item]++
		_, canary := marker.Parse(e.Text)
		if e.Declared != (e.Item == "phone") || canary == e.Declared {
			t.Errorf("entry %+v", e)
		}
	}
	if count["note"] != 3 || count["nick"] != 3 || count["phone"] != 1 {
		t.Errorf("entries by item: %v", count)
	}
}
