package gate

import (
	"math"
	"testing"
)

func near(a, b float64) bool { return math.Abs(a-b) <= 1e-9 }

func TestUpperBoundIsExact(t *testing.T) {
	for _, n := range []int{1, 2, 30, 299, 3184, 1_000_000} {
		want := 1 - math.Pow(0.05, 1/float64(n))
		if got := UpperBound(n); !near(got, want) {
			t.Errorf("UpperBound(%d) = %v, want 1-0.05^(1/n) = %v", n, got, want)
		}
	}
	// The figure in the text that a clean run prints.
	if got := percent(UpperBound(3184)); got != "0.094 %" {
		t.Errorf("3184 exposures give %s", got)
	}
}

// The ends of the exact interval are where the binomial tails have 2.5 % each;
// the sums here are the definition, not the quantiles of the beta distribution.
func TestIntervalIsExact(t *testing.T) {
	atLeast := func(k, n int, p float64) float64 {
		sum := 0.0
		for i := k; i <= n; i++ {
			sum += binomial(n, i) * math.Pow(p, float64(i)) * math.Pow(1-p, float64(n-i))
		}
		return sum
	}
	for _, tt := range []struct{ k, n int }{{1, 1}, {1, 10}, {3, 10}, {36, 60}, {59, 60}} {
		low, high := Interval(tt.k, tt.n)
		if tail := atLeast(tt.k, tt.n, low); math.Abs(tail-0.025) > 1e-7 {
			t.Errorf("%d of %d: at the low end %v the upper tail has %v, want 0.025", tt.k, tt.n, low, tail)
		}
		if tail := 1 - atLeast(tt.k+1, tt.n, high); tt.k < tt.n && math.Abs(tail-0.025) > 1e-7 {
			t.Errorf("%d of %d: at the high end %v the lower tail has %v, want 0.025", tt.k, tt.n, high, tail)
		}
	}
	if _, high := Interval(7, 7); high != 1 {
		t.Errorf("all leaked, and the rate may be at most %v", high)
	}
	// A textbook value.
	if low, high := Interval(1, 10); math.Abs(low-0.0025286) > 1e-6 || math.Abs(high-0.4450161) > 1e-6 {
		t.Errorf("1 of 10: %v to %v, want 0.0025286 to 0.4450161", low, high)
	}
}

func binomial(n, k int) float64 {
	c := 1.0
	for i := 1; i <= k; i++ {
		c = c * float64(n-k+i) / float64(i)
	}
	return c
}

func TestTrialsFor(t *testing.T) {
	for _, tt := range []struct {
		bound float64
		want  int
	}{{0.2, 14}, {0.05, 59}, {0.01, 299}, {0.003, 998}, {0.0001, 29956}, {1, 1}} {
		got := TrialsFor(tt.bound)
		if got != tt.want {
			t.Errorf("TrialsFor(%v) = %d, want %d", tt.bound, got, tt.want)
		}
		if UpperBound(got) > tt.bound || got > 1 && UpperBound(got-1) <= tt.bound {
			t.Errorf("%d trials are not the fewest that exclude more than %v", got, tt.bound)
		}
	}
}

func TestPlausible(t *testing.T) {
	for _, tt := range []struct {
		k, n        int
		share, want float64
	}{
		{0, 0, 0.3, 0.3},                      // every rate is as likely
		{0, 9, 0.95, 1 - math.Pow(0.05, 0.1)}, // of Beta(1, 10) the tail is (1-x)^10
		{9, 9, 0.05, math.Pow(0.05, 0.1)},
		{1, 2, 0.5, 0.5}, // as many as not
	} {
		if got := Plausible(tt.k, tt.n, tt.share); !near(got, tt.want) {
			t.Errorf("Plausible(%d, %d, %v) = %v, want %v", tt.k, tt.n, tt.share, got, tt.want)
		}
	}
}
