package crowd

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"notmine/checks/plan"
	"notmine/checks/record"
)

// paced is a visit that asks after each of those pauses, of a target that takes as
// long as each of the answers.
func paced(target *asked, who string, pauses, answers []time.Duration) func(context.Context, ask) {
	return func(_ context.Context, ask ask) {
		for i, pause := range pauses {
			time.Sleep(pause)
			ask(func() {
				target.by(who)
				time.Sleep(answers[i])
			})
		}
	}
}

// A page that takes long, and what it then asks for which comes soon: the order
// is kept in each turn, also when it is known how long most answers take.
func TestSlowAnswersAreWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pauses := slices.Repeat([]time.Duration{time.Millisecond}, 5)
		answers := []time.Duration{900 * time.Millisecond, time.Millisecond, time.Millisecond, time.Millisecond, time.Millisecond}
		known := newSearched()
		for turn := range 4 {
			var target asked
			s := newSearch(known, []string{"a", "b"}, drawn("a b"), time.Minute)
			entry := searching(t.Context(), s, 2, paced(&target, "a", pauses, answers), paced(&target, "b", pauses, answers))
			if target.order() != "a a a a a b b b b b" || entry.Slow+entry.Late+entry.Loose+entry.Lost > 0 {
				t.Errorf("turn %d: asked by %s, told %+v", turn+1, target.order(), entry)
			}
		}
	})
}

// Whoever asks when the others have gone on makes the order another than was
// drawn. That is told, and the next turn waits longer.
func TestWhoComesLateIsTold(t *testing.T) {
	const soon = time.Millisecond
	for _, tt := range []struct {
		why             string
		pauses, answers []time.Duration
		first, next     string // in which order, and how many came late
	}{
		{"its page takes a while", []time.Duration{soon, 450 * time.Millisecond}, []time.Duration{soon, soon}, "a b b a, 1 late", "a a b b, 0 late"},
		{"it comes back after a long while", []time.Duration{soon, 20 * time.Second}, []time.Duration{soon, soon}, "a b b a, 1 late", "a b b a, 1 late"},
		{"it begins late", []time.Duration{3 * time.Second, soon}, []time.Duration{soon, soon}, "b b a a, 1 late", "b b a a, 1 late"},
		{"its answer is held up", []time.Duration{soon, soon}, []time.Duration{20 * time.Second, soon}, "a b b a, 1 late", "a b b a, 1 late"},
		{"the answer to its last is held up, and it asks no more", []time.Duration{soon}, []time.Duration{20 * time.Second}, "a b b, 0 late", "a b b, 0 late"},
	} {
		synctest.Test(t, func(t *testing.T) {
			known := newSearched()
			for _, want := range []string{tt.first, tt.next} {
				var target asked
				s := newSearch(known, []string{"a", "b"}, drawn("a b"), time.Minute)
				entry := searching(t.Context(), s, 2, paced(&target, "a", tt.pauses, tt.answers),
					paced(&target, "b", []time.Duration{soon, soon}, []time.Duration{soon, soon}))
				if got := target.order() + ", " + string(rune('0'+entry.Late)) + " late"; got != want || entry.Loose+entry.Lost > 0 {
					t.Errorf("%s: %s, want %s; told %+v", tt.why, got, want, entry)
				}
			}
		})
	}
}

// Whatever sessions do, a turn of which nothing else is told went exactly as it
// was drawn: as if everybody who was to ask any more had always been waiting.
func TestATurnGoesAsDrawnOrIsTold(t *testing.T) {
	kept, broken := 0, 0
	for seed := range uint64(400) {
		synctest.Test(t, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(seed, 2))
			names := accounts(2 + rng.IntN(4))
			longest := []int{5, 100, 400, 4000}[rng.IntN(4)]
			requests := make([]int, len(names))
			known := newSearched()
			for i := range requests {
				requests[i] = rng.IntN(5)
			}
			for range 3 {
				drawn := drawSearch(names, 1+rng.IntN(3), rng)
				var want []string
				at := gone(newPriorities(names, drawn, known.steps), requests)
				for range at {
					want = append(want, "")
				}
				for e, n := range at {
					want[n] = names[e.by]
				}
				var target asked
				var visits []func(context.Context, ask)
				for i, who := range names {
					var pauses, answers []time.Duration
					for range requests[i] {
						pauses = append(pauses, time.Duration(1+rng.IntN(longest))*time.Millisecond)
						answers = append(answers, time.Duration(1+rng.IntN(longest))*time.Millisecond)
					}
					visits = append(visits, paced(&target, who, pauses, answers))
				}
				entry := searching(t.Context(), newSearch(known, names, drawn, time.Hour), len(names), visits...)
				if entry.Loose+entry.Late+entry.Lost > 0 {
					broken++
					continue
				}
				kept++
				if !slices.Equal(entry.Order, want) || target.order() != strings.Join(want, " ") {
					t.Errorf("seed %d: asked by %s, told %v, drawn %v", seed, target.order(), entry.Order, want)
				}
			}
		})
	}
	if kept < 300 || broken < 100 {
		t.Errorf("%d turns were kept, and %d not", kept, broken)
	}
}

