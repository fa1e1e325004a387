package noninterference

import (
	"slices"
	"strings"

	"notmine/checks/isolation"
)

// accounts is a set of names.
type accounts map[string]bool

// add puts an account into the set of k.
func add[K comparable](sets map[K]accounts, k K, account string) {
	if sets[k] == nil {
		sets[k] = accounts{}
	}
	sets[k][account] = true
}

// column is a place in the rows of a part that have so many cells.
type column struct {
	part
	cells, index int
}

// knowledge is what the whole record says about what belongs to whom.
type knowledge struct {
	names       map[string]bool     // of accounts: they come up in others' pages
	cellsAlone  map[string]accounts // masked cell → who showed it alone
	volatile    map[column]bool     // changes within a row while its account is alone
	exactAlone  map[string]string   // exact key → who showed it alone, in whatever view; see telling
	maskedAlone map[string]string   // masked key → likewise
	// numbersAlone are the accounts that showed a cell with a long number alone.
	numbersAlone map[string]accounts
	inCompany    map[string]accounts // masked key → who was shown it in company
	baselines    map[place]*baseline
	glances      map[part][]glance // all of them
	owners       map[ownerKey]string
}

type ownerKey struct {
	part
	exact string
}

// baseline is what an account shows in both looks alone.
type baseline struct {
	first   int             // number of the first of the two observations
	own     []ownRow        // rows that are in both, digits aside, in the order of the first
	exact   map[string]bool // their exact keys in the first
	numbers map[string]bool // its own cells with long numbers; see strangers
}

// ownRow is a row of a baseline.
type ownRow struct {
	key
	index int // where it stands; -1 when the two looks differ in that
}

func learn(p *isolation.Pass, alone, company []glance) *knowledge {
	known := &knowledge{
		names:        map[string]bool{},
		cellsAlone:   map[string]accounts{},
		volatile:     map[column]bool{},
		exactAlone:   map[string]string{},
		maskedAlone:  map[string]string{},
		numbersAlone: map[string]accounts{},
		inCompany:    map[string]accounts{},
		baselines:    map[place]*baseline{},
		glances:      map[part][]glance{},
		owners:       map[ownerKey]string{},
	}
	for _, a := range p.Header.Plan.Accounts {
		known.names[newCell(a.Name).exact] = true
		known.names[newCell(a.Shows).exact] = true
	}
	looks := map[place][]*glance{}
	var order []place
	for i := range alone {
		g := &alone[i]
		if looks[g.place] == nil {
			order = append(order, g.place)
		}
		looks[g.place] = append(looks[g.place], g)
		for _, row := range g.rows {
			for _, c := range row {
				add(known.cellsAlone, c.masked, g.place.account)
			}
		}
	}
	for _, at := range order {
		if l := looks[at]; len(l) >= 2 {
			known.learnVolatile(at.part, l[0].rows, l[1].rows)
		}
	}
	for i := range alone {
		g := &alone[i]
		known.tell(g)
		for _, k := range g.keys {
			known.exactAlone[k.exact] = g.place.account
			known.maskedAlone[k.masked] = g.place.account
		}
		for number := range g.numbered {
			add(known.numbersAlone, number, g.place.account)
		}
	}
	for i := range company {
		g := &company[i]
		known.tell(g)
		for _, k := range g.keys {
			add(known.inCompany, k.masked, g.place.account)
		}
	}
	for _, at := range order {
		if l := looks[at]; len(l) >= 2 {
			known.baselines[at] = known.baseline(l[0], l[1])
		}
	}
	return known
}

// telling reports whether a cell can tell its row apart from others' rows. At
// most one account showed it alone, so that is also true of a key.
func (known *knowledge) telling(c cell) bool {
	return c.long() && !known.names[c.exact] && len(known.cellsAlone[c.masked]) < 2
}

