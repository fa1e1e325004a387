package plan

import (
	"cmp"
	"slices"
	"strconv"
	"time"
)

func (r *resolver) resolvePhases() {
	r.plan.Within = r.doc.within
	if len(r.doc.phases) == 0 {
		r.plan.Phases, r.plan.Within = r.defaultPhases(), cmp.Or(r.doc.within, defaultShared)
	}
	own := map[string]spot{} // names that are given
	var named []bool         // which phases have one
	for _, f := range r.doc.phases {
		phase, ok := r.phase(f)
		if !ok {
			continue
		}
		if f.name.given() && r.ownName(f.name, own) {
			phase.Name = f.name.value
		}
		r.plan.Phases, named = append(r.plan.Phases, phase), append(named, f.name.given())
	}
	times := map[string]int{}
	for i := range r.plan.Phases {
		if phase := &r.plan.Phases[i]; i >= len(named) || !named[i] {
			phase.Name = numbered(phase.Name, times, own)
		}
	}
}

// longestPhase bounds the name of a phase, in characters. One that is made of the
// name of an event says when it comes as well.
const longestPhase = 2 * longestName

// ownName checks the name that a phase is given, and takes it.
func (r *resolver) ownName(name text, taken map[string]spot) bool {
	if !r.checkNameWithin(longestPhase, name.spot, name.value, "a phase") {
		return false
	}
	if at, twice := taken[name.value]; twice {
		r.mistake(name.spot, "the phase %q is given twice, first in %s", name.value, at.position())
	}
	taken[name.value] = name.spot
	return true
}

// numbered returns what a phase is called that has no name of its own: by what it
// does, with a number from the second time on.
func numbered(does string, times map[string]int, taken map[string]spot) string {
	for {
		name := does
		if times[does]++; times[does] > 1 {
			name += "-" + strconv.Itoa(times[does])
		}
		if _, is := taken[name]; !is {
			return name
		}
	}
}

// The parts of a run that leaves the phases to us.
const (
	defaultShared    = 4 * time.Minute  // that all phases share
	defaultWithin    = 30 * time.Second // in which rounds of a phase begin
	defaultAborted   = 8                // rounds of together with many aborts
	defaultAborts    = 0.5              // share of their visits that is cut off
	defaultCrowded   = 5                // rounds of together with sessions without a browser, and with a few aborts
	defaultPlain     = 40               // of these sessions
	defaultAbort     = 0.2
	defaultAfter     = 4  // rounds of together after a change or an event
	defaultRestored  = 8  // of them after all events, at most so many unless each has one
	mostSequential   = 12 // accounts: each follows each other, which is their square
	defaultDisturbed = 4  // accounts that take part in what is done for each of them
	defaultDepth     = 2  // of search
)

