package sight

import (
	"bytes"
	"fmt"
	"slices"
	"sort"
	"strings"

	ahocorasick "github.com/BobuSumisu/aho-corasick"

	"notmine/checks/marker"
)

const (
	// headLen is how many bytes of a marker the automaton knows. Each state of
	// it takes two kilobytes, so whole markers, twenty thousand of them, would
	// take hundreds of megabytes; heads are shared and stay in the caches.
	headLen = 6
	// maxHeads bounds the automaton to some hundred megabytes.
	maxHeads = 100_000
)

// declared finds declared markers: an automaton finds their heads, and what
// follows a head is looked up among the texts that begin with it.
type declared struct {
	heads   *ahocorasick.Trie // nil without markers
	groups  []group           // by the automaton's pattern number
	longest int               // bytes of the longest marker
}

// group is the markers of one head.
type group struct {
	texts  []string // sorted
	prefix []int    // for each text the longest other text that it begins with, or -1
}

// newDeclared prepares for the declared markers among entries.
func newDeclared(entries []marker.Entry) (*declared, error) {
	d := &declared{}
	byHead := make(map[string][]string)
	for _, e := range entries {
		if e.Declared && !e.Picture {
			head := e.Text[:min(len(e.Text), headLen)]
			byHead[head] = append(byHead[head], e.Text)
			d.longest = max(d.longest, len(e.Text))
		}
	}
	if len(byHead) == 0 {
		return d, nil
	}
	if len(byHead) > maxHeads {
		return nil, fmt.Errorf("preparing declared markers: %d different beginnings, more than %d", len(byHead), maxHeads)
	}
	builder := ahocorasick.NewTrieBuilder()
	for head, texts := range byHead {
		builder.AddString(head)
		d.groups = append(d.groups, newGroup(texts))
	}
	d.heads = builder.Build()
	return d, nil
}

func newGroup(texts []string) group {
	slices.Sort(texts)
	texts = slices.Compact(texts)
	g := group{texts: texts, prefix: make([]int, len(texts))}
	for i := range texts {
		// In sorted order all texts with a common beginning stand together,
		// behind it, so that the text before leads to the longest.
		p := i - 1
		for p >= 0 && !strings.HasPrefix(texts[i], texts[p]) {
			p = g.prefix[p]
		}
		g.prefix[i] = p
	}
	return g
}

// at returns the length of the longest text of the group at b[i:] that stands
// there on its own, or 0. before is the byte in front of b.
func (g *group) at(b []byte, i int, before byte) int {
	if i > 0 {
		before = b[i-1]
	}
	b = b[i:]
	// The last text that is not above b, and those that it begins with, are the
	// only ones that b can begin with.
	t := sort.Search(len(g.texts), func(t int) bool { return g.texts[t] > string(b) }) - 1
	for ; t >= 0; t = g.prefix[t] {
		text := g.texts[t]
		if bytes.HasPrefix(b, []byte(text)) && standsAlone(text, before, b[len(text):]) {
			return len(text)
		}
	}
	return 0
}

// standsAlone reports whether no ASCII word goes on over an edge of text.
func standsAlone(text string, before byte, after []byte) bool {
	if isWord(text[0]) && isWord(before) {
		return false
	}
	return !isWord(text[len(text)-1]) || len(after) == 0 || !isWord(after[0])
}

// isWord reports whether c is an ASCII letter or digit.
func isWord(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}
