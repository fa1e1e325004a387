package sight

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// The names of what a text may differ in from a marker that it is.
const (
	nameForm       = "form"
	nameCase       = "case"
	nameCompatible = "compatible"
	nameSplit      = "split"
)

const (
	// wordLen is how many letters a single word of ASCII letters needs to count
	// in other case too: a person called Will is no "will".
	wordLen = 8
	// numberLen is how many digits a number needs to count when tags cut it:
	// <b>10</b><b>42</b> is no 1042.
	numberLen = 8
)

// variant is a declared marker as texts are compared with it.
type variant struct {
	text       string   // as declared
	single     string   // with white space as single spaces
	compatible string   // and in NFKC
	unescaped  string   // and with its own escapes unwrapped; "" if it has none
	own        []string // the kinds of its own escapes
}

func newVariant(text string) *variant {
	v := &variant{text: text, single: string(singleSpaced(nil, []byte(text)))}
	v.single = strings.Trim(v.single, " ")
	v.compatible = norm.NFKC.String(v.single)
	if u, kinds := unescaped(v.single); u != v.single && len(u) >= leastUnescaped {
		v.unescaped, v.own = u, kinds
	}
	return v
}

// differs says in what a text, single spaced, differs from the marker of which
// it has a pattern. It is not ok if it differs so much that it may be another
// word. A text out of which escapes were unwrapped may be the marker without its
// own escapes.
func (v *variant) differs(text []byte, escapes bool) (in []string, ok bool) {
	switch {
	case string(text) == v.single || escapes && string(text) == v.unescaped:
		return nil, true
	case string(text) == v.compatible:
		return []string{nameCompatible}, true
	case len(v.compatible) < wordLen && isLetters(v.compatible):
		return nil, false
	}
	other := string(text)
	switch {
	case strings.EqualFold(other, v.single) || escapes && strings.EqualFold(other, v.unescaped):
		return []string{nameCase}, true
	case strings.EqualFold(other, v.unescaped):
		return nil, false
	}
	return []string{nameCompatible, nameCase}, true
}

// mayBeCut reports whether tags may stand in the marker.
func (v *variant) mayBeCut() bool {
	return len(v.single) >= shortLen && (len(v.single) >= numberLen || strings.Trim(v.single, "0123456789") != "")
}

func isLetters(text string) bool {
	for i := range len(text) {
		if c := text[i] | 0x20; c < 'a' || c > 'z' {
			return false
		}
	}
	return true
}

// toLower turns ASCII letters to lower case.
func toLower(text string) string {
	b := []byte(text)
	for i, c := range b {
		b[i] = lower[c]
	}
	return string(b)
}

// singleSpaced appends text with every run of white space as one space.
func singleSpaced(to, text []byte) []byte {
	for i := 0; i < len(text); {
		if n := spaces(text[i:]); n > 0 {
			to = append(to, ' ')
			i += n
			continue
		}
		to = append(to, text[i])
		i++
	}
	return to
}

// spaces returns how many bytes of white space text begins with: that of ASCII,
// and of Unicode the no-break spaces, the ideographic one and those of a width.
func spaces(text []byte) int {
	n := 0
	for n < len(text) {
		switch c := text[n]; {
		case c == ' ' || '\t' <= c && c <= '\r':
			n++
		case c == 0xc2 || c == 0xe2 || c == 0xe3:
			switch r, size := utf8.DecodeRune(text[n:]); {
			case r == 0xa0 || 0x2000 <= r && r <= 0x200a || r == 0x2028 || r == 0x2029 || r == 0x202f || r == 0x205f || r == 0x3000:
				n += size
			default:
				return n
			}
		default:
			return n
		}
	}
	return n
}
