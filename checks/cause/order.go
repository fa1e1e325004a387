package cause

import (
	"slices"

	"notmine/checks/phrase"
	"notmine/checks/plan"
)

// mostBehind is how many answers a connection may be behind to be told so.
const mostBehind = 3

// ordered: each is shown who asked a fixed number of requests before, or each
// the same owner always.
func ordered(s *scene) (Cause, bool) {
	lag, n, of := s.lag()
	behind := of >= 4 && most(n, of) && mostBehind*chance(of, n, s.random()) < rarely
	mapped, pairs := s.mapped()
	shown := []phrase.Text{lagging(lag, n, of)}
	stable := []phrase.Text{phrase.New("each of %s was shown the same owner at all times, and no two of them the same", phrase.New("%d viewers", pairs))}
	cut := s.aborted()
	broken := !cut.IsZero() && !s.events[0].at.Before(cut)
	_, event := s.after()
	switch {
	case behind && mapped && broken:
		return Cause{OffByOne, shown}, true // what was cut off decides
	case behind && !mapped && lag == 1 && !broken && !event && s.before() < 3:
		// Something has to happen before a connection is answers behind.
		return Cause{PooledState, append(shown, phrase.New("it was so from the beginning, and every request had been answered"))}, true
	case behind && mapped && lag == 1:
		return Cause{Because: append(shown, phrase.New("the accounts asked in the same order each time, so that a table of whose is whose would show the same"))}, false
	case mapped:
		return Cause{WrongMapping, stable}, true
	case behind:
		return Cause{OffByOne, shown}, true
	}
	return Cause{}, false
}

// before counts the visits before the first event.
func (s *scene) before() int {
	for i, l := range s.looks {
		if l == s.events[0] {
			return i
		}
	}
	return 0
}

// lagging says by how many requests n of so many visits were behind.
func lagging(lag, n, of int) phrase.Text {
	if lag == 1 {
		return phrase.New("in %d of %s it belonged to the account that asked directly before", n, visits(of))
	}
	return phrase.New("in %d of %s it belonged to the account that asked %s before", n, visits(of), phrase.New("%d requests", lag))
}

// random is how likely a certain other account is, if it is any.
func (s *scene) random() float64 {
	if s.accounts < 2 {
		return 1
	}
	return 1 / float64(s.accounts-1)
}

// lag returns by how many requests most answers are behind, for how many of the
// events that can tell.
func (s *scene) lag() (lag, n, of int) {
	place := map[*look]int{}
	for i, l := range s.looks {
		place[l] = i
	}
	counts := [mostBehind + 1]int{}
	for _, l := range s.calm(4) {
		if len(l.owners) != 1 {
			continue
		}
		of++
		for d := 1; d <= mostBehind && d <= place[l]; d++ {
			if s.looks[place[l]-d].o.Account == l.owners[0] {
				counts[d]++
				break // the latest request of the owner counts
			}
		}
	}
	for d, count := range counts {
		if count > n {
			lag, n = d, count
		}
	}
	return lag, n, of
}

// turns: each is shown whose visit, of whatever view, was the latest before. In
// phases in which the accounts take turns that is plain; in others two visits may
// be near each other, and what was set may have been set by a third.
func turns(s *scene) (Cause, bool) {
	var inTurn, alone []*look
	for _, l := range s.events {
		if len(l.owners) != 1 || !l.alone {
			continue
		}
		alone = append(alone, l)
		if s.takesTurns(l) {
			inTurn = append(inTurn, l)
		}
	}
	if mapped, _ := s.mapped(); mapped {
		return Cause{}, false
	}
	for _, events := range [][]*look{inTurn, alone} {
		n, of := 0, len(events)
		for _, l := range events {
			before := ""
			for _, other := range s.evidence.looks {
				if other.o.Account != l.o.Account && other.o.End.Before(l.o.Start) {
					before = other.o.Account
				}
			}
			if before == l.owners[0] {
				n++
			}
		}
		if of >= 4 && most(n, of) && chance(of, n, s.random()) < rarely {
			return Cause{PooledState, []phrase.Text{
				phrase.New("in %d of %s it belonged to the account whose turn was before, while nobody else asked", n, visits(of)),
			}}, true
		}
	}
	return Cause{}, false
}

// takesTurns reports whether a look was made while the accounts took turns.
func (s *scene) takesTurns(l *look) bool {
	return slices.ContainsFunc(s.p.Header.Plan.Phases, func(ph plan.Phase) bool {
		return ph.Name == l.o.Phase && (ph.Order == plan.Solo || ph.Order == plan.Sequential)
	})
}