// Changes are laid among all steps that another order may have, and not among
// those that the turns before happened to have.
func TestAllStepsAreKnownAfterOneTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var target asked
		known := newSearched()
		entry := searching(t.Context(), newSearch(known, []string{"a", "b"}, drawn("b a"), time.Minute), 2, usual(&target, "a", 5), usual(&target, "b", 1))
		if entry.Steps != 1 || known.steps != 5 {
			t.Errorf("%d steps, and then %d are known, want 1, and the 5 of the other order", entry.Steps, known.steps)
		}
	})
}

// A request that cannot go out holds up the others, who would otherwise be first,
// until the wire gives it up.
func TestARequestThatCannotGoOutKeepsItsTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const dialling = 30 * time.Second
		s := newSearch(newSearched(), []string{"a", "b"}, drawn("a b"), time.Minute)
		l := newLoads(2)
		var wg sync.WaitGroup
		var waited time.Duration
		start := time.Now()
		visit := func(i int, request func(p Hold)) {
			place := s.begin(i, l.load(), []string{Every})[0].(allSteps)
			wg.Go(func() {
				defer place.Leave()
				p := place.For("GET", "/")
				if err := p.Arrive(t.Context()); err != nil {
					t.Error(err)
				}
				request(p)
				p.Sent()
				p.Answered(t.Context())
			})
		}
		visit(0, func(Hold) { time.Sleep(dialling) })
		visit(1, func(Hold) { waited = time.Since(start) })
		wg.Wait()
		entry := s.close()
		if waited != dialling || !slices.Equal(entry.Order, []string{"a", "b"}) || entry.Loose+entry.Late+entry.Lost+entry.Slow > 0 {
			t.Errorf("the second went after %v, told %+v", waited, entry)
		}
	})
}

// Where only first requests wait, nobody is waited for after the own one, however
// long the page goes on.
func TestAfterTheFirstNobodyIsWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSearch(newSearched(), []string{"a", "b", "c"}, drawn("c b a"), time.Minute)
		l := newLoads(3)
		var wg sync.WaitGroup
		var at [3]time.Duration
		start := time.Now()
		for i := range at {
			load := l.load()
			place := s.begin(i, load, []string{First})[0]
			wg.Go(func() {
				defer load.give()
				place.Arrive(t.Context())
				at[i] = time.Since(start)
				place.Sent()
				time.Sleep(toAnswer)
				place.Answered(t.Context())
				time.Sleep(5 * time.Second)
				place.Leave()
			})
		}
		wg.Wait()
		if want := [3]time.Duration{2 * toAnswer, toAnswer, 0}; at != want {
			t.Errorf("they went at %v, want %v", at, want)
		}
	})
}

// The same seed lets the same requests through in the same order, and another one
// in another.
func TestSearchIsRepeatedBySeed(t *testing.T) {
	search := plan.Phase{Name: "search", Order: plan.Search, Rounds: 4, Depth: 3, Hold: []string{Every}}
	went := func(seed int64) string {
		r := play(t, newPlan(4, search), nil, func(_ context.CancelCauseFunc, c *Config) { c.Seed = seed })
		r.done(t, record.Done)
		var all []record.Searched
		for _, e := range r.told.entries {
			if e.Searched != nil {
				all = append(all, *e.Searched)
			}
		}
		written, err := json.Marshal(all)
		if err != nil {
			t.Fatal(err)
		}
		return string(written)
	}
	first, again := went(5), went(5)
	if first != again {
		t.Errorf("the same seed went\n%s\nand then\n%s", first, again)
	}
	if first == went(6) {
		t.Error("another seed went the same way")
	}
}
