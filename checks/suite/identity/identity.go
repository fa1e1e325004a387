package identity

import (
	_ "embed"
	"slices"
	"strings"

	"notmine/checks/isolation"
	"notmine/checks/phrase"
	"notmine/checks/record"
)

//go:embed doc.go
var doc string

// Check reports sessions that were shown another account's name as their own.
var Check = &isolation.Check{Name: "identity", Doc: isolation.DocOf(doc), Look: look}

func look(p *isolation.Pass, o *record.Observation) error {
	own, others := p.Called(o)
	if own || len(others) == 0 || o.Before != "" && slices.Contains(others, o.Before) {
		return nil // what was left in the browser, residue tells
	}
	f := isolation.In(o)
	f.Level = isolation.Leak
	f.Relation = "another account's name"
	f.Surface = record.Text
	// A who-am-I answer is named /path#field.
	if path, _, ok := strings.Cut(p.View(o).Identity, "#"); ok && strings.HasPrefix(path, "/") {
		f.Surface, f.Path = record.Body, path
	}
	if len(others) == 1 {
		f.Owner = others[0]
	}
	f.Message = phrase.New("%s was taken for %s on %s", o.Account, anyOf(others), o.View)
	p.Report(f)
	return nil
}

// anyOf tells names of which one is meant.
func anyOf(names []string) phrase.Text {
	told := phrase.Verbatim(names[0])
	for _, name := range names[1:] {
		told = phrase.New("%s or %s", told, name)
	}
	return told
}
