package marker

import (
	"slices"
	"time"
)

// Entry is one marker in the ledger.
type Entry struct {
	ID       int      `json:"id"`   // from 1, in the order of the ledger
	Text     string   `json:"text"` // canaries in lower case
	Owner    string   `json:"owner"`
	Item     string   `json:"item"`
	Version  int      `json:"version,omitempty"` // from 1; 0 for declared markers
	Declared bool     `json:"declared,omitempty"`
	Audience Audience `json:"audience"`
	// Since is when Audience began to hold; zero means from the start. An entry
	// with the ID of an earlier one replaces its audience from then on.
	Since time.Time `json:"since,omitzero"`
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
