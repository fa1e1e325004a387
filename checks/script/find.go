package script

import (
	"html"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Bounds of the search for a place in one answer.
const (
	mostLeaves  = 5000 // texts and numbers of JSON
	mostBetween = 20   // places in the text, or in a page
	mostSeen    = 500  // times that a value stands in the text
	longestEdge = 48   // bytes of what stands around
)

// found returns the place at which each of two answers gives its own value.
func found(viewer, owner string, from, ownFrom *given) (Place, bool) {
	fits := func(p Place) bool {
		a, ok := p.of(from)
		b, own := p.of(ownFrom)
		return ok && own && a == viewer && b == owner
	}
	for _, places := range [](func(string) []Place){from.inCookies, from.inJSON, from.inElements, from.inHeaders, from.inText} {
		for _, p := range places(viewer) {
			if fits(p) {
				return p, true
			}
		}
	}
	return Place{}, false
}

// inCookies returns the cookies that may have a value.
func (g *given) inCookies(string) (places []Place) {
	for _, line := range g.header["Set-Cookie"] {
		if c, ok := readCookie(line); ok && c.Name != "" {
			places = append(places, Place{Cookie: c.Name})
		}
	}
	return places
}

// inJSON returns where in JSON a value stands.
func (g *given) inJSON(value string) (places []Place) {
	all, ok := g.json()
	if !ok {
		return nil
	}
	left := mostLeaves
	var walk func(at any, pointer string) (more bool)
	walk = func(at any, pointer string) bool {
		if left--; left < 0 {
			return false
		}
		switch at := at.(type) {
		case map[string]any:
			for _, name := range slices.Sorted(maps.Keys(at)) {
				if !walk(at[name], pointer+"/"+toPointer.Replace(name)) {
					return false
				}
			}
		case []any:
			for i, in := range at {
				if !walk(in, pointer+"/"+strconv.Itoa(i)) {
					return false
				}
			}
		default:
			if text, ok := leaf(at); ok && text == value && pointer != "" {
				places = append(places, Place{JSON: pointer})
			}
		}
		return true
	}
	walk(all, "")
	return places
}

// inElements returns the fields and links of a page that hold a value.
func (g *given) inElements(value string) (places []Place) {
	page := g.page()
	for _, name := range page.names {
		if page.fields[name] == value {
			places = append(places, Place{Field: name})
		}
	}
	for _, address := range page.links {
		if i := strings.Index(address, value); i > 0 {
			places = append(places, Place{Link: address[:i]})
		}
	}
	places = places[:min(len(places), mostBetween)]
	return places
}

// inHeaders returns where in the headers of an answer a value stands.
func (g *given) inHeaders(value string) (places []Place) {
	for _, name := range slices.Sorted(maps.Keys(g.header)) {
		if name == "Set-Cookie" {
			continue
		}
		text := g.header.Get(name)
		if text == value {
			places = append(places, Place{Header: name})
			continue
		}
		for _, p := range around(text, value) {
			p.Header = name
			places = append(places, p)
		}
	}
	return places
}

// inText returns what stands around a value in the text.
func (g *given) inText(value string) []Place {
	places := around(g.text, value)
	if quoted := html.EscapeString(value); quoted != value && g.isHTML() {
		places = append(places, around(g.text, quoted)...)
	}
	return places
}

// around returns what stands around a value in a text, wherever it is: the least
// before it that stands nowhere earlier, and what comes behind it.
func around(text, value string) (places []Place) {
	for at, seen := 0, 0; len(places) < mostBetween && seen < mostSeen; seen++ {
		i := strings.Index(text[at:], value)
		if i < 0 {
			break
		}
		i += at
		at = i + len(value)
		after := unique(text, i)
		if after == "" {
			continue
		}
		rest := text[at:]
		if rest == "" {
			places = append(places, Place{After: after})
			continue
		}
		_, size := utf8.DecodeRuneInString(rest)
		if before := rest[:size]; !strings.Contains(value, before) && !alphanumeric(rest[0]) {
			places = append(places, Place{After: after, Before: before})
		}
	}
	return places
}

// unique returns the least that stands before a place in a text and nowhere
// earlier; "" when that is too long.
func unique(text string, place int) string {
	for n := min(4, place); n > 0 && n <= min(place, longestEdge); n++ {
		after := text[place-n : place]
		if utf8.RuneStart(after[0]) && utf8.ValidString(after) && strings.Index(text, after) == place-n {
			return after
		}
	}
	return ""
}
