package repro

import (
	"slices"

	"notmine/checks/phrase"
	"notmine/checks/plan"
)

// holds leave a single pattern of those at which requests wait: the finding's
// phase goes by its views, and its view holds its first request, or one of those
// that it held.
func (m *moves) holds(p *plan.Plan) []Move {
	ofPhase := func(p *plan.Plan) *[]string { return &p.Phases[m.phaseOf(p)].Hold }
	ofView := func(p *plan.Plan) *[]string {
		i := slices.IndexFunc(p.Views, func(v plan.View) bool { return v.Name == m.finding.View })
		if i < 0 {
			return new([]string) // it is no view of the plan, such as a login
		}
		return &p.Views[i].Hold
	}
	all := []Move{Move{phrase.New("the holds of the phase %s", m.finding.Phase), "holds", func(p *plan.Plan) bool {
		hold := ofPhase(p)
		had := len(*hold) > 0
		*hold = nil
		return had
	}}}
	for _, pattern := range *ofPhase(p) {
		all = append(all, Move{phrase.New("the holds of the phase %s besides %s", m.finding.Phase, pattern), "holds", func(p *plan.Plan) bool {
			return narrow(ofPhase(p), pattern)
		}})
	}
	for _, pattern := range append(slices.Clone(*ofView(p)), "first") {
		all = append(all, Move{phrase.New("the holds of the view %s besides %s", m.finding.View, pattern), "holds", func(p *plan.Plan) bool {
			return narrow(ofView(p), pattern)
		}})
	}
	return all
}

// narrow leaves one of several patterns, or the first request in place of one
// that is all or another.
func narrow(hold *[]string, pattern string) bool {
	if len(*hold) == 0 || slices.Equal(*hold, []string{pattern}) || len(*hold) == 1 && pattern != "first" {
		return false
	}
	*hold = []string{pattern}
	return true
}

// logout leaves the logout out where no order needs it.
func (m *moves) logout(*plan.Plan) []Move {
	return []Move{Move{phrase.New("the logout"), "logout", func(p *plan.Plan) bool {
		if len(p.Logout) == 0 || slices.ContainsFunc(p.Phases, func(ph plan.Phase) bool { return ph.Order == plan.Handover }) {
			return false
		}
		p.Logout = nil
		return true
	}}}
}

// steps leave out what the finding's view and those it comes after do on their
// pages. A view keeps one step, and every one that says where it is or waits for
// something: without them a visit may look too early.
func (m *moves) steps(p *plan.Plan) []Move {
	var looked []plan.View
	for _, v := range p.Views {
		if v.Name == m.finding.View {
			looked = append(p.Before(v), v)
		}
	}
	var all []Move
	for _, v := range looked {
		for _, s := range v.Steps {
			if !slices.Contains([]plan.Verb{plan.Fill, plan.Click, plan.Press, plan.Select, plan.Upload}, s.Verb) {
				continue
			}
			what := s.Arg
			if len(s.Fields) > 0 {
				what = s.Fields[0].Selector
			}
			all = append(all, Move{phrase.New("the step %s %s of the view %s", string(s.Verb), what, v.Name), "steps", func(p *plan.Plan) bool {
				i := slices.IndexFunc(p.Views, func(other plan.View) bool { return other.Name == v.Name })
				if i < 0 || len(p.Views[i].Steps) == 1 {
					return false
				}
				return cut(&p.Views[i].Steps, s)
			}})
		}
	}
	return all
}

// cut takes the first step that is like another out of several.
func cut(steps *[]plan.Step, s plan.Step) bool {
	i := slices.IndexFunc(*steps, func(other plan.Step) bool {
		return other.Verb == s.Verb && other.Arg == s.Arg && slices.Equal(other.Fields, s.Fields)
	})
	if i < 0 {
		return false
	}
	*steps = slices.Delete(*steps, i, i+1)
	return true
}
