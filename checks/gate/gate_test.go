package gate

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"notmine/checks/isolation"
	"notmine/checks/marker"
	"notmine/checks/phrase"
	"notmine/checks/plan"
	"notmine/checks/record"
)

var update = flag.Bool("update", false, "write the golden files")

var start = time.Date(2026, 11, 22, 1, 45, 0, 0, time.UTC)

// healthy is a run of three accounts that shows nothing and lacks nothing: 2
// rounds alone, 150 in company, all visits of a round at the same time.
func healthy() *record.Run {
	names := []string{"alice", "bob", "carol"}
	run := &record.Run{
		Header: record.Header{Notmine: record.Version, Run: "20261122-014500-test", Seed: 1, Started: start, Plan: plan.Outline{
			File: "mail.yaml", Target: "http://127.0.0.1:8080",
			Items: map[string]plan.Item{"subject": {}},
			Views: []plan.View{{Name: "inbox", Control: "subject"}},
			Phases: []plan.Phase{
				{Name: "solo", Order: plan.Solo, Rounds: 2},
				{Name: "together", Order: plan.Together, Rounds: 150},
			},
		}},
		Phases: []record.Phase{{Index: 0, At: start}, {Index: 1, At: start.Add(10 * time.Second)}},
	}
	for i, name := range names {
		run.Header.Plan.Accounts = append(run.Header.Plan.Accounts, plan.OutlineAccount{Name: name, Shows: name})
		run.Markers = append(run.Markers, marker.Entry{ID: i + 1, Text: name + "'s subject", Owner: name, Item: "subject", Declared: true})
		run.Sessions = append(run.Sessions, record.Session{Account: name, What: record.LoggedIn, At: start})
	}
	now := start
	visit := func(i int, phase string, round int) {
		run.Observations = append(run.Observations, &record.Observation{
			N: len(run.Observations) + 1, Account: names[i], Phase: phase, Round: round, View: "inbox",
			Start: now, End: now.Add(time.Second), Status: 200,
			Sightings: []record.Sighting{{Marker: i + 1, Owner: names[i], Item: "subject", Text: names[i] + "'s subject", Surface: record.Text}},
		})
	}
	for i := range names {
		for round := 1; round <= 2; round++ {
			visit(i, "solo", round)
			now = now.Add(2 * time.Second)
		}
	}
	for round := 1; round <= 150; round++ {
		for i := range names {
			visit(i, "together", round)
		}
		now = now.Add(2 * time.Second)
	}
	run.End = &record.End{At: now, Why: record.Done}
	return run
}

// company calls each visit in company.
func company(run *record.Run, do func(*record.Observation)) {
	for _, o := range run.Observations {
		if o.Phase != "solo" {
			do(o)
		}
	}
}

// cut ends the run after n visits.
func cut(run *record.Run, n int) { run.Observations = run.Observations[:n] }

// leakTo makes alice's subject take the place of the own in a visit.
func leakTo(o *record.Observation) {
	o.Sightings = []record.Sighting{{Marker: 1, Owner: "alice", Item: "subject", Text: "alice's subject", Surface: record.Text}}
}

