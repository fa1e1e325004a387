package checks_test

import (
	"context"
	"errors"
	"image"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"notmine/checks"
	"notmine/checks/crowd"
	"notmine/checks/isolation"
	"notmine/checks/plan"
	"notmine/checks/sight"
)

// againAt returns what repeats a finding of an album, whose page shows what
// shows says in each round of each run.
func againAt(t *testing.T, shows func(run, round int, viewer string) []string) *checks.Again {
	t.Helper()
	runs := 0
	return &checks.Again{
		Finding: isolation.Finding{Check: "canary", Level: isolation.Leak, View: "album", Phase: "together"},
		Options: checks.Options{
			Dir: t.TempDir(), ID: "20261122-014500-albm", Tool: "test", Seed: 1,
			Start: func(_ context.Context, p *plan.Plan, finder *sight.Finder) (crowd.Driver, error) {
				runs++
				run := runs
				ledger, err := crowd.Ledger(p, "20261122-014500-albm")
				if err != nil {
					return nil, err
				}
				return &album{
					t: t, ledger: ledger, finder: finder, rounds: map[string]int{}, photos: map[string]image.Image{},
					shows: func(viewer string, round int) []string { return shows(run, round, viewer) },
				}, nil
			},
		},
	}
}

// bobAsWell shows alice's photo to bob as well in some rounds.
func bobAsWell(rounds ...int) func(run, round int, viewer string) []string {
	return func(_, round int, viewer string) []string {
		if viewer == "bob" && slices.Contains(rounds, round) {
			return []string{"alice", "bob"}
		}
		return []string{viewer}
	}
}

func TestAgainCountsRounds(t *testing.T) {
	again := againAt(t, bobAsWell(2, 3, 5))
	p := albumPlan(1, "alice", "bob", "carol")
	p.Phases = append([]plan.Phase{{Name: "before", Order: plan.Together, Rounds: 1}}, p.Phases...) // has the first round of all
	var asked [][2]int
	got, err := again.Try(t.Context(), p, func(hits, tries int) bool {
		asked = append(asked, [2]int{hits, tries})
		return tries < 5
	})
	if err != nil {
		t.Fatal(err)
	}
	if got.Hits != 3 || got.Rounds != 5 || got.Took <= 0 {
		t.Errorf("%d hits in %d rounds, %v; want 3 in 5", got.Hits, got.Rounds, got.Took)
	}
	// Before the run, after each round, and after the run.
	if want := [][2]int{{0, 0}, {1, 1}, {2, 2}, {2, 3}, {3, 4}, {3, 5}, {3, 5}}; !slices.Equal(asked, want) {
		t.Errorf("asked with %v, want %v", asked, want)
	}
	if p.Phases[1].Rounds != 1 {
		t.Error("the plan is changed")
	}
	if got.Seen == "" {
		t.Fatal("no evidence is kept")
	}
	for _, name := range []string{checks.RecordFile, "report.html"} {
		if _, err := os.Stat(filepath.Join(got.Seen, name)); err != nil {
			t.Error(err)
		}
	}
}

// A run that ends is followed by another. The first in which it came is kept.
func TestAgainAndAgain(t *testing.T) {
	again := againAt(t, func(run, _ int, viewer string) []string {
		if run > 1 && viewer == "bob" {
			return []string{"alice", "bob"}
		}
		return []string{viewer}
	})
	p := albumPlan(1, "alice", "bob")
	p.Phases = append([]plan.Phase{{Name: "restart", Event: "restart"}}, p.Phases...) // what came after is soon over
	p.Events = []plan.Event{{Name: "restart", Run: "true"}}
	earlier := filepath.Join(again.Dir, "try-2") // somebody's, who repeated it before
	if err := os.Mkdir(earlier, 0o700); err != nil {
		t.Fatal(err)
	}
	got, err := again.Try(t.Context(), p, func(_, tries int) bool { return tries < 7 })
	if err != nil {
		t.Fatal(err)
	}
	if got.Hits != 4 || got.Rounds != 7 {
		t.Errorf("%d hits in %d rounds, want 4 in 7: 3 a run, and in the first none", got.Hits, got.Rounds)
	}
	left, err := filepath.Glob(filepath.Join(again.Dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{earlier, filepath.Join(again.Dir, "try-3")}; !slices.Equal(left, want) || got.Seen != want[1] {
		t.Errorf("%v are kept and %s is named, want %v", left, got.Seen, want)
	}
}

// Rounds in which nobody saw their own prove nothing, and a plan without others
// cannot be tried for ever.
func TestAgainWithoutTries(t *testing.T) {
	again := againAt(t, func(int, int, string) []string { return nil })
	got, err := again.Try(t.Context(), albumPlan(1, "alice", "bob"), func(_, tries int) bool { return tries < 5 })
	if err == nil || !strings.Contains(err.Error(), "in no round of phase together") || got.Rounds != 0 {
		t.Errorf("%+v, %v", got, err)
	}
}

// unwilling is a driver that does not close.
type unwilling struct{ crowd.Driver }

func (u unwilling) Close() error {
	return errors.Join(errors.New("the browser does not end"), u.Driver.Close())
}

// What was seen until something broke was seen, and its evidence is kept.
func TestAgainCountsWhatCameBeforeAnError(t *testing.T) {
	again := againAt(t, bobAsWell(2))
	start := again.Start
	again.Start = func(ctx context.Context, p *plan.Plan, finder *sight.Finder) (crowd.Driver, error) {
		driver, err := start(ctx, p, finder)
		return unwilling{driver}, err
	}
	got, err := again.Try(t.Context(), albumPlan(1, "alice", "bob"), func(_, tries int) bool { return tries < 5 })
	if err == nil || !strings.Contains(err.Error(), "the browser does not end") {
		t.Errorf("says %v", err)
	}
	if got.Hits != 1 || got.Rounds != 5 {
		t.Errorf("%d hits in %d rounds, want 1 in 5", got.Hits, got.Rounds)
	}
	if _, err := os.Stat(filepath.Join(got.Seen, "report.html")); got.Seen == "" || err != nil {
		t.Errorf("the evidence is in %q: %v", got.Seen, err)
	}
}

// What the one before left in a browser needs nothing of one's own to be seen.
func TestAgainForResidue(t *testing.T) {
	again := againAt(t, bobAsWell())
	again.Finding.Check = "residue"
	_, err := again.Try(t.Context(), albumPlan(1, "alice", "bob"), func(_, tries int) bool { return tries < 5 })
	if err == nil || !strings.Contains(err.Error(), "in no round") {
		t.Errorf("nobody came after another: %v", err)
	}
}
