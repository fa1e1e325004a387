package plan

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// columnName is what a column may be called, so that it can stand in {{…}}.
var columnName = regexp.MustCompile(`^[\p{L}_][\p{L}\p{N}_-]*$`)

// numberColumn is the column of the accounts that are made.
const numberColumn = "n"

func (r *resolver) resolveAccounts() {
	r.noAccounts()
	if !r.castAccounts() {
		return // the accounts are unknown, so nothing is checked against them
	}
	before := len(r.mistakes) + r.unlisted
	src := r.doc.accounts
	switch {
	case src.make != nil:
		r.makeAccounts(src.make)
	case src.file.value != "":
		r.accountsOf(r.openTable(src.file))
	default:
		for i, f := range src.list {
			if i == mostAccounts {
				r.mistake(f.at, "more than %d accounts", mostAccounts)
				break
			}
			r.addAccount(f, nil)
		}
	}
	if n := len(r.plan.Accounts); n < 2 && !r.alone && src.at.src != nil && before == len(r.mistakes)+r.unlisted {
		r.mistake(src.at, "a leak needs two: there %s", map[bool]string{true: "is one account", false: "are no accounts"}[n == 1])
	}
	for name, i := range r.byName {
		if r.groups[name] {
			r.mistake(r.accountAt[i], "%q is the name of an account and of a group", name)
		}
	}
	r.commonColumns()
	r.adviseSecrets()
	r.keepOrigins()
}

// noAccounts begins with none.
func (r *resolver) noAccounts() {
	r.byName, r.byLogin = map[string]int{}, map[string]int{}
	r.groups, r.columns = map[string]bool{}, map[string]bool{}
}

// commonColumns collects the columns that every account has.
func (r *resolver) commonColumns() {
	count := map[string]int{}
	for _, a := range r.plan.Accounts {
		for c := range a.Columns {
			count[c]++
		}
		for c := range a.Secrets {
			count[c]++
		}
	}
	r.common = map[string]bool{}
	for c, n := range count {
		r.columns[c] = true
		r.common[c] = n == len(r.plan.Accounts)
	}
}

// makeAccounts makes accounts that differ by a number.
func (r *resolver) makeAccounts(m *makeFields) {
	first := 1
	if m.first.spot.src != nil {
		first = m.first.value
	}
	for _, t := range slices.Concat([]text{m.name, m.login, m.password, m.shows}, m.groups, values(m.columns)) {
		keys, err := Keys(t.value)
		if err != nil {
			r.mistake(t.spot, "%v", err)
			return
		}
		for _, key := range keys {
			if key != numberColumn {
				r.mistake(t.spot, "{{%s}} is not known here; only {{n}}, the account's number, is", key)
				return
			}
		}
	}
	if !strings.Contains(m.login.value, "{{") && m.count.value > 1 {
		if m.login.value != "" {
			r.mistake(m.login.spot, "every account would have the same login; write {{n}} where the number belongs")
		}
		return
	}
	for n := first; n < first+m.count.value; n++ {
		number := func(t text) text {
			t.value, _ = Expand(t.value, func(string) (string, bool) { return strconv.Itoa(n), true })
			return t
		}
		f := accountFields{at: m.at, login: number(m.login), password: number(m.password), name: number(m.name), shows: number(m.shows)}
		if f.name.value == "" {
			f.name = f.login
		}
		for _, g := range m.groups {
			f.groups = append(f.groups, number(g))
		}
		for _, c := range m.columns {
			f.columns = append(f.columns, pair[text]{c.key, number(c.value)})
		}
		before := len(r.mistakes) + r.unlisted
		r.addAccount(f, map[string]string{numberColumn: strconv.Itoa(n)})
		if before != len(r.mistakes)+r.unlisted {
			return // the same mistake would follow for each number
		}
	}
}

func values[V any](pairs []pair[V]) []V {
	vs := make([]V, len(pairs))
	for i, p := range pairs {
		vs[i] = p.value
	}
	return vs
}

