package main

import (
	"errors"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"notmine/checks/cause"
	"notmine/checks/gate"
	"notmine/checks/phrase"
	"notmine/checks/repro"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestTrials(t *testing.T) {
	for _, test := range []struct {
		only  string
		seeds uint64
		power bool
		want  string
	}{
		{"webmail/cache*,booking/healthy", 2, false, "webmail/cache-key-no-user booking/healthy booking/healthy"},
		{"webmail/collapsed-inflight*", 1, false, "webmail/collapsed-inflight"},
		{"webmail/collapsed-inflight*", 1, true, "webmail/collapsed-inflight webmail/collapsed-inflight@20% webmail/collapsed-inflight@5% webmail/collapsed-inflight@1%"},
		{"*/collapsed-inflight@5%", 1, true, "webmail/collapsed-inflight@5%"},
		{"webmail/cache-key-no-user@*", 1, true, ""}, // it needs no timing
		{"surfaces/*", 1, true, ""},
		{"[", 1, true, ""},
	} {
		all, err := trials(test.only, test.seeds, test.power)
		var names []string
		for _, one := range all {
			names = append(names, one.name())
		}
		if got := strings.Join(names, " "); got != test.want || (err == nil) != (test.want != "") {
			t.Errorf("%s, %d seeds, power %v: %q, %v, want %q", test.only, test.seeds, test.power, got, err, test.want)
		}
	}
}

// figures are what two runs have written: the second has one trial again.
func figures() (early, late *corpus) {
	twin := func(service string, seed uint64, m mechanism) *mechanism {
		m.Service, m.Seed = service, seed
		return &m
	}
	early, late = new(corpus), new(corpus)
	early.merge(&corpus{
		Mechanisms: []*mechanism{
			{
				Service: "webmail", Fault: "collapsed-inflight", Rate: 1, Verdict: gate.Leak, Served: 40, Reported: 40, ServedVisits: 20, ReportedVisits: 20,
				Phase: "together", Round: 1, Before: 32, Visits: 900, Causes: []string{cause.SharedAtOnce}, Cause: rightCause,
				Replayer: &replay{Requests: 9, Bypassed: []string{"/api/shared"}}, Seconds: 240,
				Case: &caseFigures{
					Finding: "canary (leak)", Hits: 20, Tries: 20, Low: 0.83, High: 1, Seconds: 95, LastHits: 19, LastTries: 20,
					Left: left{Accounts: 2, Order: "together", AtOnce: 2}, Still: repro.StillLeaks, Fixed: repro.Fixed,
				},
				Hunt: &huntFigures{View: "inbox", Found: true, Seconds: 7.5, Way: "together", Ways: 12},
			},
			{Service: "webmail", Fault: "cache-key-no-user", Rate: 1, Verdict: gate.Clean, Visits: 10},
		},
		Twins: []*mechanism{
			twin("webmail", 1, mechanism{
				Verdict: gate.Clean, Visits: 900, Replayer: &replay{Requests: 9, Bypassed: []string{"/api/shared"}},
				Hunt: &huntFigures{Seconds: 600, Ways: 12, Bound: 0.031},
			}),
			twin("webmail", 2, mechanism{Verdict: gate.Inconclusive, Visits: 100, Others: []string{"sharedcache (risk)"}, Reasons: []phrase.Text{phrase.Verbatim("two logins failed"), phrase.Verbatim("a | b")}}),
		},
	})
	late.merge(&corpus{
		Settings: settings{8, defaultPhases, 3},
		Mechanisms: []*mechanism{
			{
				Service: "webmail", Fault: "cache-key-no-user", Rate: 1, Verdict: gate.Leak, Served: 100, Reported: 99, Invented: []string{"x"}, Missed: []string{"y"},
				Phase: "sequential", Round: 1, Before: 16, Solo: true, Visits: 900, Causes: []string{cause.Swapped}, Cause: wrongCause, Seconds: 250,
				Case: &caseFigures{
					Hits: 40, Tries: 50, Seconds: 605, LastHits: 6, LastTries: 20,
					Left:  left{Accounts: 3, Order: "sequential", AtOnce: 3, Before: []string{"restart"}, Abort: true},
					Needs: []string{"1 account more", "restart as well", "aborts as well"}, Still: repro.StillLeaks, Fixed: repro.CouldNotTell,
					Errors: []string{"rarer when shrunk: in 6 of 20 tries, and in 40 of 50 before", "its case says \"could not tell\", and not \"fixed\": the time is up"},
				},
				Hunt:     &huntFigures{View: "inbox", Seconds: 600, Ways: 12, Bound: 0.0723, Unknown: []string{"storm"}, Errors: []string{"it found nothing in 600 s"}},
				Replayer: &replay{Requests: 9, Bypassed: []string{"/api/list", "/api/shared"}},
			},
			{
				Service: "webmail", Fault: "storage-outlives-logout", Rate: 1, Verdict: gate.Leak, Left: 3, Others: []string{"residue (leak)"},
				Phase: "handover", Round: 1, Before: 500, Visits: 900, Causes: []string{cause.Unknown}, Cause: unknownCause,
				Replayer: &replay{Error: "logging alice in without a browser: it needs one"}, Seconds: 260,
				Case: &caseFigures{Tries: 60, High: 0.049, Seconds: 120, Errors: []string{"not reproduced: not in 60 tries: rate below 4.9 %"}},
				Hunt: &huntFigures{View: "inbox", Found: true, Seconds: 31, Way: "handover", Ways: 12},
			},
			{
				Service: "profiles", Fault: "restored-stale-version", Rate: 1, Verdict: gate.Inconclusive, ServedStale: 12, ReportedStale: 12,
				Others: []string{"stale (suspect)"}, Phase: "together-4", Round: 2, Before: 700, Visits: 900, Replayer: &replay{Masked: 4, Bypassed: []string{"/people/…"}, Requests: 5},
			},
		},
		Power: []*mechanism{
			{Service: "webmail", Fault: "collapsed-inflight", Rate: 0.01, Verdict: gate.Clean, Visits: 910},
			{Service: "webmail", Fault: "collapsed-inflight", Rate: 0.2, Verdict: gate.Leak, Served: 8, Reported: 8, ServedVisits: 6, ReportedVisits: 6, Before: 120, Visits: 905},
			{Service: "webmail", Fault: "collapsed-inflight", Rate: 0.05, Verdict: gate.Clean, Served: 2, ServedVisits: 1, Visits: 905},
		},
	})
	return early, late
}

// What two runs have written is printed as one, and the later goes before.
func TestTables(t *testing.T) {
	dir := t.TempDir()
	files := []string{filepath.Join(dir, "early.json"), filepath.Join(dir, "late.json")}
	early, late := figures()
	if err := errors.Join(early.write(files[0]), late.write(files[1])); err != nil {
		t.Fatal(err)
	}
	var got strings.Builder
	if err := corpusAll(t.Context(), append([]string{"-table"}, files...), &got); err != nil {
		t.Fatal(err)
	}
	golden := filepath.Join("testdata", "corpus.md")
	if *update {
		if err := os.WriteFile(golden, []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got.String()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestSum(t *testing.T) {
	early, late := figures()
	early.merge(late)
	want := summary{
		Mechanisms: 4, Found: 4, Alone: 1, Replayer: 1, RightCause: 1,
		Served: 40 + 100 + 12 + 8 + 2, Reported: 40 + 99 + 12 + 8, Invented: 1, Recall: 159.0 / 162, Precision: 159.0 / 160,
		TwinSeeds: 2, TwinVisits: 1000, TwinFindings: 1, TwinUnclean: 1,
		Cases: &caseSummary{
			Cases: 3, Reproduced: 2, AsNeeded: 1, Still: 2, Fixed: 1, Repeating: 605,
			Hunts: 3, Hunted: 2, TwinHunts: 1, Hunting: 31, Running: 260,
		},
	}
	// What stood in a profile is called bypassed, and there is no twin to say
	// whether that means anything.
	if diff := cmp.Diff(want, early.Summary); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if empty := new(corpus); share(0, 0) != 1 || empty.Summary.Served != 0 {
		t.Errorf("of nothing served nothing is missed, and not %v", share(0, 0))
	}
}

// The file is whole after each trial, and read as it was written.
func TestFiguresAreWritten(t *testing.T) {
	file := filepath.Join(t.TempDir(), "corpus.json")
	figures := &corpus{Settings: settings{4, defaultPhases, 1}}
	all, err := trials("webmail/collapsed-inflight*,webmail/healthy", 1, true)
	if err != nil {
		t.Fatal(err)
	}
	for i, one := range all {
		figures.add(one, &mechanism{Service: one.service.Name, Fault: one.fault.Name, Rate: one.fault.Rate, Seed: one.seed, Verdict: gate.Leak})
		if err := figures.write(file); err != nil {
			t.Fatal(err)
		}
		got, err := readCorpus(file)
		if err != nil {
			t.Fatal(err)
		}
		if n := len(got.Mechanisms) + len(got.Twins) + len(got.Power); n != i+1 {
			t.Errorf("after %d trials the file has %d", i+1, n)
		}
		if diff := cmp.Diff(figures, got); diff != "" {
			t.Errorf("written (-) and read (+):\n%s", diff)
		}
	}
	if names, err := filepath.Glob(file + "*"); err != nil || !slices.Equal(names, []string{file}) {
		t.Errorf("beside it stand %v, %v", names, err)
	}
	if err := os.WriteFile(file, []byte("[]"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := readCorpus(file); err == nil {
		t.Error("figures of another form are read")
	}
	if err := corpusAll(t.Context(), []string{"-table", file + ".none"}, &strings.Builder{}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file that is not there: %v", err)
	}
	if err := corpusAll(t.Context(), []string{"-table"}, &strings.Builder{}); err == nil {
		t.Error("a table of nothing is printed")
	}
}
