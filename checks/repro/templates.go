package repro

import (
	"slices"

	"notmine/checks/plan"
)

// renamed has the columns that name the account at i, as those of friends do,
// name another: the one that it names itself in that column, so that a chain of
// friends stays one, or else the next that is not the column's own account.
func renamed(p *plan.Plan, i int) {
	gone, n := p.Accounts[i], len(p.Accounts)
	for j, a := range p.Accounts {
		for column, who := range a.Columns {
			if j == i || who == "" || who != gone.Name && who != gone.Login {
				continue
			}
			to := slices.IndexFunc(p.Accounts, func(b plan.Account) bool {
				next := gone.Columns[column]
				return next != "" && (b.Name == next || b.Login == next)
			})
			for k := 1; to < 0 || to == i || to == j; k++ { // there are three at least
				to = (i + k) % n
			}
			if a.Columns[column] = p.Accounts[to].Login; who == gone.Name {
				a.Columns[column] = p.Accounts[to].Name
			}
		}
	}
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
