package sight

import (
	"slices"
	"strings"
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
	// maxMissed is how many different reasons a stream tells.
	maxMissed = 32

	// block is how many bytes of a body are looked at together, besides their
	// neighbourhood.
	block = 64 << 10
	// leastBehind and mostBehind bound how many bytes behind a block are looked at
	// with it: for each byte of a marker there are perByte, in which it may be
	// wrapped.
	leastBehind = 4 << 10
	mostBehind  = 32 << 10
	perByte     = 12
)

// Stream looks at one body as it flows by. It looks at a block of it when what
// is behind the block is there too, so that it makes no difference how the body
// was cut into chunks. Write, Flush, Take and Missed may come from different
// goroutines.
type Stream struct {
	finder   *Finder
	media    string
	wrapping []string // of the whole body
	nested   int      // containers around it
	budget   *budget

	mu      sync.Mutex
	kept    []byte // the end of the body, from the neighbourhood of the next block on
	at      int64  // offset of its first byte
	looked  int    // how much of it is in front of the next block
	held    container
	long    longRun
	found   []Match
	missed  []string
	told    map[string]bool // reasons that were told already
	seen    map[string]bool // markers and their wrapping that were found
	earlier int

	room   int   // bytes that may still be kept for Pieces
	until  int64 // where the last piece ends
	pieces []Piece
	around map[string]bool // owner and item of what pieces were kept for
}

// Stream begins to look at a body. Its content type helps to know containers
// that have no sign of their own; text is unwrapped in all ways, whatever its
// type says.
func (f *Finder) Stream(contentType string) *Stream {
	return &Stream{finder: f, media: contentType, budget: &budget{left: f.MaxUnpacked}}
}

// inside begins to look at a body inside this one.
func (s *Stream) inside(media string, wrapping []string, nested int) *Stream {
	return &Stream{finder: s.finder, media: media, wrapping: wrapping, nested: nested, budget: s.budget}
}

// Write looks at the next bytes of the body. What is found comes with the block
// of 64 KiB in which it stands; before that, Flush asks for it. It never fails.
func (s *Stream) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.write(p)
	return len(p), nil
}

// Flush looks at what is held back as if the body ended here: at its end, or at
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

// Missed returns what could not be looked at since the last call and why, in
// words without content. Each reason comes once.
func (s *Stream) Missed() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	missed := s.missed
	s.missed = nil
	return missed
}

// behind is how many bytes behind a block are looked at with it.
func (s *Stream) behind() int {
	return min(max(leastBehind, perByte*s.finder.reach), mostBehind)
}

// before is how many bytes in front of a block are looked at with it.
func (s *Stream) before() int { return s.behind() / 4 }

func (s *Stream) write(p []byte) {
	s.hold(p)
	s.follow(p, s.at+int64(len(s.kept)))
	for len(p) > 0 {
		n := min(len(p), s.looked+block+s.behind()-len(s.kept))
		s.kept = append(s.kept, p[:n]...)
		p = p[n:]
		if len(s.kept) == s.looked+block+s.behind() {
			n := len(s.found)
			s.look(s.kept, s.at, s.looked, s.looked+block)
			s.surround(n, false)
			s.advance()
		}
	}
}

// advance forgets a block that was looked at, but for the neighbourhood of the
// next one.
func (s *Stream) advance() {
	drop := s.looked + block - s.before()
	s.at += int64(drop)
	s.kept = append(s.kept[:0], s.kept[drop:]...)
	s.looked = s.before()
}

func (s *Stream) flush() {
	s.guess()
	n := len(s.found)
	s.look(s.kept, s.at, s.looked, len(s.kept))
	s.surround(n, true)
	s.flushLong()
	s.openHeld()
}

// whole looks at a whole body without keeping it.
func (s *Stream) whole(p []byte) {
	s.held.known = true
	s.held.opener = openerOf(p[:min(len(p), headOfBody)], s.media)
	at := 0
	for ; len(p)-at > block+s.behind(); at += block {
		from := max(0, at-s.before())
		s.look(p[from:at+block+s.behind()], int64(from), at-from, at-from+block)
	}
	from := max(0, at-s.before())
	s.look(p[from:], int64(from), at-from, len(p)-from)
	s.follow(p, 0)
	s.flushLong()
	if s.held.opener != nil {
		s.unpack(s.held.opener, p, s.wrapping, 0)
	}
	s.release()
}

// miss tells once what could not be looked at.
func (s *Stream) miss(why string) {
	if s.told[why] || len(s.told) == maxMissed {
		return
	}
	if s.told == nil {
		s.told = make(map[string]bool)
	}
	s.told[why] = true
	s.missed = append(s.missed, why)
}

// once reports whether this is the first time that a marker is found in its
// wrapping. Of one that was found whole its beginning is nothing new.
func (s *Stream) once(name string, wrapping []string, cut bool) bool {
	key := strings.Join(wrapping, "\x00") + "\x00\x00" + name
	whole, seen := s.seen[key]
	if seen && (cut || whole) {
		return false
	}
	if s.seen == nil {
		s.seen = make(map[string]bool)
	}
	s.seen[key] = !cut
	return true
}

// add reports a hit's entries, at most maxOwners of them.
func (s *Stream) add(h *hit) {
	m := h.match
	var entries []marker.Entry
	switch h.kind {
	case cutHit:
		entries = []marker.Entry{m.Entry}
	case canaryHit:
		if entries = s.finder.ledger.ByText(h.name); entries == nil {
			if s.earlier == maxEarlier || !s.once(h.name, m.Wrapping, false) {
				return
			}
			s.earlier++
			m.Earlier = true
			m.Owner, m.Item, _ = s.finder.ledger.Resolve(h.token)
			s.report(m)
			return
		}
	default:
		entries = s.finder.ledger.ByText(h.of.text)
	}
	if !s.once(h.name, m.Wrapping, h.kind == cutHit) {
		return
	}
	for _, e := range entries[:min(len(entries), maxOwners)] {
		m.Entry, m.Owner, m.Item = e, e.Owner, e.Item
		s.report(m)
	}
}

// report gives a match out; that of a body which is a container waits until the
// container is opened.
func (s *Stream) report(m Match) {
	if s.held.waits() {
		s.held.found = append(s.held.found, m)
		return
	}
	s.found = append(s.found, m)
}

// take takes what was found in a body inside this one. place tells where in this
// body an offset of that one stands.
func (s *Stream) take(in *Stream, place func(int64) int64) {
	for _, m := range in.found {
		m.Offset, m.End = place(m.Offset), 0
		s.takeMatch(m)
	}
	for _, why := range in.missed {
		s.miss(why)
	}
	in.found, in.missed = nil, nil
}

func (s *Stream) takeMatch(m Match) {
	name := strings.Join([]string{strings.ToLower(m.Text), m.Owner, m.Item}, "\x00")
	if m.Earlier && s.earlier == maxEarlier || !s.once(name, m.Wrapping, m.Cut) {
		return
	}
	if m.Earlier {
		s.earlier++
	}
	m.Wrapping = slices.Clone(m.Wrapping)
	s.found = append(s.found, m)
}
