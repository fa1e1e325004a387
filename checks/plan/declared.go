package plan

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// The bounds of a declared marker, in characters. One shorter than shortMarker
// is likely to stand on a page by chance.
const (
	longestMarker = 1000
	shortMarker   = 4
)

// declaration is what makes two declared markers the same one.
type declaration struct{ text, owner, item string }

// declarations collects declared markers, and what is odd about them.
type declarations struct {
	seen   map[declaration]bool
	owner  map[string]string // first owner of each text
	short  []text
	shared []text
	named  []text // texts that read like names of picture files
	alike  []text // pictures that look like another owner's
}

// pictureFile matches the name of a picture's file.
var pictureFile = regexp.MustCompile(`(?i)\.(png|jpe?g|gif|webp)$`)

func (r *resolver) resolveMarkers() {
	r.declared = map[string]bool{}
	found := &declarations{seen: map[declaration]bool{}, owner: map[string]string{}}
	r.pictures = pictures{looks: map[string]look{}, left: allPixels}
	r.keepMarkers()
	if path := r.doc.markers.file; path.value != "" {
		r.markersFile(path, found)
	}
	for _, c := range r.doc.markers.columns {
		if r.checkName(c.key.spot, c.key.value, "an item") {
			r.markersColumns(c.key.value, c.value, found)
		}
	}
	r.adviseFew(found.short, "the marker %q is shorter than 4 characters and may stand on a page by chance")
	r.adviseFew(found.shared, "the marker %q belongs to two owners, so seeing it proves nothing about either")
	r.adviseFew(found.named, "the marker %q is looked for as a text; if it names a picture, list its item with picture: true")
	r.adviseFew(found.alike, "the picture %q looks like one of another owner's, so seeing it proves nothing about either")
}

// adviseFew warns of the first texts, and says how many more there are.
func (r *resolver) adviseFew(texts []text, format string) {
	const few = 5
	for _, t := range texts[:min(few, len(texts))] {
		r.warn(t.spot, format, t.value)
	}
	if more := len(texts) - few; more > 0 {
		r.warn(texts[few].spot, "the same is true of %d markers from here on", more)
	}
}

func (r *resolver) markersFile(path text, found *declarations) {
	t := r.openTable(path)
	if t == nil {
		return
	}
	marked, owner, item, audience := t.find("marker"), t.find("owner"), t.find("item"), t.find("audience")
	before := len(r.mistakes) + r.unlisted
	columns := []string{"marker", "owner", "item", "audience"}
	for _, h := range t.header {
		if !slices.Contains(columns, h.value) {
			r.mistake(h.spot, "unknown column %q%s known are %s", h.value, orSemicolon(suggest(h.value, columns)), known(columns))
		}
	}
	for i, at := range []int{marked, owner, item} {
		if at < 0 {
			r.mistake(t.header[0].spot, "the first line names the columns, and %q has to be one of them", columns[i])
		}
	}
	if before != len(r.mistakes)+r.unlisted {
		return
	}
	rows := 0
	for row := t.next(); row != nil; row = t.next() {
		if rows++; rows > mostRows {
			r.mistake(row[0].spot, "more than %d markers", mostRows)
			return
		}
		m := Marker{Owner: row[owner].value, Item: row[item].value}
		if name, ok := r.person(m.Owner); ok {
			m.Owner = name
		}
		if !r.checkName(row[owner].spot, m.Owner, "an owner") || !r.checkName(row[item].spot, m.Item, "an item") {
			continue
		}
		switch {
		case audience < 0 || strings.TrimSpace(row[audience].value) == "":
			m.Audience = r.inherited(m)
		default:
			for _, who := range splitWords(row[audience].value) {
				if name, ok := r.person(who); ok {
					who = name
				}
				m.Audience = append(m.Audience, who)
			}
		}
		r.plan.written.markers.fileItems[m.Item] = true
		if r.isPicture(m.Item) {
			r.declarePicture(row[marked], filepath.Dir(path.value), m, found)
		} else {
			r.declare(row[marked], m, found)
		}
	}
}

// inherited is the audience that the item of a marker has in the plan.
func (r *resolver) inherited(m Marker) []string {
	if i, ok := r.byName[m.Owner]; ok {
		return r.plan.AudienceOf(m.Item, r.plan.Accounts[i])
	}
	return slices.DeleteFunc(slices.Clone(r.plan.Items[m.Item].Audience), func(word string) bool { return strings.Contains(word, "{{") })
}

// markersColumns declares what the accounts have in some columns. A path in a
// column is relative to the plan's folder, as in upload, which may name the column.
func (r *resolver) markersColumns(item string, columns []text, found *declarations) {
	for _, c := range columns {
		switch {
		case c.value == "" || len(r.plan.Accounts) == 0:
			continue
		case c.value == "password" || r.isSecret(c.value):
			r.mistake(c.spot, "markers are written into the record, so the column %q, a secret, cannot be one", c.value)
			continue
		case !r.columns[c.value] && !slices.Contains([]string{"name", "login", "shows"}, c.value):
			var have []string
			for name := range r.columns {
				have = append(have, name)
			}
			slices.Sort(have)
			r.mistake(c.spot, "no account has a column %q%s", c.value, suggest(c.value, have))
			continue
		}
		for i := range r.plan.Accounts {
			a := &r.plan.Accounts[i]
			if value, _ := a.public(c.value); strings.TrimSpace(value) != "" {
				m := Marker{Owner: a.Name, Item: item}
				m.Audience = r.inherited(m)
				if r.isPicture(item) {
					r.declarePicture(text{value, c.spot}, ".", m, found)
				} else {
					r.declare(text{value, c.spot}, m, found)
				}
			}
		}
	}
}

// declare adds one marker. The same one twice is one.
func (r *resolver) declare(written text, m Marker, found *declarations) {
	written.value = strings.TrimSpace(written.value)
	switch n := utf8.RuneCountInString(written.value); {
	case n == 0:
		r.mistake(written.spot, "the marker is empty")
		return
	case n > longestMarker:
		r.mistake(written.spot, "the marker is longer than %d characters", longestMarker)
		return
	case n < shortMarker:
		found.short = append(found.short, written)
	case pictureFile.MatchString(written.value):
		found.named = append(found.named, written)
	}
	m.Text = written.value
	r.declared[m.Item] = true
	key := declaration{m.Text, m.Owner, m.Item}
	if found.seen[key] {
		return
	}
	found.seen[key] = true
	if first, ok := found.owner[m.Text]; !ok {
		found.owner[m.Text] = m.Owner
	} else if first != m.Owner {
		found.shared = append(found.shared, written)
	}
	r.plan.Markers = append(r.plan.Markers, m)
}
