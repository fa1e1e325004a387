package isolation

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"sort"
	"time"

	"notmine/checks/record"
)

// Named says which event or change something is about. The zero value is about none.
type Named struct {
	Event  string `json:"event,omitempty"`  // its name
	Change string `json:"change,omitempty"` // likewise
	Nth    int    `json:"nth,omitempty"`    // which time it was, from 2; 0 for the first
}

// String is the name of the event or change, with its number from the second
// time on.
func (n Named) String() string {
	name := cmp.Or(n.Event, n.Change)
	if n.Nth > 1 {
		return fmt.Sprintf("%s (%d)", name, n.Nth)
	}
	return name
}

// Happening is an event, or a change that accounts made in one phase, in the
// closed interval of time that it took.
type Happening struct {
	Named
	Start, End time.Time
	Done       *record.Event   // nil of a change
	Made       []record.Change // nil of an event
}

// Course is what happened in a run, in the order in which it began.
type Course []Happening

// CourseOf returns the course of a run.
func CourseOf(run *record.Run) Course {
	var course Course
	for i := range run.Events {
		e := &run.Events[i]
		course = append(course, Happening{Named: Named{Event: e.Name}, Start: e.Start, End: e.End, Done: e})
	}
	type place struct {
		phase int
		name  string
	}
	known := map[place]int{}
	for _, c := range run.Changes {
		at := place{PhaseAt(run, c.Start), c.Name}
		i, ok := known[at]
		if !ok {
			i = len(course)
			known[at] = i
			course = append(course, Happening{Named: Named{Change: c.Name}, Start: c.Start, End: c.End})
		}
		h := &course[i]
		h.Made = append(h.Made, c)
		if c.Start.Before(h.Start) {
			h.Start = c.Start
		}
		if c.End.After(h.End) {
			h.End = c.End
		}
	}
	slices.SortStableFunc(course, func(a, b Happening) int { return a.Start.Compare(b.Start) })
	times := map[Named]int{}
	for i := range course {
		name := course[i].Named
		if times[name]++; times[name] > 1 {
			course[i].Nth = times[name]
		}
	}
	return course
}

// PhaseAt returns the index into run.Phases of the phase that had begun last at
// a time, -1 before the first.
func PhaseAt(run *record.Run, at time.Time) int {
	return sort.Search(len(run.Phases), func(i int) bool { return run.Phases[i].At.After(at) }) - 1
}

// For returns what matters to a finding about one of items: every event, and
// the changes of those items.
func (c Course) For(items ...string) Course {
	var matter Course
	for _, h := range c {
		if h.Done != nil || slices.Contains(items, h.Made[0].Item) {
			matter = append(matter, h)
		}
	}
	return matter
}

// Sides of an event or a change.
const (
	Before = "before" // over when it began, and so before all others
	During = "during" // had a moment in common with it
	After  = "after"  // begun when it was over, and over before the next began
)

// stage numbers the parts of a course: 0 is before everything, 2i+1 during and
// 2i+2 after what is at i. A visit belongs to the last that began while it went on
// or before.
func (c Course) stage(o *record.Observation) int {
	begun := sort.Search(len(c), func(i int) bool { return c[i].Start.After(o.End) })
	switch {
	case begun == 0:
		return 0
	case o.Start.After(c[begun-1].End):
		return 2 * begun
	}
	return 2*begun - 1
}

// of says what a stage is, and of what.
func (c Course) of(stage int) (side string, h Happening) {
	switch {
	case stage == 0:
		return Before, c[0]
	case stage%2 == 1:
		return During, c[stage/2]
	}
	return After, c[stage/2-1]
}

// When says when something was, as seen from an event or a change.
type When struct {
	Is string `json:"is"` // [Before], [During] or [After]
	Named
	// Seconds lie, to a tenth, between it and the beginning (before, during) or
	// the end (after) of the event or change.
	Seconds float64 `json:"by_seconds"`
}

// When says when a visit was; nil when nothing happened.
func (c Course) When(o *record.Observation) *When {
	if len(c) == 0 {
		return nil
	}
	side, h := c.of(c.stage(o))
	by := h.Start.Sub(o.End)
	switch side {
	case During:
		by = max(0, o.Start.Sub(h.Start))
	case After:
		by = o.Start.Sub(h.End)
	}
	return &When{Is: side, Named: h.Named, Seconds: math.Round(by.Seconds()*10) / 10}
}

// Stage is a part of a run: what lies before the first event or change, during
// one, or after it and before the next.
type Stage struct {
	Is string `json:"is"` // [Before], [During] or [After]
	Named
	Visits int `json:"visits"` // that could have shown it
	Count  int `json:"count"`  // of them, those in which it happened
}

// Stages sorts visits into the parts of a run, in order of time, and counts
// those in which something happened. Parts without a visit are left out; there
// is none when nothing happened in the run.
func (c Course) Stages(visits []*record.Observation, happened func(*record.Observation) bool) []Stage {
	if len(c) == 0 {
		return nil
	}
	counts := map[int]*Stage{}
	var order []int
	for _, o := range visits {
		n := c.stage(o)
		if counts[n] == nil {
			side, h := c.of(n)
			counts[n] = &Stage{Is: side, Named: h.Named}
			order = append(order, n)
		}
		counts[n].Visits++
		if happened(o) {
			counts[n].Count++
		}
	}
	slices.Sort(order)
	stages := make([]Stage, 0, len(order))
	for _, n := range order {
		stages = append(stages, *counts[n])
	}
	return stages
}
