package crowd

import (
	"testing"
	"testing/synctest"
	"time"

	"notmine/checks/plan"
	"notmine/checks/record"
)

// Each request goes with its like. What only one session asks for waits once,
// and not again.
func TestEvery(t *testing.T) {
	const n, rounds = 4, 3
	p := newPlan(n, together(rounds))
	p.Views = p.Views[:1]
	p.Views[0].Hold = []string{Every}
	everyGoesWithItsLike(t, p, n, rounds)
}

// What a phase holds, it holds in place of what the views do.
func TestEveryOfAPhase(t *testing.T) {
	const n, rounds = 4, 3
	phase := together(rounds)
	phase.Hold = []string{Every}
	p := newPlan(n, phase)
	p.Views = p.Views[:1]
	p.Views[0].Hold = []string{First}
	everyGoesWithItsLike(t, p, n, rounds)
}

func everyGoesWithItsLike(t *testing.T, p *plan.Plan, n, rounds int) {
	t.Helper()
	r := play(t, p, nil, nil)
	r.done(t, record.Done)
	sent := map[string]map[time.Time]int{} // path, but for the item's number → moments
	unlike := 0
	for _, c := range r.fake.of("visit") {
		for i, path := range c.kinds {
			if len(path) > 3 && path[:4] == "/of-" {
				unlike++
				continue
			}
			kind := path[:5]
			if sent[kind] == nil {
				sent[kind] = map[time.Time]int{}
			}
			sent[kind][c.sentAt[i]]++
		}
	}
	for _, kind := range []string{"/list", "/item"} {
		if len(sent[kind]) != rounds {
			t.Errorf("%s went out at %d moments, want one a round", kind, len(sent[kind]))
		}
		for _, many := range sent[kind] {
			if many != n {
				t.Errorf("%d of %s went out together, want %d", many, kind, n)
			}
		}
	}
	if unlike != n {
		t.Errorf("what nobody else asks for waited %d times, want once each", unlike)
	}
	releases := map[string]int{}
	for _, e := range r.told.entries {
		if b := e.Barrier; b != nil {
			releases[b.Hold]++
			if b.Arrived != n {
				t.Errorf("%s: %d arrived, want %d", b.Hold, b.Arrived, n)
			}
		}
	}
	if len(releases) != 2 || releases["GET /list"] != rounds || releases["GET /item/#"] != rounds {
		t.Errorf("releases recorded: %v", releases)
	}
}

// Whoever has left is not waited for, and a gathering that nobody else joins
// gives up soon.
func TestEveryGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLoads(4)
		var known gatherings
		g := known.gather(2)
		one, other := g.seat(l.load()), g.seat(l.load())
		start := time.Now()
		if err := one.For("GET", "/a").Arrive(t.Context()); err != nil || time.Since(start) != longestGathering {
			t.Errorf("waited %v (%v), want %v", time.Since(start), err, longestGathering)
		}
		start = time.Now()
		other.Leave()
		if err := one.For("GET", "/b").Arrive(t.Context()); err != nil || time.Since(start) != 0 {
			t.Errorf("waited %v (%v) for one that has left", time.Since(start), err)
		}
		if one.For("GET", "/b") != nil {
			t.Error("the same request waits twice")
		}
		one.Leave()
		if one.For("GET", "/c") != nil {
			t.Error("a visit that is over waits")
		}
		if got := g.close(); len(got) != 0 {
			t.Errorf("releases of one alone: %+v", got)
		}
		if known.limit("GET /a") != 0 || known.limit("GET /new") != longestGathering {
			t.Error("a gathering learned nothing")
		}
	})
}
