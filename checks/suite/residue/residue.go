package residue

import (
	_ "embed"
	"fmt"
	"slices"

	"notmine/checks/isolation"
	"notmine/checks/record"
)

//go:embed doc.go
var doc string

// Check reports what is left of an account in a browser that another goes on with.
var Check = &isolation.Check{Name: "residue", Doc: isolation.DocOf(doc), Look: look}

func look(p *isolation.Pass, o *record.Observation) error {
	if o.Before == "" {
		return nil
	}
	left := map[string]record.Sighting{} // by item, where it is plainest to see
	var items []string
	for _, s := range p.Leaks(o) {
		if s.Owner != o.Before {
			continue
		}
		known, ok := left[s.Item]
		if !ok {
			items = append(items, s.Item)
		}
		if !ok || isolation.Visibility(s.Surface) < isolation.Visibility(known.Surface) {
			left[s.Item] = s
		}
	}
	for _, item := range items {
		s := left[item]
		f := begin(o)
		f.Item, f.Surface, f.Path, f.Wrapping = item, s.Surface, s.Path, s.Wrapping
		f.Message = fmt.Sprintf("%s found %s's %s in the %s of %s%s, in a browser that %s had logged out of",
			o.Account, o.Before, item, s.Surface, o.View, how(o), o.Before)
		if n, ok := p.Proof(s.Marker); ok && n != o.N {
			f.Witness = append(f.Witness, n)
		}
		p.Report(f)
	}
	if len(items) > 0 {
		return nil
	}
	if own, others := p.Called(o); !own && slices.Contains(others, o.Before) {
		f := begin(o)
		f.Surface = record.Text
		f.Message = fmt.Sprintf("%s was shown %s as %s%s, in a browser that %s had logged out of", o.Account, o.View, o.Before, how(o), o.Before)
		p.Report(f)
	}
	return nil
}

func begin(o *record.Observation) isolation.Finding {
	f := isolation.In(o)
	f.Level = isolation.Leak
	f.Owner = o.Before
	f.Relation = "left in the browser"
	if o.How != "" {
		f.Relation += ", " + o.How
	}
	return f
}

// how says how the page was come to.
func how(o *record.Observation) string {
	switch o.How {
	case record.Back, record.Restored:
		return " with Back"
	case record.Forward:
		return " with Forward"
	case record.Reload:
		return " with a reload"
	case record.Offline:
		return " without the network"
	}
	return ""
}