func TestVerdict(t *testing.T) {
	leak := []isolation.Finding{{Check: "canary", Level: isolation.Leak}}
	suspect := []isolation.Finding{{Check: "noninterference", Level: isolation.Suspect}, {Level: isolation.Suspect}}
	for _, tt := range []struct {
		label    string
		change   func(*record.Run)
		findings []isolation.Finding
		opts     Options
		verdict  Verdict
		exit     int
		reasons  []string // words of each
		reason   string
	}{
		{label: "clean", verdict: Clean, exit: 0,
			reason: "450 exposures exclude more than 0.67 %"},
		{label: "leak", findings: leak, verdict: Leak, exit: 1,
			reason: "one leak is enough, and needs no further reason"},
		{label: "leak without a finding", change: func(run *record.Run) { leakTo(run.Observations[13]) },
			verdict: Leak, exit: 1, reasons: []string{"1 visit brought a marker to somebody outside its audience"},
			reason: "it was there, though no check was asked about it"},
		{label: "suspect", findings: suspect, verdict: Clean, exit: 0,
			reason: "a difference is no leak"},
		{label: "suspect fails", findings: suspect, change: func(run *record.Run) { run.Header.Plan.Pass.FailOn = []string{"suspect"} },
			verdict: Leak, exit: 1, reasons: []string{"2 findings of level suspect"},
			reason: "unless the plan says so"},
		{label: "leak without an end", findings: leak, change: func(run *record.Run) { run.End = nil }, verdict: Leak, exit: 1,
			reason: "a leak outranks everything"},
		{label: "leak without a crowd", findings: leak, change: func(run *record.Run) { run.Sessions = nil }, verdict: Leak, exit: 1,
			reason: "likewise"},
		{label: "killed", change: func(run *record.Run) { run.End = nil }, verdict: Inconclusive, exit: 130, reasons: []string{"killed"},
			reason: "nobody knows what it would have seen"},
		{label: "interrupted", change: func(run *record.Run) { run.End.Why = record.Interrupted }, verdict: Inconclusive, exit: 130, reasons: []string{"interrupted"},
			reason: "somebody stopped it"},
		{label: "wrong passwords", change: func(run *record.Run) {
			cut(run, 0)
			for i := range run.Sessions {
				run.Sessions[i].What, run.Sessions[i].Error = record.LoginFailed, "waiting for #who:\n timed out"
			}
		}, verdict: Inconclusive, exit: 3, reasons: []string{"0 of 3 accounts", "alice, bob, carol never logged in: waiting for #who: timed out"},
			reason: "no login, no crowd"},
		{label: "one login", change: func(run *record.Run) {
			cut(run, 2)
			run.Sessions = run.Sessions[:1]
		}, verdict: Inconclusive, exit: 3, reasons: []string{"1 of 3 accounts", "bob, carol never logged in"},
			reason: "one is no crowd either"},
		{label: "target gone alone", change: func(run *record.Run) {
			cut(run, 4)
			run.End.Why, run.End.Detail = record.TargetFailed, "connection refused"
		}, verdict: Inconclusive, exit: 3, reasons: []string{"before any account had company: connection refused"},
			reason: "there was no crowd because of the target"},
		{label: "target gone half way", change: func(run *record.Run) {
			cut(run, 300)
			run.End.Why = record.TargetFailed
		}, verdict: Inconclusive, exit: 2, reasons: []string{"the target failed before the plan was done", "phase together came to round 98 of 150", "takes 299"},
			reason: "a service that goes away is never clean"},
		{label: "target gone at the very end", change: func(run *record.Run) { run.End.Why = record.TargetFailed },
			verdict: Inconclusive, exit: 2, reasons: []string{"the target failed"},
			reason: "not even when all was looked at"},
		{label: "time up", change: func(run *record.Run) {
			cut(run, 450)
			run.End.Why = record.TimeUp
		}, verdict: Inconclusive, exit: 2, reasons: []string{"the time was up", "round 148 of 150"},
			reason: "the plan was not done"},
		{label: "one account missing", change: func(run *record.Run) {
			run.Sessions = run.Sessions[:2]
			run.Observations = slices.DeleteFunc(run.Observations, func(o *record.Observation) bool { return o.Account == "carol" })
		}, verdict: Inconclusive, exit: 2, reasons: []string{"carol never logged in"},
			reason: "300 exposures of two would do, but nobody knows about the third"},
		{label: "controls fail", change: func(run *record.Run) {
			company(run, func(o *record.Observation) {
				if o.Round > 130 {
					o.Sightings = nil
				}
			})
		}, verdict: Inconclusive, exit: 2, reasons: []string{"on view inbox the accounts did not see their own subject in 60 of 450 visits"},
			reason: "enough exposures, but something is wrong with the view"},
		{label: "one blind account", change: func(run *record.Run) {
			company(run, func(o *record.Observation) {
				if o.Account == "bob" {
					o.Sightings = nil
				}
			})
		}, opts: Options{Bound: 0.02}, verdict: Inconclusive, exit: 2, reasons: []string{"in 150 of 450 visits", "bob never saw anything of their own"},
			reason: "who was never exposed is named"},
		{label: "nothing seen", change: func(run *record.Run) {
			company(run, func(o *record.Observation) { o.Sightings = nil })
		}, verdict: Inconclusive, exit: 2, reasons: []string{"in 450 of 450 visits"},
			reason: "a run that saw nothing has no bound to miss"},
		{label: "visits fail", change: func(run *record.Run) {
			company(run, func(o *record.Observation) {
				if o.Round%5 == 0 {
					o.Outcome, o.Error = record.Failed, "loading: timed out"
				}
			})
		}, verdict: Inconclusive, exit: 2, reasons: []string{"90 of 450 visits in company did not reach their page: loading: timed out"},
			reason: "a service that hardly answers was hardly tested"},
		{label: "away for a while", change: func(run *record.Run) {
			company(run, func(o *record.Observation) {
				if o.Round%5 == 0 {
					o.Status, o.Sightings = 503, nil
				}
			})
		}, verdict: Clean, exit: 0,
			reason: "a waiting page is neither a leak nor a failure, and 360 exposures are enough"},
		{label: "away all the time", change: func(run *record.Run) {
			company(run, func(o *record.Observation) { o.Status, o.Sightings = 503, nil })
		}, verdict: Inconclusive, exit: 2, reasons: []string{"view inbox was away, with an error page or a waiting page, in 450 of 450 visits"},
			reason: "nobody knows what it would have shown"},
		{label: "handed over", change: func(run *record.Run) {
			company(run, func(o *record.Observation) {
				if o.Round%5 == 0 {
					o.Before, o.How, o.Sightings = "alice", record.Back, nil
				}
				if o.Round%7 == 0 {
					o.Outcome, o.Error, o.Sightings = record.NotExercised, "cut off in the answer", nil
				}
			})
		}, verdict: Clean, exit: 0,
			reason: "what Back brings up, and what was cut off on purpose, has no control to hold"},
		{label: "one by one", change: func(run *record.Run) {
			for i, o := range run.Observations {
				o.Start = start.Add(time.Duration(2*i) * time.Second)
				o.End = o.Start.Add(time.Second)
			}
		}, verdict: Inconclusive, exit: 2, reasons: []string{"no two sessions were ever at work"},
			reason: "without overlap most of these bugs do not show"},
		{label: "bound of the plan", change: func(run *record.Run) { run.Header.Plan.Pass.Bound = 0.005 }, verdict: Inconclusive, exit: 2,
			reasons: []string{"no leak in 450 exposures leaves room for a leak rate of 0.664 % per visit; 0.5 % takes 598, about 50 more rounds"},
			reason:  "three exposures a round, 148 to go"},
		{label: "bound of the options", change: func(run *record.Run) { run.Header.Plan.Pass.Bound = 0.005 }, opts: Options{Bound: 0.01}, verdict: Clean, exit: 0,
			reason: "the options outrank the plan"},
		{label: "phase not reached", change: func(run *record.Run) {
			run.Header.Plan.Phases = append(run.Header.Plan.Phases, plan.Phase{Name: "together-2", Order: plan.Together, Rounds: 5})
		}, verdict: Inconclusive, exit: 2, reasons: []string{"phase together-2 was never reached"},
			reason: "what was planned was not done"},
		{label: "view not looked at", change: func(run *record.Run) {
			run.Header.Plan.Views = append(run.Header.Plan.Views, plan.View{Name: "message"})
		}, verdict: Inconclusive, exit: 2, reasons: []string{"view message was never looked at in company"},
			reason: "likewise"},
		{label: "solo only", change: func(run *record.Run) {
			cut(run, 6)
			run.Header.Plan.Phases = run.Header.Plan.Phases[:1]
		}, verdict: Inconclusive, exit: 2, reasons: []string{"no phase in which accounts have company"},
			reason: "alone nothing can be mixed up"},
	} {
		t.Run(tt.label, func(t *testing.T) {
			run := healthy()
			if tt.change != nil {
				tt.change(run)
			}
			got, err := Judge(run, tt.findings, tt.opts)
			if err != nil {
				t.Fatal(err)
			}
			if got.Verdict != tt.verdict || got.Exit != tt.exit {
				t.Errorf("%s, exit %d; want %s, exit %d: %s", got.Verdict, got.Exit, tt.verdict, tt.exit, tt.reason)
			}
			if len(got.Reasons) != len(tt.reasons) {
				t.Errorf("reasons %q, want %d like %q", got.Reasons, len(tt.reasons), tt.reasons)
				return
			}
			for i, words := range tt.reasons {
				if !strings.Contains(got.Reasons[i].String(), words) {
					t.Errorf("reason %q, want one with %q", got.Reasons[i], words)
				}
				if told := got.Reasons[i].In(phrase.Korean); told == got.Reasons[i].String() {
					t.Errorf("reason %q has no Korean", told)
				}
			}
		})
	}
}

