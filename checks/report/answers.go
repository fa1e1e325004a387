package report

import (
	"fmt"
	"slices"
	"strings"

	"notmine/checks/isolation"
)

const (
	mostAnswered = 3 // that an answer names
	mostOf       = 3 // owners, paths or views that it names of each
)

// answers are what whoever is called to a leak asks first: who was shown whose,
// where, how often, since when, why, and how to see it again. They are of what
// is accepted or known when nothing else is there, and say so. There are none
// when nothing leaked.
func (s *story) answers() []fact {
	if s.leading == nil {
		return nil
	}
	var all []fact
	add := func(name, value string) {
		if value != "" {
			all = append(all, fact{name, visible(value, 500)})
		}
	}
	if s.first == nil {
		add("Is it new", fmt.Sprintf("no, all of it is accepted or known: %s", s.sparedLeaks()))
	}
	add("Who saw whose", s.who())
	add("Where", s.where())
	add("How often", s.often())
	add("Since when", s.since())
	add("Likely cause", s.why())
	add("To see it again", s.again())
	return all
}

func (s *story) who() string {
	owners := map[string][]string{}
	for _, p := range s.pairs {
		owners[p.viewer] = append(owners[p.viewer], orSomebody(p.owner))
	}
	viewers := s.viewers()
	var parts []string
	for _, v := range viewers[:min(len(viewers), mostAnswered)] {
		parts = append(parts, v+" saw data of "+few(owners[v], mostOf))
	}
	if left := len(viewers) - mostAnswered; left > 0 {
		parts = append(parts, counted(left, "more viewer", "more viewers"))
	}
	return strings.Join(parts, "; ")
}

func (s *story) where() string {
	var parts []string
	for _, at := range s.places[:min(len(s.places), mostOf)] {
		part := at.view
		if len(at.surfaces) > 0 {
			part += " (" + few(at.surfaces, mostOf) + ")"
		}
		if len(at.paths) > 0 {
			part += " from " + few(at.paths, mostOf)
		}
		parts = append(parts, part)
	}
	if left := len(s.places) - mostOf; left > 0 {
		parts = append(parts, counted(left, "more view", "more views"))
	}
	return strings.Join(parts, "; ")
}

// often tells in how many of the visits, apart from those that the headline
// tells of: alone, and without a browser.
func (s *story) often() string {
	part := func(t tally, how string) string {
		if t.trials == 0 {
			return ""
		}
		return fmt.Sprintf("%s of %s %s", count(t.leaking), counted(t.trials, "visit", "visits"), how)
	}
	parts := []string{part(s.company, "in company"), part(s.alone, "alone"), part(s.plain, "without a browser")}
	return strings.Join(slices.DeleteFunc(parts, func(p string) bool { return p == "" }), ", ")
}

func (s *story) since() string {
	f := s.leading
	sentence := fmt.Sprintf("%s, round %d, %s into the run (%s UTC)",
		f.Phase, f.Round, seconds(f.At.Sub(s.result.Run.Started).Seconds()), clock(f.At))
	before := 0
	for _, o := range s.run.Observations {
		if o.End.Before(f.At) && s.pass.Exposed(o) {
			before++
		}
	}
	if before > 0 {
		sentence += fmt.Sprintf(", after %s that showed nothing", counted(before, "visit", "visits"))
	}
	if f.When != nil {
		sentence += "; " + since(f.When)
	}
	return sentence
}

// why is the likely cause with its best reason.
func (s *story) why() string {
	is := s.failing
	if s.first == nil {
		is = s.spared
	}
	causes := s.causes(is)
	if len(causes) == 0 {
		return "the evidence does not decide"
	}
	for i := range s.result.Findings {
		f := &s.result.Findings[i]
		if f.Cause == causes[0] && len(f.Because) > 0 && is(f) {
			return strings.Join(causes, ", ") + ": " + f.Because[0].String()
		}
	}
	return strings.Join(causes, ", ")
}

// few names the first of some texts and counts the rest.
func few(texts []string, most int) string {
	list := strings.Join(texts[:min(len(texts), most)], ", ")
	if left := len(texts) - most; left > 0 {
		list += fmt.Sprintf(" and %d more", left)
	}
	return list
}

// turn is one visit of the viewer's to the view of a finding.
type turn struct {
	Whose string // "own", or whose data it showed
	Leaks bool
	Here  bool   // it is the finding's
	Told  string // which visit it was
}

// The visits before and after a finding that its card shows.
const (
	turnsBefore = 8
	turnsAfter  = 15
)

// turns are whose data the viewer was shown on the view, visit after visit,
// around the one of the finding.
func (s *story) turns(f *isolation.Finding) []turn {
	if len(f.Witness) == 0 {
		return nil
	}
	var all []turn
	here := -1
	for _, o := range s.run.Observations {
		if o.Account != f.Viewer || o.View != f.View {
			continue
		}
		owners := s.shown[o.N]
		t := turn{
			Whose: "–", Leaks: len(owners) > 0, Here: o.N == f.Witness[0],
			Told: visible(fmt.Sprintf("observation %d, %s, round %d, %s UTC", o.N, o.Phase, o.Round, clock(o.Start)), 200),
		}
		switch {
		case t.Leaks:
			t.Whose = visible(few(owners, mostOf), 60)
		case s.pass.Own(o, ""):
			t.Whose = "own"
		}
		if t.Here {
			here = len(all)
		}
		all = append(all, t)
	}
	if here < 0 || len(all) < 2 {
		return nil
	}
	from := max(0, here-turnsBefore)
	return all[from:min(len(all), here+turnsAfter)]
}
