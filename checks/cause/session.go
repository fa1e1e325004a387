package cause

import (
	"maps"
	"net/http"
	"slices"
	"time"

	"notmine/checks/isolation"
	"notmine/checks/phrase"
	"notmine/checks/record"
)

// stretch is one session of an account on one device, from a login to the next.
type stretch struct {
	viewer        string
	device, login int
}

func (l *look) stretch() stretch { return stretch{l.o.Account, max(l.o.Device, 1), l.login} }

// bound: from some moment to its next login, a session is another account,
// wherever it looks.
func bound(s *scene) (Cause, bool) {
	sessions, all := map[stretch][]*look{}, map[int]*look{}
	for _, l := range s.evidence.looks {
		sessions[l.stretch()] = append(sessions[l.stretch()], l)
		all[l.o.N] = l
	}
	n, named := 0, 0
	pairs := map[[2]string]bool{}
	for _, l := range s.events {
		whole := sessions[l.stretch()]
		owners := all[l.o.N].owners
		if l.called != "" { // a mailbox may show no more than letters of others
			owners = append([]string{l.called}, owners...)
		}
		for _, owner := range owners {
			called := s.called(whole, owner)
			views, ok := taken(whole, owner)
			// Of two accounts the other is always the same, and on one view it need not
			// be the session that is wrong.
			if !ok || !called && (views < 2 || s.accounts < 3) {
				continue
			}
			n++
			pairs[[2]string{l.o.Account, owner}] = true
			if called {
				named++
			}
			break
		}
	}
	if n < leastTaken || !most(n, len(s.events)) {
		return Cause{}, false
	}
	shared, one := 0, Cause{}
	for _, pair := range slices.SortedFunc(maps.Keys(pairs), func(a, b [2]string) int { return slices.Compare(a[:], b[:]) }) {
		if c := s.credential(pair[0], pair[1]); c.Name != Unknown {
			shared++
			if one.Name == "" {
				one = c
			}
		}
	}
	if most(shared, len(pairs)) {
		return one, true
	}
	because := []phrase.Text{phrase.New("in %d of %s the viewer's session was that of one other account, on view after view, from some moment to the end of it", n, visits(len(s.events)))}
	if most(named, n) {
		because = append(because, phrase.New("it was called by that one's name"))
	} else {
		because = append(because, phrase.New("it was called by the viewer's own name"))
	}
	return Cause{SessionBinding, append(because, phrase.New("the accounts had no session credential in common"))}, true
}

// leastTaken is how many visits of one session tell whose it is.
const leastTaken = 3

// taken reports whether a session gave away an account's data, and no others'
// without it, from its first visit that gave any to its end, and on most of the
// views that it looked at again and again. It returns on how many.
func taken(session []*look, owner string) (views int, ok bool) {
	gave, looked, n := map[string]int{}, map[string]int{}, 0
	for _, l := range session {
		switch {
		case slices.Contains(l.owners, owner):
			n++
			gave[l.o.View]++
		case len(l.owners) > 0:
			return 0, false
		}
		if n > 0 {
			looked[l.o.View]++
		}
	}
	for view, times := range looked {
		if most(gave[view], times) {
			views++
		}
	}
	return views, n >= leastTaken && 2*views > len(looked)
}

// called reports whether the session was called by the owner's name anywhere.
func (s *scene) called(session []*look, owner string) bool {
	return slices.ContainsFunc(session, func(l *look) bool { return l.called == owner })
}

// held: those who were given another's had that one's session credential, whether
// or not all of their visits went by it.
func held(s *scene) (Cause, bool) {
	n, one := 0, Cause{}
	known := map[[2]string]Cause{}
	for _, l := range s.events {
		for _, owner := range l.owners {
			pair := [2]string{l.o.Account, owner}
			c, ok := known[pair]
			if !ok {
				c = s.credential(pair[0], pair[1])
				known[pair] = c
			}
			if c.Name != Unknown {
				n++
				if one.Name == "" {
					one = c
				}
				break
			}
		}
	}
	if !most(n, len(s.events)) {
		return Cause{}, false
	}
	one.Because = append(one.Because, phrase.New("in %d of %s the viewer had a session credential in common with the owner", n, visits(len(s.events))))
	return one, true
}

// credential is the cause when a viewer had the session credential of an owner;
// unknown when that was never seen.
func (e *evidence) credential(viewer, owner string) Cause {
	for _, c := range e.credentials {
		first := map[string]isolation.Use{}
		for _, u := range c.Uses {
			known, ok := first[u.Account]
			if !ok || known.How != isolation.Given && u.How == isolation.Given {
				first[u.Account] = u
			}
		}
		a, had := first[viewer]
		b, owned := first[owner]
		if !had || !owned || c.Owner != owner && c.Owner != viewer {
			continue
		}
		switch {
		case e.byLogin(a) && e.byLogin(b):
			return Cause{IdentifierCollision, []phrase.Text{
				phrase.New("%s and %s were given the same session (%s) by their own logins, %s apart", viewer, owner, c.Name, a.At.Sub(b.At).Abs().Round(time.Millisecond).String()),
			}}
		case a.How == isolation.Given:
			return Cause{SessionHandedOut, []phrase.Text{phrase.New("an answer of %s gave %s the session (%s) of %s", a.Path, viewer, c.Name, owner)}}
		}
		return Cause{SessionHandedOut, []phrase.Text{phrase.New("%s had the session (%s) of %s, and no answer was seen that gave it", viewer, c.Name, owner)}}
	}
	return Cause{Unknown, []phrase.Text{phrase.New("%s and %s had no session credential in common", viewer, owner)}}
}

// byLogin reports whether a credential was given by the answer to a login, and
// not by a page that anybody may ask for.
func (e *evidence) byLogin(u isolation.Use) bool {
	return u.How == isolation.Given && !u.In && slices.ContainsFunc(u.Visit.Exchanges, func(x record.Exchange) bool {
		return x.Method != http.MethodGet && isolation.PathOf(x.URL) == u.Path && x.Answered.Equal(u.At)
	})
}
