package sight

import (
	"bytes"
	"slices"
)

// escapes unwraps what stands in place and begins with a byte that tells its
// kind, all kinds at once: the reader of HTML, JSON or an address does not mind
// the others, and all together take one view for each depth, not one for each
// order of kinds. A marker that has such a form in its own text is known without
// it as well, see [variant].
var escapes = &layer{show: forms{nextEscape, readAnyEscape}.show, inPlace: true, light: true}

const escapeLeads = "&\\%\x0e"

func nextEscape(text []byte, from int) int {
	for i, c := range text[from:] {
		if escapeLead[c] {
			return from + i
		}
	}
	return len(text)
}

var escapeLead = func() (t [256]bool) {
	for i := range len(escapeLeads) {
		t[escapeLeads[i]] = true
	}
	return t
}()

func readAnyEscape(text []byte, at int, to []byte) (n int, kind string, _ []byte) {
	text = text[at:]
	switch text[0] {
	case '&':
		n, to = readReference(text, to)
		kind = "html"
	case '\\':
		n, to = readEscape(text, to)
		kind = "json"
	case '%':
		n, to = readPercent(text, to)
		kind = "percent"
	case shiftOut:
		n, to = readShifted(text, to)
		kind = "iso-2022-kr"
	}
	if n == 0 {
		return 0, "", to
	}
	return n, kind, to
}

// unescaped unwraps the escapes of a text once, and tells their kinds.
func unescaped(text string) (_ string, kinds []string) {
	b := []byte(text)
	var to []byte
	for at := 0; at < len(b); {
		next := nextEscape(b, at)
		to = append(to, b[at:next]...)
		if at = next; at == len(b) {
			break
		}
		n, kind, with := readAnyEscape(b, at, to)
		if to = with; kind == "" {
			to = append(to, b[at])
			n = 1
		} else if !slices.Contains(kinds, kind) {
			kinds = append(kinds, kind)
		}
		at += n
	}
	single := singleSpaced(nil, to)
	return string(bytes.Trim(single, " ")), kinds
}
