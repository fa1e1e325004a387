package noninterference

import (
	"regexp"
	"strings"
	"unicode"
)

// leastLetters is how many letters a cell needs to tell rows apart: shorter
// words come up in everybody's pages.
const leastLetters = 4

// times matches clock times, dates and words for how long ago, in the languages
// of the services that notmine has been used on.
var times = regexp.MustCompile(`(?i)` + strings.Join([]string{
	`\d{1,2}:\d{2}(:\d{2})?(\s*[ap]\.?m\b\.?)?`,
	`\d{2,4}[-./]\d{1,2}([-./]\d{1,2}\.?)?`,
	`(\d+|\ban?|\ba few)\s*(second|sec|minute|min|hour|day|week|month|year)s?\s+ago\b`,
	`\b(just now|yesterday|today)\b`,
	`\d+\s*(초|분|시간|일|주|개월|달|년)\s*전`,
	`방금(\s*전)?|오전|오후|오늘|어제|그제|그저께`,
	`\d+\s*(秒|分|時間|日|週間|か月|年)前|たった今|午前|午後|今日|昨日`,
}, "|"))

var numbers = regexp.MustCompile(`\p{Nd}+([.,]\p{Nd}+)*`)

const mask = "#"

// cell is a text in the two forms in which it is compared.
type cell struct {
	exact  string // without times
	masked string // without any digits
}

func newCell(text string) cell {
	exact := strings.Join(strings.Fields(times.ReplaceAllString(text, mask)), " ")
	return cell{exact, numbers.ReplaceAllString(exact, mask)}
}

// long reports whether the cell has letters enough.
func (c cell) long() bool {
	n := 0
	for _, r := range c.masked {
		if unicode.IsLetter(r) {
			n++
		}
	}
	return n >= leastLetters
}

// rows splits what a selector matched into rows of cells. Each match is a row;
// where a selector never matches more than one element, each of its lines is.
func rows(texts []string, byLine bool) [][]cell {
	if byLine {
		texts = strings.Split(strings.Join(texts, "\n"), "\n")
	}
	out := make([][]cell, 0, len(texts))
	for _, text := range texts {
		var row []cell
		for field := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == '\t' || r == '\n' }) {
			row = append(row, newCell(field))
		}
		out = append(out, row)
	}
	return out
}
