package sight

import (
	"cmp"
	"slices"
)

// Piece is a part of a body in which markers stand.
type Piece struct {
	At      int64 // offset of its first byte in the body
	Text    []byte
	Last    bool    // the body went no further when it was looked at
	Matches []Match // those that begin in it
}

// Of a long body, so much is kept around a marker, and of that so much in front
// of it.
const (
	pieceSize = 16 << 10
	pieceLead = 4 << 10
)

// Keep has the stream keep, for Pieces, what stands around the markers that it
// finds: up to most bytes. Of a body that is not longer that is all of it, of a
// longer one some KiB around the first of each owner's items. It must be called
// before the first Write.
func (s *Stream) Keep(most int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.room = most
}

// Pieces returns what was kept since the last call, in the order of the body.
// Of a body that has to be opened to find something in it there is nothing.
func (s *Stream) Pieces() []Piece {
	s.mu.Lock()
	defer s.mu.Unlock()
	pieces := s.pieces
	s.pieces = nil
	return pieces
}

// surround keeps what stands around the matches that were just found, those of
// s.found from n on, before the text moves on. last says that there is no more of
// the body.
func (s *Stream) surround(n int, last bool) {
	if s.room <= 0 || n >= len(s.found) {
		return
	}
	fresh := slices.SortedStableFunc(slices.Values(s.found[n:]), func(a, b Match) int { return cmp.Compare(a.Offset, b.Offset) })
	end := s.at + int64(len(s.kept))
	whole := last && s.at == 0 && s.until == 0 && len(s.kept) <= s.room
	for _, m := range fresh {
		what := m.Owner + "\x00" + m.Item
		inside := m.Offset < s.until
		if !inside && !s.around[what] {
			from, to := max(m.Offset-pieceLead, s.until, s.at), min(m.Offset+pieceSize-pieceLead, end)
			if whole {
				from, to = 0, end
			}
			if to = min(to, from+int64(s.room)); to < m.End {
				continue // there is no room for the marker itself
			}
			s.pieces = append(s.pieces, Piece{At: from, Text: slices.Clone(s.kept[from-s.at : to-s.at]), Last: last && to == end})
			s.room -= int(to - from)
			s.until, inside = to, true
		}
		if s.around == nil {
			s.around = make(map[string]bool)
		}
		s.around[what] = s.around[what] || inside
		if inside && len(s.pieces) > 0 {
			at := &s.pieces[len(s.pieces)-1]
			if m.Offset >= at.At {
				at.Matches = append(at.Matches, m)
			}
		}
	}
}
