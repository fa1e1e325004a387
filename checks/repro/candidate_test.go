package repro

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"notmine/checks/isolation"
	"notmine/checks/plan"
)

// errAway is what a target says that is not there.
var errAway = errors.New("connection refused")

// unless returns a try that fails for the calls that is says.
func unless(fails func(call int, p *plan.Plan) bool, try Try) Try {
	call := 0
	return func(ctx context.Context, p *plan.Plan, more func(hits, rounds int) bool) (Tries, error) {
		call++
		if fails(call, p) {
			return Tries{}, errAway
		}
		return try(ctx, p, more)
	}
}

func always(*plan.Plan) float64 { return 1 }

// A candidate that cannot be tried is not lost: it is tried again later, once.
func TestShrinkTriesAgainWhatCouldNotBeTried(t *testing.T) {
	withoutLogout := func(p *plan.Plan) bool { return p.Logout == nil }
	for _, tt := range []struct {
		name  string
		fails func(call int, p *plan.Plan) bool
		left  bool
		said  string
	}{
		{"once", func() func(int, *plan.Plan) bool {
			failed := false
			return func(_ int, p *plan.Plan) bool {
				now := withoutLogout(p) && !failed
				failed = failed || now
				return now
			}
		}(), true, ""},
		{"at all times", func(_ int, p *plan.Plan) bool { return withoutLogout(p) }, false, "; not known: the logout"},
	} {
		s := shrunk(t, found("together"), Options{Try: unless(tt.fails, simulated(1, always))})
		if withoutLogout(s.Plan) != tt.left || !s.Done || !strings.HasSuffix(s.Text().String(), tt.said) {
			t.Errorf("%s: left out: %v, done: %v; %s", tt.name, withoutLogout(s.Plan), s.Done, s.Text())
		}
		tries := 0
		for _, c := range s.Tried {
			if c.Answer == Undecided {
				tries++
				if got := c.Text().String(); got != "not known without the logout: connection refused" {
					t.Errorf("%s: %s", tt.name, got)
				}
			}
		}
		if most := map[bool]int{true: 1, false: 2}[tt.left]; tries != most {
			t.Errorf("%s: %d tries failed, want %d", tt.name, tries, most)
		}
	}
}

// It is tried again also when no other pass follows: nothing else can be left out.
func TestShrinkTriesAgainAtTheEnd(t *testing.T) {
	begin := mail()
	begin.Phases = begin.Phases[:3]
	begin.Phases[1].Within = 0
	tidy(begin)
	failed := false
	s, err := Shrink(t.Context(), begin, found("together"), Options{Floor: 0.05, Try: unless(func(_ int, p *plan.Plan) bool {
		now := p.Logout == nil && !failed
		failed = failed || now
		return now
	}, simulated(1, func(p *plan.Plan) float64 {
		p = clone(p)
		p.Logout = begin.Logout
		if written(p) == written(begin) {
			return 1
		}
		return 0
	}))})
	if err != nil {
		t.Fatal(err)
	}
	if s.Plan.Logout != nil || !s.Done || len(s.Plan.Phases) != 3 {
		t.Errorf("left are %d phases and the logout %v; %s", len(s.Plan.Phases), s.Plan.Logout, s.Why)
	}
}

// When the target goes away, two candidates and the smallest plan find out; the
// smallest plan until then is what is left.
func TestShrinkEndsWhenTheTargetIsAway(t *testing.T) {
	calls := 0
	s := shrunk(t, found("together"), Options{Try: unless(func(call int, _ *plan.Plan) bool { calls = call; return call > 4 }, simulated(1, always))})
	if calls != 7 || s.Done || s.Why.String() != "what was kept before could not be tried any more: connection refused" {
		t.Errorf("%d calls, done: %v: %s", calls, s.Done, s.Why)
	}
	if len(s.Plan.Phases) != 1 || s.Last.Text().String() != "could not try: connection refused" {
		t.Errorf("left are %d phases; %s", len(s.Plan.Phases), s.Last.Text())
	}
}

