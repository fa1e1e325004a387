package sight

import (
	"bytes"
	"mime"
	"strings"

	"golang.org/x/text/encoding/htmlindex"
)

// mail unwraps what mail adds: quoted-printable (RFC 2045, section 6.7) and
// encoded words (RFC 2047). They are apart from the other escapes because an
// equals sign stands before many a value that is none.
var mail = &layer{show: forms{nextEquals, readMail}.show, inPlace: true, light: true}

// maxWord bounds an encoded word. The standard allows 75 bytes; many write more.
const maxWord = 1 << 10

func nextEquals(text []byte, from int) int {
	if i := bytes.IndexByte(text[from:], '='); i >= 0 {
		return from + i
	}
	return len(text)
}

func readMail(text []byte, at int, to []byte) (n int, kind string, _ []byte) {
	whole := text
	text = text[at:]
	if len(text) < 2 {
		return 0, "", to
	}
	switch c := text[1]; {
	case c == '\n':
		return 2, "quoted-printable", to
	case c == '\r':
		if len(text) > 2 && text[2] == '\n' {
			return 3, "quoted-printable", to
		}
	case c == '?':
		if n, to = readWords(text, to); n > 0 {
			return n, "mime", to
		}
	case isHex(c):
		if r, ok := digits(text, 1, 2); ok && (standsQuoted(r) || isQuoted(whole, at+3) || at >= 3 && isQuoted(whole, at-3)) {
			return 3, "quoted-printable", append(to, byte(r))
		}
	}
	return 0, "", to
}

// standsQuoted reports whether quoted-printable writes a byte so among others
// that mean themselves. All other bytes count beside each other: =25 alone is
// the beginning of many a number.
func standsQuoted(r rune) bool { return r == '=' || r == ' ' || r == '\t' || r == '.' }

// isQuoted reports whether a byte in quoted-printable stands at a place.
func isQuoted(text []byte, at int) bool {
	return len(text) >= at+3 && text[at] == '=' && isHex(text[at+1]) && isHex(text[at+2])
}

// readWords reads encoded words that only white space parts. Many programs cut
// a text between the bytes of a character, so that the bytes of all words with
// one character set are joined first.
func readWords(text []byte, to []byte) (n int, _ []byte) {
	var charset string
	var joined []byte
	for n < maxWord {
		blank := n + spaces(text[n:])
		size, set, raw := readWord(text[blank:])
		if size == 0 {
			break
		}
		if set != charset {
			to = append(to, inUTF8(charset, joined)...)
			charset, joined = set, nil
		}
		joined = append(joined, raw...)
		n = blank + size
	}
	return n, append(to, inUTF8(charset, joined)...)
}

// readWord reads one encoded word.
func readWord(text []byte) (n int, charset string, raw []byte) {
	text = text[:min(len(text), maxWord)]
	rest, ok := bytes.CutPrefix(text, []byte("=?"))
	if !ok {
		return 0, "", nil
	}
	set, rest, ok := bytes.Cut(rest, []byte("?"))
	const maxCharset = 40
	if !ok || len(set) > maxCharset || len(rest) < 2 || rest[1] != '?' {
		return 0, "", nil
	}
	coding := rest[0] | 0x20
	content, rest, ok := bytes.Cut(rest[2:], []byte("?="))
	if !ok || coding != 'b' && coding != 'q' {
		return 0, "", nil
	}
	// As if it were of a character set in which every byte is a character, since
	// the bytes of several words belong together.
	decoder := mime.WordDecoder{}
	decoded, err := decoder.Decode("=?iso-8859-1?" + string(coding) + "?" + string(content) + "?=")
	if err != nil {
		return 0, "", nil
	}
	for _, r := range decoded {
		raw = append(raw, byte(r))
	}
	name, _, _ := strings.Cut(string(set), "*") // the language of RFC 2231
	return len(text) - len(rest), strings.ToLower(name), raw
}

// inUTF8 decodes bytes of a character set; of an unknown one they stay.
func inUTF8(charset string, raw []byte) []byte {
	set, err := htmlindex.Get(charset)
	if err != nil {
		return raw
	}
	decoded, err := set.NewDecoder().Bytes(raw)
	if err != nil {
		return raw
	}
	return decoded
}