// defaultPhases returns every order but search that the plan has what it needs
// for, and each change and event between two of them. The weakest means come
// first: what they find needs nothing more.
func (r *resolver) defaultPhases() []Phase {
	order := func(o Order) Phase {
		p := Phase{Name: string(o), Order: o, Rounds: defaultRounds[o]}
		if o != Solo {
			p.Within = defaultWithin
		}
		if o == Random {
			p.Think = defaultThink
		}
		return p
	}
	few := func(p Phase, most int) Phase {
		if len(r.plan.Accounts) > most {
			p.Accounts = most
		}
		return p
	}
	phases := []Phase{order(Solo), few(order(Sequential), mostSequential), order(Together)}
	// What an abort leaves behind shows best while few requests queue before the
	// one that is cut off: then it is where it does harm.
	aborted := order(Together)
	aborted.Name, aborted.Rounds, aborted.Abort = "aborts", defaultAborted, defaultAborts
	crowded := order(Together)
	crowded.Name = "crowd"
	crowded.Rounds, crowded.HTTP, crowded.Abort, crowded.Hold = defaultCrowded, defaultPlain, defaultAbort, []string{holdEvery}
	phases = append(phases, aborted, crowded, order(Random))
	if len(r.plan.Login) > 0 {
		phases = append(phases, order(Storm), order(Devices), order(Fresh))
	}
	if len(r.plan.Act) > 0 {
		phases = append(phases, few(order(Idle), defaultDisturbed))
	}
	after := func(o Order, what string, rounds int) Phase {
		p := order(o)
		p.Name, p.Rounds = "after-"+what, rounds
		if o != Together {
			p.Name = string(o) + "-" + p.Name
		}
		return p
	}
	for _, c := range r.plan.Changes {
		phases = append(phases, Phase{Name: c.Name, Change: c.Name}, after(Together, c.Name, defaultAfter))
		if c.Renews {
			together := Phase{Name: c.Name + "-together", Order: Together, Rounds: 1, Change: c.Name}
			phases = append(phases, together, after(Together, together.Name, defaultAfter))
		}
	}
	rounds := min(defaultAfter, max(1, defaultRestored/max(1, len(r.plan.Events))))
	for _, e := range r.plan.Events {
		phases = append(phases, Phase{Name: e.Name, Event: e.Name})
		if len(r.plan.Login) > 0 { // who comes first after a restore is given what was another's
			phases = append(phases, after(Fresh, e.Name, 1))
		}
		phases = append(phases, after(Together, e.Name, rounds))
	}
	if len(r.plan.Login) > 0 && len(r.plan.Logout) > 0 { // last: it leaves nobody as they were
		phases = append(phases, few(order(Handover), defaultDisturbed))
	}
	return phases
}

func (r *resolver) phase(f phaseFields) (Phase, bool) {
	p := Phase{
		Name: f.order.value, Order: Order(f.order.value), Rounds: f.rounds.value, Accounts: f.accounts.value,
		Abort: f.abort, Rate: f.rate.value, HTTP: f.http.value, Depth: f.depth.value, Within: f.within, At: f.eventAt.value, Line: f.at.line,
	}
	given := 0
	for _, t := range []text{f.order, f.change} {
		if t.given() {
			given++
		}
	}
	if given == 2 && f.order.value == string(Together) {
		given = 1 // a change that everybody makes at once
	}
	hasEvent := f.event.name.given() || f.event.fields != nil
	if hasEvent && !f.order.given() {
		given++
	}
	if given != 1 {
		r.mistake(f.at, "a phase is one of order, event and change, or a change with order: together")
		return p, false
	}
	if hasEvent {
		p.Event = r.phaseEvent(f.event)
		if p.Event == "" {
			return p, false
		}
	}
	for _, name := range f.views {
		if !slices.ContainsFunc(r.plan.Views, func(v View) bool { return v.Name == name.value }) && name.value != "" {
			r.mistake(name.spot, "there is no view %q%s", name.value, suggest(name.value, r.viewNames()))
			continue
		}
		p.Views = append(p.Views, name.value)
	}
	if p.Accounts > len(r.plan.Accounts) && len(r.plan.Accounts) > 0 {
		r.mistake(f.accounts.spot, "the plan has only %d accounts", len(r.plan.Accounts))
	}
	switch {
	case f.change.given():
		return r.changePhase(f, p)
	case !f.order.given():
		return r.eventPhase(f, p)
	case f.order.value == "":
		return p, false // a mistake already
	}
	r.checkOrder(f, &p)
	return p, true
}

