package isolation

import (
	"slices"

	"notmine/checks/record"
)

// trials are the visits of each viewer to each view that could have shown
// something: exposures in company. They are what a finding's visits are counted
// among, before, during and after what happened in the run.
type trials struct {
	run    *record.Run
	course Course
	visits map[look][]*record.Observation
}

// look is an account at a view.
type look struct{ viewer, view string }

func newTrials(p *Pass) *trials {
	t := &trials{run: p.Run, course: CourseOf(p.Run), visits: map[look][]*record.Observation{}}
	if len(t.course) == 0 {
		return t
	}
	for _, o := range p.Run.Observations {
		if !p.Alone(o) && p.Exposed(o) {
			at := look{o.Account, o.View}
			t.visits[at] = append(t.visits[at], o)
		}
	}
	return t
}

// place says of a finding on which side of what matters to it the first of its
// visits lies, and how many lie on each.
func (t *trials) place(f *Finding) {
	course := t.course.For(f.Item)
	if len(course) == 0 {
		return
	}
	var visits []*record.Observation
	in := map[*record.Observation]bool{}
	for _, n := range f.Visits {
		o := t.run.Observations[n-1]
		visits, in[o] = append(visits, o), true
	}
	first := slices.MinFunc(visits, func(a, b *record.Observation) int { return a.Start.Compare(b.Start) })
	f.When = course.When(first)
	for _, o := range t.visits[look{f.Viewer, f.View}] {
		if !in[o] {
			visits = append(visits, o)
		}
	}
	f.Stages = course.Stages(visits, func(o *record.Observation) bool { return in[o] })
}
