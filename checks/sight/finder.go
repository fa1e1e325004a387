package sight

import (
	"slices"

	"notmine/checks/marker"
)

// Match is a marker that was found.
type Match struct {
	Entry    marker.Entry // of the ledger; zero for a canary that the ledger does not hold
	Owner    string       // "" if a canary's owner is not known
	Item     string
	Earlier  bool     // a canary of an earlier run: its form is right, the ledger does not hold it
	Cut      bool     // only the beginning of a canary was there
	Text     string   // as found, unwrapped
	Wrapping []string // how it was wrapped, outermost first; none if it stood there as it is
	Offset   int64    // of the first byte, in the body as it came; of a member of a container that of the container
	End      int64    // of the byte behind it, of one that stands in the body's own text; else 0
	Shown    []byte   // of a picture that showed the marker: a PNG of at most 256 pixels a side
}

// defaultUnpacked is MaxUnpacked of a new Finder.
const defaultUnpacked = 64 << 20

// Finder finds the markers of one ledger. It may be used by many streams at the
// same time.
type Finder struct {
	// MaxUnpacked is how many bytes one body may unpack to: what is compressed,
	// archives' members, the pixels of pictures. A body that has to be opened is
	// kept until it is whole, up to as many bytes. It must be set before use.
	MaxUnpacked int64

	ledger   *marker.Ledger
	pictures pictures
	declared *declared
	reach    int // how many bytes from a marker's first one are needed to judge it
}

// NewFinder prepares to find the markers of l. Canaries and audiences may be
// added to the ledger later; a declared marker has to be in it now.
func NewFinder(l *marker.Ledger) (*Finder, error) {
	d, err := newDeclared(l.Entries())
	if err != nil {
		return nil, err
	}
	return &Finder{
		MaxUnpacked: defaultUnpacked,
		ledger:      l, declared: d, reach: max(marker.CanaryLen, d.longest) + 1,
	}, nil
}

// Find looks at a whole body.
func (f *Finder) Find(contentType string, p []byte) []Match {
	s := f.Stream(contentType)
	s.whole(p)
	return slices.Clip(s.found)
}
