package checks

import (
	"bytes"
	"slices"

	"notmine/checks/crowd"
	"notmine/checks/isolation"
	"notmine/checks/record"
	"notmine/checks/report"
)

// exchanges are what is at hand of exchanges while a run goes on: of each account
// those of the visit that was looked at last, with something sighted in them.
type exchanges struct {
	archives int // so far, in the whole run
	last     map[string]given
}

// given is what one visit was given.
type given struct {
	by     *record.Observation
	copies crowd.Copies
}

// archive is an exchange that carried what leaked, with the owner's own beside it.
type archive struct {
	of     record.Evidence
	file   string
	viewer given
	owner  given // without copies when nothing is at hand
	id     int   // of the viewer's exchange
	leak   isolation.Finding
}

// note keeps a visit at hand, in the place of its account's visit before.
func (x *exchanges) note(o *record.Observation, copies crowd.Copies) {
	if copies == nil {
		return
	}
	if x.last == nil {
		x.last = map[string]given{}
	}
	x.last[o.Account] = given{o, copies}
}

// archiveOf returns the archive of a finding that was just made, if an exchange
// carried it and is at hand.
func (x *exchanges) archiveOf(o *record.Observation, copies crowd.Copies, f isolation.Finding, name string) (archive, bool) {
	if copies == nil || x.archives == maxEvidence {
		return archive{}, false
	}
	carried := func(s record.Sighting) bool { return s.Owner == f.Owner && s.Item == f.Item && s.Exchange != 0 }
	i := slices.IndexFunc(o.Sightings, func(s record.Sighting) bool { return carried(s) && s.Path == f.Path })
	if i < 0 {
		i = slices.IndexFunc(o.Sightings, carried)
	}
	if i < 0 {
		return archive{}, false
	}
	x.archives++
	s := o.Sightings[i]
	a := archive{
		of: record.Evidence{Observation: o.N, Marker: s.Marker}, file: name + record.ArchiveEnd,
		viewer: given{o, copies}, id: s.Exchange, leak: f,
	}
	if f.Owner != o.Account {
		a.owner = x.last[f.Owner]
	}
	return a, true
}

// keepArchive stores an archive. What cannot be stored is left out: the
// observation itself is the proof.
func (w *watch) keepArchive(a archive) {
	of := report.Archive{Tool: w.tool, Leak: a.leak}
	viewers, ok := a.viewer.copies.Copy(a.id, a.viewer.texts(a.leak))
	if !ok {
		return
	}
	of.Viewer = report.ArchivedVisit{Account: a.viewer.by.Account, Start: a.viewer.by.Start, Copy: viewers}
	if owners, ok := a.owner.like(viewers.Exchange, a.leak); ok {
		of.Owner = &report.ArchivedVisit{Account: a.owner.by.Account, Start: a.owner.by.Start, Copy: owners}
	}
	var content bytes.Buffer
	if report.HAR(&content, of) == nil {
		w.store(a.file, content.Bytes(), a.of)
	}
}

// texts are what a finding is about, as the visit was given it.
func (g given) texts(f isolation.Finding) []string {
	var texts []string
	for _, s := range g.by.Sightings {
		if s.Owner == f.Owner && s.Item == f.Item && !slices.Contains(texts, s.Text) {
			texts = append(texts, s.Text)
		}
	}
	return texts
}

// like returns a copy of the visit's exchange of the same method and path,
// rather one in which the finding's item was sighted.
func (g given) like(x record.Exchange, f isolation.Finding) (record.Copy, bool) {
	if g.copies == nil {
		return record.Copy{}, false
	}
	texts := g.texts(f)
	var found record.Copy
	ok := false
	for _, y := range g.by.Exchanges {
		if y.Method != x.Method || isolation.PathOf(y.URL) != isolation.PathOf(x.URL) {
			continue
		}
		shows := slices.ContainsFunc(g.by.Sightings, func(s record.Sighting) bool {
			return s.Exchange == y.ID && s.Owner == f.Owner && s.Item == f.Item
		})
		if ok && !shows {
			continue
		}
		if c, at := g.copies.Copy(y.ID, texts); at {
			found, ok = c, true
			if shows {
				break
			}
		}
	}
	return found, ok
}
