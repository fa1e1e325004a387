package report

import (
	"fmt"
	"slices"
	"strings"

	"notmine/checks/plan"
	"notmine/checks/record"
)

// mostMissed is how many causes of something missed a page lists.
const mostMissed = 20

// gap is something that a run could have exercised and did not: a leak there
// would not have been seen.
type gap struct {
	What, Which, Why string
	Visits           string // that it cost; "" when it was none of a visit's
}

// gaps are all that was not exercised: first what the run was to exercise, then
// what the plan and the service do not have.
func (s *story) gaps() []gap {
	var all []gap
	add := func(what, which, why string, visits int) {
		g := gap{What: what, Which: visible(which, 200), Why: visible(why, 300)}
		if visits > 0 {
			g.Visits = count(visits)
		}
		all = append(all, g)
	}
	for _, a := range s.absent() {
		add("account", a.Name, a.Value, 0)
	}
	visited := map[string]bool{} // what is said of another phase goes for all its views
	for _, ph := range s.phases() {
		visited[ph.Name] = ph.counts.Visits > 0
		if why := s.short(ph); why != "" {
			add("phase", ph.Name, why, 0)
		}
	}
	for _, c := range s.cells {
		why, cost := c.looked(), c.visits-c.reached
		if c.trials == 0 {
			cost = c.visits
		}
		if why != "" && visited[c.phase] {
			add("view", fmt.Sprintf("%s in %s", c.view, c.phase), why, cost)
		}
	}
	c := s.result.Coverage
	if left := c.PairsPossible - c.PairsSeen; left > 0 {
		add("pairs", fmt.Sprintf("%s of %s", count(left), counted(c.PairsPossible, "pair", "pairs")), "the one never looked while the other was at work", 0)
	}
	for i, m := range c.Missed {
		if i == mostMissed {
			add("not whole", fmt.Sprintf("%s more, in %s", count(len(c.Missed)-i), JSONFile), "", 0)
			break
		}
		add("not whole", strings.TrimSpace(fmt.Sprintf("%s %s", m.Surface, visible(m.Path, 120))), m.Why, m.Visits)
	}
	if shared := c.Shared; shared != nil {
		if shared.Restored == 0 {
			add("shared browser", "pages that the browser keeps alive", "after each handover it loaded them again", 0)
		}
		if shared.Worker == 0 {
			add("shared browser", "service workers", "none answered", 0)
		}
		if shared.Offline == 0 {
			add("shared browser", "pages without the network", "none was shown", 0)
		}
	}
	if orders := s.unplanned(); len(orders) > 0 {
		all = append(all, gap{What: "orders", Which: strings.Join(orders, ", "), Why: "no phase of the plan has them"})
	}
	if empty := s.emptySurfaces(); len(empty) > 0 {
		all = append(all, gap{What: "surfaces", Which: strings.Join(empty, ", "), Why: "no visit had anything there"})
	}
	return all
}

// absent are the accounts that never logged in, each with the first reason.
func (s *story) absent() []fact {
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
	var all []fact
	for _, a := range s.run.Header.Plan.Accounts {
		switch {
		case in[a.Name]:
		case why[a.Name] != "":
			all = append(all, fact{a.Name, fmt.Sprintf("never logged in: %s", why[a.Name])})
		default:
			all = append(all, fact{a.Name, "never logged in"})
		}
	}
	return all
}

// unplanned are the orders that no phase of the plan has.
func (s *story) unplanned() []string {
	var names []string
	for _, order := range plan.Orders {
		if !slices.ContainsFunc(s.run.Header.Plan.Phases, func(ph plan.Phase) bool { return ph.Order == order && ph.Change == "" }) {
			names = append(names, fmt.Sprintf("%s (%s)", order, orderWords[order]))
		}
	}
	return names
}

// emptySurfaces are those on which there never was anything.
func (s *story) emptySurfaces() []string {
	var names []string
	for _, at := range s.result.Coverage.Surfaces {
		if at.Items > 0 {
			continue
		}
		name := visible(at.Name, 40)
		if words := surfaceWords[at.Name]; words != "" {
			name = fmt.Sprintf("%s (%s)", name, words)
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
