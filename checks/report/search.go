package report

import (
	"cmp"
	"maps"
	"math"
	"slices"

	"notmine/checks/crowd"
	"notmine/checks/phrase"
	"notmine/checks/plan"
	"notmine/checks/record"
)

// sought says how well a phase of the order search has looked for bugs of order.
type sought struct {
	phase string
	depth int
	least lookedAt // the view on which a bug had the least chance to be found
	loose int      // requests that went without an order, on all views
}

// lookedAt is how well a search has looked at one view.
type lookedAt struct {
	schedules, sessions, steps int
}

// searched sums up the searches, in the order of the plan's phases.
func (s *story) searched() []sought {
	var all []sought
	for _, ph := range s.run.Header.Plan.Phases {
		if ph.Order != plan.Search {
			continue
		}
		views := map[string]*lookedAt{}
		sum := sought{phase: ph.Name, depth: max(1, ph.Depth)}
		for _, turn := range s.run.Searched {
			if turn.Phase != ph.Name {
				continue
			}
			at := views[turn.View]
			if at == nil {
				at = &lookedAt{}
				views[turn.View] = at
			}
			at.sessions, at.steps = max(at.sessions, turn.Sessions), max(at.steps, turn.Steps)
			if bounded(turn, sum.depth) {
				at.schedules++
			}
			sum.loose += turn.Loose
		}
		for i, name := range slices.Sorted(maps.Keys(views)) {
			at := *views[name]
			more := cmp.Or(cmp.Compare(sum.least.chance(sum.depth), at.chance(sum.depth)), cmp.Compare(at.steps, sum.least.steps))
			if i == 0 || more > 0 {
				sum.least = at
			}
		}
		if len(views) > 0 {
			all = append(all, sum)
		}
	}
	return all
}

// bounded reports whether the bound holds for a turn: its changes were drawn among
// all steps that it had, and everybody waited.
func bounded(turn record.Searched, depth int) bool {
	return turn.Loose == 0 && (depth == 1 || turn.Known > 0 && turn.Known >= turn.Steps)
}

// chance is how likely a bug of that depth would have been found, at least.
func (v lookedAt) chance(depth int) float64 {
	if v.schedules == 0 {
		return 0
	}
	return crowd.BoundOver(v.schedules, crowd.Bound(v.sessions, v.steps, depth))
}

// Text says so.
func (s sought) Text() phrase.Text {
	said := phrase.New("%s a view, of %s and at most %s: a bug of order of depth %d that requests can show would have been found with a chance of at least %s %%",
		phrase.New("%d schedules", s.least.schedules), phrase.New("%d sessions", s.least.sessions), phrase.New("%d steps", s.least.steps), s.depth,
		percent(roundedDown(s.least.chance(s.depth))))
	if s.loose > 0 {
		said = phrase.New("%s; %s went without an order: a visit made too many, or a turn took too long", said, phrase.New("%d requests", s.loose))
	}
	return said
}

// roundedDown leaves two digits of a chance, and promises no more than there is.
func roundedDown(chance float64) float64 {
	if chance <= 0 {
		return 0
	}
	digits := math.Pow(10, 2-math.Ceil(math.Log10(chance)))
	return math.Floor(chance*digits) / digits
}

// searchRow is what a search was worth.
type searchRow struct {
	Name string
	Said bilingual
}

func (p *page) addSearches(s *story) {
	all := s.searched()
	for _, sum := range all[:min(len(all), p.most.rows)] {
		p.Searches = append(p.Searches, searchRow{visible(sum.phase, 100), inBoth(sum.Text(), 600)})
	}
}

// searches writes what each search was worth.
func (t *textPage) searches() {
	all := t.searched()
	if t.most.searches == 0 {
		return
	}
	for i, sum := range all {
		if i == t.most.searches {
			t.line("", counted(len(all)-i, "more search", "more searches"))
			return
		}
		label := ""
		if i == 0 {
			label = "searched"
		}
		t.row(label, visible(sum.phase, 40)+": "+visible(sum.Text().String(), 400))
	}
}
