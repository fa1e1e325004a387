package main

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"notmine/checks"
	"notmine/checks/isolation"
	"notmine/checks/phrase"
	"notmine/checks/plan"
	"notmine/checks/record"
	"notmine/checks/repro"
)

func TestTakeHunt(t *testing.T) {
	way := func(name string, rounds int, bound float64) checks.Tried {
		return checks.Tried{Way: repro.Way{Name: name}, Tries: repro.Tries{Rounds: rounds}, Bound: bound}
	}
	ways := []checks.Tried{way("together", 60, 0.049), way("storm", 30, 0.095), way("fresh", 0, 1)}
	for _, test := range []struct {
		why  string
		got  checks.Hunted
		want huntFigures
		cell string
	}{
		{"a leak", checks.Hunted{Finding: new(isolation.Finding), By: repro.Way{Name: "storm"}, Ways: ways, Took: 7250 * time.Millisecond},
			huntFigures{Found: true, Seconds: 7.3, Way: "storm", Ways: 3}, "7 s (storm)"},
		{"nothing, and what that excludes", checks.Hunted{Ways: ways[:2], Took: time.Minute},
			huntFigures{Seconds: 60, Ways: 2, Bound: 0.095}, "not in 60 s: of 2 ways rates above 9.5 % per round"},
		{"a way that nothing is known of", checks.Hunted{Ways: ways, Took: time.Minute},
			huntFigures{Seconds: 60, Ways: 3, Bound: 0.095, Unknown: []string{"fresh"}}, "not in 60 s: of 2 ways rates above 9.5 % per round; nothing is known of fresh"},
		{"a target that was away", checks.Hunted{Ways: ways[2:], Took: time.Second},
			huntFigures{Seconds: 1, Ways: 1, Unknown: []string{"fresh"}}, "not in 1 s: of 0 ways; nothing is known of fresh"},
	} {
		var h huntFigures
		h.take(&test.got)
		if diff := cmp.Diff(test.want, h); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.why, diff)
		}
		if got := h.cell(); got != test.cell {
			t.Errorf("%s: %q, want %q", test.why, got, test.cell)
		}
	}
	if got := (*huntFigures)(nil).cell(); got != "" {
		t.Errorf("of none: %q", got)
	}
}

// A hunt on a healthy service finds nothing and comes to all ways; any other finds
// something.
func TestWrongHunts(t *testing.T) {
	away := &checks.Hunted{Away: phrase.New("nobody answered")}
	failed := &checks.Hunted{End: record.End{Why: record.TargetFailed, Detail: "no login"}}
	found := &checks.Hunted{Finding: &isolation.Finding{Message: phrase.New("it leaks")}}
	for _, test := range []struct {
		why     string
		healthy bool
		h       huntFigures
		got     *checks.Hunted
		want    string // "" for nothing
	}{
		{"found", false, huntFigures{Found: true}, found, ""},
		{"not found", false, huntFigures{Seconds: 60}, new(checks.Hunted), "it found nothing in 60 s"},
		{"given up", false, huntFigures{Seconds: 6}, away, "it was given up after 6 s: nobody answered"},
		{"a target that failed", true, huntFigures{Seconds: 6}, failed, "it was given up after 6 s: no login"},
		{"found before the target failed", false, huntFigures{Found: true}, failed, ""},
		{"nothing", true, huntFigures{Seconds: 60}, new(checks.Hunted), ""},
		{"something on a healthy service", true, huntFigures{Found: true}, found, "it found it leaks"},
		{"a way that it did not come to", true, huntFigures{Unknown: []string{"storm", "fresh"}}, new(checks.Hunted), "it knows nothing of 2 ways, such as storm"},
	} {
		got := ""
		if err := test.h.wrong(test.healthy, test.got); err != nil {
			got = err.Error()
		}
		if got != test.want {
			t.Errorf("%s: %q, want %q", test.why, got, test.want)
		}
	}
}

// On a healthy service a hunt comes to each way, however many there are.
func TestHuntWithin(t *testing.T) {
	w := &following{hunt: time.Minute}
	for _, name := range []string{"webmail/healthy", "family/healthy", "family/ssr-singleton-state"} {
		one, s := stagedOne(t, name)
		ways, _ := repro.Ways(s.plan, repro.Symptom{})
		want := time.Minute
		if one.fault.Name == "" {
			want = time.Duration(len(ways)) * longestTry
		}
		if got := w.within(one, s.plan, repro.Symptom{}); got != want || len(ways) < 10 {
			t.Errorf("%s: %v for %d ways, want %v", name, got, len(ways), want)
		}
	}
	if got := (&following{hunt: time.Hour}).within(trial{}, new(plan.Plan), repro.Symptom{}); got != time.Hour {
		t.Errorf("what is longer than it takes is cut to %v", got)
	}
}

// What is no leak is not hunted: a hunt would not end before its time.
func TestNotHunted(t *testing.T) {
	one, _ := stagedOne(t, "profiles/restored-stale-version")
	h := new(following).hunted(t.Context(), one, 4, isolation.Finding{Level: isolation.Suspect})
	if h.Unwanted == "" || h.Found || len(h.Errors) > 0 || h.cell() != "not hunted: the default run found no leak" {
		t.Errorf("%+v, %q", h, h.cell())
	}
	c := &corpus{Mechanisms: []*mechanism{{Hunt: h, Case: new(caseFigures)}}}
	if got := c.sumCases(); got.Hunts != 0 || got.Cases != 1 {
		t.Errorf("it counts as one: %+v", got)
	}
}
