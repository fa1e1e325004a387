package report

import (
	"slices"
	"time"
)

// spread says how tightly the releases of one view in one phase went out.
type spread struct {
	phase, view, hold string
	releases          int
	parties, arrived  int  // summed over the releases
	timed             bool // there was a release of two requests or more
	median, worst     time.Duration
}

// release sums up the barriers of each phase, view and hold.
func (s *story) release() {
	type spot struct{ phase, view, hold string }
	spreads := map[spot]*spread{}
	took := map[spot][]time.Duration{}
	var order []spot
	for _, b := range s.run.Barriers {
		at := spot{b.Phase, b.View, b.Hold}
		if spreads[at] == nil {
			spreads[at] = &spread{phase: b.Phase, view: b.View, hold: b.Hold}
			order = append(order, at)
		}
		sum := spreads[at]
		sum.releases++
		sum.parties += b.Parties
		sum.arrived += b.Arrived
		if b.Arrived > 1 { // one alone has no spread
			took[at] = append(took[at], b.Spread)
		}
	}
	for _, at := range order {
		sum := spreads[at]
		if of := took[at]; len(of) > 0 {
			sum.timed, sum.median, sum.worst = true, median(of), slices.Max(of)
		}
		s.spreads = append(s.spreads, *sum)
	}
}

// medianSpread is the median of all releases of two requests or more; 0 when
// there was none.
func (s *story) medianSpread() time.Duration {
	var all []time.Duration
	for _, b := range s.run.Barriers {
		if b.Arrived > 1 {
			all = append(all, b.Spread)
		}
	}
	return median(all)
}
