package report

import (
	"slices"

	"notmine/checks/phrase"
	"notmine/checks/plan"
	"notmine/checks/record"
)

// mostMissed is how many causes of something missed a page lists.
const mostMissed = 20

// gap is something that a run could have exercised and did not: a leak there
// would not have been seen.
type gap struct {
	What, Which, Why bilingual
	Visits           string // that it cost; "" when it was none of a visit's
}

// gaps are all that was not exercised: first what the run was to exercise, then
// what the plan and the service do not have.
func (s *story) gaps() []gap {
	var all []gap
	add := func(what, which, why phrase.Text, visits int) {
		g := gap{What: inBoth(what, 60), Which: inBoth(which, 200), Why: inBoth(why, 300)}
		if visits > 0 {
			g.Visits = count(visits)
		}
		all = append(all, g)
	}
	for _, a := range s.absent() {
		add(phrase.New("account"), phrase.Verbatim(a.account), a.why, 0)
	}
	visited := map[string]bool{} // what is said of another phase goes for all its views
	for _, ph := range s.phases() {
		visited[ph.Name] = ph.counts.Visits > 0
		if why := s.short(ph); !why.IsZero() {
			add(phrase.New("phase"), phrase.Verbatim(ph.Name), why, 0)
		}
	}
	for _, c := range s.cells {
		why, cost := c.looked(), c.visits-c.reached
		switch {
		case c.trials == 0:
			cost = c.visits
		case cost == 0:
			cost = c.reached - c.trials
		}
		if !why.IsZero() && visited[c.phase] {
			add(phrase.New("view"), phrase.New("%s in phase %s", visible(c.view, 100), visible(c.phase, 100)), why, cost)
		}
	}
	c := s.result.Coverage
	if left := c.PairsPossible - c.PairsSeen; left > 0 {
		add(phrase.New("pairs"), phrase.New("%s of %s", count(left), phrase.New("%d pairs", c.PairsPossible)),
			phrase.New("the one never looked while the other was at work"), 0)
	}
	for i, m := range c.Missed {
		if i == mostMissed {
			add(phrase.New("not whole"), phrase.New("%s more, in %s", count(len(c.Missed)-i), JSONFile), phrase.Text{}, 0)
			break
		}
		add(phrase.New("not whole"), phrase.Join([]phrase.Text{phrase.Name(m.Surface), phrase.Verbatim(visible(m.Path, 120))}, " "), phrase.Verbatim(m.Why), m.Visits)
	}
	if shared := c.Shared; shared != nil {
		if shared.Restored == 0 {
			add(phrase.New("shared browser"), phrase.New("pages that the browser keeps alive"), phrase.New("after each handover it loaded them again"), 0)
		}
		if shared.Worker == 0 {
			add(phrase.New("shared browser"), phrase.New("service workers"), phrase.New("none answered"), 0)
		}
		if shared.Offline == 0 {
			add(phrase.New("shared browser"), phrase.New("pages without the network"), phrase.New("none was shown"), 0)
		}
	}
	// These lists are as long as there are orders and surfaces, and are not cut.
	const whole = 5000
	if orders := s.unplanned(); len(orders) > 0 {
		all = append(all, gap{What: inBoth(phrase.New("orders"), 60), Which: inBoth(phrase.Join(orders, ", "), whole), Why: inBoth(phrase.New("no phase of the plan has them"), 300)})
	}
	if empty := s.emptySurfaces(); len(empty) > 0 {
		all = append(all, gap{What: inBoth(phrase.New("surfaces"), 60), Which: inBoth(phrase.Join(empty, ", "), whole), Why: inBoth(phrase.New("no visit had anything there"), 300)})
	}
	return all
}

// absence is an account that never logged in.
type absence struct {
	account string
	why     phrase.Text
}

// absent are the accounts that never logged in, each with the first reason.
func (s *story) absent() []absence {
	in, why := map[string]bool{}, map[string]string{}
	for _, e := range s.run.Sessions {
		switch e.What {
		case record.LoggedIn:
			in[e.Account] = true
		case record.LoginFailed:
			if why[e.Account] == "" {
				why[e.Account] = e.Error
			}
		}
	}
	var all []absence
	for _, a := range s.run.Header.Plan.Accounts {
		switch {
		case in[a.Name]:
		case why[a.Name] != "":
			all = append(all, absence{a.Name, phrase.New("never logged in: %s", why[a.Name])})
		default:
			all = append(all, absence{a.Name, phrase.New("never logged in")})
		}
	}
	return all
}

// unplanned are the orders that no phase of the plan has.
func (s *story) unplanned() []phrase.Text {
	var names []phrase.Text
	for _, order := range plan.Orders {
		if !slices.ContainsFunc(s.run.Header.Plan.Phases, func(ph plan.Phase) bool { return ph.Order == order && ph.Change == "" }) {
			names = append(names, phrase.New("%s (%s)", phrase.Name(string(order)), orderWords[order]))
		}
	}
	return names
}

// emptySurfaces are those on which there never was anything.
func (s *story) emptySurfaces() []phrase.Text {
	var names []phrase.Text
	for _, at := range s.result.Coverage.Surfaces {
		if at.Items > 0 {
			continue
		}
		name := phrase.Name(visible(at.Name, 40))
		if words := surfaceWords[at.Name]; !words.IsZero() {
			name = phrase.New("%s (%s)", name, words)
		}
		names = append(names, name)
	}
	return names
}

func (p *page) addGaps(s *story) {
	all := s.gaps()
	p.GapsLeft = max(0, len(all)-p.most.rows)
	p.Gaps = all[:min(len(all), p.most.rows)]
}
