package sight

import (
	"bytes"
	"math"
)

const (
	maxPDFOperands = 64
	maxPDFStates   = 64 // saved graphics states
)

// Gaps between glyphs, in sizes of the font. A word space is about a quarter of
// it wide, kerning moves glyphs by less than a sixth.
const (
	wordGap = 0.2 // from here on, along the line, it is another word
	backGap = 0.5 // from here back it is another word, put there later
	lineGap = 0.5 // from here on, across the line, it is another line
)

// matrix is [a b c d e f] of ISO 32000-1, 8.3.3.
type matrix [6]float64

var identity = matrix{1, 0, 0, 1, 0, 0}

// times returns the matrix that applies m first and n then.
func (m matrix) times(n matrix) matrix {
	return matrix{
		m[0]*n[0] + m[1]*n[2], m[0]*n[1] + m[1]*n[3],
		m[2]*n[0] + m[3]*n[2], m[2]*n[1] + m[3]*n[3],
		m[4]*n[0] + m[5]*n[2] + n[4], m[4]*n[1] + m[5]*n[3] + n[5],
	}
}

// pdfState is the part of the graphics state that text needs.
type pdfState struct {
	ctm                        matrix
	font                       *pdfFont
	size, charSpace, wordSpace float64
	scale, leading, rise       float64
}

// pdfText reads the text of content streams (ISO 32000-1, 9.4). Glyphs that stand
// side by side are one word, however they were put there.
type pdfText struct {
	file      *pdfFile
	resources pdfDict
	fonts     map[pdfName]*pdfFont // that were used, by the resources' names

	pdfState
	saved      []pdfState
	text, line matrix

	out     bytes.Buffer
	begun   bool          // something was shown
	x, y    float64       // where the last glyph ended
	strings *bytes.Buffer // texts in properties of marked content
}

// page begins a new page or form with resources of its own.
func (t *pdfText) page(resources pdfDict) {
	t.resources = resources
	t.fonts = make(map[pdfName]*pdfFont)
	t.pdfState = pdfState{ctm: identity, scale: 1}
	t.saved = t.saved[:0]
	t.text, t.line = identity, identity
	if t.begun {
		t.out.WriteByte('\n')
	}
	t.begun = false
}

// read goes through a content stream. It is false when there was too much text.
func (t *pdfText) read(p []byte) bool {
	values := maxPDFValues
	l := pdfLexer{p: p, values: &values}
	var operands []any
	for {
		v, ok := l.value()
		if !ok {
			return true
		}
		operator, isOperator := v.(pdfKeyword)
		if !isOperator {
			if len(operands) == maxPDFOperands {
				operands = operands[1:]
			}
			operands = append(operands, v)
			continue
		}
		if operator == "ID" { // an inline picture follows, of any bytes
			skipInlinePicture(&l)
		}
		before := t.out.Len()
		t.operate(string(operator), operands)
		if !t.file.in.budget.take(int64(t.out.Len() - before)) {
			t.file.fail(errOverBudget)
			return false
		}
		operands = operands[:0]
		values = maxPDFValues // only what one operator takes is kept
	}
}

func skipInlinePicture(l *pdfLexer) {
	for {
		n := bytes.Index(l.p[l.at:], []byte("EI"))
		if n < 0 {
			l.at = len(l.p)
			return
		}
		l.at += n + len("EI")
		if n > 0 && isPDFSpace(l.p[l.at-3]) && (l.at == len(l.p) || isPDFSpace(l.p[l.at])) {
			return
		}
	}
}

