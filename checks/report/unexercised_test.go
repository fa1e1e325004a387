package report

import (
	"slices"
	"strings"
	"testing"

	"notmine/checks/gate"
	"notmine/checks/record"
)

// englishGap is a gap as the page tells it in English.
type englishGap struct{ What, Which, Why, Visits string }

func gapsOf(t *testing.T, told told) []englishGap {
	t.Helper()
	s, err := newStory(told.run, told.result)
	if err != nil {
		t.Fatal(err)
	}
	var all []englishGap
	for _, g := range s.gaps() {
		all = append(all, englishGap{g.What.english, g.Which.english, g.Why.english, g.Visits})
	}
	return all
}

// Whoever reads a clean report has to see what it is silent about.
func TestGaps(t *testing.T) {
	gone := inconclusiveRun()
	gone.run.Sessions = slices.DeleteFunc(gone.run.Sessions, func(e record.Session) bool { return e.Account == "carol" || e.Account == "다솜" })
	gone.run.Sessions = append(gone.run.Sessions, record.Session{Account: "carol", What: record.LoginFailed, Error: "wrong password"})
	gone.result.Coverage.PairsSeen = 3
	gone.result.Coverage.Shared = &gate.Shared{Handovers: 12, Reloaded: 12, Offline: 1}
	gone.result.Coverage.Missed = []gate.Missed{{Surface: record.Body, Path: "/big", Why: "longer than the limit", Visits: 2}}
	gaps := gapsOf(t, gone)
	for _, want := range []englishGap{
		{What: "account", Which: "carol", Why: "never logged in: wrong password"},
		{What: "account", Which: "다솜", Why: "never logged in"},
		{What: "view", Which: "profile in phase solo", Why: "never reached: waiting for #who: deadline exceeded", Visits: "4"},
		{What: "view", Which: "profile in phase together", Why: "never reached: waiting for #who: deadline exceeded", Visits: "12"},
		{What: "pairs", Which: "9 of 12 pairs", Why: "the one never looked while the other was at work"},
		{What: "not whole", Which: "body /big", Why: "longer than the limit", Visits: "2"},
		{What: "shared browser", Which: "pages that the browser keeps alive", Why: "after each handover it loaded them again"},
		{What: "shared browser", Which: "service workers", Why: "none answered"},
	} {
		if !slices.Contains(gaps, want) {
			t.Errorf("%+v is missing in %+v", want, gaps)
		}
	}
	for _, g := range gaps {
		switch {
		case g.What == "orders" && (!strings.Contains(g.Which, "storm (") || strings.Contains(g.Which, "solo (")):
			t.Errorf("orders that no phase has: %s", g.Which)
		case g.What == "surfaces" && (!strings.Contains(g.Which, "storage (") || strings.Contains(g.Which, "body (")):
			t.Errorf("surfaces without anything: %s", g.Which)
		case g.What == "shared browser" && g.Which == "pages without the network":
			t.Error("there was such a page")
		}
	}
}

// A visit that was reached and showed nothing of the viewer's own proves nothing.
func TestGapOfABlindView(t *testing.T) {
	for _, tt := range []struct {
		rounds      int // from the first, in which nothing was seen
		why, visits string
	}{
		{3, "reached, but the accounts did not see their own there, so a leak could not be told", "12"},
		{2, "reached, but with nothing of their own to be seen 8 times", "8"},
	} {
		blind := cleanRun()
		for _, o := range blind.run.Observations {
			if o.View == "profile" && o.Phase == "together" && o.Round <= tt.rounds {
				o.Sightings = nil
			}
		}
		want := englishGap{What: "view", Which: "profile in phase together", Visits: tt.visits, Why: tt.why}
		if gaps := gapsOf(t, blind); !slices.Contains(gaps, want) {
			t.Errorf("%+v is missing in %+v", want, gaps)
		}
	}
}

// A phase that never began is told once, not for each of its views as well.
func TestGapOfAPhaseIsToldOnce(t *testing.T) {
	for _, g := range gapsOf(t, interruptedRun()) {
		if g.What == "view" {
			t.Errorf("%+v", g)
		}
	}
}

// The environment is in the record, and has nothing that names a machine.
func TestPageTellsTheEnvironment(t *testing.T) {
	root, _ := parsePage(t, leakRun())
	text := textOf(root)
	for _, want := range []string{
		"notmine v0.1.0", "built with go1.26.0", "browser HeadlessChrome/146.0", "system linux/amd64", "processors 8",
		"accounts alice, bob, carol, 다솜", "evidence masked: pages are covered but for what leaked",
		"refused hosts ads.example.test:80, fonts.example.test:443, stats.example.test:443, video.example.test:443; the plan does not list them",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	old := leakRun()
	old.run.Header.System = record.System{}
	root, _ = parsePage(t, old)
	for _, word := range []string{" processors ", " built with "} {
		if strings.Contains(textOf(root), word) {
			t.Errorf("the record does not tell, and the page says %q", word)
		}
	}
}
