package crowd

import (
	"context"
	"errors"
	"fmt"
	"math"
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

// asked is a target that notes who asked, and when.
type asked struct {
	mu  sync.Mutex
	who []string
	at  []time.Time
}

func (a *asked) by(who string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.who = append(a.who, who)
	a.at = append(a.at, time.Now())
}

func (a *asked) order() string { return strings.Join(a.who, " ") }

// ask makes one request of a visit, which the target serves as it likes.
type ask func(serve func()) error

// searching has sessions visit at the same time, all of whose requests wait in a
// search, and tells how it went.
func searching(ctx context.Context, s *search, room int, visits ...func(ctx context.Context, ask ask)) record.Searched {
	l := newLoads(room)
	var wg sync.WaitGroup
	for i, visit := range visits {
		load := l.load()
		load.take(ctx)
		wg.Go(func() {
			defer load.give()
			place := s.begin(i, load, []string{Every})[0].(allSteps)
			defer place.Leave()
			visit(ctx, func(serve func()) error {
				p := place.For("GET", "/api")
				if p == nil {
					serve()
					return nil
				}
				err := p.Arrive(ctx)
				if err == nil {
					p.Sent()
				}
				serve()
				return errors.Join(err, p.Answered(ctx))
			})
		})
	}
	wg.Wait()
	return s.close()
}

// usual is a visit that asks so many times, with a page between two of them, of a
// target that answers soon.
func usual(target *asked, who string, times int) func(context.Context, ask) {
	return func(_ context.Context, ask ask) {
		for range times {
			time.Sleep(toSend)
			ask(func() {
				target.by(who)
				time.Sleep(toAnswer)
			})
		}
	}
}

// drawn is what is drawn for the accounts whose names are the words, first to last.
func drawn(names string, changes ...float64) *record.Search {
	return &record.Search{Accounts: strings.Fields(names), Changes: changes}
}

func TestWhoIsFirstGoesFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var target asked
		s := newSearch(newSearched(), []string{"a", "b", "c"}, drawn("c a b"), time.Minute)
		start := time.Now()
		entry := searching(t.Context(), s, 1, usual(&target, "a", 2), usual(&target, "b", 1), usual(&target, "c", 3))
		const want = "c c c a a b"
		if target.order() != want || strings.Join(entry.Order, " ") != want {
			t.Errorf("the target was asked by %s, and told is %v, want %s", target.order(), entry.Order, want)
		}
		// Whoever is done with has left, so nobody is waited for in vain; only one
		// page is made at a time.
		if took := time.Since(start); took != 3*toSend+6*toAnswer+3*toSend {
			t.Errorf("took %v", took)
		}
		if entry.Sessions != 3 || entry.Steps != 5 || entry.Known != 0 || entry.Slow != 0 || entry.Loose != 0 {
			t.Errorf("told %+v", entry)
		}
		for i, at := range target.at[1:] {
			if apart := at.Sub(target.at[i]); apart < toAnswer {
				t.Errorf("request %d went %v after the one before, which was not answered yet", i+2, apart)
			}
		}
	})
}

func TestAChangeLowers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var target asked
		known := newSearched()
		known.steps = 4
		s := newSearch(known, []string{"a", "b", "c"}, drawn("c a b", 0.25), time.Minute) // at the second of four steps
		entry := searching(t.Context(), s, 3, usual(&target, "a", 2), usual(&target, "b", 2), usual(&target, "c", 2))
		if got := target.order(); got != "c a a b b c" {
			t.Errorf("asked by %s, want c to fall behind at its second", got)
		}
		if entry.Known != 4 || !slices.Equal(entry.Changes, []int{2}) || known.steps != 5 {
			t.Errorf("told %+v, and then %d steps are known", entry, known.steps)
		}
	})
}

