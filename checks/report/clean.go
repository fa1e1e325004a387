package report

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/width"
)

// visible returns s as one line in which nothing acts: what a page, a server or
// a record says may come with escape sequences for the terminal, with controls
// that turn the direction of what follows, or with characters that show
// nothing. Each becomes a mark that can be read. The line is cut after limit
// characters, those of the marks counted, so that nothing grows by being hostile.
func visible(s string, limit int) string {
	var b strings.Builder
	n := 0
	for _, r := range s {
		mark := ""
		if acts(r) && r > 0x7f {
			mark = fmt.Sprintf("‹U+%04X›", r)
		}
		if n += max(1, utf8.RuneCountInString(mark)); n > limit {
			b.WriteRune('…')
			break
		}
		if mark != "" {
			b.WriteString(mark)
			continue
		}
		b.WriteRune(drawn(r))
	}
	return b.String()
}

// drawn is what stands for a character that has no mark.
func drawn(r rune) rune {
	switch {
	case r == '\t' || r == '\n' || r == '\r':
		return ' '
	case r < 0x20:
		return '␀' + r // Control Pictures hold a picture of each at its own place
	case r == 0x7f:
		return '␡'
	case nonCharacter(r):
		return utf8.RuneError
	}
	return r
}

// acts reports whether r does something, or nothing at all, instead of being
// seen: C1 controls, formatting such as bidirectional controls, line separators
// and the letters that Unicode made to be blank.
func acts(r rune) bool {
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Other_Default_Ignorable_Code_Point)
}

// nonCharacter reports whether Unicode has set r aside for ever; XML does not
// allow some of them.
func nonCharacter(r rune) bool {
	return r&0xfffe == 0xfffe || 0xfdd0 <= r && r <= 0xfdef
}

// columns returns how many columns of a terminal s takes. Characters of doubtful
// width count as one.
func columns(s string) int {
	n := 0
	for _, r := range s {
		n += runeColumns(r)
	}
	return n
}

func runeColumns(r rune) int {
	if unicode.In(r, unicode.Mn, unicode.Me) {
		return 0
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	}
	return 1
}

// fit cuts s so that it takes at most limit columns, with a sign where it was cut.
func fit(s string, limit int) string {
	if columns(s) <= limit {
		return s
	}
	n := 0
	for i, r := range s {
		n += runeColumns(r)
		if n > limit-1 {
			return s[:i] + "…"
		}
	}
	return s
}

// pad fits s and fills it up with blanks to limit columns.
func pad(s string, limit int) string {
	s = fit(s, limit)
	return s + strings.Repeat(" ", max(0, limit-columns(s)))
}
