package gate

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"notmine/checks/crowd"
	"notmine/checks/plan"
	"notmine/checks/record"
)

// searchedRun is a healthy run with a search of the inbox besides: so many rounds
// of three sessions, each of which asks four times.
func searchedRun(depth, rounds int) *record.Run {
	run := healthy()
	run.Header.Plan.Phases = append(run.Header.Plan.Phases, plan.Phase{Name: "search", Order: plan.Search, Rounds: rounds, Depth: depth})
	for round := 1; round <= rounds; round++ {
		for _, o := range run.Observations[6:9] { // the first in company
			seen := *o
			seen.N, seen.Phase, seen.Round = len(run.Observations)+1, "search", round
			run.Observations = append(run.Observations, &seen)
		}
		turn := record.Searched{Phase: "search", Round: round, View: "inbox", Sessions: 3, Steps: 8, Order: slices.Repeat([]string{"alice", "bob", "carol"}, 4)}
		if round > 1 {
			turn.Known = 11
		}
		run.Searched = append(run.Searched, turn)
	}
	return run
}

// What a search was worth, by the rounds that count and those that were not as
// they were drawn.
func TestSearch(t *testing.T) {
	seen := func(run *record.Run, round int) *record.Observation {
		i := slices.IndexFunc(run.Observations, func(o *record.Observation) bool { return o.Phase == "search" && o.Round == round })
		return run.Observations[i]
	}
	for _, tt := range []struct {
		why           string
		depth, rounds int
		change        func(run *record.Run)
		want          SearchedView // but for its name
	}{
		{"the first round only tells the steps", 2, 61, nil,
			SearchedView{Requests: 732, Sessions: 3, Steps: 11, Rounds: 61, CountedRounds: 60, LeastChance: 1 - math.Pow(1-1.0/33, 60)}},
		{"unless there is no change to lay", 1, 5, nil,
			SearchedView{Requests: 60, Sessions: 3, Steps: 11, Rounds: 5, CountedRounds: 5, LeastChance: 1 - math.Pow(2.0/3, 5)}},
		{"depth 3", 3, 31, nil,
			SearchedView{Requests: 372, Sessions: 3, Steps: 11, Rounds: 31, CountedRounds: 30, LeastChance: 1 - math.Pow(1-1.0/363, 30)}},
		{"a single round", 2, 1, nil,
			SearchedView{Requests: 12, Sessions: 3, Steps: 11, Rounds: 1}},
		{"a round had a request more, so those before were not drawn over all steps", 2, 10, func(run *record.Run) {
			run.Searched[4].Order = append(run.Searched[4].Order, "alice")
			for i := 5; i < 10; i++ {
				run.Searched[i].Known = 12
			}
		}, SearchedView{Requests: 121, Sessions: 3, Steps: 12, Rounds: 10, CountedRounds: 5, LeastChance: 1 - math.Pow(1-1.0/36, 5)}},
		{"somebody was not in, and could show nothing", 1, 5, func(run *record.Run) { run.Searched[1].Sessions = 2 },
			SearchedView{Requests: 60, Sessions: 3, Steps: 11, Rounds: 5, CountedRounds: 4, LeastChance: 1 - math.Pow(2.0/3, 4)}},
		{"one that was not kept may be the one that would have shown it", 1, 5, func(run *record.Run) { run.Searched[1].Loose = 7 },
			SearchedView{Requests: 60, Sessions: 3, Steps: 11, Rounds: 5, CountedRounds: 5, BrokenRounds: 1, LooseRequests: 7,
				LeastChance: 1 - math.Pow(2.0/3, 5) - 5*1.0/3*math.Pow(2.0/3, 4)}},
		{"each reason is counted, and each round once", 1, 5, func(run *record.Run) {
			run.Searched[1].Late, run.Searched[1].Lost, run.Searched[2].Lost = 1, 2, 3
			seen(run, 4).Outcome, seen(run, 5).Outcome = record.Failed, record.NotExercised
		}, SearchedView{Requests: 60, Sessions: 3, Steps: 11, Rounds: 5, CountedRounds: 5, BrokenRounds: 4, LateRequests: 1, LostRequests: 5, FailedVisits: 2,
			LeastChance: math.Pow(1.0/3, 5)}},
		{"none was kept", 1, 3, func(run *record.Run) {
			for i := range run.Searched {
				run.Searched[i].Late = 1
			}
		}, SearchedView{Requests: 36, Sessions: 3, Steps: 11, Rounds: 3, CountedRounds: 3, BrokenRounds: 3, LateRequests: 3}},
		{"what was not kept in a round that does not count", 2, 3, func(run *record.Run) { run.Searched[0].Late = 1 },
			SearchedView{Requests: 36, Sessions: 3, Steps: 11, Rounds: 3, CountedRounds: 2, LeastChance: 1 - math.Pow(1-1.0/33, 2)}},
		{"nobody's requests wait", 1, 9, func(run *record.Run) {
			for i := range run.Searched {
				run.Searched[i].Order, run.Searched[i].Steps = nil, 0
			}
		}, SearchedView{Sessions: 3, Rounds: 9}},
		{"the requests of one alone", 1, 9, func(run *record.Run) {
			for i := range run.Searched {
				run.Searched[i].Order, run.Searched[i].Steps = []string{"alice", "alice"}, 0
			}
		}, SearchedView{Requests: 18, Sessions: 3, Rounds: 9}},
		{"a forged record", 2, 2, func(run *record.Run) {
			for i := range run.Searched {
				turn := &run.Searched[i]
				turn.Sessions, turn.Steps, turn.Known, turn.Loose, turn.Order = -1, math.MaxInt, math.MaxInt, -5, nil
			}
		}, SearchedView{Steps: math.MaxInt, Rounds: 2}},
	} {
		run := searchedRun(tt.depth, tt.rounds)
		if tt.change != nil {
			tt.change(run)
		}
		r := judged(t, run)
		tt.want.View = "inbox"
		want := &Search{Depth: tt.depth, Requests: tt.want.Requests, LeastChance: tt.want.LeastChance, Views: []SearchedView{tt.want}}
		if diff := cmp.Diff(want, r.Phases[2].Search, cmp.Comparer(func(a, b float64) bool { return math.Abs(a-b) < 2e-9 })); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.why, diff)
		}
		if r.Phases[1].Search != nil {
			t.Errorf("%s: of another order: %+v", tt.why, r.Phases[1].Search)
		}
	}
}

