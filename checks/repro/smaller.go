package repro

import (
	"slices"

	"notmine/checks/phrase"
	"notmine/checks/plan"
)

// items leaves out what the accounts own, with whatever plants it, and what the
// plan declares of others.
func (m *moves) items(p *plan.Plan) []Move {
	names := p.Planted()
	for name := range p.Items {
		names = append(names, name)
	}
	slices.Sort(names)
	var all []Move
	for _, name := range slices.Compact(names) {
		if name != m.finding.Item {
			all = append(all, Move{itemWords(p, name), "items", func(p *plan.Plan) bool { return disown(p, name) }})
		}
	}
	return append(all,
		Move{phrase.New("the planting"), "items", func(p *plan.Plan) bool {
			some := len(p.Plant) > 0 && len(p.Planted()) == 0
			if some {
				p.Plant = nil
			}
			return some
		}},
		Move{phrase.New("the declared markers of others"), "items", func(p *plan.Plan) bool {
			n := len(p.Markers)
			p.Markers = slices.DeleteFunc(p.Markers, func(d plan.Marker) bool {
				return d.Owner != m.finding.Owner && d.Owner != m.finding.Viewer && !controls(p, d.Item)
			})
			return len(p.Markers) < n
		}})
}

func itemWords(p *plan.Plan, name string) phrase.Text {
	if p.Items[name].Picture {
		return phrase.New("the picture %s", name)
	}
	return phrase.New("the item %s", name)
}

// controls reports whether an item is the control of a view: without it no visit
// proves anything.
func controls(p *plan.Plan, item string) bool {
	return slices.ContainsFunc(p.Views, func(v plan.View) bool { return v.Control == item })
}

// disown takes an item out, and what types or uploads it when planting or
// acting. One that a view or a change needs stays.
func disown(p *plan.Plan, item string) bool {
	if controls(p, item) || slices.ContainsFunc(p.Changes, func(c plan.Change) bool { return c.Item == item }) {
		return false
	}
	for _, v := range p.Views {
		if slices.ContainsFunc(v.Steps, func(s plan.Step) bool { return slices.ContainsFunc(texts(s), isOf(item)) }) {
			return false
		}
	}
	_, listed := p.Items[item]
	planted := slices.Contains(p.Planted(), item)
	delete(p.Items, item)
	p.Plant, p.Act = unplanted(p.Plant, item), unplanted(p.Act, item)
	n := len(p.Markers)
	p.Markers = slices.DeleteFunc(p.Markers, func(d plan.Marker) bool { return d.Item == item })
	return listed || planted || len(p.Markers) < n
}

// modifiers take out of each phase what it does besides its order.
func (m *moves) modifiers(p *plan.Plan) []Move {
	var all []Move
	for _, ph := range p.Phases {
		without := func(what phrase.Text, take func(*plan.Phase) bool) {
			all = append(all, Move{what, "modifiers", func(p *plan.Plan) bool {
				i := slices.IndexFunc(p.Phases, func(other plan.Phase) bool { return other.Name == ph.Name })
				return i >= 0 && take(&p.Phases[i])
			}})
		}
		if ph.Order != "" && ph.Event != "" {
			without(phrase.New("the event %s in %s", ph.Event, ph.Name), func(ph *plan.Phase) bool {
				had := ph.Event != ""
				ph.Event, ph.At = "", 0
				return had
			})
		}
		without(phrase.New("the sessions without a browser in %s", ph.Name), func(ph *plan.Phase) bool { return zero(&ph.HTTP) })
		without(phrase.New("the aborts of %s", ph.Name), func(ph *plan.Phase) bool { return zero(&ph.Abort) })
		without(phrase.New("the pace of %s", ph.Name), func(ph *plan.Phase) bool { return zero(&ph.Rate) })
		without(phrase.New("the think times of %s", ph.Name), func(ph *plan.Phase) bool { return zero(&ph.Think) })
	}
	return all
}

// zero empties a value, and returns false when it was empty.
func zero[V comparable](v *V) bool {
	var none V
	was := *v
	*v = none
	return was != none
}

// rounds makes the phases before the finding's shorter, and what comes before an
// event within one: to one round, or to half of them. How many rounds the
// finding's own phase has is for the tries to say.
func (m *moves) rounds(p *plan.Plan) []Move {
	last := m.phaseOf(p)
	var all []Move
	for i, ph := range p.Phases {
		for _, shorter := range []func(int) int{func(int) int { return 1 }, func(n int) int { return n / 2 }} {
			if i < last {
				n := shorter(ph.Rounds)
				all = append(all, Move{phrase.New("more than %s of %s", phrase.New("%d rounds", n), ph.Name), "rounds", func(p *plan.Plan) bool {
					j := slices.IndexFunc(p.Phases, func(other plan.Phase) bool { return other.Name == ph.Name })
					if j < 0 || n < 1 || p.Phases[j].Rounds <= n {
						return false
					}
					p.Phases[j].Rounds, p.Phases[j].At = n, min(p.Phases[j].At, n)
					return true
				}})
			} else if at := shorter(ph.At); i == last {
				all = append(all, Move{phrase.New("more than %s of %s before its event", phrase.New("%d rounds", at-1), ph.Name), "rounds", func(p *plan.Plan) bool {
					now := &p.Phases[m.phaseOf(p)].At
					if at < 1 || *now <= at {
						return false
					}
					*now = at
					return true
				}})
			}
		}
	}
	return all
}
