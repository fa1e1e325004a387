package repro

import (
	"errors"
	"fmt"
	"math"
)

// Answer is what tries say to a [Question].
type Answer int

// The answers.
const (
	Undecided Answer = iota
	Kept             // it happens at the floor or more often
	Lost             // it happens no more, or much less often
)

func (a Answer) String() string {
	switch a {
	case Kept:
		return "kept"
	case Lost:
		return "lost"
	}
	return "undecided"
}

// Question asks whether something happens at a rate of at least Floor, or at
// one of at most Lost. It is asked after each try, and mostly answered long
// before as many were made as a test of a fixed size takes: the sequential
// probability ratio test (A. Wald, Sequential Tests of Statistical Hypotheses,
// Ann. Math. Statist. 16, 1945).
//
// What happens at a rate between the two is answered either way.
type Question struct {
	Floor, Lost float64 // rates, 0 < Lost < Floor < 1
	// Alpha is how often Lost may be taken for Floor, Beta how often Floor for
	// Lost. Wald's bounds keep both, if there are tries enough; [Question.Errors] is
	// what they come to.
	Alpha, Beta float64
	// Most is the number of tries after which the nearer of both rates is the
	// answer, see [Question.Answer].
	Most int
}

// Check returns an error for a question that cannot be asked.
func (q Question) Check() error {
	switch {
	case !(0 < q.Lost && q.Lost < q.Floor && q.Floor < 1):
		return fmt.Errorf("asking for a rate of %v or %v: it takes 0 < lost < floor < 1", q.Floor, q.Lost)
	case !(0 < q.Alpha && q.Alpha < 0.5 && 0 < q.Beta && q.Beta < 0.5):
		return fmt.Errorf("asking with errors of %v and %v: both lie between 0 and 0.5", q.Alpha, q.Beta)
	case q.Most < 1:
		return errors.New("asking without a try")
	}
	return nil
}

// Answer returns what hits in so many tries say. Nothing else matters, not
// even their order. After Most tries the rate under which they are likelier is
// the answer; when both are as likely, that is Lost: a plan that stays larger
// than it must costs time, and one that has lost the bug is worth nothing.
func (q Question) Answer(hits, tries int) Answer {
	weight := q.weight(hits, tries)
	switch {
	case weight >= math.Log((1-q.Beta)/q.Alpha):
		return Kept
	case weight <= math.Log(q.Beta/(1-q.Alpha)):
		return Lost
	case tries < q.Most:
		return Undecided
	case weight > even:
		return Kept
	}
	return Lost
}

// even is what floats may make of nothing.
const even = 1e-9

// weight is the logarithm of how much likelier the tries are at Floor than at Lost.
func (q Question) weight(hits, tries int) float64 {
	return float64(hits)*math.Log(q.Floor/q.Lost) + float64(tries-hits)*math.Log((1-q.Floor)/(1-q.Lost))
}

// Odds is what comes of a question at one true rate.
type Odds struct {
	Kept, Lost float64 // how often either is the answer; together 1
	Tries      float64 // how many tries it takes in the mean
}

// At returns what comes of the question when the true rate is that one. It is
// exact: the sum over all ways through hits and tries.
func (q Question) At(rate float64) Odds {
	var odds Odds
	outcomes(rate, q.Most, func(hits, tries int) bool { return q.Answer(hits, tries) != Undecided }, func(hits, tries int, chance float64) {
		odds.Tries += chance * float64(tries)
		if q.Answer(hits, tries) == Kept {
			odds.Kept += chance
		} else {
			odds.Lost += chance
		}
	})
	return odds
}

// Errors returns how often Lost is taken for Floor and Floor for Lost, exactly.
// It holds the price of stopping after Most tries, which Alpha and Beta do not.
func (q Question) Errors() (alpha, beta float64) {
	return q.At(q.Lost).Kept, q.At(q.Floor).Lost
}

// keeps reports whether Most tries are enough to keep both errors. Wald proves
// that either may be larger than its bound by what the other leaves.
func (q Question) keeps() bool {
	alpha, beta := q.Errors()
	return alpha <= q.Alpha/(1-q.Beta) && beta <= q.Beta/(1-q.Alpha)
}

// outcomes tells of each state of hits and tries in which over says that it is
// over, or of which there are most tries, and how likely it is to end there at a
// rate.
func outcomes(rate float64, most int, over func(hits, tries int) bool, end func(hits, tries int, chance float64)) {
	chances := []float64{1} // by hits, of those that are not over
	for tries := 0; ; tries++ {
		next := make([]float64, len(chances)+1)
		for hits, chance := range chances {
			switch {
			case chance == 0:
			case tries >= most || over(hits, tries):
				end(hits, tries, chance)
			default:
				next[hits] += chance * (1 - rate)
				next[hits+1] += chance * rate
			}
		}
		if tries >= most {
			return
		}
		chances = next
	}
}