// addAccount checks one account, resolves its references, and adds it. columns
// are those that it has besides the written ones; it may be nil.
func (r *resolver) addAccount(f accountFields, columns map[string]string) {
	if !f.name.given() {
		return // a mistake already
	}
	name, ok := r.inline(f.name)
	if !ok || !r.checkName(f.name.spot, name, "an account") {
		return
	}
	origin, ok := r.originOf(f.name)
	if !ok {
		return
	}
	if origin != nil {
		name = origin.Name
	}
	a := Account{Name: name, Login: name, Shows: name, Columns: columns}
	if a.Columns == nil {
		a.Columns = map[string]string{}
	}
	if f.login.value != "" {
		a.Login, _ = r.inline(f.login)
	}
	if f.shows.value != "" {
		a.Shows, _ = r.inline(f.shows)
	}
	password, _ := r.inline(f.password)
	a.Password = NewSecret(password)
	if onlyReferences(f.password.value) {
		a.Password = writtenSecret(password, f.password.value)
	}
	for _, g := range f.groups {
		for _, group := range splitWords(r.plain(g, "a group")) {
			if r.checkName(g.spot, group, "a group") && !slices.Contains(a.Groups, group) {
				a.Groups = append(a.Groups, group)
				r.groups[group] = true
			}
		}
	}
	for _, c := range f.columns {
		r.addColumn(&a, c)
	}
	if origin != nil {
		r.complete(&a, f, origin)
	}
	at := f.name.spot
	if i, taken := r.byName[a.Name]; taken {
		r.mistake(at, "the account %q is given twice, first in %s", a.Name, r.accountAt[i].position())
		return
	}
	if i, taken := r.byLogin[a.Login]; taken {
		if f.login.given() {
			at = f.login.spot
		}
		r.mistake(at, "%q logs in as %q, and so does %q: one person cannot be told from herself", a.Name, a.Login, r.plan.Accounts[i].Name)
		return
	}
	r.byName[a.Name], r.byLogin[a.Login] = len(r.plan.Accounts), len(r.plan.Accounts)
	r.plan.Accounts = append(r.plan.Accounts, a)
	r.accountAt = append(r.accountAt, at)
	r.keepTexts(a, f)
}

func (r *resolver) addColumn(a *Account, c pair[text]) {
	name := c.key.value
	if _, taken := a.Columns[name]; taken || !columnName.MatchString(name) {
		r.mistake(c.key.spot, "%q cannot be the name of a column; a letter and then letters, digits, _ and - can", name)
		return
	}
	value, ok := r.inline(c.value)
	switch {
	case !ok:
	case holdsReference(c.value.value):
		if a.Secrets == nil {
			a.Secrets = map[string]Secret{}
		}
		a.Secrets[name] = NewSecret(value)
		if onlyReferences(c.value.value) {
			a.Secrets[name] = writtenSecret(value, c.value.value)
		}
	default:
		a.Columns[name] = value
	}
}

// longestName bounds names of accounts, groups, items and views, in characters.
const longestName = 100

// checkName reports whether a name is good for messages and audiences.
func (r *reader) checkName(at spot, name, whose string) bool {
	return r.checkNameWithin(longestName, at, name, whose)
}

// checkNameWithin is checkName with another bound.
func (r *reader) checkNameWithin(longest int, at spot, name, whose string) bool {
	switch {
	case strings.TrimSpace(name) != name || name == "":
		r.mistake(at, "the name of %s is empty or has spaces around it", whose)
	case utf8.RuneCountInString(name) > longest:
		r.mistake(at, "the name of %s is longer than %d characters", whose, longest)
	case strings.ContainsFunc(name, func(c rune) bool { return unicode.IsControl(c) || isBidiControl(c) }) || strings.ContainsAny(name, "{};") || strings.HasPrefix(name, "("):
		r.mistake(at, "the name of %s must not hold control characters, braces or ;, nor begin with (", whose)
	case name == wordMe || name == wordEveryone:
		r.mistake(at, "%q is a word of audiences and cannot be the name of %s", name, whose)
	default:
		return true
	}
	return false
}

// splitWords splits words that are separated by ;, or by spaces where there is
// no ;, so that names with spaces can be listed as well.
func splitWords(s string) []string {
	if !strings.Contains(s, ";") {
		return strings.Fields(s)
	}
	var words []string
	for word := range strings.SplitSeq(s, ";") {
		if word = strings.TrimSpace(word); word != "" {
			words = append(words, word)
		}
	}
	return words
}

// adviseSecrets warns of passwords that stand in the plan itself.
func (r *resolver) adviseSecrets() {
	if r.loopback || r.plan.Target == "" {
		return
	}
	written := []text{}
	for _, f := range r.doc.accounts.list {
		written = append(written, f.password)
	}
	if m := r.doc.accounts.make; m != nil {
		written = append(written, m.password)
	}
	for _, password := range written {
		if password.value != "" && !holdsReference(password.value) {
			r.warn(password.spot, "a password stands in the plan; ${env:NAME} or ${file:PATH} keeps it out")
			return // one is enough to say so
		}
	}
}
