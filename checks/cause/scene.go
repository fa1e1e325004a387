package cause

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"notmine/checks/isolation"
	"notmine/checks/phrase"
	"notmine/checks/record"
)

// look is one visit as evidence: when it asked, and whose data it was given.
type look struct {
	o         *record.Observation
	at, until time.Time // of the request that matters, or of the visit
	leaks     []record.Sighting
	owners    []string // others whose data it was given, each once
	own       bool     // it was given its viewer's own, too
	called    string   // another account that it was taken for
	login     int      // number of the viewer's login on that device
	moment    int      // number of the moment, see [scene]
	alone     bool     // nobody else asked meanwhile
}

// only returns whose data the look showed, when it was one account's: another's,
// or the viewer's.
func (l *look) only() string {
	switch {
	case len(l.owners) == 1:
		return l.owners[0]
	case len(l.owners) == 0 && l.own:
		return l.o.Account
	}
	return ""
}

// evidence is what a whole run shows.
type evidence struct {
	p           *isolation.Pass
	looks       []*look // in order of time
	asked       asked
	credentials []*isolation.Credential
	accounts    int
}

// gather reads the run. Findings tell of visits in which there was no marker.
func gather(p *isolation.Pass, findings []isolation.Finding) *evidence {
	e := &evidence{p: p, accounts: len(p.Header.Plan.Accounts)}
	e.credentials, _ = isolation.Credentials(p.Run)
	found := map[int][]string{}
	for _, f := range findings {
		if f.Level == isolation.Leak && f.Owner != "" && len(f.Witness) > 0 && f.Check != "sharedtoken" {
			found[f.Witness[0]] = append(found[f.Witness[0]], f.Owner)
		}
	}
	given := given{}
	for _, o := range p.Run.Observations {
		l := &look{o: o, at: o.Start, until: o.End, leaks: given.fresh(o, p.Leaks(o)), own: p.Own(o, "")}
		for _, owner := range e.holders(l, l.leaks) {
			l.add(owner)
		}
		if own, others := p.Called(o); own {
			l.own = l.own || len(l.leaks) == 0 && p.View(o).Control == ""
		} else if len(others) == 1 {
			l.called = others[0]
			l.add(l.called)
		}
		if len(l.owners) == 0 {
			for _, owner := range found[o.N] {
				l.add(owner)
			}
		}
		for _, s := range p.Run.Sessions {
			if s.Account == o.Account && max(s.Device, 1) == max(o.Device, 1) && s.What == record.LoggedIn && !s.At.After(o.Start) {
				l.login++
			}
		}
		e.looks = append(e.looks, l)
	}
	slices.SortStableFunc(e.looks, func(a, b *look) int { return a.at.Compare(b.at) })
	e.asked = askedIn(p.Run)
	return e
}

// given is what answers gave each viewer of others.
type given map[[3]string]bool // viewer, owner and item

// fresh returns those of the leaks of a visit that tell anything: not what the
// browser still has of what an answer gave its viewer in an earlier visit.
func (g given) fresh(o *record.Observation, leaks []record.Sighting) []record.Sighting {
	before := maps.Clone(g)
	for _, s := range leaks {
		if isolation.OfAnswer(s.Surface) {
			g[[3]string{o.Account, s.Owner, s.Item}] = true
		}
	}
	return slices.DeleteFunc(leaks, func(s record.Sighting) bool {
		at := [3]string{o.Account, s.Owner, s.Item}
		return isolation.OfStore(s.Surface) && before[at]
	})
}

func (l *look) add(owner string) {
	if owner != "" && owner != l.o.Account && !slices.Contains(l.owners, owner) {
		l.owners = append(l.owners, owner)
	}
}

