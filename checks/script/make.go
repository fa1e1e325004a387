package script

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"notmine/checks/phrase"
	"notmine/checks/plan"
	"notmine/checks/record"
	"notmine/checks/wire"
)

// Wanted says what a script is for.
type Wanted struct {
	Surface, Path string // of the finding; see a sighting's
	// Name says that the finding is about the name that the view shows. Without a
	// page that is a guess by what answers hold, so else it is left alone.
	Name bool
}

// Make makes a script of what two accounts did: the viewer's requests, with
// placeholders for whatever is the account's own. Without a script the text says
// why there can be none.
func Make(viewer, owner Recording, p *plan.Plan, want Wanted) (*Script, phrase.Text) {
	m := &maker{plan: p, want: want, script: &Script{Changes: map[string][]Request{}, Views: map[string][]Request{}}, names: map[string]bool{}}
	target, err := url.Parse(p.Target)
	if err != nil {
		return nil, phrase.New("the target's address cannot be read")
	}
	m.origin = target.Scheme + "://" + target.Host
	if want.Surface == record.Stream {
		return nil, phrase.New("it came over a stream, which a page has to open")
	}
	for _, part := range viewer.Parts {
		i := slices.IndexFunc(owner.Parts, func(o Deed) bool { return o.Name == part.Name })
		if i < 0 {
			return nil, phrase.New("only one of the two accounts came to %s", called(part.Name))
		}
		requests, why := m.part(part, owner.Parts[i])
		if !why.IsZero() {
			return nil, why
		}
		m.put(part.Name, requests)
	}
	m.prune()
	m.carry()
	for _, view := range p.Views {
		if len(m.script.Views[view.Name]) == 0 {
			return nil, phrase.New("the view %s asks the target for nothing that brings data", view.Name)
		}
	}
	if why := m.told(viewer, owner); !why.IsZero() {
		return nil, why
	}
	return m.script, phrase.Text{}
}

// called is what people call a part.
func called(part string) string {
	return strings.TrimPrefix(strings.TrimPrefix(part, partView), partChange)
}

// maker makes a script.
type maker struct {
	plan   *plan.Plan
	want   Wanted
	origin string
	script *Script

	pair    *pair
	answers []*answered     // to all requests so far
	names   map[string]bool // of captures
	sought  int             // values that were looked for in answers
	lists   []list
}

// list is a part of the script that is being made: its requests may still get
// captures.
type list struct {
	part     string
	requests []*Request
}

// answered is a request with what it was answered.
type answered struct {
	request       *Request
	viewer, owner *given
}

// prune forgets captures that no request uses: those of requests that were spared.
func (m *maker) prune() {
	used := map[string]bool{identityCapture: true}
	for _, l := range m.lists {
		for _, r := range l.requests {
			for text := range r.texts() {
				keys, _ := plan.Keys(text) // whose braces are all closed: they were just written
				for _, key := range keys {
					name, _ := cutCoding(key, plain)
					if capture, ok := strings.CutPrefix(name, captureKey); ok {
						used[capture] = true
					}
				}
			}
		}
	}
	for _, a := range m.answers {
		maps.DeleteFunc(a.request.Captures, func(name string, _ Place) bool { return !used[name] })
	}
}

func (m *maker) put(part string, requests []*Request) {
	m.lists = append(m.lists, list{part, requests})
}

// carry writes down what was made.
func (m *maker) carry() {
	for _, l := range m.lists {
		var requests []Request
		for _, r := range l.requests {
			requests = append(requests, *r)
		}
		switch {
		case len(requests) == 0:
		case l.part == partLogin:
			m.script.Login = requests
		case l.part == partPlant:
			m.script.Plant = requests
		case l.part == partAct:
			m.script.Act = requests
		case l.part == partLogout:
			m.script.Logout = requests
		case strings.HasPrefix(l.part, partChange):
			m.script.Changes[called(l.part)] = requests
		default:
			m.script.Views[called(l.part)] = requests
		}
	}
}

