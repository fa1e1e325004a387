package sight

import "unicode/utf8"

// layer is a way in which text can be wrapped.
type layer struct {
	// show appends to a view what text unwraps to. A view without pieces shows
	// nothing new.
	show func(w *window, to, of *view)
	// inPlace says that the view is the text itself with some forms replaced.
	inPlace bool
	// text says that only UTF-8 comes out: no character sets are tried in it.
	text bool
	// light says that it is tried in shallow views too.
	light bool
	// last says that nothing is unwrapped any more out of what comes out.
	last bool
	// shallow says that no runs and no character sets are tried in it.
	shallow bool
}

// layers are all of them, in the order in which they are tried.
var layers []*layer

func init() { // since they find containers, in which they are tried again
	layers = []*layer{escapes, mail, folding, base64Aligned, base64Shifted, hexadecimals, utf16s, eucKR, shiftJIS}
}

// forms is a layer that replaces what stands in place: references, escapes.
type forms struct {
	// next returns where in text[from:] a form may begin, len(text) for nowhere.
	next func(text []byte, from int) int
	// read reads a form at the beginning of text[at:]. It returns its length and
	// its kind, and appends what it stands for. What is none has a length all the
	// same, behind which to go on, and no kind.
	read func(text []byte, at int, to []byte) (n int, kind string, _ []byte)
}

// show copies the neighbourhood of all forms and leaves out the rest: what is
// farther away from any form than a marker is long is the same as outside. A run
// of base64 with a form in it is copied whole, for it may be a container.
func (f forms) show(w *window, to, of *view) {
	text, near := of.text, w.near
	copied := 0 // how far text has been copied or left out
	end := 0    // of the last form
	behind := func(end int) int { return min(len(text), end+max(near, runBehind(text[end:]))) }
	for at := f.next(text, 0); at < len(text); {
		if !of.valid && !amidText(text, at) {
			at = f.next(text, at+1)
			continue
		}
		n, kind, unwrapped := f.read(text, at, w.form[:0])
		w.form = unwrapped
		if kind == "" {
			at = f.next(text, at+max(n, 1))
			continue
		}
		if from := at - max(min(near, at-end), runBefore(text[end:at])); end == 0 && from > 0 || end > 0 && from > behind(end) {
			if end > 0 {
				to.text = append(to.text, text[copied:behind(end)]...)
				copied = behind(end)
			}
			to.skip(copied, from)
			copied = from
		}
		to.text = append(to.text, text[copied:at]...)
		to.add(kind, at, n, unwrapped)
		copied, end = at+n, at+n
		if len(to.text) > w.most {
			break
		}
		at = f.next(text, end)
	}
	if end > 0 {
		to.text = append(to.text, text[copied:behind(end)]...)
	}
}

// runBefore and runBehind return how many bytes of base64, less than a long run
// has, text ends and begins with.
func runBefore(text []byte) int {
	n := 0
	for n < min(len(text), longLen) && sixBits[text[len(text)-1-n]] != notInAlphabet {
		n++
	}
	return n
}

func runBehind(text []byte) int {
	n := 0
	for n < min(len(text), longLen) && sixBits[text[n]] != notInAlphabet {
		n++
	}
	return n
}

// amidText reports whether what looks like a form at a place stands in text. In
// random bytes there is much that looks so, but with few letters beside it.
func amidText(text []byte, at int) bool {
	const before, behind, least = 6, 10, 8
	n := textBehind(text[at:], behind)
	if n >= least || at+n == len(text) {
		return true
	}
	n += textBefore(text[:at], before)
	return n >= least
}

// textBehind returns how many bytes of text b begins with, up to about most.
func textBehind(b []byte, most int) int {
	n := 0
	for n < min(len(b), most) && !isControl[b[n]] {
		size := 1
		if b[n] >= utf8.RuneSelf {
			if _, size = utf8.DecodeRune(b[n:]); size == 1 {
				break
			}
		}
		n += size
	}
	return n
}

// textBefore returns how many bytes of text b ends with, up to about most.
func textBefore(b []byte, most int) int {
	n := 0
	for n < min(len(b), most) && !isControl[b[len(b)-1-n]] {
		size := 1
		if b[len(b)-1-n] >= utf8.RuneSelf {
			if _, size = utf8.DecodeLastRune(b[:len(b)-n]); size == 1 {
				break
			}
		}
		n += size
	}
	return n
}