// Whoever asks for nothing is waited for once, and not for long; the next turn
// knows how long the others take.
func TestWhoNeverAsksIsNotWaitedForLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		known := newSearched()
		idle := func(context.Context, ask) { time.Sleep(time.Minute) }
		for _, wait := range []time.Duration{longestFirst, shortestGrace} {
			var target asked
			s := newSearch(known, []string{"a", "b"}, drawn("b a"), time.Minute)
			start := time.Now()
			searching(t.Context(), s, 2, usual(&target, "a", 1), idle)
			if len(target.at) != 1 || target.at[0].Sub(start) != wait {
				t.Errorf("asked at %v, want after %v", target.at, wait)
			}
		}
	})
}

// An answer that does not come is waited for only as long as answers take, and
// only before the next request.
func TestAnAnswerThatNeverComesBlocksNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		known := newSearched()
		for _, grace := range []time.Duration{longestAnswer, graceSlack * toAnswer} {
			var target asked
			stuck := func(_ context.Context, ask ask) {
				time.Sleep(toSend)
				ask(func() {
					target.by("a")
					time.Sleep(10 * time.Minute)
				})
			}
			s := newSearch(known, []string{"a", "b", "c"}, drawn("a b c"), time.Minute)
			entry := searching(t.Context(), s, 3, stuck, usual(&target, "b", 2), usual(&target, "c", 2))
			if target.order() != "a b b c c" || entry.Slow != 1 || entry.Loose != 0 {
				t.Errorf("asked by %s, told %+v", target.order(), entry)
			}
			if got := target.at[1].Sub(target.at[0]); got != grace {
				t.Errorf("the next went after %v, want %v", got, grace)
			}
			if got := target.at[2].Sub(target.at[1]); got != toAnswer+toSend {
				t.Errorf("the one after it went after %v: the first was waited for again", got)
			}
		}
	})
}

func TestAnInterruptEndsASearch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		why := errors.New("interrupted")
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Second, func() { cancel(why) })
		idle := func(context.Context, ask) { time.Sleep(longestFirst - 1) } // and does not see that it is over
		var got [2]error
		var ended [2]time.Duration
		start := time.Now()
		asks := func(i int) func(context.Context, ask) {
			return func(_ context.Context, ask ask) {
				got[i] = ask(func() {})
				ended[i] = time.Since(start)
			}
		}
		s := newSearch(newSearched(), []string{"a", "b", "c"}, drawn("c b a"), time.Minute)
		entry := searching(ctx, s, 3, asks(0), asks(1), idle)
		if len(entry.Order) != 0 || entry.Lost != 2 {
			t.Errorf("told %+v", entry)
		}
		for i, err := range got {
			if !errors.Is(err, why) || ended[i] != time.Second {
				t.Errorf("a request that waited got %v after %v, want %v", err, ended[i], why)
			}
		}
	})
}

// A visit that ends while its requests wait or are in the target takes them along.
func TestWhoLeavesASearchIsNotWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSearch(newSearched(), []string{"a", "b", "c"}, drawn("a b c"), time.Minute)
		l := newLoads(3)
		var places []allSteps
		var waits []*step
		var wg sync.WaitGroup
		var got [3]error
		for i := range 3 {
			place := s.begin(i, l.load(), []string{Every})[0].(allSteps)
			p := place.For("GET", "/").(*step)
			places, waits = append(places, place), append(waits, p)
			wg.Go(func() { got[i] = p.Arrive(t.Context()) })
			synctest.Wait()
		}
		waits[0].Sent() // it is in the target
		places[1].Leave()
		places[1].Leave()
		places[0].Leave()
		start := time.Now()
		wg.Wait()
		if got[0] != nil || !errors.Is(got[1], errGaveUp) || got[2] != nil || time.Since(start) != 0 {
			t.Errorf("after %v: %v", time.Since(start), got)
		}
		for i, p := range waits { // as the wire does, also when it is too late
			p.Sent()
			if err := p.Answered(t.Context()); (err == nil) != (i == 2) {
				t.Errorf("answer %d: %v", i, err)
			}
		}
		if places[0].For("GET", "/") != nil {
			t.Error("a visit that is over waits")
		}
		if entry := s.close(); !slices.Equal(entry.Order, []string{"a", "c"}) || entry.Lost != 1 || entry.Late != 0 {
			t.Errorf("told %+v", entry)
		}
	})
}

