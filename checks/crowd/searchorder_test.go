package crowd

import (
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"

	"notmine/checks/record"
)

// event is the nth request of a session.
type event struct{ by, n int }

// before is one constraint of order.
type before struct{ first, then event }

// gone goes through an order with sessions of so many requests each, of which any
// may go on, and returns when each was let through.
func gone(p *priorities, steps []int) map[event]int {
	done := make([]int, len(steps))
	at := map[event]int{}
	for {
		var waiting []int
		for by, n := range steps {
			if done[by] < n {
				waiting = append(waiting, by)
			}
		}
		by := p.next(waiting)
		if by < 0 {
			return at
		}
		at[event{by, done[by]}] = len(at)
		done[by]++
	}
}

func shows(at map[event]int, bug []before) bool {
	return !slices.ContainsFunc(bug, func(b before) bool { return at[b.first] >= at[b.then] })
}

// permutations of 0 to n-1.
func permutations(n int) [][]int {
	if n == 0 {
		return [][]int{nil}
	}
	var all [][]int
	for _, p := range permutations(n - 1) {
		for i := range n {
			all = append(all, slices.Insert(slices.Clone(p), i, n-1))
		}
	}
	return all
}

// changes are all ways to draw so many different steps of k, in order.
func changes(many, k int) [][]int {
	all := [][]int{nil}
	for range many {
		var longer [][]int
		for _, c := range all {
			for step := 1; step <= k; step++ {
				if !slices.Contains(c, step) {
					longer = append(longer, append(slices.Clone(c), step))
				}
			}
		}
		all = longer
	}
	return all
}

// everyOrder returns how each order that can be drawn goes.
func everyOrder(steps []int, k, depth int) []map[event]int {
	var all []map[event]int
	for _, priority := range permutations(len(steps)) {
		for _, points := range changes(depth-1, k) {
			p := &priorities{falls: map[int]int{}}
			for _, n := range priority {
				p.of = append(p.of, n+depth)
			}
			for i, step := range points {
				p.falls[step] = i + 1
			}
			all = append(all, gone(p, steps))
		}
	}
	return all
}

// constraints between requests of different sessions.
func constraints(steps []int) []before {
	var events []event
	for by, n := range steps {
		for i := range n {
			events = append(events, event{by, i})
		}
	}
	var all []before
	for _, a := range events {
		for _, b := range events {
			if a.by != b.by {
				all = append(all, before{a, b})
			}
		}
	}
	return all
}

// interleavings are all orders in which the requests of sessions can go.
func interleavings(steps []int) []map[event]int {
	var all []map[event]int
	done := make([]int, len(steps))
	at := map[event]int{}
	var goOn func()
	goOn = func() {
		over := true
		for by, n := range steps {
			if done[by] == n {
				continue
			}
			over = false
			e := event{by, done[by]}
			at[e] = len(at)
			done[by]++
			goOn()
			done[by]--
			delete(at, e)
		}
		if over {
			all = append(all, maps.Clone(at))
		}
	}
	goOn()
	return all
}

// Every bug that some order shows and that so many constraints make is shown by
// at least the share of drawn orders that the bound says: all priorities, all
// changes, all bugs.
func TestBoundHoldsForEveryBug(t *testing.T) {
	for _, steps := range [][]int{{2, 2}, {3, 2}, {1, 1, 1}, {2, 2, 1}, {2, 2, 2}, {1, 1, 1, 1}} {
		n := len(steps)
		k := -1 // whoever is last has no choice
		for _, many := range steps {
			k += many
		}
		orders := interleavings(steps)
		for depth := 1; depth <= 3; depth++ {
			drawn := everyOrder(steps, k, depth)
			bugs := 0
			all := constraints(steps)
			for _, bug := range sets(all, depth) {
				if !slices.ContainsFunc(orders, func(at map[event]int) bool { return shows(at, bug) }) {
					continue // no order shows it
				}
				bugs++
				hits := 0
				for _, at := range drawn {
					if shows(at, bug) {
						hits++
					}
				}
				if share := float64(hits) / float64(len(drawn)); share < Bound(n, k, depth) {
					t.Fatalf("steps %v, depth %d: %v is shown by %v of the orders, and the bound is %v", steps, depth, bug, share, Bound(n, k, depth))
				}
			}
			if bugs == 0 {
				t.Errorf("steps %v, depth %d: there is no bug", steps, depth)
			}
		}
	}
}

// sets are all of so many constraints.
func sets(all []before, many int) [][]before {
	if many == 0 {
		return [][]before{nil}
	}
	var found [][]before
	for i, b := range all {
		for _, rest := range sets(all[i+1:], many-1) {
			found = append(found, append(rest, b))
		}
	}
	return found
}

