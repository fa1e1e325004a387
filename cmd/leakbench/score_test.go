package main

import (
	"fmt"
	"testing"

	"notmine/checks/gate"
)

// Every visit that the service served wrongly is reported, and no other, over
// eight accounts.
func TestReportIsTheTruth(t *testing.T) {
	for _, setting := range scored {
		name := fmt.Sprintf("%s at %.0f%%", setting.Name, setting.Rate*100)
		want := gate.Leak
		if setting.Name == "" {
			name, want = "healthy", gate.Clean
		}
		t.Run(name, func(t *testing.T) {
			rounds := 20
			if setting.Rate == 1 {
				rounds = 10 // hundreds of leaks, where each request takes the broken path
			}
			s, err := scoreRun(t.Context(), setting, rounds)
			if err != nil {
				t.Fatal(err)
			}
			if len(s.missed) > 0 || len(s.invented) > 0 {
				t.Errorf("missed %q, invented %q", s.missed, s.invented)
			}
			if s.verdict != want {
				t.Errorf("the verdict is %s, want %s", s.verdict, want)
			}
			if leaking := s.served > 0; leaking != (want == gate.Leak) {
				t.Errorf("the service leaked in %d visits: this proves nothing", s.served)
			}
		})
	}
}
