package gate

import (
	"testing"
	"time"

	"notmine/checks/isolation"
	"notmine/checks/marker"
	"notmine/checks/plan"
	"notmine/checks/record"
)

func after(seconds float64) time.Time {
	return start.Add(time.Duration(seconds * float64(time.Second)))
}

// A plan's events and changes, with how long each was felt.
func TestHappened(t *testing.T) {
	tag := marker.RunTag("20261122-014500-test")
	run := &record.Run{
		Header: record.Header{Notmine: record.Version, Run: "20261122-014500-test", Started: start, Plan: plan.Outline{
			Accounts: []plan.OutlineAccount{{Name: "alice"}, {Name: "bob"}},
			Views:    []plan.View{{Name: "inbox"}, {Name: "profile"}},
			Phases: []plan.Phase{
				{Name: "together", Order: plan.Together}, {Name: "failover", Event: "failover"}, {Name: "renew", Change: "renew"},
				{Name: "together-2", Order: plan.Together, Event: "restore"},
			},
			Changes: []plan.Change{{Name: "renew", Item: "photo", Renews: true, Settle: time.Second}},
		}},
		Phases: []record.Phase{
			{Index: 0, At: after(0)}, {Index: 1, At: after(9)}, {Index: 2, At: after(19)}, {Index: 3, At: after(23)},
		},
		Events: []record.Event{
			{Name: "failover", Start: after(10), End: after(12)},
			{Name: "restore", Phase: "together-2", Round: 9, Start: after(40), End: after(41), Error: "the switch is stuck"},
		},
		Changes: []record.Change{
			{Name: "renew", Account: "alice", Item: "photo", Start: after(20), End: after(21)},
			{Name: "renew", Account: "bob", Item: "photo", Start: after(21), End: after(22), Error: "no button"},
		},
	}
	for id, version := range []int{1, 2} {
		run.Markers = append(run.Markers, marker.Entry{
			ID: id + 1, Owner: "alice", Item: "photo", Version: version, Text: marker.Mint("alice", "photo", version, tag), Audience: marker.Audience{"everyone"},
		})
	}
	look := func(from float64, view, outcome string, seen ...int) {
		o := &record.Observation{
			N: len(run.Observations) + 1, Account: "bob", View: view, Start: after(from), End: after(from + 0.5), Outcome: outcome,
		}
		for _, id := range seen {
			o.Sightings = append(o.Sightings, record.Sighting{Marker: id, Owner: "alice", Item: "photo", Surface: record.Text})
		}
		run.Observations = append(run.Observations, o)
	}
	look(0.5, record.LoginView, record.Seen) // which nobody has to come to again
	look(1, "inbox", record.Seen, 1)
	look(2, "profile", record.Seen, 1)
	look(13, "inbox", record.Failed)
	look(14, "inbox", record.Seen)
	look(15.2, "profile", record.Seen, 1)
	look(22, "profile", record.Seen, 1)
	look(23.3, "profile", record.Seen, 1)
	look(24, "profile", record.Seen, 2)

	p, err := isolation.NewPass(run)
	if err != nil {
		t.Fatal(err)
	}
	got := happened(p)
	if len(got) != 3 {
		t.Fatalf("happened: %+v", got)
	}
	failover, renew, restore := got[0], got[1], got[2]
	if failover.Away != 1 || failover.After != "together" || failover.Before != "together-2" || failover.Phase != "" {
		t.Errorf("failover: %+v, want it between two phases, and one visit that found the service away", failover)
	}
	if restore.Phase != "together-2" || restore.Round != 9 || restore.After != "together" || restore.Before != "" {
		t.Errorf("restore: %+v, want it in the second phase", restore)
	}
	if failover.Name != "failover" || failover.Seconds != 2 || failover.Back == nil || *failover.Back != 5.7 {
		t.Errorf("failover: %+v, back after %v, want 5.7", failover, failover.Back)
	}
	if renew.Made != 1 || renew.Failed != 1 || renew.Error != "no button" || renew.Settled == nil || *renew.Settled != 2.3 {
		t.Errorf("renew: %+v, settled after %v, want 2.3", renew, renew.Settled)
	}
	if renew.After != "together" || renew.Before != "together-2" {
		t.Errorf("renew: %+v, want it between the phases in which somebody looks", renew)
	}
	if restore.Error == "" || restore.Back != nil {
		t.Errorf("restore: %+v, and nobody looked since", restore)
	}
}

func TestShared(t *testing.T) {
	run := &record.Run{}
	if got := shared(run); got != nil {
		t.Errorf("without a handover: %+v", got)
	}
	for _, o := range []record.Observation{
		{Account: "bob", Before: "alice", How: record.Restored},
		{Account: "bob", Before: "alice", How: record.Back, Outcome: record.NotExercised},
		{Account: "bob", Before: "alice", How: record.Back},
		{Account: "bob", Before: "alice", Worker: 3},
		{Account: "carol", Before: "bob", How: record.Offline, Worker: 1},
		{Account: "carol", Worker: 1},
	} {
		run.Observations = append(run.Observations, &o)
	}
	if got, want := *shared(run), (Shared{Handovers: 2, Restored: 1, Reloaded: 1, Worker: 2, Offline: 1}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}
