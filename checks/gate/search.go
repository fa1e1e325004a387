package gate

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"

	"notmine/checks/crowd"
	"notmine/checks/plan"
	"notmine/checks/record"
)

// Search says how well a phase of the order search has looked for bugs of order:
// those that show when a few of the requests which were put in order come in a
// certain one. What the target does inside is not put in order, nor are requests
// that the phase does not hold.
type Search struct {
	Depth    int `json:"depth"`    // how many constraints of order make the bugs that it looked for
	Requests int `json:"requests"` // that were let through one at a time, in drawn orders
	// LeastChance is the chance with which any one such bug would have been found,
	// at least: that of the view on which it is smallest, of those on which there
	// was anything to put in order.
	LeastChance float64        `json:"least_chance"`
	Views       []SearchedView `json:"views"` // in the order in which they were first looked at
}

// Least returns the view on which a bug had the smallest chance to be found, of
// those on which there was anything to put in order; nil when that was none.
func (s *Search) Least() *SearchedView {
	var least *SearchedView
	for i := range s.Views {
		if v := &s.Views[i]; v.Steps > 0 && (least == nil || v.LeastChance < least.LeastChance) {
			least = v
		}
	}
	return least
}

// SearchedView says how well a search has looked at one view.
//
// A drawn order shows any one bug of depth d, of n sessions with at most k steps
// between them, with a chance of at least 1/(n·k^(d-1)), see [crowd.Bound]. That is
// so in rounds whose order was drawn over all k steps and in which all n sessions
// took part. Those are counted. In some of them the order may not have been kept,
// and it may be just the ones that would have shown the bug. So it would have been
// found if more of the counted rounds drew such an order than were broken, and
// LeastChance is that of so many in a binomial distribution: 1-(1-1/(n·k^(d-1)))^r
// for r counted rounds when none was broken.
type SearchedView struct {
	View     string `json:"view"`
	Requests int    `json:"requests"` // that were let through one at a time
	Sessions int    `json:"sessions"` // n: the most that took part
	// Steps is k: the most that a round can have. A step is a choice between the
	// waiting requests of several sessions. 0 when there never was one.
	Steps         int `json:"steps"`
	Rounds        int `json:"rounds"`         // that were searched
	CountedRounds int `json:"counted_rounds"` // whose orders the chance is for; not the first ones, which only tell the steps, when the depth is more than 1
	BrokenRounds  int `json:"broken_rounds"`  // of those, in which the order was not kept
	// What was not as it was drawn, in the counted rounds.
	LooseRequests int     `json:"loose_requests,omitempty"` // as of [record.Searched], and Late and Lost likewise
	LateRequests  int     `json:"late_requests,omitempty"`
	LostRequests  int     `json:"lost_requests,omitempty"`
	FailedVisits  int     `json:"failed_visits,omitempty"` // did not reach their view, so that some of their requests may never have come
	LeastChance   float64 `json:"least_chance"`
}

// searchTurn is where and when a turn of a search was.
type searchTurn struct {
	phase, view string
	round       int
}

// search says what each phase of the order search was worth.
func (t *tally) search() {
	type spot struct{ phase, view string }
	turns := map[spot][]record.Searched{}
	views := map[string][]string{} // phase → its views
	for _, turn := range t.run.Searched {
		at := spot{turn.Phase, turn.View}
		if turns[at] == nil {
			views[turn.Phase] = append(views[turn.Phase], turn.View)
		}
		turns[at] = append(turns[at], turn)
	}
	if len(turns) == 0 {
		return
	}
	reached := t.reachedInSearches()
	for i, ph := range t.run.Header.Plan.Phases {
		if ph.Order != plan.Search || views[ph.Name] == nil {
			continue
		}
		s := &Search{Depth: max(1, ph.Depth)}
		for _, view := range views[ph.Name] {
			v := searchedView(turns[spot{ph.Name, view}], s.Depth, reached)
			s.Requests += v.Requests
			s.Views = append(s.Views, v)
		}
		if least := s.Least(); least != nil {
			s.LeastChance = least.LeastChance
		}
		t.phases[i].Search = s
	}
}

// reachedInSearches counts the visits of each turn of a search that reached
// their view.
func (t *tally) reachedInSearches() map[searchTurn]int {
	searches := map[string]bool{}
	for _, ph := range t.run.Header.Plan.Phases {
		searches[ph.Name] = ph.Order == plan.Search
	}
	reached := map[searchTurn]int{}
	for _, o := range t.run.Observations {
		if searches[o.Phase] && o.Outcome == record.Seen {
			reached[searchTurn{o.Phase, o.View, o.Round}]++
		}
	}
	return reached
}

// searchedView sums up the turns of a phase on one view.
func searchedView(turns []record.Searched, depth int, reached map[searchTurn]int) SearchedView {
	v := SearchedView{View: turns[0].View, Rounds: len(turns)}
	choice := false
	for _, turn := range turns {
		v.Requests += len(turn.Order)
		v.Sessions = max(v.Sessions, turn.Sessions)
		v.Steps = max(v.Steps, turn.Steps, len(turn.Order)-1) // another order may have a step at each but the last
		choice = choice || turn.Steps > 0
	}
	if !choice {
		v.Steps = 0
		return v
	}
	for _, turn := range turns {
		// Neither of these depends on the order that was drawn for the turn. If one
		// did, the orders of those that are counted would be others than were drawn.
		if turn.Sessions < v.Sessions || depth > 1 && turn.Known < v.Steps {
			continue
		}
		v.CountedRounds++
		failed := max(0, turn.Sessions-reached[searchTurn{turn.Phase, turn.View, turn.Round}])
		if failed > 0 || turn.Loose > 0 || turn.Late > 0 || turn.Lost > 0 {
			v.BrokenRounds++
		}
		v.LooseRequests += turn.Loose
		v.LateRequests += turn.Late
		v.LostRequests += turn.Lost
		v.FailedVisits += failed
	}
	v.LeastChance = leastChance(v.CountedRounds, v.BrokenRounds, crowd.Bound(v.Sessions, v.Steps, depth))
	return v
}

// leastChance is how likely more of so many orders show a bug than were broken,
// when each shows it with that chance. It is rounded down, so that no more is
// promised than there is.
func leastChance(orders, broken int, each float64) float64 {
	if broken >= orders {
		return 0
	}
	// Of a binomial distribution, that is where the beta distribution of broken+1
	// and orders-broken has the share below that chance.
	chance := distuv.Beta{Alpha: float64(broken + 1), Beta: float64(orders - broken)}.CDF(each)
	return math.Floor(chance*1e9) / 1e9
}