// checkOrder checks that a phase has what its order needs, and no more.
func (r *resolver) checkOrder(f phaseFields, p *Phase) {
	if p.Rounds == 0 {
		p.Rounds = defaultRounds[p.Order]
	}
	needs := func(what string, is bool) {
		if !is {
			r.mistake(f.order.spot, "the order %s needs %s, which the plan does not have", p.Order, what)
		}
	}
	switch p.Order {
	case Storm, Devices, Fresh:
		needs("login", len(r.doc.login) > 0)
	case Handover:
		needs("login", len(r.doc.login) > 0)
		needs("logout", len(r.doc.logout) > 0)
	case Idle:
		needs("act", len(r.doc.act) > 0)
	case Random:
		p.Think = defaultThink
		if f.think != nil {
			p.Think = *f.think
		}
	}
	if f.think != nil && p.Order != Random {
		r.mistake(f.at, "only random has think times")
	}
	switch {
	case p.Depth > 0 && p.Order != Search:
		r.mistake(f.depth.spot, "only search has a depth")
	case p.Depth == 0 && p.Order == Search:
		p.Depth = defaultDepth
	}
	if p.Abort > 0 && slices.Contains([]Order{Handover, Idle, Search}, p.Order) {
		r.mistake(f.at, "the order %s has no aborts", p.Order)
	}
	releases := slices.Contains([]Order{Together, Storm, Devices, Fresh}, p.Order)
	p.Hold = r.holds(f.hold)
	if len(p.Hold) > 0 && !releases && p.Order != Search {
		r.mistake(f.hold[0].spot, "the order %s has no barrier to wait at", p.Order)
	}
	if p.HTTP > 0 && !releases && p.Order != Random {
		r.mistake(f.http.spot, "the order %s has no sessions without a browser", p.Order)
	}
	switch {
	case p.Within > 0 && p.Order == Solo:
		r.mistake(f.at, "the order solo has no within: each account has the same rounds")
	case p.Within > 0 && p.At > 0:
		r.mistake(f.at, "a phase with an event at one of its rounds has no within: the round might never come")
	}
	switch {
	case p.Event != "" && p.At == 0:
		r.mistake(f.at, "an event in an order needs at, the round before which it is done; without order it is a phase of its own")
	case p.At > 0 && p.Event == "":
		r.mistake(f.eventAt.spot, "at is for an event")
	case p.At > p.Rounds:
		r.mistake(f.eventAt.spot, "there are only %d rounds", p.Rounds)
	}
}

// bare checks that a phase without an order has nothing that is an order's.
func (r *resolver) bare(f phaseFields, what string) {
	if f.rounds.value > 0 || f.views != nil || f.hold != nil || f.abort > 0 || f.rate.value > 0 || f.http.value > 0 || f.depth.value > 0 || f.think != nil || f.within > 0 || f.eventAt.value > 0 {
		r.mistake(f.at, "%s has none of rounds, views, hold, abort, rate, http, depth, think, within and at", what)
	}
}

func (r *resolver) changePhase(f phaseFields, p Phase) (Phase, bool) {
	r.bare(f, "a change")
	name := f.change.value
	if _, ok := r.plan.Change(name); !ok {
		if name != "" && len(r.mistakes) == 0 {
			var names []string
			for _, c := range r.doc.changes {
				names = append(names, c.key.value)
			}
			r.mistake(f.change.spot, "there is no change %q%s", name, suggest(name, names))
		}
		return p, false
	}
	p.Name, p.Change = name, name
	if p.Order == Together {
		p.Name, p.Rounds = name+"-together", 1
	}
	return p, true
}

func (r *resolver) eventPhase(f phaseFields, p Phase) (Phase, bool) {
	r.bare(f, "an event")
	if f.accounts.value > 0 {
		r.mistake(f.accounts.spot, "an event is no account's")
	}
	p.Name = p.Event
	return p, true
}

// phaseEvent returns the name of a phase's event, which may stand there itself;
// "" if it is none.
func (r *resolver) phaseEvent(e namedEvent) string {
	if e.fields != nil {
		name := "event"
		for n := 2; slices.ContainsFunc(r.plan.Events, func(known Event) bool { return known.Name == name }); n++ {
			name = "event-" + strconv.Itoa(n)
		}
		return r.addEvent(text{name, e.fields.at}, *e.fields)
	}
	if _, ok := r.plan.Event(e.name.value); ok {
		return e.name.value
	}
	if e.name.value != "" && len(r.mistakes) == 0 {
		var names []string
		for _, known := range r.doc.events {
			names = append(names, known.key.value)
		}
		r.mistake(e.name.spot, "there is no event %q%s", e.name.value, suggest(e.name.value, names))
	}
	return ""
}
