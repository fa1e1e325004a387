package gate

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"notmine/checks/plan"
	"notmine/checks/record"
)

// Visits without a browser are counted apart: they are no exposures, and when
// they fail the browsers' visits have not.
func TestPlain(t *testing.T) {
	run := healthy()
	before := run.Observations[len(run.Observations)-1]
	add := func(number int, change func(*record.Observation)) {
		o := *before
		o.N, o.Plain = len(run.Observations)+1, number
		o.Sightings = []record.Sighting{{Marker: 3, Owner: "carol", Item: "subject", Text: "carol's subject", Surface: record.Body}}
		change(&o)
		run.Observations = append(run.Observations, &o)
	}
	for range 5 {
		add(1, func(*record.Observation) {})
	}
	add(2, func(o *record.Observation) { o.Sightings = nil })
	for range 200 {
		add(2, func(o *record.Observation) { o.Outcome, o.Error = record.Failed, "answered with 302" })
	}
	r := judged(t, run)
	if r.Verdict != Clean || r.Coverage.Exposures != 456 || r.Coverage.Visits != 456+206 {
		t.Errorf("%s %v: %d visits, %d exposures", r.Verdict, r.Reasons, r.Coverage.Visits, r.Coverage.Exposures)
	}
	want := &Plain{Sessions: 2, Visits: 206, Failed: 200, Exposures: 5}
	if diff := cmp.Diff(want, r.Coverage.Plain); diff != "" {
		t.Errorf("without a browser (-want +got):\n%s", diff)
	}

	add(3, leakTo)
	r = judged(t, run)
	if r.Verdict != Leak || r.Coverage.Plain.LeakingVisits != 1 {
		t.Errorf("a leak without a browser: %s, %+v", r.Verdict, r.Coverage.Plain)
	}
	if r := judged(t, healthy()); r.Coverage.Plain != nil {
		t.Errorf("of a run without any: %+v", r.Coverage.Plain)
	}
}

// A phase that has had its time lacks no rounds.
func TestWithin(t *testing.T) {
	for _, test := range []struct {
		within, shared time.Duration
		want           Verdict
	}{{time.Minute, 0, Clean}, {0, time.Minute, Clean}, {0, 0, Inconclusive}} {
		run := healthy()
		run.Header.Plan.Phases[1].Rounds, run.Header.Plan.Phases[1].Within = 400, test.within
		run.Phases[1].Within = test.shared
		if r := judged(t, run); r.Verdict != test.want {
			t.Errorf("within %v, and %v as phases share their time: %s %v", test.within, test.shared, r.Verdict, r.Reasons)
		}
	}
}

// A phase that was left out because an event had put the target away lacks
// nothing; one that was not reached for another reason does.
func TestAwayPhase(t *testing.T) {
	for away, want := range map[string]Verdict{"503 at every view": Clean, "": Inconclusive} {
		run := healthy()
		run.Header.Plan.Phases = append(run.Header.Plan.Phases, plan.Phase{Name: "together-2", Order: plan.Together, Rounds: 4})
		at := run.End.At
		run.Phases = append(run.Phases, record.Phase{Index: 2, At: at})
		if away != "" {
			run.Phases = append(run.Phases, record.Phase{Index: 2, At: at.Add(3 * time.Second), Away: away})
		}
		run.End.At = at.Add(4 * time.Second)
		r := judged(t, run)
		if r.Verdict != want || r.Phases[2].Away != away || r.Phases[2].Seconds != 4 {
			t.Errorf("away %q: %s %v, %+v", away, r.Verdict, r.Reasons, r.Phases[2])
		}
	}
}

func judged(t *testing.T, run *record.Run) Result {
	t.Helper()
	r, err := Judge(run, nil, Options{})
	if err != nil {
		t.Fatal(err)
	}
	return r
}
