package sight

import (
	"cmp"
	"slices"
	"unicode/utf16"
)

// pdfCMap says which characters the codes of a font are (ISO 32000-1, 9.10.3),
// and how many bytes a code has.
type pdfCMap struct {
	chars  map[uint32]string
	ranges []pdfRange // sorted by low
	spaces []pdfSpace
}

// pdfRange is codes that stand for characters one behind the other.
type pdfRange struct {
	low, high uint32
	to        []uint16 // UTF-16 of the first; in those that follow the last unit is higher
}

// pdfSpace is a range of codes that have n bytes.
type pdfSpace struct {
	n         int
	low, high uint32
}

// maxPDFChars is how many UTF-16 units one code may stand for.
const maxPDFChars = 16

// readCMap reads a CMap, a little program in PostScript of which only the tables
// count.
func (f *pdfFile) readCMap(p []byte) *pdfCMap {
	m := &pdfCMap{chars: make(map[uint32]string)}
	l := pdfLexer{p: p, values: &f.values}
	var operands []any
	for {
		v, ok := l.value()
		if !ok {
			break
		}
		keyword, isKeyword := v.(pdfKeyword)
		if !isKeyword {
			operands = append(operands, v)
			continue
		}
		switch keyword {
		case "endcodespacerange":
			m.addSpaces(operands)
		case "endbfchar":
			m.addChars(operands)
		case "endbfrange":
			m.addRanges(operands)
		}
		operands = operands[:0]
	}
	slices.SortStableFunc(m.ranges, func(a, b pdfRange) int { return cmp.Compare(a.low, b.low) })
	return m
}

func (m *pdfCMap) addSpaces(operands []any) {
	for pair := range slices.Chunk(operands, 2) {
		low, isLow := pair[0].(pdfString)
		high, isHigh := pair[len(pair)-1].(pdfString)
		if isLow && isHigh && len(low) == len(high) && len(low) >= 1 && len(low) <= 4 {
			m.spaces = append(m.spaces, pdfSpace{len(low), codeOf(low), codeOf(high)})
		}
	}
}

func (m *pdfCMap) addChars(operands []any) {
	for pair := range slices.Chunk(operands, 2) {
		code, isCode := pair[0].(pdfString)
		to, isText := pair[len(pair)-1].(pdfString)
		if isCode && isText {
			m.chars[codeOf(code)] = string(utf16.Decode(unitsOf(to)))
		}
	}
}

func (m *pdfCMap) addRanges(operands []any) {
	for triple := range slices.Chunk(operands, 3) {
		if len(triple) < 3 {
			return
		}
		from, isFrom := triple[0].(pdfString)
		until, isUntil := triple[1].(pdfString)
		if !isFrom || !isUntil {
			continue
		}
		low, high := codeOf(from), codeOf(until)
		switch to := triple[2].(type) {
		case pdfString:
			if len(to) >= 2 {
				m.ranges = append(m.ranges, pdfRange{low, high, unitsOf(to)})
			}
		case pdfArray:
			for i, v := range to {
				if s, isText := v.(pdfString); isText && low+uint32(i) <= high {
					m.chars[low+uint32(i)] = string(utf16.Decode(unitsOf(s)))
				}
			}
		}
	}
}

// text returns the characters of a code.
func (m *pdfCMap) text(code uint32) (string, bool) {
	if s, found := m.chars[code]; found {
		return s, true
	}
	i, found := slices.BinarySearchFunc(m.ranges, code, func(r pdfRange, code uint32) int { return cmp.Compare(r.low, code) })
	if !found {
		i--
	}
	if i < 0 || m.ranges[i].high < code {
		return "", false
	}
	units := slices.Clone(m.ranges[i].to)
	units[len(units)-1] += uint16(code - m.ranges[i].low)
	return string(utf16.Decode(units)), true
}

// size returns how many bytes the code at the beginning of p has.
func (m *pdfCMap) size(p []byte) int {
	for n := 1; n <= min(4, len(p)); n++ {
		code := codeOf(p[:n])
		for _, s := range m.spaces {
			if s.n == n && s.low <= code && code <= s.high {
				return n
			}
		}
	}
	return 2
}

// codeOf reads up to four bytes as a number.
func codeOf(p []byte) (code uint32) {
	for _, b := range p[:min(len(p), 4)] {
		code = code<<8 | uint32(b)
	}
	return code
}

// unitsOf reads UTF-16, most significant byte first.
func unitsOf(p []byte) []uint16 {
	var units []uint16
	for i := 0; i+1 < len(p) && len(units) < maxPDFChars; i += 2 {
		units = append(units, uint16(p[i])<<8|uint16(p[i+1]))
	}
	return units
}
