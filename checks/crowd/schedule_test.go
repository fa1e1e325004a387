package crowd

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"notmine/checks/plan"
	"notmine/checks/record"
)

// phaseOf is a phase of each order, as plans have them.
func phaseOf(order plan.Order, rounds int) plan.Phase {
	return plan.Phase{Name: string(order), Order: order, Rounds: rounds, Think: 500 * time.Millisecond}
}

func TestCircuit(t *testing.T) {
	for n := range 24 {
		walk := circuit(n, rand.New(rand.NewPCG(uint64(n), 1)))
		follows := map[[2]int]int{}
		for i := 1; i < len(walk); i++ {
			follows[[2]int{walk[i-1], walk[i]}]++
		}
		if n > 1 && (len(walk) != n*(n-1)+1 || len(follows) != n*(n-1)) {
			t.Errorf("of %d: %d places and %d pairs, want %d and %d", n, len(walk), len(follows), n*(n-1)+1, n*(n-1))
		}
		for pair := range follows {
			if pair[0] == pair[1] {
				t.Errorf("of %d: %d follows itself", n, pair[0])
			}
		}
	}
}

// Whatever the plan, in sequential each account follows each other directly on
// each view, and nobody looks while another does.
func TestSequentialPairs(t *testing.T) {
	for seed := range int64(40) {
		n := 2 + int(seed)%9
		p := newPlan(n)
		rounds := 1 + int(seed)%2
		last := map[string]string{}
		pairs := map[string]int{}
		for _, turn := range Schedule(p, phaseOf(plan.Sequential, rounds), seed) {
			for _, look := range turn.Looks {
				if look.Who != turn.Looks[0].Who || turn.Held {
					t.Fatalf("a turn with company: %+v", turn)
				}
				if before := last[look.View]; before != "" && before != look.Who {
					pairs[look.View+": "+before+" "+look.Who]++
				}
				last[look.View] = look.Who
			}
		}
		if want := n * (n - 1) * len(p.Views); len(pairs) != want {
			t.Errorf("%d accounts, seed %d: %d pairs of %d", n, seed, len(pairs), want)
		}
	}
}

// Every order has everybody look at every view in every round.
func TestEverybodyLooks(t *testing.T) {
	const n, rounds = 5, 3
	for _, order := range plan.Orders {
		if order == plan.Handover {
			continue // its turns say who, not where
		}
		p := newPlan(n)
		looks := map[string]int{}
		for _, turn := range Schedule(p, phaseOf(order, rounds), 1) {
			for _, look := range turn.Looks {
				if look.View != "" {
					looks[fmt.Sprint(turn.Round, look.Who, look.View)]++
				}
			}
		}
		if want := rounds * n * len(p.Views); len(looks) != want {
			t.Errorf("%s: %d of %d looks", order, len(looks), want)
		}
	}
}

func TestHandoverPasses(t *testing.T) {
	const n, rounds = 6, 7
	given, taken, pairs := map[string]int{}, map[string]int{}, map[[2]string]int{}
	for _, turn := range Schedule(newPlan(n), phaseOf(plan.Handover, rounds), 7) {
		if turn.Do != record.DoHandover || len(turn.Looks) != 2 || turn.Looks[0].Who == turn.Looks[1].Who {
			t.Fatalf("turn %+v", turn)
		}
		given[turn.Looks[0].Who]++
		taken[turn.Looks[1].Who]++
		if turn.Round <= n-1 {
			pairs[[2]string{turn.Looks[0].Who, turn.Looks[1].Who}]++
		}
	}
	if len(given) != n || len(taken) != n || given["user001"] != rounds || taken["user001"] != rounds {
		t.Errorf("given by %v, taken by %v; want each once a round", given, taken)
	}
	if len(pairs) != n*(n-1) {
		t.Errorf("%d pairs in %d rounds, want everybody to go before everybody", len(pairs), n-1)
	}
}