// operate does what an operator says.
func (t *pdfText) operate(operator string, operands []any) {
	number := func(i int) float64 { // counted from the last, which is 1
		if i > len(operands) {
			return 0
		}
		n, _ := operands[len(operands)-i].(float64)
		return n
	}
	text := func() pdfString {
		if len(operands) == 0 {
			return nil
		}
		s, _ := operands[len(operands)-1].(pdfString)
		return s
	}
	switch operator {
	case "q":
		if len(t.saved) < maxPDFStates {
			t.saved = append(t.saved, t.pdfState)
		}
	case "Q":
		if n := len(t.saved); n > 0 {
			t.pdfState, t.saved = t.saved[n-1], t.saved[:n-1]
		}
	case "cm":
		t.ctm = matrix{number(6), number(5), number(4), number(3), number(2), number(1)}.times(t.ctm)
	case "BT":
		t.text, t.line = identity, identity
	case "Tc":
		t.charSpace = number(1)
	case "Tw":
		t.wordSpace = number(1)
	case "Tz":
		t.scale = number(1) / 100
	case "TL":
		t.leading = number(1)
	case "Ts":
		t.rise = number(1)
	case "Tf":
		t.size = number(1)
		if len(operands) >= 2 {
			name, _ := operands[len(operands)-2].(pdfName)
			t.font = t.fontNamed(name)
		}
	case "Td":
		t.move(number(2), number(1))
	case "TD":
		t.leading = -number(1)
		t.move(number(2), number(1))
	case "Tm":
		t.line = matrix{number(6), number(5), number(4), number(3), number(2), number(1)}
		t.text = t.line
	case "T*":
		t.move(0, -t.leading)
	case "Tj":
		t.show(text())
	case "'":
		t.move(0, -t.leading)
		t.show(text())
	case `"`:
		t.wordSpace, t.charSpace = number(3), number(2)
		t.move(0, -t.leading)
		t.show(text())
	case "TJ":
		t.showAll(operands)
	case "BDC", "DP":
		for _, v := range operands {
			t.file.collect(t.strings, v)
		}
	}
}

// fontNamed returns the font that the resources call so.
func (t *pdfText) fontNamed(name pdfName) *pdfFont {
	font, known := t.fonts[name]
	if !known {
		font = t.file.font(t.file.dict(t.resources["Font"])[name])
		t.fonts[name] = font
	}
	return font
}

// move begins another line, so far from the beginning of this one.
func (t *pdfText) move(x, y float64) {
	t.line = matrix{1, 0, 0, 1, x, y}.times(t.line)
	t.text = t.line
}

// showAll shows the strings of an array, moved by the numbers between them.
func (t *pdfText) showAll(operands []any) {
	if len(operands) == 0 {
		return
	}
	a, _ := operands[len(operands)-1].(pdfArray)
	for _, v := range a {
		switch v := v.(type) {
		case pdfString:
			t.show(v)
		case float64:
			t.advance(-v / 1000 * t.size * t.scale)
		}
	}
}

// advance moves along the line.
func (t *pdfText) advance(x float64) { t.text = matrix{1, 0, 0, 1, x, 0}.times(t.text) }

// show appends the characters of a string, behind a space or a new line if it
// does not stand close to what was shown before.
func (t *pdfText) show(codes pdfString) {
	if len(codes) == 0 || t.font == nil {
		return
	}
	t.separate()
	for len(codes) > 0 {
		n := min(t.font.size(codes), len(codes))
		text, width, ok := t.font.glyph(codes[:n])
		if !ok {
			t.file.blind = true
		}
		t.write(text)
		space := t.charSpace
		if n == 1 && codes[0] == ' ' {
			space += t.wordSpace
		}
		t.advance((width/1000*t.size + space) * t.scale)
		codes = codes[n:]
	}
	place := t.place()
	t.x, t.y, t.begun = place[4], place[5], true
}

// write appends text. A gap beside a space is none of its own, as in justified
// text.
func (t *pdfText) write(text string) {
	if text == " " && t.out.Len() > 0 && isPDFSpace(t.out.Bytes()[t.out.Len()-1]) {
		return
	}
	t.out.WriteString(text)
}

// place returns the matrix of the next glyph.
func (t *pdfText) place() matrix {
	return matrix{1, 0, 0, 1, 0, t.rise}.times(t.text).times(t.ctm)
}

// separate appends what the distance to the last glyph stands for.
func (t *pdfText) separate() {
	if !t.begun {
		return
	}
	place := t.place()
	size := math.Abs(t.size) * math.Hypot(place[2], place[3])
	length := math.Hypot(place[0], place[1])
	x, y := place[4]-t.x, place[5]-t.y
	along := (x*place[0] + y*place[1]) / length / size
	across := math.Abs(x*place[1]-y*place[0]) / length / size
	switch {
	case !(across <= lineGap): // also where there is no measure
		t.out.WriteByte('\n')
	case along > wordGap || along < -backGap:
		t.write(" ")
	}
}
