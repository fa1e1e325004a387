package isolation

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"notmine/checks/marker"
	"notmine/checks/plan"
	"notmine/checks/record"
)

// Pass is what a check sees: the plan's outline, the ledger and, when the run
// is over, the whole record. Its methods answer the questions that several
// checks have about an observation.
type Pass struct {
	Header *record.Header
	Ledger *marker.Ledger
	Run    *record.Run // nil while the run goes on

	check    string
	report   func(Finding)
	accounts map[string]plan.OutlineAccount
	views    map[string]plan.View
	orders   map[string]plan.Order
	called   map[string][]string // what a target may call an account → names of those accounts
	greeted  greetings
	seen     map[int]int // marker → first observation in which its owner was shown it

	disturbed time.Time // when something besides looking was done first; see Undisturbed
}

// NewPass returns a pass over a whole record that belongs to no check, for
// those who only have questions.
func NewPass(run *record.Run) (*Pass, error) {
	p := newPass(&run.Header)
	p.Run, p.disturbed = run, disturbance(run)
	for _, e := range run.Markers {
		if err := p.Ledger.Load(e); err != nil {
			return nil, fmt.Errorf("reading the ledger: %w", err)
		}
	}
	for _, o := range run.Observations {
		if err := p.admit(o); err != nil {
			return nil, err
		}
	}
	return p, nil
}

func newPass(header *record.Header) *Pass {
	p := &Pass{
		Header:   header,
		accounts: map[string]plan.OutlineAccount{},
		views:    map[string]plan.View{},
		orders:   map[string]plan.Order{},
		called:   map[string][]string{},
		greeted:  greetings{},
		seen:     map[int]int{},
	}
	members := make([]marker.Member, len(header.Plan.Accounts))
	for i, a := range header.Plan.Accounts {
		members[i] = marker.Member{Name: a.Name, Groups: a.Groups}
		p.accounts[a.Name] = a
		for _, name := range []string{a.Name, a.Login, a.Shows} {
			if name != "" && !slices.Contains(p.called[name], a.Name) {
				p.called[name] = append(p.called[name], a.Name)
			}
		}
	}
	p.Ledger = marker.NewLedger(marker.RunTag(header.Run), members)
	for _, v := range header.Plan.Views {
		p.views[v.Name] = v
	}
	for _, ph := range header.Plan.Phases {
		p.orders[ph.Name] = ph.Order
	}
	return p
}

// admit refuses an observation that does not fit the ledger and notes which
// markers it proves to be their owner's.
func (p *Pass) admit(o *record.Observation) error {
	p.greeted.learn(o, p.accounts[o.Account])
	for _, s := range o.Sightings {
		if s.Earlier {
			continue
		}
		entry, ok := p.Ledger.ByID(s.Marker)
		if !ok {
			return fmt.Errorf("reading observation %d: marker %d is not in the ledger", o.N, s.Marker)
		}
		if _, known := p.seen[s.Marker]; !known && entry.Owner == o.Account {
			p.seen[s.Marker] = o.N
		}
	}
	return nil
}

// Report hands over a finding. Its first witness is the visit in which it
// happened; see [In].
func (p *Pass) Report(f Finding) {
	f.Check = p.check
	p.report(f)
}

// View returns the plan's view that o looked at.
func (p *Pass) View(o *record.Observation) plan.View { return p.views[o.View] }

// Alone reports whether o was made while no other session was being driven.
func (p *Pass) Alone(o *record.Observation) bool { return p.orders[o.Phase] == plan.Solo }

// Leaks returns the sightings of o that its viewer was not in the audience of.
//
// A canary of an earlier run against the same target has no entry in the
// ledger: it is judged by the audience that its owner's item has now. When
// nobody can say who that is, it is left to [Pass.Strays].
func (p *Pass) Leaks(o *record.Observation) []record.Sighting {
	var leaks []record.Sighting
	for _, s := range o.Sightings {
		if !p.allowed(o, s) {
			leaks = append(leaks, s)
		}
	}
	return leaks
}

// Allowed returns the sightings of o that its viewer was in the audience of.
func (p *Pass) Allowed(o *record.Observation) []record.Sighting {
	var allowed []record.Sighting
	for _, s := range o.Sightings {
		if p.allowed(o, s) {
			allowed = append(allowed, s)
		}
	}
	return allowed
}

func (p *Pass) allowed(o *record.Observation, s record.Sighting) bool {
	return p.Allows(o.Account, o, s)
}

// Allows reports whether an account, which need not be the viewer, was in the
// audience of a sighting of o.
func (p *Pass) Allows(account string, o *record.Observation, s record.Sighting) bool {
	if !s.Earlier {
		return p.Ledger.Allowed(s.Marker, account, Since(o, s), o.End)
	}
	audience, ok := p.audienceNow(s)
	return !ok || audience.Allows(account, s.Owner, p.accounts[account].Groups)
}

