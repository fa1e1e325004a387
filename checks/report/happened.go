package report

import (
	"fmt"
	"slices"
	"strings"

	"notmine/checks/gate"
	"notmine/checks/isolation"
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
func staged(stages []isolation.Stage) string {
	told := stages
	if len(told) > mostStages {
		told = slices.DeleteFunc(slices.Clone(stages[1:]), func(st isolation.Stage) bool { return st.Count == 0 })
		told = append(stages[:1:1], told...)
		told = told[:min(len(told), mostStages)]
	}
	var parts []string
	var last isolation.Named
	for i, st := range told {
		of := count(st.Visits)
		if i == 0 {
			of = counted(st.Visits, "visit", "visits")
		}
		name := "it"
		if st.Named != last {
			last, name = st.Named, visible(st.Named.String(), 40)
		}
		parts = append(parts, fmt.Sprintf("%s of %s %s %s", count(st.Count), of, st.Is, name))
	}
	sentence := strings.Join(parts, ", ")
	if left := len(stages) - len(told); left > 0 {
		sentence += fmt.Sprintf(", and %d more", left)
	}
	return sentence
}

// since says when a finding first was, as seen from what happened.
func since(w *isolation.When) string {
	name := visible(w.Named.String(), 40)
	switch w.Is {
	case isolation.Before:
		return fmt.Sprintf("%s before %s began", seconds(w.Seconds), name)
	case isolation.During:
		return fmt.Sprintf("during %s, %s after it began", name, seconds(w.Seconds))
	}
	return fmt.Sprintf("%s after %s was over", seconds(w.Seconds), name)
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

// amid says in or between which phases something was.
func amid(h gate.Happening) string {
	phase := func(name string) string { return visible(name, 40) }
	var parts []string
	if h.Phase != "" {
		in := "in " + phase(h.Phase)
		if h.Round > 0 {
			in += fmt.Sprintf(", before round %d", h.Round)
		}
		parts = append(parts, in)
	}
	if h.After != "" {
		parts = append(parts, "after "+phase(h.After))
	}
	if h.Before != "" {
		parts = append(parts, "before "+phase(h.Before))
	}
	return strings.Join(parts, ", ")
}

// went says how an event or a change went and how long it was felt; why it
// failed comes last, for that may be long.
func went(h gate.Happening) string {
	var parts []string
	add := func(format string, args ...any) { parts = append(parts, fmt.Sprintf(format, args...)) }
	if h.Kind == "change" {
		if h.Made > 0 {
			add("made by %s", counted(h.Made, "account", "accounts"))
		}
		if h.Settled != nil {
			add("what was before showed for %s", seconds(*h.Settled))
		}
		if h.Failed > 0 {
			add("failed for %s", counted(h.Failed, "account", "accounts"))
		}
	} else {
		if h.Error != "" {
			add("failed")
		}
		if h.Away > 0 {
			add("away for %s", counted(h.Away, "visit", "visits"))
		}
		if h.Back != nil {
			add("all back after %s", seconds(*h.Back))
		} else {
			add("not seen to be all back")
		}
	}
	if h.Error != "" {
		return strings.Join(parts, ", ") + ": " + visible(h.Error, 120)
	}
	return strings.Join(parts, ", ")
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