// learnVolatile finds the columns that differ between the two looks in rows
// that are the same by another cell.
func (known *knowledge) learnVolatile(at part, first, second [][]cell) {
	type spot struct {
		index int
		cell
	}
	whole := func(row []cell) string {
		var b strings.Builder
		for _, c := range row {
			b.WriteString(c.masked)
			b.WriteByte(0)
		}
		return b.String()
	}
	unmatched := map[string]bool{} // rows of first that second has not
	for _, row := range first {
		unmatched[whole(row)] = true
	}
	changed := map[spot][]cell{} // rows of second that first has not, by their telling cells
	for _, row := range second {
		if unmatched[whole(row)] {
			delete(unmatched, whole(row))
			continue
		}
		for i, c := range row {
			if known.telling(c) {
				changed[spot{i, c}] = row
			}
		}
	}
	for _, row := range first {
		if !unmatched[whole(row)] {
			continue
		}
		for i, c := range row {
			other := changed[spot{i, c}]
			if !known.telling(c) || len(other) != len(row) {
				continue
			}
			for j := range row {
				if row[j].masked != other[j].masked {
					known.volatile[column{at, len(row), j}] = true
				}
			}
		}
	}
}

// tell sets the keys and numbers of a glance and files it.
func (known *knowledge) tell(g *glance) {
	g.keys = make([]key, len(g.rows))
	for i, row := range g.rows {
		var exact, masked []string
		for j, c := range row {
			if known.telling(c) && !known.volatile[column{g.place.part, len(row), j}] {
				exact = append(exact, c.exact)
				masked = append(masked, c.masked)
			}
		}
		if len(exact) > 0 {
			g.keys[i] = key{strings.Join(exact, "\t"), strings.Join(masked, "\t"), len(row)}
		}
	}
	g.numbered = known.numbered(g)
	known.glances[g.place.part] = append(known.glances[g.place.part], *g)
}

func (known *knowledge) baseline(first, second *glance) *baseline {
	b := &baseline{first: first.o.N, exact: map[string]bool{}, numbers: known.ownNumbers(first, second)}
	for i, k := range first.keys {
		if k == (key{}) {
			continue
		}
		at := slices.IndexFunc(second.keys, func(other key) bool { return other.masked == k.masked })
		if at < 0 {
			continue
		}
		b.exact[k.exact] = true
		if at != i {
			at = -1
		}
		b.own = append(b.own, ownRow{k, at})
	}
	return b
}

// owner names the one account whose row this is, or "".
//
// To be somebody's it is not enough that only one account showed it alone: the
// accounts look one after the other, and whoever looked last is the only one
// who saw a notice that came up just before. So somebody else must have looked
// at the same part later without being shown the row.
func (known *knowledge) owner(at part, exact string) string {
	k := ownerKey{at, exact}
	owner, ok := known.owners[k]
	if !ok {
		owner = known.findOwner(at, exact)
		known.owners[k] = owner
	}
	return owner
}

func (known *knowledge) findOwner(at part, exact string) string {
	owner := known.exactAlone[exact]
	base, ok := known.baselines[place{owner, "", at}]
	if !ok || !base.exact[exact] || !known.passedBy(at, owner, func(g glance) bool {
		return slices.ContainsFunc(g.keys, func(k key) bool { return k.exact == exact })
	}) {
		return ""
	}
	return owner
}

// passedBy reports whether somebody other than the owner looked at a part after
// the owner's first look alone and was not shown something.
func (known *knowledge) passedBy(at part, owner string, shown func(glance) bool) bool {
	all := known.glances[at]
	first := known.baselines[place{owner, "", at}].first
	since := slices.IndexFunc(all, func(g glance) bool { return g.o.N == first })
	return slices.ContainsFunc(all, func(g glance) bool {
		return g.place.account != owner && g.o.Start.After(all[since].o.End) && !shown(g)
	})
}

// shared reports whether several accounts were shown a row in company that
// nobody showed alone.
func (known *knowledge) shared(k key) bool { return len(known.inCompany[k.masked]) >= 2 }
