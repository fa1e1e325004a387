package sight

import (
	"bytes"
	"strconv"
)

// The values of a PDF file (ISO 32000-1, 7.3): nil, bool, float64 and these.
type (
	pdfName    string
	pdfString  []byte
	pdfArray   []any
	pdfDict    map[pdfName]any
	pdfRef     int    // number of an object; generations are not told apart
	pdfKeyword string // obj, stream, Tj, and what is no value
)

const (
	// maxPDFValues bounds the memory of all values that are read from one file
	// to some ten megabytes.
	maxPDFValues = 500_000
	// maxPDFDepth is how deep arrays and dictionaries may stand in each other.
	maxPDFDepth = 32
)

// pdfLexer reads values one behind the other. Each byte is read once, so that
// the time is bounded by the length.
type pdfLexer struct {
	p      []byte
	at     int
	values *int // how many more may be read in the file
}

// value reads the next value. It is not ok at the end, and when too many values
// were read.
func (l *pdfLexer) value() (v any, ok bool) { return l.nested(0) }

func (l *pdfLexer) nested(depth int) (v any, ok bool) {
	l.skipSpace()
	if l.at >= len(l.p) || *l.values == 0 {
		return nil, false
	}
	*l.values--
	switch c := l.p[l.at]; c {
	case '/':
		return l.name(), true
	case '(':
		return l.literal(), true
	case '<':
		if l.has("<<") {
			l.at += 2
			return l.dict(depth + 1)
		}
		return l.hex(), true
	case '[':
		l.at++
		return l.array(depth + 1)
	case ']', '{', '}', ')':
		l.at++
		return pdfKeyword(c), true
	case '>':
		l.at++
		if l.at < len(l.p) && l.p[l.at] == '>' {
			l.at++
			return pdfKeyword(">>"), true
		}
		return pdfKeyword(">"), true
	}
	return l.word(), true
}

// array reads up to the closing bracket. Two numbers and an R are a reference.
func (l *pdfLexer) array(depth int) (any, bool) {
	var a pdfArray
	for {
		v, ok := l.inner(depth)
		switch {
		case !ok || v == pdfKeyword("]"):
			return a, ok
		case v == pdfKeyword("R") && len(a) >= 2:
			if n, isNumber := a[len(a)-2].(float64); isNumber {
				a = append(a[:len(a)-2], pdfRef(n))
			}
		case isStray(v): // the array was not closed
			return a, true
		default:
			a = append(a, v)
		}
	}
}

// dict reads up to the closing brackets.
func (l *pdfLexer) dict(depth int) (any, bool) {
	d := make(pdfDict)
	var key pdfName
	var pending []any // what may be the beginning of a reference
	settle := func() {
		if key != "" && len(pending) > 0 {
			d[key] = pending[0]
		}
		key, pending = "", nil
	}
	for {
		v, ok := l.inner(depth)
		if !ok || v == pdfKeyword(">>") || isStray(v) {
			settle()
			return d, ok
		}
		name, isName := v.(pdfName)
		switch {
		case isName && (key == "" || len(pending) > 0):
			settle()
			key = name
		case v == pdfKeyword("R") && len(pending) == 2:
			if n, isNumber := pending[0].(float64); isNumber {
				pending = []any{pdfRef(n)}
			}
		case key != "" && len(pending) < 2:
			pending = append(pending, v)
		}
	}
}

// isStray reports whether v cannot stand in an array or dictionary, so that
// one was not closed.
func isStray(v any) bool {
	switch v {
	case pdfKeyword("endobj"), pdfKeyword("stream"), pdfKeyword("endstream"), pdfKeyword("obj"):
		return true
	}
	return false
}

// inner reads a value of an array or dictionary. Of what stands too deep the
// brackets are read as keywords.
func (l *pdfLexer) inner(depth int) (any, bool) {
	if depth < maxPDFDepth {
		return l.nested(depth)
	}
	l.skipSpace()
	if l.at < len(l.p) && *l.values > 0 && (l.p[l.at] == '[' || l.has("<<")) {
		*l.values--
		l.at++
		return pdfKeyword("["), true
	}
	return l.nested(depth)
}

func (l *pdfLexer) has(s string) bool { return bytes.HasPrefix(l.p[l.at:], []byte(s)) }

// skipSpace moves over white space and comments.
func (l *pdfLexer) skipSpace() {
	for l.at < len(l.p) {
		switch c := l.p[l.at]; {
		case isPDFSpace(c):
			l.at++
		case c == '%':
			for l.at < len(l.p) && l.p[l.at] != '\n' && l.p[l.at] != '\r' {
				l.at++
			}
		default:
			return
		}
	}
}

