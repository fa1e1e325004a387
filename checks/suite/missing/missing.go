package missing

import (
	_ "embed"
	"net/http"
	"regexp"
	"slices"

	"notmine/checks/isolation"
	"notmine/checks/phrase"
	"notmine/checks/record"
)

//go:embed doc.go
var doc string

// Check notes own items that are gone from a page that showed them before.
var Check = &isolation.Check{Name: "missing", Doc: isolation.DocOf(doc), Judge: judge}

// place is a view as one account sees it.
type place struct{ account, view, peer string }

// pages is how a place looked while the control was there.
type pages struct {
	titles map[string]bool
	named  bool // the viewer's name was on it
}

func judge(p *isolation.Pass) error {
	known := map[place]*pages{}
	for _, o := range p.Run.Observations {
		control := p.View(o).Control
		if control == "" || o.Outcome != record.Seen || o.Status >= http.StatusBadRequest || !p.Regular(o) || o.Before != "" {
			continue
		}
		at := place{o.Account, o.View, o.Peer}
		before := known[at]
		if p.Own(o, control) {
			if before == nil {
				before = &pages{titles: map[string]bool{}}
				known[at] = before
			}
			before.titles[masked(o.Title)] = true
			before.named = before.named || o.Identity != ""
			continue
		}
		// What was not looked at whole may hold the item where nobody looked.
		if before == nil || !before.same(o) || cutShort(o) {
			continue
		}
		f := isolation.In(o)
		f.Level = isolation.Note
		f.Relation = "own item missing"
		f.Owner = o.Account
		f.Item = control
		f.Message = phrase.New("%s did not see the own %s on %s", o.Account, control, o.View)
		p.Report(f)
	}
	return nil
}

// same reports whether o is a page as the place showed it before.
func (b *pages) same(o *record.Observation) bool {
	return b.titles[masked(o.Title)] && (!b.named || o.Identity != "")
}

var digits = regexp.MustCompile(`\p{Nd}+`)

// masked makes titles alike that differ in a count, as in "Inbox (3)".
func masked(title string) string { return digits.ReplaceAllString(title, "0") }

// cutShort reports whether the page's text was not looked at to its end, or one
// of its answers was cut off on purpose.
func cutShort(o *record.Observation) bool {
	return slices.ContainsFunc(o.Exchanges, func(e record.Exchange) bool { return e.Aborted != "" }) || slices.ContainsFunc(o.Missed, func(m record.Missed) bool { return m.Surface == record.Text })
}
