package repro

import (
	"math/rand/v2"
	"slices"

	"notmine/checks/isolation"
	"notmine/checks/phrase"
	"notmine/checks/plan"
)

// Move leaves something out of a plan, or puts something simpler in its place.
type Move struct {
	// Without names what is left out, as in "not needed: the view message".
	Without phrase.Text
	// Kind is one of after (a phase after the finding's), phases, accounts, views,
	// items, order, modifiers, rounds, holds, steps and logout.
	Kind string
	// change changes a plan, or leaves it as it is and returns false when there is
	// nothing to leave out.
	change func(*plan.Plan) bool
}

// Apply returns a changed copy of a plan, which itself is never changed, and
// false when there is nothing to leave out.
func (m Move) Apply(p *plan.Plan) (*plan.Plan, bool) {
	smaller, did := applied(p, []Move{m})
	return smaller, len(did) > 0
}

// applied returns a copy of a plan without what the moves leave out, and those of
// them that left something out; without any, the copy is nil.
func applied(p *plan.Plan, moves []Move) (*plan.Plan, []Move) {
	smaller := clone(p)
	var did []Move
	for _, m := range moves {
		if m.change(smaller) {
			tidy(smaller)
			did = append(did, m)
		}
	}
	if len(did) == 0 {
		return nil, nil
	}
	return smaller, did
}

// moves makes the moves of one finding. Each method returns those of one kind
// for a plan, in the order in which they are tried.
type moves struct {
	finding isolation.Finding
	rng     *rand.Rand
}

// kind is how the moves of a kind are made, and whether they are tried several
// at a time first: they are of many things that are alike.
type kind struct {
	several bool
	of      func(*plan.Plan) []Move
}

// kinds returns them in the order in which they are tried: what saves most of
// the time of a round comes first.
func (m *moves) kinds() []kind {
	return []kind{
		{true, m.phases},
		{true, m.accounts},
		{true, m.views},
		{true, m.items},
		{false, m.orders},
		{true, m.modifiers},
		{true, m.rounds},
		{false, m.holds},
		{true, m.steps},
		{false, m.logout},
	}
}

// tidy takes out what nothing in the plan does any more; it was never done, so
// nothing has to be tried.
func tidy(p *plan.Plan) {
	p.Events = slices.DeleteFunc(p.Events, func(e plan.Event) bool {
		return !slices.ContainsFunc(p.Phases, func(ph plan.Phase) bool { return ph.Event == e.Name })
	})
	p.Changes = slices.DeleteFunc(p.Changes, func(c plan.Change) bool {
		return !slices.ContainsFunc(p.Phases, func(ph plan.Phase) bool { return ph.Change == c.Name })
	})
	if !slices.ContainsFunc(p.Phases, func(ph plan.Phase) bool { return ph.Order == plan.Idle }) {
		p.Act = nil
	}
}

// phaseOf returns the place of the phase in which the finding came, -1 for none.
func (m *moves) phaseOf(p *plan.Plan) int {
	return slices.IndexFunc(p.Phases, func(ph plan.Phase) bool { return ph.Name == m.finding.Phase })
}

// phases leaves out what came after the finding, which may only have put the
// target right again, then each phase that only looked, then those that changed
// something.
func (m *moves) phases(p *plan.Plan) []Move {
	last := m.phaseOf(p)
	without := func(name string) func(*plan.Plan) bool {
		return func(p *plan.Plan) bool {
			n := len(p.Phases)
			p.Phases = slices.DeleteFunc(p.Phases, func(ph plan.Phase) bool { return ph.Name == name })
			return len(p.Phases) < n
		}
	}
	var after, looked, changed []Move
	for i, ph := range p.Phases {
		switch out := without(ph.Name); {
		case i == last:
		case i > last:
			after = append(after, Move{phaseWords(ph), "after", out})
		case ph.Event != "" || ph.Change != "":
			changed = append(changed, Move{phaseWords(ph), "phases", out})
		default:
			looked = append(looked, Move{phaseWords(ph), "phases", out})
		}
	}
	return slices.Concat(after, looked, changed)
}

