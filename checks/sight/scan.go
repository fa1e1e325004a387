package sight

import (
	"bytes"
	"cmp"
	"slices"

	"notmine/checks/marker"
)

// scanner searches the text of one layer. A marker is judged when as many bytes
// behind its first one are there as any marker needs; until then it is held
// back. So it makes no difference how the text was cut into chunks.
type scanner struct {
	finder *Finder
	found  finding

	held    []byte // the last bytes, at most finder.reach, not yet judged as beginnings
	at      int64  // offset of the first one held
	before  byte   // the byte in front of it; 0 at the beginning
	covered int64  // how far the declared markers reach that were found so far
	hits    []hit  // kept for its memory
}

// finding is told what a scanner finds.
type finding interface {
	canary(span)   // what has a canary's form, whole or cut short
	declared(span) // a declared marker
}

// span is a piece of a layer's text.
type span struct {
	from, to int64
	text     []byte // valid during the call only
}

// hit is a declared marker in the block that is judged.
type hit struct{ from, to int }

// write searches the text that follows. It runs over p in place; only where p
// joins what was held are bytes put together.
func (s *scanner) write(p []byte) {
	const block = 32 << 10 // bounds the hits of one block
	for len(p) > block {
		s.writeBlock(p[:block])
		p = p[block:]
	}
	s.writeBlock(p)
}

func (s *scanner) writeBlock(p []byte) {
	reach := s.finder.reach
	if len(p) <= 2*reach {
		s.held = append(s.held, p...)
		if n := len(s.held) - reach; n > 0 {
			s.covered = s.judge(s.held, s.before, s.at, n)
			s.drop(n)
		}
		return
	}
	n := len(s.held)
	s.held = append(s.held, p[:reach]...)
	s.covered = s.judge(s.held, s.before, s.at, n)
	if n > 0 {
		s.before = s.held[n-1]
	}
	s.at += int64(n)

	n = len(p) - reach
	s.covered = s.judge(p, s.before, s.at, n)
	s.before = p[n-1]
	s.at += int64(n)
	s.held = append(s.held[:0], p[n:]...)
}

// skip moves over text in which nothing has to be found, and keeps its end for
// the neighbourhood of what follows.
func (s *scanner) skip(p []byte) {
	reach := s.finder.reach
	if len(p) > reach {
		n := len(p) - reach
		s.at += int64(len(s.held) + n)
		s.before = p[n-1]
		s.held = append(s.held[:0], p[n:]...)
		return
	}
	s.held = append(s.held, p...)
	if n := len(s.held) - reach; n > 0 {
		s.drop(n)
	}
}

// flush judges what is held back as if the text ended here, and goes on holding
// it back.
func (s *scanner) flush() {
	s.judge(s.held, s.before, s.at, len(s.held))
}

// drop forgets the first n bytes held.
func (s *scanner) drop(n int) {
	s.before = s.held[n-1]
	s.at += int64(n)
	s.held = append(s.held[:0], s.held[n:]...)
}

// judge reports the markers that begin in the first n bytes of b, which stands
// at offset at behind the byte before, and returns how far declared markers
// reach now.
func (s *scanner) judge(b []byte, before byte, at int64, n int) int64 {
	s.judgeCanaries(b, at, n)
	if s.finder.declared.heads == nil {
		return 0
	}
	return s.judgeDeclared(b, before, at, n)
}

// judgeCanaries reports whole canaries and beginnings of canaries.
func (s *scanner) judgeCanaries(b []byte, at int64, n int) {
	lower := marker.CanaryPrefix[0]
	upper := lower - 'a' + 'A'
	nextLower, nextUpper := index(b, 0, n, lower), index(b, 0, n, upper)
	for {
		i := min(nextLower, nextUpper)
		if i >= n {
			return
		}
		if i == nextLower {
			nextLower = index(b, i+1, n, lower)
		} else {
			nextUpper = index(b, i+1, n, upper)
		}
		if size := canaryRun(b[i:]); size >= marker.CutLen {
			s.found.canary(span{from: at + int64(i), to: at + int64(i+size), text: b[i : i+size]})
		}
	}
}

// index returns where c stands next in b[from:n], or n.
func index(b []byte, from, n int, c byte) int {
	if i := bytes.IndexByte(b[from:n], c); i >= 0 {
		return from + i
	}
	return n
}

// canaryRun returns how many bytes at the beginning of b look like a canary.
func canaryRun(b []byte) int {
	const prefix = marker.CanaryPrefix
	if len(b) < marker.CutLen || b[1]|0x20 != prefix[1] || b[2]|0x20 != prefix[2] {
		return 0
	}
	n := len(prefix)
	for n < min(len(b), marker.CanaryLen) && marker.InAlphabet(b[n]) {
		n++
	}
	return n
}

// judgeDeclared reports the declared markers that no longer one covers.
func (s *scanner) judgeDeclared(b []byte, before byte, at int64, n int) int64 {
	d := s.finder.declared
	s.hits = s.hits[:0]
	d.heads.Walk(b[:min(len(b), n+headLen-1)], func(last, size, pattern int64) bool {
		if from := int(last - size + 1); from < n {
			if long := d.groups[pattern].at(b, from, before); long > 0 {
				s.hits = append(s.hits, hit{from, from + long})
			}
		}
		return true
	})
	slices.SortFunc(s.hits, func(x, y hit) int {
		return cmp.Or(cmp.Compare(x.from, y.from), cmp.Compare(y.to, x.to))
	})
	covered := s.covered
	for _, h := range s.hits {
		from, to := at+int64(h.from), at+int64(h.to)
		if to <= covered {
			continue
		}
		covered = to
		s.found.declared(span{from: from, to: to, text: b[h.from:h.to]})
	}
	return covered
}
