package main

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"notmine/checks"
	"notmine/checks/isolation"
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
