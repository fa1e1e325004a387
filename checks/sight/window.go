package sight

import (
	"bytes"
	"cmp"
	"slices"
	"strings"
	"sync"

	"notmine/checks/marker"
)

const (
	maxDepth = 4 // wrappings inside each other, besides containers
	// maxGrowth is how many times as long as a window a view of it may be.
	maxGrowth = 4
	// maxWork is how many bytes may be unwrapped for each byte of a window, all
	// views together, besides the first [freeWork].
	maxWork  = 48
	freeWork = 64 << 10
	// maxHits bounds what is found in one window.
	maxHits = 16 << 10
)

// window is a piece of a body, short enough to be looked at as a whole, with
// all the views of it.
type window struct {
	stream   *Stream
	at       int64 // of its first byte, in the body
	from, to int   // what begins here is reported; around it is the neighbourhood
	near     int   // how far from a form a marker may reach
	most     int   // bytes of a view
	work     int   // bytes that may still be unwrapped
	hits     []hit

	// Kept for their memory:
	views   []*view
	form    []byte
	values  []byte
	wide    []wide
	sure    []wide
	single  []byte
	ends    []int
	places  []place
	matched []byte
}

// hit is a marker that was found in a window.
type hit struct {
	from, to int // in the body's text
	match    Match
	name     string   // what makes two hits the same marker
	of       *variant // of a declared marker
	bare     bool     // without the marker's own escapes
	token    marker.Token
	kind     hitKind
	order    int
	drop     bool
}

type hitKind byte

const (
	declaredHit hitKind = iota
	canaryHit
	cutHit
)

var windows = sync.Pool{New: func() any { return &window{} }}

// look looks at text, which stands at offset at of a body, and reports the
// markers that begin in text[from:to].
func (s *Stream) look(text []byte, at int64, from, to int) {
	w := windows.Get().(*window)
	w.stream, w.at, w.from, w.to = s, at, from, to
	w.near = 3 * s.finder.reach
	w.most = maxGrowth*len(text) + maxTag
	w.work = maxWork*len(text) + freeWork
	w.hits = w.hits[:0]
	body := view{text: text, layer: &layer{}, valid: isUTF8(text)}
	w.unwrap(&body)
	w.settle()
	clear(w.hits)
	w.stream = nil
	windows.Put(w)
}

// unwrap searches a view and all views of it.
func (w *window) unwrap(v *view) {
	w.search(v)
	if v.layer.last {
		return
	}
	for _, l := range layers {
		if !l.last && v.depth == maxDepth || v.shallow && !l.light || v.layer.text && l.text {
			continue
		}
		in := w.view(v, l)
		l.show(w, in, v)
		if len(in.text) > w.most {
			w.stream.miss("text that becomes too long when unwrapped")
		}
		if !in.shows() {
			continue
		}
		if w.work -= len(in.text); w.work < 0 {
			w.stream.miss("text that is wrapped in itself too often")
			return
		}
		in.valid = l.text || isUTF8(in.text)
		w.unwrap(in)
	}
}

// view returns an empty view inside of v. There is one for each depth.
func (w *window) view(of *view, l *layer) *view {
	for len(w.views) <= of.depth {
		w.views = append(w.views, &view{})
	}
	in := w.views[of.depth]
	*in = view{
		outer: of, layer: l, depth: of.depth + 1, shallow: of.shallow || l.shallow,
		text: in.text[:0], pieces: in.pieces[:0], runs: in.runs[:0],
	}
	return in
}

// place is where a pattern stands in a view.
type place struct {
	from, to int
	pattern  *pattern
	plus     bool // with + for a space
}

// search finds what a view shows.
func (w *window) search(v *view) {
	d := w.stream.finder.declared
	w.places = w.places[:0]
	d.heads.each(v.text, func(at, head int) {
		g := &d.groups[head]
		if g.canaries {
			w.canary(v, at)
		}
		if len(g.patterns) > 0 {
			w.declared(v, at, g)
		}
	})
	slices.SortFunc(w.places, func(x, y place) int {
		return cmp.Or(cmp.Compare(x.from, y.from), cmp.Compare(y.to, x.to))
	})
	covered := 0
	for _, p := range w.places {
		if p.to > covered {
			covered = p.to
			w.report(v, p)
		}
	}
}

