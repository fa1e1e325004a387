package canary_test

import (
	"path/filepath"
	"slices"
	"testing"
	"time"

	"notmine/checks/checktest"
	"notmine/checks/isolation"
	"notmine/checks/marker"
	"notmine/checks/plan"
	"notmine/checks/record"
	"notmine/checks/suite/canary"
)

func TestCheck(t *testing.T) {
	files, err := filepath.Glob("testdata/*.jsonl")
	if err != nil || len(files) == 0 {
		t.Fatalf("no test records: %v", err)
	}
	checktest.Run(t, canary.Check, files...)
}

// A leak that is plain to see still says which answer carried it, and has the
// owner's own look beside the viewer's.
func TestWitnessAndPath(t *testing.T) {
	at := time.Date(2026, 11, 22, 1, 45, 0, 0, time.UTC)
	look := func(n int, account string) *record.Observation {
		return &record.Observation{N: n, Account: account, View: "inbox", Start: at, End: at, Sightings: []record.Sighting{
			{Marker: 1, Owner: "alice", Item: "subject", Surface: record.Body, Path: "/api/list"},
			{Marker: 1, Owner: "alice", Item: "subject", Surface: record.Text},
		}}
	}
	run := &record.Run{
		Header:       record.Header{Plan: plan.Outline{Accounts: []plan.OutlineAccount{{Name: "alice"}, {Name: "bob"}}}},
		Markers:      []marker.Entry{{ID: 1, Text: "for alice", Owner: "alice", Item: "subject", Declared: true}},
		Observations: []*record.Observation{look(1, "bob"), look(2, "alice"), look(3, "alice")},
	}
	findings, err := isolation.Apply(run, []*isolation.Check{canary.Check})
	if err != nil {
		t.Fatal(err)
	}
	if len(findings) != 1 {
		t.Fatalf("%d findings, want 1", len(findings))
	}
	f := findings[0]
	if f.Surface != record.Text || f.Path != "/api/list" || !slices.Equal(f.Witness, []int{1, 2}) {
		t.Errorf("surface %q, path %q, witness %v; want text, /api/list, [1 2]", f.Surface, f.Path, f.Witness)
	}
}
