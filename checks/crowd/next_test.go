package crowd

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"testing"

	"notmine/checks/plan"
	"notmine/checks/record"
)

// made returns what makes up phases: those given, with what it was told of the
// target each time.
func made(phases ...plan.Phase) (next func(string) (plan.Phase, bool), away *[]string) {
	away = &[]string{}
	return func(why string) (plan.Phase, bool) {
		*away = append(*away, why)
		n := len(*away) - 1
		if n >= len(phases) {
			return plan.Phase{}, false
		}
		return phases[n], true
	}, away
}

// begun tells the phases of a record as they began.
func (r *told) begun() (all []string) {
	for _, e := range r.entries {
		if ph := e.Phase; ph != nil {
			name := "of the plan"
			if ph.Made != nil {
				name = ph.Made.Name
			}
			if ph.Away != "" {
				name = "away: " + name
			}
			all = append(all, fmt.Sprint(ph.Index)+" "+name)
		}
	}
	return all
}

// Phases are made up when those of the plan are over, by the same sessions.
func TestPhasesAreMadeUp(t *testing.T) {
	p := newPlan(3, together(2))
	second, third := together(1), solo(1)
	second.Name = "together-2"
	next, away := made(second, third)
	r := play(t, p, nil, func(_ context.CancelCauseFunc, c *Config) { c.Next = next })
	r.done(t, record.Done)
	if got, want := r.told.begun(), []string{"0 of the plan", "1 together-2", "2 solo"}; !slices.Equal(got, want) {
		t.Errorf("begun were %q, want %q", got, want)
	}
	visits := map[string]int{}
	for _, o := range r.told.observations() {
		visits[o.Phase]++
	}
	if visits["together"] != 12 || visits["together-2"] != 6 || visits["solo"] != 6 {
		t.Errorf("visits by phase are %v", visits)
	}
	if n := len(r.fake.of("login")); n != 3 {
		t.Errorf("%d logins of 3 accounts", n)
	}
	if len(p.Phases) != 1 {
		t.Error("the plan was changed")
	}
	if !slices.Equal(*away, []string{"", "", ""}) {
		t.Errorf("the target was told to be away: %q", *away)
	}
}

// Whoever makes up phases is told that an event has put the target away. What is
// no event is left out, and one that never comes back has failed.
func TestPhasesAreMadeUpForATargetThatIsAway(t *testing.T) {
	event := func(name string) plan.Phase { return plan.Phase{Name: name, Event: name} }
	look := func(n int) plan.Phase {
		return plan.Phase{Name: "together-" + strconv.Itoa(n), Order: plan.Together, Rounds: 1}
	}
	for _, tt := range []struct {
		phases []plan.Phase
		begun  []string
		end    string
	}{
		{
			[]plan.Phase{event("fire"), look(1), look(2), event("flood"), look(3)},
			[]string{"0 fire", "1 together-1", "1 away: of the plan", "2 away: together-2", "3 flood", "4 together-3"}, record.Done,
		},
		{
			[]plan.Phase{event("fire"), look(1)},
			[]string{"0 fire", "1 together-1", "1 away: of the plan"}, record.TargetFailed,
		},
	} {
		p := newPlan(3)
		p.Events = []plan.Event{{Name: "fire"}, {Name: "flood"}}
		next, away := made(tt.phases...)
		now := ""
		r := play(t, p, func(c *call) error {
			if c.what == "visit" && now == "fire" {
				return &TargetError{fmt.Errorf("refused")}
			}
			return nil
		}, func(_ context.CancelCauseFunc, c *Config) {
			c.Next = next
			c.Do = func(_ context.Context, e plan.Event) error { now = e.Name; return nil }
		})
		r.done(t, tt.end)
		if got := r.told.begun(); !slices.Equal(got, tt.begun) {
			t.Errorf("begun were %q, want %q", got, tt.begun)
		}
		if (*away)[1] != "" || (*away)[2] == "" {
			t.Errorf("told were %q, want that it is away after the first phase that looked", *away)
		}
	}
}
