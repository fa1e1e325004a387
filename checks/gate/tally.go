package gate

import (
	"cmp"
	"maps"
	"net/http"
	"slices"

	"notmine/checks/isolation"
	"notmine/checks/plan"
	"notmine/checks/record"
)

// tally is what was counted in a record.
type tally struct {
	run      *record.Run
	phases   []Phase
	shared   map[int]bool // phases that had less time, since all share it
	loggedIn map[string]bool
	failures map[string]string // account → why its first failed login failed
	visits   int
	exposed  int
	overlaps int               // exposures with another session in flight
	pairs    int               // see Coverage.PairsSeen
	company  counts            // visits in company
	views    map[string]counts // likewise, of each view
	accounts map[string]counts // likewise, of each account
	firstErr string            // of a visit in company that failed
	blocked  map[string]bool   // hosts
	surfaces surfaces
	stages   []isolation.Stage // visits in company, as of Result
	plain    plainCounts
	leaks    map[*record.Observation][]record.Sighting // of the visits that had any
	spared   bool                                      // whether there are leaks that do not fail the run
}

// counts is a number of visits, by how they went.
type counts struct {
	visits  int
	reached int // were neither failed nor away
	away    int // were refused: a waiting page, an error page; not exercised, and no failure
	exposed int
	leaking int
	trials  int // exposed or leaking: a leak is no exposure when it displaced the control
	// displaced were reached and leaking, and are no exposures.
	displaced int
}

func (c *counts) add(o *record.Observation, exposed, leaking bool) {
	c.visits++
	switch {
	case o.Outcome != record.Seen:
	case o.Status >= http.StatusBadRequest && !exposed:
		c.away++
	default:
		c.reached++
		if leaking && !exposed {
			c.displaced++
		}
	}
	if exposed {
		c.exposed++
	}
	if leaking {
		c.leaking++
	}
	if exposed || leaking {
		c.trials++
	}
}

func count(p *isolation.Pass) *tally {
	run := p.Run
	t := &tally{
		run:      run,
		shared:   map[int]bool{},
		loggedIn: map[string]bool{},
		failures: map[string]string{},
		views:    map[string]counts{},
		accounts: map[string]counts{},
		blocked:  map[string]bool{},
		surfaces: newSurfaces(),
		leaks:    map[*record.Observation][]record.Sighting{},
		phases:   []Phase{},
	}
	for _, s := range run.Sessions {
		switch s.What {
		case record.LoggedIn:
			t.loggedIn[s.Account] = true
		case record.LoginFailed:
			if _, ok := t.failures[s.Account]; !ok {
				t.failures[s.Account] = s.Error
			}
		}
	}
	phase := map[string]int{}
	for i, ph := range run.Header.Plan.Phases {
		phase[ph.Name] = i
		t.phases = append(t.phases, Phase{Name: ph.Name, Order: ph.Order, Event: ph.Event, Change: ph.Change})
	}
	for i, begun := range run.Phases {
		end := over(run)
		if i+1 < len(run.Phases) {
			end = run.Phases[i+1].At
		}
		if begun.Index < len(t.phases) {
			ph := &t.phases[begun.Index]
			ph.Seconds = tenths(end.Sub(begun.At)) + ph.Seconds
			ph.Away = cmp.Or(begun.Away, ph.Away)
			t.shared[begun.Index] = t.shared[begun.Index] || begun.Within > 0
		}
	}
	exposures, flights := map[string][]span{}, map[string][]span{}
	var trials []*record.Observation
	for _, o := range run.Observations {
		leaks := p.Leaks(o)
		exposed, leaking := p.Exposed(o), len(leaks) > 0
		t.visits++
		s := span{o.Start, o.End}
		flights[o.Account] = append(flights[o.Account], s)
		if exposed {
			t.exposed++
			exposures[o.Account] = append(exposures[o.Account], s)
		}
		if leaking {
			t.leaks[o] = leaks
		}
		for _, host := range o.Blocked {
			t.blocked[host] = true
		}
		t.surfaces.add(p, o)
		t.plain.add(p, o, leaking)
		if i, ok := phase[o.Phase]; ok {
			t.phases[i].add(o.Round, exposed, leaking)
		}
		if !p.Alone(o) && (exposed || leaking) {
			trials = append(trials, o)
		}
		if !p.Alone(o) && p.Regular(o) {
			t.company.add(o, exposed, leaking)
			addTo(t.views, o.View, o, exposed, leaking)
			addTo(t.accounts, o.Account, o, exposed, leaking)
			if o.Outcome == record.Failed && t.firstErr == "" {
				t.firstErr = o.Error
			}
		}
	}
	t.stages = isolation.CourseOf(run).Stages(trials, func(o *record.Observation) bool { return len(t.leaks[o]) > 0 })
	var names []string
	for _, a := range run.Header.Plan.Accounts {
		names = append(names, a.Name)
	}
	t.overlaps, t.pairs = overlaps(names, exposures, flights)
	return t
}

