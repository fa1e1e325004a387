package repro

import (
	"maps"
	"math"
	"slices"
	"testing"
)

// event is the nth step of a task.
type event struct{ task, n int }

// before is one constraint of order.
type before struct{ first, then event }

// gone goes through a schedule with tasks of so many steps each, of which any may
// go on, and returns when each step was done.
func gone(d *Schedule, steps []int) map[event]int {
	done := make([]int, len(steps))
	at := map[event]int{}
	for {
		var enabled []int
		for task, n := range steps {
			if done[task] < n {
				enabled = append(enabled, task)
			}
		}
		task := d.Next(enabled)
		if task < 0 {
			return at
		}
		at[event{task, done[task]}] = len(at)
		done[task]++
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

// everySchedule returns how each schedule that can be drawn goes.
func everySchedule(steps []int, k, depth int) []map[event]int {
	var all []map[event]int
	for _, priority := range permutations(len(steps)) {
		for _, points := range changes(depth-1, k) {
			d := &Schedule{change: map[int]int{}}
			for _, p := range priority {
				d.priority = append(d.priority, p+depth)
			}
			for i, step := range points {
				d.change[step] = i + 1
			}
			all = append(all, gone(d, steps))
		}
	}
	return all
}

// constraints between steps of different tasks.
func constraints(steps []int) []before {
	var events []event
	for task, n := range steps {
		for i := range n {
			events = append(events, event{task, i})
		}
	}
	var all []before
	for _, a := range events {
		for _, b := range events {
			if a.task != b.task {
				all = append(all, before{a, b})
			}
		}
	}
	return all
}

// interleavings are all orders in which the steps of tasks can be done.
func interleavings(steps []int) []map[event]int {
	var all []map[event]int
	done := make([]int, len(steps))
	at := map[event]int{}
	var goOn func()
	goOn = func() {
		over := true
		for task, n := range steps {
			if done[task] == n {
				continue
			}
			over = false
			e := event{task, done[task]}
			at[e] = len(at)
			done[task]++
			goOn()
			done[task]--
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
// at least the share of schedules that the bound says: all priorities, all
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
			schedules := everySchedule(steps, k, depth)
			bugs := 0
			all := constraints(steps)
			for _, bug := range sets(all, depth) {
				if !slices.ContainsFunc(orders, func(at map[event]int) bool { return shows(at, bug) }) {
					continue // no order shows it
				}
				bugs++
				hits := 0
				for _, at := range schedules {
					if shows(at, bug) {
						hits++
					}
				}
				if share := float64(hits) / float64(len(schedules)); share < Bound(n, k, depth) {
					t.Fatalf("steps %v, depth %d: %v is shown by %v of schedules, and the bound is %v", steps, depth, bug, share, Bound(n, k, depth))
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

// A bug of depth 2 among eight sessions of five requests each: between two of
// one, one of another must come.
func TestBoundHoldsForManyTasks(t *testing.T) {
	const schedules = 20_000
	steps := []int{5, 5, 5, 5, 5, 5, 5, 5}
	s := &Search{Tasks: len(steps), Depth: 2, Seed: 3}
	for name, bug := range map[string][]before{
		"early":  {{event{2, 0}, event{6, 4}}, {event{6, 4}, event{2, 1}}},
		"middle": {{event{2, 2}, event{6, 2}}, {event{6, 2}, event{2, 3}}},
		"apart":  {{event{0, 4}, event{7, 0}}, {event{7, 0}, event{1, 0}}},
	} {
		hits := 0.0
		for range schedules {
			d := s.Draw()
			if shows(gone(d, steps), bug) {
				hits++
			}
			s.Done(d)
		}
		bound := Bound(len(steps), s.Steps(), 2)
		if s.Steps() > 39 || s.Steps() < 35 {
			t.Fatalf("%d steps, and 39 are the most", s.Steps())
		}
		if want := bound * schedules; hits < want-4*math.Sqrt(want) {
			t.Errorf("%s: %v of %d schedules show it, and the bound says %v", name, hits, schedules, want)
		}
	}
}

func TestFirstScheduleIsPlain(t *testing.T) {
	s := &Search{Tasks: 3, Depth: 3, Seed: 1}
	first := s.Draw()
	if len(first.change) != 0 {
		t.Errorf("the first schedule has changes: %v", first.change)
	}
	gone(first, []int{2, 2, 2})
	s.Done(first)
	if s.Steps() < 4 || s.Steps() > 5 {
		t.Errorf("%d steps", s.Steps())
	}
	drawn := map[int]bool{}
	for range 100 {
		d := s.Draw()
		if len(d.change) != 2 {
			t.Errorf("%d changes, want 2", len(d.change))
		}
		for step, priority := range d.change {
			drawn[step] = true
			if step < 1 || step > s.Steps() || priority < 1 || priority >= 3 {
				t.Errorf("at step %d of %d somebody falls to %d", step, s.Steps(), priority)
			}
		}
	}
	if len(drawn) != s.Steps() {
		t.Errorf("changes are at %d of %d steps", len(drawn), s.Steps())
	}
	longer := s.Draw()
	gone(longer, []int{9, 9, 9})
	if s.Done(longer); s.Steps() < 18 {
		t.Errorf("a longer schedule has not made it longer: %d steps", s.Steps())
	}
}

// At a change the task about to go on falls behind, and another goes on.
func TestChange(t *testing.T) {
	d := &Schedule{priority: []int{4, 3, 2}, change: map[int]int{2: 1}}
	var went []int
	for _, enabled := range [][]int{{0, 1, 2}, {1}, {0, 1, 2}, {0, 2}, {0}, nil} {
		went = append(went, d.Next(enabled))
	}
	// The second was no choice, so the change is at the third.
	if want := []int{0, 1, 1, 2, 0, -1}; !slices.Equal(went, want) {
		t.Errorf("went on: %v, want %v", went, want)
	}
	if d.steps != 3 {
		t.Errorf("%d steps, want the 3 with a choice", d.steps)
	}
}

func TestSearchIsSeeded(t *testing.T) {
	orders := func(seed int64) (all [][]int) {
		s := &Search{Tasks: 6, Depth: 2, Seed: seed}
		for range 5 {
			d := s.Draw()
			gone(d, []int{2, 2, 2, 2, 2, 2})
			s.Done(d)
			all = append(all, d.priority)
		}
		return all
	}
	same := slices.EqualFunc(orders(1), orders(1), slices.Equal)
	other := slices.EqualFunc(orders(1), orders(2), slices.Equal)
	if !same || other {
		t.Errorf("the same seed draws the same: %v; another seed: %v", same, other)
	}
}

// The bounds that the paper's formula gives for eight tasks and 40 steps, and
// how many schedules they take for 95 %.
func TestBound(t *testing.T) {
	for _, tt := range []struct {
		depth, schedules int
		want             float64
	}{{1, 23, 0.125}, {2, 958, 0.003125}, {3, 38344, 0.000078125}} {
		p := Bound(8, 40, tt.depth)
		if !near(p, tt.want, 1e-12) {
			t.Errorf("depth %d: %v, want %v", tt.depth, p, tt.want)
		}
		if BoundOver(tt.schedules, p) < 0.95 || BoundOver(tt.schedules-1, p) >= 0.95 {
			t.Errorf("depth %d: %d schedules give %v", tt.depth, tt.schedules, BoundOver(tt.schedules, p))
		}
	}
	if BoundOver(3, 1) != 1 || BoundOver(0, 0.5) != 0 {
		t.Errorf("certain: %v, none: %v", BoundOver(3, 1), BoundOver(0, 0.5))
	}
}
