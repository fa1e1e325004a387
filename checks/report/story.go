package report

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"notmine/checks/gate"
	"notmine/checks/isolation"
	"notmine/checks/phrase"
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
	plain   tally              // visits without a browser
	pairs   []pair             // who was shown whose, the most frequent first
	places  []place            // where that was, likewise
	cells   []cell             // what was looked at, in the plan's order
	spreads []spread           // barriers, in the plan's order
	stages  []viewStages       // of places, in their order; none when nothing happened
	first   *isolation.Finding // the earliest of the plainest failing findings; nil when there is none
	leading *isolation.Finding // the same, or, when nothing fails, of those that are accepted or known
	shown   map[int][]string   // whose data observations showed, by their numbers; "" when nobody knows
	numbers map[string]int     // of accounts, see number
	counts  map[isolation.Level]int
}

func newStory(run *record.Run, result *gate.Result) (*story, error) {
	pass, err := isolation.NewPass(run)
	if err != nil {
		return nil, fmt.Errorf("telling the story of the run: %w", err)
	}
	s := &story{run: run, result: result, pass: pass, counts: map[isolation.Level]int{}, shown: map[int][]string{}, numbers: map[string]int{}}
	for _, a := range run.Header.Plan.Accounts {
		s.number(a.Name)
	}
	s.look()
	s.stage()
	s.release()
	for i := range result.Findings {
		f := &result.Findings[i]
		s.counts[f.Level]++
	}
	s.first = s.earliest(s.failing)
	if s.leading = s.first; s.leading == nil {
		s.leading = s.earliest(s.spared)
	}
	return s, nil
}

// earliest is the first in time of the plainest findings of a kind; nil when
// there is none.
func (s *story) earliest(is func(*isolation.Finding) bool) *isolation.Finding {
	var first *isolation.Finding
	for i := range s.result.Findings {
		f := &s.result.Findings[i]
		if is(f) && (first == nil || plainer(f, first) || !plainer(first, f) && f.At.Before(first.At)) {
			first = f
		}
	}
	return first
}

// number is by what a script of the page knows an account, or somebody of whom
// nobody knows who it is.
func (s *story) number(account string) int {
	if _, ok := s.numbers[account]; !ok {
		s.numbers[account] = len(s.numbers) + 1
	}
	return s.numbers[account]
}

// failing reports whether a finding fails the run: it is of a level that does,
// and neither accepted nor known.
func (s *story) failing(f *isolation.Finding) bool { return gate.Fails(f, s.run.Header.Plan.Pass) }

