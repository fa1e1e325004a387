package checks_test

import (
	"context"
	"image"
	"path/filepath"
	"testing"

	"notmine/checks"
	"notmine/checks/crowd"
	"notmine/checks/gate"
	"notmine/checks/isolation"
	"notmine/checks/plan"
	"notmine/checks/record"
	"notmine/checks/sight"
)

// shared is a page on which bob is shown alice's photo beside his own.
func shared(viewer string, _ int) []string {
	if viewer == "bob" {
		return []string{"bob", "alice"}
	}
	return []string{viewer}
}

// What is accepted when a run begins goes into its record, and holds whenever
// that is judged.
func TestAcceptedGoesIntoTheRecord(t *testing.T) {
	result, _, _ := runAlbum(t, albumPlan(4, "alice", "bob", "carol"), &album{shows: shared})
	if result.Verdict != gate.Leak || len(result.Findings) != 1 {
		t.Fatalf("got %s with findings %+v, want alice's photo at bob", result.Verdict, result.Findings)
	}
	expires, err := plan.ParseDate("2999-12-31")
	if err != nil {
		t.Fatal(err)
	}
	p := albumPlan(4, "alice", "bob", "carol")
	p.Accepted = []plan.Accepted{{Fingerprint: result.Findings[0].Fingerprint, Reason: "a public album", Owner: "kim", Expires: expires}}
	result, run, dir := runAlbum(t, p, &album{shows: shared})
	if result.Verdict != gate.Clean || result.Leaks != (gate.Leaks{Accepted: 1}) {
		t.Errorf("got %s (%q) with %+v, want clean with one accepted leak", result.Verdict, result.Reasons, result.Leaks)
	}
	if got := run.Header.Plan.Accepted; len(got) != 1 || got[0] != p.Accepted[0] {
		t.Errorf("the record has %+v as accepted, want %+v", got, p.Accepted)
	}
	for _, tt := range []struct {
		opts gate.Options
		want gate.Verdict
		why  string
	}{
		{gate.Options{}, gate.Clean, "the record says so"},
		{gate.Options{Accepted: []plan.Accepted{}}, gate.Leak, "another file does not"},
		{gate.Options{}, gate.Clean, "and the record is as it was"},
	} {
		result, err := checks.Judge(dir, nil, []string{"json"}, tt.opts)
		if err != nil {
			t.Fatal(err)
		}
		if result.Verdict != tt.want {
			t.Errorf("judged again with %+v: %s, want %s: %s", tt.opts, result.Verdict, tt.want, tt.why)
		}
	}
	if _, err := gate.ReadBaseline(filepath.Join(dir, "results.json")); err != nil {
		t.Errorf("what a run has written is no baseline: %v", err)
	}
}

// So does the run that it is held against.
func TestBaselineGoesIntoTheRecord(t *testing.T) {
	result, _, _ := runAlbum(t, albumPlan(4, "alice", "bob", "carol"), &album{shows: shared})
	baseline := &record.Baseline{Run: "20261121-014500-last", Findings: map[string]string{}}
	for _, f := range result.Findings {
		baseline.Findings[f.Fingerprint] = string(f.Level)
	}
	const id = "20261122-014500-next"
	p, a := albumPlan(4, "alice", "bob", "carol"), &album{t: t, shows: shared}
	ledger, err := crowd.Ledger(p, id)
	if err != nil {
		t.Fatal(err)
	}
	a.ledger, a.rounds, a.photos = ledger, map[string]int{}, map[string]image.Image{}
	dir := t.TempDir()
	var told []isolation.Finding
	result, err = checks.Run(t.Context(), p, checks.Options{
		Dir: dir, ID: id, Tool: "test", Seed: 1, Formats: []string{"json"}, Baseline: baseline,
		Found: func(f isolation.Finding) { told = append(told, f) },
		Start: func(context.Context, *plan.Plan, *sight.Finder) (crowd.Driver, error) { return a, nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(told) == 0 || told[0].Known == nil || told[0].Known.Run != baseline.Run {
		t.Errorf("while the run went on it told of %+v, want what is known", told)
	}
	again, err := checks.Judge(dir, nil, []string{"json"}, gate.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range []*gate.Result{result, again} {
		if r.Verdict != gate.Clean || r.Leaks != (gate.Leaks{Known: 1}) || r.Findings[0].Known == nil || r.Findings[0].Known.Run != baseline.Run {
			t.Errorf("got %s (%q) with %+v, want clean with one known leak", r.Verdict, r.Reasons, r.Leaks)
		}
	}
}
