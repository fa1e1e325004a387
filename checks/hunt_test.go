package checks_test

import (
	"context"
	"errors"
	"fmt"
	"image"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"notmine/checks"
	"notmine/checks/crowd"
	"notmine/checks/gate"
	"notmine/checks/isolation"
	"notmine/checks/phrase"
	"notmine/checks/plan"
	"notmine/checks/record"
	"notmine/checks/repro"
	"notmine/checks/sight"
)

// hall is an album whose sessions take time. It leaks in the ways that a test says.
type hall struct {
	*album
	leaks func(h *hall, g *guest, v crowd.Visit) (owner string) // whose photo a visit shows besides its own; "" for nobody's
	away  func() bool                                           // nil is never

	mu    sync.Mutex
	given map[string]string // viewer → owner, in the visit that goes on
	left  string            // whose load was cut off last
	logIn bool              // the last page that was looked at was a login
}

// guest is a session at the hall.
type guest struct {
	*visitor
	hall   *hall
	before string // who was in the same browser
}

func (h *hall) Open(_ context.Context, account plan.Account) (crowd.Session, error) {
	return &guest{visitor: &visitor{album: h.album, name: account.Name}, hall: h}, nil
}

// How long a guest takes.
const (
	toDo   = 100 * time.Millisecond
	toLook = time.Second
)

func (g *guest) wait(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	if g.hall.away != nil && g.hall.away() {
		return &crowd.TargetError{Err: errors.New("connection refused")}
	}
	return nil
}

func (g *guest) Become(account plan.Account) error {
	g.before = g.name
	return g.visitor.Become(account)
}

func (g *guest) Do(ctx context.Context, steps []plan.Step, vars crowd.Vars) error {
	if err := g.wait(ctx, toDo); err != nil {
		return err
	}
	return g.visitor.Do(ctx, steps, vars)
}

func (g *guest) Visit(ctx context.Context, v crowd.Visit) (*record.Observation, error) {
	h := g.hall
	if err := g.wait(ctx, toLook); err != nil {
		return &record.Observation{Start: time.Now(), End: time.Now()}, err
	}
	h.mu.Lock()
	delete(h.given, g.name)
	if h.leaks != nil {
		if owner := h.leaks(h, g, v); owner != "" && owner != g.name {
			h.given[g.name] = owner
		}
	}
	h.mu.Unlock()
	return g.visitor.Visit(ctx, v)
}

// huntPlan is a plan with something of everything that a hunt may need.
func huntPlan(names ...string) *plan.Plan {
	p := albumPlan(1, names...)
	p.Phases = nil
	click := func(what string) []plan.Step { return []plan.Step{{Verb: plan.Click, Arg: what}} }
	p.Login, p.Logout, p.Act = click("#login"), append([]plan.Step{{Verb: plan.Goto, Arg: "/bye"}}, click("#logout")...), click("#ping")
	p.Events = []plan.Event{{Name: "restart", Run: "true"}}
	return p
}

// hunted hunts at a hall in a bubble, where time takes no time.
func hunted(t *testing.T, p *plan.Plan, s repro.Symptom, h *hall, how func(context.CancelCauseFunc, *checks.Hunting)) (done *checks.Hunted) {
	t.Helper()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		const id = "20261122-014500-hunt"
		ctx, cancel := context.WithCancelCause(t.Context())
		defer cancel(nil)
		hunting := checks.Hunting{Within: 10 * time.Minute}
		hunting.Options = checks.Options{
			Dir: filepath.Join(dir, "run"), ID: id, Tool: "test", Seed: 1,
			Start: func(_ context.Context, p *plan.Plan, finder *sight.Finder) (crowd.Driver, error) {
				if !slices.ContainsFunc(p.Phases, func(ph plan.Phase) bool { return ph.Order == plan.Handover }) {
					t.Error("the driver is not told of the phases that may come")
				}
				ledger, err := crowd.Ledger(p, id)
				h.album = &album{t: t, ledger: ledger, finder: finder, rounds: map[string]int{}, photos: map[string]image.Image{}}
				h.given = map[string]string{}
				h.shows = func(viewer string, _ int) []string {
					h.mu.Lock()
					defer h.mu.Unlock()
					if owner := h.given[viewer]; owner != "" {
						return []string{viewer, owner}
					}
					return []string{viewer}
				}
				return h, err
			},
		}
		if how != nil {
			how(cancel, &hunting)
		}
		var err error
		if done, err = checks.Hunt(ctx, p, s, hunting); err != nil {
			t.Fatal(err)
		}
	})
	if _, err := os.Stat(filepath.Join(dir, "run", "report.html")); err != nil {
		t.Error(err)
	}
	return done
}

