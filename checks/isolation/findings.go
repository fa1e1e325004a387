package isolation

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
	"strings"

	"notmine/checks/record"
)

// findings collects what checks report and makes one of those that differ only
// in time or in how well they could be seen.
type findings struct {
	byKey map[key]*breach
}

type key struct {
	check, relation, viewer, owner, item, view string
	level                                      Level
}

// breach is a finding with the visits in which it was counted.
type breach struct {
	Finding
	visits map[int]bool
}

func newFindings() *findings { return &findings{byKey: map[key]*breach{}} }

// add takes a finding in and reports whether it says something new: a breach
// that was not known, or a known one on a more visible surface.
func (fs *findings) add(f Finding) bool {
	k := key{f.Check, f.Relation, f.Viewer, f.Owner, f.Item, f.View, f.Level}
	visit := f.Witness[0]
	known, ok := fs.byKey[k]
	if !ok {
		known = &breach{f, map[int]bool{}}
		fs.byKey[k] = known
		known.note(f)
		return true
	}
	if !known.visits[visit] {
		known.Count += f.Count
	}
	known.note(f)
	if f.At.Before(known.At) {
		known.At, known.Phase, known.Round = f.At, f.Phase, f.Round
	}
	better := Visibility(f.Surface) < Visibility(known.Surface)
	if better {
		known.Surface, known.Path, known.Wrapping = f.Surface, f.Path, f.Wrapping
		known.Message, known.Witness = f.Message, f.Witness
	}
	return better
}

// note keeps the visits of a report.
func (b *breach) note(f Finding) {
	b.visits[f.Witness[0]] = true
	for _, n := range f.Visits {
		b.visits[n] = true
	}
}

// sorted returns the findings with fingerprints, evidence and, when anything
// happened in the run, on which side of that they lie.
func (fs *findings) sorted(p *Pass) []Finding {
	all := make([]Finding, 0, len(fs.byKey))
	trials := newTrials(p)
	for _, b := range fs.byKey {
		f := b.Finding
		f.Fingerprint = f.fingerprint()
		f.Visits = slices.Sorted(maps.Keys(b.visits))
		trials.place(&f)
		for _, n := range f.Witness {
			for _, e := range p.Run.Evidence[n] {
				if p.shows(e, f) {
					f.Evidence = append(f.Evidence, e.File)
				}
			}
		}
		all = append(all, f)
	}
	slices.SortFunc(all, func(a, b Finding) int {
		return cmp.Or(
			cmp.Compare(Severity(a.Level), Severity(b.Level)),
			a.At.Compare(b.At),
			cmp.Compare(a.Witness[0], b.Witness[0]),
			cmp.Compare(a.Check, b.Check),
			cmp.Compare(a.Viewer, b.Viewer),
			cmp.Compare(a.Owner, b.Owner),
			cmp.Compare(a.View, b.View),
			cmp.Compare(a.Item, b.Item),
			cmp.Compare(a.Relation, b.Relation),
		)
	})
	return all
}

// shows reports whether a piece of evidence is about a finding: a screenshot is
// about all of its visit, that of an owner's page about what is the owner's, and
// the picture of a marker, or the exchange that carried it, about what that
// belongs to.
func (p *Pass) shows(e record.Evidence, f Finding) bool {
	if e.Marker == 0 {
		return !e.Own || e.Owner == f.Owner
	}
	entry, ok := p.Ledger.ByID(e.Marker)
	return ok && entry.Owner == f.Owner && entry.Item == f.Item
}

// Severity orders levels, the worst first: 0 is a leak, and what is no level
// comes before it.
func Severity(l Level) int { return slices.Index([]Level{Leak, Suspect, Risk, Note}, l) }

// fingerprint is the same for the same breach in another run and with other
// accounts: 64 bits in hex.
func (f Finding) fingerprint() string {
	sum := sha256.Sum256([]byte(strings.Join([]string{f.Check, f.View, f.Item, f.Surface, f.Relation}, "\x00")))
	return hex.EncodeToString(sum[:8])
}