// phaseWords names a phase by what it does.
func phaseWords(ph plan.Phase) phrase.Text {
	switch {
	case ph.Order == "" && ph.Event != "":
		return phrase.New("the event %s", ph.Name)
	case ph.Change != "":
		return phrase.New("the change %s", ph.Name)
	case ph.Name == string(plan.Storm):
		return phrase.New("the login storm")
	}
	return phrase.New("the phase %s", ph.Name)
}

// accounts leaves out accounts, in a drawn order. The viewer and the owner stay,
// and so do at least two.
func (m *moves) accounts(p *plan.Plan) []Move {
	var all []Move
	for _, a := range p.Accounts {
		if a.Name == m.finding.Viewer || a.Name == m.finding.Owner {
			continue
		}
		all = append(all, Move{phrase.New("the account %s", a.Name), "accounts", func(p *plan.Plan) bool {
			i := slices.IndexFunc(p.Accounts, func(b plan.Account) bool { return b.Name == a.Name })
			if i < 0 || len(p.Accounts) <= 2 {
				return false
			}
			leave(p, i)
			return true
		}})
	}
	m.rng.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all
}

// leave takes the account at i out. Phases that the first of the plan take part
// in keep whom they had.
func leave(p *plan.Plan, i int) {
	renamed(p, i)
	p.Accounts = slices.Delete(p.Accounts, i, i+1)
	for j := range p.Phases {
		ph := &p.Phases[j]
		if ph.Accounts > 0 && i < ph.Accounts {
			ph.Accounts = max(1, ph.Accounts-1)
		}
		if ph.Accounts >= len(p.Accounts) {
			ph.Accounts = 0
		}
	}
}

// views leaves out views. That of the finding stays, with those it comes after,
// and one in any case; the last of the plan are tried first, since they often
// come after others.
func (m *moves) views(p *plan.Plan) []Move {
	kept := map[string]bool{m.finding.View: true}
	for _, v := range p.Views {
		if v.Name == m.finding.View {
			for _, before := range p.Before(v) {
				kept[before.Name] = true
			}
		}
	}
	var all []Move
	for _, v := range slices.Backward(p.Views) {
		if kept[v.Name] {
			continue
		}
		all = append(all, Move{phrase.New("the view %s", v.Name), "views", func(p *plan.Plan) bool { return unlook(p, v.Name) }})
	}
	return all
}

// unlook takes a view out, unless another comes after it or a phase looks at
// nothing else: without a name a phase looks at all.
func unlook(p *plan.Plan, name string) bool {
	others := slices.DeleteFunc(slices.Clone(p.Views), func(v plan.View) bool { return v.Name == name })
	if len(others) == 0 || len(others) == len(p.Views) ||
		slices.ContainsFunc(others, func(v plan.View) bool { return v.After == name }) ||
		slices.ContainsFunc(p.Phases, func(ph plan.Phase) bool { return len(ph.Views) == 1 && ph.Views[0] == name }) {
		return false
	}
	p.Views = others
	for i := range p.Phases {
		p.Phases[i].Views = slices.DeleteFunc(p.Phases[i].Views, func(v string) bool { return v == name })
	}
	return true
}

// ranks are how much an order asks for; those that are not among them ask most.
var ranks = map[plan.Order]int{plan.Solo: -3, plan.Sequential: -2, plan.Together: -1}

// orders put a simpler order in the place of the finding's, the simplest first.
func (m *moves) orders(p *plan.Plan) []Move {
	was := p.Phases[m.phaseOf(p)]
	var all []Move
	for _, simpler := range []plan.Order{plan.Solo, plan.Sequential, plan.Together} {
		without := phrase.New("the order %s of %s (%s instead)", phrase.Name(string(was.Order)), was.Name, phrase.Name(string(simpler)))
		all = append(all, Move{without, "order", func(p *plan.Plan) bool {
			ph := &p.Phases[m.phaseOf(p)]
			if ph.Order == "" || ph.Change != "" || ranks[simpler] >= ranks[ph.Order] || simpler == plan.Solo && ph.Event != "" {
				return false
			}
			ph.Order, ph.Think, ph.Depth = simpler, 0, 0
			if simpler != plan.Together { // which alone has a barrier and company
				ph.Hold, ph.HTTP = nil, 0
			}
			return true
		}})
	}
	return all
}