// A target that is away for a few candidates only is not given up: after two in a
// row the smallest plan is tried, which goes well, and then it takes two again.
func TestShrinkGoesOnWhenTheTargetIsBack(t *testing.T) {
	calls := 0
	s := shrunk(t, found("together"), Options{Try: unless(func(call int, _ *plan.Plan) bool {
		calls = call
		return call == 5 || call == 6 || call == 8
	}, simulated(1, always))})
	if !s.Done || len(s.Plan.Accounts) != 2 || len(s.Plan.Views) != 1 {
		t.Errorf("done: %v (%s), %d accounts and %d views are left", s.Done, s.Why, len(s.Plan.Accounts), len(s.Plan.Views))
	}
	if most := 1 + len(s.Tried) + 1 + 1; calls != most { // the first, each candidate, the look back, the last
		t.Errorf("%d calls, want %d", calls, most)
	}
}

// A target that is away and comes back repaired shows nothing any more: what was
// seen at first stays.
func TestShrinkEndsWhenTheBugIsGone(t *testing.T) {
	call, rng := 0, simulated(1, always)
	try := func(ctx context.Context, p *plan.Plan, more func(hits, rounds int) bool) (Tries, error) {
		call++
		switch {
		case call == 4 || call == 5:
			return Tries{}, errAway
		case call > 5:
			return simulated(1, func(*plan.Plan) float64 { return 0 })(ctx, p, more)
		}
		t, err := rng(ctx, p, more)
		t.Seen = "run-" + string(rune('0'+call))
		return t, err
	}
	s := shrunk(t, found("together"), Options{Try: try})
	if s.Why.String() != "what was kept before did not show it any more" || s.Done || len(s.Plan.Phases) == 9 || s.Last.Hits != 0 || s.Last.Rounds != 4 {
		t.Errorf("ended because %s with %d phases; last %s", s.Why, len(s.Plan.Phases), s.Last.Text())
	}
	if s.Seen != "run-1" || s.First.Hits == 0 || s.First.Seen != "run-1" {
		t.Errorf("the evidence is of %q, and at first %+v", s.Seen, s.First)
	}
}

func TestShrinkEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	call, try := 0, simulated(1, always)
	s, err := Shrink(ctx, mail(), found("together"), Options{Floor: 0.05, Try: func(ctx context.Context, p *plan.Plan, more func(hits, rounds int) bool) (Tries, error) {
		if call++; call == 5 {
			cancel(errors.New("interrupted"))
		}
		return try(ctx, p, more)
	}})
	if err != nil {
		t.Fatal(err)
	}
	if call != 5 || s.Why.String() != "interrupted" || s.Done || len(s.Plan.Phases) != 1 || s.Last.Rounds != 0 {
		t.Errorf("%d calls, %q, done: %v, %d phases, last %s", call, s.Why, s.Done, len(s.Plan.Phases), s.Last.Text())
	}
	if s.First.Hits != 20 {
		t.Errorf("at first %s", s.First.Text())
	}
}

func TestShrinkKeepsToItsBudget(t *testing.T) {
	for name, tt := range map[string]struct {
		o    Options
		why  string
		most int // of 60, when 20 are kept back for the last measuring
	}{
		"tries": {Options{Rounds: 60}, "the tries were used up", 40},
		"time":  {Options{Within: 60 * time.Second}, "the time was up", 48}, // a candidate is tried to its end
	} {
		tt.o.Try = simulated(1, always)
		s := shrunk(t, found("together"), tt.o)
		if s.Why.String() != tt.why || s.Done {
			t.Errorf("%s: ended because %s", name, s.Why)
		}
		spent := 0
		for _, c := range s.Tried {
			spent += c.Tries.Rounds
		}
		if spent < 40 || spent > tt.most || s.Last.Rounds != 20 || len(s.Plan.Phases) == 9 {
			t.Errorf("%s: %d tries of candidates, and %d are the most; last %s", name, spent, tt.most, s.Last.Text())
		}
	}
}

// A candidate that nobody can tell about does not take the time that is kept
// back for the last measuring.
func TestShrinkEndsACandidateInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begun := time.Now()
		first := Of(Tries{Hits: 20, Rounds: 20, Took: 20 * time.Second})
		call := 0
		s := shrunk(t, found("together"), Options{First: &first, Within: 60 * time.Second, Try: func(ctx context.Context, _ *plan.Plan, more func(hits, rounds int) bool) (Tries, error) {
			call++
			var got Tries
			for begun := time.Now(); more(got.Hits, got.Rounds); got.Took = time.Since(begun) {
				time.Sleep(time.Second)
				if got.Rounds++; call == 1 || call > 2 || got.Rounds%3 != 0 { // of the second, nobody can tell
					got.Hits++
				}
			}
			return got, nil
		}})
		if took := time.Since(begun); took > 61*time.Second || call != 3 || s.Why.String() != "the time was up" || s.Last.Rounds != 20 {
			t.Errorf("%v, %d calls; %s; last %s", took, call, s.Why, s.Last.Text())
		}
	})
}

