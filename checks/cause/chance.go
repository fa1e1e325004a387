package cause

import "math"

// By chance something may come about so rarely that a pattern is believed, and
// so often a pattern has to hold.
const (
	rarely = 0.01
	mostly = 0.8
)

// chance returns how likely it is that of n trials at least k succeed, each with
// probability p.
func chance(n, k int, p float64) float64 {
	switch {
	case k <= 0 || p >= 1:
		return 1
	case p <= 0:
		return 0
	}
	sum := 0.0
	all, _ := math.Lgamma(float64(n + 1))
	for i := k; i <= n; i++ {
		done, _ := math.Lgamma(float64(i + 1))
		left, _ := math.Lgamma(float64(n - i + 1))
		sum += math.Exp(all - done - left + float64(i)*math.Log(p) + float64(n-i)*math.Log1p(-p))
	}
	return min(sum, 1)
}

// most reports whether k of n are most of them.
func most(k, n int) bool { return n > 0 && float64(k) >= mostly*float64(n) }
