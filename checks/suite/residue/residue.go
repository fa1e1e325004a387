package residue

import (
	_ "embed"
	"slices"

	"notmine/checks/isolation"
	"notmine/checks/phrase"
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
		f.Message = found(o, item, s.Surface)
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
		f.Message = taken(o)
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

// found says what of the one before was left on a view.
func found(o *record.Observation, item, surface string) phrase.Text {
	if by := how(o); !by.IsZero() {
		return phrase.New("%s found %s's %s in the %s of %s %s, in a browser that %s had logged out of",
			o.Account, o.Before, item, phrase.Name(surface), o.View, by, o.Before)
	}
	return phrase.New("%s found %s's %s in the %s of %s, in a browser that %s had logged out of",
		o.Account, o.Before, item, phrase.Name(surface), o.View, o.Before)
}

// taken says that a view was still that of the one before.
func taken(o *record.Observation) phrase.Text {
	if by := how(o); !by.IsZero() {
		return phrase.New("%s was shown %s as %s %s, in a browser that %s had logged out of", o.Account, o.View, o.Before, by, o.Before)
	}
	return phrase.New("%s was shown %s as %s, in a browser that %s had logged out of", o.Account, o.View, o.Before, o.Before)
}

// how says how the page was come to; nothing when by the steps of its view.
func how(o *record.Observation) phrase.Text {
	switch o.How {
	case record.Back, record.Restored:
		return phrase.New("with Back")
	case record.Forward:
		return phrase.New("with Forward")
	case record.Reload:
		return phrase.New("with a reload")
	case record.Offline:
		return phrase.New("without the network")
	}
	return phrase.Text{}
}
