package sight

import (
	"fmt"
	"maps"
	"slices"
	"sort"
	"strings"

	"notmine/checks/marker"
)

const (
	// maxHeads bounds the memory of a finder to some hundred megabytes.
	maxHeads = 100_000
	// leastUnescaped is how long a marker has to be without its own escapes.
	leastUnescaped = 6
)

// declared finds declared markers. Each is known by its patterns: its text and
// other spellings of it. What stands at a pattern's head is looked up among the
// patterns that begin with it.
type declared struct {
	heads   *heads
	groups  []group // by the heads' numbers
	longest int     // bytes of the longest pattern
}

// group is the patterns of one head.
type group struct {
	canaries bool      // canaries begin so
	patterns []pattern // sorted by text
	prefix   []int     // for each pattern the longest other one that it begins with, or -1
	longest  int       // bytes of the longest
}

// pattern is what is looked for: a text with ASCII letters in lower case and
// white space as single spaces.
type pattern struct {
	text     string
	variants []*variant // the markers that may be meant
}

// newDeclared prepares for the texts among the declared markers of entries.
func newDeclared(entries []marker.Entry) (*declared, error) {
	patterns := make(map[string][]*variant)
	known := make(map[string]bool)
	for _, e := range entries {
		if !e.Declared || e.Picture || known[e.Text] {
			continue
		}
		known[e.Text] = true
		v := newVariant(e.Text)
		spellings := []string{toLower(v.single), fold(v.single), toLower(v.unescaped)}
		slices.Sort(spellings)
		for _, spelling := range slices.Compact(spellings) {
			if spelling != "" {
				patterns[spelling] = append(patterns[spelling], v)
			}
		}
	}
	byHead := map[string][]pattern{marker.CanaryPrefix: nil}
	d := &declared{}
	for text, variants := range patterns {
		byHead[headOf(text)] = append(byHead[headOf(text)], pattern{text, variants})
		d.longest = max(d.longest, len(text))
	}
	if len(byHead) > maxHeads {
		return nil, fmt.Errorf("preparing declared markers: %d different beginnings, more than %d", len(byHead), maxHeads)
	}
	all := slices.Sorted(maps.Keys(byHead))
	for _, head := range all {
		g := newGroup(byHead[head])
		g.canaries = head == marker.CanaryPrefix
		d.groups = append(d.groups, g)
	}
	d.heads = newHeads(all)
	return d, nil
}

// headOf returns the head of a pattern.
func headOf(text string) string {
	head := text[:min(len(text), headLen)]
	if i := strings.IndexByte(head, ' '); i >= 0 {
		head = head[:i]
	}
	return head
}

func newGroup(patterns []pattern) group {
	slices.SortFunc(patterns, func(a, b pattern) int { return strings.Compare(a.text, b.text) })
	g := group{patterns: patterns, prefix: make([]int, len(patterns))}
	for i, p := range patterns {
		// In sorted order all texts with a common beginning stand together,
		// behind it, so that the text before leads to the longest.
		before := i - 1
		for before >= 0 && !strings.HasPrefix(p.text, patterns[before].text) {
			before = g.prefix[before]
		}
		g.prefix[i] = before
		g.longest = max(g.longest, len(p.text))
	}
	return g
}

// longestAt calls take with the patterns that text begins with, the longest
// first, until it takes one.
func (g *group) longestAt(text []byte, take func(*pattern) bool) {
	// The last pattern that is not above text, and those that it begins with,
	// are the only ones that text can begin with.
	i := sort.Search(len(g.patterns), func(i int) bool { return g.patterns[i].text > string(text) }) - 1
	for ; i >= 0; i = g.prefix[i] {
		p := &g.patterns[i]
		if len(p.text) <= len(text) && p.text == string(text[:len(p.text)]) && take(p) {
			return
		}
	}
}

// standsAlone reports whether no ASCII word goes on over an edge of text[from:to].
func standsAlone(text []byte, from, to int) bool {
	if from > 0 && isWord(text[from]) && isWord(text[from-1]) {
		return false
	}
	return to == len(text) || !isWord(text[to-1]) || !isWord(text[to])
}

// isWord reports whether c is an ASCII letter or digit.
func isWord(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}