// accounts are so many names.
func accounts(n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = strconv.Itoa(i)
	}
	return all
}

// A bug of depth 2 among eight sessions of five requests each: between two of
// one, one of another must come.
func TestBoundHoldsForManySessions(t *testing.T) {
	const orders = 20_000
	steps := []int{5, 5, 5, 5, 5, 5, 5, 5}
	names, rng, most := accounts(len(steps)), rand.New(rand.NewPCG(3, 1)), 0
	for name, bug := range map[string][]before{
		"early":  {{event{2, 0}, event{6, 4}}, {event{6, 4}, event{2, 1}}},
		"middle": {{event{2, 2}, event{6, 2}}, {event{6, 2}, event{2, 3}}},
		"apart":  {{event{0, 4}, event{7, 0}}, {event{7, 0}, event{1, 0}}},
	} {
		hits := 0.0
		for range orders {
			p := newPriorities(names, drawSearch(names, 2, rng), most)
			if shows(gone(p, steps), bug) {
				hits++
			}
			most = max(most, p.steps)
		}
		if most > 39 || most < 35 {
			t.Fatalf("%d steps, and 39 are the most", most)
		}
		if want := Bound(len(steps), most, 2) * orders; hits < want-4*math.Sqrt(want) {
			t.Errorf("%s: %v of %d orders show it, and the bound says %v", name, hits, orders, want)
		}
	}
}

// Each step is drawn for a change as often as each other, the first and the last
// too, and never twice; where nothing is known of the steps there is no change.
func TestChangesAreLaidEvenly(t *testing.T) {
	const drawn, steps = 20_000, 5
	names, rng := accounts(3), rand.New(rand.NewPCG(1, 1))
	pairs := map[[2]int]int{} // the step of the first change, and of the second
	for range drawn {
		s := drawSearch(names, 3, rng)
		at := laid(s.Changes, steps)
		if len(at) != 2 {
			t.Fatalf("%v of the shares %v", at, s.Changes)
		}
		pairs[[2]int{at[0], at[1]}]++
		if none := newPriorities(names, s, 0); len(none.falls) != 0 {
			t.Fatalf("of no steps: changes %v", none.falls)
		}
		if one := laid(s.Changes, 1); !slices.Equal(one, []int{1}) {
			t.Fatalf("of one step: changes at %v", one)
		}
	}
	if len(pairs) != steps*(steps-1) {
		t.Errorf("%d pairs of steps, want %d: %v", len(pairs), steps*(steps-1), pairs)
	}
	for pair, n := range pairs {
		if want := drawn / float64(len(pairs)); math.Abs(float64(n)-want) > 5*math.Sqrt(want) {
			t.Errorf("changes at %v %d times, want about %v", pair, n, want)
		}
	}
}

// Whoever takes part goes by what was drawn, whoever else is missing.
func TestPrioritiesAreThoseDrawn(t *testing.T) {
	drawn := &record.Search{Accounts: []string{"dana", "bob", "alice", "carol"}, Changes: []float64{0.5}}
	p := newPriorities([]string{"alice", "bob", "carol"}, drawn, 4)
	var went []int
	for _, waiting := range [][]int{{0, 1, 2}, {0, 1}, {0, 1}, {0, 1}, {1}, nil} {
		went = append(went, p.next(waiting))
	}
	// At the third step, the share 0.5 of four, bob falls behind.
	if want := []int{1, 1, 0, 0, 1, -1}; !slices.Equal(went, want) {
		t.Errorf("went on: %v, want %v", went, want)
	}
}

// At a change the session about to go on falls behind, and another goes on.
func TestChange(t *testing.T) {
	p := &priorities{of: []int{4, 3, 2}, falls: map[int]int{2: 1}}
	var went []int
	for _, waiting := range [][]int{{0, 1, 2}, {1}, {0, 1, 2}, {0, 2}, {0}, nil} {
		went = append(went, p.next(waiting))
	}
	// The second was no choice, so the change is at the third.
	if want := []int{0, 1, 1, 2, 0, -1}; !slices.Equal(went, want) {
		t.Errorf("went on: %v, want %v", went, want)
	}
	if p.steps != 3 {
		t.Errorf("%d steps, want the 3 with a choice", p.steps)
	}
}

// The bounds that the paper's formula gives for eight sessions and 40 steps.
func TestBound(t *testing.T) {
	for depth, want := range map[int]float64{1: 0.125, 2: 0.003125, 3: 0.000078125} {
		if p := Bound(8, 40, depth); math.Abs(p-want) > 1e-12 {
			t.Errorf("depth %d: %v, want %v", depth, p, want)
		}
	}
}
