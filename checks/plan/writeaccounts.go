package plan

import (
	"maps"
	"slices"
	"strings"
)

// accounts are the plan's, each on its line. With a case they have only what the
// account that they come from has otherwise.
func (w *writer) accounts() (all rows) {
	origins := map[string]*Account{}
	if w.plan.Case != nil {
		for i := range w.plan.written.origins {
			origin := &w.plan.written.origins[i]
			origins[origin.Name] = origin
		}
	}
	for _, a := range w.plan.Accounts {
		all = append(all, flow(w.account(a, origins[a.Name])))
	}
	return all
}

func (w *writer) account(a Account, origin *Account) []entry {
	written := w.plan.written.texts[a.Name]
	name := written.name.text(a.Name)
	if origin != nil {
		name = a.Name
	} else {
		origin = &Account{Login: a.Name, Shows: a.Name}
	}
	said := []entry{{"name", name}}
	if a.Login != origin.Login {
		said = append(said, entry{"login", written.login.text(a.Login)})
	}
	if reference, ok := a.Password.written(); ok && reference != "" && a.Password.Reveal() != origin.Password.Reveal() {
		said = append(said, entry{"password", reference})
	}
	if a.Shows != origin.Shows {
		said = append(said, entry{"shows", written.shows.text(a.Shows)})
	}
	if !slices.Equal(a.Groups, origin.Groups) {
		said = append(said, entry{"group", groupsText(a.Groups)})
	}
	for _, column := range slices.Sorted(maps.Keys(a.Columns)) {
		if secretName.MatchString(column) {
			continue // as messages hide it
		}
		if was, ok := origin.Columns[column]; !ok || was != a.Columns[column] {
			said = append(said, entry{column, escaped(a.Columns[column])})
		}
	}
	for _, column := range slices.Sorted(maps.Keys(a.Secrets)) {
		if reference, ok := a.Secrets[column].written(); ok && reference != "" && a.Secrets[column].Reveal() != origin.Secrets[column].Reveal() {
			said = append(said, entry{column, reference})
		}
	}
	return said
}

// groupsText writes groups as one text, as [splitWords] reads it.
func groupsText(groups []string) any {
	text := strings.Join(groups, "; ")
	if len(groups) == 1 && strings.Contains(text, " ") {
		text += ";"
	}
	if text == "" {
		return list{}
	}
	return text
}
