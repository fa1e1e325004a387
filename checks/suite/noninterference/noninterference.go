package noninterference

import (
	_ "embed"
	"maps"
	"slices"

	"notmine/checks/isolation"
	"notmine/checks/phrase"
	"notmine/checks/record"
)

//go:embed doc.go
var doc string

// Check compares what each account is shown alone with what it is shown in
// company.
var Check = &isolation.Check{Name: "noninterference", Doc: isolation.DocOf(doc), Judge: judge}

func judge(p *isolation.Pass) error {
	alone, company := gather(p)
	known := learn(p, alone, company)
	adopted := map[place]map[string]bool{}
	for _, g := range company {
		base, ok := known.baselines[g.place]
		if !ok {
			continue
		}
		if adopted[g.place] == nil {
			adopted[g.place] = map[string]bool{}
		}
		c := known.compare(base, g, adopted[g.place])
		strangers := known.strangers(base, g)
		if c.replaced || len(strangers) > 0 {
			report(p, known, base, g, c, strangers)
			continue
		}
		// The page is the viewer's own, and so is what came with it.
		for _, k := range c.gained {
			if known.owner(g.place.part, k.exact) == "" && !known.shared(k) {
				adopted[g.place][k.masked] = true
			}
		}
	}
	return nil
}

// report says what a replaced part means. The owners are those whose numbers it
// shows and those whose rows it does.
func report(p *isolation.Pass, known *knowledge, base *baseline, g glance, c change, owners accounts) {
	if owners == nil {
		owners = accounts{}
	}
	unshared := false
	for _, k := range c.gained {
		if owner := known.owner(g.place.part, k.exact); owner != "" {
			owners[owner] = true
		} else if !known.shared(k) {
			unshared = true
		}
	}
	f := isolation.In(g.o)
	f.Item = g.place.selector
	f.Surface = record.Text
	switch names := slices.Sorted(maps.Keys(owners)); {
	case len(names) == 1:
		f.Level = isolation.Leak
		f.Relation = "shown alone by another only"
		f.Owner = names[0]
		f.Witness = append(f.Witness, base.first, known.baselines[place{names[0], "", g.place.part}].first)
		f.Message = phrase.New("%s was shown on %s what only %s showed alone (%s)",
			g.place.account, g.place.view, names[0], g.place.selector)
	case len(names) > 1 || unshared:
		f.Level = isolation.Suspect
		f.Relation = "changed in company"
		f.Witness = append(f.Witness, base.first)
		f.Message = phrase.New("%s of %s, the same whenever %s was alone, was replaced in company",
			g.place.selector, g.place.view, g.place.account)
	default:
		return
	}
	p.Report(f)
}
