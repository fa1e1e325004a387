package repro

import (
	"math/rand/v2"
	"time"

	"notmine/checks/gate"
)

// Bandit shares the time of a hunt between ways of looking by what they yield:
// rounds in which something suspicious or a leak was seen, per second. What a
// way may yield is drawn from what is believed of it after its rounds so far,
// and the way that draws the most is next (W. R. Thompson, On the likelihood
// that one unknown probability exceeds another, Biometrika 25, 1933). Before
// the first round every share of hits is as likely.
//
// Luck starves no way: each is given at least 1/(4·ways) of the time.
type Bandit struct {
	rng  *rand.Rand
	ways []way
	took time.Duration // of all
}

// way is what is known of one way of looking.
type way struct {
	told         bool
	hits, rounds int
	took         time.Duration
}

// leastShare is what of an even share of the time each way is given at least.
const leastShare = 0.25

// NewBandit returns a bandit for so many ways, at least one. Its choices depend
// on nothing but the seed and what it is told.
func NewBandit(ways int, seed int64) *Bandit {
	return &Bandit{rng: rand.New(rand.NewPCG(uint64(seed), 0)), ways: make([]way, ways)}
}

// Next returns the way that is next, from 0 on. Ways that were not tried yet
// are first, in their order, then those that had too little of the time, the
// least first.
func (b *Bandit) Next() int {
	hungry, least := -1, leastShare/float64(len(b.ways))
	for i, w := range b.ways {
		if !w.told {
			return i
		}
		if share := b.share(w); share < least {
			hungry, least = i, share
		}
	}
	if hungry >= 0 {
		return hungry
	}
	best, most := 0, -1.0
	for i, w := range b.ways {
		yield := gate.Plausible(w.hits, w.rounds, b.rng.Float64()) * float64(w.rounds) / max(w.took.Seconds(), shortest)
		if yield > most {
			best, most = i, yield
		}
	}
	return best
}

// shortest keeps a way whose rounds took no time that a clock would tell from
// being worth everything, in seconds.
const shortest = 1e-6

// Tell tells what a way has yielded. One that could not be tried has no rounds,
// and is left to its least share.
func (b *Bandit) Tell(way int, t Tries) {
	w := &b.ways[way]
	w.told = true
	w.hits += t.Hits
	w.rounds += t.Rounds
	w.took += t.Took
	b.took += t.Took
}

// Tries returns what a way was told to have yielded.
func (b *Bandit) Tries(way int) Tries {
	w := b.ways[way]
	return Tries{Hits: w.hits, Rounds: w.rounds, Took: w.took}
}

// share is what a way had of the time.
func (b *Bandit) share(w way) float64 {
	if b.took <= 0 {
		return 1
	}
	return w.took.Seconds() / b.took.Seconds()
}