func TestShrinkOfNothing(t *testing.T) {
	s := shrunk(t, found("together"), Options{Try: simulated(1, func(*plan.Plan) float64 { return 0 })})
	if s.First.Text().String() != "not in 60 tries: rate below 4.9 %" || len(s.Tried) > 0 || s.Done || len(s.Plan.Phases) != 9 {
		t.Errorf("%s; %d candidates; %s", s.First.Text(), len(s.Tried), s.Why)
	}
	s = shrunk(t, found("together"), Options{Try: unless(func(int, *plan.Plan) bool { return true }, nil)})
	if s.First.Text().String() != "could not try: connection refused" || len(s.Tried) > 0 {
		t.Errorf("%s; %d candidates", s.First.Text(), len(s.Tried))
	}
}

// Where the first measuring is cut short, nothing is held against its rate.
func TestShrinkNeedsAFirstRate(t *testing.T) {
	s := shrunk(t, found("together"), Options{Try: scripted("hhhhh")})
	if s.Why.String() != "connection refused" || len(s.Tried) > 0 || s.Last.Hits != 5 {
		t.Errorf("%d candidates; %s; last %s", len(s.Tried), s.Why, s.Last.Text())
	}
}

func TestShrinkTakesARateThatIsKnown(t *testing.T) {
	first := Of(Tries{Hits: 17, Rounds: 20, Took: 20 * time.Second, Seen: "run-0"})
	calls := 0
	s := shrunk(t, found("together"), Options{First: &first, Try: unless(func(int, *plan.Plan) bool { calls++; return false }, simulated(1, always))})
	if s.First.Tries != first.Tries || s.Seen != "run-0" || !near(s.Question.Lost, 0.425, 1e-9) || calls != len(s.Tried)+1 {
		t.Errorf("at first %+v, seen %q, asked %+v, %d calls for %d candidates", s.First, s.Seen, s.Question, calls, len(s.Tried))
	}
}

func TestShrinkRefuses(t *testing.T) {
	never := unless(func(int, *plan.Plan) bool { t.Error("tried"); return true }, nil)
	for says, spoil := range map[string]func(*isolation.Finding, *Options){
		"no phase":   func(f *isolation.Finding, _ *Options) { f.Phase = "elsewhere" },
		"no account": func(f *isolation.Finding, _ *Options) { f.Viewer = "mallory" },
		"in 0 tries": func(_ *isolation.Finding, o *Options) { o.First = &Measured{Tries: Tries{Hits: 1}} },
		"a rate of":  func(_ *isolation.Finding, o *Options) { o.Floor = 0 },
	} {
		f, o := found("together"), Options{Floor: 0.05, Try: never}
		spoil(&f, &o)
		if _, err := Shrink(t.Context(), mail(), f, o); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", says, err)
		}
	}
}

// The last measuring goes back behind what made the bug rarer: here the views,
// which were kept by luck.
func TestShrinkPutsBackWhatMadeItRarer(t *testing.T) {
	lucky, unlucky := simulated(1, always), simulated(2, func(*plan.Plan) float64 { return 0.2 })
	var kept *plan.Plan // the first candidate without settings
	s := shrunk(t, found("together"), Options{Try: func(ctx context.Context, p *plan.Plan, more func(hits, rounds int) bool) (Tries, error) {
		settings := slices.ContainsFunc(p.Views, func(v plan.View) bool { return v.Name == "settings" })
		again := kept == p
		if !settings && kept == nil {
			kept = p
		}
		switch {
		case settings || kept == p && !again:
			return lucky(ctx, p, more)
		}
		return unlucky(ctx, p, more)
	}})
	if len(s.Plan.Views) != 4 || s.Why.String() != "what was left out last made it rarer, so it was put back" || s.Done {
		t.Errorf("%d views are left, ended because %s", len(s.Plan.Views), s.Why)
	}
	undone := 0
	for _, c := range s.Tried {
		if c.Undone {
			undone++
			if got := c.Text().String(); !strings.HasPrefix(got, "rarer without the view settings, ") || !strings.HasSuffix(got, ", as was seen later (9 of 9 tries)") {
				t.Errorf("says %q", got)
			}
		}
	}
	if said := s.Text().String(); undone != 1 || !strings.HasSuffix(said, "; not known: the view message, the view profile, the view settings") {
		t.Errorf("%d were put back; %s", undone, said)
	}
}

