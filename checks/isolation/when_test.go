package isolation

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"notmine/checks/record"
)

// spell is a visit from one second to another.
func spell(from, to int) *record.Observation {
	return &record.Observation{Account: "bob", Start: seconds(from), End: seconds(to)}
}

func event(name string, from, to int) record.Event {
	return record.Event{Name: name, Start: seconds(from), End: seconds(to)}
}

func change(name, account, item string, from, to int) record.Change {
	return record.Change{Name: name, Account: account, Item: item, Start: seconds(from), End: seconds(to)}
}

func TestWhen(t *testing.T) {
	course := CourseOf(&record.Run{Events: []record.Event{event("failover", 10, 12), event("restore", 20, 20), event("failover", 30, 35)}})
	for _, tt := range []struct {
		visit  *record.Observation
		want   string
		reason string
	}{
		{spell(3, 8), "before failover by 2", "over before anything began"},
		{spell(3, 10), "during failover by 0", "the intervals are closed: both were there at 10"},
		{spell(11, 15), "during failover by 1", "it began while the event went on"},
		{spell(8, 15), "during failover by 0", "all of it lies within the visit"},
		{spell(12, 13), "during failover by 2", "it began in the last moment"},
		{spell(13, 19), "after failover by 1", "before restore as well, but what was done last says more"},
		{spell(14, 25), "during restore by 0", "an event without length was in it"},
		{spell(21, 22), "after restore by 1", "counted from the end"},
		{spell(33, 40), "during failover (2) by 3", "the second time it is told apart"},
		{spell(90, 99), "after failover (2) by 55", "however late"},
	} {
		w := course.When(tt.visit)
		if got := fmt.Sprintf("%s %s by %g", w.Is, w.Named, w.Seconds); got != tt.want {
			t.Errorf("%v to %v: %s, want %s: %s", tt.visit.Start, tt.visit.End, got, tt.want, tt.reason)
		}
	}
	if w := CourseOf(&record.Run{}).When(spell(1, 2)); w != nil {
		t.Errorf("nothing happened, and it was %+v", w)
	}
}

// What several accounts change in one phase is one; in another phase it is
// another. Changes of another item do not matter to a finding, events do.
func TestCourse(t *testing.T) {
	run := &record.Run{
		Phases: []record.Phase{{At: seconds(0)}, {At: seconds(10)}, {At: seconds(20)}, {At: seconds(40)}},
		Events: []record.Event{event("failover", 15, 16)},
		Changes: []record.Change{
			change("renew", "alice", "photo", 41, 43), change("renew", "bob", "photo", 42, 42),
			change("renew", "alice", "photo", 11, 12), change("renew", "bob", "photo", 12, 13),
			change("hide", "alice", "note", 22, 23),
		},
	}
	tell := func(c Course) string {
		var told []string
		for _, h := range c {
			told = append(told, fmt.Sprintf("%s %v–%v of %d", h, h.Start.Sub(start), h.End.Sub(start), len(h.Made)))
		}
		return strings.Join(told, ", ")
	}
	course := CourseOf(run)
	if got, want := tell(course), "renew 11s–13s of 2, failover 15s–16s of 0, hide 22s–23s of 1, renew (2) 41s–43s of 2"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if got, want := tell(course.For("subject", "note")), "failover 15s–16s of 0, hide 22s–23s of 1"; got != want {
		t.Errorf("what matters to the note: %s, want %s", got, want)
	}
}

// Every visit is in exactly one part, and the parts come in order of time.
func TestStages(t *testing.T) {
	course := CourseOf(&record.Run{Events: []record.Event{event("failover", 10, 12), event("restore", 20, 22)}})
	visits := []*record.Observation{spell(30, 31), spell(1, 2), spell(11, 11), spell(40, 41), spell(3, 4), spell(19, 20)}
	got := course.Stages(visits, func(o *record.Observation) bool { return o.Start.After(seconds(35)) })
	want := []Stage{
		{Before, Named{Event: "failover"}, 2, 0},
		{During, Named{Event: "failover"}, 1, 0},
		// Nobody looked between the two.
		{During, Named{Event: "restore"}, 1, 0},
		{After, Named{Event: "restore"}, 2, 1},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := CourseOf(&record.Run{}).Stages(visits, func(*record.Observation) bool { return true }); got != nil {
		t.Errorf("nothing happened, and there are parts: %+v", got)
	}
}

// A finding stands for several visits: it says how many of its viewer's to that
// view were given the thing before, during and after, and when the first was.
func TestFindingsSayWhen(t *testing.T) {
	run := example() // bob is given alice's at 2 and 3 s
	visit := func(from int, viewer, phase string, owners ...string) {
		o := spell(from, from+1)
		o.N, o.Account, o.Phase, o.Round, o.View = len(run.Observations)+1, viewer, phase, 9, "inbox"
		for _, owner := range owners {
			id := map[string]int{"alice": 1, "bob": 2}[owner]
			o.Sightings = append(o.Sightings, record.Sighting{Marker: id, Owner: owner, Item: "subject", Surface: record.Text})
		}
		run.Observations = append(run.Observations, o)
	}
	visit(5, "bob", "together", "bob")
	visit(6, "bob", "together") // without its control: neither a leak nor proof that there is none
	visit(7, "bob", "solo", "bob")
	visit(8, "alice", "together", "alice")
	visit(21, "bob", "together", "bob", "alice")
	visit(23, "bob", "together", "bob")
	visit(30, "bob", "together", "alice")

	quiet, err := Apply(run, []*Check{leaks})
	if err != nil {
		t.Fatal(err)
	}
	if f := quiet[0]; f.When != nil || f.Stages != nil {
		t.Errorf("nothing happened in the run: %+v, %+v", f.When, f.Stages)
	}

	run.Events = []record.Event{event("failover", 20, 22)}
	run.Changes = []record.Change{change("hide", "alice", "note", 24, 25)} // of another item
	got, err := Apply(run, []*Check{leaks})
	if err != nil {
		t.Fatal(err)
	}
	failover := Named{Event: "failover"}
	if len(got) != 1 || got[0].Count != 4 {
		t.Fatalf("findings: %+v", got)
	}
	if diff := cmp.Diff(&When{Is: Before, Named: failover, Seconds: 17}, got[0].When); diff != "" {
		t.Errorf("when the first was (-want +got):\n%s", diff)
	}
	want := []Stage{{Before, failover, 3, 2}, {During, failover, 1, 1}, {After, failover, 2, 1}}
	if diff := cmp.Diff(want, got[0].Stages); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A check that reports many visits at once has each of them placed.
func TestSeveralVisitsAtOnce(t *testing.T) {
	run := example()
	run.Events = []record.Event{event("failover", 5, 6)}
	all := &Check{Name: "all", Doc: "reports all visits as one", Judge: func(p *Pass) error {
		f := In(p.Run.Observations[2])
		f.Level, f.Count, f.Visits = Risk, 2, []int{1, 3}
		p.Report(f)
		return nil
	}}
	got, err := Apply(run, []*Check{all})
	if err != nil {
		t.Fatal(err)
	}
	want := []Stage{{Before, Named{Event: "failover"}, 2, 2}}
	if len(got) != 1 || cmp.Diff(want, got[0].Stages) != "" || cmp.Diff([]int{1, 3}, got[0].Visits) != "" {
		t.Errorf("%+v, want %+v", got, want)
	}
	if w := got[0].When; w == nil || w.Seconds != 3 {
		t.Errorf("when: %+v, want 3 s before, as of the first visit", w)
	}
}
