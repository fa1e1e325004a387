package isolation

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"notmine/checks/marker"
	"notmine/checks/phrase"
	"notmine/checks/plan"
	"notmine/checks/record"
)

var start = time.Date(2026, 11, 22, 1, 45, 0, 0, time.UTC)

func seconds(n int) time.Time { return start.Add(time.Duration(n) * time.Second) }

// example is a record of two accounts and three visits; the second and third
// leak.
func example() *record.Run {
	run := &record.Run{
		Header: record.Header{Notmine: record.Version, Run: "r", Started: start, Plan: plan.Outline{
			Accounts: []plan.OutlineAccount{{Name: "alice", Shows: "Alice Kim"}, {Name: "bob", Shows: "김민수"}},
			Items:    map[string]plan.Item{"subject": {}},
			Views: []plan.View{
				{Name: "inbox", Control: "subject", Identity: "#who"},
				{Name: "home", Identity: "#who"},
				{Name: "board"},
			},
			Phases: []plan.Phase{{Name: "solo", Order: plan.Solo}, {Name: "together", Order: plan.Together}},
		}},
		Markers: []marker.Entry{
			{ID: 1, Text: "alice's subject", Owner: "alice", Item: "subject", Declared: true},
			{ID: 2, Text: "bob's subject", Owner: "bob", Item: "subject", Declared: true},
		},
		Evidence: map[int][]record.Evidence{
			2: {{Observation: 2, File: "evidence/two.png"}},
			3: {{Observation: 3, File: "evidence/three.png"}, {Observation: 3, File: "evidence/hers.png", Marker: 1}, {Observation: 3, File: "evidence/his.png", Marker: 2}},
		},
	}
	add := func(account, phase, surface string, marker int, owner string) {
		n := len(run.Observations) + 1
		run.Observations = append(run.Observations, &record.Observation{
			N: n, Account: account, Phase: phase, Round: n, View: "inbox", Start: seconds(n), End: seconds(n + 1),
			Sightings: []record.Sighting{{Marker: marker, Owner: owner, Item: "subject", Surface: surface}},
		})
	}
	add("alice", "solo", record.Text, 1, "alice")
	add("bob", "together", record.Body, 1, "alice")
	add("bob", "together", record.Text, 1, "alice")
	return run
}

// leaks is a check as plain as can be.
var leaks = &Check{Name: "leaks", Doc: "reports leaks", Look: func(p *Pass, o *record.Observation) error {
	for _, s := range p.Leaks(o) {
		f := In(o)
		f.Level, f.Relation = Leak, "outside audience"
		f.Owner, f.Item, f.Surface, f.Message = s.Owner, s.Item, s.Surface, phrase.Verbatim("on "+s.Surface)
		p.Report(f)
	}
	return nil
}}

// order reports the same breaches at the end, in the wrong order.
var order = &Check{Name: "order", Doc: "reports everything at the end", Judge: func(p *Pass) error {
	for i := len(p.Run.Observations) - 1; i >= 0; i-- {
		for _, level := range []Level{Note, Leak} {
			f := In(p.Run.Observations[i])
			f.Level, f.Item = level, f.Phase
			p.Report(f)
		}
	}
	return nil
}}

