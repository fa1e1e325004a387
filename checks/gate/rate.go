package gate

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

const confidence = 0.95

// Interval is the exact interval of Clopper and Pearson for the rate of k
// events, at least one, in n trials: its ends are quantiles of the beta
// distribution.
func Interval(k, n int) (low, high float64) {
	tail := (1 - confidence) / 2
	low = distuv.Beta{Alpha: float64(k), Beta: float64(n - k + 1)}.Quantile(tail)
	high = 1
	if k < n {
		high = distuv.Beta{Alpha: float64(k + 1), Beta: float64(n - k)}.Quantile(1 - tail)
	}
	return low, high
}

// UpperBound is the highest rate that n trials, at least one, without an event
// allow: 1-0.05^(1/n). It is one-sided, since a rate cannot be below 0.
func UpperBound(n int) float64 {
	return distuv.Beta{Alpha: 1, Beta: float64(n)}.Quantile(confidence)
}

// TrialsFor is how many trials without an event exclude rates above bound.
func TrialsFor(bound float64) int {
	if bound >= 1 {
		return 1
	}
	n := math.Ceil(math.Log1p(-confidence) / math.Log1p(-bound))
	return int(min(n, math.MaxInt32))
}

// Plausible is the rate below which a share of the belief lies, after k events
// in n trials and with every rate as likely before: a quantile of the beta
// distribution of k+1 and n-k+1.
func Plausible(k, n int, share float64) float64 {
	return distuv.Beta{Alpha: float64(k + 1), Beta: float64(n - k + 1)}.Quantile(share)
}

// rounded keeps nine decimals, so that a result has the same bytes on machines
// whose last bits differ.
func rounded(rate float64) float64 { return math.Round(rate*1e9) / 1e9 }
