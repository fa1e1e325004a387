package repro

import (
	"context"
	"slices"
	"strings"
	"time"

	"notmine/checks/phrase"
	"notmine/checks/plan"
)

// try tries the smallest plan without what the moves leave out, and reports
// whether that is the smallest now.
func (s *shrinker) try(moves []Move) bool {
	if s.Why.IsZero() {
		s.Why = s.over()
	}
	if !s.Why.IsZero() {
		return false
	}
	var c Candidate
	c.Plan, c.Without = applied(s.Plan, moves)
	if c.Plan == nil || s.lost[written(c.Plan)] || s.failed[names(moves)] >= mostFailed {
		return false
	}
	var err error
	c.Tries, c.Answer, err = s.ask(c.Plan)
	switch {
	case c.Answer == Kept:
		s.Plan, s.best, s.away = c.Plan, append(s.best, c), 0
	case c.Answer == Lost:
		s.lost[written(c.Plan)], s.away = true, 0
	case !s.over().IsZero():
		s.Why = s.over()
		c.Why = s.Why
	default:
		c.Why = phrase.New("its rounds were over before it was decided")
		if err != nil {
			c.Why = reason(err)
		}
		s.away++
		if s.failed[names(moves)]++; s.failed[names(moves)] < mostFailed {
			s.later = append(s.later, slices.Clone(moves))
		}
	}
	s.Tried = append(s.Tried, c)
	if s.opts.Judged != nil {
		s.opts.Judged(c)
	}
	s.lookBack()
	return c.Answer == Kept
}

// mostFailed is how often a candidate may fail to be tried before it is left.
const mostFailed = 2

// names tells the same moves of two passes.
func names(moves []Move) string {
	var all strings.Builder
	for _, m := range moves {
		all.WriteString(m.Without.String() + "\n")
	}
	return all.String()
}

// ask runs a plan until the question is answered, or the shrinking is over.
func (s *shrinker) ask(p *plan.Plan) (Tries, Answer, error) {
	ctx := s.ctx
	if s.opts.Within > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, s.opts.Within-s.last()-s.spent.Took)
		defer cancel()
	}
	t, err := s.opts.Try(ctx, p, func(hits, rounds int) bool {
		return s.Question.Answer(hits, rounds) == Undecided && ctx.Err() == nil && !s.usedUp(rounds)
	})
	s.spent.Rounds += t.Rounds
	s.spent.Took += t.Took
	s.timeUp = ctx.Err() != nil
	return t, s.Question.Answer(t.Hits, t.Rounds), err
}

// over says why nothing more may be tried but what the last measuring takes;
// empty as long as it may.
func (s *shrinker) over() phrase.Text {
	switch {
	case s.ctx.Err() != nil:
		return reason(context.Cause(s.ctx))
	case s.usedUp(0):
		return phrase.New("the tries were used up")
	case s.timeUp, s.opts.Within > 0 && s.spent.Took >= s.opts.Within-s.last():
		return phrase.New("the time was up")
	}
	return phrase.Text{}
}

// last is what the last measuring may take, by what the first one took.
func (s *shrinker) last() time.Duration {
	return s.First.Took / time.Duration(s.First.Rounds) * leastTries
}

// usedUp reports whether so many more rounds are all that there may be.
func (s *shrinker) usedUp(rounds int) bool {
	return s.opts.Rounds > 0 && s.spent.Rounds+rounds >= s.opts.Rounds-leastTries
}
