package effects

import (
	_ "embed"
	"time"

	"notmine/checks/isolation"
	"notmine/checks/phrase"
	"notmine/checks/record"
)

//go:embed doc.go
var doc string

// Check reports accounts whose item holds what another account changed its own to.
var Check = &isolation.Check{Name: "effects", Doc: isolation.DocOf(doc), Judge: judge}

// thing is one item of one owner.
type thing struct{ owner, item string }

func judge(p *isolation.Pass) error {
	made := map[thing]time.Time{} // when a change of it was over
	for _, c := range p.Run.Changes {
		if c.Error == "" {
			made[thing{c.Account, c.Item}] = c.End
		}
	}
	for _, o := range p.Run.Observations {
		control := p.View(o).Control
		changed, ok := made[thing{o.Account, control}]
		if !ok || control == "" || o.Outcome != record.Seen || o.Before != "" || !p.Regular(o) || o.Start.Before(changed) || p.Own(o, control) {
			continue
		}
		for _, s := range p.Leaks(o) {
			theirs, ok := made[thing{s.Owner, s.Item}]
			entry, known := p.Ledger.ByID(s.Marker)
			newest, _ := p.Ledger.Latest(s.Owner, s.Item)
			if s.Item != control || !ok || !known || entry.ID != newest.ID || entry.Version < 2 || o.Start.Before(theirs) || !isolation.OfAnswer(s.Surface) && s.Surface != record.Text && s.Surface != record.Form {
				continue
			}
			f := isolation.In(o)
			f.Level = isolation.Leak
			f.Owner, f.Item = s.Owner, s.Item
			f.Surface, f.Path, f.Wrapping = s.Surface, s.Path, s.Wrapping
			f.Relation = "change in another's account"
			f.Message = phrase.New("%s's %s on %s is what %s had changed theirs to, and the own is gone", o.Account, control, o.View, s.Owner)
			p.Report(f)
			break
		}
	}
	return nil
}
