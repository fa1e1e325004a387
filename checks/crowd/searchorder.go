package crowd

import (
	"math"
	"math/rand/v2"
	"slices"

	"notmine/checks/record"
)

// drawSearch draws in which order the requests of accounts are let through.
func drawSearch(names []string, depth int, rng *rand.Rand) *record.Search {
	s := &record.Search{Accounts: slices.Clone(names)}
	rng.Shuffle(len(names), func(i, j int) { s.Accounts[i], s.Accounts[j] = s.Accounts[j], s.Accounts[i] })
	for range depth - 1 {
		s.Changes = append(s.Changes, rng.Float64())
	}
	return s
}

// priorities let one request after the other through, so that they find bugs of
// order with a guaranteed chance: each session has a priority, whoever has a
// request waiting goes on with the highest one does, and at a few drawn steps the
// one that would have gone on falls behind all others (S. Burckhardt, P. Kothari,
// M. Musuvathi, S. Nagarakatte, A Randomized Scheduler with Probabilistic
// Guarantees of Finding Bugs, ASPLOS 2010). The sessions are the tasks of that
// paper.
//
// What the target does inside is not controlled: the guarantee is for the order
// in which it is asked.
type priorities struct {
	of    []int       // by session; all differ
	falls map[int]int // at which step the one whose turn it is falls to which priority
	steps int
}

// newPriorities returns those of the accounts that take part, as they were drawn
// for a turn. What was drawn of changes is laid among so many steps.
func newPriorities(taking []string, drawn *record.Search, steps int) *priorities {
	p := &priorities{falls: map[int]int{}}
	lowest := len(drawn.Changes) + 1 // what is lower is for those who fall behind
	for _, account := range taking {
		p.of = append(p.of, lowest+len(drawn.Accounts)-1-slices.Index(drawn.Accounts, account))
	}
	for i, step := range laid(drawn.Changes, steps) {
		p.falls[step] = i + 1
	}
	return p
}

// laid makes drawn shares into different steps, from 1, each as likely as any
// other of those that are left. Of no steps there are none.
func laid(shares []float64, steps int) (at []int) {
	left := make([]int, steps)
	for i := range left {
		left[i] = i + 1
	}
	for _, share := range shares[:min(len(shares), steps)] {
		i := int(share * float64(len(left)))
		at = append(at, left[i])
		left = slices.Delete(left, i, i+1)
	}
	return at
}

// next returns which of the sessions that have a request waiting goes on, -1 when
// there is none.
//
// A step is a choice between several: where only one may go on, no change would
// matter, so it is not counted. It is the session about to go on that falls
// behind, not the one that went on last: so a change can also lie directly behind
// steps that were not counted.
func (p *priorities) next(waiting []int) int {
	if len(waiting) == 0 {
		return -1
	}
	first := p.highest(waiting)
	if len(waiting) == 1 {
		return first
	}
	p.steps++
	if lowered, ok := p.falls[p.steps]; ok {
		p.of[first] = lowered
		first = p.highest(waiting)
	}
	return first
}

func (p *priorities) highest(waiting []int) int {
	return slices.MaxFunc(waiting, func(a, b int) int { return p.of[a] - p.of[b] })
}

// Bound is how likely one drawn order is, at least, to show any one bug of that
// depth, with n sessions and at most k steps: 1/(n·k^(depth-1)).
func Bound(n, k, depth int) float64 {
	return 1 / (float64(max(1, n)) * math.Pow(float64(max(1, k)), float64(depth-1)))
}