// holders returns whose data a look gave away: the account that may see all of
// it, since in a mailbox there are letters of others as well; of several the one
// that owns the most of it. When that is nobody, all owners.
func (e *evidence) holders(l *look, leaks []record.Sighting) []string {
	type thing struct{ owner, item string }
	known, items := map[thing]bool{}, map[string]int{}
	var owners []string
	for _, s := range leaks {
		if at := (thing{s.Owner, s.Item}); s.Owner != "" && !known[at] {
			known[at] = true
			if items[s.Owner]++; items[s.Owner] == 1 {
				owners = append(owners, s.Owner)
			}
		}
	}
	var all []string // who may see all
	for _, a := range e.p.Header.Plan.Accounts {
		if a.Name != l.o.Account && !slices.ContainsFunc(leaks, func(s record.Sighting) bool {
			return s.Owner != "" && !e.p.Allows(a.Name, l.o, s)
		}) {
			all = append(all, a.Name)
		}
	}
	for _, among := range [][]string{all, owners} {
		if one := first(among, items); one != "" {
			return []string{one}
		}
	}
	return owners
}

// first returns the only one of some accounts, or the one with more items than
// each of the others; "" when there is none.
func first(among []string, items map[string]int) string {
	if len(among) == 1 {
		return among[0]
	}
	one, most := "", 0
	for _, account := range among {
		switch n := items[account]; {
		case n > most:
			one, most = account, n
		case n == most:
			one = ""
		}
	}
	return one
}

// scene is one view: all its visits in order of time, and those of other views
// that asked for the same. A moment is a row of
// visits of which each asked before those before it were answered.
type scene struct {
	*evidence
	view   string
	looks  []*look
	events []*look // of looks, those that were given another's
	path   string  // of the answers that carried it, as [isolation.Pass.Alike]; "" if unknown
}

func (e *evidence) scene(view string) *scene {
	s := &scene{evidence: e, view: view, path: e.pathOf(view)}
	for _, l := range e.few(func(l *look) bool { return l.o.View == view || s.path != "" && e.on(l, s.path) != nil }) {
		here := *l
		l = &here
		s.looks = append(s.looks, l)
		s.timed(l)
		if len(l.owners) > 0 {
			s.events = append(s.events, l)
		}
	}
	byTime := func(a, b *look) int { return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.o.N, b.o.N)) }
	slices.SortFunc(s.looks, byTime)
	slices.SortFunc(s.events, byTime)
	var end time.Time
	moment := 0
	for _, l := range s.looks {
		if !l.at.Before(end) {
			moment++
		}
		l.moment, l.alone = moment, !s.asked.others(l)
		if l.until.After(end) {
			end = l.until
		}
	}
	return s
}

// pathOf returns the path of the answers that carried most of what a view
// leaked, "" if none did.
func (e *evidence) pathOf(view string) (path string) {
	paths := map[string]int{}
	for _, l := range e.looks {
		if l.o.View != view {
			continue
		}
		if x := carrier(l); x != nil {
			paths[e.p.Alike(x.URL)]++
		}
	}
	for at, n := range paths {
		if n > paths[path] || n == paths[path] && at < path {
			path = at
		}
	}
	return path
}

// on returns the first exchange of a look on a path, nil if there is none.
func (e *evidence) on(l *look, path string) *record.Exchange {
	for i := range l.o.Exchanges {
		if e.p.Alike(l.o.Exchanges[i].URL) == path {
			return &l.o.Exchanges[i]
		}
	}
	return nil
}

// few returns the visits that are meant, of those that asked for anything, and
// without the phases in which sessions without a browser looked as well, if it
// leaked in others: among so many requests at once, what belongs to what cannot
// be told.
func (e *evidence) few(meant func(*look) bool) []*look {
	crowded := map[string]bool{}
	for _, ph := range e.p.Header.Plan.Phases {
		crowded[ph.Name] = ph.HTTP > 0
	}
	var few, all []*look
	enough := false
	for _, l := range e.looks {
		// A page that is only watched may show what came long ago.
		if !meant(l) || l.o.Acting != "" && carrier(l) == nil {
			continue
		}
		all = append(all, l)
		if !crowded[l.o.Phase] {
			few = append(few, l)
			enough = enough || len(l.owners) > 0
		}
	}
	if enough {
		return few
	}
	return all
}

