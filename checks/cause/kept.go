package cause

import (
	"slices"

	"notmine/checks/phrase"
	"notmine/checks/record"
)

// leastCalm is how many visits in which nobody else asked tell that nobody is
// shown another's in such ones.
const leastCalm = 5

// kept: what one moment showed, the next shows again, to others. A cache holds
// what its owner had asked for; where the owners never had, something is left
// from what they asked for elsewhere.
func kept(s *scene) (Cause, bool) {
	if s.company() && s.undisturbed() >= leastCalm {
		return Cause{}, false // what is kept is shown to who asks alone as well
	}
	moments := s.moments()
	n, of, expected := 0, 0, 0.0
	after := 0 // of n, directly after the owner's own visit
	for _, l := range s.calm(3) {
		if len(l.owners) != 1 || l.moment < 2 {
			continue
		}
		of++
		shown := map[string]bool{}
		own := false
		for _, before := range moments[l.moment-2] {
			who := before.only()
			shown[who] = who != ""
			own = own || who == l.owners[0] && before.o.Account == who
		}
		delete(shown, "")
		delete(shown, l.o.Account)
		expected += float64(len(shown)) * s.random()
		if shown[l.owners[0]] {
			n++
			if own {
				after++
			}
		}
	}
	if of == 0 || 10*n < 6*of || chance(of, n, min(1, expected/float64(of))) >= rarely {
		return Cause{}, false
	}
	because := []phrase.Text{phrase.New("in %d of %s the same owner had been shown directly before, to others or to the owner", n, visits(of))}
	if after > 0 {
		because = append(because, phrase.New("%d of them followed the owner's own visit", after))
	}
	if alone := s.alone(); alone > 0 {
		because = append(because, phrase.New("%d were given it while nobody else asked", alone))
	}
	again, next := s.again()
	switch sign := s.cached(); {
	case sign != "":
		because = append(because, phrase.New("an answer says that it came from a cache (%s)", sign))
	case s.mixed():
		return Cause{PooledState, append(because, phrase.New("the answers held the viewer's own as well: something of an earlier answer was left in them"))}, true
	case after == 0:
		return Cause{PooledState, append(because, phrase.New("it never followed the owner's own visit of %s", s.view))}, true
	case 4*again < next:
		return Cause{Because: append(because, phrase.New("only %d of %d who came next were given it, and a cache would have given it to most", again, next))}, false
	}
	return Cause{SharedCache, because}, true
}

// again counts the visits by another account than that whose data was shown
// directly before, and those of them that were given it again.
func (s *scene) again() (again, next int) {
	held := ""
	for _, l := range s.looks {
		shown := l.only()
		if shown == "" {
			continue
		}
		if held != "" && held != l.o.Account {
			next++
			if shown == held {
				again++
			}
		}
		held = shown
	}
	return again, next
}

// mixed reports whether half of the answers that leaked held something of their
// viewers' own that the owner may not see: they were no answers to the owner.
func (s *scene) mixed() bool {
	n := 0
	for _, l := range s.events {
		x := carrier(l)
		if x != nil && len(l.owners) == 1 && slices.ContainsFunc(l.o.Sightings, func(sighting record.Sighting) bool {
			return sighting.Exchange == x.ID && sighting.Owner == l.o.Account && !s.p.Allows(l.owners[0], l.o, sighting)
		}) {
			n++
		}
	}
	return 2*n >= len(s.events)
}

func (s *scene) alone() int {
	n := 0
	for _, l := range s.events {
		if l.alone {
			n++
		}
	}
	return n
}

// cached returns the first sign of a cache on an answer that leaked.
func (s *scene) cached() string {
	for _, l := range s.events {
		x := carrier(l)
		if x == nil {
			continue
		}
		for _, f := range x.Caching {
			if f.Name == "Age" && f.Value != "0" || f.Name == "X-Cache" || f.Name == "Cache-Status" || f.Name == "Cf-Cache-Status" {
				return f.Name + ": " + f.Value
			}
		}
	}
	return ""
}
