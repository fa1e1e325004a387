package marker

import (
	"slices"
	"time"
)

// Entry is one marker in the ledger.
type Entry struct {
	ID       int    `json:"id"`   // from 1, in the order of the ledger
	Text     string `json:"text"` // canaries in lower case
	Owner    string `json:"owner"`
	Item     string `json:"item"`
	Version  int    `json:"version,omitempty"` // from 1; 0 for declared markers
	Declared bool   `json:"declared,omitempty"`
	// Picture says that the marker is a picture: of a canary the one that
	// [Picture] draws from Text; of a declared one Text is its file's name and
	// Print what it looks like.
	Picture  bool     `json:"picture,omitempty"`
	Print    *Print   `json:"print,omitempty"`
	Audience Audience `json:"audience"`
	// Since is when Audience began to hold; zero means from the start. An entry
	// with the ID of an earlier one replaces its audience from then on.
	Since time.Time `json:"since,omitzero"`
}

// clone returns an entry that shares nothing with e.
func (e Entry) clone() Entry {
	e.Audience = slices.Clone(e.Audience)
	if e.Print != nil {
		p := *e.Print
		e.Print = &p
	}
	return e
}

// Audience is who may see a marker besides its owner, who always may: names of
// accounts or of groups, or the words "me" and "everyone". Empty means me.
type Audience []string

// Me and Everyone are the two words of the audience algebra.
const (
	Me       = "me"
	Everyone = "everyone"
)

// Allows reports whether viewer, a member of groups, may see what owner owns.
func (a Audience) Allows(viewer, owner string, groups []string) bool {
	if viewer == owner {
		return true
	}
	for _, who := range a {
		if who == Everyone || who == viewer || slices.Contains(groups, who) {
			return true
		}
	}
	return false
}
