package cause

import "notmine/checks/phrase"

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
	return Cause{WrongMapping, []phrase.Text{phrase.New("each of %s was shown one owner at all times, in %s, and the sessions of %s different ones",
		phrase.New("%d sessions", len(owner)), visits(n), phrase.New("%d viewers", several))}}, true
}
