package plan

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Position is a place in a plan or in a file that it names. Lines and columns
// count from 1, columns in characters. Line is 0 for a mistake of the file as a
// whole.
type Position struct {
	File         string
	Line, Column int
	Source       string // the line, with everything that looks like a secret replaced by dots
	caret        int    // characters of Source before the column
}

// String returns file:line:column.
func (p Position) String() string {
	if p.Line == 0 {
		return p.File
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
}

// show returns the message with its place, and below it the line with a caret.
func (p Position) show(message string) string {
	s := p.String() + ": " + message
	if strings.TrimSpace(p.Source) == "" {
		return s
	}
	pad := strings.Map(func(r rune) rune {
		switch {
		case r == '\t':
			return r
		case isWide(r):
			return '\u3000' // as wide as the character above it
		}
		return ' '
	}, string([]rune(p.Source)[:p.caret]))
	return s + "\n    " + p.Source + "\n    " + pad + "^"
}

// isWide reports whether terminals give r two columns: Hangul, Kana and Han.
func isWide(r rune) bool {
	return r >= 0x1100 && r <= 0x115f || r >= 0x2e80 && r <= 0xa4cf || r >= 0xac00 && r <= 0xd7a3 ||
		r >= 0xf900 && r <= 0xfaff || r >= 0xff00 && r <= 0xff60
}

// Mistake is one thing that is wrong with a plan.
type Mistake struct {
	Position
	Message string
}

// Error returns the place and the message on one line.
func (m *Mistake) Error() string { return m.Position.String() + ": " + m.Message }

// Show returns the place, the message, and the line with a caret.
func (m *Mistake) Show() string { return m.show(m.Message) }

// Mistakes is everything that is wrong with a plan, sorted by position, the
// plan's own file before those that it names.
type Mistakes []*Mistake

// Error shows every mistake with its line.
func (m Mistakes) Error() string {
	shown := make([]string, len(m))
	for i, mistake := range m {
		shown[i] = mistake.Show()
	}
	return strings.Join(shown, "\n")
}

// Unwrap returns the mistakes one by one.
func (m Mistakes) Unwrap() []error {
	errs := make([]error, len(m))
	for i, mistake := range m {
		errs[i] = mistake
	}
	return errs
}

// Warning is something that a plan may do but hardly should.
type Warning struct {
	Position
	Message string
}

// String returns the place and the message on one line.
func (w Warning) String() string { return w.Position.String() + ": " + w.Message }

// Show returns the place, the message, and the line with a caret.
func (w Warning) Show() string { return w.show(w.Message) }

// Warnings returns what the plan may do but hardly should, sorted by position.
func (p *Plan) Warnings() []Warning { return slices.Clone(p.warnings) }

// byPosition orders places of the plan's own file first, then by file, line and
// column.
func byPosition(own string) func(a, b Position) int {
	return func(a, b Position) int {
		if (a.File == own) != (b.File == own) {
			if a.File == own {
				return -1
			}
			return 1
		}
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	}
}
