package gate

import (
	"cmp"
	"slices"

	"notmine/checks/isolation"
	"notmine/checks/record"
)

// mostMissed is how many causes are listed for which something was missed.
const mostMissed = 50

// surfaces counts what was looked at on each surface, and what was missed.
type surfaces struct {
	byName map[string]*Surface
	causes map[cause]*Missed
	order  []*Missed // as they came
}

type cause struct{ surface, why string }

func newSurfaces() surfaces {
	s := surfaces{byName: map[string]*Surface{}, causes: map[cause]*Missed{}}
	for _, name := range record.Surfaces {
		s.byName[name] = &Surface{Name: name}
	}
	return s
}

// add counts a visit.
func (s *surfaces) add(p *isolation.Pass, o *record.Observation) {
	for name, amount := range o.Looked {
		if at := s.byName[name]; at != nil && amount.Items > 0 {
			at.Visits++
			at.Items += amount.Items
			at.Bytes += amount.Bytes
		}
	}
	counted := map[string]bool{}
	for _, sighted := range p.Allowed(o) {
		if at := s.byName[sighted.Surface]; at != nil && !counted[sighted.Surface] {
			counted[sighted.Surface] = true
			at.Seen++
		}
	}
	told := map[cause]bool{}
	for _, m := range o.Missed {
		c := cause{m.Surface, m.Why}
		if told[c] {
			continue
		}
		told[c] = true
		if s.causes[c] == nil {
			s.causes[c] = &Missed{Surface: m.Surface, Why: m.Why, Path: m.Path}
			s.order = append(s.order, s.causes[c])
		}
		s.causes[c].Visits++
	}
}

func (s *surfaces) looked() []Surface {
	all := make([]Surface, 0, len(record.Surfaces))
	for _, name := range record.Surfaces {
		all = append(all, *s.byName[name])
	}
	return all
}

func (s *surfaces) missed() []Missed {
	slices.SortStableFunc(s.order, func(a, b *Missed) int { return cmp.Compare(b.Visits, a.Visits) })
	var all []Missed
	for _, m := range s.order[:min(len(s.order), mostMissed)] {
		all = append(all, *m)
	}
	return all
}