func TestScheduleIsDrawnFromTheSeed(t *testing.T) {
	written := func(order plan.Order, seed int64) string {
		phase := phaseOf(order, 3)
		phase.Abort = 0.3
		data, err := json.Marshal(Schedule(newPlan(6), phase, seed))
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	for _, order := range plan.Orders {
		first, again := written(order, 5), written(order, 5)
		if first != again {
			t.Errorf("%s: the same seed gives another schedule", order)
		}
		if order != plan.Solo && first == written(order, 6) {
			t.Errorf("%s: another seed gives the same schedule", order)
		}
	}
}

// The share of looks that are cut off is what the plan says, at all places and
// at all requests that a view holds.
func TestCuts(t *testing.T) {
	p := newPlan(10)
	p.Views[0].Hold = []string{First, "/api/*"}
	phase := phaseOf(plan.Together, 100)
	phase.Abort = 0.2
	looks, places, patterns := 0, map[string]int{}, map[string]int{}
	for _, turn := range Schedule(p, phase, 3) {
		for _, look := range turn.Looks {
			looks++
			if look.Cut != "" {
				places[look.Cut]++
				patterns[look.View+" "+look.CutPattern]++
			}
		}
	}
	cut := 0
	for _, n := range places {
		cut += n
	}
	if share := float64(cut) / float64(looks); share < 0.17 || share > 0.23 {
		t.Errorf("%.3f of the looks are cut off, want about 0.2", share)
	}
	if len(places) != 3 || len(patterns) != 4 {
		t.Errorf("cut %v, at %v", places, slices.Sorted(maps.Keys(patterns)))
	}
}

// Every way to cut a view off is tried before any is tried again.
func TestCutsAreDealt(t *testing.T) {
	p := newPlan(4)
	p.Views[0].Hold = []string{First, "/api/*"}
	phase := phaseOf(plan.Together, 40)
	phase.Abort = 0.5
	dealt := map[string][]string{} // by view
	for _, turn := range Schedule(p, phase, 3) {
		for _, look := range turn.Looks {
			if look.Cut != "" {
				dealt[look.View] = append(dealt[look.View], look.Cut+" "+look.CutPattern)
			}
		}
	}
	for view, cuts := range dealt {
		const ways = 6
		for deal := range slices.Chunk(cuts, ways) {
			slices.Sort(deal)
			if len(deal) == ways && len(slices.Compact(deal)) != ways {
				t.Errorf("%s: one way twice, and another not at all, in %v", view, deal)
			}
		}
		if len(cuts) < 2*ways {
			t.Errorf("%s: only %d cuts", view, len(cuts))
		}
	}
}

// Whatever is numbered anew in the first round of fresh, in the order in which
// they come, somebody is given the number of another who is warm.
func TestFreshTakesTheNumbersOfOthers(t *testing.T) {
	for n := 2; n <= 9; n++ {
		p := newPlan(n)
		for seed := range int64(50) {
			turns := Schedule(p, phaseOf(plan.Fresh, 1), seed)
			if turns[0].Do != record.DoRenew {
				t.Fatalf("%d accounts: the first turn does %q", n, turns[0].Do)
			}
			anew := map[string]bool{}
			for _, look := range turns[0].Looks {
				anew[look.Who] = true
			}
			taken := false
			for _, a := range p.Accounts[:len(anew)] { // whose numbers these were
				taken = taken || !anew[a.Name]
			}
			if !taken {
				t.Errorf("%d accounts, seed %d: %v come anew, and have their own numbers again", n, seed, anew)
			}
		}
	}
}

func TestSomeTakePart(t *testing.T) {
	p := newPlan(5)
	phase := phaseOf(plan.Together, 2)
	phase.Accounts, phase.Views = 2, []string{p.Views[1].Name}
	for _, turn := range Schedule(p, phase, 1) {
		if len(turn.Looks) != 2 || turn.Looks[0].View != p.Views[1].Name {
			t.Errorf("turn %+v, want two accounts on one view", turn)
		}
	}
}
