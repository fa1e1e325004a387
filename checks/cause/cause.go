package cause

import (
	"fmt"
	"maps"
	"slices"

	"notmine/checks/isolation"
)

// Cause is the likely cause of a finding.
type Cause struct {
	Name    string   // one of the constants; "" for a finding that nobody was shown another's in
	Because []string // reasons, the strongest first, each a clause in plain words
}

// Of returns the likely cause of each of the findings of a whole run, in their
// order. Findings of one view share a cause. Those that are no leak have none.
func Of(p *isolation.Pass, findings []isolation.Finding) []Cause {
	e := gather(p, findings)
	views := map[string]Cause{}
	causes := make([]Cause, len(findings))
	for _, f := range findings {
		if _, known := views[f.View]; !known && f.Level == isolation.Leak && f.Check != "sharedtoken" {
			views[f.View] = judge(e.scene(f.View))
		}
	}
	e.borrow(views)
	for i, f := range findings {
		if f.Level != isolation.Leak {
			continue
		}
		if f.Check == "sharedtoken" {
			causes[i] = e.credential(f.Viewer, f.Owner)
			continue
		}
		causes[i] = views[f.View]
	}
	return causes
}

// ofCompany are the causes of what happens only among requests that overlap.
var ofCompany = []string{LastWriter, CollapsedRequests, SharedAtOnce}

// borrow gives the views of which too little is known to tell the cause that of
// another view, where what happens in both happens only among requests that
// overlap: one run has one bug, mostly.
func (e *evidence) borrow(views map[string]Cause) {
	for _, from := range slices.Sorted(maps.Keys(views)) {
		if !slices.Contains(ofCompany, views[from].Name) {
			continue
		}
		for view, c := range views {
			if c.Name != Unknown {
				continue
			}
			if s := e.scene(view); s.company() && s.undisturbed() >= leastCalm {
				views[view] = Cause{views[from].Name, append([]string{fmt.Sprintf("as on %s, it happens only while the owner asks for something as well", from)}, c.Because...)}
			}
		}
		return
	}
}

// pattern looks for one cause. It is not ok when the scene does not show it
// plainly; then what it says may still be worth telling.
type pattern func(*scene) (c Cause, ok bool)

// patterns, the most telling first: where a thing was goes before when it was,
// and what explains everything before what explains one view.
var patterns = []pattern{
	left, subscriber, stale, errorPages, bound, held, // by what they are
	ordered, kept, // by the order, also of those who ask alone
	swapped, surfaces, joined, // only among those who ask together
	turns, recovered,
}

func judge(s *scene) Cause {
	if len(s.events) == 0 {
		return Cause{Unknown, []string{"no visit shows whose data it was"}}
	}
	unsure := Cause{Name: Unknown}
	for _, look := range patterns {
		c, ok := look(s)
		if ok {
			c.Because = append(c.Because, s.circumstances()...)
			return c
		}
		unsure.Because = append(unsure.Because, c.Because...)
	}
	unsure.Because = append(unsure.Because, fmt.Sprintf("%s, and no pattern is plain", s.counted()))
	unsure.Because = append(unsure.Because, s.circumstances()...)
	return unsure
}
