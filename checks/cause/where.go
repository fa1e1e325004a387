package cause

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"notmine/checks/isolation"
	"notmine/checks/record"
)

// left: what is shown is that of who used the browser before, and no answer
// brought it.
func left(s *scene) (Cause, bool) {
	n := 0
	for _, l := range s.events {
		if len(l.owners) == 1 && l.owners[0] == l.o.Before && carrier(l) == nil {
			n++
		}
	}
	if !most(n, len(s.events)) {
		return Cause{}, false
	}
	because := []string{fmt.Sprintf("in %d of %d visits it belonged to the account that used the same browser before, and no answer of the target carried it", n, len(s.events))}
	var hows []string
	for _, l := range s.events {
		if how := l.o.How; how != "" && !slices.Contains(hows, how) {
			hows = append(hows, how)
		}
	}
	if len(hows) > 0 {
		because = append(because, "it came up on "+strings.Join(hows, ", "))
	}
	return Cause{LeftInBrowser, because}, true
}

// answered returns the surfaces of answers that carried what a look leaked.
func answered(l *look) []string {
	var surfaces []string
	for _, sighting := range l.leaks {
		if isolation.OfAnswer(sighting.Surface) && !slices.Contains(surfaces, sighting.Surface) {
			surfaces = append(surfaces, sighting.Surface)
		}
	}
	return surfaces
}

// subscriber: it came in streams, and by no other answer.
func subscriber(s *scene) (Cause, bool) {
	n, watching := 0, 0
	for _, l := range s.events {
		if slices.Equal(answered(l), []string{record.Stream}) {
			n++
			if l.o.Acting != "" && slices.Contains(l.owners, l.o.Acting) {
				watching++
			}
		}
	}
	if !most(n, len(s.events)) {
		return Cause{}, false
	}
	because := []string{fmt.Sprintf("in %d of %d visits it came as a message on an open stream, and by no other answer", n, len(s.events))}
	if watching > 0 {
		because = append(because, fmt.Sprintf("%d times the viewer only watched while the owner acted", watching))
	}
	return Cause{WrongSubscriber, because}, true
}

// stale: all that was shown is superseded by now, or its audience was another
// once.
func stale(s *scene) (Cause, bool) {
	spells := map[int]int{}
	for _, e := range s.p.Run.Markers {
		spells[e.ID]++
	}
	n := 0
	for _, l := range s.events {
		old := len(l.leaks) > 0
		for _, sighting := range l.leaks {
			e, ok := s.p.Ledger.ByID(sighting.Marker)
			latest, known := s.p.Ledger.Latest(sighting.Owner, sighting.Item)
			old = old && ok && (spells[e.ID] > 1 || known && latest.Version > e.Version)
		}
		if old {
			n++
		}
	}
	if !most(n, len(s.events)) {
		return Cause{}, false
	}
	because := []string{fmt.Sprintf("in %d of %d visits it was only what its owner had replaced, hidden or deleted", n, len(s.events))}
	if _, ok := s.after(); ok {
		return Cause{RestoredState, because}, true
	}
	return Cause{StaleCopy, because}, true
}

// errorPages: only pages that report an error are somebody else's.
func errorPages(s *scene) (Cause, bool) {
	n := 0
	for _, l := range s.events {
		if failed(l) {
			n++
		}
	}
	right := 0
	for _, l := range s.evidence.looks {
		if !failed(l) && len(l.owners) == 0 {
			right++
		}
	}
	if n < len(s.events) || right < 3 {
		return Cause{}, false
	}
	return Cause{ErrorPage, []string{fmt.Sprintf("all %d were answers with an error status, and %d visits that were answered well showed nothing of others", n, right)}}, true
}

func failed(l *look) bool {
	if x := carrier(l); x != nil {
		return x.Status >= http.StatusBadRequest
	}
	return l.o.Status >= http.StatusBadRequest
}

// surfaces: what is next to it is right, and only in company one kind of thing
// is not.
func surfaces(s *scene) (Cause, bool) {
	for _, kind := range []struct{ surface, name, says string }{
		{record.Picture, SharedBuffer, "pictures"},
		{record.Script, SharedPageState, "the state in the page's scripts"},
		{record.Download, IdentifierCollision, "downloads"},
	} {
		n, all, together := 0, 0, 0
		for _, l := range s.events {
			there, only := within(l.leaks, kind.surface)
			if there {
				n++
			}
			if only {
				all++
			}
			if !l.alone {
				together++
			}
		}
		if n < 3 || 2*n < len(s.events) || all < len(s.events) || !most(together, len(s.events)) {
			continue
		}
		return Cause{kind.name, []string{
			fmt.Sprintf("%d times it was in %s alone, and the rest of the answer was right", n, kind.says),
			fmt.Sprintf("%d of %d visits were given it while others asked for theirs", together, len(s.events)),
		}}, true
	}
	return Cause{}, false
}

// within reports whether what was leaked is there on surfaces of one kind, and on
// no other. The scripts of a page are in its body, too: of a page that a visit
// came by on its way, they are there alone.
func within(leaks []record.Sighting, kind string) (there, only bool) {
	for _, sighting := range leaks {
		switch {
		case sighting.Surface == kind:
			there = true
		case kind != record.Script || sighting.Surface != record.Body:
			return there, false
		}
	}
	return there, there || kind == record.Script && len(leaks) > 0
}

// recovered: nothing of it was there before something was done to the target,
// and no pattern says more.
func recovered(s *scene) (Cause, bool) {
	e, ok := s.after()
	if !ok {
		return Cause{}, false
	}
	return Cause{RestoredState, []string{fmt.Sprintf("it began with %s, and nothing else tells these visits from those before", e.Name)}}, true
}