// name reads /Name, in which #xx is a byte.
func (l *pdfLexer) name() pdfName {
	l.at++
	var name []byte
	for l.at < len(l.p) && isPDFRegular(l.p[l.at]) {
		c := l.p[l.at]
		l.at++
		if c == '#' && l.at+1 < len(l.p) {
			high, low := hexValue(l.p[l.at]), hexValue(l.p[l.at+1])
			if high >= 0 && low >= 0 {
				c = byte(high<<4 | low)
				l.at += 2
			}
		}
		name = append(name, c)
	}
	return pdfName(name)
}

// literal reads (text), in which parentheses may be balanced.
func (l *pdfLexer) literal() pdfString {
	l.at++
	s := pdfString{}
	for open := 1; l.at < len(l.p); {
		c := l.p[l.at]
		l.at++
		switch c {
		case '(':
			open++
		case ')':
			if open--; open == 0 {
				return s
			}
		case '\\':
			s = l.escape(s)
			continue
		}
		s = append(s, c)
	}
	return s
}

// escape appends what stands behind a backslash.
func (l *pdfLexer) escape(s pdfString) pdfString {
	if l.at >= len(l.p) {
		return s
	}
	c := l.p[l.at]
	l.at++
	switch c {
	case 'n':
		return append(s, '\n')
	case 'r':
		return append(s, '\r')
	case 't':
		return append(s, '\t')
	case 'b':
		return append(s, '\b')
	case 'f':
		return append(s, '\f')
	case '\n':
		return s
	case '\r':
		if l.at < len(l.p) && l.p[l.at] == '\n' {
			l.at++
		}
		return s
	}
	if c < '0' || c > '7' {
		return append(s, c)
	}
	n := int(c - '0')
	for i := 0; i < 2 && l.at < len(l.p) && l.p[l.at] >= '0' && l.p[l.at] <= '7'; i++ {
		n = n<<3 | int(l.p[l.at]-'0')
		l.at++
	}
	return append(s, byte(n))
}

// hex reads <text> of hexadecimal digits.
func (l *pdfLexer) hex() pdfString {
	l.at++
	end := bytes.IndexByte(l.p[l.at:], '>')
	digits := l.p[l.at:]
	if end >= 0 {
		digits = digits[:end]
		l.at += end + 1
	} else {
		l.at = len(l.p)
	}
	return unhex(digits)
}

// unhex decodes hexadecimal digits and passes over everything else. A last odd
// digit counts as if a 0 followed.
func unhex(digits []byte) []byte {
	p := make([]byte, 0, len(digits)/2+1)
	high := -1
	for _, c := range digits {
		v := hexValue(c)
		switch {
		case v < 0:
		case high < 0:
			high = v
		default:
			p = append(p, byte(high<<4|v))
			high = -1
		}
	}
	if high >= 0 {
		p = append(p, byte(high<<4))
	}
	return p
}

// word reads a number or a keyword.
func (l *pdfLexer) word() any {
	from := l.at
	for l.at < len(l.p) && isPDFRegular(l.p[l.at]) {
		l.at++
	}
	word := l.p[from:l.at]
	if c := word[0]; c <= '9' && (c >= '0' || c == '-' || c == '+' || c == '.') {
		return pdfNumber(word)
	}
	switch string(word) {
	case "true":
		return true
	case "false":
		return false
	case "null":
		return nil
	}
	return pdfKeyword(word)
}

// pdfNumber reads a number; what is none counts as 0, as readers have it.
func pdfNumber(word []byte) float64 {
	const longest = 40
	if len(word) > longest {
		return 0
	}
	f, err := strconv.ParseFloat(string(word), 64)
	const bound = 1e9 // keeps conversions to int safe
	if err != nil || f > bound || f < -bound || f != f {
		return 0
	}
	return f
}

func isPDFSpace(c byte) bool {
	return c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == '\f' || c == 0
}

// isPDFRegular reports whether c is neither white space nor a delimiter.
func isPDFRegular(c byte) bool {
	switch c {
	case '(', ')', '<', '>', '[', ']', '{', '}', '/', '%':
		return false
	}
	return !isPDFSpace(c)
}

// hexValue returns the value of a hexadecimal digit, or -1.
func hexValue(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= c|0x20 && c|0x20 <= 'f':
		return int(c|0x20-'a') + 10
	}
	return -1
}
