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
	// likelyNext is the same for the next request after an answer, and longestNext
	// how long it waits for that when it knows of slower ones.
	likelyNext  = 300 * time.Millisecond
	longestNext = time.Second
	// longestAnswer is how long an answer may take before it counts as held up
	// inside the target.
	longestAnswer = 2 * time.Second
	// shortestGrace keeps a quick turn from missing a slow one.
	shortestGrace = 20 * time.Millisecond
	// graceSlack is how many times as long as it took before a search waits.
	graceSlack = 2
)

// grace is how long something is waited for, by how long it took in the turns
// before.
type grace struct {
	likely  time.Duration // when that is not known
	longest time.Duration
	took    time.Duration // 0 when it never came
}

func (g grace) limit() time.Duration {
	if g.took == 0 {
		return g.likely
	}
	return min(max(graceSlack*g.took, shortestGrace), g.longest)
}

// learn takes the time that something took. What did not come at all says
// nothing. The longest counts: whoever is not waited for long enough is passed
// over each time, and what takes that one to go first is never seen.
func (g *grace) learn(took time.Duration) { g.took = max(g.took, took) }

// searched is what is known of a view from the earlier turns of a phase.
type searched struct {
	steps  int // that a turn can have: the most
	first  grace
	next   grace
	answer grace
	stuck  bool // an answer was held up inside the target
}

func newSearched() *searched {
	return &searched{
		first:  grace{likely: longestFirst, longest: longestFirst},
		next:   grace{likely: likelyNext, longest: longestNext},
		answer: grace{likely: longestAnswer, longest: longestAnswer},
	}
}

// gaps are how long requests and answers took to come in one turn.
type gaps struct {
	first, next time.Duration // the longest of each
	answers     []time.Duration
	stuck       bool // one was not waited for any more though that was the longest wait
}

// learn takes what a turn has shown. Of so many requests whoever is last has no
// choice; how many the others had is by their order, and another may have more.
//
// Where an answer was held up, it is likely to be so again, and to wait for it
// brings nothing. From then on answers are waited for as the usual one asks.
func (s *searched) learn(requests int, g gaps) {
	s.steps = max(s.steps, requests-1)
	s.first.learn(g.first)
	s.next.learn(g.next)
	s.stuck = s.stuck || g.stuck
	slices.Sort(g.answers)
	switch n := len(g.answers); {
	case n == 0:
	case s.stuck:
		s.answer.took = g.answers[n/2]
	default:
		s.answer.learn(g.answers[n-1])
	}
}
