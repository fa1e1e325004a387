package repro

import (
	"math"

	"notmine/checks/gate"
	"notmine/checks/phrase"
)

// Standing is where a case stands.
type Standing string

// The standings.
const (
	StillLeaks   Standing = "still leaks"
	Fixed        Standing = "fixed"
	CouldNotTell Standing = "could not tell"
)

// mostFixed bounds the tries that a case may ask for: a finding that came in few
// of few tries may be so rare that nobody would wait.
const mostFixed = 400

// TriesFor returns how many tries without a finding say that it is fixed: those
// that exclude, at 95 %, the lowest rate that it may have had when it was
// measured; 20 at least and 400 at most.
func TriesFor(m Measured) int {
	if m.Low <= 0 {
		return mostFixed
	}
	return min(max(gate.TrialsFor(m.Low), leastTries), mostFixed)
}

// Stand tells where a case stands after these tries, and why in a sentence. was
// is how often its finding came when the case was made, needed how many tries
// without it say that it is fixed. err is why it could not be tried any more, nil
// for nothing.
//
// A leak seen once is a leak; one hit is enough.
func Stand(was, now Tries, needed int, err error) (Standing, phrase.Text) {
	before := phrase.New("%d of %s", was.Hits, counted(was.Rounds))
	switch {
	case now.Hits > 0:
		return StillLeaks, phrase.New("it came in %d of %s; when the case was made, in %s", now.Hits, counted(now.Rounds), before)
	case err == nil && now.Rounds >= max(needed, 1):
		return Fixed, phrase.New("not in %s: rate below %s %%; when the case was made, it came in %s", counted(now.Rounds), percent(gate.UpperBound(now.Rounds), math.Ceil), before)
	case err != nil && now.Rounds == 0:
		return CouldNotTell, phrase.New("could not try: %s", reason(err))
	case err != nil:
		return CouldNotTell, phrase.New("not in %s of the %d that it takes: %s", counted(now.Rounds), needed, reason(err))
	}
	return CouldNotTell, phrase.New("not in %s of the %d that it takes", counted(now.Rounds), needed)
}

// Best returns what is known of the smallest plan's rate: its last measuring;
// where that could not be done to its end, or did not show it any more, the tries
// by which it was kept, which are the luckier ones; and of a plan of which nothing
// could be left out, the first.
func (s *Shrunk) Best() Measured {
	if s.Last.Hits > 0 && s.Last.Why.IsZero() {
		return s.Last
	}
	for _, c := range s.Tried {
		if c.Plan == s.Plan && c.Answer == Kept {
			return Of(c.Tries)
		}
	}
	return s.First
}
