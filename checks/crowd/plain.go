package crowd

import (
	"context"

	"notmine/checks/record"
)

// plainLoads is how many visits of sessions without a browser go on at once:
// they cost little, and wait for the target more than for this machine.
const plainLoads = 64

// visitor is who looks at a view: a member, or a session without a browser
// beside one.
type visitor interface {
	visit(ctx context.Context, l looking) (reached bool)
	ready(ctx context.Context) bool
	loading() *load
}

// plain is a session without a browser. Only one goroutine at a time works with it.
type plain struct {
	*member
	number  int
	load    *load
	session Plain
	beside  Session // of the member, when it was opened
}

func (m *member) loading() *load { return m.load }
func (p *plain) loading() *load  { return p.load }

// ready reports that there is nothing to wait for.
func (p *plain) ready(context.Context) bool { return true }

// visitor returns who takes a look, nil when its member is not among those who
// are in. It is called while nobody looks.
func (c *crowd) visitor(look record.Look, in map[*member]bool) visitor {
	m := c.member(look.Who, look.Device)
	switch {
	case !in[m]:
		return nil
	case look.Plain == 0:
		return m
	}
	p := c.plains[plainKey{m, look.Plain}]
	if p == nil {
		p = &plain{member: m, number: look.Plain, load: c.plainLoads.load()}
		c.plains[plainKey{m, look.Plain}] = p
	}
	if p.session != nil && p.beside != m.session { // which the member has logged out of meanwhile
		p.close()
	}
	if p.session == nil {
		session, err := m.session.Plain()
		if err != nil {
			m.tell(record.LoginFailed, err)
			return nil
		}
		p.session, p.beside = session, m.session
	}
	return p
}

// plainKey is which session without a browser, beside whose.
type plainKey struct {
	of     *member
	number int
}

// visit looks at a view and records what was seen. It says of no view that it
// was reached: that is for browsers to say.
func (p *plain) visit(ctx context.Context, l looking) bool {
	defer p.load.give()
	defer l.leave()
	if p.load.take(ctx) != nil {
		return false
	}
	v := Visit{View: l.view, Trace: p.traceparent(), Cut: l.look.Cut, CutPattern: l.look.CutPattern}
	for _, place := range l.places {
		v.Holds = append(v.Holds, place)
	}
	o, err := p.session.Visit(ctx, v)
	l.leave()
	if o == nil {
		return false // its browser has not been there yet
	}
	o.Account, o.Phase, o.Round, o.View, o.Plain = p.account.Name, l.phase, l.round, l.view.Name, p.number
	fail(o, err)
	p.seen(o)
	if p.Look != nil {
		p.Look(o, p.session.Copies())
	}
	return false
}

func (p *plain) close() {
	p.session.Close() // of a line on loopback: nobody could do anything about it
	p.session = nil
}

// closePlains ends the sessions without a browser.
func (c *crowd) closePlains() {
	for _, p := range c.plains {
		if p.session != nil {
			p.close()
		}
	}
	c.plains = nil
}
