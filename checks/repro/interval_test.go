package repro

import (
	"context"
	"errors"
	"math/rand/v2"
	"testing"

	"notmine/checks/gate"
	"notmine/checks/plan"
)

// every is each number of tries: what ends by what was seen may end after any.
func every(most int) map[int]bool {
	all := map[int]bool{}
	for n := range most + 1 {
		all[n] = true
	}
	return all
}

// Of tries whose number was fixed it is the interval of Clopper and Pearson.
func TestIntervalOfAFixedNumber(t *testing.T) {
	never := func(int, int) Answer { return Undecided }
	for _, tt := range [][2]int{{17, 20}, {20, 20}, {1, 120}, {1, 1}, {5, 30}, {60, 120}, {3, 400}, {399, 400}} {
		low, high := interval(tt[0], tt[1], never)
		if wantLow, wantHigh := gate.Interval(tt[0], tt[1]); !near(low, wantLow, 1e-8) || !near(high, wantHigh, 1e-8) {
			t.Errorf("%d of %d: %v to %v, want %v to %v", tt[0], tt[1], low, high, wantLow, wantHigh)
		}
	}
}

// By hand: two tries at most, and a hit ends them. The first try hits at a rate of
// p, the second at (1-p)p.
func TestIntervalByHand(t *testing.T) {
	first := func(hits, _ int) Answer {
		if hits > 0 {
			return Kept
		}
		return Undecided
	}
	for _, tt := range []struct {
		hits, tries int
		low, high   float64
	}{
		{1, 1, 0.025, 1},                          // p is 2.5 %
		{1, 2, 0.0125791172, 0.975},               // 1-(1-p)² is 2.5 %; p is 97.5 %, since only an earlier end is higher
		{0, 2, 0, 1 - 0.158113883008418966599944}, // all is at least that high; (1-p)² is 2.5 %
	} {
		if low, high := interval(tt.hits, tt.tries, first); !near(low, tt.low, 1e-8) || !near(high, tt.high, 1e-8) {
			t.Errorf("%d of %d: %v to %v, want %v to %v", tt.hits, tt.tries, low, high, tt.low, tt.high)
		}
	}
}

// told is what a measuring tells of every outcome, which takes a while to compute.
func told(m Measuring, looked map[int]bool) func(hits, tries int) (low, high float64) {
	known := map[[2]int][2]float64{}
	return func(hits, tries int) (low, high float64) {
		if hits == 0 {
			return 0, gate.UpperBound(tries)
		}
		at := [2]int{hits, tries}
		if _, ok := known[at]; !ok {
			low, high := m.interval(Tries{Hits: hits, Rounds: tries}, looked)
			known[at] = [2]float64{low, high}
		}
		return known[at][0], known[at][1]
	}
}

// What is said of a rate stays true where tries end by what was seen: either end
// of the interval is wrong in at most 2.5 % of measurings, the bound without a hit
// in at most 5 %, and the rate shown is hardly off in the mean. Exact, over all
// ways through hits and tries, whether they come one by one or twenty at a time,
// and where they are cut short.
func TestMeasuringIsHonest(t *testing.T) {
	const rounding = 1e-7
	m := Measuring{Floor: 0.05}
	for _, tt := range []struct {
		name   string
		most   int // tries, then the time is up
		looked map[int]bool
		bias   float64
	}{
		{"one by one", mostTries, every(mostTries), 0.015},
		{"all of an account at a time", mostTries, map[int]bool{0: true, 20: true, 40: true, 60: true, 80: true, 100: true, 120: true}, 0.02},
		{"cut short", 47, every(47), 0.03},
	} {
		says, bias, at := told(m, tt.looked), 0.0, 0.0
		ended := func(hits, tries int) bool { return tt.looked[tries] && m.enough(hits, tries) }
		for rate := 0.0025; rate < 1; rate += 0.0025 {
			var mean, below, above, never float64
			outcomes(rate, tt.most, ended, func(hits, tries int, chance float64) {
				mean += chance * float64(hits) / float64(tries)
				low, high := says(hits, tries)
				switch {
				case hits == 0 && rate > high:
					never += chance
				case rate > high:
					above += chance
				case rate < low:
					below += chance
				}
			})
			if below > tail+rounding || above > tail+rounding || never > 2*tail+rounding {
				t.Errorf("%s: a rate of %.4f is said to be higher in %.4f, lower in %.4f, and lower than the bound in %.4f", tt.name, rate, below, above, never)
			}
			if mean-rate > bias {
				bias, at = mean-rate, rate
			}
		}
		if bias > tt.bias {
			t.Errorf("%s: a rate of %.4f is shown as %.4f in the mean", tt.name, at, at+bias)
		}
	}
}

// 1,000 services with seeded rates are measured, each by a target whose rounds
// come as they do in browsers, and every third goes away on the way.
func TestMeasuringSimulatedServices(t *testing.T) {
	const services = 1000
	rng := rand.New(rand.NewPCG(6, 1001))
	wrong, bounds, wrongBounds := 0, 0, 0
	for i := range services {
		rate, leaves := rng.Float64()*rng.Float64(), 1000
		if i%3 == 0 {
			leaves = 1 + rng.IntN(80)
		}
		batch := []int{1, 1, 20}[rng.IntN(3)]
		got := Measuring{Floor: 0.05}.Measure(t.Context(), nil, func(_ context.Context, _ *plan.Plan, more func(hits, tries int) bool) (Tries, error) {
			var tries Tries
			for more(tries.Hits, tries.Rounds) {
				for range batch {
					if tries.Rounds == leaves {
						return tries, errors.New("away")
					}
					if tries.Rounds++; rng.Float64() < rate {
						tries.Hits++
					}
				}
			}
			return tries, nil
		})
		off := rate < got.Low || rate > got.High
		switch {
		case got.Hits == 0:
			bounds++
			if off {
				wrongBounds++
			}
		case off:
			wrong++
		}
	}
	if most := services * 5 / 100; wrong+wrongBounds > most || bounds < services/20 {
		t.Errorf("of %d services %d intervals and %d of %d bounds are wrong, and %d may be", services, wrong, wrongBounds, bounds, most)
	}
}
