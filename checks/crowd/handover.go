package crowd

import (
	"context"

	"notmine/checks/plan"
	"notmine/checks/record"
)

// backSteps is how far the next person goes back in the browser.
const backSteps = 2

// sharedComputer is the device on which the accounts of a handover are logged
// in: none of those on which they are in other phases, see [plan.Devices].
const sharedComputer = 3

// handover has one account look around and log out, and another go on in the
// same browser: first with Back, as whoever sits down at a shared computer may,
// then logged in, with Back, Forward and a reload, and with the network away.
// What is seen after the logout is the other account's to see, or nobody's.
//
// The browser is a new one, and ends with the turn: what is left in it must be
// the first account's, and must not follow anybody further.
func (c *crowd) handover(ctx context.Context, phase plan.Phase, turn record.Turn) (tried, reached bool) {
	from, to := c.member(turn.Looks[0].Who, 0), c.member(turn.Looks[1].Who, 0)
	first, next := c.newMember(from.index), c.newMember(to.index)
	first.planted, next.planted = true, true
	first.device, next.device = sharedComputer, sharedComputer
	if first.enter(ctx) != nil {
		return false, false
	}
	h := handing{crowd: c, phase: phase.Name, round: turn.Round, views: c.viewsOf(phase)}
	for _, view := range h.views {
		reached = h.look(ctx, first, view, "", "") || reached
	}
	if first.session == nil || first.session.Do(ctx, first.logout(), first.vars(nil)) != nil {
		first.drop()
		return true, reached
	}
	first.tell(record.LoggedOut, nil)

	next.session, first.session = first.session, nil
	first.in.Store(false)
	defer next.drop()
	if err := next.session.Become(next.account); err != nil {
		next.trouble(err)
		return true, reached
	}
	last := h.views[len(h.views)-1]
	h.back(ctx, next, last, first.account.Name)
	if next.session == nil || !next.logIn(ctx) {
		return true, reached
	}
	for _, view := range h.views {
		h.look(ctx, next, view, "", first.account.Name)
	}
	h.look(ctx, next, last, record.Reload, first.account.Name)
	h.back(ctx, next, last, first.account.Name)
	h.look(ctx, next, last, record.Forward, first.account.Name)
	h.look(ctx, next, last, "", first.account.Name)
	h.look(ctx, next, last, record.Offline, first.account.Name)
	next.leave(ctx)
	return true, reached
}

// handing is what the visits of a handover have in common.
type handing struct {
	*crowd
	phase string
	round int
	views []plan.View
}

// look visits a view with what is left in the browser.
func (h *handing) look(ctx context.Context, m *member, view plan.View, how, before string) bool {
	if m.session == nil || ctx.Err() != nil {
		return false
	}
	h.pace.wait(ctx)
	return m.visit(ctx, looking{
		phase: h.phase, round: h.round, view: view, look: record.Look{Who: m.account.Name, Device: m.device}, how: how, before: before,
	})
}

func (h *handing) back(ctx context.Context, m *member, view plan.View, before string) {
	for range backSteps {
		h.look(ctx, m, view, record.Back, before)
	}
}

// viewsOf returns the views that a phase looks at.
func (c *crowd) viewsOf(phase plan.Phase) []plan.View {
	if len(phase.Views) == 0 {
		return c.Plan.Views
	}
	var views []plan.View
	for _, name := range phase.Views {
		views = append(views, c.view(name))
	}
	return views
}

// logIn logs in with a session that is open.
func (m *member) logIn(ctx context.Context) bool {
	if m.load.take(ctx) != nil {
		return false
	}
	defer m.load.give()
	if err := m.session.Do(ctx, m.Plan.Login, m.vars(nil)); err != nil {
		m.tell(record.LoginFailed, err)
		return false
	}
	m.entered()
	return true
}
