package isolation

import (
	"slices"
	"strings"

	"notmine/checks/plan"
	"notmine/checks/record"
)

// greetings are the words that views put around the viewer's name, learned from
// what accounts were shown: view → words before and after → accounts.
//
// One account proves nothing: a page that shows 김민 the name 김민수 would teach
// that a name is followed by 수. Words around two accounts' own names are a greeting.
type greetings map[string]map[greeting]map[string]bool

type greeting struct{ before, after string }

// maxGreetings bounds what a view that never says the same thing can teach.
const maxGreetings = 64

// learn takes in what account was shown as its name.
func (g greetings) learn(o *record.Observation, account plan.OutlineAccount) {
	if o.Identity == "" || o.Identity == account.Shows || account.Shows == "" {
		return
	}
	before, after, ok := strings.Cut(o.Identity, account.Shows)
	if !ok {
		return
	}
	view := g[o.View]
	if view == nil {
		view = map[greeting]map[string]bool{}
		g[o.View] = view
	}
	words := greeting{before, after}
	if view[words] == nil {
		if len(view) >= maxGreetings {
			return
		}
		view[words] = map[string]bool{}
	}
	view[words][account.Name] = true
}

// names returns what is left of the name shown without the view's greetings.
func (g greetings) names(o *record.Observation) []string {
	var names []string
	for words, accounts := range g[o.View] {
		rest, ok := strings.CutPrefix(o.Identity, words.before)
		if !ok || len(accounts) < 2 {
			continue
		}
		if name, ok := strings.CutSuffix(rest, words.after); ok && name != "" {
			names = append(names, name)
		}
	}
	slices.Sort(names) // same record, same bytes
	return names
}