// neighbor is another of three.
func neighbor(name string) string {
	return map[string]string{"alice": "bob", "bob": "carol", "carol": "alice"}[name]
}

// A leak that one way alone shows is found by it, and what led to it is what that
// did.
func TestHuntFinds(t *testing.T) {
	for _, tt := range []struct {
		name  string
		leaks func(*hall, *guest, crowd.Visit) string
		by    []string
		led   []plan.Order
	}{
		{"what an abort leaves behind", func(h *hall, g *guest, v crowd.Visit) string {
			was := h.left
			if h.left = ""; v.Cut != "" {
				h.left = g.name
			}
			return was
		}, []string{"aborts", "crowd"}, []plan.Order{plan.Together}},
		{"what is sent to open pages", func(_ *hall, g *guest, v crowd.Visit) string {
			if v.How == crowd.Stay {
				return neighbor(g.name)
			}
			return ""
		}, []string{"idle"}, []plan.Order{plan.Solo, plan.Idle}},
		{"what a browser keeps", func(_ *hall, g *guest, _ crowd.Visit) string { return g.before }, []string{"handover"}, []plan.Order{plan.Solo, plan.Handover}},
		{"a login at the same moment", func(h *hall, g *guest, v crowd.Visit) string {
			was := h.logIn
			if h.logIn = v.View.Name == record.LoginView; was && !h.logIn {
				return neighbor(g.name)
			}
			return ""
		}, []string{"storm"}, []plan.Order{plan.Storm}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			done := hunted(t, huntPlan("alice", "bob", "carol"), repro.Symptom{}, &hall{leaks: tt.leaks}, nil)
			if done.Finding == nil || done.Exit() != gate.ExitLeak || !done.Is {
				t.Fatalf("found %+v, exit %d after %v", done.Finding, done.Exit(), done.Took)
			}
			if !slices.Contains(tt.by, done.By.Name) || done.Result.Findings[done.Number-1].Fingerprint != done.Finding.Fingerprint {
				t.Errorf("finding %d was found by %s, want %q", done.Number, done.By.Name, tt.by)
			}
			var led []plan.Order
			for _, ph := range done.Plan.Phases {
				led = append(led, ph.Order)
			}
			if !slices.Equal(led, tt.led) {
				t.Errorf("what led to it has the orders %q, want %q", led, tt.led)
			}
			if last := done.Plan.Phases[len(done.Plan.Phases)-1].Name; last != done.Finding.Phase {
				t.Errorf("what led to it ends with %s, and it came in %s", last, done.Finding.Phase)
			}
			if done.Took >= 10*time.Minute {
				t.Errorf("it took %v", done.Took)
			}
		})
	}
}

// What is found may be another leak than the one that was described.
func TestHuntFindsAnother(t *testing.T) {
	toBob := &hall{leaks: func(_ *hall, g *guest, v crowd.Visit) string {
		if g.name == "bob" && len(v.Holds) > 0 {
			return "carol"
		}
		return ""
	}}
	done := hunted(t, huntPlan("alice", "bob", "carol"), repro.Symptom{Viewer: "alice", Saw: repro.SawPicture}, toBob, nil)
	if done.Finding == nil || done.Finding.Viewer != "bob" || done.Is || done.Exit() != gate.ExitLeak {
		t.Errorf("found %+v, which is what was described: %v", done.Finding, done.Is)
	}
}

// Whoever hunts on past a leak accepts its fingerprint.
func TestHuntPastWhatIsAccepted(t *testing.T) {
	leaky := func() *hall {
		return &hall{leaks: func(_ *hall, g *guest, v crowd.Visit) string {
			if v.View.Name == "album" && len(v.Holds) > 0 {
				return neighbor(g.name)
			}
			return ""
		}}
	}
	short := func(_ context.CancelCauseFunc, how *checks.Hunting) { how.Within = 3 * time.Minute }
	p := huntPlan("alice", "bob", "carol")
	p.Phases = nil
	done := hunted(t, p, repro.Symptom{}, leaky(), short)
	if done.Finding == nil {
		t.Fatal("nothing is found")
	}
	expires, err := plan.ParseDate("9999-12-31")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range done.Result.Findings {
		p.Accepted = append(p.Accepted, plan.Accepted{Fingerprint: f.Fingerprint, Reason: "…", Owner: "…", Expires: expires})
	}
	done = hunted(t, p, repro.Symptom{}, leaky(), short)
	if done.Finding != nil || done.Took < 3*time.Minute || done.Exit() == gate.ExitLeak {
		t.Errorf("found %+v after %v, exit %d", done.Finding, done.Took, done.Exit())
	}
}

