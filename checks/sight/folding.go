package sight

import (
	"bytes"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// folding shows a text without what stands unseen between its letters (tags
// that do not part words, soft hyphens, zero-width characters), in the form
// NFKC, and beyond ASCII in lower case unless the form alone changed a letter. It comes last: what it joins is no
// escape any more.
var folding = &layer{show: forms{nextFold, readFold}.show, inPlace: true, light: true, last: true}

const (
	maxCluster = 128     // bytes of a letter with all its marks
	maxTag     = 2 << 10 // bytes of a tag
)

func nextFold(text []byte, from int) int {
	for i := from; i < len(text); {
		c := text[i]
		if !mayFold[c] {
			i++
			continue
		}
		if c == '<' {
			return i
		}
		if i+1 < len(text) && (text[i+1]&0xc0 != 0x80 || c == 0xea && text[i+1] >= 0xb0) {
			i++ // no character, or a Korean syllable
			continue
		}
		r, size := utf8.DecodeRune(text[i:])
		switch foldOf(r) {
		case joins:
			_, before := utf8.DecodeLastRune(text[from:i])
			return i - before
		case changes, vanishes:
			return i
		}
		i += size
	}
	return len(text)
}

// mayFold tells the bytes with which something may begin that folding changes.
// Ideographs and most Korean syllables are what they are.
var mayFold = func() (t [256]bool) {
	for c := range t {
		t[c] = c == '<' || 0xc2 <= c && c <= 0xe3 || c == 0xea || 0xed <= c && c <= 0xf4
	}
	return t
}()

func readFold(text []byte, at int, to []byte) (n int, kind string, _ []byte) {
	if text[at] == '<' {
		return readTags(text, at, to)
	}
	end, changed, unseen := at, false, true
	for end < min(len(text), at+maxCluster) {
		r, size := utf8.DecodeRune(text[end:])
		f := foldOf(r)
		if end > at && f != joins && f != vanishes {
			break
		}
		changed = changed || f != stays
		unseen = unseen && f == vanishes
		end += size
	}
	was := text[at:end]
	if unseen {
		return len(was), nameSplit, to
	}
	if !changed {
		return len(was), "", to
	}
	if r, size := utf8.DecodeRune(was); size == len(was) && r < 0x10000 {
		of := &folds().folded[r] // most letters stand alone, and normalising costs much
		return size, of.kind, append(to, of.text...)
	}
	visible := withoutUnseen(string(was))
	kind, becomes := folded(visible)
	if kind == "" && visible != string(was) {
		return len(was), nameSplit, append(to, visible...)
	}
	return len(was), kind, append(to, becomes...)
}

// folded folds a letter with its marks. Of one that stays as it is there is no
// kind and no text.
func folded(letter string) (kind, text string) {
	if normal := norm.NFKC.String(letter); normal != letter {
		return nameCompatible, normal
	}
	if small := strings.ToLower(letter); small != letter {
		return nameCase, small
	}
	return "", ""
}

// fold folds a whole text as the layer does, and ASCII with it.
func fold(text string) string {
	return norm.NFKC.String(strings.ToLower(norm.NFKC.String(withoutUnseen(text))))
}

func withoutUnseen(text string) string {
	return strings.Map(func(r rune) rune {
		if foldOf(r) == vanishes {
			return -1
		}
		return r
	}, text)
}

// What folding does to a character.
const (
	stays    = iota
	changes  // by itself
	joins    // with the letter in front, perhaps
	vanishes // nobody sees it
)

func foldOf(r rune) byte {
	if r < 0x10000 {
		return folds().of[r]
	}
	return foldOfRune(r)
}

// foldTable says what folding does to each character of the basic plane.
type foldTable struct {
	of     [0x10000]byte
	folded [0x10000]struct{ kind, text string } // of a letter that stands alone
}

var folds = sync.OnceValue(func() *foldTable {
	t := &foldTable{}
	for r := range rune(len(t.of)) {
		t.of[r] = foldOfRune(r)
		if t.of[r] == changes || t.of[r] == joins {
			t.folded[r].kind, t.folded[r].text = folded(string(r))
		}
	}
	return t
})

func foldOfRune(r rune) byte {
	switch {
	case r == 0xad, r == 0x034f, r == 0x115f, r == 0x1160, r == 0x180e, 0x200b <= r && r <= 0x200f, 0x202a <= r && r <= 0x202e,
		0x2060 <= r && r <= 0x2064, 0x2066 <= r && r <= 0x206f, 0xfe00 <= r && r <= 0xfe0f, r == 0xfeff:
		return vanishes
	case r == utf8.RuneError:
		return stays
	}
	p := norm.NFKC.PropertiesString(string(r))
	if p.CCC() != 0 || !p.BoundaryBefore() {
		return joins
	}
	if small := unicode.ToLower(r); small != r || norm.NFKC.String(string(r)) != string(r) {
		return changes
	}
	return stays
}

// readTags reads the tags and comments that stand beside each other. They are a
// place at which a word may be cut if all of them are of a kind that does not
// part words; a line break among them counts as a space.
func readTags(text []byte, at int, to []byte) (n int, kind string, _ []byte) {
	start, inline := at, true
	broken := false
	for at < len(text) && text[at] == '<' {
		size, name := readTag(text[at:])
		if size == 0 {
			break
		}
		inline = inline && isInline(name)
		broken = broken || string(name) == "br"
		at += size
	}
	n = at - start
	if !inline || n == 0 {
		return n, "", to
	}
	if broken {
		to = append(to, ' ')
	}
	return n, nameSplit, to
}

// readTag reads a tag or a comment, which has no name.
func readTag(text []byte) (n int, name []byte) {
	text = text[:min(len(text), maxTag)]
	if bytes.HasPrefix(text, []byte("<!--")) {
		if i := bytes.Index(text, []byte("-->")); i >= 0 {
			return i + len("-->"), nil
		}
		return 0, nil
	}
	end := bytes.IndexByte(text, '>')
	if end < 0 || bytes.IndexByte(text[1:end], '<') >= 0 {
		return 0, nil
	}
	from := 1
	if text[from] == '/' {
		from++
	}
	to := from
	for to < end && (isWord(text[to]) || text[to] == ':' || text[to] == '-') {
		to++
	}
	if to == from || !isWord(text[from]) || text[to] == '@' {
		return 0, nil
	}
	return end + 1, text[from:to]
}

// isInline reports whether a tag of that name may stand inside a word.
func isInline(name []byte) bool {
	space, local, found := bytes.Cut(name, []byte(":"))
	if !found {
		var small [16]byte
		if len(name) > len(small) {
			return false
		}
		for i, c := range name {
			small[i] = lower[c]
		}
		return inline[string(small[:len(name)])]
	}
	switch string(space) {
	case "w", "a": // OOXML: all but paragraphs, breaks and tables
		switch string(local) {
		case "p", "br", "cr", "tab", "tbl", "tc", "tr":
			return false
		}
		return true
	case "text": // OpenDocument
		switch string(local) {
		case "span", "a", "bookmark", "soft-page-break":
			return true
		}
	}
	return false
}

// inline are the elements of HTML that do not part words (HTML, "Phrasing
// content", without those that show something of their own), of SVG and of the
// rich text of spreadsheets.
var inline = func() map[string]bool {
	names := map[string]bool{"": true}
	for name := range strings.FieldsSeq(`a abbr acronym b bdi bdo big br cite code data del dfn em font i ins kbd label mark nobr q
		ruby rb rt rtc rp s samp small span strike strong sub sup time tt u var wbr tspan textpath
		r t rpr rfont sz color family charset scheme`) {
		names[name] = true
	}
	return names
}()