// part makes the requests of a part.
func (m *maker) part(viewer, owner Deed) ([]*Request, phrase.Text) {
	var values []value
	for _, key := range slices.Sorted(maps.Keys(viewer.Values)) {
		if strings.HasPrefix(key, pictureKey) {
			continue
		}
		values = append(values, value{
			key: key, viewer: viewer.Values[key], owner: owner.Values[key],
			secret: key == "password" || strings.HasPrefix(key, secretKey) || m.secretColumn(key),
		})
	}
	m.pair = newPair(values)
	viewer.Notes = slices.DeleteFunc(slices.Clone(viewer.Notes), m.idle)
	owner.Notes = slices.DeleteFunc(slices.Clone(owner.Notes), m.idle)
	pairs, ok := aligned(viewer, owner)
	if !ok {
		return nil, phrase.New("the two accounts ask for different things in %s", called(viewer.Name))
	}
	var requests []*Request
	var last both // that is one of them
	before := 0   // answers that came before those that go beside each other
	for _, b := range pairs {
		beside := len(requests) > 0 && m.beside(last, b)
		if !beside {
			before = len(m.answers)
		}
		r, why := m.request(b, m.answers[:before], viewer, owner)
		if beside && !why.IsZero() { // perhaps it has something from one of those
			beside, before = false, len(m.answers)
			r, why = m.request(b, m.answers, viewer, owner)
		}
		switch {
		case !why.IsZero() && m.spare(viewer.Name, b.viewer):
			continue
		case !why.IsZero():
			return nil, why
		}
		r.Beside, last = beside, b
		requests = append(requests, r)
		m.answers = append(m.answers, &answered{
			r, newGiven(b.viewer.Answer, string(b.viewer.Text)), newGiven(b.owner.Answer, string(b.owner.Text)),
		})
	}
	m.name(viewer, owner, len(requests))
	return requests, phrase.Text{}
}

// secretColumn reports whether a column of any account is secret.
func (m *maker) secretColumn(key string) bool {
	return slices.ContainsFunc(m.plan.Accounts, func(a plan.Account) bool {
		_, ok := a.Secrets[key]
		return ok
	})
}

// idle reports whether an exchange neither brings data nor changes any.
func (m *maker) idle(n wire.Note) bool {
	path := wire.Clean(&url.URL{Path: n.URL.Path, RawPath: n.URL.RawPath})
	dest := n.Header.Get("Sec-Fetch-Dest")
	switch {
	case n.Method == http.MethodOptions, n.Header.Get("Sec-Purpose") != "", n.Header.Get("Purpose") != "", n.Streams():
		return true
	case !reads(n.Method), path == m.want.Path:
		return false
	case n.Status == 0, n.OfNobody(), n.URL.Path == "/favicon.ico":
		return true
	case dest == "image" || n.Shown():
		return m.want.Surface != record.Picture
	}
	return !slices.Contains([]string{"", "document", "empty", "iframe", "frame", "object", "embed"}, dest)
}

// beside reports whether a request went out before the one before it was answered,
// and without waiting for that: it is no page, nor what a page consists of first.
func (m *maker) beside(before, b both) bool {
	return dest(b.viewer) != "" && dest(before.viewer) != "" && before.viewer.End.After(b.viewer.Start)
}

// dest is what a script says of what an answer was wanted for.
func dest(n wire.Note) string {
	switch d := n.Header.Get("Sec-Fetch-Dest"); {
	case d == "document":
		return ""
	case d != "":
		return d
	case n.Header.Get("Upgrade-Insecure-Requests") == "1":
		return ""
	}
	return "empty"
}

// spare reports whether a request that cannot be written down can be left out: a
// view's own scripts send much that nothing depends on.
func (m *maker) spare(part string, n wire.Note) bool {
	return strings.HasPrefix(part, partView) && dest(n) == "empty"
}

// request makes a request of two. answers are those that had come before it.
func (m *maker) request(b both, answers []*answered, viewer, owner Deed) (*Request, phrase.Text) {
	v, o := b.viewer, b.owner
	where := phrase.New("%s %s", v.Method, wire.Clean(&url.URL{Path: v.URL.Path, RawPath: v.URL.RawPath}))
	r := &Request{Dest: dest(v), Header: map[string]string{}}
	if v.Method != http.MethodGet {
		r.Method = v.Method
	}
	switch {
	case v.Status == 0 || o.Status == 0:
		return nil, phrase.New("%s was not answered", where)
	case class(v) != class(o):
		return nil, phrase.New("%s was answered with %d for one account and with %d for the other", where, v.Status, o.Status)
	}
	if r.Expect = class(v); r.Expect == "2xx" {
		r.Expect = ""
	}
	t := &texts{maker: m, answers: answers, at: v.Start, ownAt: o.Start}
	r.URL = t.url(v.URL, o.URL)
	for _, name := range headersOf(v.Header) {
		r.Header[name] = t.header(name, v.Header.Get(name), o.Header.Get(name), v.Method)
		if r.Header[name] == "" {
			delete(r.Header, name)
		}
	}
	why := t.body(r, v, o, viewer, owner)
	switch {
	case t.stuck != "":
		return nil, phrase.New("%s sends a %s of its own, which no answer before it gave", where, t.stuck)
	case !why.IsZero():
		return nil, phrase.New("%s sends %s", where, why)
	}
	return r, phrase.Text{}
}

