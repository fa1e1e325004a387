package report

import "notmine/checks/phrase"

// matrix is who was shown whose: a row each viewer, a column each owner.
type matrix struct {
	Owners               []person
	Rows                 []matrixRow
	LeftOwners, LeftRows int
}

// person is an account in the page, where scripts know it by its number.
type person struct {
	Name   bilingual
	Number int
}

type matrixRow struct {
	Viewer person
	Cells  []matrixCell
}

// matrixCell is in how many visits a viewer was shown an owner's data. Shade
// goes with the number, from 1 to 4; 0 is never.
type matrixCell struct {
	Visits string
	Shade  int
	Own    bool
	Owner  int
	Told   bilingual // for those who hear it
}

// newMatrix returns nil when nobody was shown anything of others.
func newMatrix(s *story) *matrix {
	if len(s.pairs) == 0 {
		return nil
	}
	viewers, owners := s.viewers(), s.owners()
	m := &matrix{LeftRows: max(0, len(viewers)-mostNames), LeftOwners: max(0, len(owners)-mostNames)}
	viewers, owners = viewers[:min(len(viewers), mostNames)], owners[:min(len(owners), mostNames)]
	visits := map[pair]int{}
	for _, p := range s.pairs {
		visits[pair{viewer: p.viewer, owner: p.owner}] = p.visits
	}
	most := s.pairs[0].visits
	for _, o := range owners {
		m.Owners = append(m.Owners, person{inBoth(orSomebody(o), 60), s.number(o)})
	}
	for _, v := range viewers {
		row := matrixRow{Viewer: person{inBoth(phrase.Verbatim(v), 60), s.number(v)}}
		for _, o := range owners {
			c := matrixCell{Own: o == v && o != "", Owner: s.number(o)}
			if n := visits[pair{viewer: v, owner: o}]; n > 0 {
				c.Visits = count(n)
				c.Shade = 1 + min(3, 4*(n-1)/max(most, 1))
				c.Told = inBoth(phrase.New("%s was shown data of %s in %s", visible(v, 60), orSomebody(visible(o, 60)), phrase.New("%d visits", n)), 200)
			}
			row.Cells = append(row.Cells, c)
		}
		m.Rows = append(m.Rows, row)
	}
	return m
}
