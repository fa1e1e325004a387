package main

import (
	"path/filepath"
	"strings"
	"testing"

	"notmine/checks/gate"
)

// What the file has is not run again, and still counts.
func TestGoingOn(t *testing.T) {
	file := filepath.Join(t.TempDir(), "corpus.json")
	held := &corpus{
		Settings: settings{8, defaultPhases},
		Twins: []*mechanism{
			{Service: "webmail", Seed: 2, Verdict: gate.Clean, Visits: 812},
			{Service: "webmail", Seed: 1, Verdict: gate.Inconclusive, Visits: 811},
		},
		Power: []*mechanism{
			{Service: "webmail", Fault: "collapsed-inflight", Rate: 0.05, Seed: 1, Verdict: gate.Leak, Served: 4, Reported: 3, Missed: []string{"alice's letter"}},
		},
	}
	if err := held.write(file); err != nil {
		t.Fatal(err)
	}
	var printed strings.Builder
	err := corpusAll(t.Context(), []string{"-only", "webmail/healthy,webmail/collapsed-inflight@5%", "-accounts", "8", "-seeds", "2", "-power", "-resume", "-jobs", "2", "-out", file}, &printed)
	if err == nil {
		t.Fatal("what the file has against it is forgotten")
	}
	for _, want := range []string{"seed 1: verdict inconclusive", "webmail/collapsed-inflight@5%: 1 of 4 leaks were missed"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q in it", err, want)
		}
	}
	if want := "| webmail | 2 | 1623 |"; !strings.Contains(printed.String(), want) {
		t.Errorf("printed %s, want %q in it", printed.String(), want)
	}
	err = corpusAll(t.Context(), []string{"-only", "webmail/healthy", "-resume", "-accounts", "4", "-out", file}, &printed)
	if err == nil || !strings.Contains(err.Error(), "8 accounts, and not of 4") {
		t.Errorf("going on with other settings: %v", err)
	}
}
