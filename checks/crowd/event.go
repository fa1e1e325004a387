package crowd

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"notmine/checks/marker"
	"notmine/checks/plan"
	"notmine/checks/record"
)

// eventLimit is how long an event may take.
const eventLimit = 5 * time.Minute

// happen does the event of a phase before a round, 0 between phases, and records
// it. An event that fails does not end the run: the record says so, and what
// came before is judged.
func (c *crowd) happen(ctx context.Context, phase plan.Phase, round int) error {
	event, _ := c.Plan.Event(phase.Event)
	e := record.Event{Name: event.Name, Round: round, Start: time.Now()}
	if round > 0 {
		e.Phase = phase.Name
	}
	limited, cancel := context.WithTimeout(ctx, eventLimit)
	defer cancel()
	err := errors.New("nobody does events here")
	if c.Do != nil {
		err = c.Do(limited, event)
	}
	e.End = time.Now()
	if err != nil {
		e.Error = err.Error()
	}
	c.record(record.Entry{Event: &e})
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return nil
}

// change has the accounts make a change, one after the other, while everybody's
// page is left: a service that mixes sessions must not be able to change
// another's data.
func (c *crowd) change(ctx context.Context, phase plan.Phase) error {
	change, _ := c.Plan.Change(phase.Change)
	c.restAll(ctx, c.present())
	members := slices.Clone(c.members)
	if phase.Accounts > 0 {
		members = members[:min(phase.Accounts, len(members))]
	}
	if phase.Order == plan.Together {
		c.changeTogether(ctx, phase, change, c.ready(ctx, members))
		c.progress(phase.Name, 1, 1)
		return context.Cause(ctx)
	}
	for i, m := range members {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if m.ready(ctx) {
			m.change(ctx, change)
		}
		c.progress(phase.Name, i+1, len(members))
	}
	return nil
}

// changeTogether has members make a change at the same moment: their requests
// that send a form are released together. It is looked at as a visit is.
func (c *crowd) changeTogether(ctx context.Context, phase plan.Phase, change plan.Change, members []*member) {
	b := newBarrier(Submit, len(members), c.Plan.Timeout+5*time.Second, answerLimit)
	view := plan.View{Name: record.ChangeView, Steps: change.Steps}
	var wg sync.WaitGroup
	for _, m := range members {
		m.load.take(ctx)
		wg.Go(func() {
			at := b.place(m.load)
			m.changing(change, func() error {
				look := record.Look{Who: m.account.Name}
				if !m.visit(ctx, looking{phase: phase.Name, round: 1, view: view, look: look, places: []leavable{at}}) {
					return errors.New("the change was not made; its visit says why")
				}
				return nil
			})
			at.Leave()
			m.load.give()
		})
	}
	wg.Wait()
	entry := b.close()
	entry.Phase, entry.Round, entry.View = phase.Name, 1, view.Name
	c.record(record.Entry{Barrier: &entry})
	c.restAll(ctx, c.present())
}

// change makes a change and enters into the ledger what follows from it.
func (m *member) change(ctx context.Context, change plan.Change) {
	m.changing(change, func() error {
		if err := m.load.take(ctx); err != nil {
			return err
		}
		defer m.load.give()
		err := m.session.Do(ctx, change.Steps, m.vars(nil))
		m.trouble(err)
		return err
	})
	if m.session != nil {
		m.rest(ctx)
	}
}

// changing enters what a change needs into the ledger, has it made, and enters
// what follows from it.
func (m *member) changing(change plan.Change, made func() error) {
	e := record.Change{Name: change.Name, Account: m.account.Name, Item: change.Item, Start: time.Now()}
	var err error
	if change.Renews {
		err = m.renew(change.Item)
	}
	if err == nil {
		err = made()
	}
	e.End = time.Now()
	if err == nil {
		err = m.follow(change, e.End.Add(change.Settle))
	}
	if err != nil {
		e.Error = err.Error()
	}
	m.record(record.Entry{Change: &e})
}

// renew enters the next version of an item into the ledger, before it is planted.
func (m *member) renew(item string) error {
	e := marker.Entry{Owner: m.account.Name, Item: item, Picture: m.Plan.Items[item].Picture}
	if last, ok := m.Ledger.Latest(m.account.Name, item); ok {
		e.Audience = last.Audience
	}
	e, err := m.Ledger.Add(e)
	if err != nil {
		return err
	}
	m.record(record.Entry{Marker: &e})
	if e.Picture {
		path, err := m.pictures.draw(e.Text)
		if err != nil {
			return fmt.Errorf("making %s's %s: %w", m.account.Name, item, err)
		}
		m.drawn[item] = path
	}
	return nil
}

// follow gives all versions of what was changed the audience that the change
// says, from then on.
func (m *member) follow(change plan.Change, since time.Time) error {
	audience, changed := m.Plan.AudienceAfter(change, m.account)
	if !changed {
		return nil
	}
	for _, known := range m.Ledger.Entries() {
		if known.Owner != m.account.Name || known.Item != change.Item {
			continue
		}
		e, err := m.Ledger.SetAudience(known.ID, audience, since)
		if err != nil {
			return err
		}
		m.record(record.Entry{Marker: &e})
	}
	return nil
}
