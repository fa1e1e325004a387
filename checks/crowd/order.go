package crowd

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"notmine/checks/plan"
	"notmine/checks/record"
)

// order runs a phase's schedule, which is written first.
func (c *crowd) order(ctx context.Context, phase plan.Phase) error {
	turns := Schedule(c.Plan, phase, c.Seed)
	for _, turn := range turns {
		c.record(record.Entry{Turn: &turn})
	}
	c.pace = pace{every: perSecond(phase.Rate)}
	if phase.Order == plan.Devices {
		c.openSecond(turns)
		defer c.closeSecond(ctx)
	}
	c.searched = map[string]*searched{}
	c.plains = map[plainKey]*plain{}
	defer c.closePlains()
	tries := tries{phase: phase.Name, alone: leaves(phase.Order), present: len(c.present()), none: true}
	var during sync.WaitGroup
	defer during.Wait()
	happened, begun := false, time.Now()
	for i, turn := range turns {
		if i > 0 && turn.Round != turns[i-1].Round && (c.over(phase, begun) || !c.more(phase, turns[i-1].Round)) {
			break
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if phase.Event != "" && turn.Round >= phase.At && !happened {
			happened = true
			during.Go(func() { c.happen(ctx, phase, turn.Round) })
		}
		tried, reached := c.turn(ctx, phase, turn)
		if err := tries.note(turn, tried, reached); err != nil {
			return err
		}
		last := i == len(turns)-1
		if tries.alone && (last || turns[i+1].Looks[0].Who != turn.Looks[0].Who || phase.Order == plan.Sequential) {
			c.restAll(ctx, c.of(turn))
		}
		switch {
		case phase.Order == plan.Solo: // every account has the same rounds
			if turn.Round == phase.Rounds {
				c.progress(phase.Name, (i+1)/phase.Rounds, len(turns)/phase.Rounds)
			}
		case last || turns[i+1].Round != turn.Round:
			c.progress(phase.Name, turn.Round, phase.Rounds)
		}
	}
	if !tries.alone {
		c.restAll(ctx, c.present())
	}
	if err := tries.end(); err != nil {
		return err
	}
	if tries.none {
		return c.none(phase)
	}
	return nil
}

// over reports whether a phase that began then has had its time.
func (c *crowd) over(phase plan.Phase, begun time.Time) bool {
	return phase.Within > 0 && time.Since(begun) >= phase.Within
}

// share returns how long rounds of a phase may begin when so much of the time
// is gone that the phases share. What is left is shared out by rounds. Some have
// all of theirs: those of the order solo are what the others are compared with, a
// round of a handover is another browser for each account, and an event may be yet
// to come.
func (c *crowd) share(i int, gone time.Duration) time.Duration {
	phase := c.Plan.Phases[i]
	if c.Plan.Within == 0 || phase.Rounds == 0 || phase.Order == plan.Solo || phase.Order == plan.Handover || phase.At > 0 {
		return phase.Within
	}
	rounds := 0
	for _, p := range c.Plan.Phases[i:] {
		rounds += p.Rounds
	}
	left := max(c.Plan.Within-gone, 0)
	share := max(left*time.Duration(phase.Rounds)/time.Duration(rounds), 1) // 0 would be no bound
	if phase.Within > 0 {
		share = min(share, phase.Within)
	}
	return share
}

// more reports whether a phase goes on after so many rounds.
func (c *crowd) more(phase plan.Phase, rounds int) bool {
	return c.More == nil || phase.Order == plan.Solo || c.More(phase.Name, rounds)
}

// none says what it means that no visit of a phase reached its view: nothing,
// unless an event was to put the target away.
func (c *crowd) none(phase plan.Phase) error {
	i := slices.IndexFunc(c.Plan.Phases, func(p plan.Phase) bool { return p.Name == phase.Name })
	if !c.comesBack(i) {
		return nil
	}
	return targetFailed(fmt.Sprintf("no visit of phase %s reached its view", phase.Name))
}

// leaves reports whether an order leaves each page before the next account looks.
func leaves(order plan.Order) bool { return order == plan.Solo || order == plan.Sequential }

// turn does one turn. It reports whether anybody looked, and whether a view was
// reached.
func (c *crowd) turn(ctx context.Context, phase plan.Phase, turn record.Turn) (tried, reached bool) {
	switch turn.Do {
	case record.DoLogin:
		return c.storm(ctx, phase, turn)
	case record.DoRenew:
		c.renew(ctx, turn)
		return false, false
	case record.DoAct:
		return c.act(ctx, phase, turn)
	case record.DoHandover:
		return c.handover(ctx, phase, turn)
	}
	switch {
	case turn.Search != nil:
		return c.search(ctx, phase, turn)
	case turn.Held:
		return c.release(ctx, phase, turn)
	}
	return c.roam(ctx, phase, turn)
}

// of returns the members that a turn names, each once.
func (c *crowd) of(turn record.Turn) []*member {
	var members []*member
	for _, look := range turn.Looks {
		if m := c.member(look.Who, look.Device); m != nil && !slices.Contains(members, m) {
			members = append(members, m)
		}
	}
	return members
}

// member returns an account's member, or that of its second device.
func (c *crowd) member(name string, device int) *member {
	i, ok := c.byName[name]
	switch {
	case !ok:
		return nil
	case device < 2:
		return c.members[i]
	}
	return c.second[i]
}

// ready has members log in who are not in, and returns those who are in.
func (c *crowd) ready(ctx context.Context, members []*member) []*member {
	var group errgroup.Group
	group.SetLimit(c.entering())
	for _, m := range members {
		group.Go(func() error { m.ready(ctx); return nil })
	}
	group.Wait()
	return slices.DeleteFunc(members, func(m *member) bool { return m.session == nil })
}

// release has all whom a turn names look at its view, with their requests
// released together from barriers.
func (c *crowd) release(ctx context.Context, phase plan.Phase, turn record.Turn) (tried, reached bool) {
	view := c.view(turn.Looks[0].View)
	ready := c.ready(ctx, c.of(turn))
	looks := c.taken(turn, ready)
	var barriers []*barrier
	var gathering *gathering
	for _, pattern := range holding(phase, view) {
		if pattern == Every {
			gathering = c.gatherings(view.Name).gather(len(looks))
			continue
		}
		barriers = append(barriers, newBarrier(pattern, len(looks), c.Plan.Timeout+5*time.Second, answerLimit))
	}
	reached = c.lookAt(ctx, phase, turn, view, looks, func(_ int, l *load) (places []leavable) {
		for _, b := range barriers {
			places = append(places, b.place(l))
		}
		if gathering != nil {
			places = append(places, gathering.seat(l))
		}
		return places
	})
	var entries []record.Barrier
	for _, b := range barriers {
		entries = append(entries, b.close())
	}
	if gathering != nil {
		entries = append(entries, gathering.close()...)
	}
	for _, entry := range entries {
		entry.Phase, entry.Round, entry.View = phase.Name, turn.Round, view.Name
		c.record(record.Entry{Barrier: &entry})
	}
	return len(ready) > 0, reached
}

// holding returns the patterns of the requests that wait when a phase looks at a
// view.
func holding(phase plan.Phase, view plan.View) []string {
	if len(phase.Hold) > 0 {
		return phase.Hold
	}
	return holds(view)
}

// lookAt has looks at a view begin one after the other, as loads allow, and go on
// at the same time. places makes the places at which the requests of each wait.
func (c *crowd) lookAt(ctx context.Context, phase plan.Phase, turn record.Turn, view plan.View, looks []taken, places func(i int, l *load) []leavable) (reached bool) {
	var mu sync.Mutex
	var wg sync.WaitGroup
	for i, l := range looks {
		c.pace.wait(ctx)
		load, look := l.by.loading(), l.Look
		load.take(ctx) // here, so that they start in the order of the seed; without one, the visit says so
		wg.Go(func() {
			ok := l.by.visit(ctx, looking{phase: phase.Name, round: turn.Round, view: view, look: look, places: places(i, load)})
			mu.Lock()
			defer mu.Unlock()
			reached = reached || ok
		})
	}
	wg.Wait()
	return reached
}

// taken is a look with who takes it.
type taken struct {
	record.Look
	by visitor
}

// taken returns the looks of a turn, of those who are in.
func (c *crowd) taken(turn record.Turn, in []*member) []taken {
	is := make(map[*member]bool, len(in))
	for _, m := range in {
		is[m] = true
	}
	var looks []taken
	for _, look := range turn.Looks {
		if v := c.visitor(look, is); v != nil {
			looks = append(looks, taken{look, v})
		}
	}
	return looks
}

// gatherings returns what is known of the requests of a view.
func (c *crowd) gatherings(view string) *gatherings {
	if c.gathered == nil {
		c.gathered = map[string]*gatherings{}
	}
	if c.gathered[view] == nil {
		c.gathered[view] = &gatherings{}
	}
	return c.gathered[view]
}

// roam has each account take its looks one after the other, at its own pace.
func (c *crowd) roam(ctx context.Context, phase plan.Phase, turn record.Turn) (tried, reached bool) {
	var mu sync.Mutex
	var wg sync.WaitGroup
	var who []visitor
	looks := map[visitor][]record.Look{}
	for _, l := range c.taken(turn, c.ready(ctx, c.of(turn))) {
		if looks[l.by] == nil {
			who = append(who, l.by)
		}
		looks[l.by] = append(looks[l.by], l.Look)
	}
	for _, by := range who {
		wg.Go(func() {
			for _, look := range looks[by] {
				if think(ctx, look.Think) != nil || !by.ready(ctx) {
					continue
				}
				c.pace.wait(ctx)
				ok := by.visit(ctx, looking{phase: phase.Name, round: turn.Round, view: c.view(look.View), look: look})
				mu.Lock()
				tried, reached = true, reached || ok
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	return tried, reached
}

func (c *crowd) view(name string) plan.View {
	i := slices.IndexFunc(c.Plan.Views, func(v plan.View) bool { return v.Name == name })
	return c.Plan.Views[i]
}

func (c *crowd) restAll(ctx context.Context, members []*member) {
	for _, m := range members {
		if m.session != nil {
			m.rest(ctx)
		}
	}
}

// storm ends all sessions and has everybody log in anew, with the requests that
// send the form released together. A login is looked at as a visit is.
func (c *crowd) storm(ctx context.Context, phase plan.Phase, turn record.Turn) (tried, reached bool) {
	members := c.of(turn)
	var group errgroup.Group
	group.SetLimit(c.Loads)
	for _, m := range members {
		group.Go(func() error {
			m.leave(ctx)
			m.open(ctx)
			return nil
		})
	}
	group.Wait()
	members = slices.DeleteFunc(members, func(m *member) bool { return m.session == nil })
	b := newBarrier(Submit, len(members), c.Plan.Timeout+5*time.Second, answerLimit)
	view := plan.View{Name: record.LoginView, Steps: c.Plan.Login}
	var mu sync.Mutex
	var wg sync.WaitGroup
	for _, m := range members {
		m.load.take(ctx)
		wg.Go(func() {
			look := record.Look{Who: m.account.Name}
			ok := m.visit(ctx, looking{phase: phase.Name, round: turn.Round, view: view, look: look, places: []leavable{b.place(m.load)}})
			switch {
			case ok:
				m.entered()
			case m.session != nil:
				m.tell(record.LoginFailed, &TargetError{errors.New("the login was refused at the same moment as others'")})
				m.drop()
			}
			mu.Lock()
			defer mu.Unlock()
			reached = reached || ok
		})
	}
	wg.Wait()
	entry := b.close()
	entry.Phase, entry.Round, entry.View = phase.Name, turn.Round, view.Name
	c.record(record.Entry{Barrier: &entry})
	return len(members) > 0, reached
}

// renew gives members new browser profiles and has them log in at the same time,
// while the others' pages are left.
func (c *crowd) renew(ctx context.Context, turn record.Turn) {
	c.restAll(ctx, c.present())
	members := c.of(turn)
	for _, m := range members {
		m.drop()
	}
	for _, m := range c.ready(ctx, members) {
		m.known = map[string]bool{}
	}
}

// actLag is how long after an act the others' pages are looked at: what is
// streamed to them arrives a moment later.
const actLag = 500 * time.Millisecond

// act has the first whom a turn names do what the plan says, and the others
// then look at what stands before them.
func (c *crowd) act(ctx context.Context, phase plan.Phase, turn record.Turn) (tried, reached bool) {
	actor := c.member(turn.Looks[0].Who, 0)
	if !actor.ready(ctx) {
		return false, false
	}
	peer := &c.members[(actor.index+1)%len(c.members)].account
	if actor.load.take(ctx) == nil {
		err := actor.session.Do(ctx, c.Plan.Act, actor.vars(peer))
		actor.load.give()
		actor.trouble(err)
	}
	think(ctx, actLag)
	var mu sync.Mutex
	var wg sync.WaitGroup
	for _, look := range turn.Looks[1:] {
		m := c.member(look.Who, 0)
		if m.session == nil {
			continue
		}
		wg.Go(func() {
			ok := m.visit(ctx, looking{
				phase: phase.Name, round: turn.Round, view: c.view(look.View), look: look, how: Stay, acting: actor.account.Name,
			})
			mu.Lock()
			defer mu.Unlock()
			tried, reached = true, reached || ok
		})
	}
	wg.Wait()
	return tried, reached
}

// openSecond gives each account that a schedule has on two devices a second
// member. It logs in when it first looks.
func (c *crowd) openSecond(turns []record.Turn) {
	c.second = map[int]*member{}
	for _, turn := range turns {
		for _, look := range turn.Looks {
			i := c.member(look.Who, 1).index
			if look.Device > 1 && c.second[i] == nil {
				c.second[i] = c.newMember(i)
				c.second[i].device = look.Device
				c.second[i].planted = true // by the first
			}
		}
	}
}

func (c *crowd) closeSecond(ctx context.Context) {
	var group errgroup.Group
	group.SetLimit(c.Loads)
	for _, m := range c.second {
		group.Go(func() error { m.leave(ctx); return nil })
	}
	group.Wait()
	c.second = nil
}

// think lets time pass.
func think(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return context.Cause(ctx)
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// pace spaces visits out.
type pace struct {
	every time.Duration
	mu    sync.Mutex
	next  time.Time
}

func perSecond(rate int) time.Duration {
	if rate <= 0 {
		return 0
	}
	return time.Second / time.Duration(rate)
}

// wait waits for the next visit's time.
func (p *pace) wait(ctx context.Context) {
	if p.every == 0 {
		return
	}
	p.mu.Lock()
	now := time.Now()
	at := p.next
	if at.Before(now) {
		at = now
	}
	p.next = at.Add(p.every)
	p.mu.Unlock()
	think(ctx, at.Sub(now))
}

// tries counts what was tried in a row and did not reach its view: rounds, or
// of those who look alone accounts, since some may be broken where the target
// is not.
type tries struct {
	phase   string
	alone   bool
	present int
	of      string // what is counted now
	away    int
	tried   bool
	reached bool
	none    bool // nothing was reached yet
}

// note notes a turn. It fails when the target seems to be gone.
func (t *tries) note(turn record.Turn, tried, reached bool) error {
	of := fmt.Sprint(turn.Round)
	if t.alone {
		of = turn.Looks[0].Who // who could not log in says nothing of the others
	}
	var err error
	if t.of != "" && t.of != of {
		err = t.end()
		t.tried, t.reached = false, false
	}
	t.of = of
	t.tried, t.reached, t.none = t.tried || tried, t.reached || reached, t.none && !reached
	return err
}

// end ends what is counted now.
func (t *tries) end() error {
	switch {
	case t.reached:
		t.away = 0
	case t.tried || !t.alone && t.of != "": // nobody who could look any more is no better
		t.away++
	}
	switch {
	case t.alone && t.away >= max(1, min(t.present, turnsToGiveUp)):
		return targetFailed(fmt.Sprintf("no visit of %d accounts in a row reached its view in phase %s", t.away, t.phase))
	case !t.alone && t.away >= roundsToGiveUp:
		return targetFailed(fmt.Sprintf("no visit of the last %d rounds of phase %s reached its view", t.away, t.phase))
	}
	return nil
}
