package checks

import (
	"slices"

	"notmine/checks/crowd"
	"notmine/checks/isolation"
	"notmine/checks/record"
)

// ownPages are the screenshots that are wanted of owners' own pages, to stand
// beside those of the viewers. Each is taken at the owner's next visit to the view
// in which the item is seen.
type ownPages struct {
	asked  int // so far, in the whole run
	wanted []ownPage
}

// ownPage is what an owner's page is to show.
type ownPage struct {
	view, item string
	name       string          // of the file
	as         record.Evidence // what it will be evidence of
}

// want asks for the page of a finding's owner, unless nobody knows who that is or
// it is the viewer.
func (p *ownPages) want(o *record.Observation, f isolation.Finding, name string) {
	if f.Owner == "" || f.Item == "" || f.Owner == o.Account || p.asked == maxEvidence {
		return
	}
	p.asked++
	p.wanted = append(p.wanted, ownPage{
		view: o.View, item: f.Item, name: name + "-own.webp",
		as: record.Evidence{Observation: o.N, Own: true, Owner: f.Owner},
	})
}

// of returns the screenshot to be taken of the page that an observation leaves
// open: one for all that wait for it.
func (p *ownPages) of(o *record.Observation) []crowd.Shot {
	if o.Plain > 0 {
		return nil
	}
	var shot crowd.Shot
	p.wanted = slices.DeleteFunc(p.wanted, func(own ownPage) bool {
		if own.as.Owner != o.Account || own.view != o.View || !sees(o, own.as.Owner, own.item) {
			return false
		}
		if shot.File == "" {
			shot.File = own.name
		}
		if !slices.Contains(shot.Of, own.as) {
			shot.Of = append(shot.Of, own.as)
		}
		for _, mark := range marksOf(o, own.as.Owner, own.item) {
			if !slices.Contains(shot.Mark, mark) {
				shot.Mark = append(shot.Mark, mark)
			}
		}
		return true
	})
	if shot.File == "" {
		return nil
	}
	return []crowd.Shot{shot}
}

// sees reports whether an observation shows an owner's item.
func sees(o *record.Observation, owner, item string) bool {
	return slices.ContainsFunc(o.Sightings, func(s record.Sighting) bool { return s.Owner == owner && s.Item == item })
}