// Of a rare bug the last measuring asks for half of the first rate, also where no
// candidate could be asked for so much.
func TestShrinkKeepsHalfOfARareOne(t *testing.T) {
	for hits, put := range map[string]bool{
		"hhhh" + steady('.')[:115] + "h":  true,  // 5 of 120
		"hhhh" + steady('.')[:114] + "hh": false, // 6 of 120
	} {
		first := Of(Tries{Hits: 12, Rounds: 120, Took: 120 * time.Second})
		best, spent := scripted(hits), 0
		s := shrunk(t, found("together"), Options{First: &first, Rounds: 30, Try: func(ctx context.Context, p *plan.Plan, more func(hits, rounds int) bool) (Tries, error) {
			if spent >= 10 {
				return best(ctx, p, more)
			}
			t, err := simulated(1, always)(ctx, p, more)
			spent += t.Rounds
			return t, err
		}})
		if got := strings.Contains(s.Why.String(), "put back"); got != put || s.Question.Lost >= 0.05 {
			t.Errorf("%.12s: %s; %s; asked %+v", hits, s.Last.Text(), s.Why, s.Question)
		}
	}
}

// When the last measuring sees nothing, and the target is away before the plan as it
// was given can say whether the bug is gone, what may have lost it is put back.
func TestShrinkPutsBackWhatItCannotTellOf(t *testing.T) {
	spent, measured, gone := 0, 0, simulated(1, func(*plan.Plan) float64 { return 0 })
	lucky := simulated(1, always)
	s := shrunk(t, found("together"), Options{Rounds: 60, Try: func(ctx context.Context, p *plan.Plan, more func(hits, rounds int) bool) (Tries, error) {
		if spent >= 20+40 { // the first measuring, and all candidates
			if measured++; measured > 1 {
				return Tries{}, errAway
			}
			return gone(ctx, p, more)
		}
		t, err := lucky(ctx, p, more)
		spent += t.Rounds
		return t, err
	}})
	undone := 0
	for _, c := range s.Tried {
		if c.Undone {
			undone++
		}
	}
	if s.Why.String() != "what was left out last made it rarer, so it was put back" || undone != 1 || s.Best().Hits == 0 {
		t.Errorf("ended because %s, %d were put back, best %s", s.Why, undone, s.Best().Text())
	}
}

// When the time is over while it is looked whether the target is there, the target
// is not blamed for it.
func TestShrinkLooksBackInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first := Of(Tries{Hits: 20, Rounds: 20, Took: 20 * time.Second})
		call := 0
		s := shrunk(t, found("together"), Options{First: &first, Within: 40 * time.Second, Try: func(ctx context.Context, _ *plan.Plan, more func(hits, rounds int) bool) (Tries, error) {
			switch call++; {
			case call <= 2:
				return Tries{}, errAway
			case call == 3:
				<-ctx.Done()
				return Tries{Took: 20 * time.Second}, ctx.Err()
			}
			return simulated(1, always)(ctx, nil, more)
		}})
		if s.Why.String() != "the time was up" || call != 3 {
			t.Errorf("ended because %s after %d calls", s.Why, call)
		}
	})
}

// A bug that nobody has any more at the end was not lost by leaving something out.
func TestShrinkEndsWhenTheBugIsGoneAtLast(t *testing.T) {
	s := shrunk(t, found("together"), Options{Rounds: 60, Try: func() Try {
		here, gone, spent := simulated(1, always), simulated(1, func(*plan.Plan) float64 { return 0 }), 0
		return func(ctx context.Context, p *plan.Plan, more func(hits, rounds int) bool) (Tries, error) {
			if spent >= 20+40 { // the first measuring, and all candidates
				return gone(ctx, p, more)
			}
			t, err := here(ctx, p, more)
			spent += t.Rounds
			return t, err
		}
	}()})
	if s.Why.String() != "what was kept before did not show it any more" || len(s.Plan.Phases) == 9 || s.Last.Rounds != 60 {
		t.Errorf("ended because %s with %d phases; last %s", s.Why, len(s.Plan.Phases), s.Last.Text())
	}
}
