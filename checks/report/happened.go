package report

import (
	"fmt"
	"slices"
	"strings"

	"notmine/checks/gate"
	"notmine/checks/isolation"
	"notmine/checks/phrase"
	"notmine/checks/record"
)

// mostStages is how many parts of a run one sentence tells.
const mostStages = 6

// viewStages is how one view went, before, during and after what happened.
type viewStages struct {
	view   string
	stages []isolation.Stage
}

// stage counts, for each view on which somebody was shown others' data, how
// often that was before, during and after what happened in the run.
func (s *story) stage() {
	course := isolation.CourseOf(s.run)
	if len(course) == 0 {
		return
	}
	leaked := map[*record.Observation]bool{}
	items := map[string][]string{} // of each view, those that were shown
	shown := func(view, item string) {
		if !slices.Contains(items[view], item) {
			items[view] = append(items[view], item)
		}
	}
	for _, o := range s.run.Observations {
		for _, sighted := range s.pass.Leaks(o) {
			leaked[o] = true
			shown(o.View, sighted.Item)
		}
	}
	for i := range s.result.Findings {
		f := &s.result.Findings[i]
		if f.Level != isolation.Leak {
			continue
		}
		shown(f.View, f.Item)
		for _, n := range f.Visits {
			if o := s.observation(n); o != nil && o.View == f.View {
				leaked[o] = true
			}
		}
	}
	trials := map[string][]*record.Observation{}
	for _, o := range s.run.Observations {
		if leaked[o] || !s.pass.Alone(o) && s.pass.Exposed(o) {
			trials[o.View] = append(trials[o.View], o)
		}
	}
	for _, at := range s.places {
		stages := course.For(items[at.view]...).Stages(trials[at.view], func(o *record.Observation) bool { return leaked[o] })
		if len(stages) > 0 {
			s.stages = append(s.stages, viewStages{at.view, stages})
		}
	}
}

// staged says how often something was before, during and after what happened,
// such as "0 of 420 visits before failover, 31 of 60 after it". Of more than
// [mostStages] parts those are told in which it was, and the first.
func staged(stages []isolation.Stage) phrase.Text {
	told := stages
	if len(told) > mostStages {
		told = slices.DeleteFunc(slices.Clone(stages[1:]), func(st isolation.Stage) bool { return st.Count == 0 })
		told = append(stages[:1:1], told...)
		told = told[:min(len(told), mostStages)]
	}
	var parts []phrase.Text
	var last isolation.Named
	for i, st := range told {
		name := phrase.New("it")
		if st.Named != last {
			last, name = st.Named, phrase.Verbatim(visible(st.Named.String(), 40))
		}
		if i == 0 {
			parts = append(parts, sideOf(st, phrase.New("%d of %s", st.Count, phrase.New("%d visits", st.Visits)), name))
			continue
		}
		parts = append(parts, sideOf(st, phrase.New("%d of %d", st.Count, st.Visits), name))
	}
	sentence := phrase.Join(parts, ", ")
	if left := len(stages) - len(told); left > 0 {
		return phrase.New("%s, and %d more", sentence, left)
	}
	return sentence
}

// sideOf says that something was before, during or after something else.
func sideOf(st isolation.Stage, what, other phrase.Text) phrase.Text {
	switch st.Is {
	case isolation.Before:
		return phrase.New("%s before %s", what, other)
	case isolation.During:
		return phrase.New("%s during %s", what, other)
	}
	return phrase.New("%s after %s", what, other)
}

// since says when a finding first was, as seen from what happened.
func since(w *isolation.When) phrase.Text {
	name := visible(w.Named.String(), 40)
	switch w.Is {
	case isolation.Before:
		return phrase.New("%s before %s began", seconds(w.Seconds), name)
	case isolation.During:
		return phrase.New("during %s, %s after it began", name, seconds(w.Seconds))
	}
	return phrase.New("%s after %s was over", seconds(w.Seconds), name)
}

// nameOf is the name of an event or change, with its number from the second
// time on.
func nameOf(h gate.Happening) string {
	return visible(isolation.Named{Event: h.Name, Nth: h.Nth}.String(), 40)
}

// into says when something began, counted from the beginning of the run.
func (s *story) into(h gate.Happening) string {
	return seconds(h.At.Sub(s.result.Run.Started).Seconds())
}

// kindOf is whether something that happened was an event or a change.
func kindOf(h gate.Happening) phrase.Text {
	if h.Kind == "change" {
		return phrase.New("change")
	}
	return phrase.New("event")
}

// amid says in or between which phases something was.
func amid(h gate.Happening) phrase.Text {
	phase := func(name string) string { return visible(name, 40) }
	var parts []phrase.Text
	switch {
	case h.Phase != "" && h.Round > 0:
		parts = append(parts, phrase.New("in %s, before round %d", phase(h.Phase), h.Round))
	case h.Phase != "":
		parts = append(parts, phrase.New("in %s", phase(h.Phase)))
	}
	if h.After != "" {
		parts = append(parts, phrase.New("after %s", phase(h.After)))
	}
	if h.Before != "" {
		parts = append(parts, phrase.New("before %s", phase(h.Before)))
	}
	return phrase.Join(parts, ", ")
}

// went says how an event or a change went and how long it was felt; why it
// failed comes last, for that may be long.
func went(h gate.Happening) phrase.Text {
	var parts []phrase.Text
	add := func(part phrase.Text) { parts = append(parts, part) }
	if h.Kind == "change" {
		if h.Made > 0 {
			add(phrase.New("made by %s", phrase.New("%d accounts", h.Made)))
		}
		if h.Settled != nil {
			add(phrase.New("what was before showed for %s", seconds(*h.Settled)))
		}
		if h.Failed > 0 {
			add(phrase.New("failed for %s", phrase.New("%d accounts", h.Failed)))
		}
	} else {
		if h.Error != "" {
			add(phrase.New("failed"))
		}
		if h.Away > 0 {
			add(phrase.New("away for %s", phrase.New("%d visits", h.Away)))
		}
		if h.Back != nil {
			add(phrase.New("all back after %s", seconds(*h.Back)))
		} else {
			add(phrase.New("not seen to be all back"))
		}
	}
	told := phrase.Join(parts, ", ")
	if h.Error != "" {
		return phrase.New("%s: %s", told, visible(h.Error, 120))
	}
	return told
}

// costs lists what the phases took, in their order, as far as that fits into
// limit columns; the cheapest are left out first. It is "" when none took any time.
func costs(phases []gate.Phase, limit int) string {
	const between = " · "
	took := slices.DeleteFunc(slices.Clone(phases), func(ph gate.Phase) bool { return ph.Seconds == 0 })
	parts, wide := make([]string, len(took)), 0
	for i, ph := range took {
		parts[i] = fmt.Sprintf("%s %s", visible(ph.Name, 24), seconds(ph.Seconds))
		wide += columns(parts[i]) + columns(between)
	}
	for left := 0; ; left++ {
		more := ""
		if left > 0 {
			more = fmt.Sprintf("%s%d more", between, left)
		}
		if wide-columns(between)+columns(more) <= limit || len(took) < 2 {
			return strings.Join(parts, between) + more
		}
		cheapest := 0
		for i, ph := range took {
			if ph.Seconds < took[cheapest].Seconds {
				cheapest = i
			}
		}
		wide -= columns(parts[cheapest]) + columns(between)
		took, parts = slices.Delete(took, cheapest, cheapest+1), slices.Delete(parts, cheapest, cheapest+1)
	}
}
