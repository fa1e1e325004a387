package script

import (
	"encoding/json"
	"html"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"

	tokens "golang.org/x/net/html"
)

// Place says where in an answer something stands. One of JSON, Field, Link and
// Cookie is set, or After, which may go with Header.
type Place struct {
	JSON   string `yaml:"json,omitempty"`   // JSON Pointer (RFC 6901) to a text or a number
	Field  string `yaml:"field,omitempty"`  // the value of the form field, or content of the meta element, of that name
	Link   string `yaml:"link,omitempty"`   // behind this beginning of the first link, form or source that has it, up to / ? & or #
	Cookie string `yaml:"cookie,omitempty"` // the value of a cookie that the answer sets
	Header string `yaml:"header,omitempty"` // in this header in place of the body; all of it without After and Before
	After  string `yaml:"after,omitempty"`  // behind the first of this text
	Before string `yaml:"before,omitempty"` // up to the next of this text; "" is the end
}

// given is an answer to look in.
type given struct {
	header http.Header
	text   string
}

// maxValue is how long what is captured may be, in bytes.
const maxValue = 8 << 10

// of returns what stands in the place; false when there is nothing, or too much.
func (p Place) of(g given) (string, bool) {
	value, ok := "", false
	switch {
	case p.Cookie != "":
		value, ok = g.cookie(p.Cookie)
	case p.JSON != "":
		value, ok = g.pointed(p.JSON)
	case p.Field != "":
		value, ok = g.field(p.Field)
	case p.Link != "":
		value, ok = g.link(p.Link)
	case p.Header != "":
		value = g.header.Get(p.Header)
		ok = value != ""
		if p.After != "" || p.Before != "" {
			value, ok = between(value, p.After, p.Before)
		}
	case p.After != "":
		value, ok = between(g.text, p.After, p.Before)
		if g.isHTML() {
			value = html.UnescapeString(value)
		}
	}
	return value, ok && value != "" && len(value) <= maxValue
}

func (g given) media() string {
	media, _, err := mime.ParseMediaType(g.header.Get("Content-Type"))
	if err != nil {
		return ""
	}
	return media
}

func (g given) isHTML() bool {
	return slices.Contains([]string{"text/html", "application/xhtml+xml"}, g.media())
}

// between returns what stands behind the first of a text and before the next of
// another.
func between(text, after, before string) (string, bool) {
	_, rest, ok := strings.Cut(text, after)
	if !ok || before == "" {
		return rest, ok
	}
	value, _, ok := strings.Cut(rest, before)
	return value, ok
}

// cookie returns the value of a cookie that the answer sets.
func (g given) cookie(name string) (string, bool) {
	for _, line := range g.header["Set-Cookie"] {
		if c, err := http.ParseSetCookie(line); err == nil && c.Name == name {
			return c.Value, true
		}
	}
	return "", false
}

// pointed returns the text or number that a JSON Pointer points to.
func (g given) pointed(pointer string) (string, bool) {
	at, ok := g.json()
	if !ok || !strings.HasPrefix(pointer, "/") {
		return "", false
	}
	for _, name := range strings.Split(pointer[1:], "/") {
		switch in := at.(type) {
		case map[string]any:
			at = in[fromPointer.Replace(name)]
		case []any:
			i, err := strconv.Atoi(name)
			if err != nil || i < 0 || i >= len(in) {
				return "", false
			}
			at = in[i]
		default:
			return "", false
		}
	}
	return leaf(at)
}

var (
	fromPointer = strings.NewReplacer("~1", "/", "~0", "~")
	toPointer   = strings.NewReplacer("~", "~0", "/", "~1")
)

func leaf(value any) (string, bool) {
	switch value := value.(type) {
	case string:
		return value, true
	case json.Number:
		return value.String(), true
	}
	return "", false
}

// json reads the answer as JSON.
func (g given) json() (value any, ok bool) {
	if begin := strings.TrimLeft(g.text, " \t\r\n"); begin == "" || !strings.ContainsAny(begin[:1], `{[`) {
		return nil, false
	}
	d := json.NewDecoder(strings.NewReader(g.text))
	d.UseNumber()
	return value, d.Decode(&value) == nil
}

// elements calls f with the elements of an HTML answer until it wants no more.
func (g given) elements(f func(name string, attributes map[string]string) (more bool)) {
	if !g.isHTML() {
		return
	}
	z := tokens.NewTokenizer(strings.NewReader(g.text))
	for {
		kind := z.Next()
		if kind == tokens.ErrorToken {
			return
		}
		if kind != tokens.StartTagToken && kind != tokens.SelfClosingTagToken {
			continue
		}
		name, more := z.TagName()
		element := string(name)
		attributes := map[string]string{}
		for more {
			var key, value []byte
			key, value, more = z.TagAttr()
			if _, known := attributes[string(key)]; !known {
				attributes[string(key)] = string(value)
			}
		}
		if !f(element, attributes) {
			return
		}
	}
}

// held returns the name and the value of a form field, or of a meta element.
func held(element string, attributes map[string]string) (name, value string) {
	switch element {
	case "input", "button":
		return attributes["name"], attributes["value"]
	case "meta":
		return attributes["name"], attributes["content"]
	}
	return "", ""
}

func (g given) field(name string) (found string, ok bool) {
	g.elements(func(element string, attributes map[string]string) bool {
		of, value := held(element, attributes)
		if of == name {
			found, ok = value, true
		}
		return !ok
	})
	return found, ok
}

// linking are the attributes that hold an address.
var linking = []string{"href", "action", "src", "formaction"}

const linkEnds = "/?&#"

func (g given) link(begin string) (found string, ok bool) {
	g.elements(func(_ string, attributes map[string]string) bool {
		for _, name := range linking {
			rest, has := strings.CutPrefix(attributes[name], begin)
			if !has {
				continue
			}
			found, ok = rest, true
			if i := strings.IndexAny(rest, linkEnds); i >= 0 {
				found = rest[:i]
			}
			return false
		}
		return true
	})
	return found, ok
}
