package report

import (
	"cmp"
	"maps"
	"slices"

	"notmine/checks/isolation"
	"notmine/checks/record"
)

// pair says that a viewer was shown an owner's data in some visits. The owner is
// "" when nobody knows whose it was.
type pair struct {
	viewer, owner string
	visits        int
}

// place is where somebody else's data was seen.
type place struct {
	view     string
	surfaces []string // the plainest first
	paths    []string // of the answers that carried it
	visits   int
}

// addFindings adds what was found without a marker, such as another account's
// name. A finding knows how many visits it counts but not which, so where both
// are known the larger number stands: a visit is never counted twice.
func (s *story) addFindings(pairs map[pair]int, places map[string]*seenAt) {
	for i := range s.result.Findings {
		f := &s.result.Findings[i]
		if f.Level != isolation.Leak {
			continue
		}
		p := pair{viewer: f.Viewer, owner: f.Owner}
		if f.Owner != "" || !anyOwner(pairs, f.Viewer) {
			pairs[p] = max(pairs[p], f.Count)
		}
		for _, n := range f.Visits {
			if !slices.Contains(s.shown[n], f.Owner) {
				s.shown[n] = append(s.shown[n], f.Owner)
			}
		}
		seen := at(places, f.View)
		seen.visits = max(seen.visits, f.Count)
		seen.add(f.Surface, f.Path)
	}
}

// anyOwner reports whether somebody is known whose data viewer was shown.
func anyOwner(pairs map[pair]int, viewer string) bool {
	for p := range pairs {
		if p.viewer == viewer {
			return true
		}
	}
	return false
}

// seenAt collects the surfaces and paths of one view.
type seenAt struct {
	surfaces, paths map[string]bool
	visits          int
}

func at(places map[string]*seenAt, view string) *seenAt {
	if places[view] == nil {
		places[view] = &seenAt{surfaces: map[string]bool{}, paths: map[string]bool{}}
	}
	return places[view]
}

func (s *seenAt) add(surface, path string) {
	if surface != "" {
		s.surfaces[surface] = true
	}
	if path != "" && (isolation.OfAnswer(surface) || surface == record.Text) {
		s.paths[path] = true
	}
}

func (s *seenAt) place(view string) place {
	return place{
		view:  view,
		paths: slices.Sorted(maps.Keys(s.paths)),
		surfaces: slices.SortedFunc(maps.Keys(s.surfaces), func(a, b string) int {
			return cmp.Or(cmp.Compare(isolation.Visibility(a), isolation.Visibility(b)), cmp.Compare(a, b))
		}),
		visits: s.visits,
	}
}

// viewers returns those who were shown others' data, the most frequent first.
func (s *story) viewers() []string {
	visits := map[string]int{}
	for _, p := range s.pairs {
		visits[p.viewer] += p.visits
	}
	return byCount(visits)
}

// owners returns those whose data was shown, the most frequent first.
func (s *story) owners() []string {
	visits := map[string]int{}
	for _, p := range s.pairs {
		visits[p.owner] += p.visits
	}
	return byCount(visits)
}

func byCount(visits map[string]int) []string {
	return slices.SortedFunc(maps.Keys(visits), func(a, b string) int {
		return cmp.Or(cmp.Compare(visits[b], visits[a]), cmp.Compare(a, b))
	})
}
