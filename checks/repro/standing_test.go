package repro

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"notmine/checks/gate"
	"notmine/checks/phrase"
	"notmine/checks/plan"
)

func TestTriesFor(t *testing.T) {
	for _, test := range []struct{ hits, rounds, want int }{
		{20, 20, 20},  // at least 83 %, which 2 tries exclude: never fewer than 20
		{17, 20, 20},  // 62 %
		{3, 20, 92},   // 3.2 %
		{5, 120, 218}, // 1.4 %
		{1, 120, 400}, // 0.02 %: nobody would wait for 14,000
		{0, 60, 400},
	} {
		if got := TriesFor(Of(Tries{Hits: test.hits, Rounds: test.rounds})); got != test.want {
			t.Errorf("%d of %d: %d tries, want %d", test.hits, test.rounds, got, test.want)
		}
	}
	// What the tries are for: a finding as rare as it may have been comes in them.
	for _, m := range []Measured{Of(Tries{Hits: 5, Rounds: 120}), Of(Tries{Hits: 9, Rounds: 20})} {
		if bound := gate.UpperBound(TriesFor(m)); bound > m.Low {
			t.Errorf("%d of %d: so many tries allow %v, and it may have been as rare as %v", m.Hits, m.Rounds, bound, m.Low)
		}
	}
}

// A case that still leaks as often as when it was made is said to be fixed in at
// most 5 % of runs, and one that leaks more than the bound that is told with it
// likewise. Exact, over all ways through the measuring.
func TestFixedKeepsItsError(t *testing.T) {
	m, all := Measuring{Floor: 0.05}, every(mostTries)
	says := told(m, all)
	for rate := 0.01; rate < 1; rate += 0.01 {
		reproduced, fixed := 0.0, 0.0
		outcomes(rate, mostTries, m.enough, func(hits, tries int, chance float64) {
			if hits == 0 {
				return // of which no case is made
			}
			measured := Measured{Tries: Tries{Hits: hits, Rounds: tries}}
			measured.Low, measured.High = says(hits, tries)
			needed := TriesFor(measured)
			reproduced += chance
			fixed += chance * math.Pow(1-rate, float64(needed))
			if never := math.Pow(1-rate, float64(needed)); never > 0.05 && rate > gate.UpperBound(needed) {
				t.Errorf("a rate of %.2f is not seen in %d tries in %.3f", rate, needed, never)
			}
		})
		if share := fixed / reproduced; share > 0.05 {
			t.Errorf("of cases with a rate of %.2f, %.4f are said to be fixed", rate, share)
		}
	}
}

// 1,000 services leak at seeded rates, become cases, and are run again: half of
// them as they were, half of them mended.
func TestFixedOverSimulatedServices(t *testing.T) {
	const services = 1000
	rng := rand.New(rand.NewPCG(6, 1003))
	cases, wrong := 0, 0
	for i := range services {
		rate := 0.02 + rng.Float64()*rng.Float64()*0.9
		try := simulated(rng.Uint64(), func(*plan.Plan) float64 { return rate })
		was := Measuring{Floor: 0.05}.Measure(t.Context(), nil, try)
		if was.Hits == 0 {
			continue
		}
		if i%2 == 1 {
			rate = 0
		}
		needed := TriesFor(was)
		now, err := try(t.Context(), nil, func(hits, tries int) bool { return hits == 0 && tries < needed })
		standing, why := Stand(was.Tries, now, needed, err)
		switch {
		case rate == 0 && standing != Fixed, standing == CouldNotTell:
			t.Errorf("at a rate of %v it says %s: %s", rate, standing, why)
		case rate > 0:
			cases++
			if standing == Fixed {
				wrong++
			}
		}
	}
	if wrong > cases*5/100 || cases < services/3 {
		t.Errorf("%d of %d cases that still leak are said to be fixed", wrong, cases)
	}
}

func TestStand(t *testing.T) {
	was, away := Tries{Hits: 17, Rounds: 20}, errors.New("connection refused")
	for _, test := range []struct {
		name string
		now  Tries
		err  error
		want Standing
		says string
	}{
		{"one hit is enough", Tries{Hits: 1, Rounds: 3}, nil, StillLeaks, "it came in 1 of 3 tries; when the case was made, in 17 of 20 tries"},
		{"a hit outranks what went wrong after it", Tries{Hits: 1, Rounds: 1}, away, StillLeaks, "it came in 1 of 1 try; when the case was made, in 17 of 20 tries"},
		{"fixed", Tries{Rounds: 20}, nil, Fixed, "not in 20 tries: rate below 14 %; when the case was made, it came in 17 of 20 tries"},
		{"one short", Tries{Rounds: 19}, nil, CouldNotTell, "not in 19 tries of the 20 that it takes"},
		{"away in the middle", Tries{Rounds: 7}, away, CouldNotTell, "not in 7 tries of the 20 that it takes: connection refused"},
		{"away at the last", Tries{Rounds: 20}, away, CouldNotTell, "not in 20 tries of the 20 that it takes: connection refused"},
		{"away from the first", Tries{}, away, CouldNotTell, "could not try: connection refused"},
		{"never tried", Tries{}, nil, CouldNotTell, "not in 0 tries of the 20 that it takes"},
	} {
		if got, says := Stand(was, test.now, 20, test.err); got != test.want || says.String() != test.says {
			t.Errorf("%s: %s, %q; want %s, %q", test.name, got, says, test.want, test.says)
		}
	}
	if got, _ := Stand(was, Tries{}, 0, nil); got != CouldNotTell {
		t.Errorf("a case that asks for no tries is %s without one", got)
	}
}

func TestBest(t *testing.T) {
	smallest, first := mail(), Of(Tries{Hits: 20, Rounds: 20})
	s := &Shrunk{Plan: smallest, First: first, Tried: []Candidate{
		{Plan: mail(), Answer: Kept, Tries: Tries{Hits: 5, Rounds: 6}},
		{Plan: smallest, Answer: Kept, Tries: Tries{Hits: 4, Rounds: 5}},
		{Plan: mail(), Answer: Lost, Tries: Tries{Rounds: 5}},
	}}
	if got := s.Best(); got.Hits != 4 || got.Rounds != 5 {
		t.Errorf("without a last measuring: %d of %d, want the tries by which it was kept", got.Hits, got.Rounds)
	}
	s.Last = Of(Tries{Hits: 15, Rounds: 20})
	if got := s.Best(); got.Hits != 15 {
		t.Errorf("%d of %d, want the last measuring", got.Hits, got.Rounds)
	}
	s.Last = Of(Tries{Rounds: 4})
	if got := s.Best(); got.Hits != 4 {
		t.Errorf("when it did not come any more: %d of %d, want the tries by which it was kept", got.Hits, got.Rounds)
	}
	s.Last = Of(Tries{Hits: 1, Rounds: 1})
	s.Last.Why = phrase.Verbatim("connection refused")
	if got := s.Best(); got.Hits != 4 {
		t.Errorf("when the last measuring was cut short: %d of %d, want the tries by which it was kept", got.Hits, got.Rounds)
	}
	if got := (&Shrunk{Plan: smallest, First: first}).Best(); got.Rounds != 20 {
		t.Errorf("of a plan that nothing could be left out of: %d of %d, want the first measuring", got.Hits, got.Rounds)
	}
}
