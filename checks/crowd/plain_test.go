package crowd

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"notmine/checks/plan"
	"notmine/checks/record"
)

// Sessions without a browser look when the browsers do, at the same barrier, as
// soon as a browser has shown them what to ask for.
func TestPlain(t *testing.T) {
	const n, plain, rounds = 3, 8, 3
	phase := together(rounds)
	phase.HTTP = plain
	r := play(t, newPlan(n, phase), nil, nil)
	r.done(t, record.Done)
	released := map[time.Time]int{}
	for _, c := range append(r.fake.of("visit"), r.fake.of("plain visit")...) {
		released[c.sent]++
	}
	// In the first round no browser has been anywhere.
	if got := len(r.fake.of("plain visit")); got != (rounds-1)*2*plain {
		t.Errorf("%d visits without a browser, want %d", got, (rounds-1)*2*plain)
	}
	full := 0
	for _, many := range released {
		if many == n+plain {
			full++
		}
	}
	if full != (rounds-1)*2 {
		t.Errorf("%d releases of everybody, want %d: %v", full, (rounds-1)*2, released)
	}
	each := map[string]map[int]bool{}
	for _, o := range r.told.observations() {
		if o.Plain == 0 {
			continue
		}
		if each[o.Account] == nil {
			each[o.Account] = map[int]bool{}
		}
		each[o.Account][o.Plain] = true
	}
	if len(each) != n || len(each["user001"]) != 3 || len(each["user003"]) != 2 {
		t.Errorf("8 sessions over 3 accounts: %v", each)
	}
	if opened, closed := len(r.fake.of("open plain")), len(r.fake.of("close plain")); opened != plain || closed != plain {
		t.Errorf("%d sessions without a browser were opened and %d closed, want %d", opened, closed, plain)
	}
}

// A session without a browser goes with the login that it shares.
func TestPlainAfterAnotherLogin(t *testing.T) {
	const n, plain = 2, 4
	storm := plan.Phase{Name: "storm", Order: plan.Storm, Rounds: 2, HTTP: plain}
	r := play(t, newPlan(n, storm), nil, nil)
	r.done(t, record.Done)
	if opened, closed := len(r.fake.of("open plain")), len(r.fake.of("close plain")); opened != 2*plain || closed != opened {
		t.Errorf("%d were opened and %d closed, want %d: each for each login", opened, closed, 2*plain)
	}
	for _, c := range r.fake.of("plain visit") {
		if c.view == record.LoginView {
			t.Error("a session without a browser logged in")
		}
	}
}

// At their own pace, they look at what the browser has looked at before.
func TestPlainRoams(t *testing.T) {
	random := phaseOf(plan.Random, 3)
	random.HTTP = 6
	r := play(t, newPlan(3, together(1), random), nil, nil)
	r.done(t, record.Done)
	if got := len(r.fake.of("plain visit")); got != 6*2*3 {
		t.Errorf("%d visits without a browser, want %d", got, 6*2*3)
	}
}

// What fails without a browser is told, and says nothing of the target's views:
// the browsers' visits do.
func TestPlainFails(t *testing.T) {
	phase := together(5)
	phase.HTTP = 2
	r := play(t, newPlan(2, phase), func(c *call) error {
		if c.what == "plain visit" {
			return &TargetError{errors.New("answered with 302")}
		}
		return nil
	}, nil)
	r.done(t, record.Done)
	failed := 0
	for _, o := range r.told.observations() {
		if o.Plain > 0 && o.Outcome == record.Failed && o.Error == "answered with 302" {
			failed++
		}
		if o.Plain == 0 && o.Outcome != record.Seen {
			t.Errorf("a browser's visit was %s: %s", o.Outcome, o.Error)
		}
	}
	if failed != 4*2*2 {
		t.Errorf("%d failures were told, want %d", failed, 4*2*2)
	}
}

// An event may put the target away until the next one brings it back: that is no
// failure, and nobody waits for it.
func TestAwayBetweenEvents(t *testing.T) {
	p := newPlan(2, together(2), plan.Phase{Name: "fire", Event: "fire"}, plan.Phase{Name: "together-2", Order: plan.Together, Rounds: 4},
		plan.Phase{Name: "together-3", Order: plan.Together, Rounds: 4}, plan.Phase{Name: "mend", Event: "mend"}, plan.Phase{Name: "together-4", Order: plan.Together, Rounds: 2})
	p.Events = []plan.Event{{Name: "fire"}, {Name: "mend"}}
	away := ""
	run := func(events int) *run {
		p := *p
		p.Phases = p.Phases[:events]
		away = ""
		return play(t, &p, func(c *call) error {
			if c.what == "visit" && away == "fire" {
				return &TargetError{errors.New("503")}
			}
			return nil
		}, func(_ context.CancelCauseFunc, c *Config) {
			c.Do = func(_ context.Context, e plan.Event) error { away = e.Name; return nil }
		})
	}
	r := run(len(p.Phases))
	r.done(t, record.Done)
	visits := map[string]int{} // of together-2, three rounds, and the first view of the next
	for _, o := range r.told.observations() {
		visits[o.Phase]++
	}
	if visits["together-2"] != 14 || visits["together-3"] != 0 || visits["together-4"] != 2*2*2 {
		t.Errorf("visits of the phases: %v", visits)
	}
	var left []int
	for _, e := range r.told.entries {
		if e.Phase != nil && e.Phase.Away != "" {
			left = append(left, e.Phase.Index)
		}
	}
	if !slices.Equal(left, []int{2, 3}) {
		t.Errorf("left out as away: %v, want phases 2 and 3", left)
	}
	// With no event to come, a target that is away has failed.
	run(4).done(t, record.TargetFailed)
}