func TestCoverage(t *testing.T) {
	run := healthy()
	// Nine visits leak; in six of them the control is displaced.
	company(run, func(o *record.Observation) {
		if o.Account != "alice" && o.Round <= 3 {
			leakTo(o)
		}
		if o.Account == "carol" && o.Round > 147 {
			own := o.Sightings
			leakTo(o)
			o.Sightings = append(o.Sightings, own...)
		}
		if o.Account == "bob" && o.Round == 2 {
			o.Blocked = []string{"fonts.example.test:443", "ads.example.test:80"}
			o.Missed = []record.Missed{
				{Surface: record.Picture, Why: "too large"},
				{Surface: record.Body, Path: "/big", Why: "longer than the limit"},
				{Surface: record.Body, Path: "/bigger", Why: "longer than the limit"},
			}
			o.Looked = map[string]record.Amount{record.Text: {Items: 2, Bytes: 100}, record.Storage: {}}
		}
		if o.Account == "bob" && o.Round == 3 {
			o.Blocked, o.Missed = []string{"ads.example.test:80"}, []record.Missed{{Surface: record.Body, Path: "/other", Why: "longer than the limit"}}
			o.Looked = map[string]record.Amount{record.Text: {Items: 3, Bytes: 50}}
		}
	})
	got, err := Judge(run, nil, Options{})
	if err != nil {
		t.Fatal(err)
	}
	low, high := Interval(9, 450)
	want := Coverage{
		Accounts: 3, Sessions: 3, Visits: 456, Exposures: 450, Overlapping: 444, PairsSeen: 6, PairsPossible: 6,
		Rate95:   &Rate{Observed: 0.02, Low: rounded(low), High: rounded(high)},
		Blocked:  []string{"ads.example.test:80", "fonts.example.test:443"},
		Surfaces: got.Coverage.Surfaces,
		Missed: []Missed{
			{Surface: record.Body, Why: "longer than the limit", Path: "/big", Visits: 2},
			{Surface: record.Picture, Why: "too large", Visits: 1},
		},
	}
	if len(got.Coverage.Surfaces) != len(record.Surfaces) {
		t.Errorf("%d surfaces, want all %d", len(got.Coverage.Surfaces), len(record.Surfaces))
	}
	wantSurfaces := map[string]Surface{
		record.Text:    {Name: record.Text, Visits: 2, Items: 5, Bytes: 150, Seen: 450},
		record.Storage: {Name: record.Storage},
	}
	for _, s := range got.Coverage.Surfaces {
		if want, ok := wantSurfaces[s.Name]; ok && s != want {
			t.Errorf("surface %+v, want %+v", s, want)
		}
	}
	if diff := cmp.Diff(want, got.Coverage); diff != "" {
		t.Errorf("coverage (-want +got):\n%s", diff)
	}
	wantPhases := []Phase{
		{Name: "solo", Order: plan.Solo, Rounds: 2, Seconds: 10, Visits: 6, Exposures: 6},
		{Name: "together", Order: plan.Together, Rounds: 150, Seconds: 302, Visits: 450, Exposures: 444, LeakingVisits: 9},
	}
	if diff := cmp.Diff(wantPhases, got.Phases); diff != "" {
		t.Errorf("phases (-want +got):\n%s", diff)
	}
}