// carrier returns the exchange that brought what a look leaked; nil if none was seen.
func carrier(l *look) *record.Exchange {
	for _, s := range l.leaks {
		if s.Exchange == 0 || !isolation.OfAnswer(s.Surface) {
			continue
		}
		for i := range l.o.Exchanges {
			if l.o.Exchanges[i].ID == s.Exchange {
				return &l.o.Exchanges[i]
			}
		}
	}
	return nil
}

// timed sets a look's time to that of the request that matters, and its owners
// to those that its answer told of: other requests of a visit have their own luck.
func (s *scene) timed(l *look) {
	var x *record.Exchange
	var brought []record.Sighting
	for i := range l.o.Exchanges {
		other := &l.o.Exchanges[i]
		if s.path == "" || s.p.Alike(other.URL) != s.path || len(brought) > 0 {
			continue
		}
		x = other // the last, or the first that leaked
		for _, sighting := range l.leaks {
			if sighting.Exchange == other.ID {
				brought = append(brought, sighting)
			}
		}
	}
	if x == nil {
		x = carrier(l)
	} else if len(l.leaks) > 0 {
		l.owners = s.holders(l, brought)
	}
	if x == nil {
		return
	}
	l.own = l.own && (len(l.owners) == 0 || slices.ContainsFunc(l.o.Sightings, func(sighting record.Sighting) bool {
		return sighting.Exchange == x.ID && sighting.Owner == l.o.Account
	}))
	if from, to, ok := underway(x); ok {
		l.at, l.until = from, to
	}
}

// calm returns the events in which nobody else asked meanwhile, or all when
// those are too few to go by.
func (s *scene) calm(least int) []*look {
	var calm []*look
	for _, l := range s.events {
		if l.alone {
			calm = append(calm, l)
		}
	}
	if len(calm) < least {
		return s.events
	}
	return calm
}

// moments returns the looks of each moment, by its number from 1.
func (s *scene) moments() [][]*look {
	var moments [][]*look
	for _, l := range s.looks {
		if l.moment > len(moments) {
			moments = append(moments, nil)
		}
		moments[l.moment-1] = append(moments[l.moment-1], l)
	}
	return moments
}

// aborted returns the first request of the run that got no answer, because it was
// cut off or its browser went on; zero if there is none.
func (e *evidence) aborted() (first time.Time) {
	for _, l := range e.looks {
		for _, x := range l.o.Exchanges {
			if (x.Aborted != "" || x.Status == 0 && x.Error != "") && (first.IsZero() || x.Start.Before(first)) {
				first = x.Start
			}
		}
	}
	return first
}

// after returns the latest event of the run with all leaks behind it, when
// there were enough visits before it that the same share would have shown.
func (s *scene) after() (event record.Event, ok bool) {
	for _, e := range s.p.Run.Events {
		before, behind := 0, 0
		for _, l := range s.looks {
			if l.at.Before(e.Start) {
				before++
			} else {
				behind++
			}
		}
		if s.events[0].at.Before(e.Start) || before == 0 {
			continue
		}
		if chance(before, 1, float64(len(s.events))/float64(behind)) > 1-5*rarely {
			event, ok = e, true
		}
	}
	return event, ok
}

// circumstances are facts that bear on most causes.
func (s *scene) circumstances() []phrase.Text {
	var facts []phrase.Text
	if e, ok := s.after(); ok {
		facts = append(facts, phrase.New("nothing of it was seen before %s", e.Name))
	}
	if cut := s.aborted(); !cut.IsZero() && !s.events[0].at.Before(cut) {
		before := slices.ContainsFunc(s.looks, func(l *look) bool { return l.at.Before(cut) })
		if before {
			facts = append(facts, phrase.New("nothing of it was seen before the first request that got no answer"))
		}
	}
	return facts
}
