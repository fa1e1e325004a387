package report

import (
	"math"

	"notmine/checks/gate"
	"notmine/checks/phrase"
)

// sought is what a search was worth.
type sought struct {
	phase string
	*gate.Search
}

// searched returns the searches, in the order of the plan's phases.
func (s *story) searched() []sought {
	var all []sought
	for _, ph := range s.result.Phases {
		if ph.Search != nil {
			all = append(all, sought{ph.Name, ph.Search})
		}
	}
	return all
}

// Text says how many requests were put in order, in how many rounds, and with
// which chance that would have shown a bug: on the view on which it is smallest.
func (s sought) Text() phrase.Text {
	v := s.Least()
	if v == nil {
		return phrase.New("nothing was put in order: on no view did two sessions have a request that waits")
	}
	rounds := phrase.New("%d rounds", v.Rounds)
	if v.CountedRounds < v.Rounds {
		rounds = phrase.New("%d of %s", v.CountedRounds, rounds)
	}
	said := phrase.New("%s let through one at a time: a bug of depth %d in their order would have been found with a chance of at least %s %% (view %s: %s, of %s and at most %s)",
		phrase.New("%d requests", s.Requests), s.Depth, percent(roundedDown(v.LeastChance)),
		visible(v.View, 40), rounds, phrase.New("%d sessions", v.Sessions), phrase.New("%d steps", v.Steps))
	if v.BrokenRounds > 0 {
		said = phrase.New("%s; in %s the order was not kept: %s", said, phrase.New("%d rounds", v.BrokenRounds), broken(v))
	}
	if names := s.idle(); len(names) > 0 {
		said = phrase.New("%s; there was nothing to put in order on %s", said, listedNames(names, 3))
	}
	return said
}

// idle are the views on which there was nothing to put in order.
func (s sought) idle() []string {
	var names []string
	for _, v := range s.Views {
		if v.Steps == 0 {
			names = append(names, v.View)
		}
	}
	return names
}

// broken says why an order was not kept.
func broken(v *gate.SearchedView) phrase.Text {
	var why []phrase.Text
	add := func(n int, because phrase.Text) {
		if n > 0 {
			why = append(why, because)
		}
	}
	add(v.LooseRequests, phrase.New("%s went without one, since a visit made too many or a round took too long", phrase.New("%d requests", v.LooseRequests)))
	add(v.LateRequests, phrase.New("%s came after others had gone on", phrase.New("%d requests", v.LateRequests)))
	add(v.LostRequests, phrase.New("the wait of %s ended before their turn", phrase.New("%d requests", v.LostRequests)))
	add(v.FailedVisits, phrase.New("%s did not reach their view", phrase.New("%d visits", v.FailedVisits)))
	return phrase.Join(why, ", ")
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
