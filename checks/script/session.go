package script

import (
	"context"
	"fmt"
	"net/url"
	"sync"

	"notmine/checks/crowd"
	"notmine/checks/plan"
	"notmine/checks/record"
	"notmine/checks/wire"
)

// Session plays a script for one account. It is a [crowd.Session], and a
// [crowd.Plain] beside another.
type Session struct {
	driver  *Driver
	line    *wire.Line
	account plan.Account
	keeps   *keeps
	at      string // the view that was visited last; "" after anything else
	copies  *copies
}

// keeps is what a session keeps: cookies, and what answers gave. Those beside it
// share them.
type keeps struct {
	jar   *jar
	mu    sync.Mutex
	value map[string]string // of captures, by name
}

func (k *keeps) captured(name string) (string, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	value, ok := k.value[name]
	return value, ok
}

// capture keeps what an answer gives. What it does not give any more is gone,
// except for a cookie: that stays what it is until it is set anew.
func (k *keeps) capture(places map[string]Place, g *given) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for name, place := range places {
		value, ok := place.of(g)
		switch {
		case ok:
			k.value[name] = value
		case place.Cookie == "" || g.sets(place.Cookie):
			delete(k.value, name)
		}
	}
}

// Do plays the part of the script that stands for steps.
func (s *Session) Do(ctx context.Context, steps []plan.Step, vars crowd.Vars) error {
	s.at = ""
	part := partOf(s.driver.plan, steps)
	for name, requests := range s.driver.script.parts() {
		if name == part {
			_, err := s.play(ctx, part, requests, vars)
			return explain(ctx, err)
		}
	}
	if len(steps) == 0 {
		return nil
	}
	return &crowd.NotPossibleError{Err: fmt.Errorf("the script has no requests for %s", part)}
}

// Become hands the session over to another account: cookies and captures stay.
func (s *Session) Become(account plan.Account) error {
	headers, err := wire.HeadersOf(s.driver.plan, account)
	if err != nil {
		return fmt.Errorf("handing the session of %s to %s: %w", s.account.Name, account.Name, err)
	}
	s.line.End(context.Background()) // what came last, the account before was given
	s.line.Become(headers)
	s.account, s.at = account, ""
	return nil
}

// Rest leaves where the session is. Nothing goes on by itself.
func (s *Session) Rest(context.Context) error {
	s.at = ""
	return nil
}

// Evidence fails: there is no page.
func (s *Session) Evidence(context.Context, []string) ([]byte, error) { return nil, errPage }

// Copies are of the visit that ended last.
func (s *Session) Copies() crowd.Copies {
	if s.copies == nil {
		return nil
	}
	return s.copies
}

// Plain opens a session beside this one, with the same cookies and a line of its own.
func (s *Session) Plain() (crowd.Plain, error) {
	line, err := s.driver.line(s.account)
	if err != nil {
		return nil, err
	}
	return &Session{driver: s.driver, line: line, account: s.account, keeps: s.keeps}, nil
}

// Close ends the session. The target is not told.
func (s *Session) Close() error { return s.line.Close() }

// look looks for markers in the cookies that the session keeps for addresses.
func (s *Session) look(o *record.Observation, at map[string]*url.URL) {
	known := map[string]bool{}
	for _, u := range at {
		for _, c := range s.keeps.jar.cookies(u) {
			if known[c.Name+"="+c.Value] {
				continue
			}
			known[c.Name+"="+c.Value] = true
			o.Cookies = append(o.Cookies, record.Cookie{Name: c.Name, Digest: s.driver.wire.Digest(c.Name, c.Value)})
			scan := s.driver.finder.Stream("")
			scan.Write([]byte(c.Value))
			scan.Flush()
			for _, m := range scan.Take() {
				found := wire.Sighting(m, record.Cookies)
				found.Path = c.Name
				o.Sightings = append(o.Sightings, found)
			}
		}
	}
}

// copies are those of a visit, with the plan's secrets masked in them as well.
type copies struct {
	of   *wire.Copies
	mask func(string) string
}

// Copy is as of [crowd.Copies].
func (c *copies) Copy(id int, shown []string) (record.Copy, bool) {
	x, ok := c.of.Copy(id, shown)
	if ok {
		crowd.MaskCopy(&x, c.mask)
	}
	return x, ok
}