// Since returns when what carried a sighting was asked for: that may have been
// before the visit began to which it was told, as of what a page loads on its
// own between two visits.
func Since(o *record.Observation, s record.Sighting) time.Time {
	if s.Exchange != 0 {
		for _, e := range o.Exchanges {
			if e.ID == s.Exchange && e.Start.Before(o.Start) {
				return e.Start
			}
		}
	}
	return o.Start
}

// audienceNow says who may see a canary of an earlier run: who may see this
// run's canary of the same owner and item, or, when there is none, whom the plan
// names for the item. It is not ok when nobody can say: the owner or the item is
// not in the plan any more, or whom the plan names depends on the owner.
func (p *Pass) audienceNow(s record.Sighting) (audience marker.Audience, ok bool) {
	if e, ok := p.Ledger.Latest(s.Owner, s.Item); ok {
		return e.Audience, true
	}
	item, ok := p.Header.Plan.Items[s.Item]
	if !ok || !p.knows(s.Owner) || slices.ContainsFunc(item.Audience, func(word string) bool { return strings.Contains(word, "{{") }) {
		return nil, false
	}
	return item.Audience, true
}

// Strays returns the canaries of earlier runs in o of which nobody can say who
// may see them, because their owner or their item is not in the plan any more,
// for instance.
func (p *Pass) Strays(o *record.Observation) []record.Sighting {
	var strays []record.Sighting
	for _, s := range o.Sightings {
		if !s.Earlier || s.Owner == o.Account {
			continue
		}
		if _, ok := p.audienceNow(s); !ok {
			strays = append(strays, s)
		}
	}
	return strays
}

func (p *Pass) knows(account string) bool {
	_, ok := p.accounts[account]
	return ok
}

// Called says whose name o showed as its viewer's own: the viewer's, or those
// of others. A name that the viewer shares with another account is the
// viewer's. Neither, when no name was shown or it is nobody's in the plan. The
// view may put the same words around everybody's name, as in "Welcome, Alice!".
func (p *Pass) Called(o *record.Observation) (own bool, others []string) {
	names := p.called[o.Identity]
	for _, name := range p.greeted.names(o) {
		names = append(slices.Clone(names), p.called[name]...)
	}
	if slices.Contains(names, o.Account) {
		return true, nil
	}
	return false, names
}

// Own reports whether o brought a marker of its viewer's own: one of item, or
// any when item is "". What the browser kept from earlier visits does not count.
func (p *Pass) Own(o *record.Observation, item string) bool {
	for _, s := range o.Sightings {
		if fresh(s) && !s.Earlier && s.Owner == o.Account && (item == "" || s.Item == item) {
			return true
		}
	}
	return false
}

// Exposed reports whether o is an exposure: a browser reached the view and the
// control held, so that a leak would have shown. The control is, in this order,
// the view's control item, the name shown, any marker of the viewer's own.
func (p *Pass) Exposed(o *record.Observation) bool {
	return o.Outcome == record.Seen && p.Regular(o) && p.controlled(o)
}

// ExposedPlain reports the same of a visit without a browser: a leak would have
// shown in what came over the network, and nowhere else.
func (p *Pass) ExposedPlain(o *record.Observation) bool {
	return o.Outcome == record.Seen && o.Plain > 0 && p.controlled(o)
}

// controlled reports whether the control of o's view held.
func (p *Pass) controlled(o *record.Observation) bool {
	view := p.View(o)
	switch {
	case view.Control != "":
		return p.Own(o, view.Control)
	case view.Identity != "":
		own, _ := p.Called(o)
		return own
	default:
		return p.Own(o, "")
	}
}

// Regular reports whether o looked at one of the plan's views as the view says,
// so that its control can be asked of it: no login, no page that the browser
// brought back, none that could not be come to at all, and none without a browser.
func (p *Pass) Regular(o *record.Observation) bool {
	if o.Plain > 0 {
		return false
	}
	switch o.How {
	case record.Back, record.Restored, record.Forward, record.Offline:
		return false
	}
	return o.View != record.LoginView && o.View != record.ChangeView && o.Outcome != record.NotExercised
}

// Undisturbed reports whether o was made before anybody changed or did anything
// besides looking, so that what it shows can be compared with other looks. What
// an event did, and who sat at the browser before, disturbs as well.
func (p *Pass) Undisturbed(o *record.Observation) bool {
	return o.Before == "" && o.Acting == "" && (p.disturbed.IsZero() || o.End.Before(p.disturbed))
}

// disturbance returns when something besides looking was done first; zero if
// that never was.
func disturbance(run *record.Run) (at time.Time) {
	earlier := func(t time.Time) {
		if at.IsZero() || t.Before(at) {
			at = t
		}
	}
	for _, c := range run.Changes {
		earlier(c.Start)
	}
	for _, e := range run.Events {
		earlier(e.Start)
	}
	for _, o := range run.Observations {
		if o.Acting != "" {
			earlier(o.Start)
		}
	}
	return at
}

// Proof returns the number of the first observation in which the owner of a
// marker was shown it.
func (p *Pass) Proof(id int) (observation int, ok bool) {
	n, ok := p.seen[id]
	return n, ok
}
