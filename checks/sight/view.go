package sight

import (
	"slices"
	"sort"
)

// gap stands in a view where it leaves out what is the same outside. It is no
// part of any marker.
const gap = 0x03

// view is a text as it is seen through one wrapping more than the text outside.
type view struct {
	outer *view // nil for the body itself
	layer *layer
	depth int
	// shallow says that no runs and no character sets are tried in it.
	shallow bool
	text    []byte
	pieces  []piece // where text is not the same as outside, in order
	runs    []run   // of base64, once sought
	sought  bool
	valid   bool // text is UTF-8, but for its gaps and their edges
}

// piece is a place of a view at which unwrapping changed something.
type piece struct {
	in, inEnd   int // in the text outside
	out, outEnd int
	// Of a piece of equal parts these are their lengths, of one that has to be
	// taken as a whole 0.
	inPart, outPart int
	even            bool   // or its parts are so many that places are told in proportion
	kind            string // "" for a gap
}

// add appends the text to which so many bytes at in unwrap. Pieces of equal
// parts beside each other become one.
func (v *view) add(kind string, in, n int, text []byte) {
	out := len(v.text)
	v.text = append(v.text, text...)
	if k := len(v.pieces) - 1; k >= 0 {
		last := &v.pieces[k]
		if last.kind == kind && last.inEnd == in && last.outEnd == out && last.inPart == n && last.outPart == len(text) {
			last.inEnd, last.outEnd = in+n, len(v.text)
			return
		}
	}
	v.pieces = append(v.pieces, piece{
		in: in, inEnd: in + n, out: out, outEnd: len(v.text), inPart: n, outPart: len(text), kind: kind,
	})
}

// skip appends a gap for what stands outside in from–to.
func (v *view) skip(from, to int) {
	out := len(v.text)
	v.text = append(v.text, gap)
	v.pieces = append(v.pieces, piece{in: from, inEnd: to, out: out, outEnd: out + 1})
}

// after returns the index of the first piece that ends behind at.
func (v *view) after(at int) int {
	return sort.Search(len(v.pieces), func(i int) bool { return v.pieces[i].outEnd > at })
}

// origin returns the place outside from which text[from:to] was unwrapped, and
// appends the kinds of the pieces in it. It is not ok if the text stood there as
// it is. A text behind a piece that hid its edge (\u000a before a name ends in a
// letter) counts as unwrapped as well.
func (v *view) origin(from, to int, kinds []string) (in, inEnd int, _ []string, ok bool) {
	i := v.after(from)
	shift := 0
	note := func(p *piece) {
		ok = true
		if !slices.Contains(kinds, p.kind) {
			kinds = append(kinds, p.kind)
		}
	}
	hidden := -1
	if i > 0 {
		before := &v.pieces[i-1]
		shift = before.inEnd - before.outEnd
		if before.outEnd == from && v.hides(before) {
			note(before)
			hidden = before.inEnd - before.inPart
		}
	}
	in, inEnd = from+shift, to+shift
	if hidden >= 0 {
		in = hidden
	}
	for first := true; i < len(v.pieces) && v.pieces[i].out < to; i++ {
		p := &v.pieces[i]
		if p.kind == "" || p.out == p.outEnd && p.out <= from {
			continue
		}
		note(p)
		if first && p.out <= from {
			in = p.start(from)
		}
		first = false
		inEnd = p.end(to)
	}
	return in, inEnd, kinds, ok
}

// start returns where outside that stands of which the piece shows what is at at.
func (p *piece) start(at int) int {
	at -= p.out
	switch {
	case p.even:
		return p.in + at*(p.inEnd-p.in)/(p.outEnd-p.out)
	case p.outPart > 0:
		return p.in + at/p.outPart*p.inPart
	}
	return p.in
}

// end returns where outside that ends which the piece shows before at.
func (p *piece) end(at int) int {
	if at >= p.outEnd {
		return p.inEnd + at - p.outEnd
	}
	at -= p.out
	switch {
	case p.even:
		return p.in + (at*(p.inEnd-p.in)+p.outEnd-p.out-1)/(p.outEnd-p.out)
	case p.outPart > 0:
		return p.in + (at+p.outPart-1)/p.outPart*p.inPart
	}
	return p.inEnd
}

// hides reports whether a piece hid that a word begins behind it: it ends in a
// letter or a digit outside. One of two bytes may be no escape at all
// (CORP\nkim is a user of a domain); it counts in the strings of the body itself.
func (v *view) hides(p *piece) bool {
	if !v.layer.inPlace || p.kind == "" || p.out == p.outEnd || !isWord(v.outer.text[p.inEnd-1]) {
		return false
	}
	if p.inPart != 2 {
		return true
	}
	const near = 1 << 10
	return v.outer.outer == nil && slices.Contains(v.outer.text[max(0, p.in-near):p.in], '"')
}

// shows reports whether it shows anything that is not the same outside.
func (v *view) shows() bool {
	return slices.ContainsFunc(v.pieces, func(p piece) bool { return p.kind != "" })
}

// unescapes reports whether escapes were unwrapped on the way to it.
func (v *view) unescapes() bool {
	for ; v.outer != nil; v = v.outer {
		if v.layer == escapes {
			return true
		}
	}
	return false
}

// changed reports whether v shows anything of text[from:to] otherwise than the
// text outside does. What it does not is looked at there.
func (v *view) changed(from, to int) bool {
	if v.outer == nil || !v.layer.inPlace {
		return true
	}
	for i := v.after(from); i < len(v.pieces) && v.pieces[i].out < to; i++ {
		if v.pieces[i].kind != "" {
			return true
		}
	}
	return false
}