// canary reports what begins like a canary.
func (w *window) canary(v *view, at int) {
	n := len(marker.CanaryPrefix)
	for n < min(len(v.text)-at, marker.CanaryLen) && marker.InAlphabet(v.text[at+n]) {
		n++
	}
	if n < marker.CutLen {
		return
	}
	found := string(v.text[at : at+n])
	h := hit{name: strings.ToLower(found), kind: canaryHit, match: Match{Text: found}}
	if n == marker.CanaryLen {
		token, ok := marker.Parse(found)
		if !ok {
			return
		}
		h.token = token
	} else {
		entry, ok := w.stream.finder.ledger.ByPrefix(found)
		if !ok {
			return
		}
		h.name, h.kind, h.match.Entry, h.match.Cut = entry.Text, cutHit, entry, true
	}
	var extra []string
	if found != strings.ToLower(found) {
		extra = caseOnly
	}
	w.add(v, at, at+n, extra, h)
}

var caseOnly = []string{nameCase}

// declared notes the longest pattern of a group at a place.
func (w *window) declared(v *view, at int, g *group) {
	if !w.declaredAs(v, at, g, false) && bytes.IndexByte(v.text[at+1:min(len(v.text), at+g.longest)], '+') >= 0 {
		w.declaredAs(v, at, g, true)
	}
}

func (w *window) declaredAs(v *view, at int, g *group, plus bool) (found bool) {
	w.normalise(v.text, at, g.longest, plus)
	g.longestAt(w.single, func(p *pattern) bool {
		to := w.ends[len(p.text)-1]
		if !standsAlone(v.text, at, to) {
			return false
		}
		escapes := v.unescapes()
		spelled := w.spelled(v.text[at:to], plus)
		found = slices.ContainsFunc(p.variants, func(a *variant) bool {
			_, ok := a.differs(spelled, escapes)
			return ok
		})
		if found {
			w.places = append(w.places, place{at, to, p, plus})
		}
		return found
	})
	return found
}

// normalise writes text[at:] as patterns are written, up to n bytes, to single,
// and to ends where each byte ends in text.
func (w *window) normalise(text []byte, at, n int, plus bool) {
	w.single, w.ends = w.single[:0], w.ends[:0]
	for at < len(text) && len(w.single) < n {
		c := text[at]
		if isSpaceLead[c] {
			if size := spaces(text[at:]); size > 0 {
				at += size
				w.single, w.ends = append(w.single, ' '), append(w.ends, at)
				continue
			}
		}
		if c == '+' && plus && len(w.single) > 0 {
			c = ' '
		}
		at++
		w.single, w.ends = append(w.single, lower[c]), append(w.ends, at)
	}
}

// spelled returns a text with single spaces, until the next call.
func (w *window) spelled(text []byte, plus bool) []byte {
	w.matched = singleSpaced(w.matched[:0], text)
	if plus {
		for i, c := range w.matched {
			if c == '+' && i > 0 {
				w.matched[i] = ' '
			}
		}
	}
	return w.matched
}

// report adds the markers that stand at a place.
func (w *window) report(v *view, p place) {
	escapes := v.unescapes()
	spelled := w.spelled(v.text[p.from:p.to], p.plus)
	exact := slices.ContainsFunc(p.pattern.variants, func(a *variant) bool {
		differs, ok := a.differs(spelled, escapes)
		return ok && differs == nil
	})
	for _, a := range p.pattern.variants {
		differs, ok := a.differs(spelled, escapes)
		if !ok || exact && differs != nil {
			continue
		}
		if p.plus {
			differs = append([]string{nameForm}, differs...)
		}
		w.add(v, p.from, p.to, differs, hit{
			name: a.text, of: a, bare: escapes && string(spelled) != a.single && string(spelled) == a.unescaped,
			match: Match{Text: string(v.text[p.from:p.to])},
		})
	}
}

