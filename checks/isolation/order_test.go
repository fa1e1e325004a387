package isolation

import (
	"testing"
	"time"

	"notmine/checks/marker"
	"notmine/checks/plan"
	"notmine/checks/record"
)

// What was asked for before an item was hidden may be told of afterwards: it was
// the viewer's to see then.
func TestAskedForBeforeItWasHidden(t *testing.T) {
	start := time.Date(2026, 11, 22, 1, 45, 0, 0, time.UTC)
	at := func(s int) time.Time { return start.Add(time.Duration(s) * time.Second) }
	note := marker.Entry{ID: 1, Text: "alice's note", Owner: "alice", Item: "note", Declared: true, Audience: marker.Audience{"everyone"}}
	hidden := note
	hidden.Audience, hidden.Since = nil, at(10)
	look := func(n int, asked time.Time) *record.Observation {
		return &record.Observation{
			N: n, Account: "bob", Start: at(20), End: at(21),
			Exchanges: []record.Exchange{{ID: 7, Start: asked}},
			Sightings: []record.Sighting{{Marker: 1, Owner: "alice", Item: "note", Surface: record.Body, Exchange: 7}},
		}
	}
	run := &record.Run{
		Header:       record.Header{Plan: plan.Outline{Accounts: []plan.OutlineAccount{{Name: "alice"}, {Name: "bob"}}}},
		Markers:      []marker.Entry{note, hidden},
		Observations: []*record.Observation{look(1, at(5)), look(2, at(20))},
	}
	p, err := NewPass(run)
	if err != nil {
		t.Fatal(err)
	}
	if leaks := p.Leaks(run.Observations[0]); len(leaks) != 0 {
		t.Errorf("asked for before it was hidden: %+v", leaks)
	}
	if leaks := p.Leaks(run.Observations[1]); len(leaks) != 1 {
		t.Errorf("asked for when it was hidden: %+v", leaks)
	}
}

func TestRegularAndUndisturbed(t *testing.T) {
	start := time.Date(2026, 11, 22, 1, 45, 0, 0, time.UTC)
	base := record.Observation{Account: "bob", View: "inbox", Identity: "bob", Start: start, End: start.Add(time.Second)}
	run := &record.Run{
		Header: record.Header{Plan: plan.Outline{
			Accounts: []plan.OutlineAccount{{Name: "alice"}, {Name: "bob"}}, Views: []plan.View{{Name: "inbox", Identity: "#who"}},
		}},
		Events: []record.Event{{Name: "failover", Start: start.Add(time.Minute)}},
	}
	p, err := NewPass(run)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		why                  string
		change               func(*record.Observation)
		exposed, undisturbed bool
	}{
		{"as the view says", func(*record.Observation) {}, true, true},
		{"a reload", func(o *record.Observation) { o.How = record.Reload }, true, true},
		{"brought back", func(o *record.Observation) { o.How = record.Back }, false, true},
		{"kept alive", func(o *record.Observation) { o.How = record.Restored }, false, true},
		{"without a network", func(o *record.Observation) { o.How = record.Offline }, false, true},
		{"cut off", func(o *record.Observation) { o.Outcome = record.NotExercised }, false, true},
		{"a login", func(o *record.Observation) { o.View = record.LoginView }, false, true},
		{"a change", func(o *record.Observation) { o.View = record.ChangeView }, false, true},
		{"in another's browser", func(o *record.Observation) { o.Before = "alice" }, true, false},
		{"while another acted", func(o *record.Observation) { o.Acting = "alice" }, true, false},
		{"after an event", func(o *record.Observation) { o.End = start.Add(2 * time.Minute) }, true, false},
	} {
		o := base
		test.change(&o)
		if got := p.Exposed(&o); got != test.exposed {
			t.Errorf("%s: exposed %v", test.why, got)
		}
		if got := p.Undisturbed(&o); got != test.undisturbed {
			t.Errorf("%s: undisturbed %v", test.why, got)
		}
	}
}
