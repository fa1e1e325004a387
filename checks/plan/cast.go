package plan

import (
	"path/filepath"
	"slices"
	"strings"
)

// cast says who plays the accounts of a plan: those of the plan that a case was
// made from, or those that are given.
type cast struct {
	accounts  map[string]*Account // by the name that the plan has for each
	strangers bool                // they have other names, and the plan is to speak of them
	from      string              // where they come from, for messages
	all       []Account           // also those that the plan does not name
}

// resolveFolder makes the folder of a case's plan the one that paths are relative
// to.
func (r *resolver) resolveFolder() {
	if c := r.doc.ofCase; c != nil && c.plan.value != "" {
		if holdsReference(c.plan.value) || strings.Contains(c.plan.value, "{{") {
			r.mistake(c.plan.spot, "a path must not hold ${…} or {{…}}")
			c.plan.value = ""
		} else if r.casePlan = filepath.FromSlash(c.plan.value); !filepath.IsAbs(r.casePlan) {
			r.casePlan = filepath.Join(r.dir, r.casePlan)
		}
	}
	if r.casePlan != "" {
		if err := r.enter(filepath.Dir(r.casePlan)); err != nil {
			r.mistake(r.whole(), "%v", err)
		}
	}
	r.plan.written.dir = r.dir
}

// castAccounts finds out who plays the accounts. It returns false when nobody can
// tell, which is a mistake.
func (r *resolver) castAccounts() bool {
	c, src := r.doc.ofCase, &r.doc.accounts
	switch {
	case c == nil && r.given.Accounts == nil, c != nil && r.given.Accounts == nil && c.plan.value == "":
		return true // they play themselves
	case c == nil:
		src.list, src.file, src.make = nil, text{}, nil
		for _, a := range r.given.Accounts {
			src.list = append(src.list, accountFields{at: src.at, name: text{a.Name, src.at}})
		}
	case src.at.src == nil:
		return false // a mistake already
	case src.list == nil:
		r.mistake(src.at, "the accounts of a case are a list: of each the name, and what is different from the case's plan")
		return false
	}
	r.cast = &cast{from: "those that are given", all: r.given.Accounts}
	if r.given.Accounts == nil {
		all, ok := r.accountsOfPlan(c.plan)
		if !ok {
			return false
		}
		r.cast.from, r.cast.all = c.plan.value, all
	}
	r.cast.byName()
	known := func(f accountFields) bool { return r.cast.accounts[f.name.value] != nil }
	if r.given.Accounts != nil && !slices.ContainsFunc(src.list, known) && !r.castStrangers() {
		return false
	}
	r.elsewhere = map[string]bool{}
	for _, a := range r.cast.all {
		for _, word := range append([]string{a.Name, a.Login}, a.Groups...) {
			r.elsewhere[word] = true
		}
	}
	return true
}

func (c *cast) byName() {
	c.accounts = map[string]*Account{}
	for i := range c.all {
		c.accounts[c.all[i].Name] = &c.all[i]
	}
}

// accountsOfPlan reads the accounts of a case's plan.
func (r *resolver) accountsOfPlan(at text) ([]Account, bool) {
	data, err := readFile(r.casePlan, largestPlan, "the plan")
	if err != nil {
		r.mistake(at.spot, "the accounts come from %s: %v; --accounts gives them otherwise", at.value, reason(err))
		return nil, false
	}
	shown := at.value
	if !filepath.IsAbs(shown) {
		shown = filepath.Join(filepath.Dir(r.src.file), shown)
	}
	other, err := accountsPart(shown, data, filepath.Dir(r.casePlan))
	if err != nil {
		r.mistake(at.spot, "%v", err)
		return nil, false
	}
	for _, m := range other.mistakes {
		r.tell(m)
	}
	return other.plan.Accounts, len(other.mistakes) == 0
}

// The roles that a column of given accounts may say.
const (
	roleColumn = "role"
	roleViewer = "viewer"
	roleOwner  = "owner"
	roleOther  = "other"
)

