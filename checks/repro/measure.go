package repro

import (
	"cmp"
	"context"
	"math"
	"strconv"
	"time"

	"notmine/checks/gate"
	"notmine/checks/phrase"
	"notmine/checks/plan"
)

// Tries is how rounds came out.
type Tries struct {
	Hits   int           // rounds with the finding
	Rounds int           // all in which it could have come
	Took   time.Duration // with the logins and the phases before
	Seen   string        // where the evidence of the first hit is, such as a run's folder; "" without one
}

// Try runs a plan and counts the rounds of the finding's phase in which the
// finding came. After each of them, and before the first, it asks more with
// what it has counted, and ends when that says no; a plan whose rounds are over
// is run again.
//
// An error says that the plan could not be tried any further: the target was
// away, or its logins failed. What was counted until then is returned with it.
type Try func(ctx context.Context, p *plan.Plan, more func(hits, tries int) bool) (Tries, error)

// The numbers of tries.
const (
	leastTries = 20  // of a rate that is shown
	mostTries  = 120 // of one rate
	leastHits  = 5   // of a rate that is shown, unless it takes too long
	wide       = 0.4
	tens       = 10 // people count in tens, and a rate that is looked at less often is off by less
)

// Measuring says how the rate of a finding is measured.
//
// Rounds are tries, not visits: what one bad answer brings to all viewers of a
// round is one thing that happened.
//
// A rate of tries that end once there are enough hits is too high in the mean.
// So no rate is shown of fewer than 20 tries; from then on they end with a
// narrow interval, of at most 40 points and with at least five hits, which
// depends on the rate itself only little; and that is looked at after every tenth
// try. What is left is at most 1.5 points, at a rate of 11 %; where each account
// looks alone, 20 rounds at a time, it is 2. The interval that is told is that of
// tries which end so: either end of it is wrong in at most 2.5 % of measurings at
// any rate, and what is told without a hit in at most 5 %. A test computes all of
// it.
type Measuring struct {
	// Floor is the lowest rate that is of interest. Without a hit, measuring ends
	// when the tries exclude it at 95 %, in whole tens of tries; of 0, never.
	Floor float64
	Most  int // tries at the latest, unless none was a hit; 0 is 120
}

// enough reports whether nothing more has to be tried.
func (m Measuring) enough(hits, tries int) bool {
	switch {
	case hits == 0 && tries >= m.none():
		return true
	case hits > 0 && tries >= cmp.Or(m.Most, mostTries):
		return true
	case hits < leastHits || tries < leastTries || tries%tens != 0:
		return false
	}
	low, high := gate.Interval(hits, tries)
	return high-low <= wide
}

// none is how many tries without a hit exclude the floor.
func (m Measuring) none() int { return (gate.TrialsFor(m.Floor) + tens - 1) / tens * tens }

// Measure measures how often a plan shows the finding.
func (m Measuring) Measure(ctx context.Context, p *plan.Plan, try Try) Measured {
	looked := map[int]bool{} // after so many tries; some come several at a time
	tried, err := try(ctx, p, func(hits, tries int) bool {
		looked[tries] = true
		return ctx.Err() == nil && !m.enough(hits, tries)
	})
	measured := Of(tried)
	if tried.Hits > 0 {
		measured.Low, measured.High = m.interval(tried, looked)
	}
	switch {
	case m.enough(tried.Hits, tried.Rounds):
	case ctx.Err() != nil: // whatever else went wrong then
		measured.Why = reason(context.Cause(ctx))
	case err != nil:
		measured.Why = reason(err)
	default:
		measured.Why = phrase.New("its rounds were over before it was decided")
	}
	return measured
}

// interval returns the exact interval of the rate for tries with hits, of which
// was looked after those whether they are enough.
func (m Measuring) interval(t Tries, looked map[int]bool) (low, high float64) {
	return interval(t.Hits, t.Rounds, func(hits, tries int) Answer {
		switch {
		case !looked[tries] || !m.enough(hits, tries):
			return Undecided
		case hits == 0:
			return Lost
		}
		return Kept
	})
}

// Measured is how often a plan was seen to show the finding.
type Measured struct {
	Tries
	// Low and High are the exact interval of the rate at 95 %, 2.5 % on either side.
	// Without a hit, Low is 0 and High the one-sided bound.
	Low, High float64
	// Why says why there were not enough tries, or none; empty when there were.
	Why phrase.Text
}

// Of returns what tries say of the rate when nothing that was seen decided how
// many there were.
func Of(t Tries) Measured {
	m := Measured{Tries: t, High: 1}
	switch {
	case t.Hits > 0:
		m.Low, m.High = gate.Interval(t.Hits, t.Rounds)
	case t.Rounds > 0:
		m.High = gate.UpperBound(t.Rounds)
	}
	return m
}

// Rate returns the share of tries that were hits; 0 of none.
func (m Measured) Rate() float64 {
	return float64(m.Hits) / float64(max(1, m.Rounds))
}

// Text tells it in a sentence, such as "reproduced in 17 of 20 tries (62–97 %)".
func (m Measured) Text() phrase.Text {
	var said phrase.Text
	switch {
	case m.Rounds == 0:
		return phrase.New("could not try: %s", m.Why)
	case m.Hits > 0:
		said = phrase.New("reproduced in %d of %s (%s–%s %%)", m.Hits, counted(m.Rounds), percent(m.Low, math.Floor), percent(m.High, math.Ceil))
	default:
		said = phrase.New("not in %s: rate below %s %%", counted(m.Rounds), percent(m.High, math.Ceil))
	}
	if m.Why.IsZero() {
		return said
	}
	return phrase.New("%s; then it could not be tried: %s", said, m.Why)
}

func counted(tries int) phrase.Text { return phrase.New("%d tries", tries) }

// percent writes a rate with two digits that tell something, rounded outwards,
// so that what is said stays true.
func percent(rate float64, outwards func(float64) float64) string {
	digits, scale := 0, 100.0
	for ; digits < 4 && rate*scale < 9.95; digits++ {
		scale *= 10
	}
	shown := math.Round(rate * scale)
	if math.Abs(shown-rate*scale) > 1e-9 { // else the float means that decimal
		shown = outwards(rate * scale)
	}
	return strconv.FormatFloat(shown/scale*100, 'f', digits, 64)
}

// longestReason bounds what is told of an error, in characters.
const longestReason = 200

// reason tells an error, which may hold what the target said, in one line.
func reason(err error) phrase.Text {
	return phrase.Verbatim(oneLine(err.Error(), longestReason))
}
