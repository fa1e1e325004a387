package gate

import (
	"math/rand/v2"
	"testing"
	"time"
)

func at(from, to int) span { return span{time.Unix(int64(from), 0), time.Unix(int64(to), 0)} }

func TestOverlaps(t *testing.T) {
	ab := []string{"a", "b"}
	for _, tt := range []struct {
		label              string
		exposures, flights map[string][]span
		overlapping, pairs int
		reason             string
	}{
		{"touch", map[string][]span{"a": {at(0, 1)}, "b": {at(1, 2)}}, nil, 2, 2, "the intervals are closed: both were there at 1"},
		{"apart", map[string][]span{"a": {at(0, 1)}, "b": {at(2, 3)}}, nil, 0, 0, "one after the other"},
		{"own visits", map[string][]span{"a": {at(0, 5), at(1, 2)}}, nil, 0, 0, "one session has no company in itself"},
		{"inside", map[string][]span{"a": {at(0, 9)}, "b": {at(3, 4), at(5, 6)}}, nil, 3, 2, "each exposure counts once"},
		{"not exposed", map[string][]span{"a": {at(0, 9)}}, map[string][]span{"a": {at(0, 9)}, "b": {at(3, 4)}}, 1, 1,
			"b was in flight, which is company for a, but b's control failed"},
		{"long before", map[string][]span{"b": {at(8, 9)}}, map[string][]span{"a": {at(0, 10), at(1, 2)}, "b": {at(8, 9)}}, 1, 1,
			"a visit that began first may end last"},
	} {
		if tt.flights == nil {
			tt.flights = tt.exposures
		}
		overlapping, pairs := overlaps(ab, tt.exposures, tt.flights)
		if overlapping != tt.overlapping || pairs != tt.pairs {
			t.Errorf("%s: %d overlapping and %d pairs, want %d and %d: %s", tt.label, overlapping, pairs, tt.overlapping, tt.pairs, tt.reason)
		}
	}
}

// The sweep agrees with comparing every visit with every other.
func TestOverlapsAgreesWithTheDefinition(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	names := []string{"a", "b", "c", "d"}
	for range 200 {
		exposures, flights := map[string][]span{}, map[string][]span{}
		for range 30 {
			name := names[rng.IntN(len(names))]
			from := rng.IntN(200)
			s := at(from, from+rng.IntN(8))
			flights[name] = append(flights[name], s)
			if rng.IntN(3) > 0 {
				exposures[name] = append(exposures[name], s)
			}
		}
		overlapping, pairs := 0, map[[2]string]bool{}
		for viewer, seen := range exposures {
			for _, s := range seen {
				met := false
				for owner, others := range flights {
					for _, o := range others {
						if owner != viewer && !o.from.After(s.to) && !s.from.After(o.to) {
							met = true
							pairs[[2]string{viewer, owner}] = true
						}
					}
				}
				if met {
					overlapping++
				}
			}
		}
		if o, p := overlaps(names, exposures, flights); o != overlapping || p != len(pairs) {
			t.Fatalf("%d overlapping and %d pairs, want %d and %d", o, p, overlapping, len(pairs))
		}
	}
}
