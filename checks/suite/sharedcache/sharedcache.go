package sharedcache

import (
	_ "embed"
	"maps"
	"slices"

	"notmine/checks/isolation"
	"notmine/checks/marker"
	"notmine/checks/phrase"
	"notmine/checks/record"
)

//go:embed doc.go
var doc string

// Check reports personal answers that a shared cache may keep or has kept: one
// finding for each view and answer path.
var Check = &isolation.Check{Name: "sharedcache", Doc: isolation.DocOf(doc), Judge: judge}

// place is what one finding is about.
type place struct {
	view, path string
	cookie     bool // the session's cookie, and not what the body carries
}

// danger is what was found at a place.
type danger struct {
	worst   int // see grades
	finding isolation.Finding
	visits  map[int]bool
}

// The grades of danger, as a finding's relation says them.
var grades = []string{"", "storable, stale at once", "storable", "stored", "from a shared cache"}

const (
	inFlight = iota + 1
	storable
	stored
	fromCache
)

func judge(p *isolation.Pass) error {
	credentials, _ := isolation.Credentials(p.Run)
	sessions := map[string]*isolation.Credential{} // by name and digest
	for _, c := range credentials {
		sessions[c.Name+" "+c.Digest] = c
	}
	found := map[place]*danger{}
	var order []place
	for _, o := range p.Run.Observations {
		personal := things(p, o)
		for _, x := range o.Exchanges {
			path := p.Alike(x.URL)
			if s, ok := personal[x.ID]; ok {
				at := place{o.View, path, false}
				if look(found, at, o, newAnswer(x), s.Owner, s.Item, s.Surface) {
					order = append(order, at)
				}
			}
			for _, c := range x.SetCookies {
				if session := sessions[c.Name+" "+c.Digest]; session != nil {
					at := place{o.View, path, true}
					if look(found, at, o, newAnswer(x), session.Owner, c.Name, record.Cookies) {
						order = append(order, at)
					}
				}
			}
		}
	}
	for _, at := range order {
		d := found[at]
		d.finding.Count, d.finding.Visits = len(d.visits), slices.Sorted(maps.Keys(d.visits))
		p.Report(d.finding)
	}
	return nil
}

// things returns, for each exchange of a visit, what of somebody's its answer
// carried that is not for everyone: the first of it.
func things(p *isolation.Pass, o *record.Observation) map[int]record.Sighting {
	personal := map[int]record.Sighting{}
	for _, s := range o.Sightings {
		if s.Exchange == 0 || s.Surface == record.Request {
			continue
		}
		if _, known := personal[s.Exchange]; !known && private(p, s) {
			personal[s.Exchange] = s
		}
	}
	return personal
}

// private reports whether a sighting is of a thing that belongs to one account
// and is not for everyone. A text that several own says nothing of any of them.
func private(p *isolation.Pass, s record.Sighting) bool {
	e, ok := p.Ledger.ByID(s.Marker)
	if !ok || slices.Contains(e.Audience, marker.Everyone) {
		return false
	}
	for _, same := range p.Ledger.ByText(e.Text) {
		if same.Owner != e.Owner || slices.Contains(same.Audience, marker.Everyone) {
			return false
		}
	}
	return true
}

// look judges one personal answer and reports whether its place is new.
func look(found map[place]*danger, at place, o *record.Observation, a answer, owner, item, surface string) bool {
	grade, why := judged(a, at.cookie)
	if grade == 0 {
		return false
	}
	d, known := found[at]
	if !known {
		d = &danger{visits: map[int]bool{}}
		found[at] = d
	}
	d.visits[o.N] = true
	if grade <= d.worst {
		return !known
	}
	d.worst = grade
	f := isolation.In(o)
	f.Level = isolation.Risk
	f.Owner, f.Surface, f.Path = owner, surface, isolation.PathOf(a.URL)
	thing := phrase.New("%s's %s", owner, item)
	f.Relation = grades[grade] + " " + at.path
	if at.cookie {
		thing = phrase.New("%s's session (%s)", owner, item)
		f.Relation += ", session"
	} else {
		f.Item = item
	}
	f.Message = says(grade, f.Path, thing, why)
	d.finding = f
	return !known
}

// judged grades the danger of one personal answer and says how it is told.
func judged(a answer, cookie bool) (grade int, why phrase.Text) {
	if a.Status == 0 || a.apart() {
		return 0, phrase.Text{}
	}
	if sign := a.kept(); !sign.IsZero() {
		return fromCache, sign
	}
	if why := a.stored(); !why.IsZero() {
		return stored, why
	}
	part := ""
	if cookie {
		part = "Set-Cookie"
	}
	switch may, why := a.may(part); may {
	case later:
		return storable, why
	case flight:
		return inFlight, why
	}
	return 0, phrase.Text{}
}

// says tells in a sentence what a cache did, or may do, with the answer at path.
func says(grade int, path string, thing, why phrase.Text) phrase.Text {
	switch grade {
	case fromCache:
		return phrase.New("%s with %s came from a shared cache (%s)", path, thing, why)
	case stored:
		return phrase.New("%s with %s was stored by a shared cache (%s)", path, thing, why)
	case storable:
		return phrase.New("%s with %s may be stored by a shared cache and given to others (%s)", path, thing, why)
	default:
		return phrase.New("%s with %s may be given by a shared cache to all who wait for it together (%s)", path, thing, why)
	}
}