// A turn that lasts too long lets everybody go, and says so.
func TestASearchIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var target asked
		slow := func(context.Context, ask) { time.Sleep(10 * time.Minute) } // and has the only load
		s := newSearch(newSearched(), []string{"a", "b", "c"}, drawn("a b c"), time.Minute)
		start := time.Now()
		entry := searching(t.Context(), s, 1, usual(&target, "a", 2), usual(&target, "b", 1), slow)
		if target.order() != "a b a" || !slices.Equal(entry.Order, []string{"a"}) || entry.Loose != 2 {
			t.Errorf("asked by %s, told %+v", target.order(), entry)
		}
		if got := target.at[1].Sub(start); got != time.Minute+2*toSend { // all had begun after the first two had come
			t.Errorf("the second waited until %v", got)
		}
	})
}

// Whatever sessions do, each request is let through once, and each session's in
// the order in which it asked.
func TestEachRequestGoesOnce(t *testing.T) {
	for seed := range uint64(300) {
		synctest.Test(t, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(seed, 1))
			n := 1 + rng.IntN(6)
			names := accounts(n)
			known := newSearched()
			known.steps = rng.IntN(10)
			s := newSearch(known, names, drawSearch(names, 1+rng.IntN(3), rng), time.Hour)
			var mu sync.Mutex
			inOrder := make([][]int, n) // which of each session's requests came, as the target saw them
			var visits []func(context.Context, ask)
			want := 0
			for i := range names {
				var pauses, answers []time.Duration
				for range rng.IntN(6) {
					pauses = append(pauses, time.Duration(1+rng.IntN(600))*time.Millisecond)
					answers = append(answers, time.Duration(rng.IntN(900))*time.Millisecond)
				}
				beside := rng.IntN(2) == 0 // the next is asked for while the one before waits
				want += len(pauses)
				visits = append(visits, func(_ context.Context, ask ask) {
					var wg sync.WaitGroup
					for j, pause := range pauses {
						time.Sleep(pause)
						wg.Go(func() {
							ask(func() {
								mu.Lock()
								inOrder[i] = append(inOrder[i], j)
								mu.Unlock()
								time.Sleep(answers[j])
							})
						})
						if !beside {
							wg.Wait()
						}
					}
					wg.Wait()
				})
			}
			entry := searching(t.Context(), s, 1+rng.IntN(4), visits...)
			if len(entry.Order) != want || entry.Loose != 0 {
				t.Errorf("seed %d: %d of %d requests were let through, %d without an order", seed, len(entry.Order), want, entry.Loose)
			}
			told := map[string]int{}
			for _, who := range entry.Order {
				told[who]++
			}
			for i, who := range names {
				if len(inOrder[i]) != told[who] || !slices.IsSorted(inOrder[i]) {
					t.Errorf("seed %d: %s asked by its requests %v, and told are %d", seed, who, inOrder[i], told[who])
				}
			}
		})
	}
}

// quick is a visit of a session with so many requests, to a target that serves
// each at once.
func quick(target *asked, who string, times int) func(context.Context, ask) {
	return func(_ context.Context, ask ask) {
		for range times {
			ask(func() {
				target.by(who)
				time.Sleep(time.Millisecond)
			})
		}
	}
}

// The bugs of a simulated service, by what was asked in which order.
var simulated = map[int]struct {
	what  string
	shows func(order []string) bool
}{
	1: {"the second account is served before the third", func(order []string) bool {
		return slices.Index(order, "user002") < slices.Index(order, "user003")
	}},
	2: {"the second account's last comes between the first account's two", func(order []string) bool {
		at := map[string][]int{}
		for i, who := range order {
			at[who] = append(at[who], i)
		}
		first, second := at["user001"], at["user002"]
		return first[0] < second[1] && second[1] < first[1]
	}},
}

