package repro

import (
	"slices"
	"strings"

	"notmine/checks/plan"
)

// named reports whether a step needs an account because a column of another
// names it, by its name or its login.
func named(p *plan.Plan, a plan.Account) bool {
	for _, column := range columns(p) {
		for _, other := range p.Accounts {
			if who := other.Columns[column]; other.Name != a.Name && who != "" && (who == a.Name || who == a.Login) {
				return true
			}
		}
	}
	return false
}

// columns are the templates of the steps that a run of the plan does: {{…}}
// without their braces.
func columns(p *plan.Plan) []string {
	var all []string
	done := slices.Concat(p.Login, p.Logout, p.Plant, p.Act)
	for _, v := range p.Views {
		done = append(done, v.Steps...)
	}
	for _, c := range p.Changes {
		done = append(done, c.Steps...)
	}
	for _, s := range done {
		for _, text := range texts(s) {
			keys, _ := plan.Keys(text) // checked when the plan was read
			for _, key := range keys {
				all = append(all, strings.TrimPrefix(key, "peer."))
			}
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// texts are those of a step that may hold templates.
func texts(s plan.Step) []string {
	all := []string{s.Arg}
	for _, f := range s.Fields {
		all = append(all, f.Value)
	}
	return all
}

// unplanted returns steps without what holds the canary of an item.
func unplanted(steps []plan.Step, item string) []plan.Step {
	var left []plan.Step
	for _, s := range steps {
		n := len(s.Fields)
		s.Fields = slices.DeleteFunc(s.Fields, func(f plan.Field) bool { return isOf(item)(f.Value) })
		if n > 0 && len(s.Fields) == 0 || isOf(item)(s.Arg) {
			continue
		}
		left = append(left, s)
	}
	return left
}

// isOf returns whether a text holds the canary of an item, as text or picture.
func isOf(item string) func(text string) bool {
	return func(text string) bool {
		keys, _ := plan.Keys(text) // checked when the plan was read
		return slices.Contains(keys, "canary "+item) || slices.Contains(keys, "picture "+item)
	}
}
