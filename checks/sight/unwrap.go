package sight

import (
	"cmp"
	"slices"
	"strings"
)

// unwrapper is one way in which text can be wrapped.
type unwrapper struct {
	name string // in Match.Wrapping
	// lead is the byte with which everything begins that there is to unwrap; 0
	// if there is no such byte. Where it does not occur nothing is decoded. It is
	// no letter or digit, so that a word ends before it in the wrapped text too.
	lead byte
	// applies reports whether text of that media type can be wrapped so.
	applies func(media string) bool
	// open returns a decoder for a new stream.
	open func() decoder
}

// unwrappers are all of them, in the order in which they are tried.
var unwrappers = []unwrapper{
	htmlReferences,
	jsonEscapes,
}

// decoder unwraps a stream of bytes. What it cannot decide yet it holds back;
// that must be bounded, and must not depend on how the bytes were cut.
type decoder interface {
	// decode appends what p unwraps to.
	decode(out *unwrapped, p []byte)
	// end appends what is held back as it stands. Decoding may go on.
	end(out *unwrapped)
}

// unwrapped collects what a decoder makes of its input, and where.
type unwrapped struct {
	text  []byte // since the last reset
	in    int64  // offset behind the last byte that was unwrapped
	out   int64  // offset behind the last byte of text
	forms []form // the last ones, in order
	shift int64  // in - out before the first of forms
}

// form is a place where unwrapping changed something.
type form struct {
	in, inEnd   int64
	out, outEnd int64
	hides       bool // it hid that a word begins behind it
}

// plain appends bytes that mean themselves.
func (u *unwrapped) plain(p []byte) {
	u.text = append(u.text, p...)
	u.in += int64(len(p))
	u.out += int64(len(p))
}

// form appends the text to which wrapped, which is not empty, unwraps.
func (u *unwrapped) form(wrapped []byte, text string) {
	f := form{in: u.in, out: u.out}
	// Of two bytes it may be no escape at all: CORP\tkim is a user of a domain.
	f.hides = len(wrapped) > 2 && isWord(wrapped[len(wrapped)-1])
	u.text = append(u.text, text...)
	u.in += int64(len(wrapped))
	u.out += int64(len(text))
	f.inEnd, f.outEnd = u.in, u.out
	u.forms = append(u.forms, f)
}

// pass counts n bytes that mean themselves without keeping them.
func (u *unwrapped) pass(n int) {
	u.in += int64(n)
	u.out += int64(n)
}

// forget drops the forms that end before an offset of the text.
func (u *unwrapped) forget(before int64) {
	n, _ := slices.BinarySearchFunc(u.forms, before, func(f form, at int64) int { return cmp.Compare(f.outEnd, at) })
	if n > 0 {
		u.shift = u.forms[n-1].inEnd - u.forms[n-1].outEnd
		u.forms = slices.Delete(u.forms, 0, n)
	}
}

// origin returns the input from which text[from:to] was unwrapped. It is not ok
// if the text stood there as it is. A text behind a form that hid its edge
// (\u000a before a name ends in a letter) counts as unwrapped as well.
func (u *unwrapped) origin(from, to int64) (in, inEnd int64, ok bool) {
	i, _ := slices.BinarySearchFunc(u.forms, from, func(f form, at int64) int { return cmp.Compare(f.outEnd, at) })
	shift := u.shift
	if i > 0 {
		shift = u.forms[i-1].inEnd - u.forms[i-1].outEnd
	}
	hidden := int64(-1)
	for ; i < len(u.forms) && u.forms[i].outEnd == from; i++ {
		shift = u.forms[i].inEnd - u.forms[i].outEnd
		if u.forms[i].hides {
			hidden, ok = u.forms[i].in, true
		}
	}
	in, inEnd = from+shift, to+shift
	if hidden >= 0 {
		in = hidden
	}
	for ; i < len(u.forms) && u.forms[i].out < to; i++ {
		f := u.forms[i]
		ok = true
		if f.out < from {
			in = f.in
		}
		if inEnd = to + f.inEnd - f.outEnd; f.outEnd > to {
			inEnd = f.inEnd
		}
	}
	return in, inEnd, ok
}

// unwrappersOf returns the ways in which text can be wrapped in a body.
func unwrappersOf(contentType string) []unwrapper {
	media, _, _ := strings.Cut(contentType, ";")
	media = strings.ToLower(strings.TrimSpace(media))
	var apply []unwrapper
	for _, u := range unwrappers {
		if u.applies(media) {
			apply = append(apply, u)
		}
	}
	return apply
}

// isScript reports whether strings of JSON or JavaScript may stand in text of a
// media type: in scripts themselves, in markup with inline scripts, and in plain
// text, as which many a service sends its JSON.
func isScript(media string) bool {
	return isMarkup(media) || media == "text/plain"
}

// isMarkup reports whether markup may stand in text of a media type: in
// documents, in scripts and data that carry fragments of them, and in anything
// that is not known to be something else.
func isMarkup(media string) bool {
	if media == "image/svg+xml" {
		return true
	}
	kind, subtype, _ := strings.Cut(media, "/")
	switch kind {
	case "image", "audio", "video", "font", "model":
		return false
	case "text":
		return subtype != "plain" && subtype != "css"
	case "application":
		return !slices.Contains(opaque, subtype)
	}
	return true
}

// opaque are the subtypes of application that carry no text.
var opaque = []string{"octet-stream", "pdf", "zip", "gzip", "x-gzip", "wasm", "font-woff", "vnd.ms-fontobject"}
