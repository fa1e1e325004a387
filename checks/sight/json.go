package sight

import (
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// simple are the escapes of one letter and what they stand for.
const (
	simple    = `"'/\` + "`" + `nrtbfv0`
	simpleFor = `"'/\` + "`" + "\n\r\t\b\f\v\x00"
)

// readEscape reads an escape in strings of JSON and JavaScript: \uae40 with
// surrogate pairs, \u{ae40}, \x6b, \n, \/, \" and the like.
func readEscape(text []byte, to []byte) (n int, _ []byte) {
	if len(text) < 2 {
		return 0, to
	}
	if i := strings.IndexByte(simple, text[1]); i >= 0 {
		return 2, append(to, simpleFor[i])
	}
	switch text[1] {
	case 'x':
		if r, ok := digits(text, 2, 2); ok {
			return 4, utf8.AppendRune(to, r)
		}
	case 'u':
		if len(text) > 2 && text[2] == '{' {
			return readBraced(text, to)
		}
		return readUnit(text, `\u`, to)
	}
	return 0, to
}

// readUnit reads a unit of UTF-16 behind a prefix, or two of a surrogate pair.
// Half a pair is not unwrapped.
func readUnit(text []byte, prefix string, to []byte) (n int, _ []byte) {
	const size = 4
	n = len(prefix) + size
	r, ok := digits(text, len(prefix), size)
	if !ok {
		return 0, to
	}
	if !utf16.IsSurrogate(r) {
		return n, utf8.AppendRune(to, r)
	}
	if len(text) < 2*n || string(text[n:n+len(prefix)]) != prefix {
		return 0, to
	}
	second, ok := digits(text, n+len(prefix), size)
	if r = utf16.DecodeRune(r, second); !ok || r == utf8.RuneError {
		return 0, to
	}
	return 2 * n, utf8.AppendRune(to, r)
}

// readBraced reads \u{…} with up to six digits.
func readBraced(text []byte, to []byte) (n int, _ []byte) {
	const first, last = 3, 9
	end := first
	for end < min(len(text), last) && isHex(text[end]) {
		end++
	}
	if end == first || end == len(text) || text[end] != '}' {
		return 0, to
	}
	r, ok := digits(text, first, end-first)
	if !ok || !utf8.ValidRune(r) {
		return 0, to
	}
	return end + 1, utf8.AppendRune(to, r)
}

// digits reads n hexadecimal digits of text[from:], at most six.
func digits(text []byte, from, n int) (rune, bool) {
	if len(text) < from+n {
		return 0, false
	}
	for _, c := range text[from : from+n] {
		if !isHex(c) {
			return 0, false
		}
	}
	r, err := strconv.ParseUint(string(text[from:from+n]), 16, 32)
	return rune(r), err == nil
}

func isHex(c byte) bool { return hexValues[c] != notInAlphabet }
