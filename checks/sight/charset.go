package sight

import (
	"bytes"
	"sync"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
)

// The character sets of which each character has one or two bytes, ASCII being
// what it is. They are tried wherever text is no UTF-8, whatever its header
// says.
var (
	eucKR    = &layer{show: doubleBytes{"euc-kr", koreanPairs}.show, inPlace: true, text: true}
	shiftJIS = &layer{show: doubleBytes{"shift_jis", japanesePairs}.show, inPlace: true, text: true}
)

const (
	// leastIsland is how many bytes without a control character, amid others,
	// count as text. A text of its own may be shorter.
	leastIsland = 16
	// leastString is the same for what ends in a zero byte, as strings do in Exif,
	// in a PNG and in many other binary formats. Of fewer bytes no marker counts there.
	leastString = shortLen
)

var (
	koreanPairs   = sync.OnceValue(func() *pairs { return newPairs(korean.EUCKR) }) // with all of code page 949
	japanesePairs = sync.OnceValue(func() *pairs { return newPairs(japanese.ShiftJIS) })
)

// pairs are the characters of two bytes, and those beyond ASCII of one byte; 0
// for none.
type pairs struct {
	two [0x80][0x100]uint16 // by the first byte less 0x80
	one [0x80]uint16
}

func newPairs(set encoding.Encoding) *pairs {
	p := &pairs{}
	decoder := set.NewDecoder()
	for first := range p.two {
		p.one[first] = character(decoder, byte(0x80+first))
		for second := 0x30; second < 0x100; second++ {
			p.two[first][second] = character(decoder, byte(0x80+first), byte(second))
		}
	}
	return p
}

// character decodes one character, 0 if the bytes are none or several.
func character(decoder *encoding.Decoder, b ...byte) uint16 {
	decoded, err := decoder.Bytes(b)
	r, size := utf8.DecodeRune(decoded)
	if err != nil || r == utf8.RuneError || r < utf8.RuneSelf || r > 0xffff || size != len(decoded) {
		return 0
	}
	return uint16(r)
}

// at returns the character that text begins with, which is not ASCII, and its
// length.
func (p *pairs) at(text []byte) (r rune, n int) {
	first := text[0] - 0x80
	if len(text) > 1 {
		if r := p.two[first][text[1]]; r != 0 {
			return rune(r), 2
		}
	}
	if r := p.one[first]; r != 0 {
		return rune(r), 1
	}
	return 0, 0
}

type doubleBytes struct {
	name  string
	pairs func() *pairs
}

// show decodes the islands of a text that read well in this character set.
func (d doubleBytes) show(w *window, to, of *view) {
	if of.valid {
		return
	}
	shown := 0
	islands(of.text, func(from, end int) {
		island := of.text[from:end]
		if len(to.text) > w.most || !of.changed(from, end) || isUTF8(island) || !d.reads(island) {
			return
		}
		to.skip(shown, from)
		d.decode(to, island, from)
		shown = end
	})
}

// islands calls each with the pieces of text that hold no control characters
// and are long enough.
func islands(text []byte, each func(from, end int)) {
	alone := true // nothing but the edge of a text in front
	for from := 0; from < len(text); {
		end := from
		for end < len(text) && !isControl[text[end]] {
			end++
		}
		whole := alone && (end == len(text) || text[end] == gap)
		least := leastIsland
		if end < len(text) && text[end] == 0 {
			least = leastString
		}
		if end > from && (whole || end-from >= least) {
			each(from, end)
		}
		alone = end < len(text) && text[end] == gap
		from = end + 1
	}
}

// isControl tells the bytes that stand in no text.
var isControl = func() (t [256]bool) {
	for i := range t {
		t[i] = i < ' ' && i != '\t' && i != '\n' && i != '\r' && i != '\f' && i != 0x0e && i != 0x0f && i != 0x1b || i == 0x7f
	}
	return t
}()

// reads reports whether text holds characters of two bytes in this set, and none
// or, if it is long, few bytes that are of no character.
func (d doubleBytes) reads(text []byte) bool {
	const (
		long      = 64 // a window or its neighbourhood may begin and end inside a character
		tolerance = 8
	)
	two, bad := 0, 0
	pairs := d.pairs()
	for i := 0; i < len(text); {
		if text[i] < utf8.RuneSelf {
			i++
			continue
		}
		_, n := pairs.at(text[i:])
		switch n {
		case 0:
			if len(text) < long {
				return false
			}
			bad++
			n = 1
		case 2:
			two++
		}
		i += n
	}
	return two > 0 && bad <= 2+two/tolerance
}

func (d doubleBytes) decode(to *view, text []byte, at int) {
	pairs := d.pairs()
	var character [utf8.UTFMax]byte
	for i := 0; i < len(text); {
		if text[i] < utf8.RuneSelf {
			to.text = append(to.text, text[i])
			i++
			continue
		}
		r, n := pairs.at(text[i:])
		if r == 0 {
			to.skip(at+i, at+i+1)
			i++
			continue
		}
		to.add(d.name, at+i, n, utf8.AppendRune(character[:0], r))
		i += n
	}
}

const (
	shiftOut = 0x0e
	shiftIn  = 0x0f
	maxShift = 4 << 10 // bytes of Korean in a row that are decoded as one form
)

// readShifted reads Korean as ISO-2022-KR has it (RFC 1557): what stands between
// Shift Out and Shift In, in seven bits.
func readShifted(text []byte, to []byte) (n int, _ []byte) {
	pairs := koreanPairs()
	n = 1
	for n+1 < min(len(text), maxShift) && text[n] > ' ' && text[n] < 0x7f {
		r, size := pairs.at([]byte{text[n] | 0x80, text[n+1] | 0x80})
		if size != 2 {
			return 0, to
		}
		to = utf8.AppendRune(to, r)
		n += size
	}
	if n == 1 {
		return 0, to
	}
	if n < len(text) && text[n] == shiftIn {
		n++
	}
	return n, to
}

// isUTF8 reports whether text is UTF-8, but for characters cut by its edges and
// its gaps.
func isUTF8(text []byte) bool {
	for len(text) > 0 {
		part := text
		if i := bytes.IndexByte(text, gap); i >= 0 {
			part, text = text[:i], text[i+1:]
		} else {
			text = nil
		}
		if !utf8.Valid(wholeCharacters(part)) {
			return false
		}
	}
	return true
}

// wholeCharacters leaves out what the edges of a text may have cut.
func wholeCharacters(text []byte) []byte {
	for range utf8.UTFMax - 1 {
		if len(text) > 0 && !utf8.RuneStart(text[0]) {
			text = text[1:]
		}
	}
	for back := 1; back <= min(len(text), utf8.UTFMax-1); back++ {
		if last := text[len(text)-back:]; utf8.RuneStart(last[0]) {
			if !utf8.FullRune(last) {
				return text[:len(text)-back]
			}
			break
		}
	}
	return text
}
