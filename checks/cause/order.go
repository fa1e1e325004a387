package cause

import (
	"fmt"
	"slices"

	"notmine/checks/plan"
	"notmine/checks/record"
)

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
		return Cause{PooledState, append(shown, "it was so from the beginning, and every request had been answered")}, true
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

// drawnAnew: each session is shown one owner at all times, and the sessions of a
// viewer different ones: a table says whose is whose, and is made anew at times.
func drawnAnew(s *scene) (Cause, bool) {
	owner, owners, n := map[stretch]string{}, map[string]map[string]bool{}, 0
	for _, l := range s.events {
		if len(l.owners) != 1 {
			return Cause{}, false
		}
		at, shown := l.stretch(), l.owners[0]
		if known := owner[at]; known != "" && known != shown {
			return Cause{}, false
		}
		owner[at] = shown
		if owners[l.o.Account] == nil {
			owners[l.o.Account] = map[string]bool{}
		}
		owners[l.o.Account][shown] = true
		n++
	}
	several := 0 // viewers that were shown different owners
	for _, shown := range owners {
		if len(shown) > 1 {
			several++
		}
	}
	again := n - len(owner)
	if several == 0 || len(owners) < 3 || chance(again, again, s.random()) >= rarely {
		return Cause{}, false
	}
	return Cause{WrongMapping, []string{fmt.Sprintf(
		"each of %d sessions was shown one owner at all times, in %d visits, and the sessions of %d viewers different ones", len(owner), n, several)}}, true
}

// behind: each is shown who asked some requests before, and how many changes at
// times, because more answers are lost or the connection is made anew. Where it
// never changes, see ordered.
func behind(s *scene) (Cause, bool) {
	n, of, stretches := s.stretched()
	if stretches < 2 || of < leastBehind*stretches || !most(n, of) {
		return Cause{}, false
	}
	return Cause{OffByOne, []string{fmt.Sprintf(
		"in %d of %d visits it belonged to the account that asked up to %d requests before, always the same number for a while (it changed %d times)", n, of, mostBehind, stretches-1)}}, true
}

// leastBehind is how many visits of a stretch, on average, tell that its answers
// are behind: by chance one of four accounts fits one of three numbers once in
// nine stretches of as many.
const leastBehind = 6

// stretched splits the looks, in order, into the fewest stretches in each of
// which answers are a certain number of requests behind, as far as that pays: a
// new stretch has to make three more looks right. It returns for how many of the
// events that is right, in which nobody else asked.
func (s *scene) stretched() (n, of, stretches int) {
	const price = 3
	type way struct {
		right, n, turns int // looks that are right, events of them, and turns to another number
	}
	better := func(a, b way) bool { return a.right-price*a.turns > b.right-price*b.turns }
	var ways [mostBehind + 1]way
	for i, l := range s.looks {
		shown := l.only()
		if shown == "" || !l.alone {
			continue
		}
		event := len(l.owners) > 0
		if event {
			of++
		}
		best := ways[0]
		for _, w := range ways[1:] {
			if better(w, best) {
				best = w
			}
		}
		for lag := range ways {
			w := ways[lag]
			if turn := (way{best.right, best.n, best.turns + 1}); better(turn, w) {
				w = turn
			}
			if i >= lag && s.looks[i-lag].o.Account == shown {
				w.right++
				if event {
					w.n++
				}
			}
			ways[lag] = w
		}
	}
	best := ways[0]
	for _, w := range ways[1:] {
		if better(w, best) {
			best = w
		}
	}
	return best.n, of, best.turns + 1
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
	again, next := s.again()
	switch sign := s.cached(); {
	case sign != "":
		because = append(because, "an answer says that it came from a cache ("+sign+")")
	case s.mixed():
		return Cause{PooledState, append(because, "the answers held the viewer's own as well: something of an earlier answer was left in them")}, true
	case after == 0:
		return Cause{PooledState, append(because, "it never followed the owner's own visit of "+s.view)}, true
	case 4*again < next:
		return Cause{Because: append(because, fmt.Sprintf("only %d of %d who came next were given it, and a cache would have given it to most", again, next))}, false
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
			return Cause{PooledState, []string{
				fmt.Sprintf("in %d of %d visits it belonged to the account whose turn was before, while nobody else asked", n, of),
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
