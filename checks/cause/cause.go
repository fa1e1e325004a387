package cause

import (
	"maps"
	"slices"

	"notmine/checks/isolation"
	"notmine/checks/phrase"
)

// Cause is the likely cause of a finding.
type Cause struct {
	Name    string        // one of the constants; "" for a finding that nobody was shown another's in
	Because []phrase.Text // reasons, the strongest first, each a clause in plain words
}

// Of returns the likely cause of each of the findings of a whole run, in their
// order. Findings of one view share a cause. Those that are no leak have none,
// unless they are of an older version.
func Of(p *isolation.Pass, findings []isolation.Finding) []Cause {
	e := gather(p, findings)
	views := map[string]Cause{}
	causes := make([]Cause, len(findings))
	for _, f := range findings {
		if _, known := views[f.View]; !known && f.Level == isolation.Leak && f.Check != "sharedtoken" {
			views[f.View] = judge(e.scene(f.View))
		}
	}
	e.borrow(views)
	for i, f := range findings {
		if f.Level != isolation.Leak {
			continue
		}
		if f.Check == "sharedtoken" {
			causes[i] = e.credential(f.Viewer, f.Owner)
			continue
		}
		causes[i] = views[f.View]
	}
	e.stale(findings, causes)
	return causes
}

// ofCompany are the causes of what happens only among requests that overlap.
var ofCompany = []string{LastWriter, CollapsedRequests, SharedAtOnce}

// borrow gives the views of which too little is known to tell the cause that of
// another view, where what happens in both happens only among requests that
// overlap, or to sessions: one run has one bug, mostly.
func (e *evidence) borrow(views map[string]Cause) {
	for _, from := range slices.Sorted(maps.Keys(views)) {
		var alike func(s *scene, name string) bool
		var why phrase.Text
		switch name := views[from].Name; {
		case slices.Contains(ofCompany, name):
			alike = func(s *scene, name string) bool {
				return name == Unknown && s.company() && s.undisturbed() >= leastCalm
			}
			why = phrase.New("as on %s, it happens only while the owner asks for something as well", from)
		case name == SessionBinding:
			sessions := e.scene(from).sessions()
			alike = func(s *scene, name string) bool {
				// Behind one login there may be sessions with several services.
				return name == WrongMapping || name == Unknown && most(s.inside(sessions), len(s.events))
			}
			why = phrase.New("as on %s, it happens to whole sessions", from)
		default:
			continue
		}
		for view, c := range views {
			if alike(e.scene(view), c.Name) {
				views[view] = Cause{views[from].Name, append([]phrase.Text{why}, c.Because...)}
			}
		}
		return
	}
}

// stale are the findings of versions that were superseded, and shown to those
// who might see them. They have a cause where nothing else is wrong: what mixes
// people up mixes up versions as well.
func (e *evidence) stale(findings []isolation.Finding, causes []Cause) {
	for _, c := range causes {
		if c.Name != "" && c.Name != Unknown && c.Name != RestoredState && c.Name != StaleCopy {
			return
		}
	}
	shown := map[string]map[int]bool{} // numbers of visits, by view
	for _, f := range findings {
		if f.Check == "stale" && f.Level == isolation.Suspect {
			if shown[f.View] == nil {
				shown[f.View] = map[int]bool{}
			}
			for _, n := range f.Visits {
				shown[f.View][n] = true
			}
		}
	}
	for i, f := range findings {
		if f.Check != "stale" || f.Level != isolation.Suspect {
			continue
		}
		s := e.scene(f.View)
		s.events = nil
		for _, l := range s.looks {
			if shown[f.View][l.o.N] {
				s.events = append(s.events, l)
			}
		}
		if len(s.events) > 0 {
			c := s.older(phrase.New("in %d of %s of %s it was what its owner had replaced or deleted",
				len(s.events), visits(len(s.looks)), f.View))
			c.Because = append(c.Because, s.circumstances()...)
			causes[i] = c
		}
	}
}

// sessions are those in which somebody was given another's.
func (s *scene) sessions() map[stretch]bool {
	all := map[stretch]bool{}
	for _, l := range s.events {
		all[l.stretch()] = true
	}
	return all
}

// inside counts the events in some sessions.
func (s *scene) inside(sessions map[stretch]bool) (n int) {
	for _, l := range s.events {
		if sessions[l.stretch()] {
			n++
		}
	}
	return n
}

// pattern looks for one cause. It is not ok when the scene does not show it
// plainly; then what it says may still be worth telling.
type pattern func(*scene) (c Cause, ok bool)

// patterns, the most telling first: where a thing was goes before when it was,
// and what explains everything before what explains one view.
var patterns = []pattern{
	left, subscriber, stale, errorPages, bound, held, oneAddress, // by what they are
	ordered, behind, kept, // by the order, also of those who ask alone
	swapped, surfaces, joined, // only among those who ask together
	drawnAnew, turns,
}

func judge(s *scene) Cause {
	if len(s.events) == 0 {
		return Cause{Unknown, []phrase.Text{phrase.New("no visit shows whose data it was")}}
	}
	unsure := Cause{Name: Unknown}
	for _, look := range patterns {
		c, ok := look(s)
		if ok {
			c.Because = append(c.Because, s.circumstances()...)
			return c
		}
		unsure.Because = append(unsure.Because, c.Because...)
	}
	unsure.Because = append(unsure.Because, phrase.New("%d of %s of %s were given another's data, and no pattern is plain",
		len(s.events), visits(len(s.looks)), s.view))
	unsure.Because = append(unsure.Because, s.circumstances()...)
	return unsure
}

// visits tells how many they are.
func visits(n int) phrase.Text { return phrase.New("%d visits", n) }
