package script

import (
	"slices"
	"strings"

	"notmine/checks/wire"
)

// both are the same request of two accounts.
type both struct{ viewer, owner wire.Note }

// mostAligned bounds how many exchanges of one part are held against each other.
const mostAligned = 300

// aligned pairs the exchanges of two accounts, in their order: as many as have the
// same shape. It reports false when one of those that are left over, or that are
// too many to look at, changes something.
func aligned(viewer, owner Deed) (pairs []both, ok bool) {
	vs, shapes := shaped(viewer)
	os, ownShapes := shaped(owner)
	// most[i][j] is how many pairs there are in what begins at i and at j.
	most := make([][]int, len(vs)+1)
	most[len(vs)] = make([]int, len(os)+1)
	for i := len(vs) - 1; i >= 0; i-- {
		most[i] = make([]int, len(os)+1)
		for j := len(os) - 1; j >= 0; j-- {
			most[i][j] = max(most[i+1][j], most[i][j+1])
			if shapes[i] == ownShapes[j] {
				most[i][j] = max(most[i][j], 1+most[i+1][j+1])
			}
		}
	}
	changes := func(n wire.Note) bool { return !reads(n.Method) }
	ok = !slices.ContainsFunc(viewer.Notes[len(vs):], changes) && !slices.ContainsFunc(owner.Notes[len(os):], changes)
	for i, j := 0, 0; i < len(vs) || j < len(os); {
		switch {
		case i < len(vs) && j < len(os) && shapes[i] == ownShapes[j] && most[i][j] == 1+most[i+1][j+1]:
			pairs = append(pairs, both{vs[i], os[j]})
			i, j = i+1, j+1
		case j == len(os) || i < len(vs) && most[i+1][j] >= most[i][j+1]:
			ok = ok && reads(vs[i].Method)
			i++
		default:
			ok = ok && reads(os[j].Method)
			j++
		}
	}
	return pairs, ok
}

// shaped returns the exchanges of a deed, with what each has in common with the
// same of another account.
func shaped(d Deed) (notes []wire.Note, shapes []string) {
	notes = d.Notes[:min(len(d.Notes), mostAligned)]
	own := map[string]bool{}
	for _, value := range d.Values {
		own[value] = true
	}
	for _, n := range notes {
		segments := strings.Split(n.URL.Path, "/")
		for i, s := range segments {
			if own[s] || strings.ContainsAny(s, "0123456789") || wire.Credential("", s) {
				segments[i] = "*"
			}
		}
		shapes = append(shapes, n.Method+" "+n.URL.Host+strings.Join(segments, "/"))
	}
	return notes, shapes
}
