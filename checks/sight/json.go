package sight

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// jsonEscapes unwraps the escapes in strings of JSON and JavaScript: \uae40 with
// surrogate pairs, \u{ae40}, \x6b, \n, \/, \" and the like.
var jsonEscapes = unwrapper{
	name:    "json",
	lead:    '\\',
	applies: isScript,
	open:    func() decoder { return &jsonDecoder{} },
}

type jsonDecoder struct {
	held []byte // the beginning of an escape, at most twelve bytes
}

func (d *jsonDecoder) decode(out *unwrapped, p []byte) {
	for len(p) > 0 {
		if len(d.held) == 0 {
			i := bytes.IndexByte(p, '\\')
			if i < 0 {
				out.plain(p)
				return
			}
			out.plain(p[:i])
			p = p[i:]
		}
		d.held = append(d.held, p[0])
		p = p[1:]
		d.settle(out)
	}
}

func (d *jsonDecoder) end(out *unwrapped) {
	out.plain(d.held)
	d.held = d.held[:0]
}

// settle unwraps what is held if it is whole.
func (d *jsonDecoder) settle(out *unwrapped) {
	for len(d.held) > 0 {
		if d.held[0] != '\\' {
			// What is behind the first backslash is plain up to the next one.
			n := bytes.IndexByte(d.held, '\\')
			if n < 0 {
				n = len(d.held)
			}
			out.plain(d.held[:n])
			d.held = append(d.held[:0], d.held[n:]...)
			continue
		}
		n, text, ok := unescape(d.held)
		if n == 0 {
			return
		}
		if ok {
			out.form(d.held[:n], text)
		} else {
			out.plain(d.held[:n])
		}
		d.held = append(d.held[:0], d.held[n:]...)
	}
}

// simple are the escapes of one letter and what they stand for.
const (
	simple    = `"'/\` + "`" + `nrtbfv0`
	simpleFor = `"'/\` + "`" + "\n\r\t\b\f\v\x00"
)

// unescape reads the escape at the beginning of b, which is a backslash. It
// returns the length of the escape and its text, the length of what is none and
// not ok, or 0 if more bytes are needed to tell.
func unescape(b []byte) (n int, text string, ok bool) {
	if len(b) < 2 {
		return 0, "", false
	}
	if i := strings.IndexByte(simple, b[1]); i >= 0 {
		return 2, simpleFor[i : i+1], true
	}
	switch b[1] {
	case 'x':
		return number(b, 2, 2)
	case 'u':
		if len(b) > 2 && b[2] == '{' {
			return braced(b)
		}
		n, text, ok = number(b, 2, 4)
		if ok && text == "" {
			return surrogates(b)
		}
		return n, text, ok
	}
	return 1, "", false
}

// number reads an escape of so many hexadecimal digits from b[from:]. The text
// of half a surrogate pair is empty.
func number(b []byte, from, digits int) (n int, text string, ok bool) {
	for i := from; i < from+digits; i++ {
		if i == len(b) {
			return 0, "", false
		}
		if !isHex(b[i]) {
			return i, "", false
		}
	}
	n = from + digits
	r := hexadecimal(b[from:n])
	if utf16.IsSurrogate(r) {
		return n, "", true
	}
	return n, string(r), true
}

// braced reads \u{…} with up to six digits.
func braced(b []byte) (n int, text string, ok bool) {
	const first, last = 3, 9
	for i := first; i < len(b); i++ {
		if b[i] == '}' && i > first {
			if r := hexadecimal(b[first:i]); utf8.ValidRune(r) {
				return i + 1, string(r), true
			}
			return i + 1, "", false
		}
		if i == last || !isHex(b[i]) {
			return i, "", false
		}
	}
	return 0, "", false
}

// surrogates reads a pair of two escapes, of which the first is there. Half a
// pair is not unwrapped.
func surrogates(b []byte) (n int, text string, ok bool) {
	const half = len(`\ud83d`)
	high := hexadecimal(b[2:half])
	if high >= 0xdc00 {
		return half, "", false
	}
	for i, c := range []byte(`\u`) {
		if half+i == len(b) {
			return 0, "", false
		}
		if b[half+i] != c {
			return half, "", false
		}
	}
	if n, _, ok := number(b[half:], 2, 4); !ok {
		if n == 0 {
			return 0, "", false
		}
		return half, "", false
	}
	r := utf16.DecodeRune(high, hexadecimal(b[half+2:half+6]))
	if r == utf8.RuneError {
		return half, "", false
	}
	return 2 * half, string(r), true
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

// hexadecimal reads up to six digits.
func hexadecimal(digits []byte) rune {
	r, _ := strconv.ParseUint(string(digits), 16, 32) // the caller looked at the digits
	return rune(r)
}
