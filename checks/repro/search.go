package repro

import (
	"hash/fnv"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
)

// Search draws schedules that find bugs of order with a guaranteed chance: each
// task has a priority, whoever may go on with the highest one does, and at a
// few drawn steps the one that would have gone on falls behind all others (S.
// Burckhardt, P. Kothari, M. Musuvathi, S. Nagarakatte, A Randomized Scheduler
// with Probabilistic Guarantees of Finding Bugs, ASPLOS 2010).
//
// A task is a session, a step one request that is let through. What the service
// does inside is not controlled: the guarantee is for the order in which it is
// asked.
type Search struct {
	Tasks int // numbered from 0
	// Depth is how many constraints of order suffice for the bug: 1 is "this
	// before that", 2 "that in between".
	Depth int
	Seed  int64

	steps int // the most of any schedule so far
	drawn int
}

// Schedule is one drawn schedule.
type Schedule struct {
	priority []int       // by task; all differ
	change   map[int]int // at which step the one whose turn it is falls to which priority
	steps    int
}

// Draw returns the next schedule. The first is plain: nobody falls behind, and
// its steps tell how far the changes of the following ones may lie apart.
func (s *Search) Draw() *Schedule {
	name := fnv.New64a()
	name.Write([]byte(strconv.Itoa(s.drawn)))
	rng := rand.New(rand.NewPCG(uint64(s.Seed), name.Sum64()))
	s.drawn++
	d := &Schedule{priority: rng.Perm(s.Tasks), change: map[int]int{}}
	for i := range d.priority {
		d.priority[i] += s.Depth // lower ones are for those who fall behind
	}
	for i, step := range rng.Perm(s.steps)[:max(0, min(s.Depth-1, s.steps))] {
		d.change[step+1] = i + 1
	}
	return d
}

// Done tells that a schedule was gone through. Its steps count from then on.
func (s *Search) Done(d *Schedule) { s.steps = max(s.steps, d.steps) }

// Steps returns the most steps of any schedule so far, which is the k of [Bound].
func (s *Search) Steps() int { return s.steps }

// Next returns which of the tasks that may go on does, -1 when there is none.
//
// A step is a choice between several: where only one may go on, no change would
// matter, so it is not counted. It is the task about to go on that falls
// behind, not the one that went on last: so a change can also lie directly
// behind steps that were not counted.
func (d *Schedule) Next(enabled []int) int {
	if len(enabled) == 0 {
		return -1
	}
	first := d.highest(enabled)
	if len(enabled) == 1 {
		return first
	}
	d.steps++
	if lowered, ok := d.change[d.steps]; ok {
		d.priority[first] = lowered
		first = d.highest(enabled)
	}
	return first
}

func (d *Schedule) highest(enabled []int) int {
	return slices.MaxFunc(enabled, func(a, b int) int { return d.priority[a] - d.priority[b] })
}

// Bound is how likely one drawn schedule is, at least, to show any one bug of
// that depth, with n tasks and at most k steps: 1/(n·k^(depth-1)).
func Bound(n, k, depth int) float64 {
	return 1 / (float64(max(1, n)) * math.Pow(float64(max(1, k)), float64(depth-1)))
}

// BoundOver is how likely so many schedules are, at least, to show a bug that
// each shows with that chance: 1-(1-chance)^schedules.
func BoundOver(schedules int, chance float64) float64 {
	return -math.Expm1(float64(schedules) * math.Log1p(-chance))
}
