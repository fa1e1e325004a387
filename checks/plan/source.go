package plan

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// source is one file as it was read. It knows which parts of its lines are
// secrets, so that no mistake shows them.
type source struct {
	file  string
	lines []string
	masks map[int][]span // by line
}

// span is a part of a line, in characters from 0; to < 0 is the line's end.
type span struct{ from, to int }

func newSource(file, data string) *source {
	return &source{file: file, lines: strings.Split(data, "\n"), masks: map[int][]span{}}
}

// mask hides a part of a line from messages. Parts of one line are given from
// left to right and do not overlap.
func (s *source) mask(line int, part span) { s.masks[line] = append(s.masks[line], part) }

// spot is a place in a source.
type spot struct {
	src       *source
	line, col int
}

// text is a value with its place.
type text struct {
	value string
	spot  spot
}

func (t text) given() bool { return t.spot.src != nil }

// longestLine bounds what of a line is shown, in characters.
const longestLine = 160

// position returns the spot for a message, with the line and its secrets hidden.
func (s spot) position() Position {
	p := Position{File: s.src.file, Line: s.line, Column: s.col}
	if s.line < 1 || s.line > len(s.src.lines) {
		return p
	}
	line := []rune(printable(strings.TrimSuffix(s.src.lines[s.line-1], "\r")))
	p.caret = max(0, s.col-1)
	var shown []rune
	from, caret := 0, p.caret
	for _, part := range s.src.masks[s.line] {
		to := part.to
		if to < 0 || to > len(line) {
			to = len(line)
		}
		if part.from < from || to <= part.from {
			continue
		}
		shown = append(shown, line[from:part.from]...)
		if caret > part.from {
			p.caret = len(shown)
		}
		shown = append(shown, []rune(dots)...)
		if caret >= to {
			p.caret = len(shown) + caret - to
		}
		from = to
	}
	shown = append(shown, line[from:]...)
	// Of a long line, the part around the caret is shown.
	if len(shown) > longestLine {
		start := min(max(0, p.caret-longestLine/2), len(shown)-longestLine)
		shown = shown[start : start+longestLine]
		p.caret -= start
	}
	p.caret = min(p.caret, len(shown))
	p.Source = string(shown)
	return p
}

// printable keeps what a terminal may be given of a hostile line.
func printable(line string) string {
	return strings.Map(func(r rune) rune {
		if r != '\t' && (r < ' ' || r >= 0x7f && r < 0xa0 || r == utf8.RuneError || isBidiControl(r)) {
			return '\ufffd'
		}
		return r
	}, line)
}

// isBidiControl reports whether r can turn the direction of the text after it.
func isBidiControl(r rune) bool {
	return r == 0x200e || r == 0x200f || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069
}

// secretName matches the names of fields, columns and selectors whose values
// are not to be shown, in their usual spellings and misspellings.
var secretName = regexp.MustCompile(`(?i)pass?w|pwd|\bpw\b|#pw|secret|token|credential|api.?key|authori[sz]ation|cookie`)

// secretLine is secretName in a line that could not be parsed.
var secretLine = regexp.MustCompile(`(?i)(?:` + secretName.String() + `)[^\s:=]*["']?\s*[:=]?\s*`)

// maskUnparsed hides, in every line, what stands after the name of a secret. It
// is for files that could not be parsed.
func (s *source) maskUnparsed() {
	clear(s.masks)
	for i, line := range s.lines {
		if at := secretLine.FindStringIndex(line); at != nil {
			s.mask(i+1, span{utf8.RuneCountInString(line[:at[1]]), -1})
		}
	}
}
