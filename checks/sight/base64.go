package sight

import "encoding/binary"

const notInAlphabet = 0xff

// sixBits are the values of the characters of base64 and base64url (RFC 4648).
var sixBits = func() (t [256]byte) {
	for i := range t {
		t[i] = notInAlphabet
	}
	for i, c := range []byte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/") {
		t[c] = byte(i)
	}
	t['-'], t['_'] = 62, 63
	return t
}()

var hexValues = func() (t [256]byte) {
	for i := range t {
		t[i] = notInAlphabet
	}
	for i, c := range []byte("0123456789abcdef") {
		t[c] = byte(i)
	}
	for i, c := range []byte("ABCDEF") {
		t[c] = byte(10 + i)
	}
	return t
}()

const (
	leastBase64  = 8  // characters of a run that are worth decoding
	leastShifted = 16 // and from the second, third and fourth on
	leastHex     = 12
	leastLine    = 40 // characters of a line behind which a run goes on
	leastOpened  = 48 // characters of what may be a container
)

// base64Aligned decodes runs of base64 from their first character on,
// base64Shifted from the three that follow: data may stand behind a prefix or a
// path, whose characters are of the alphabet as well.
var (
	base64Aligned = &layer{show: showAligned}
	base64Shifted = &layer{show: showShifted, shallow: true}
	hexadecimals  = &layer{show: showHex}
)

// run is a piece of text of one alphabet, with line breaks in it perhaps.
type run struct{ from, to int }

// runsOf calls each with the runs of an alphabet that have at least so many
// characters. It looks at every least-th byte only, until one is of the alphabet.
func runsOf(text []byte, alphabet *[256]byte, least int, each func(run)) {
	for i := least - 1; i < len(text); {
		if alphabet[text[i]] == notInAlphabet {
			i += least
			continue
		}
		from := i
		for from > i-least+1 && alphabet[text[from-1]] != notInAlphabet {
			from--
		}
		r := run{from, i + 1}
		for line := from; ; {
			for r.to < len(text) && alphabet[text[r.to]] != notInAlphabet {
				r.to++
			}
			next := r.to
			if next < len(text) && text[next] == '\r' {
				next++
			}
			if r.to-line < leastLine || next+1 >= len(text) || text[next] != '\n' || alphabet[text[next+1]] == notInAlphabet {
				break
			}
			line, r.to = next+1, next+1
		}
		if r.to-r.from >= least {
			each(r)
		}
		i = r.to + least
	}
}

// values appends the values of a run's characters.
func values(to, text []byte, alphabet *[256]byte) []byte {
	for _, c := range text {
		if v := alphabet[c]; v != notInAlphabet {
			to = append(to, v)
		}
	}
	return to
}

func showAligned(w *window, to, of *view) {
	for _, r := range of.base64() {
		if of.outer == nil && r.to-r.from >= longLen || len(to.text) > w.most {
			continue // the stream follows a long run
		}
		w.values = values(w.values[:0], of.text[r.from:r.to], &sixBits)
		at := len(to.text)
		to.decode(r, "base64", func(b []byte) []byte { return fromBase64(b, w.values) })
		if r.to-r.from >= leastOpened {
			w.open(to, r, at)
		}
	}
}

func showShifted(w *window, to, of *view) {
	for _, r := range of.base64() {
		if r.to-r.from < leastShifted || len(to.text) > w.most {
			continue
		}
		w.values = values(w.values[:0], of.text[r.from:r.to], &sixBits)
		for shift := 1; shift < 4; shift++ {
			to.decode(run{r.from + shift, r.to}, "base64", func(b []byte) []byte { return fromBase64(b, w.values[shift:]) })
		}
	}
}

// base64 returns the runs of a view that may be base64.
func (v *view) base64() []run {
	if !v.sought {
		v.sought = true
		runsOf(v.text, &sixBits, leastBase64, func(r run) {
			if !isPlainWord(v.text[r.from:r.to]) && v.changed(r.from, r.to) {
				v.runs = append(v.runs, r)
			}
		})
	}
	return v.runs
}

// isPlainWord reports whether a run is not base64 but a word, a path or a
// number: its letters and digits are all of one sort. Of base64 with eight
// characters one in a thousand looks like that, of longer ones next to none.
func isPlainWord(text []byte) bool {
	if len(text) >= leastLine {
		return false
	}
	var sorts byte
	for _, c := range text {
		sorts |= sortOf[c]
	}
	return sorts&(sorts-1) == 0
}

// sortOf has a bit for small letters, capitals and digits.
var sortOf = func() (t [256]byte) {
	for c := byte('a'); c <= 'z'; c++ {
		t[c], t[c-'a'+'A'] = 1, 2
	}
	for c := byte('0'); c <= '9'; c++ {
		t[c] = 4
	}
	return t
}()

func showHex(w *window, to, of *view) {
	runsOf(of.text, &hexValues, leastHex, func(r run) {
		if !of.changed(r.from, r.to) || len(to.text) > w.most {
			return
		}
		w.values = values(w.values[:0], of.text[r.from:r.to], &hexValues)
		at := len(to.text)
		to.decode(r, "hex", func(b []byte) []byte { return fromHex(b, w.values) })
		if r.to-r.from >= leastOpened {
			w.open(to, r, at)
		}
		to.decode(run{r.from + 1, r.to}, "hex", func(b []byte) []byte { return fromHex(b, w.values[1:]) })
	})
}

// decode appends what a run stands for, and a gap. Places in the run are told in
// proportion, which is right but for line breaks.
func (v *view) decode(r run, kind string, decode func([]byte) []byte) {
	out := len(v.text)
	v.text = decode(v.text)
	v.pieces = append(v.pieces, piece{in: r.from, inEnd: r.to, out: out, outEnd: len(v.text), even: true, kind: kind})
	v.skip(r.to, r.to)
}

// fromBase64 appends what six-bit values stand for.
func fromBase64(to, six []byte) []byte {
	for ; len(six) >= 8; six = six[8:] {
		x := uint64(six[0])<<58 | uint64(six[1])<<52 | uint64(six[2])<<46 | uint64(six[3])<<40 |
			uint64(six[4])<<34 | uint64(six[5])<<28 | uint64(six[6])<<22 | uint64(six[7])<<16
		to = binary.BigEndian.AppendUint64(to, x)
		to = to[:len(to)-2]
	}
	for ; len(six) >= 4; six = six[4:] {
		to = append(to, six[0]<<2|six[1]>>4, six[1]<<4|six[2]>>2, six[2]<<6|six[3])
	}
	if len(six) > 1 {
		to = append(to, six[0]<<2|six[1]>>4)
	}
	if len(six) > 2 {
		to = append(to, six[1]<<4|six[2]>>2)
	}
	return to
}

func fromHex(to, four []byte) []byte {
	for ; len(four) >= 2; four = four[2:] {
		to = append(to, four[0]<<4|four[1])
	}
	return to
}
