package repro

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"unicode"

	"notmine/checks/plan"
)

// clone returns a copy of a plan that shares nothing with it that can be changed.
func clone(p *plan.Plan) *plan.Plan {
	c := *p
	c.Hosts = slices.Clone(p.Hosts)
	c.Headers = maps.Clone(p.Headers)
	c.Accounts = each(p.Accounts, func(a plan.Account) plan.Account {
		a.Groups, a.Columns, a.Secrets = slices.Clone(a.Groups), maps.Clone(a.Columns), maps.Clone(a.Secrets)
		return a
	})
	c.Login, c.Logout, c.Plant, c.Act = steps(p.Login), steps(p.Logout), steps(p.Plant), steps(p.Act)
	c.Markers = each(p.Markers, func(m plan.Marker) plan.Marker {
		m.Audience = slices.Clone(m.Audience)
		return m
	})
	c.Items = maps.Clone(p.Items)
	for name, item := range c.Items {
		item.Audience = slices.Clone(item.Audience)
		c.Items[name] = item
	}
	c.Views = each(p.Views, func(v plan.View) plan.View {
		v.Steps, v.Compare, v.Hold = steps(v.Steps), slices.Clone(v.Compare), slices.Clone(v.Hold)
		return v
	})
	c.Changes = each(p.Changes, func(ch plan.Change) plan.Change {
		ch.Audience, ch.Steps = slices.Clone(ch.Audience), steps(ch.Steps)
		return ch
	})
	c.Events = each(p.Events, func(e plan.Event) plan.Event {
		if e.HTTP != nil {
			call := *e.HTTP
			call.Headers = maps.Clone(call.Headers)
			e.HTTP = &call
		}
		return e
	})
	c.Phases = each(p.Phases, func(ph plan.Phase) plan.Phase {
		ph.Views, ph.Hold = slices.Clone(ph.Views), slices.Clone(ph.Hold)
		return ph
	})
	c.Pass.FailOn = slices.Clone(p.Pass.FailOn)
	c.Accepted = slices.Clone(p.Accepted)
	c.Secrets = slices.Clone(p.Secrets)
	if p.Case != nil {
		c.Case = new(plan.Case)
		*c.Case = *p.Case
	}
	return &c
}

// Same reports whether two parts of a plan are the same: there is nothing to be
// learned from the second that the first has not shown.
func Same(a, b *plan.Plan) bool { return written(a) == written(b) }

// written returns what tells one candidate of a plan from another: whatever a
// move changes, and no secret.
func written(p *plan.Plan) string {
	b, _ := json.Marshal(struct { // of texts and numbers alone
		plan.Outline
		Logout, Plant, Act []plan.Step
		Markers            []plan.Marker
		Steps              [][]plan.Step // of the views
	}{p.Outline(), p.Logout, p.Plant, p.Act, p.Markers, viewSteps(p)})
	return string(b)
}

func viewSteps(p *plan.Plan) (all [][]plan.Step) {
	for _, v := range p.Views {
		all = append(all, v.Steps)
	}
	return all
}

func steps(of []plan.Step) []plan.Step {
	return each(of, func(s plan.Step) plan.Step {
		s.Fields = slices.Clone(s.Fields)
		return s
	})
}

// each returns what a function makes of each, nil of nil.
func each[E any](of []E, made func(E) E) []E {
	all := slices.Clone(of)
	for i := range all {
		all[i] = made(all[i])
	}
	return all
}

// oneLine makes a text that came from elsewhere fit for one line of so many
// characters.
func oneLine(s string, most int) string {
	s = strings.Join(strings.FieldsFunc(s, func(c rune) bool { return unicode.IsSpace(c) || unicode.IsControl(c) }), " ")
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}
