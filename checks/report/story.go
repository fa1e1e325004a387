package report

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"notmine/checks/gate"
	"notmine/checks/isolation"
	"notmine/checks/plan"
	"notmine/checks/record"
)

// story is what the reports tell, counted once from a record and its result.
// Its texts are as the record has them; each format cleans what it writes.
type story struct {
	run    *record.Run
	result *gate.Result
	pass   *isolation.Pass

	company tally              // visits in company
	alone   tally              // visits alone
	pairs   []pair             // who was shown whose, the most frequent first
	places  []place            // where that was, likewise
	cells   []cell             // what was looked at, in the plan's order
	spreads []spread           // barriers, in the plan's order
	first   *isolation.Finding // the earliest failing finding; nil when there is none
	counts  map[isolation.Level]int
}

// tally counts visits by how they went.
type tally struct {
	visits, reached, exposures, leaking int
	trials                              int // exposures and leaking visits: those that could show a leak
}

// pair says that a viewer was shown an owner's data in some visits. The owner is
// "" when nobody knows whose it was.
type pair struct {
	viewer, owner string
	visits        int
}

// place is where somebody else's data was seen.
type place struct {
	view     string
	surfaces []string // the plainest first
	paths    []string // of the answers that carried it
	visits   int
}

// cell is one view in one phase.
type cell struct {
	phase, view string
	tally
	trouble string // why a visit did not reach the view, the first of them
}

// spread says how tightly the releases of one view in one phase went out.
type spread struct {
	phase, view, hold string
	releases          int
	parties, arrived  int  // summed over the releases
	timed             bool // there was a release of two requests or more
	median, worst     time.Duration
}

func newStory(run *record.Run, result *gate.Result) (*story, error) {
	pass, err := isolation.NewPass(run)
	if err != nil {
		return nil, fmt.Errorf("telling the story of the run: %w", err)
	}
	s := &story{run: run, result: result, pass: pass, counts: map[isolation.Level]int{}}
	s.look()
	s.release()
	for i := range result.Findings {
		f := &result.Findings[i]
		s.counts[f.Level]++
		if s.failing(f) && (s.first == nil || f.At.Before(s.first.At)) {
			s.first = f
		}
	}
	return s, nil
}

// failing reports whether a finding is of a level that fails the run.
func (s *story) failing(f *isolation.Finding) bool {
	return f.Level == isolation.Leak || slices.Contains(s.run.Header.Plan.Pass.FailOn, string(f.Level))
}

// look counts the visits: how each went, who was shown whose, and where.
func (s *story) look() {
	type spot struct{ phase, view string }
	cells := map[spot]*cell{}
	for _, ph := range s.run.Header.Plan.Phases {
		for _, v := range s.run.Header.Plan.Views {
			cells[spot{ph.Name, v.Name}] = &cell{phase: ph.Name, view: v.Name}
		}
	}
	pairs := map[pair]int{}
	places := map[string]*seenAt{}
	for _, o := range s.run.Observations {
		leaks := s.pass.Leaks(o)
		exposed := s.pass.Exposed(o)
		whole := &s.company
		if s.pass.Alone(o) {
			whole = &s.alone
		}
		whole.add(o, exposed, len(leaks) > 0)
		if c := cells[spot{o.Phase, o.View}]; c != nil {
			c.add(o, exposed, len(leaks) > 0)
			if o.Outcome == record.Failed && c.trouble == "" {
				c.trouble = o.Error
			}
		}
		owners := map[string]bool{}
		for _, leak := range leaks {
			owners[leak.Owner] = true
			at(places, o.View).add(leak.Surface, leak.Path)
		}
		for owner := range owners {
			pairs[pair{viewer: o.Account, owner: owner}]++
		}
		if len(leaks) > 0 {
			at(places, o.View).visits++
		}
	}
	s.addFindings(pairs, places)
	for p, n := range pairs {
		p.visits = n
		s.pairs = append(s.pairs, p)
	}
	slices.SortFunc(s.pairs, func(a, b pair) int {
		return cmp.Or(cmp.Compare(b.visits, a.visits), cmp.Compare(a.viewer, b.viewer), cmp.Compare(a.owner, b.owner))
	})
	for view, seen := range places {
		s.places = append(s.places, seen.place(view))
	}
	slices.SortFunc(s.places, func(a, b place) int {
		return cmp.Or(cmp.Compare(b.visits, a.visits), cmp.Compare(a.view, b.view))
	})
	for _, ph := range s.run.Header.Plan.Phases {
		for _, v := range s.run.Header.Plan.Views {
			s.cells = append(s.cells, *cells[spot{ph.Name, v.Name}])
		}
	}
}

// addFindings adds what was found without a marker, such as another account's
// name. A finding knows how many visits it counts but not which, so where both
// are known the larger number stands: a visit is never counted twice.
func (s *story) addFindings(pairs map[pair]int, places map[string]*seenAt) {
	for i := range s.result.Findings {
		f := &s.result.Findings[i]
		if !s.failing(f) {
			continue
		}
		p := pair{viewer: f.Viewer, owner: f.Owner}
		if f.Owner != "" || !anyOwner(pairs, f.Viewer) {
			pairs[p] = max(pairs[p], f.Count)
		}
		seen := at(places, f.View)
		seen.visits = max(seen.visits, f.Count)
		seen.add(f.Surface, f.Path)
	}
}

// anyOwner reports whether somebody is known whose data viewer was shown.
func anyOwner(pairs map[pair]int, viewer string) bool {
	for p := range pairs {
		if p.viewer == viewer {
			return true
		}
	}
	return false
}

// seenAt collects the surfaces and paths of one view.
type seenAt struct {
	surfaces, paths map[string]bool
	visits          int
}

