package cause

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"

	"notmine/checks/isolation"
	"notmine/checks/record"
)

// stretch is what one session of an account showed of one other account.
type stretch struct {
	viewer string
	login  int
}

// bound: from some moment to its next login, a session is another account, in
// all that it shows and in name.
func bound(s *scene) (Cause, bool) {
	sessions := map[stretch][]*look{}
	for _, l := range s.evidence.looks {
		if l.only() != "" {
			at := stretch{l.o.Account, l.login}
			sessions[at] = append(sessions[at], l)
		}
	}
	n, named := 0, 0
	pairs := map[[2]string]bool{}
	for _, l := range s.events {
		whole := sessions[stretch{l.o.Account, l.login}]
		if len(l.owners) != 1 || l.own || !taken(whole, l) {
			continue
		}
		n++
		pairs[[2]string{l.o.Account, l.owners[0]}] = true
		if l.called == l.owners[0] || s.called(whole, l.owners[0]) {
			named++
		}
	}
	if !most(n, len(s.events)) || !most(named, n) {
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
	return Cause{SessionBinding, []string{
		fmt.Sprintf("in %d of %d visits all of the viewer's session was that of one other account, by name and data, from some moment to the end of it", n, len(s.events)),
		"the accounts had no session credential in common",
	}}, true
}

// taken reports whether a session showed nothing but one other account from its
// first visit that did, to its end, in three visits at least.
func taken(session []*look, event *look) bool {
	owner, n := event.owners[0], 0
	for _, l := range session {
		switch {
		case l.only() == owner:
			n++
		case n > 0:
			return false
		}
	}
	return n >= 3
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
	one.Because = append(one.Because, fmt.Sprintf("in %d of %d visits the viewer had a session credential in common with the owner", n, len(s.events)))
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
			return Cause{IdentifierCollision, []string{
				fmt.Sprintf("%s and %s were given the same session (%s) by their own logins, %s apart", viewer, owner, c.Name, a.At.Sub(b.At).Abs().Round(time.Millisecond)),
			}}
		case a.How == isolation.Given:
			return Cause{SessionHandedOut, []string{fmt.Sprintf("an answer of %s gave %s the session (%s) of %s", a.Path, viewer, c.Name, owner)}}
		}
		return Cause{SessionHandedOut, []string{fmt.Sprintf("%s had the session (%s) of %s, and no answer was seen that gave it", viewer, c.Name, owner)}}
	}
	return Cause{Unknown, []string{fmt.Sprintf("%s and %s had no session credential in common", viewer, owner)}}
}

// byLogin reports whether a credential was given by the answer to a login, and
// not by a page that anybody may ask for.
func (e *evidence) byLogin(u isolation.Use) bool {
	return u.How == isolation.Given && !u.In && slices.ContainsFunc(u.Visit.Exchanges, func(x record.Exchange) bool {
		return x.Method != http.MethodGet && isolation.PathOf(x.URL) == u.Path && x.Answered.Equal(u.At)
	})
}