func addTo(of map[string]counts, name string, o *record.Observation, exposed, leaking bool) {
	c := of[name]
	c.add(o, exposed, leaking)
	of[name] = c
}

func (ph *Phase) add(round int, exposed, leaking bool) {
	ph.Rounds = max(ph.Rounds, round)
	ph.Visits++
	if exposed {
		ph.Exposures++
	}
	if leaking {
		ph.LeakingVisits++
	}
}

func (t *tally) coverage() Coverage {
	accounts := len(t.run.Header.Plan.Accounts)
	c := Coverage{
		Accounts:      accounts,
		Sessions:      len(t.loggedIn),
		Visits:        t.visits,
		Exposures:     t.exposed,
		Overlapping:   t.overlaps,
		PairsSeen:     t.pairs,
		PairsPossible: accounts * (accounts - 1),
		Blocked:       slices.Sorted(maps.Keys(t.blocked)),
		Surfaces:      t.surfaces.looked(),
		Missed:        t.surfaces.missed(),
		Shared:        shared(t.run),
		Plain:         t.plain.coverage(),
	}
	switch {
	case t.company.leaking > 0:
		low, high := Interval(t.company.leaking, t.company.trials)
		c.Rate95 = &Rate{
			Observed: rounded(float64(t.company.leaking) / float64(t.company.trials)),
			Low:      rounded(low),
			High:     rounded(high),
		}
	case t.company.exposed > 0:
		bound := rounded(UpperBound(t.company.exposed))
		c.RateBound95 = &bound
	}
	return c
}

// plainCounts are of visits without a browser.
type plainCounts struct {
	sessions map[plainSession]bool
	counts   Plain
}

type plainSession struct {
	account string
	number  int
}

func (c *plainCounts) add(p *isolation.Pass, o *record.Observation, leaking bool) {
	if o.Plain == 0 {
		return
	}
	if c.sessions == nil {
		c.sessions = map[plainSession]bool{}
	}
	c.sessions[plainSession{o.Account, o.Plain}] = true
	c.counts.Visits++
	if o.Outcome == record.Failed {
		c.counts.Failed++
	}
	if p.ExposedPlain(o) {
		c.counts.Exposures++
	}
	if leaking {
		c.counts.LeakingVisits++
	}
}

// coverage returns what was counted, nil when there was nothing.
func (c *plainCounts) coverage() *Plain {
	if len(c.sessions) == 0 {
		return nil
	}
	counts := c.counts
	counts.Sessions = len(c.sessions)
	return &counts
}

// inCompany are the phases of the plan in which a leak can show.
func (t *tally) inCompany() []plan.Phase {
	var phases []plan.Phase
	for _, ph := range t.run.Header.Plan.Phases {
		if ph.Order != plan.Solo && ph.Order != "" {
			phases = append(phases, ph)
		}
	}
	return phases
}
