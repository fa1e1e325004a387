package repro

// tail is how often each end of an interval may be wrong.
const tail = 0.025

// interval returns the exact interval at 95 % of the rate of what came so often,
// at least once, in so many tries, where ended says after which of them there
// would have been no more: Kept is an end that speaks for a higher rate than
// going on, Lost one that speaks for a lower.
//
// The interval of a fixed number of tries holds the rate too seldom where they
// end by what was seen. This is the one of C. Jennison and B. W. Turnbull
// (Confidence intervals for a binomial parameter following a multistage test,
// Technometrics 25, 1983): of two ends the earlier tells more, and of two after
// as many tries the one with more hits tells of a higher rate. With no end before
// it is that of Clopper and Pearson.
func interval(hits, tries int, ended func(hits, tries int) Answer) (low, high float64) {
	ended = remembering(ended)
	// above is how often the tries end at least as high as with so many hits.
	above := func(rate float64, least int) float64 {
		sum := 0.0
		outcomes(rate, tries, func(h, n int) bool { return ended(h, n) != Undecided }, func(h, n int, chance float64) {
			if n < tries && ended(h, n) == Kept || n == tries && h >= least {
				sum += chance
			}
		})
		return sum
	}
	high = 1
	if hits < tries {
		high = rising(func(rate float64) float64 { return above(rate, hits+1) }, 1-tail)
	}
	return rising(func(rate float64) float64 { return above(rate, hits) }, tail), high
}

// remembering returns what answers as ended does, and asks it once.
func remembering(ended func(hits, tries int) Answer) func(hits, tries int) Answer {
	known := map[[2]int]Answer{}
	return func(hits, tries int) Answer {
		at := [2]int{hits, tries}
		answer, ok := known[at]
		if !ok {
			answer = ended(hits, tries)
			known[at] = answer
		}
		return answer
	}
}

// rising returns the rate at which a share that rises with it comes to a level.
func rising(share func(rate float64) float64, level float64) float64 {
	low, high := 0.0, 1.0
	for high-low > 1e-9 {
		if middle := (low + high) / 2; share(middle) < level {
			low = middle
		} else {
			high = middle
		}
	}
	return (low + high) / 2
}
