package plan

import (
	"fmt"
	"strings"
)

// suggest returns the known word that is nearest to the one given, as an end of
// a message, or "" when none is near.
func suggest(word string, known []string) string {
	best, nearest := "", max(1, len([]rune(word))/3)+1
	for _, k := range known {
		if d := distance(strings.ToLower(word), strings.ToLower(k)); d < nearest {
			best, nearest = k, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf("; did you mean %q?", best)
}

// longestWord bounds the words that are compared, in characters: no field and
// no name that is worth suggesting is longer.
const longestWord = 64

// distance is the Levenshtein distance in characters (V. I. Levenshtein,
// Binary codes capable of correcting deletions, insertions and reversals, 1966).
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	if len(x) > longestWord || len(y) > longestWord {
		return longestWord
	}
	row := make([]int, len(y)+1)
	for j := range row {
		row[j] = j
	}
	for i := range x {
		diagonal := row[0]
		row[0] = i + 1
		for j := range y {
			substitute := diagonal
			if x[i] != y[j] {
				substitute++
			}
			diagonal = row[j+1]
			row[j+1] = min(substitute, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(y)]
}

// known lists words for a message.
func known(words []string) string { return strings.Join(words, ", ") }