// look counts the visits: how each went, who was shown whose, and where.
func (s *story) look() {
	type spot struct{ phase, view string }
	cells := map[spot]*cell{}
	for _, ph := range s.orders() {
		for _, v := range s.viewsOf(ph) {
			cells[spot{ph.Name, v.Name}] = &cell{phase: ph.Name, view: v.Name}
		}
	}
	pairs := map[pair]int{}
	places := map[string]*seenAt{}
	for _, o := range s.run.Observations {
		leaks := s.pass.Leaks(o)
		exposed := s.pass.Exposed(o)
		whole := &s.company
		switch {
		case o.Plain > 0:
			whole, exposed = &s.plain, s.pass.ExposedPlain(o)
		case s.pass.Alone(o):
			whole = &s.alone
		}
		whole.add(o, exposed, len(leaks) > 0)
		if c := cells[spot{o.Phase, o.View}]; c != nil && o.Plain == 0 {
			c.add(o, exposed, len(leaks) > 0)
			if o.Outcome != record.Seen && c.trouble == "" {
				c.trouble = o.Error
			}
		}
		owners := map[string]bool{}
		for _, leak := range leaks {
			owners[leak.Owner] = true
			at(places, o.View).add(leak.Surface, leak.Path)
		}
		for _, owner := range slices.Sorted(maps.Keys(owners)) {
			pairs[pair{viewer: o.Account, owner: owner}]++
			s.shown[o.N] = append(s.shown[o.N], owner)
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
	for _, ph := range s.orders() {
		for _, v := range s.viewsOf(ph) {
			s.cells = append(s.cells, *cells[spot{ph.Name, v.Name}])
		}
	}
}

// orders are the phases in which somebody looks.
func (s *story) orders() []plan.Phase {
	return slices.DeleteFunc(slices.Clone(s.run.Header.Plan.Phases), func(ph plan.Phase) bool { return ph.Order == "" || ph.Change != "" })
}

// viewsOf are the views that a phase looks at.
func (s *story) viewsOf(ph plan.Phase) []plan.View {
	return slices.DeleteFunc(slices.Clone(s.run.Header.Plan.Views), func(v plan.View) bool {
		return len(ph.Views) > 0 && !slices.Contains(ph.Views, v.Name)
	})
}

// causes returns the likely causes that findings of a kind name.
func (s *story) causes(is func(*isolation.Finding) bool) []string {
	var causes []string
	for i := range s.result.Findings {
		f := &s.result.Findings[i]
		if f.Cause != "" && is(f) && !slices.Contains(causes, f.Cause) {
			causes = append(causes, f.Cause)
		}
	}
	return causes
}

// besides counts the findings of levels that do not fail the run.
func (s *story) besides() []phrase.Text {
	var parts []phrase.Text
	for _, of := range []struct {
		level isolation.Level
		told  phrase.Text
	}{
		{isolation.Leak, phrase.New("%d leaks", s.counts[isolation.Leak])},
		{isolation.Suspect, phrase.New("%d suspects", s.counts[isolation.Suspect])},
		{isolation.Risk, phrase.New("%d risks", s.counts[isolation.Risk])},
		{isolation.Note, phrase.New("%d notes", s.counts[isolation.Note])},
	} {
		if s.counts[of.level] > 0 && !gate.FailsOn(of.level, s.run.Header.Plan.Pass) {
			parts = append(parts, of.told)
		}
	}
	return parts
}

// cutShort says why the run did not come to its end; it is empty when it did, and
// when the result is inconclusive, for then the reasons tell it already.
func (s *story) cutShort() phrase.Text {
	end := s.run.End
	switch {
	case s.result.Verdict == gate.Inconclusive:
		return phrase.Text{}
	case end == nil:
		return phrase.New("the record has no end: the run was killed")
	case end.Why == record.Done:
		return phrase.Text{}
	case end.Detail != "" && end.Detail != end.Why:
		return phrase.New("%s: %s", phrase.Name(end.Why), end.Detail)
	}
	return phrase.Name(end.Why)
}

// plainer reports whether a says more at a glance than b: whose item was shown.
func plainer(a, b *isolation.Finding) bool { return a.Item != "" && b.Item == "" }

// solo reports whether a phase of that name has everybody alone.
func (s *story) solo(phase string) bool {
	for _, ph := range s.run.Header.Plan.Phases {
		if ph.Name == phase {
			return ph.Order == plan.Solo
		}
	}
	return false
}

// troubles are what happens to sessions and should not, as coverage names it.
var troubles = []struct {
	what string
	name phrase.Text
}{
	{record.LoginFailed, phrase.New("login failed")},
	{record.PlantFailed, phrase.New("plant failed")},
	{record.ThrownOut, phrase.New("thrown out")},
	{record.Died, phrase.New("died")},
}

// addTroubles counts the logins that failed and the sessions that were thrown out
// or died.
func (f *facts) addTroubles(s *story) {
	for _, trouble := range troubles {
		n, first := 0, phrase.Text{}
		for _, e := range s.run.Sessions {
			if e.What != trouble.what {
				continue
			}
			if n == 0 {
				first = phrase.Join(verbatim([]string{e.Account, e.Error}), ": ")
			}
			n++
		}
		if n > 0 {
			f.add(trouble.name, phrase.New("%s, first %s", phrase.New("%d times", n), first), 300)
		}
	}
}
