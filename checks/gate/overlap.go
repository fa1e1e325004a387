package gate

import (
	"slices"
	"time"
)

// span is a closed interval of time.
type span struct{ from, to time.Time }

// overlaps counts the exposures during which the session of at least one other
// account had a visit in flight, and the ordered pairs of accounts of which the
// first had an exposure while the second was in flight. It takes one sweep for
// each pair of accounts, over their own visits only.
func overlaps(accounts []string, exposures, flights map[string][]span) (overlapping, pairs int) {
	inFlight := map[string][]span{}
	for _, a := range accounts {
		inFlight[a] = merged(flights[a])
	}
	for _, viewer := range accounts {
		seen := slices.Clone(exposures[viewer])
		slices.SortFunc(seen, func(a, b span) int { return a.from.Compare(b.from) })
		met := make([]bool, len(seen))
		for _, owner := range accounts {
			if owner != viewer && meet(seen, inFlight[owner], met) {
				pairs++
			}
		}
		for _, yes := range met {
			if yes {
				overlapping++
			}
		}
	}
	return overlapping, pairs
}

// merged returns the union of spans, disjoint and in order.
func merged(spans []span) []span {
	sorted := slices.Clone(spans)
	slices.SortFunc(sorted, func(a, b span) int { return a.from.Compare(b.from) })
	var union []span
	for _, s := range sorted {
		if n := len(union); n > 0 && !s.from.After(union[n-1].to) {
			if s.to.After(union[n-1].to) {
				union[n-1].to = s.to
			}
			continue
		}
		union = append(union, s)
	}
	return union
}

// meet marks those of seen, ordered by their beginning, that have a moment in
// common with one of others, which are disjoint and in order.
func meet(seen, others []span, met []bool) bool {
	any := false
	next := 0
	for i, s := range seen {
		for next < len(others) && others[next].to.Before(s.from) {
			next++
		}
		if next == len(others) {
			break
		}
		if !others[next].from.After(s.to) {
			met[i] = true
			any = true
		}
	}
	return any
}
