package repro

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"notmine/checks/isolation"
	"notmine/checks/phrase"
	"notmine/checks/plan"
)

// Options say how a plan is shrunk.
type Options struct {
	Try  Try
	Seed int64 // draws the order in which accounts are left out
	// Floor is the lowest rate that is of interest, such as 0.05.
	Floor float64
	// Rounds and Within bound what candidates may cost together, by what [Try]
	// says and by the clock; 0 is no bound. What the last measuring takes is kept
	// back.
	Rounds int
	Within time.Duration
	// First is the rate of the plan if it was measured already; nil has it measured.
	First *Measured
	// Judged is told of each candidate as it is judged. It may be nil.
	Judged func(Candidate)
}

// Candidate is a smaller plan that was tried.
type Candidate struct {
	Without []Move // what it leaves out of the smallest plan before it
	Plan    *plan.Plan
	Answer  Answer // Kept is the smallest plan from then on
	Tries   Tries
	// Why says why there is no answer: it could not be tried, or not to the end.
	Why phrase.Text
	// Undone says that it was kept, and that the last measuring went back behind it.
	Undone bool
}

// Shrunk is the smallest plan that still shows a finding.
type Shrunk struct {
	Plan     *plan.Plan
	Finding  isolation.Finding
	First    Measured // of the plan as it was given
	Last     Measured // of the smallest, in fresh rounds
	Question Question // that each candidate was asked
	Tried    []Candidate
	// Seen is where the evidence of the first hit of all is. Nothing that was tried
	// later takes its place: it may be the only one there ever is.
	Seen string
	// Why says why nothing more is left out.
	Why phrase.Text
	// Done reports whether that is because nothing more can be.
	Done  bool
	ended bool // likewise, but for what was put back after that
}

// shrinker is a shrinking in progress.
type shrinker struct {
	*Shrunk
	opts   Options
	ctx    context.Context
	moves  *moves
	best   []Candidate     // those that were kept; the first is the plan as it was given
	lost   map[string]bool // candidates that need not be tried again, as [written]
	later  [][]Move        // what could not be tried, for later
	failed map[string]int  // how often that was so, as [names]
	away   int             // candidates in a row that could not be tried
	gone   bool            // the target, or the bug
	timeUp bool            // in the middle of a candidate
	spent  Tries           // on candidates
}

// Shrink leaves out of a plan whatever the finding does not need. Each candidate
// is judged by a [Question] that [Against] the first rate is fixed once, so that
// the bug does not become rarer step by step.
//
// It ends when nothing more can be left out, when the budget or the context is
// over, or when the target is away; the smallest plan until then is returned, and
// why. The plan itself is never changed. An error says that nothing could be tried
// from the beginning: the plan is not one that the finding came from.
func Shrink(ctx context.Context, p *plan.Plan, f isolation.Finding, o Options) (*Shrunk, error) {
	s := &shrinker{
		Shrunk: &Shrunk{Finding: f}, opts: o, ctx: ctx, lost: map[string]bool{}, failed: map[string]int{},
		moves: &moves{finding: f, rng: rand.New(rand.NewPCG(uint64(o.Seed), 0))},
	}
	at := s.moves.phaseOf(p)
	switch {
	case !(0 < o.Floor && o.Floor < 1):
		return nil, fmt.Errorf("shrinking to a rate of %v: it takes one between 0 and 1", o.Floor)
	case at < 0:
		return nil, fmt.Errorf("shrinking plan: it has no phase %q, in which the finding came", f.Phase)
	case !slices.ContainsFunc(p.Accounts, func(a plan.Account) bool { return a.Name == f.Viewer }):
		return nil, fmt.Errorf("shrinking plan: it has no account %q, to whom the finding came", f.Viewer)
	case o.First != nil && o.First.Hits > o.First.Rounds:
		return nil, fmt.Errorf("shrinking plan: its first rate is of %d hits in %d tries", o.First.Hits, o.First.Rounds)
	}
	begin := clone(p)
	begin.Phases[at].Within = 0 // how long it goes on is for the tries to say
	tidy(begin)
	s.Plan, s.best = begin, []Candidate{{Plan: begin}}
	if o.First != nil {
		s.First = *o.First
	} else {
		s.First = s.measure(begin)
	}
	s.Seen = s.First.Seen
	s.Last = s.First
	switch {
	case !s.First.Why.IsZero():
		s.Why = s.First.Why
		return s.Shrunk, nil
	case s.First.Hits == 0:
		s.Why = phrase.New("it was not reproduced, so nothing could be left out")
		return s.Shrunk, nil
	case s.First.Rate() < o.Floor: // which the plan itself would not be kept by
		s.Why = phrase.New("it comes too seldom to tell what it needs")
		return s.Shrunk, nil
	}
	s.Question = Against(s.First.Rate(), o.Floor)
	for s.pass() {
	}
	s.measureLast()
	return s.Shrunk, nil
}

// The errors of the question that each candidate is asked. Many are asked, and
// one that is kept wrongly costs the bug, so that is the smaller one.
const (
	alpha = 0.02
	beta  = 0.05
)

// What is kept of a first rate, and what is lost.
const (
	kept = 0.8 // and not all of it, because it may be lucky
	lost = 0.5
)

// mostAsked is how many tries a question takes at most. They keep its errors, of
// half against four fifths, down to a first rate of 20 %; in the mean it takes a
// sixth of them there, and fewer at a higher one.
const mostAsked = 800

// Against returns the question whether a candidate still shows what the plan
// shows at its first rate: at four fifths of it, or at half of it and less. The
// question of a plan whose rate is near floor is asked of floor.
//
// To tell half of a low rate from four fifths takes more tries than anybody waits
// for: 900 at 10 %. There lost begins lower, as low as keeps the errors. What lies
// between may be kept, and is for the last measuring to find.
func Against(first, floor float64) Question {
	q := Question{Alpha: alpha, Beta: beta, Most: mostAsked}
	q.Floor = min(max(kept*first, floor), kept)
	q.Lost = q.Floor * lost / kept
	for least := q.Floor / 10; q.Lost > least && !q.keeps(); {
		q.Lost *= 0.95
	}
	return q
}

// pass tries each kind of move once, and what could not be tried before a second
// time. It reports whether another pass may find more.
func (s *shrinker) pass() bool {
	before := len(s.best)
	for _, k := range s.moves.kinds() {
		s.reduce(k)
	}
	again := s.later
	s.later = nil
	for _, moves := range again {
		s.try(moves)
	}
	switch {
	case !s.Why.IsZero():
		return false
	case len(s.best) > before:
		return true
	}
	s.Why, s.Done, s.ended = phrase.New("nothing more can be left out"), true, true
	return false
}

// reduce leaves out as many of a kind as goes: all of them, then halves,
// quarters and so on, and at last one by one (after A. Zeller and R. Hildebrandt,
// Simplifying and Isolating Failure-Inducing Input, IEEE TSE 28, 2002, whose
// complements are tried here, and their subsets not: what a finding needs is
// seldom all in one part).
func (s *shrinker) reduce(k kind) {
	moves := k.of(s.Plan)
	size := 1
	if k.several {
		size = len(moves)
	}
	for ; size > 0; size /= 2 {
		for at := 0; at < len(moves); {
			end := min(at+size, len(moves))
			if s.try(moves[at:end]) {
				moves = slices.Delete(moves, at, end)
			} else {
				at = end
			}
		}
	}
}
