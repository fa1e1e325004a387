package canary

import (
	_ "embed"
	"slices"

	"notmine/checks/isolation"
	"notmine/checks/record"
)

//go:embed doc.go
var doc string

// Check reports markers outside their audience: one finding for each viewer,
// owner, item and view, on the surface where it is plainest to see.
var Check = &isolation.Check{Name: "canary", Doc: isolation.DocOf(doc), Look: look}

func look(p *isolation.Pass, o *record.Observation) error {
	leaks := slices.DeleteFunc(p.Leaks(o), func(s record.Sighting) bool {
		return o.Before != "" && s.Owner == o.Before // left in the browser: residue tells it
	})
	for _, group := range byThing(leaks) {
		f := breach(o, group)
		f.Level = isolation.Leak
		f.Relation = "outside audience"
		if group[0].Earlier {
			f.Relation = "outside audience, of an earlier run"
		}
		if n, ok := p.Proof(group[0].Marker); ok && n != o.N {
			f.Witness = append(f.Witness, n)
		}
		p.Report(f)
	}
	for _, group := range byThing(p.Strays(o)) {
		f := breach(o, group)
		f.Level = isolation.Suspect
		f.Relation = "audience unknown, of an earlier run"
		p.Report(f)
	}
	return nil
}

// byThing groups sightings by whose and what they are, in the order of first
// sight, and each group by how plain it is to see.
func byThing(sightings []record.Sighting) [][]record.Sighting {
	type thing struct {
		owner, item string
		earlier     bool
	}
	place := map[thing]int{}
	var groups [][]record.Sighting
	for _, s := range sightings {
		t := thing{s.Owner, s.Item, s.Earlier}
		i, ok := place[t]
		if !ok {
			i = len(groups)
			place[t] = i
			groups = append(groups, nil)
		}
		groups[i] = append(groups[i], s)
	}
	for _, g := range groups {
		slices.SortStableFunc(g, func(a, b record.Sighting) int {
			return isolation.Visibility(a.Surface) - isolation.Visibility(b.Surface)
		})
	}
	return groups
}

// breach makes the finding of one visit and one thing.
func breach(o *record.Observation, group []record.Sighting) isolation.Finding {
	plainest := group[0]
	f := isolation.In(o)
	f.Owner = plainest.Owner
	f.Item = plainest.Item
	f.Surface, f.Path, f.Wrapping = plainest.Surface, plainest.Path, plainest.Wrapping
	if f.Path == "" {
		f.Path = carried(group)
	}
	f.Message = message(o, group)
	return f
}

// carried returns the path of the answer that brought what the page shows, ""
// if none was seen.
func carried(group []record.Sighting) string {
	for _, s := range group {
		if isolation.OfAnswer(s.Surface) {
			return s.Path
		}
	}
	return ""
}