// Where nothing leaks, all ways are tried until the time is up, none is starved,
// and what they exclude is told.
func TestHuntFindsNothing(t *testing.T) {
	const within = 10 * time.Minute
	tried := map[string]int{}
	p := huntPlan("alice", "bob", "carol")
	done := hunted(t, p, repro.Symptom{}, &hall{}, func(_ context.CancelCauseFunc, how *checks.Hunting) {
		how.Trying = func(w repro.Way, before int) {
			if before != tried[w.Name] {
				t.Errorf("%s was tried %d times before, and %d were told", w.Name, tried[w.Name], before)
			}
			tried[w.Name]++
		}
	})
	if done.Finding != nil || done.Exit() != gate.ExitClean || done.End.Why != record.Done || done.Result.Verdict == gate.Leak {
		t.Errorf("found %+v, exit %d, ended %+v", done.Finding, done.Exit(), done.End)
	}
	if done.Took < within || done.Took > within+time.Minute {
		t.Errorf("it took %v of %v", done.Took, within)
	}
	ways, _ := repro.Ways(p, repro.Symptom{})
	if len(done.Ways) != len(ways) {
		t.Errorf("%d ways are told of, want %d", len(done.Ways), len(ways))
	}
	for _, w := range done.Ways {
		if w.Times != tried[w.Name] || w.Times == 0 || w.Rounds == 0 || w.Hits > 0 || w.Bound != gate.UpperBound(w.Rounds) {
			t.Errorf("%s: tried %d times, %d rounds, %d suspicious, bound %v", w.Name, w.Times, w.Rounds, w.Hits, w.Bound)
		}
		if least := within / time.Duration(8*len(ways)); w.Took < least {
			t.Errorf("%s had %v, want at least %v", w.Name, w.Took, least)
		}
	}
	if len(done.Unexercised) != 1 || !strings.Contains(done.Unexercised[0].What.String(), "changes") {
		t.Errorf("not exercised: %v", done.Unexercised)
	}
	if len(p.Phases) > 0 {
		t.Error("the plan is changed")
	}
}

// A way that was never tried says nothing.
func TestHuntThatIsTooShort(t *testing.T) {
	done := hunted(t, huntPlan("alice", "bob"), repro.Symptom{}, &hall{}, func(_ context.CancelCauseFunc, how *checks.Hunting) { how.Within = 10 * time.Second })
	if done.Exit() != gate.ExitInconclusive {
		t.Errorf("exit %d after %v", done.Exit(), done.Took)
	}
	if i := slices.IndexFunc(done.Ways, func(t checks.Tried) bool { return t.Rounds == 0 }); i < 0 || done.Ways[i].Bound != 1 {
		t.Errorf("in 10 seconds all ways were tried: %+v", done.Ways)
	}
}

// odd returns a check that reports something about visits of some phases, once a
// run is over.
func odd(level isolation.Level, is func(*record.Run, *record.Observation) bool) *isolation.Check {
	return &isolation.Check{Name: "odd", Doc: "finds what a test says", Judge: func(p *isolation.Pass) error {
		for _, o := range p.Run.Observations {
			if is(p.Run, o) {
				f := isolation.In(o)
				f.Level, f.Relation, f.Message = level, "odd", phrase.Verbatim("…")
				p.Report(f)
			}
		}
		return nil
	}}
}

// A way that shows something suspicious has most of the time. A risk that every
// way shows speaks for none but the first.
func TestHuntFollowsSuspicion(t *testing.T) {
	for _, tt := range []struct {
		level  isolation.Level
		in     string // "" in every phase
		within time.Duration
		hits   []string
	}{
		{isolation.Suspect, "random", 10 * time.Minute, []string{"random"}},
		{isolation.Risk, "", 3 * time.Minute, []string{"together"}},
		{isolation.Note, "", 3 * time.Minute, nil},
	} {
		done := hunted(t, huntPlan("alice", "bob", "carol"), repro.Symptom{}, &hall{}, func(_ context.CancelCauseFunc, how *checks.Hunting) {
			how.Within = tt.within
			how.Checks = []*isolation.Check{odd(tt.level, func(_ *record.Run, o *record.Observation) bool {
				return o.View == "album" && strings.HasPrefix(o.Phase, tt.in)
			})}
		})
		var hits []string
		for _, w := range done.Ways {
			if w.Hits > 0 {
				hits = append(hits, w.Name)
			}
			if w.Name == tt.in && w.Took < done.Took/2 {
				t.Errorf("%s had %v of %v", w.Name, w.Took, done.Took)
			}
		}
		if !slices.Equal(hits, tt.hits) || done.Finding != nil {
			t.Errorf("%s: suspicious were %q, want %q", tt.level, hits, tt.hits)
		}
	}
}