// A search is worth what it is on the view that had the least chance, of those on
// which there was anything to put in order.
func TestSearchOfSeveralViews(t *testing.T) {
	run := searchedRun(1, 4)
	for _, inbox := range slices.Clone(run.Searched) {
		for _, view := range []string{"few", "none", "away"} {
			turn := inbox
			turn.View = view
			in := []string{"alice", "bob", "carol"}
			switch view {
			case "few":
				in = in[:2]
			case "none":
				turn.Steps, turn.Order = 0, nil
			}
			turn.Sessions = len(in)
			run.Searched = append(run.Searched, turn)
			if view == "away" {
				continue // no visit reached it
			}
			for _, who := range in {
				run.Observations = append(run.Observations, &record.Observation{
					N: len(run.Observations) + 1, Account: who, Phase: "search", Round: turn.Round, View: view,
				})
			}
		}
	}
	s := judged(t, run).Phases[2].Search
	got := map[string]string{}
	for _, v := range s.Views {
		got[v.View] = fmt.Sprintf("%.3f", v.LeastChance)
	}
	if diff := cmp.Diff(map[string]string{"inbox": "0.802", "few": "0.938", "none": "0.000", "away": "0.000"}, got); diff != "" {
		t.Errorf("chances (-want +got):\n%s", diff)
	}
	if least := s.Least(); least == nil || least.View != "away" || s.LeastChance != 0 || s.Requests != 3*48 {
		t.Errorf("the least is %+v of %+v", least, s)
	}
	run.Searched = slices.DeleteFunc(run.Searched, func(turn record.Searched) bool { return turn.View == "away" })
	if s = judged(t, run).Phases[2].Search; s.Least().View != "inbox" || s.LeastChance != s.Least().LeastChance {
		t.Errorf("the least is %+v of %+v", s.Least(), s)
	}
	run.Searched = slices.DeleteFunc(run.Searched, func(turn record.Searched) bool { return turn.View != "none" })
	if s = judged(t, run).Phases[2].Search; s.Least() != nil || s.LeastChance != 0 {
		t.Errorf("the least is %+v of %+v", s.Least(), s)
	}
}

