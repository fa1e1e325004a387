package browser

import (
	"net/url"
	"slices"

	"notmine/checks/record"
	"notmine/checks/sight"
	"notmine/checks/wire"
)

// show looks for markers in what the page held.
func (s *Session) show(o *record.Observation, all held) {
	for _, m := range all.Missed {
		m.Path = bounded(m.Path)
		o.Missed = append(o.Missed, m)
	}
	for _, sh := range all.Shown {
		body := []byte(sh.Text)
		if len(sh.Data) > 0 {
			body = sh.Data
		}
		if len(body) == 0 {
			continue
		}
		looked(o, sh.Surface, record.Amount{Items: max(1, sh.Items), Bytes: int64(len(body))})
		path := sh.Path
		if sh.URL != "" {
			path = pathOf(sh.URL)
		}
		scan := s.driver.finder.Stream(sh.Type)
		scan.Write(body)
		scan.Flush()
		for _, m := range scan.Take() {
			s.sighted(o, m, sh.Surface, path)
		}
		for _, why := range scan.Missed() {
			o.Missed = append(o.Missed, record.Missed{Surface: sh.Surface, Path: bounded(path), Why: why})
		}
	}
}

func (s *Session) sighted(o *record.Observation, m sight.Match, surface, path string) {
	found := wire.Sighting(m, surface)
	found.Path = bounded(path)
	if !slices.ContainsFunc(o.Sightings, func(known record.Sighting) bool { return alike(known, found) }) {
		o.Sightings = append(o.Sightings, found)
	}
}

// alike reports whether two sightings say the same of the page.
func alike(a, b record.Sighting) bool {
	return a.Marker == b.Marker && a.Text == b.Text && a.Surface == b.Surface && a.Path == b.Path && slices.Equal(a.Wrapping, b.Wrapping)
}

// looked counts what was looked at on a surface.
func looked(o *record.Observation, surface string, amount record.Amount) {
	if o.Looked == nil {
		o.Looked = map[string]record.Amount{}
	}
	before := o.Looked[surface]
	o.Looked[surface] = record.Amount{Items: before.Items + amount.Items, Bytes: before.Bytes + amount.Bytes}
}

// pathOf is the path of a URL, without what may be a credential; of one that has
// none, such as about:srcdoc, it is the scheme.
func pathOf(raw string) string {
	u, err := url.Parse(raw)
	switch {
	case err != nil:
		return ""
	case u.Opaque != "":
		return u.Scheme + ":"
	}
	return wire.Clean(&url.URL{Path: u.Path, RawPath: u.RawPath})
}

// bounded cuts a text that a page chose.
func bounded(text string) string {
	if r := []rune(text); len(r) > 256 {
		return string(r[:256]) + "…"
	}
	return text
}