// castStrangers gives the parts of a case to accounts of which it knows none, and
// has it speak of them.
func (r *resolver) castStrangers() bool {
	parts := r.parts()
	if len(parts) > len(r.cast.all) {
		r.mistake(r.doc.accounts.at, "the case takes %d accounts, and only %d are given", len(parts), len(r.cast.all))
		return false
	}
	players := make([]*Account, 0, len(parts))
	if slices.ContainsFunc(r.cast.all, func(a Account) bool { return a.Columns[roleColumn] != "" }) {
		roles := map[string][]*Account{}
		for i := range r.cast.all {
			a := &r.cast.all[i]
			switch role := strings.ToLower(strings.TrimSpace(a.Columns[roleColumn])); role {
			case roleViewer, roleOwner:
				roles[role] = append(roles[role], a)
			case roleOther, "":
				roles[roleOther] = append(roles[roleOther], a)
			default:
				r.mistake(r.doc.accounts.at, "the given account %q has the role %q; known are %s, %s and %s", a.Name, role, roleViewer, roleOwner, roleOther)
				return false
			}
		}
		for _, p := range parts {
			of := roles[p.role]
			if len(of) == 0 {
				r.mistake(r.doc.accounts.at, "the case takes %d accounts, and too few with the role %s are given", len(parts), p.role)
				return false
			}
			players, roles[p.role] = append(players, of[0]), of[1:]
		}
	} else {
		for i := range parts {
			players = append(players, &r.cast.all[i])
		}
	}
	names := map[string]string{}
	r.cast.accounts, r.cast.strangers = map[string]*Account{}, true
	for i, p := range parts {
		names[p.name], r.cast.accounts[p.name] = players[i].Name, players[i]
	}
	r.rename(names)
	return true
}

// part is a part that an account of a case plays.
type part struct{ name, role string }

// parts are those of a case, in the order in which they are given away.
func (r *resolver) parts() []part {
	finding := r.doc.ofCase.finding
	var viewer, owner, others []part
	for _, f := range r.doc.accounts.list {
		switch name := f.name.value; name {
		case finding.viewer.value:
			viewer = append(viewer, part{name, roleViewer})
		case finding.owner.value:
			owner = append(owner, part{name, roleOwner})
		default:
			others = append(others, part{name, roleOther})
		}
	}
	return slices.Concat(viewer, owner, others)
}

// rename has a case speak of its accounts by other names: as viewer and owner, in
// columns and in audiences.
func (r *resolver) rename(names map[string]string) {
	word := func(t *text) {
		if name, ok := names[t.value]; ok {
			t.value = name
		}
	}
	word(&r.doc.ofCase.finding.viewer)
	word(&r.doc.ofCase.finding.owner)
	for i := range r.doc.items {
		for j := range r.doc.items[i].value.audience {
			word(&r.doc.items[i].value.audience[j])
		}
	}
	for i := range r.doc.changes {
		for j := range r.doc.changes[i].value.audience {
			word(&r.doc.changes[i].value.audience[j])
		}
	}
	for i := range r.doc.accounts.list {
		for j := range r.doc.accounts.list[i].columns {
			value := &r.doc.accounts.list[i].columns[j].value.value
			*value = renamed(*value, names)
		}
	}
}

// renamed returns a column's value with other names: of somebody, or of several,
// as audiences read it.
func renamed(value string, names map[string]string) string {
	if name, ok := names[value]; ok {
		return name
	}
	separator := " "
	if strings.Contains(value, ";") {
		separator = "; "
	}
	words, some := splitWords(value), false
	for i, word := range words {
		if name, ok := names[word]; ok {
			words[i], some = name, true
		}
	}
	if !some {
		return value
	}
	return strings.Join(words, separator)
}

// originOf returns the account that plays the one of that name; nil when it plays
// itself, and false when there is none, which is a mistake.
func (r *resolver) originOf(name text) (*Account, bool) {
	if r.cast == nil {
		return nil, true
	}
	a := r.cast.accounts[name.value]
	if a == nil {
		r.mistake(name.spot, "there is no account %q among %s%s", name.value, r.cast.from, suggest(name.value, accountNames(r.cast.all)))
	}
	return a, a != nil
}

// complete gives an account all that its entry does not say. Who somebody else
// logs in as is not for the entry to say.
func (r *resolver) complete(a *Account, f accountFields, origin *Account) {
	if f.login.value == "" || r.cast.strangers {
		a.Login = origin.Login
	}
	if f.shows.value == "" || r.cast.strangers {
		a.Shows = origin.Shows
	}
	if !f.password.given() || r.cast.strangers {
		a.Password = origin.Password
	}
	if f.groups == nil {
		a.Groups = slices.Clone(origin.Groups)
		for _, g := range a.Groups {
			r.groups[g] = true
		}
	}
	says := func(column string) bool {
		_, plain := a.Columns[column]
		_, secret := a.Secrets[column]
		return plain || secret
	}
	for column, value := range origin.Columns {
		if !says(column) {
			a.Columns[column] = value
		}
	}
	for column, value := range origin.Secrets {
		if !says(column) {
			if a.Secrets == nil {
				a.Secrets = map[string]Secret{}
			}
			a.Secrets[column] = value
		}
	}
}
