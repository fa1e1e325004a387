package noninterference

import "regexp"

// serial matches a number that is long enough to belong to something, such as
// an order or a member. Shorter ones count things, and counts meet by chance.
var serial = regexp.MustCompile(`\p{Nd}{5,}`)

// numbered returns the cells of a glance that hold such a number, as they are.
func (known *knowledge) numbered(g *glance) map[string]bool {
	found := map[string]bool{}
	for _, row := range g.rows {
		for i, c := range row {
			if serial.MatchString(c.exact) && !known.names[c.exact] && !known.volatile[column{g.place.part, len(row), i}] {
				found[c.exact] = true
			}
		}
	}
	return found
}

// ownNumbers returns what both looks of an account hold and nobody else showed
// alone.
func (known *knowledge) ownNumbers(first, second *glance) map[string]bool {
	own := map[string]bool{}
	for number := range first.numbered {
		if second.numbered[number] && len(known.numbersAlone[number]) == 1 {
			own[number] = true
		}
	}
	return own
}

// strangers names the accounts whose numbers a glance shows, if it shows none
// of its viewer's own. Numbers prove whose a page is where the words are the
// same for all; they are never more than that, for they also change by themselves.
func (known *knowledge) strangers(base *baseline, g glance) accounts {
	if len(base.numbers) == 0 {
		return nil
	}
	for number := range base.numbers {
		if g.numbered[number] {
			return nil
		}
	}
	owners := accounts{}
	for number := range g.numbered {
		for owner := range known.numbersAlone[number] {
			theirs, ok := known.baselines[place{owner, "", g.place.part}]
			if ok && theirs.numbers[number] && owner != g.place.account &&
				known.passedBy(g.place.part, owner, func(other glance) bool { return other.numbered[number] }) {
				owners[owner] = true
			}
		}
	}
	return owners
}