func TestApplyMerges(t *testing.T) {
	got, err := Apply(example(), []*Check{leaks})
	if err != nil {
		t.Fatal(err)
	}
	want := []Finding{{
		Check: "leaks", Level: Leak, Relation: "outside audience", Viewer: "bob", Owner: "alice", Item: "subject", View: "inbox",
		// Where it was plainest, with that visit's evidence; when it was first.
		Surface: record.Text, Message: phrase.Verbatim("on text"), Witness: []int{3}, Evidence: []string{"evidence/three.png", "evidence/hers.png"},
		Phase: "together", Round: 2, At: seconds(2), Count: 2, Visits: []int{2, 3},
		Fingerprint: Finding{Check: "leaks", View: "inbox", Item: "subject", Surface: "text", Relation: "outside audience"}.fingerprint(),
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestApplySorts(t *testing.T) {
	got, err := Apply(example(), []*Check{order})
	if err != nil {
		t.Fatal(err)
	}
	var told []string
	for _, f := range got {
		told = append(told, string(f.Level)+" "+f.Viewer+" "+f.At.Format("05"))
	}
	want := []string{"leak alice 01", "leak bob 02", "note alice 01", "note bob 02"}
	if diff := cmp.Diff(want, told); diff != "" {
		t.Errorf("worst first, then the earliest, whenever they were reported (-want +got):\n%s", diff)
	}
}

func TestFingerprintSaysWhatAndNotWho(t *testing.T) {
	f := Finding{Check: "c", View: "v", Item: "i", Surface: "s", Relation: "r", Viewer: "bob", Owner: "alice", At: start}
	same := f
	same.Viewer, same.Owner, same.At, same.Count, same.Message, same.Phase = "x", "y", seconds(9), 9, phrase.Verbatim("m"), "p"
	if f.fingerprint() != same.fingerprint() {
		t.Error("names, times or counts change the fingerprint")
	}
	for i, change := range []func(*Finding){
		func(f *Finding) { f.Check = "" }, func(f *Finding) { f.View = "" }, func(f *Finding) { f.Item = "" },
		func(f *Finding) { f.Surface = "" }, func(f *Finding) { f.Relation = "" },
		func(f *Finding) { f.View, f.Item = "vi", "" },
	} {
		other := f
		change(&other)
		if f.fingerprint() == other.fingerprint() {
			t.Errorf("change %d leaves the fingerprint as it was", i)
		}
	}
}

func TestJudgeWhileTheRunGoesOn(t *testing.T) {
	run := example()
	j := NewJudge(run.Header, leaks)
	for _, e := range run.Markers {
		if err := j.Marker(e); err != nil {
			t.Fatal(err)
		}
	}
	again := *run.Observations[2]
	again.N, again.Round = 4, 4
	var counts []int
	for _, o := range append(run.Observations, &again) {
		fresh, err := j.Observe(o)
		if err != nil {
			t.Fatal(err)
		}
		counts = append(counts, len(fresh))
	}
	// Nothing; new in a body; the same, now visible; nothing new any more.
	if diff := cmp.Diff([]int{0, 1, 1, 0}, counts); diff != "" {
		t.Errorf("fresh findings of each visit (-want +got):\n%s", diff)
	}
	live, err := j.Finish(run)
	if err != nil {
		t.Fatal(err)
	}
	judged, err := Apply(run, []*Check{leaks})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(judged, live); diff != "" {
		t.Errorf("the record gives other findings than the run (-record +run):\n%s", diff)
	}
}

func TestErrors(t *testing.T) {
	broken := &Check{Name: "broken", Doc: "breaks", Look: func(*Pass, *record.Observation) error { return errors.New("boom") }}
	stranger := example()
	stranger.Observations[1].Sightings[0].Marker = 99
	twice := example()
	twice.Markers[1].ID = 1
	for _, tt := range []struct {
		label string
		run   *record.Run
		check *Check
		want  string
	}{
		{"check fails", example(), broken, "checking broken in observation 1: boom"},
		{"unknown marker", stranger, leaks, "observation 2: marker 99 is not in the ledger"},
		{"one ID for two markers", twice, leaks, "reading the ledger"},
	} {
		_, err := Apply(tt.run, []*Check{tt.check})
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: error %v, want one with %q", tt.label, err, tt.want)
		}
	}
}

func TestExposed(t *testing.T) {
	own := []record.Sighting{{Marker: 2, Owner: "bob", Item: "subject"}}
	nickname := []record.Sighting{{Marker: 2, Owner: "bob", Item: "nickname"}}
	earlier := []record.Sighting{{Owner: "bob", Item: "subject", Earlier: true}}
	for _, tt := range []struct {
		label  string
		o      record.Observation
		want   bool
		reason string
	}{
		{"control", record.Observation{View: "inbox", Sightings: own}, true, "the own subject was there"},
		{"another item", record.Observation{View: "inbox", Sightings: nickname, Identity: "김민수"}, false, "the control is the subject, whatever else was there"},
		{"earlier run", record.Observation{View: "inbox", Sightings: earlier}, false, "an old canary does not prove that this run's would be seen"},
		{"failed", record.Observation{View: "inbox", Sightings: own, Outcome: record.Failed}, false, "a view that was not reached exposed nothing"},
		{"name", record.Observation{View: "home", Identity: "김민수"}, true, "without a control the name will do"},
		{"login name", record.Observation{View: "home", Identity: "bob"}, true, "a who-am-I answer may give the account's name"},
		{"another's name", record.Observation{View: "home", Identity: "Alice Kim", Sightings: own}, false, "the identity decides where there is one"},
		{"any marker", record.Observation{View: "board", Sightings: nickname}, true, "with neither, anything of one's own will do"},
		{"nothing", record.Observation{View: "board"}, false, "nothing of one's own was seen"},
	} {
		p := newPass(&example().Header)
		tt.o.Account = "bob"
		if got := p.Exposed(&tt.o); got != tt.want {
			t.Errorf("%s: exposed = %v, want %v: %s", tt.label, got, tt.want, tt.reason)
		}
	}
}

func TestValidate(t *testing.T) {
	look := func(*Pass, *record.Observation) error { return nil }
	err := Validate([]*Check{
		nil,
		{Name: "Two words", Doc: "d", Look: look},
		{Name: "ok", Doc: "d", Look: look},
		{Name: "ok", Doc: "d", Look: look},
		{Name: "undocumented", Doc: "\nd", Look: look},
		{Name: "idle", Doc: "d"},
	})
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{"check 1 of the list", `"Two words"`, "ok: the name comes twice", "undocumented:", "idle:"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not among the mistakes:\n%v", want, err)
		}
	}
}

func TestDocOf(t *testing.T) {
	for _, tt := range []struct{ source, want string }{
		{"// Package x finds y.\n//\n// # Title\n//\n// More.\npackage x\n", "finds y.\n\n# Title\n\nMore.\n"},
		{"// Licence\n\npackage x\n", ""},
		{"no Go", ""},
	} {
		if got := DocOf(tt.source); got != tt.want {
			t.Errorf("DocOf(%q) = %q, want %q", tt.source, got, tt.want)
		}
	}
}