// Visits in company are told apart by what happened in the run.
func TestStages(t *testing.T) {
	run := healthy() // round n in company begins at 10+2n s and takes one
	run.Events = []record.Event{{Name: "failover", Phase: "together", Round: 101, Start: start.Add(211 * time.Second), End: start.Add(211500 * time.Millisecond)}}
	company(run, func(o *record.Observation) {
		if o.Account == "bob" && o.Round > 120 {
			leakTo(o) // in place of the control
		}
		if o.Account == "carol" && o.Round > 110 {
			o.Sightings = nil
		}
	})
	got, err := Judge(run, nil, Options{})
	if err != nil {
		t.Fatal(err)
	}
	failover := isolation.Named{Event: "failover"}
	want := []isolation.Stage{
		{Is: isolation.Before, Named: failover, Visits: 297},
		{Is: isolation.During, Named: failover, Visits: 3},
		{Is: isolation.After, Named: failover, Visits: 110, Count: 30},
	}
	if diff := cmp.Diff(want, got.Stages); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestResultIsGolden(t *testing.T) {
	finding := isolation.Finding{
		Check: "canary", Level: isolation.Leak, Fingerprint: "00d1f7e5a9c4b832", Viewer: "bob", Owner: "alice", Item: "subject", View: "inbox",
		Surface: record.Text, Phase: "together", Round: 3, At: start.Add(9120 * time.Millisecond), Count: 1,
		Message: phrase.Verbatim("bob was shown alice's subject on inbox"), Witness: []int{14, 1}, Evidence: []string{"evidence/bob.png"},
	}
	leaky := healthy()
	leakTo(leaky.Observations[13])
	accepted := healthy()
	leakTo(accepted.Observations[13])
	accepted.Header.Plan.Accepted = until(30, finding.Fingerprint, oldLeak)
	accepted.Header.Baseline = baselineOf(isolation.Leak, finding.Fingerprint)
	for _, tt := range []struct {
		file     string
		run      *record.Run
		findings []isolation.Finding
	}{
		{"testdata/clean.json", healthy(), nil},
		{"testdata/leak.json", leaky, []isolation.Finding{finding}},
		{"testdata/accepted.json", accepted, []isolation.Finding{finding}},
	} {
		var last []byte
		for range 3 {
			result, err := Judge(tt.run, tt.findings, Options{})
			if err != nil {
				t.Fatal(err)
			}
			got, err := json.MarshalIndent(result, "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			if last != nil && !bytes.Equal(last, got) {
				t.Errorf("%s: the same run gave other bytes", tt.file)
			}
			last = got
		}
		last = append(last, '\n')
		if *update {
			if err := os.WriteFile(tt.file, last, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(tt.file)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(last)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.file, diff)
		}
	}
}