func at(places map[string]*seenAt, view string) *seenAt {
	if places[view] == nil {
		places[view] = &seenAt{surfaces: map[string]bool{}, paths: map[string]bool{}}
	}
	return places[view]
}

func (s *seenAt) add(surface, path string) {
	if surface != "" {
		s.surfaces[surface] = true
	}
	if path != "" {
		s.paths[path] = true
	}
}

func (s *seenAt) place(view string) place {
	return place{
		view:  view,
		paths: slices.Sorted(maps.Keys(s.paths)),
		surfaces: slices.SortedFunc(maps.Keys(s.surfaces), func(a, b string) int {
			return cmp.Or(cmp.Compare(isolation.Visibility(a), isolation.Visibility(b)), cmp.Compare(a, b))
		}),
		visits: s.visits,
	}
}

func (t *tally) add(o *record.Observation, exposed, leaking bool) {
	t.visits++
	if o.Outcome == record.Seen {
		t.reached++
	}
	if exposed {
		t.exposures++
	}
	if leaking {
		t.leaking++
	}
	if exposed || leaking {
		t.trials++
	}
}

// release sums up the barriers of each phase, view and hold.
func (s *story) release() {
	type spot struct{ phase, view, hold string }
	spreads := map[spot]*spread{}
	took := map[spot][]time.Duration{}
	var order []spot
	for _, b := range s.run.Barriers {
		at := spot{b.Phase, b.View, b.Hold}
		if spreads[at] == nil {
			spreads[at] = &spread{phase: b.Phase, view: b.View, hold: b.Hold}
			order = append(order, at)
		}
		sum := spreads[at]
		sum.releases++
		sum.parties += b.Parties
		sum.arrived += b.Arrived
		if b.Arrived > 1 { // one alone has no spread
			took[at] = append(took[at], b.Spread)
		}
	}
	for _, at := range order {
		sum := spreads[at]
		if of := took[at]; len(of) > 0 {
			sum.timed, sum.median, sum.worst = true, median(of), slices.Max(of)
		}
		s.spreads = append(s.spreads, *sum)
	}
}

// medianSpread is the median of all releases of two requests or more; 0 when
// there was none.
func (s *story) medianSpread() time.Duration {
	var all []time.Duration
	for _, b := range s.run.Barriers {
		if b.Arrived > 1 {
			all = append(all, b.Spread)
		}
	}
	return median(all)
}

// viewers returns those who were shown others' data, the most frequent first.
func (s *story) viewers() []string {
	visits := map[string]int{}
	for _, p := range s.pairs {
		visits[p.viewer] += p.visits
	}
	return byCount(visits)
}

// owners returns those whose data was shown, the most frequent first.
func (s *story) owners() []string {
	visits := map[string]int{}
	for _, p := range s.pairs {
		visits[p.owner] += p.visits
	}
	return byCount(visits)
}

func byCount(visits map[string]int) []string {
	return slices.SortedFunc(maps.Keys(visits), func(a, b string) int {
		return cmp.Or(cmp.Compare(visits[b], visits[a]), cmp.Compare(a, b))
	})
}

// causes returns the likely causes that the failing findings name.
func (s *story) causes() []string {
	var causes []string
	for i := range s.result.Findings {
		f := &s.result.Findings[i]
		if f.Cause != "" && s.failing(f) && !slices.Contains(causes, f.Cause) {
			causes = append(causes, f.Cause)
		}
	}
	return causes
}

// besides counts the findings that do not fail the run, level by level.
func (s *story) besides() []string {
	var parts []string
	for _, l := range []isolation.Level{isolation.Leak, isolation.Suspect, isolation.Risk, isolation.Note} {
		f := isolation.Finding{Level: l}
		if n := s.counts[l]; n > 0 && !s.failing(&f) {
			parts = append(parts, counted(n, string(l), string(l)+"s"))
		}
	}
	return parts
}

// cutShort says why the run did not come to its end; "" when it did.
func (s *story) cutShort() string {
	end := s.run.End
	switch {
	case end == nil:
		return "the record has no end: the run was killed"
	case end.Why == record.Done:
		return ""
	case end.Detail != "" && end.Detail != end.Why:
		return end.Why + ": " + end.Detail
	}
	return end.Why
}

// looked says how well a view was looked at in a phase, when that was not well.
func (c cell) looked() string {
	switch {
	case c.visits == 0:
		return "never looked at"
	case c.reached == 0 && c.trouble != "":
		return "never reached: " + c.trouble
	case c.reached == 0:
		return "never reached"
	case c.trials == 0:
		return "reached, but the accounts did not see their own there, so a leak could not be told"
	case c.reached < c.visits:
		return fmt.Sprintf("not reached %s: %s", counted(c.visits-c.reached, "time", "times"), c.trouble)
	}
	return ""
}

// solo reports whether a phase of that name has everybody alone.
func (s *story) solo(phase string) bool {
	for _, ph := range s.run.Header.Plan.Phases {
		if ph.Name == phase {
			return ph.Order == plan.Solo
		}
	}
	return false
}

// troubles counts what happened to sessions that should not have: logins that
// failed, sessions that were thrown out or died.
func (s *story) troubles() []fact {
	var facts []fact
	for _, what := range []string{record.LoginFailed, record.PlantFailed, record.ThrownOut, record.Died} {
		n, first := 0, ""
		for _, e := range s.run.Sessions {
			if e.What != what {
				continue
			}
			if n == 0 {
				first = e.Account
				if e.Error != "" {
					first += ": " + e.Error
				}
			}
			n++
		}
		if n > 0 {
			facts = append(facts, fact{what, fmt.Sprintf("%s, first %s", counted(n, "time", "times"), first)})
		}
	}
	return facts
}