// add adds a hit, unless a view on the way shows it as it was: then it is found
// without that view. extra are the names of what is wrapped innermost.
func (w *window) add(v *view, from, to int, extra []string, h hit) {
	if len(w.hits) == maxHits {
		w.stream.miss("more markers than are noted of one place")
		return
	}
	var kinds [][]string
	size := to - from
	h.from, h.to = from, to
	for in := v; in.outer != nil; in = in.outer {
		var kind []string
		var ok bool
		if h.from, h.to, kind, ok = in.origin(h.from, h.to, nil); !ok {
			return
		}
		if in.layer.text {
			size = min(size, h.to-h.from)
		}
		if h.bare && in.layer == escapes {
			// The marker's own escapes are no wrapping.
			kind = slices.DeleteFunc(kind, func(k string) bool { return slices.Contains(h.of.own, k) })
			if len(kind) == 0 {
				return
			}
			h.bare = false
		}
		kinds = append(kinds, kind)
	}
	slack := (w.from + 1) / 2
	if h.from < w.from-slack || h.from >= w.to+slack {
		return
	}
	if h.of != nil {
		if size < shortLen && !inText(v.text, from, to) {
			return
		}
		if len(kinds) > 0 && slices.Contains(kinds[0], nameSplit) && !h.of.mayBeCut() {
			return
		}
	}
	if len(extra) > 0 && extra[0] == nameForm && len(kinds) > 0 && slices.Equal(kinds[0], []string{"percent"}) {
		kinds = kinds[1:] // + for a space is a part of percent encoding
	}
	h.match.Wrapping = slices.Clone(w.stream.wrapping)
	for _, kind := range slices.Backward(kinds) {
		h.match.Wrapping = append(h.match.Wrapping, kind...)
	}
	for _, name := range extra {
		if !slices.Contains(h.match.Wrapping, name) {
			h.match.Wrapping = append(h.match.Wrapping, name)
		}
	}
	h.match.Offset, h.match.End = w.at+int64(h.from), w.at+int64(h.to)
	h.order = len(w.hits)
	w.hits = append(w.hits, h)
}

const (
	// shortLen is how many bytes a declared marker needs to count anywhere. A
	// shorter one stands in random bytes by chance: of four bytes, among ten
	// thousand markers, twice in a megabyte. It counts in text only.
	shortLen = 6
	// Text is what reads as such this many bytes around, or has no control
	// characters this many.
	nearText = 32
	farText  = 64
)

// inText reports whether what is around text[from:to] is text.
func inText(text []byte, from, to int) bool {
	before, after := text[max(0, from-farText):from], text[to:min(len(text), to+farText)]
	if i := bytes.LastIndexByte(before, gap); i >= 0 {
		before = before[i+1:]
	}
	if i := bytes.IndexByte(after, gap); i >= 0 {
		after = after[:i]
	}
	if !hasControl(before) && !hasControl(after) {
		return true
	}
	before, after = before[max(0, len(before)-nearText):], after[:min(len(after), nearText)]
	return !hasControl(before) && !hasControl(after) && isUTF8(before) && isUTF8(after)
}

func hasControl(text []byte) bool {
	return slices.ContainsFunc(text, func(c byte) bool { return isControl[c] })
}

// settle leaves one hit of each marker at one place, the one with the shortest
// wrapping, leaves out those that stand inside a longer marker, and reports the
// rest in the order in which they were found.
func (w *window) settle() {
	slices.SortFunc(w.hits, func(a, b hit) int {
		return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(b.to, a.to), cmp.Compare(a.order, b.order))
	})
	kept := map[string]int{}
	cover := -1
	for i := range w.hits {
		h := &w.hits[i]
		if k, ok := kept[h.name]; ok && h.from < w.hits[k].to {
			if !h.better(&w.hits[k]) {
				h.drop = true
				continue
			}
			w.hits[k].drop = true
		}
		kept[h.name] = i
		if h.kind != declaredHit {
			continue
		}
		if cover >= 0 && h.to <= w.hits[cover].to && len(h.name) < len(w.hits[cover].name) {
			h.drop = true
		} else if cover < 0 || h.to > w.hits[cover].to {
			cover = i
		}
	}
	slices.SortFunc(w.hits, func(a, b hit) int { return cmp.Compare(a.order, b.order) })
	for i := range w.hits {
		if !w.hits[i].drop {
			w.stream.add(&w.hits[i])
		}
	}
}

// better reports whether a hit says more than another of the same marker at the
// same place.
func (h *hit) better(than *hit) bool {
	if (h.kind == cutHit) != (than.kind == cutHit) {
		return than.kind == cutHit
	}
	return cmp.Or(
		cmp.Compare(len(h.match.Wrapping), len(than.match.Wrapping)),
		cmp.Compare(h.order, than.order),
	) < 0
}

// isSpaceLead tells the bytes with which white space begins.
var isSpaceLead = func() (t [256]bool) {
	for i := range t {
		t[i] = spaces(append([]byte{byte(i)}, 0xa0)) > 0
	}
	for _, c := range []byte{0xc2, 0xe2, 0xe3} {
		t[c] = true
	}
	return t
}()
