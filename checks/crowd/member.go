package crowd

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"notmine/checks/plan"
	"notmine/checks/record"
)

// member is one account in the crowd, with its session while it has one. Only
// one goroutine at a time works with a member.
type member struct {
	*crowd
	index    int
	account  plan.Account
	device   int // which of the account's, as of a [record.Session]
	load     *load
	session  Session
	in       atomic.Bool // session is there, for other goroutines to read
	planted  bool
	drawn    map[string]string // item → path of the picture that carries its canary
	failures int               // visits in a row that did not reach their view
	barred   bool              // could not log in again; tried once more in the next phase
	looks    map[string]int    // view → visits in this phase
	known    map[string]bool   // views that a new browser profile has visited; nil when it is not new
}

func (c *crowd) newMember(index int) *member {
	return &member{crowd: c, index: index, account: c.Plan.Accounts[index], load: c.loads.load()}
}

// vars gives the values of templates in steps of this account.
func (m *member) vars(peer *plan.Account) Vars {
	return m.Plan.Vars(&m.account, peer, &plan.Canaries{Text: m.canary, Picture: m.picture})
}

// canary returns the text of the account's canary for an item.
func (m *member) canary(item string) string {
	e, ok := m.Ledger.Latest(m.account.Name, item)
	if !ok {
		return ""
	}
	return e.Text
}

// picture returns the path of the account's picture for an item.
func (m *member) picture(item string) string { return m.drawn[item] }

// draw makes the account's pictures, unless they are there from an attempt
// before.
func (m *member) draw() error {
	if m.drawn != nil {
		return nil
	}
	drawn := map[string]string{}
	for _, item := range m.Plan.Planted() {
		if !m.Plan.Items[item].Picture {
			continue
		}
		path, err := m.pictures.draw(m.canary(item))
		if err != nil {
			return fmt.Errorf("making %s's %s: %w", m.account.Name, item, err)
		}
		drawn[item] = path
	}
	m.drawn = drawn
	return nil
}

// plant runs the plan's plant steps.
func (m *member) plant(ctx context.Context) error {
	if err := m.draw(); err != nil {
		return err
	}
	return m.session.Do(ctx, m.Plan.Plant, m.vars(nil))
}

// enter opens a session, logs in, and plants if that was not done before.
func (m *member) enter(ctx context.Context) error {
	if err := m.load.take(ctx); err != nil {
		return err
	}
	defer m.load.give()
	if err := m.open(ctx); err != nil {
		return err
	}
	if err := m.session.Do(ctx, m.Plan.Login, m.vars(nil)); err != nil {
		m.tell(record.LoginFailed, err)
		m.drop()
		return err
	}
	m.entered()
	if m.planted || len(m.Plan.Plant) == 0 {
		return nil
	}
	if err := m.plant(ctx); err != nil {
		// The account stays: it can still be shown what is others'.
		m.tell(record.PlantFailed, err)
		return nil
	}
	m.planted = true
	m.tell(record.Planted, nil)
	return nil
}

// open opens a session that is not logged in yet.
func (m *member) open(ctx context.Context) error {
	session, err := m.Driver.Open(ctx, m.account)
	if err != nil {
		m.tell(record.LoginFailed, fmt.Errorf("opening a session: %w", err))
		return err
	}
	m.session, m.known = session, nil
	return nil
}

// entered notes a login that succeeded.
func (m *member) entered() {
	m.tell(record.LoggedIn, nil)
	m.failures = 0
	m.in.Store(true)
}

// ready reports whether the member has a session, after trying to get one back.
func (m *member) ready(ctx context.Context) bool {
	if m.session != nil && m.failures >= failuresToRelogin {
		m.drop()
	}
	return m.session != nil || (!m.barred && m.again(ctx))
}

// again tries to log in anew, once: a target that refuses is not asked at each
// view. A browser that died meanwhile is no refusal.
func (m *member) again(ctx context.Context) bool {
	if err := m.enter(ctx); err != nil {
		var died *DiedError
		m.barred = !errors.As(err, &died)
	}
	return m.session != nil
}

// drop ends the session without logging out.
func (m *member) drop() {
	if m.session != nil {
		m.session.Close()
		m.session = nil
		m.in.Store(false)
	}
}

// rest leaves the page that is open, so that nothing of it goes on while others look.
func (m *member) rest(ctx context.Context) {
	if err := m.session.Rest(ctx); err != nil {
		m.trouble(err)
	}
}

// leave logs out, unless ctx is done before, and ends the session.
func (m *member) leave(ctx context.Context) {
	if m.session == nil {
		return
	}
	if len(m.Plan.Logout) > 0 && ctx.Err() == nil {
		ctx, cancel := context.WithTimeout(ctx, min(m.Plan.Timeout, 5*time.Second))
		defer cancel()
		if m.load.take(ctx) == nil {
			if m.session.Do(ctx, m.logout(), m.vars(nil)) == nil {
				m.tell(record.LoggedOut, nil)
			}
			m.load.give()
		}
	}
	m.drop()
}

