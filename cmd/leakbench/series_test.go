package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"notmine/checks/gate"
	"notmine/checks/repro"
)

// What the file has is not run again, and still counts.
func TestGoingOn(t *testing.T) {
	file := filepath.Join(t.TempDir(), "corpus.json")
	held := &corpus{
		Settings: settings{8, defaultPhases, 1},
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

// With cases wanted, what lacks one is run again, and lower rates and further
// seeds are not.
func TestGoingOnWithCases(t *testing.T) {
	all, err := trials("webmail/collapsed-inflight*,webmail/cache-key-no-user,webmail/session-fixation,webmail/healthy,booking/healthy", 2, true)
	if err != nil {
		t.Fatal(err)
	}
	held := new(corpus)
	for _, one := range all {
		m := &mechanism{Service: one.service.Name, Fault: one.fault.Name, Rate: one.fault.Rate, Seed: one.seed}
		if one.fault.Name != "" && one.whole() {
			m.Rate = rates[0]
		}
		switch {
		case one.fault.Name == "cache-key-no-user":
			m.Case, m.Hunt = new(caseFigures), new(huntFigures)
		case one.fault.Name == "session-fixation":
			m.Case = new(caseFigures)
		case one.name() == "booking/healthy":
			m.Hunt = new(huntFigures)
		}
		held.add(one, m)
	}
	for then, want := range map[*following]string{
		nil:    "",
		{1, 1}: "webmail/collapsed-inflight 1, webmail/session-fixation 1, webmail/healthy 1",
	} {
		s := &series{figures: held, then: then}
		var names []string
		for _, one := range s.missing(all) {
			names = append(names, fmt.Sprint(one.name(), " ", one.seed))
		}
		if got := strings.Join(names, ", "); got != want {
			t.Errorf("following %+v: run again is %q, want %q", then, got, want)
		}
	}
}

// What a trial's run came to is written before anything follows it, and what
// follows takes its place.
func TestTelling(t *testing.T) {
	all, err := trials("webmail/collapsed-inflight", 1, false)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "corpus.json")
	var said strings.Builder
	s := &series{keep: "kept", out: file, to: &said, figures: new(corpus), then: &following{1, 1}}
	m := &mechanism{Service: "webmail", Fault: "collapsed-inflight", Rate: rates[0], Seed: 1, Verdict: gate.Leak, Served: 3, Reported: 3, Visits: 9}
	followed := *m
	followed.Case = &caseFigures{
		Hits: 20, Tries: 20, LastHits: 19, LastTries: 20, Left: left{Accounts: 2, Order: "together"}, Still: repro.StillLeaks,
	}
	followed.Hunt = &huntFigures{Found: true, Seconds: 8, Way: "together", Ways: 12}
	for i, told := range []*mechanism{m, &followed} {
		if err := s.tell(all[0], told); err != nil {
			t.Fatal(err)
		}
		held, err := readCorpus(file)
		if err != nil {
			t.Fatal(err)
		}
		if lacking := len(s.missing(all)) == 1; len(held.Mechanisms) != 1 || lacking != (i == 0) || (held.Mechanisms[0].Hunt == nil) != (i == 0) {
			t.Errorf("after %d: lacking is %v, held are %+v", i+1, lacking, held.Mechanisms)
		}
	}
	want := `webmail/collapsed-inflight: leak, 3 of 3 leaks, 9 visits in 0 s
webmail/collapsed-inflight: reproduced in 20 of 20 tries, then 2 accounts, together (19 of 20); its case still leaks, and on the twin was not run; hunt: 8 s (together)
`
	if said.String() != want {
		t.Errorf("said is\n%s, want\n%s", said.String(), want)
	}
	if got := s.folder(all[0]); got != filepath.Join("kept", "webmail-collapsed-inflight-1") {
		t.Errorf("it is kept in %s", got)
	}
}
