package repro

import (
	"notmine/checks/phrase"
	"notmine/checks/plan"
)

// mostAway is how many candidates in a row may not be tried before the smallest
// plan is looked at again: the fault may be the target's.
const mostAway = 2

// lookBack tries the smallest plan again when candidates cannot be tried, and
// ends the shrinking when that cannot be tried either, or shows nothing any more.
func (s *shrinker) lookBack() {
	if s.away < mostAway || !s.Why.IsZero() {
		return
	}
	s.away = 0
	t, answer, err := s.ask(s.Plan)
	switch {
	case answer == Lost:
		s.gone, s.Last = true, Of(t)
		s.Why = phrase.New("what was kept before did not show it any more")
	case answer == Undecided && err != nil && s.over().IsZero():
		s.gone, s.Last = true, Of(t)
		s.Last.Why = reason(err)
		s.Why = phrase.New("what was kept before could not be tried any more: %s", s.Last.Why)
	}
}

// measureLast measures the smallest plan in fresh rounds: that it was kept may
// have been luck. When it shows the finding at less than half of the first rate,
// what was left out last is put back, and so on, up to the plan as it was given.
// A bug that is gone from that as well was not lost by leaving something out.
func (s *shrinker) measureLast() {
	if s.gone {
		return
	}
	half := s.Question.Floor * lost / kept
	for i := len(s.best) - 1; i > 0; i-- {
		s.Plan = s.best[i].Plan
		if s.ctx.Err() != nil {
			s.Last = Of(Tries{})
			s.Last.Why = s.Why
			return
		}
		s.Last = s.measure(s.Plan)
		if !s.Last.Why.IsZero() || s.Last.Rate() > half-even {
			return
		}
		if s.Last.Hits == 0 {
			if whole := s.measure(s.best[0].Plan); whole.Hits == 0 && whole.Why.IsZero() {
				s.Done, s.Why = false, phrase.New("what was kept before did not show it any more")
				return
			}
		}
		s.undo(s.Plan)
	}
	s.Plan, s.Last = s.best[0].Plan, s.First // which nobody chose for its rate
}

func (s *shrinker) measure(p *plan.Plan) Measured {
	return Measuring{Floor: s.opts.Floor}.Measure(s.ctx, p, s.opts.Try)
}

// undo notes that a candidate was put back.
func (s *shrinker) undo(p *plan.Plan) {
	s.Done, s.Why = false, phrase.New("what was left out last made it rarer, so it was put back")
	for i := range s.Tried {
		if s.Tried[i].Plan == p {
			s.Tried[i].Undone = true
		}
	}
}
