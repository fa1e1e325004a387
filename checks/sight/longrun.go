package sight

import "slices"

// longLen is how many characters make a run of base64 a long one: a body of its
// own, which may be longer than any block, such as a picture in a data: URL.
const longLen = 2 << 10

// longRun follows the runs of base64 in the bytes of a body, from their first
// character on. The runs of a few characters it leaves to the windows.
type longRun struct {
	n       int   // characters; 0 outside of a run
	from    int64 // offset of the first one
	line    int   // characters of this line
	slash   bool  // a backslash was the last byte
	escaped bool  // the run has slashes or line breaks in JSON's way
	values  []byte
	decoded []byte
	body    *Stream // nil until the run is long
}

// follow follows the runs through the next bytes of the body.
func (s *Stream) follow(p []byte, at int64) {
	r := &s.long
	const stride = 64 // as no run is long that has fewer characters
	for i := 0; i < len(p); {
		if r.n == 0 {
			if last := i + stride - 1; last < len(p) {
				if endsRun(p[last]) {
					i = last + 1
					continue
				}
				from := last
				for from > i && !endsRun(p[from-1]) {
					from--
				}
				i = from
			}
			if sixBits[p[i]] == notInAlphabet {
				i++
				continue
			}
			r.from = at + int64(i)
		}
		from := i
		for !r.slash && i < len(p) && sixBits[p[i]] != notInAlphabet {
			i++
		}
		s.feed(p[from:i])
		if i < len(p) {
			if !r.goesOn(p[i]) {
				s.endLong()
			}
			i++
		}
	}
}

// endsRun reports whether no run goes on over c.
func endsRun(c byte) bool {
	return sixBits[c] == notInAlphabet && c != '\\' && c != '\n' && c != '\r'
}

// goesOn takes a byte that is not of the alphabet, or one behind a backslash,
// and reports whether the run goes on behind it.
func (r *longRun) goesOn(c byte) bool {
	if r.slash {
		r.slash = false
		r.escaped = true
		switch c {
		case '/':
			r.values = append(r.values, sixBits['/'])
			r.n++
			r.line++
			return true
		case 'n', 'r':
			return r.breaks()
		}
		return false
	}
	switch c {
	case '\\':
		r.slash = true
		return r.n > 0
	case '\n', '\r':
		return r.breaks()
	}
	return false
}

// breaks ends a line, of which a run with lines has long ones. The second of two
// characters that end it finds none.
func (r *longRun) breaks() bool {
	long := r.line >= leastLine || r.line == 0 && r.n > 0
	r.line = 0
	return long
}

// feed takes the next characters of the run.
func (s *Stream) feed(p []byte) {
	const piece = 16 << 10
	r := &s.long
	for chunk := range slices.Chunk(p, piece) {
		r.n += len(chunk)
		r.line += len(chunk)
		r.values = values(r.values, chunk, &sixBits)
		if r.n < longLen {
			continue
		}
		if r.body == nil {
			if s.nested >= maxNested {
				r.values = r.values[:0]
				s.miss("what lies too deep in base64")
				continue
			}
			wrapping := slices.Clone(s.wrapping)
			if r.escaped {
				wrapping = append(wrapping, "json")
			}
			r.body = s.inside("", append(wrapping, "base64"), s.nested+1)
		}
		whole := len(r.values) / 4 * 4
		r.decoded = fromBase64(r.decoded[:0], r.values[:whole])
		r.body.write(r.decoded)
		r.values = append(r.values[:0], r.values[whole:]...)
	}
}

// endLong ends a run.
func (s *Stream) endLong() {
	r := &s.long
	if r.body != nil {
		r.body.write(fromBase64(nil, r.values))
		s.takeLong()
	}
	*r = longRun{values: r.values[:0], decoded: r.decoded[:0]}
}

// flushLong looks at the run so far as if it ended here.
func (s *Stream) flushLong() {
	r := &s.long
	if r.body == nil {
		return
	}
	kept := len(r.body.kept)
	r.body.kept = fromBase64(r.body.kept, r.values)
	s.takeLong()
	r.body.kept = r.body.kept[:kept]
}

// takeLong takes what is found in the run so far.
func (s *Stream) takeLong() {
	from := s.long.from
	s.long.body.flush()
	s.take(s.long.body, func(at int64) int64 { return from + at/3*4 })
}