// class is the class of an answer's status. One that says that nothing has changed
// stands for the answer that a browser had kept.
func class(n wire.Note) string {
	if n.Status == http.StatusNotModified {
		return "2xx"
	}
	return strconv.Itoa(n.Status/100) + "xx"
}

// headersOf returns the headers that matter to more than the browser.
func headersOf(h http.Header) []string {
	var names []string
	for name := range h {
		accept := name == "Accept" && h.Get(name) != "*/*" && !strings.HasPrefix(h.Get(name), "text/html")
		own := strings.HasPrefix(name, "X-") && !strings.HasPrefix(name, "X-Client-") && !strings.HasPrefix(name, "X-Devtools-")
		token := wire.CredentialName(name) && name != "Cookie" && !strings.HasPrefix(name, "Sec-") && !strings.HasPrefix(name, "Proxy-")
		if accept || own || token || name == "Content-Type" || name == "Origin" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// body writes the body of a request. The text says what it is that cannot be.
func (t *texts) body(r *Request, v, o wire.Note, viewer, owner Deed) phrase.Text {
	media, parameters, err := mime.ParseMediaType(v.Header.Get("Content-Type"))
	_, ownParameters, ownErr := mime.ParseMediaType(o.Header.Get("Content-Type"))
	switch {
	case len(v.Body) == 0 && len(o.Body) == 0:
		delete(r.Header, "Content-Type")
	case len(v.Body) >= longestText || len(o.Body) >= longestText:
		return phrase.New("more than can be written down")
	case err == nil && ownErr == nil && media == multipartType:
		all, err := filesOf(v.Body, parameters["boundary"])
		own, ownErr := filesOf(o.Body, ownParameters["boundary"])
		if err != nil || ownErr != nil || len(all) != len(own) {
			return phrase.New("a form with files that cannot be taken apart")
		}
		for i := range all {
			p, ok := t.part(all[i], own[i], viewer, owner)
			if !ok {
				return phrase.New("a file of its own")
			}
			r.Parts = append(r.Parts, p)
		}
	case !utf8.Valid(v.Body) || !utf8.Valid(o.Body) || strings.ContainsRune(string(v.Body), 0):
		return phrase.New("a body that is no text")
	default:
		r.Body = t.inBody(media, string(v.Body), string(o.Body))
	}
	return phrase.Text{}
}

// largestData is how long a file may be that is written into a script.
const largestData = 64 << 10

// part writes a part of a form with files.
func (t *texts) part(v, o file, viewer, owner Deed) (Part, bool) {
	p := Part{Name: t.of("", v.name, o.name, inText), Type: literal(v.media)}
	if v.isFile != o.isFile || v.media != o.media {
		return p, false
	}
	if !v.isFile {
		p.Value = t.of(v.name, string(v.data), string(o.data), inText)
		return p, utf8.Valid(v.data)
	}
	p.File = t.of("", v.file, o.file, inText)
	p.Empty = v.file == "" && o.file == "" && len(v.data) == 0
	for _, key := range slices.Sorted(maps.Keys(viewer.Values)) {
		item, ok := strings.CutPrefix(key, pictureKey)
		if ok && viewer.Values[key] == string(v.data) && owner.Values[key] == string(o.data) {
			p.Picture = item
			return p, true
		}
	}
	p.Data = base64.StdEncoding.EncodeToString(v.data)
	return p, slices.Equal(v.data, o.data) && len(v.data) <= largestData
}

// name has the name that a view shows captured from one of its last answers.
func (m *maker) name(viewer, owner Deed, requests int) {
	if !m.want.Name || viewer.Identity == "" || owner.Identity == "" || viewer.Identity == owner.Identity {
		return
	}
	for _, a := range slices.Backward(m.answers[len(m.answers)-requests:]) {
		if place, ok := found(viewer.Identity, owner.Identity, a.viewer, a.owner); ok {
			a.capture(identityCapture, place)
			return
		}
	}
}

func (a *answered) capture(name string, place Place) {
	if a.request.Captures == nil {
		a.request.Captures = map[string]Place{}
	}
	a.request.Captures[name] = place
}

// freshName makes a name for a capture of what is sent under a name.
func (m *maker) freshName(of string) string {
	name := strings.Map(func(c rune) rune {
		if c < utf8.RuneSelf && (alphanumeric(byte(c)) || c == '_' || c == '-') {
			return c
		}
		return -1
	}, of)
	name = cmp.Or(name[:min(len(name), 24)], "value")
	if name == identityCapture {
		name += "-sent"
	}
	for n := 1; ; n++ {
		fresh := name
		if n > 1 {
			fresh = fmt.Sprint(name, n)
		}
		if !m.names[fresh] {
			m.names[fresh] = true
			return fresh
		}
	}
}
