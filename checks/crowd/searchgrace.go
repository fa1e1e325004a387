package crowd

import (
	"slices"
	"time"
)

// How long a search waits for what may not come.
const (
	// longestFirst is how long it waits for the first request of a visit when
	// nobody knows how long that takes.
	longestFirst = 2 * time.Second
	// longestNext is the same for the next request after an answer, and for how
	// long an answer may take before it counts as held up inside the target.
	longestNext = 300 * time.Millisecond
	// shortestGrace keeps a quick turn from missing a slow one.
	shortestGrace = 20 * time.Millisecond
	// graceSlack is how many times as long as the last time a search waits.
	graceSlack = 2
)

// grace is how long something is waited for, by how long it took in the turn
// before.
type grace struct {
	longest time.Duration
	last    time.Duration // 0 when it never came
}

func (g grace) limit() time.Duration {
	if g.last == 0 {
		return g.longest
	}
	return min(max(graceSlack*g.last, shortestGrace), g.longest)
}

// learn takes the time that something took. What did not come at all says nothing.
func (g *grace) learn(took time.Duration) {
	if took > 0 {
		g.last = took
	}
}

// searched is what is known of a view from the earlier turns of a phase.
type searched struct {
	steps int // the most of any turn
	first grace
	next  grace
	// answer is learned from the middle one: what takes far longer than is usual
	// waits for something inside the target.
	answer grace
}

func newSearched() *searched {
	return &searched{first: grace{longest: longestFirst}, next: grace{longest: longestNext}, answer: grace{longest: longestNext}}
}

// gaps are how long requests and answers took to come in one turn.
type gaps struct {
	first, next time.Duration // the longest of each
	answers     []time.Duration
}

// learn takes what a turn has shown.
func (s *searched) learn(steps int, g gaps) {
	s.steps = max(s.steps, steps)
	s.first.learn(g.first)
	s.next.learn(g.next)
	if len(g.answers) > 0 {
		slices.Sort(g.answers)
		s.answer.learn(g.answers[len(g.answers)/2])
	}
}