// A leak that can only be told afterwards is found after the pull that showed it,
// if the whole record bears it out.
func TestHuntFindsAfterwards(t *testing.T) {
	for _, tt := range []struct {
		name  string
		is    func(*record.Run, *record.Observation) bool
		found bool
	}{
		{"leak", func(_ *record.Run, o *record.Observation) bool { return o.Phase == "devices" }, true},
		{"not in the whole", func(run *record.Run, o *record.Observation) bool {
			return o.Phase == "devices" && !slices.ContainsFunc(run.Observations, func(o *record.Observation) bool { return o.Phase == "together" })
		}, false},
	} {
		done := hunted(t, huntPlan("alice", "bob", "carol"), repro.Symptom{}, &hall{}, func(_ context.CancelCauseFunc, how *checks.Hunting) {
			how.Checks = []*isolation.Check{odd(isolation.Leak, tt.is)}
		})
		if (done.Finding != nil) != tt.found || tt.found && (done.By.Name != "devices" || done.Took > 5*time.Minute) {
			t.Errorf("%s: found %+v by %s after %v", tt.name, done.Finding, done.By.Name, done.Took)
		}
	}
}

func TestHuntAtATargetThatGoesAway(t *testing.T) {
	for _, after := range []time.Duration{0, 3 * time.Minute} {
		var begun time.Time
		away := func() bool {
			if begun.IsZero() {
				begun = time.Now()
			}
			return time.Since(begun) >= after
		}
		h := &hall{}
		h.away = func() bool { h.mu.Lock(); defer h.mu.Unlock(); return away() }
		p := huntPlan("alice", "bob", "carol")
		p.Events = nil
		done := hunted(t, p, repro.Symptom{}, h, nil)
		if done.Exit() != gate.ExitTarget || done.Finding != nil || done.Took > after+3*time.Minute {
			t.Errorf("away after %v: exit %d after %v, ended %+v, %s", after, done.Exit(), done.Took, done.End, done.Away)
		}
		if rounds := done.Ways[0].Rounds; (rounds > 0) != (after > 0) {
			t.Errorf("away after %v: %d rounds of the first way", after, rounds)
		}
	}
}

// An event may put the target away until another brings it back.
func TestHuntAtATargetThatComesBack(t *testing.T) {
	burnt := filepath.Join(t.TempDir(), "burnt")
	p := huntPlan("alice", "bob", "carol")
	p.Events = []plan.Event{{Name: "fire", Run: "touch " + burnt}, {Name: "rain", Run: "true"}, {Name: "mend", Run: "rm -f " + burnt}}
	h := &hall{away: func() bool { _, err := os.Stat(burnt); return err == nil }}
	done := hunted(t, p, repro.Symptom{After: "fire"}, h, nil)
	if done.End.Why != record.Done || !done.Away.IsZero() {
		t.Errorf("ended %+v, %s", done.End, done.Away)
	}
	for _, w := range done.Ways {
		if fire := strings.Contains(w.Name, "fire"); w.Times == 0 || (w.Rounds > 0) == fire && w.Name != "during-fire" {
			t.Errorf("%s: tried %d times, %d rounds", w.Name, w.Times, w.Rounds)
		}
	}
}

// Whoever interrupts a hunt is told what it has excluded until then.
func TestHuntInterrupted(t *testing.T) {
	done := hunted(t, huntPlan("alice", "bob", "carol"), repro.Symptom{}, &hall{}, func(cancel context.CancelCauseFunc, how *checks.Hunting) {
		how.Trying = func(w repro.Way, _ int) {
			if w.Name == "every" {
				cancel(crowd.ErrInterrupted)
			}
		}
	})
	if done.Exit() != gate.ExitInterrupted || done.End.Why != record.Interrupted {
		t.Errorf("exit %d, ended %+v", done.Exit(), done.End)
	}
	for i, w := range done.Ways {
		if before := i < 3; (w.Rounds > 0) != before {
			t.Errorf("%s: %d rounds", w.Name, w.Rounds)
		}
	}
}

func TestHuntForWhatIsNoneOfThePlan(t *testing.T) {
	_, err := checks.Hunt(t.Context(), huntPlan("alice", "bob"), repro.Symptom{View: "inbox"}, checks.Hunting{})
	if err == nil || !strings.Contains(err.Error(), `view "inbox": there is album`) {
		t.Error(fmt.Errorf("%w, want what views there are", err))
	}
}
