package script

import (
	"regexp"
	"strings"
)

// piece is a value in a text, with what stands before it.
type piece struct {
	before, value string
	name          string // what it is the value of; "" when nothing says it
}

// cutAt cuts a text at each of the characters in seps. What stands behind an equals
// sign has the piece before it for a name.
func cutAt(text, seps string) []piece {
	var pieces []piece
	name, sep := "", ""
	for {
		i := strings.IndexAny(text, seps)
		value := text
		if i >= 0 {
			value = text[:i]
		}
		p := piece{before: sep, value: value}
		if sep == "=" {
			p.name = name
		}
		pieces = append(pieces, p)
		if i < 0 {
			return pieces
		}
		name, sep, text = value, text[i:i+1], text[i+1:]
	}
}

// inJSONText are the texts and numbers of JSON.
var inJSONText = regexp.MustCompile(`"((?:[^"\\]|\\.)*)"|-?[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?`)

// cutJSON cuts JSON at its texts and numbers.
func cutJSON(text string) []piece {
	var pieces []piece
	done, name := 0, ""
	for _, m := range inJSONText.FindAllStringSubmatchIndex(text, -1) {
		from, to := m[0], m[1]
		if m[2] >= 0 {
			from, to = m[2], m[3]
		}
		p := piece{before: text[done:from], value: text[from:to]}
		if strings.Contains(p.before, ":") {
			p.name = name
		}
		pieces, done, name = append(pieces, p), to, p.value
	}
	return append(pieces, piece{before: text[done:]})
}

// alike reports whether two texts differ in their values alone.
func alike(a, b []piece) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].before != b[i].before {
			return false
		}
	}
	return true
}
