package script

import (
	"encoding/json"
	"html"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"

	tokens "golang.org/x/net/html"
)

// Place says where in an answer something stands. One of JSON, Field, Link and
// Cookie is set, or After, which may go with Header.
type Place struct {
	JSON   string `yaml:"json,omitempty"`   // JSON Pointer (RFC 6901) to a text or a number
	Field  string `yaml:"field,omitempty"`  // the value of the form field, or content of the meta element, of that name
	Link   string `yaml:"link,omitempty"`   // behind this beginning of the first link, form or source that has it, up to / ? & or #
	Cookie string `yaml:"cookie,omitempty"` // the value of a cookie that the answer sets, or one before it did
	Header string `yaml:"header,omitempty"` // in this header in place of the body; all of it without After and Before
	After  string `yaml:"after,omitempty"`  // behind the first of this text
	Before string `yaml:"before,omitempty"` // up to the next of this text; "" is the end
}

// given is an answer to look in. It is taken apart when something is looked for,
// and once.
type given struct {
	header http.Header
	text   string
	json   func() (value any, ok bool)
	page   func() *elements
}

func newGiven(header http.Header, text string) *given {
	g := &given{header: header, text: text}
	g.json, g.page = sync.OnceValues(g.readJSON), sync.OnceValue(g.readPage)
	return g
}

// maxValue is how long what is captured may be, in bytes.
const maxValue = 8 << 10

// of returns what stands in the place; false when there is nothing, or too much.
func (p Place) of(g *given) (string, bool) {
	value, ok := "", false
	switch {
	case p.Cookie != "":
		value, ok = g.cookie(p.Cookie)
	case p.JSON != "":
		value, ok = g.pointed(p.JSON)
	case p.Field != "":
		value, ok = g.page().fields[p.Field]
	case p.Link != "":
		value, ok = g.page().link(p.Link)
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

func (g *given) media() string {
	media, _, err := mime.ParseMediaType(g.header.Get("Content-Type"))
	if err != nil {
		return ""
	}
	return media
}

func (g *given) isHTML() bool {
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

// cookie returns the value of a cookie that the answer sets. The last one counts: a
// new session often comes behind the end of the old one.
func (g *given) cookie(name string) (string, bool) {
	for _, line := range slices.Backward(g.header["Set-Cookie"]) {
		if c, ok := readCookie(line); ok && c.Name == name {
			return c.Value, true
		}
	}
	return "", false
}

// sets reports whether the answer sets a cookie, or takes it away.
func (g *given) sets(name string) bool {
	_, ok := g.cookie(name)
	return ok
}

// pointed returns the text or number that a JSON Pointer points to.
func (g *given) pointed(pointer string) (string, bool) {
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

// readJSON reads the answer as JSON.
func (g *given) readJSON() (value any, ok bool) {
	if begin := strings.TrimLeft(g.text, " \t\r\n"); begin == "" || !strings.ContainsAny(begin[:1], `{[`) {
		return nil, false
	}
	d := json.NewDecoder(strings.NewReader(g.text))
	d.UseNumber()
	return value, d.Decode(&value) == nil
}

// elements are what a page has of fields and links.
type elements struct {
	names  []string          // of fields and meta elements, in their order
	fields map[string]string // the value of the first of each name
	links  []string          // in their order
}

// readPage reads the fields and links of an HTML answer.
func (g *given) readPage() *elements {
	e := &elements{fields: map[string]string{}}
	if !g.isHTML() {
		return e
	}
	z := tokens.NewTokenizer(strings.NewReader(g.text))
	for {
		switch z.Next() {
		case tokens.ErrorToken:
			return e
		case tokens.StartTagToken, tokens.SelfClosingTagToken:
			e.add(z)
		}
	}
}

// linking are the attributes that hold an address.
var linking = []string{"href", "action", "src", "formaction"}

// add adds the element that a tokenizer is at.
func (e *elements) add(z *tokens.Tokenizer) {
	element, more := z.TagName()
	holds := map[string]string{"input": "value", "button": "value", "meta": "content"}[string(element)]
	attributes := map[string]string{}
	for more {
		var key, value []byte
		key, value, more = z.TagAttr()
		if _, known := attributes[string(key)]; !known {
			attributes[string(key)] = string(value)
		}
	}
	name := attributes["name"]
	if _, known := e.fields[name]; holds != "" && name != "" && !known {
		e.names = append(e.names, name)
		e.fields[name] = attributes[holds]
	}
	for _, link := range linking {
		if address := attributes[link]; address != "" {
			e.links = append(e.links, address)
		}
	}
}

const linkEnds = "/?&#"

// link returns what stands behind the beginning of the first link that has it.
func (e *elements) link(begin string) (string, bool) {
	for _, address := range e.links {
		if rest, ok := strings.CutPrefix(address, begin); ok {
			if i := strings.IndexAny(rest, linkEnds); i >= 0 {
				rest = rest[:i]
			}
			return rest, true
		}
	}
	return "", false
}