// Machines read it by these names, and results of runs without a search are as
// they were.
func TestSearchIsWritten(t *testing.T) {
	run := searchedRun(2, 61)
	run.Searched[3].Late = 2
	written, err := json.Marshal(judged(t, run).Phases[2].Search)
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"depth":2,"requests":732,"least_chance":0.54626722,"views":[{"view":"inbox","requests":732,"sessions":3,"steps":11,"rounds":61,` +
		`"counted_rounds":60,"broken_rounds":1,"late_requests":2,"least_chance":0.54626722}]}`
	if string(written) != want {
		t.Errorf("written is\n%s, want\n%s", written, want)
	}
	for _, without := range []*record.Run{healthy(), interruptedBefore(searchedRun(2, 61))} {
		written, err := json.Marshal(judged(t, without))
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(written, []byte(`"search":`)) {
			t.Errorf("a run that searched nothing says %s", written)
		}
	}
}

// interruptedBefore is a run that did not come to its search.
func interruptedBefore(run *record.Run) *record.Run {
	run.Searched = nil
	return run
}

// The bounds that are known for eight sessions and 40 steps, and how many orders
// they take for 95 %.
func TestLeastChance(t *testing.T) {
	for depth, orders := range map[int]int{1: 23, 2: 958, 3: 38344} {
		p := crowd.Bound(8, 40, depth)
		if leastChance(orders, 0, p) < 0.95 || leastChance(orders-1, 0, p) >= 0.95 {
			t.Errorf("depth %d: %d orders give %v", depth, orders, leastChance(orders, 0, p))
		}
	}
	for _, tt := range []struct {
		orders, broken int
		each, want     float64
	}{
		{0, 0, 0.5, 0}, {3, 3, 0.9, 0}, {3, 5, 0.9, 0}, {3, 0, 1, 1}, {3, 2, 1, 1}, {2, 0, 0.5, 0.75}, {2, 1, 0.5, 0.25},
		{5, 2, 0.5, 0.5}, {100_000, 0, 1e-300, 0}, {100_000, 10, 0.5, 1},
	} {
		if got := leastChance(tt.orders, tt.broken, tt.each); math.Abs(got-tt.want) > 2e-9 || got > tt.want {
			t.Errorf("%d orders, %d broken, %v each: %v, want %v", tt.orders, tt.broken, tt.each, got, tt.want)
		}
	}
}

// Whichever rounds are broken, and if they are always those that would have shown
// the bug: whoever says with a chance of 95 % that there is none errs in at most
// 5 of 100 searches.
func TestBrokenRoundsAreNotTakenForGood(t *testing.T) {
	const searches, orders, each = 20_000, 120, 0.05
	rng := rand.New(rand.NewPCG(1, 1))
	for _, share := range []float64{0, 0.1, 0.5, 1} { // of the orders that show it, which are broken
		wrong := 0
		for range searches {
			shown, broken := 0, 0
			for range orders {
				switch show := rng.Float64() < each; {
				case show && rng.Float64() < share:
					broken++
				case show:
					shown++
				}
			}
			if shown == 0 && leastChance(orders, broken, each) >= 0.95 {
				wrong++
			}
		}
		if most := 0.05 * searches; float64(wrong) > most {
			t.Errorf("with %v broken: %d of %d searches exclude what is there, want at most %v", share, wrong, searches, most)
		}
	}
}
