package cause

import "fmt"

// mostBehind is how many answers a connection may be behind to be told so.
const mostBehind = 3

// ordered: each is shown who asked a fixed number of requests before, or each
// the same owner always.
func ordered(s *scene) (Cause, bool) {
	lag, n, of := s.lag()
	behind := of >= 4 && most(n, of) && mostBehind*chance(of, n, s.random()) < rarely
	mapped, pairs := s.mapped()
	shown := []string{fmt.Sprintf("in %d of %d visits it belonged to the account that asked %s before", n, of, times(lag))}
	stable := []string{fmt.Sprintf("each of %d viewers was shown the same owner at all times, and no two of them the same", pairs)}
	cut := s.aborted()
	broken := !cut.IsZero() && !s.events[0].at.Before(cut)
	_, event := s.after()
	switch {
	case behind && mapped && broken:
		return Cause{OffByOne, shown}, true // what was cut off decides
	case behind && !mapped && lag == 1 && !broken && !event && s.before() < 3:
		// Something has to happen before a connection is answers behind.
		return Cause{PooledState, append(shown, "it was so from the beginning, and no request had been cut off")}, true
	case behind && mapped && lag == 1:
		return Cause{Because: append(shown, "the accounts asked in the same order each time, so that a table of whose is whose would show the same")}, false
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

func times(lag int) string {
	if lag == 1 {
		return "directly"
	}
	return fmt.Sprintf("%d requests", lag)
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

// mapped reports whether each viewer was shown one owner at all times, and they
// differ, and how many viewers there were.
func (s *scene) mapped() (ok bool, viewers int) {
	owner, seen, n := map[string]string{}, map[string]bool{}, 0
	for _, l := range s.events {
		if len(l.owners) != 1 {
			return false, 0
		}
		viewer, shown := l.o.Account, l.owners[0]
		if known := owner[viewer]; known != "" && known != shown || known == "" && seen[shown] {
			return false, 0
		}
		owner[viewer], seen[shown] = shown, true
		n++
	}
	again := n - len(owner)
	return len(owner) >= 2 && again >= 2 && chance(again, again, s.random()) < rarely, len(owner)
}

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
	because := []string{fmt.Sprintf("in %d of %d visits the same owner had been shown directly before, to others or to the owner", n, of)}
	if after > 0 {
		because = append(because, fmt.Sprintf("%d of them followed the owner's own visit", after))
	}
	if alone := s.alone(); alone > 0 {
		because = append(because, fmt.Sprintf("%d were given it while nobody else asked", alone))
	}
	if sign := s.cached(); sign != "" {
		because = append(because, "an answer says that it came from a cache ("+sign+")")
	} else if after == 0 {
		return Cause{PooledState, append(because, "it never followed the owner's own visit of "+s.view)}, true
	}
	return Cause{SharedCache, because}, true
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

// turns: each is shown whose visit, of whatever view, was the latest before.
func turns(s *scene) (Cause, bool) {
	n, of := 0, 0
	for _, l := range s.events {
		if !l.alone || len(l.owners) != 1 {
			continue
		}
		of++
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
	if mapped, _ := s.mapped(); mapped || of < 4 || !most(n, of) || chance(of, n, s.random()) >= rarely {
		return Cause{}, false
	}
	return Cause{PooledState, []string{
		fmt.Sprintf("in %d of %d visits it belonged to the account whose turn was before, while nobody else asked", n, of),
	}}, true
}