// logout returns the plan's logout steps. When they begin on a page that has
// to be open, the first view is gone to before: the page at rest has no button.
func (m *member) logout() []plan.Step {
	steps := m.Plan.Logout
	if steps[0].Verb == plan.Goto || len(m.Plan.Views) == 0 {
		return steps
	}
	first := m.Plan.Views[0]
	var way []plan.Step
	for _, before := range m.Plan.Before(first) {
		way = append(way, before.Steps...)
	}
	return append(append(way, first.Steps...), steps...)
}

// leavable is a hold that a session can leave.
type leavable interface {
	Hold
	Leave()
}

// looking is one visit: what the schedule says of it, and what it is a part of.
type looking struct {
	phase  string
	round  int
	view   plan.View
	look   record.Look
	places []leavable
	how    string // as of [Visit]
	before string // account that was logged in in the same browser before
	acting string // account that acts while this one watches
}

// leave takes the visit out of its barriers.
func (l looking) leave() {
	for _, p := range l.places {
		p.Leave()
	}
}

// fail tells an observation why its view was not reached, if it was not.
func fail(o *record.Observation, err error) {
	if err == nil {
		return
	}
	o.Outcome, o.Error = record.Failed, err.Error()
	if errors.As(err, new(*AbortedError)) || errors.As(err, new(*NotPossibleError)) {
		o.Outcome = record.NotExercised
	}
}

// visit looks at a view and records what was seen. It reports whether the view
// was reached.
func (m *member) visit(ctx context.Context, l looking) bool {
	defer m.load.give()
	defer l.leave()
	if m.load.take(ctx) != nil {
		return false
	}
	peer := m.peer(l.view)
	v := Visit{
		View: l.view, Vars: m.vars(peer), Trace: m.traceparent(), How: l.how,
		Cut: l.look.Cut, CutPattern: l.look.CutPattern,
	}
	if peer != nil {
		v.Peer = peer.Name
	}
	for _, p := range l.places {
		v.Holds = append(v.Holds, p)
	}
	o, err := m.session.Visit(ctx, v)
	l.leave() // before anything slow: the others may still be waiting for this one
	if o == nil {
		m.trouble(err)
		return false
	}
	o.Account, o.Phase, o.Round, o.View = m.account.Name, l.phase, l.round, l.view.Name
	o.Device, o.Before, o.Acting = l.look.Device, l.before, l.acting
	if o.How == "" && l.how != Stay {
		o.How = l.how
	}
	o.Peer = v.Peer
	if m.known != nil && !m.known[l.view.Name] {
		m.known[l.view.Name], o.Fresh = true, true
	}
	fail(o, err)
	m.seen(o)
	m.witness(ctx, o)
	m.trouble(err)
	return err == nil
}

// seen records an observation.
func (c *crowd) seen(o *record.Observation) {
	c.record(record.Entry{Observation: o})
	c.mu.Lock()
	defer c.mu.Unlock()
	c.visits++
}

// peer returns whose view this visit is of, nil for one's own: another account
// each time in a phase.
func (m *member) peer(view plan.View) *plan.Account {
	if !view.EachPeer {
		return nil
	}
	if m.looks == nil {
		m.looks = map[string]int{}
	}
	n, times := len(m.members), m.looks[view.Name]
	m.looks[view.Name]++
	return &m.members[(m.index+1+times%(n-1))%n].account
}

// witness takes screenshots of the page while it is open, if it is worth any.
func (m *member) witness(ctx context.Context, o *record.Observation) {
	if m.Look == nil {
		return
	}
	shots := m.Look(o, m.session.Copies())
	if m.Keep == nil {
		return
	}
	for _, shot := range shots {
		if picture, err := m.session.Evidence(ctx, shot.Mark); err == nil { // else the observation itself is the proof
			m.Keep(shot, picture)
		}
	}
}

// trouble does what an error of the session asks for.
func (m *member) trouble(err error) {
	var died *DiedError
	var out *ThrownOutError
	switch {
	case err == nil:
		m.failures = 0
	case errors.As(err, new(*AbortedError)), errors.As(err, new(*NotPossibleError)):
	case errors.As(err, &died):
		m.tell(record.Died, err)
		m.drop()
	case errors.As(err, &out):
		m.tell(record.ThrownOut, err)
		m.drop()
	default:
		m.failures++
	}
}

// tell records what happened to the session.
func (m *member) tell(what string, err error) {
	e := &record.Session{Account: m.account.Name, Device: m.device, What: what, At: time.Now()}
	if err != nil {
		e.Error = err.Error()
		var target *TargetError
		var out *ThrownOutError
		e.ByTarget = errors.As(err, &target) || errors.As(err, &out)
	}
	m.record(record.Entry{Session: e})
}
