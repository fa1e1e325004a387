package sight

import (
	"bytes"
	"slices"
	"unicode/utf16"
	"unicode/utf8"
)

// utf16s shows text in UTF-16, with or without a byte order mark, of either byte
// order and beginning at any byte, as it stands in the tags of a picture.
var utf16s = &layer{show: showUTF16, text: true}

const (
	leastUnits = 8 // units of UTF-16 in a row that count as text
	// fewUnits are enough where zeros end the text, or there is nothing else.
	fewUnits = 3
	// manyUnits may be of several scripts.
	manyUnits = 8
	// surelyUnits in a row are text without doubt.
	surelyUnits = 64
)

// wide is a run of text in UTF-16.
type wide struct {
	run
	big bool // byte order
}

func showUTF16(w *window, to, of *view) {
	if of.valid && bytes.IndexByte(of.text, 0) < 0 {
		return
	}
	w.wide = shortUnits(w.wide[:0], of.text)
	for parity := range 2 {
		w.wide = longUnits(w.wide, of.text, parity, false)
		w.wide = longUnits(w.wide, of.text, parity, true)
	}
	w.wide = slices.DeleteFunc(w.wide, func(r wide) bool { return isASCII(of.text[r.from:r.to]) })
	// Read in the wrong order or from the wrong byte, text often is text as well,
	// but not for long.
	w.sure = w.sure[:0]
	for _, r := range w.wide {
		if r.to-r.from >= 2*surelyUnits {
			w.sure = append(w.sure, r)
		}
	}
	for _, r := range w.wide {
		const muchLonger = 4
		wrong := slices.ContainsFunc(w.sure, func(t wide) bool {
			return t.from < r.to && r.from < t.to && t.to-t.from >= muchLonger*(r.to-r.from)
		})
		if wrong || !of.changed(r.from, r.to) || len(to.text) > w.most {
			continue
		}
		to.skip(r.from, r.from)
		r.decode(to, of.text)
	}
}

// longUnits appends the runs of at least leastUnits units that are likely in
// text. It looks at every leastUnits-th unit only, until one is.
func longUnits(to []wide, text []byte, parity int, big bool) []wide {
	const step = 2 * leastUnits
	for i := parity + step - 2; i+1 < len(text); {
		if unitScript(text, i, big) == noScript {
			i += step
			continue
		}
		r := wide{run{i, i + 2}, big}
		var scripts byte
		for r.from-2 >= max(parity, i-step+2) && unitScript(text, r.from-2, big) != noScript {
			r.from -= 2
		}
		for r.to = r.from; r.to+1 < len(text); r.to += 2 {
			s := unitScript(text, r.to, big)
			if s == noScript || (scripts|s)&(korean16|ideographs16) == korean16|ideographs16 && r.to-r.from < 2*manyUnits {
				break
			}
			scripts |= s
		}
		if r.to-r.from >= step {
			to = append(to, r)
		}
		// What a short run of one script broke off at may begin one of another.
		i = r.to + step - 2
	}
	return to
}

// shortUnits appends the runs of at least fewUnits units that zeros end, or that
// are all there is of a text or between two gaps.
func shortUnits(to []wide, text []byte) []wide {
	for at := 0; ; at++ {
		i := bytes.Index(text[at:], []byte{0, 0})
		if i < 0 {
			break
		}
		at += i
		for _, big := range []bool{false, true} {
			from := at
			for from >= 2 && at-from < 2*leastUnits && unitScript(text, from-2, big) != noScript {
				from -= 2
			}
			if units := (at - from) / 2; units >= fewUnits && units < leastUnits {
				to = append(to, wide{run{from, at}, big})
			}
		}
	}
	for from := 0; from < len(text); {
		end := len(text)
		if i := bytes.IndexByte(text[from:], gap); i >= 0 {
			end = from + i
		}
		if n := (end - from) / 2; n >= fewUnits && n < leastUnits && (end-from)%2 == 0 {
			for _, big := range []bool{false, true} {
				all := true
				for i := from; i < end; i += 2 {
					all = all && unitScript(text, i, big) != noScript
				}
				if all {
					to = append(to, wide{run{from, end}, big})
				}
			}
		}
		from = end + 1
	}
	return to
}

// unitScript returns the script of the unit at a place.
func unitScript(text []byte, at int, big bool) byte {
	if big {
		return scriptOf(text[at], text[at+1])
	}
	return scriptOf(text[at+1], text[at])
}

// isASCII reports whether a run is text in bytes that only looks like units.
func isASCII(text []byte) bool {
	return !slices.ContainsFunc(text, func(c byte) bool { return c >= 0x80 || isControl[c] })
}

// The scripts of a unit, of which short runs have one: random bytes have many.
const (
	noScript     = 0
	korean16     = 1
	ideographs16 = 2 // with kana
	anyScript    = 4
)

// scriptOf returns the script to which a unit of UTF-16 belongs that is likely
// in text: Latin, Greek and Cyrillic letters, punctuation and the compatibility
// forms are in all of them.
func scriptOf(high, low byte) byte {
	if high == 0 && (low < ' ' && (low < '\t' || low > '\r') || low == 0x7f) || high == 0xff && low >= 0xf0 {
		return noScript
	}
	return scripts16[high]
}

var scripts16 = func() (t [256]byte) {
	for i := range t {
		switch {
		case i <= 0x04, i == 0x20, i == 0x21, i == 0x26, 0xd8 <= i && i <= 0xdf, i == 0xff:
			t[i] = anyScript
		case i == 0x11, i == 0x31, 0xac <= i && i <= 0xd7:
			t[i] = korean16
		case i == 0x30, 0x4e <= i && i <= 0x9f:
			t[i] = ideographs16
		}
	}
	return t
}()

func (r wide) decode(to *view, text []byte) {
	var character [utf8.UTFMax]byte
	for i := r.from; i+1 < r.to; {
		u, n := r.unit(text, i), 2
		if utf16.IsSurrogate(u) && i+3 < r.to {
			if pair := utf16.DecodeRune(u, r.unit(text, i+2)); pair != utf8.RuneError {
				u, n = pair, 4
			}
		}
		to.add("utf-16", i, n, utf8.AppendRune(character[:0], u))
		i += n
	}
}

func (r wide) unit(text []byte, i int) rune {
	if r.big {
		return rune(text[i])<<8 | rune(text[i+1])
	}
	return rune(text[i+1])<<8 | rune(text[i])
}
