package sight

import (
	"sync"

	"notmine/checks/marker"
)

const (
	// maxOwners is how many entries of one text are reported. More owners than
	// that do not prove anything; the ledger still knows them all.
	maxOwners = 16
	// maxEarlier is how many canaries that the ledger does not hold one stream
	// reports: a page could make them up without end.
	maxEarlier = 256
)

// Stream looks at one body as it flows by. It keeps the bytes in which a marker
// may have begun, not more than the longest marker for each layer, and what it
// has found. Write, Flush and Take may come from different goroutines.
type Stream struct {
	finder *Finder

	mu      sync.Mutex
	raw     *layer
	found   []Match
	earlier int
}

// Stream begins to look at a body. Its content type says how text can be
// wrapped in it; of an empty or unknown one everything is tried.
func (f *Finder) Stream(contentType string) *Stream {
	s := &Stream{finder: f}
	s.raw = newLayer(s, nil, unwrapper{})
	for _, u := range unwrappersOf(contentType) {
		s.raw.inside = append(s.raw.inside, newLayer(s, s.raw, u))
	}
	return s
}

// Write looks at the next bytes of the body. A marker that goes on in the next
// chunk is found then; one at the very end is held back until its neighbour is
// known. It never fails.
func (s *Stream) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.write(p)
	return len(p), nil
}

// Flush judges what is held back as if the body ended here: at its end, or at
// the end of a visit. Writing may go on, and a marker across this place is still
// found then.
func (s *Stream) Flush() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.flush()
}

// Take returns what was found since the last Take. Each marker comes once for
// each way in which it was wrapped, however often it stands there; a whole one
// may follow its own beginning.
func (s *Stream) Take() []Match {
	s.mu.Lock()
	defer s.mu.Unlock()
	found := s.found
	s.found = nil
	return found
}

func (s *Stream) write(p []byte) { s.raw.write(p) }

func (s *Stream) flush() { s.raw.flush() }

// add reports a marker's entries, at most maxOwners of them.
func (s *Stream) add(entries []marker.Entry, m Match) {
	for _, e := range entries[:min(len(entries), maxOwners)] {
		m.Entry, m.Owner, m.Item = e, e.Owner, e.Item
		s.found = append(s.found, m)
	}
}

// addCanary reports a whole canary. It does not if the ledger does not hold it
// and there were too many such already.
func (s *Stream) addCanary(token marker.Token, m Match) bool {
	if entries := s.finder.ledger.ByText(m.Text); entries != nil {
		s.add(entries, m)
		return true
	}
	if s.earlier == maxEarlier {
		return false
	}
	s.earlier++
	m.Earlier = true
	m.Owner, m.Item, _ = s.finder.ledger.Resolve(token)
	s.found = append(s.found, m)
	return true
}