// Within its rounds a search finds a bug at least as often as its bound says:
// over a thousand seeds, of each depth.
func TestSearchFindsWhatItsBoundSays(t *testing.T) {
	const n, requests, seeds = 3, 2, 1000
	for depth, rounds := range map[int]int{1: 2, 2: 13} {
		bug := simulated[depth]
		found, most := 0, 0
		synctest.Test(t, func(t *testing.T) {
			p := newPlan(n)
			p.Views = p.Views[:1]
			phase := plan.Phase{Name: "search", Order: plan.Search, Rounds: rounds, Depth: depth}
			for seed := range int64(seeds) {
				known := newSearched()
				for _, turn := range Schedule(p, phase, seed) {
					var target asked
					var taking []string
					var visits []func(context.Context, ask)
					for _, look := range turn.Looks {
						taking = append(taking, look.Who)
						visits = append(visits, quick(&target, look.Who, requests))
					}
					searching(t.Context(), newSearch(known, taking, turn.Search, time.Minute), n, visits...)
					if bug.shows(target.who) {
						found++
						break
					}
				}
				most = max(most, known.steps)
			}
		})
		if depth > 1 {
			rounds-- // the first has no changes
		}
		if most > n*requests-1 {
			t.Fatalf("%d steps of %d requests", most, n*requests)
		}
		bound := 1 - math.Pow(1-Bound(n, most, depth), float64(rounds))
		if least := seeds*bound - 4*math.Sqrt(seeds*bound*(1-bound)); float64(found) < least {
			t.Errorf("depth %d: that %s was found with %d of %d seeds, and the bound is %.3f", depth, bug.what, found, seeds, bound)
		}
	}
}

// A service that always serves in the same order whom it is asked by at the same
// moment does not show the bug of depth 2 to a barrier.
func TestABarrierDoesNotShowABugOfOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n, requests, rounds = 3, 2, 100
		for range rounds {
			var target asked
			l := newLoads(n)
			barriers := make([]*barrier, requests)
			for i := range barriers {
				barriers[i] = newBarrier(fmt.Sprint(i), n, time.Minute, time.Second)
			}
			var wg sync.WaitGroup
			for i, a := range newPlan(n).Accounts {
				load := l.load()
				wg.Go(func() {
					for _, b := range barriers {
						p := b.place(load)
						p.Arrive(t.Context())
						p.Sent()
						time.Sleep(time.Duration(i) * time.Millisecond)
						target.by(a.Name)
						p.Answered(t.Context())
						p.Leave()
						load.give()
					}
				})
			}
			wg.Wait()
			for _, b := range barriers {
				b.close()
			}
			if simulated[2].shows(target.who) {
				t.Fatalf("asked by %s", target.order())
			}
		}
	})
}

func TestWhatWaitsInASearch(t *testing.T) {
	s := newSearch(newSearched(), []string{"a"}, drawn("a"), time.Minute)
	var patterns []string
	places := s.begin(0, newLoads(1).load(), []string{First, "/api/*"})
	for _, p := range places {
		patterns = append(patterns, p.Pattern())
	}
	if want := append([]string{First}, slices.Repeat([]string{"/api/*"}, mostOfVisit+1)...); !slices.Equal(patterns, want) {
		t.Errorf("places of %v", patterns)
	}
	// The wire gives each request of a pattern the next place.
	last := places[len(places)-1]
	if err := last.Arrive(t.Context()); !errors.Is(err, errGaveUp) {
		t.Errorf("one more than wait by a pattern: %v", err)
	}
	last.Sent()
	if err := last.Answered(t.Context()); err != nil {
		t.Errorf("the answer of one that did not wait: %v", err)
	}
	all := s.begin(0, newLoads(1).load(), []string{Every})[0].(Each)
	for _, tt := range []struct {
		method, path string
		waits        bool
		why          string
	}{
		{"GET", "/api/list", true, "data"},
		{"GET", "/inbox", true, "a page"},
		{"GET", "/photo/7.png", true, "a picture may be somebody's"},
		{"GET", "/static/App.JS", false, "a script"},
		{"HEAD", "/a.css", false, "a style sheet"},
		{"POST", "/a.css", true, "it changes something, whatever it is called"},
	} {
		if got := all.For(tt.method, tt.path) != nil; got != tt.waits {
			t.Errorf("%s %s waits: %v (%s)", tt.method, tt.path, got, tt.why)
		}
	}
	given := 4
	for all.For("GET", "/poll") != nil {
		if given++; given > mostOfVisit {
			t.Fatal("requests of a visit have places without end")
		}
	}
	if entry := s.close(); given != mostOfVisit || entry.Loose != 2 { // one of the pattern, one of all
		t.Errorf("%d requests of a visit wait, want %d; told %+v", given, mostOfVisit, entry)
	}
}

