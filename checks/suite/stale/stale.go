package stale

import (
	_ "embed"
	"slices"
	"time"

	"notmine/checks/isolation"
	"notmine/checks/phrase"
	"notmine/checks/plan"
	"notmine/checks/record"
)

//go:embed doc.go
var doc string

// Check reports versions that were superseded, and items that were deleted, and
// that are shown to those who could see them before.
var Check = &isolation.Check{Name: "stale", Doc: isolation.DocOf(doc), Judge: judge}

// thing is one item of one owner.
type thing struct{ owner, item string }

// turn is when a version of a thing was superseded, or all of them deleted.
type turn struct {
	version int // the first that is not superseded; 0 when the thing is gone
	at      time.Time
	settled time.Time // when the plan expects it to be so everywhere
}

func judge(p *isolation.Pass) error {
	turns := turnsOf(p)
	if len(turns) == 0 {
		return nil
	}
	renewed := map[int]bool{} // numbers of observations by the marker of a new version, once it was seen
	for _, o := range p.Run.Observations {
		told := map[thing]bool{}
		for _, s := range p.Allowed(o) {
			of := thing{s.Owner, s.Item}
			entry, ok := p.Ledger.ByID(s.Marker)
			if !ok || s.Earlier || told[of] {
				continue
			}
			last, ok := latest(turns[of], isolation.Since(o, s))
			switch {
			case !ok:
			case last.version == 0:
				told[of] = true
				report(p, o, s, "resurrected", last)
			case entry.Version < last.version:
				told[of] = true
				relation := "superseded"
				if renewed[newest(p, of)] {
					relation = "superseded, and back again"
				}
				report(p, o, s, relation, last)
			default:
				renewed[s.Marker] = true
			}
		}
	}
	return nil
}

// newest returns the marker of the last version of a thing.
func newest(p *isolation.Pass, of thing) int {
	e, _ := p.Ledger.Latest(of.owner, of.item)
	return e.ID
}

// turnsOf returns what the changes of the run superseded, in their order.
func turnsOf(p *isolation.Pass) map[thing][]turn {
	turns := map[thing][]turn{}
	versions := map[thing]int{}
	for _, made := range p.Run.Changes {
		i := slices.IndexFunc(p.Header.Plan.Changes, func(c plan.Change) bool { return c.Name == made.Name })
		if i < 0 || made.Error != "" {
			continue
		}
		change, of := p.Header.Plan.Changes[i], thing{made.Account, made.Item}
		t := turn{at: made.End, settled: made.End.Add(change.Settle)}
		switch {
		case change.Delete:
		case change.Renews:
			versions[of] = max(versions[of], 1) + 1
			t.version = versions[of]
		default:
			continue
		}
		turns[of] = append(turns[of], t)
	}
	return turns
}

// latest returns the last turn that has settled when a visit begins.
func latest(turns []turn, at time.Time) (last turn, ok bool) {
	for _, t := range turns {
		if !at.Before(t.settled) {
			last, ok = t, true
		}
	}
	return last, ok
}

func report(p *isolation.Pass, o *record.Observation, s record.Sighting, relation string, since turn) {
	f := isolation.In(o)
	f.Level = isolation.Suspect
	if s.Owner == o.Account && relation == "superseded" {
		f.Level = isolation.Note // their own, and nothing newer was ever shown
	}
	f.Owner, f.Item = s.Owner, s.Item
	f.Surface, f.Path, f.Wrapping = s.Surface, s.Path, s.Wrapping
	f.Relation = relation
	late := o.Start.Sub(since.at).Round(100 * time.Millisecond).String()
	if since.version == 0 {
		f.Message = phrase.New("%s was shown %s's %s on %s, %s after it was deleted", o.Account, s.Owner, s.Item, o.View, late)
	} else {
		f.Message = phrase.New("%s was shown %s's %s on %s, %s after it was replaced", o.Account, s.Owner, s.Item, o.View, late)
	}
	p.Report(f)
}
