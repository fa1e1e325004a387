package report

import (
	"fmt"

	"notmine/checks/isolation"
	"notmine/checks/phrase"
)

const (
	mostAnswered = 3 // that an answer names
	mostOf       = 3 // owners, paths or views that it names of each
)

// answers are what whoever is called to a leak asks first: who was shown whose,
// where, how often, since when, why, and how to see it again. They are of what
// is accepted or known when nothing else is there, and say so. There are none
// when nothing leaked.
func (s *story) answers() facts {
	if s.leading == nil {
		return nil
	}
	const longest = 500
	var all facts
	if s.first == nil {
		all.add(phrase.New("Is it new"), phrase.New("no, all of it is accepted or known: %s", s.sparedLeaks()), longest)
	}
	all.add(phrase.New("Who saw whose"), s.who(), longest)
	all.add(phrase.New("Where"), s.where(), longest)
	all.add(phrase.New("How often"), s.often(), longest)
	all.add(phrase.New("Since when"), s.since(), longest)
	all.add(phrase.New("Likely cause"), s.why(), longest)
	all.add(phrase.New("To see it again"), phrase.Verbatim(s.again()), longest)
	return all
}

func (s *story) who() phrase.Text {
	owners := map[string][]string{}
	for _, p := range s.pairs {
		owners[p.viewer] = append(owners[p.viewer], p.owner)
	}
	viewers := s.viewers()
	var parts []phrase.Text
	for _, v := range viewers[:min(len(viewers), mostAnswered)] {
		parts = append(parts, phrase.New("%s saw data of %s", v, few(whose(owners[v]), mostOf)))
	}
	if left := len(viewers) - mostAnswered; left > 0 {
		parts = append(parts, phrase.New("%d more viewers", left))
	}
	return phrase.Join(parts, "; ")
}

func (s *story) where() phrase.Text {
	var parts []phrase.Text
	for _, at := range s.places[:min(len(s.places), mostOf)] {
		surfaces, paths := few(named(at.surfaces), mostOf), few(verbatim(at.paths), mostOf)
		switch {
		case len(at.surfaces) > 0 && len(at.paths) > 0:
			parts = append(parts, phrase.New("%s (%s) from %s", at.view, surfaces, paths))
		case len(at.surfaces) > 0:
			parts = append(parts, phrase.New("%s (%s)", at.view, surfaces))
		case len(at.paths) > 0:
			parts = append(parts, phrase.New("%s from %s", at.view, paths))
		default:
			parts = append(parts, phrase.Verbatim(at.view))
		}
	}
	if left := len(s.places) - mostOf; left > 0 {
		parts = append(parts, phrase.New("%d more views", left))
	}
	return phrase.Join(parts, "; ")
}

// often tells in how many of the visits, apart from those that the headline
// tells of: alone, and without a browser.
func (s *story) often() phrase.Text {
	var parts []phrase.Text
	if t := s.company; t.trials > 0 {
		parts = append(parts, phrase.New("%d of %s in company", t.leaking, t.tried()))
	}
	if t := s.alone; t.trials > 0 {
		parts = append(parts, phrase.New("%d of %s alone", t.leaking, t.tried()))
	}
	if t := s.plain; t.trials > 0 {
		parts = append(parts, phrase.New("%d of %s without a browser", t.leaking, t.tried()))
	}
	return phrase.Join(parts, ", ")
}

func (s *story) since() phrase.Text {
	f := s.leading
	before := 0
	for _, o := range s.run.Observations {
		if o.End.Before(f.At) && s.pass.Exposed(o) {
			before++
		}
	}
	into := seconds(f.At.Sub(s.result.Run.Started).Seconds())
	sentence := phrase.New("%s, round %d, %s into the run (%s UTC)", f.Phase, f.Round, into, clock(f.At))
	if before > 0 {
		sentence = phrase.New("%s, round %d, %s into the run (%s UTC), after %s that showed nothing",
			f.Phase, f.Round, into, clock(f.At), phrase.New("%d visits", before))
	}
	if f.When != nil {
		return phrase.Join([]phrase.Text{sentence, since(f.When)}, "; ")
	}
	return sentence
}

// why is the likely cause with its best reason.
func (s *story) why() phrase.Text {
	is := s.failing
	if s.first == nil {
		is = s.spared
	}
	causes := s.causes(is)
	if len(causes) == 0 {
		return phrase.New("the evidence does not decide")
	}
	told := phrase.Join(named(causes), ", ")
	for i := range s.result.Findings {
		f := &s.result.Findings[i]
		if f.Cause == causes[0] && len(f.Because) > 0 && is(f) {
			return phrase.New("%s: %s", told, f.Because[0])
		}
	}
	return told
}

// turn is one visit of the viewer's to the view of a finding.
type turn struct {
	Whose bilingual // that it was the own, or whose data it showed
	Leaks bool
	Here  bool   // it is the finding's
	Told  string // which visit it was: its number, phase, round and time
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
		shown := phrase.Verbatim("–")
		switch {
		case len(owners) > 0:
			shown = few(whose(owners), mostOf)
		case s.pass.Own(o, ""):
			shown = phrase.New("own")
		}
		t := turn{
			Whose: inBoth(shown, 60), Leaks: len(owners) > 0, Here: o.N == f.Witness[0],
			Told: visible(fmt.Sprintf("#%s · %s %s · %s UTC", count(o.N), o.Phase, count(o.Round), clock(o.Start)), 200),
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