// A phase is searched through view by view and round by round, as it was drawn,
// and whoever is not in is not waited for.
func TestSearch(t *testing.T) {
	const n, rounds = 4, 3
	p := newPlan(n, plan.Phase{Name: "search", Order: plan.Search, Rounds: rounds, Depth: 2, Hold: []string{Every}})
	r := play(t, p, func(c *call) error {
		if c.what == "login" && c.account == "user004" {
			return &TargetError{errors.New("refused")}
		}
		return nil
	}, nil)
	r.done(t, record.Done)
	var turns []record.Turn
	var told []record.Searched
	for _, e := range r.told.entries {
		switch {
		case e.Turn != nil:
			turns = append(turns, *e.Turn)
		case e.Searched != nil:
			told = append(told, *e.Searched)
		case e.Barrier != nil:
			t.Errorf("a release: %+v", e.Barrier)
		}
	}
	if len(turns) != rounds*len(p.Views) || len(told) != len(turns) {
		t.Fatalf("%d turns, %d of which are told", len(turns), len(told))
	}
	var longest []int
	for i, entry := range told {
		turn := turns[i]
		if entry.Phase != "search" || entry.Round != turn.Round || entry.View != turn.Looks[0].View || entry.Sessions != n-1 || entry.Loose+entry.Late+entry.Lost > 0 {
			t.Errorf("of %+v told is %+v", turn, entry)
		}
		if len(turn.Search.Accounts) != n || len(turn.Search.Changes) != 1 {
			t.Errorf("drawn %+v", turn.Search)
		}
		longest = append(longest, entry.Steps)
		switch first := i < len(p.Views); {
		case first && (entry.Known != 0 || entry.Changes != nil):
			t.Errorf("the first of a view has changes: %+v", entry)
		case first: // nobody falls behind, so they go as they were drawn
			want := slices.DeleteFunc(slices.Clone(turn.Search.Accounts), func(who string) bool { return who == "user004" })
			if got := slices.Compact(slices.Clone(entry.Order)); !slices.Equal(got, want) {
				t.Errorf("went %v, drawn %v", got, want)
			}
		case entry.Known != len(entry.Order)-1 || entry.Known < longest[i-len(p.Views)] || len(entry.Changes) != 1 || entry.Changes[0] > entry.Known:
			t.Errorf("changes of round %d: %+v", entry.Round, entry)
		}
		if len(entry.Order) != 3*(n-1) {
			t.Errorf("%d requests were let through: %v", len(entry.Order), entry.Order)
		}
	}
	sent := map[time.Time]bool{}
	for _, c := range r.fake.of("visit") {
		for _, at := range c.sentAt {
			if sent[at] {
				t.Errorf("two requests went at the same moment, %v", at)
			}
			sent[at] = true
		}
	}
	for _, o := range r.told.observations() {
		if o.Outcome != record.Seen {
			t.Errorf("%s did not come to %s: %s", o.Account, o.View, o.Error)
		}
	}
}

// Every seed draws each account first as often as each other.
func TestSearchIsDrawnForEachTurn(t *testing.T) {
	first := map[string]int{}
	phase := plan.Phase{Name: "search", Order: plan.Search, Rounds: 600, Depth: 3}
	for _, turn := range Schedule(newPlan(4), phase, 1) {
		if turn.Search == nil || len(turn.Search.Changes) != 2 || len(turn.Looks) != 4 || !turn.Held {
			t.Fatalf("turn %+v", turn)
		}
		first[turn.Search.Accounts[0]]++
	}
	for who, n := range first {
		if n < 240 || n > 360 {
			t.Errorf("%s is first in %d of 1200 turns", who, n)
		}
	}
	if len(first) != 4 {
		t.Errorf("first are %v", first)
	}
}
