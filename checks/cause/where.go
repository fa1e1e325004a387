package cause

import (
	"maps"
	"net/http"
	"slices"
	"time"

	"notmine/checks/isolation"
	"notmine/checks/marker"
	"notmine/checks/phrase"
	"notmine/checks/record"
)

// left: what is shown is that of who used the browser before.
func left(s *scene) (Cause, bool) {
	n, carried := 0, 0
	for _, l := range s.events {
		if len(l.owners) == 1 && l.owners[0] == l.o.Before {
			n++
			if carrier(l) != nil {
				carried++
			}
		}
	}
	if !most(n, len(s.events)) || carried > 0 && chance(n, n, s.random()) >= rarely {
		return Cause{}, false
	}
	because := []phrase.Text{phrase.New("in %d of %s it belonged to the account that used the same browser before", n, visits(len(s.events)))}
	if carried == 0 {
		because = append(because, phrase.New("no answer of the target carried it"))
	} else {
		because = append(because, phrase.New("in %d of them an answer of the target carried it: the browser may still be taken for that account's", carried))
	}
	var hows []string
	var ways []phrase.Text
	for _, l := range s.events {
		if how := l.o.How; how != "" && !slices.Contains(hows, how) {
			hows, ways = append(hows, how), append(ways, phrase.Name(how))
		}
	}
	if len(ways) > 0 {
		because = append(because, phrase.New("it came up on %s", phrase.Join(ways, ", ")))
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
	because := []phrase.Text{phrase.New("in %d of %s it came as a message on an open stream, and by no other answer", n, visits(len(s.events)))}
	if watching > 0 {
		because = append(because, phrase.New("%s the viewer only watched while the owner acted", phrase.New("%d times", watching)))
	}
	return Cause{WrongSubscriber, because}, true
}

// stale: all that was shown was superseded or deleted by then, or its audience
// was another once.
func stale(s *scene) (Cause, bool) {
	n := 0
	for _, l := range s.events {
		if len(l.leaks) > 0 && !slices.ContainsFunc(l.leaks, func(sighting record.Sighting) bool { return !s.old(sighting, l.at) }) {
			n++
		}
	}
	if !most(n, len(s.events)) {
		return Cause{}, false
	}
	return s.older(phrase.New("in %d of %s it was only what its owner had replaced, hidden or deleted", n, visits(len(s.events)))), true
}

// older is why something older is shown, and why that is so.
func (s *scene) older(why phrase.Text) Cause {
	if _, ok := s.after(); ok {
		return Cause{RestoredState, []phrase.Text{why}}
	}
	return Cause{StaleCopy, []phrase.Text{why}}
}

// old reports whether something was superseded, deleted or hidden before a time.
func (s *scene) old(sighting record.Sighting, at time.Time) bool {
	e, ok := s.p.Ledger.ByID(sighting.Marker)
	if !ok {
		return false
	}
	version := 1 // that is in force
	for _, made := range s.p.Run.Changes {
		if made.Account != e.Owner || made.Item != e.Item || made.Error != "" || made.End.After(at) {
			continue
		}
		for _, c := range s.p.Header.Plan.Changes {
			switch {
			case c.Name != made.Name:
			case c.Delete:
				return true
			case c.Renews:
				version++
			}
		}
	}
	return e.Version > 0 && e.Version < version || slices.ContainsFunc(s.p.Run.Markers, func(spell marker.Entry) bool {
		return spell.ID == e.ID && !spell.Since.IsZero() && !spell.Since.After(at)
	})
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
	return Cause{ErrorPage, []phrase.Text{phrase.New("all %d were answers with an error status, and %s that were answered well showed nothing of others", n, visits(right))}}, true
}

func failed(l *look) bool {
	if x := carrier(l); x != nil {
		return x.Status >= http.StatusBadRequest
	}
	return l.o.Status >= http.StatusBadRequest
}

// oneAddress: what was made for two at the same time has one address, such as
// that of a file or a job.
func oneAddress(s *scene) (Cause, bool) {
	at := map[string][]span{} // by address
	for _, l := range s.evidence.looks {
		for i := range l.o.Exchanges {
			if x := &l.o.Exchanges[i]; x.Method == http.MethodGet {
				from, to, _ := underway(x)
				at[x.URL] = append(at[x.URL], span{l.o.Account, from, to})
			}
		}
	}
	n, shared := 0, map[string]bool{}
	for _, l := range s.events {
		x := carrier(l)
		if x == nil || x.Method != http.MethodGet {
			continue
		}
		asked := at[x.URL]
		first, last := asked[0].from, asked[0].to
		byOwner := false
		for _, a := range asked {
			if a.from.Before(first) {
				first = a.from
			}
			if a.to.After(last) {
				last = a.to
			}
			byOwner = byOwner || slices.Contains(l.owners, a.account)
		}
		if byOwner && last.Sub(first) <= longest {
			n++
			shared[isolation.PathOf(x.URL)] = true
		}
	}
	if !most(n, len(s.events)) || len(shared) < leastAddresses {
		return Cause{}, false
	}
	return Cause{IdentifierCollision, []phrase.Text{phrase.New("in %d of %s the owner asked for the same address, which was new: %s, for instance",
		n, visits(len(s.events)), slices.Min(slices.Collect(maps.Keys(shared))))}}, true
}

// leastAddresses is how many addresses that two accounts had show that they are
// made up, and not an address that everybody has.
const leastAddresses = 3

// surfaces: what is next to it is right, and only in company one kind of thing
// is not.
func surfaces(s *scene) (Cause, bool) {
	for _, kind := range []struct {
		surface, name string
		says          phrase.Text
	}{
		{record.Picture, SharedBuffer, phrase.New("pictures")},
		{record.Script, SharedPageState, phrase.New("the state in the page's scripts")},
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
		return Cause{kind.name, []phrase.Text{
			phrase.New("%s it was in %s alone, and the rest of the answer was right", phrase.New("%d times", n), kind.says),
			phrase.New("%d of %s were given it while others asked for theirs", together, visits(len(s.events))),
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
