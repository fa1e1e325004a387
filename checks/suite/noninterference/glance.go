package noninterference

import (
	"net/http"

	"notmine/checks/isolation"
	"notmine/checks/record"
)

// part is what one selector of a view's compare matches.
type part struct{ view, selector string }

// place is a part as one account sees it.
type place struct {
	account, peer string
	part
}

// glance is a place as one visit showed it.
type glance struct {
	o        *record.Observation
	place    place
	rows     [][]cell
	keys     []key           // of the rows, in the same order
	numbered map[string]bool // cells with a long number
}

// key tells a row, in two forms as [cell]. It is zero for a row that has
// nothing to tell it by.
type key struct {
	exact, masked string
	cells         int // of the row; a heading is not replaced by a row of a list
}

// gather takes what can be compared out of the record. Parts that matched
// nothing are left out: what is not there is for the check missing.
func gather(p *isolation.Pass) (alone, company []glance) {
	several := map[part]bool{}
	usable := func(o *record.Observation, each func(part, []string)) {
		if o.Outcome != record.Seen || o.Status >= http.StatusBadRequest || !p.Regular(o) || !p.Undisturbed(o) {
			return
		}
		for _, selector := range p.View(o).Compare {
			if texts := o.Parts[selector]; len(texts) > 0 {
				each(part{o.View, selector}, texts)
			}
		}
	}
	for _, o := range p.Run.Observations {
		usable(o, func(at part, texts []string) {
			several[at] = several[at] || len(texts) > 1
		})
	}
	for _, o := range p.Run.Observations {
		usable(o, func(at part, texts []string) {
			g := glance{o: o, place: place{o.Account, o.Peer, at}, rows: rows(texts, !several[at])}
			if p.Alone(o) {
				alone = append(alone, g)
			} else {
				company = append(company, g)
			}
		})
	}
	return alone, company
}
