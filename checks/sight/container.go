package sight

import (
	"fmt"
	"slices"
)

// maxNested is how many containers may stand inside each other, and runs of
// base64 with them.
const maxNested = 6

// container is a body that something opens, which has to be there as a whole.
type container struct {
	head   []byte // the first bytes, until the kind is known
	known  bool
	opener *opener // nil if nothing opens the body
	body   []byte
	opened int     // bytes that were there when it was opened last
	torn   bool    // it is too long
	found  []Match // in the bytes as they are
}

// waits reports whether matches in the bytes as they are have to wait.
func (c *container) waits() bool { return c.opener != nil }

// hold keeps the next bytes of a body that something opens.
func (s *Stream) hold(p []byte) {
	c := &s.held
	if !c.known {
		n := min(len(p), headOfBody-len(c.head))
		c.head = append(c.head, p[:n]...)
		if len(c.head) < headOfBody {
			return
		}
		s.know()
		p = p[n:]
	}
	if c.opener == nil || c.torn {
		return
	}
	room := s.finder.MaxUnpacked - int64(len(c.body))
	if int64(len(p)) > room {
		p = p[:room]
		c.torn = true
		s.miss(fmt.Sprintf("what lies behind the first %d bytes of a %s body", s.finder.MaxUnpacked, c.opener.name))
	}
	c.body = append(c.body, p...)
}

// know decides from its head what opens the body.
func (s *Stream) know() {
	c := &s.held
	c.known = true
	c.opener = openerOf(c.head, s.media)
	if c.opener != nil {
		c.body = c.head
	}
	c.head = nil
}

// guess decides for a body that may end before its head is whole.
func (s *Stream) guess() {
	if c := &s.held; !c.known {
		c.opener = openerOf(c.head, s.media)
	}
}

// openHeld opens the body as far as it is there, unless it has been already.
func (s *Stream) openHeld() {
	c := &s.held
	body := c.body
	if !c.known {
		body = c.head
	}
	if c.opener != nil && len(body) > c.opened {
		c.opened = len(body)
		s.unpack(c.opener, body, s.wrapping, 0)
	}
	s.release()
}

// release gives out what was found in the bytes as they are, but for what was
// found inside: one place gives one match.
func (s *Stream) release() {
	for _, m := range s.held.found {
		inside := slices.ContainsFunc(s.found, func(f Match) bool {
			return f.Owner == m.Owner && f.Item == m.Item && f.Entry.ID == m.Entry.ID && len(f.Wrapping) > len(s.wrapping)
		})
		if !inside {
			s.found = append(s.found, m)
		}
	}
	s.held.found = nil
}

// unpack looks at what a container holds. Its wrapping is that of what is around
// it; at is where it stands in the body.
func (s *Stream) unpack(o *opener, p []byte, wrapping []string, at int64) {
	if s.nested >= maxNested {
		s.miss(fmt.Sprintf("what lies more than %d deep in archives", maxNested))
		return
	}
	wrapping = slices.Clone(wrapping)
	here := func(int64) int64 { return at }
	o.open(p, &inside{
		finder: s.finder,
		budget: s.budget,
		member: func(name, media string, p []byte) {
			if name == "" {
				name = o.name
			}
			in := s.inside(media, append(slices.Clip(wrapping), name), s.nested+1)
			in.whole(p)
			s.take(in, here)
		},
		match: func(m Match) {
			m.Wrapping = append(slices.Clip(wrapping), m.Wrapping...)
			m.Offset, m.End = at, 0
			s.takeMatch(m)
		},
		missed: s.miss,
	})
}

// open opens what a run of a view was decoded to, which is in[from:], if that is
// a container. One that the window cuts off is left to the stream, which follows
// long runs.
func (w *window) open(in *view, r run, from int) {
	of := in.outer
	if r.to < len(of.text) && of.text[r.to] == gap && of.outer != nil && of.layer.inPlace {
		return
	}
	p := in.text[from : len(in.text)-1] // without the gap behind it
	o := openerOf(p[:min(len(p), headOfBody)], "")
	if o == nil {
		return
	}
	var kinds [][]string
	at, end := from, from+len(p)
	body := in
	for ; body.outer != nil; body = body.outer {
		var kind []string
		at, end, kind, _ = body.origin(at, end, nil)
		kinds = append(kinds, kind)
	}
	const cut = 4 // characters of base64 that are decoded together
	last := w.to == len(body.text)
	if at < w.from || at >= w.to || !last && end > len(body.text)-cut {
		return // another window's, or the stream's
	}
	wrapping := slices.Clone(w.stream.wrapping)
	for _, kind := range slices.Backward(kinds) {
		wrapping = append(wrapping, kind...)
	}
	w.stream.unpack(o, p, wrapping, w.at+int64(at))
}
