package script

import (
	"net/url"
	"strconv"
	"strings"
	"time"

	"notmine/checks/wire"
)

// leastCapture is how long a value has to be that both accounts sent alike, and
// that is taken from an answer all the same, since it looks like a credential.
const leastCapture = 6

// mostSought bounds how many values of one script are looked for in answers: each
// takes a look at all that came before it, and a page may send very many.
const mostSought = 500

// texts writes the texts of one request with placeholders.
type texts struct {
	*maker
	answers   []*answered // that came before
	at, ownAt time.Time   // when either account made it
	stuck     string      // what could not be written; "" for nothing
}

// url writes an address: of the target's host its path and query.
func (t *texts) url(v, o *url.URL) string {
	begin := v.Scheme + "://" + v.Host
	if begin == t.origin {
		begin = ""
	}
	text := begin + t.pieces(cutAt(v.EscapedPath(), "/;="), cutAt(o.EscapedPath(), "/;="), inPath)
	if v.RawQuery != "" || o.RawQuery != "" {
		text += "?" + t.pieces(cutAt(v.RawQuery, "&=;"), cutAt(o.RawQuery, "&=;"), inQuery)
	}
	return text
}

// header writes the value of a header.
func (t *texts) header(name, v, o, method string) string {
	switch {
	case name == "Origin" && (reads(method) || v != t.origin):
		return "" // which is the browser's own care, or another site's
	case name == "Content-Type" && strings.HasPrefix(strings.ToLower(v), multipartType):
		return "" // it is made anew, with its boundary
	case name == "Origin":
		return "{{" + originKey + "}}"
	case v != "" && !strings.ContainsAny(v+o, " ,;="):
		return t.of(name, v, o, inText)
	}
	pieces, own := cutAt(v, " ,;="), cutAt(o, " ,;=")
	for i := range pieces {
		if pieces[i].name == "" && i > 0 {
			pieces[i].name = name // a scheme and its token
		}
	}
	return t.pieces(pieces, own, inText)
}

// inBody writes a body of a media type.
func (t *texts) inBody(media, v, o string) string {
	switch codings := codingsOf(media); {
	case media == formType:
		return t.pieces(cutAt(v, "&="), cutAt(o, "&="), codings)
	case isJSON(media):
		return t.pieces(cutJSON(v), cutJSON(o), codings)
	default:
		return t.of("body", v, o, codings)
	}
}

// pieces writes texts that were cut.
func (t *texts) pieces(v, o []piece, codings []coding) string {
	if !alike(v, o) {
		return t.of("", whole(v), whole(o), codings)
	}
	var b strings.Builder
	for i, p := range v {
		so, text := literal(p.before), t.of(codings[0].decode(p.name), p.value, o[i].value, codings)
		if strings.HasPrefix(text, "{{") {
			so = before(so)
		}
		b.WriteString(so + text)
	}
	return b.String()
}

func whole(pieces []piece) string {
	var b strings.Builder
	for _, p := range pieces {
		b.WriteString(p.before + p.value)
	}
	return b.String()
}

// of writes what both sent as the value of a name. What cannot be written is
// remembered, and told by its name.
func (t *texts) of(name, v, o string, codings []coding) string {
	if t.stuck != "" {
		return "" // there will be no request: a page could make the search long
	}
	if v == o && !t.pair.hides(v, codings) {
		plainly := codings[0].decode(v)
		if len(v) >= leastCapture && (wire.CredentialName(name) || wire.Credential("", plainly)) {
			if text, ok := t.captured(name, v, o, codings); ok {
				return text
			}
			if wire.CredentialName(name) && wire.Credential(name, plainly) {
				t.stick(name)
			}
		}
		return literal(v)
	}
	if text, ok := t.pair.joint(name, v, o, codings); ok {
		return text
	}
	if isNow(v, t.at) && isNow(o, t.ownAt) {
		return "{{" + nowKey + "}}"
	}
	if text, ok := t.captured(name, v, o, codings); ok {
		return text
	}
	t.stick(name)
	return ""
}

// stick remembers what could not be written.
func (t *texts) stick(name string) {
	if t.stuck == "" {
		t.stuck = strings.ToValidUTF8(name[:min(len(name), 64)], "")
	}
	if t.stuck == "" {
		t.stuck = "value"
	}
}

// nearly is how far a clock in a page is from the time of its request.
const nearly = 10 * time.Minute

// isNow reports whether a value is the time of a request in milliseconds.
func isNow(value string, at time.Time) bool {
	ms, err := strconv.ParseInt(value, 10, 64)
	return err == nil && len(value) == len("1700000000000") && time.UnixMilli(ms).Sub(at).Abs() < nearly
}

// captured writes a value as what an answer before gave: the latest in which it
// stands at the same place for both accounts.
func (t *texts) captured(name, v, o string, codings []coding) (string, bool) {
	if t.sought++; t.sought > mostSought {
		return "", false
	}
	for i, c := range codings {
		plainly, own := c.decode(v), c.decode(o)
		if plainly == "" || own == "" || c.encode(plainly) != v || c.encode(own) != o {
			continue
		}
		for n := len(t.answers) - 1; n >= 0; n-- {
			a := t.answers[n]
			place, ok := found(plainly, own, a.viewer, a.owner)
			if !ok {
				continue
			}
			capture := a.captures(place)
			if capture == "" {
				capture = t.freshName(name)
				a.capture(capture, place)
			}
			if i > 0 {
				return "{{" + captureKey + capture + "|" + string(c) + "}}", true
			}
			return "{{" + captureKey + capture + "}}", true
		}
	}
	return "", false
}

// captures returns the name under which a place of the answer is captured already.
func (a *answered) captures(place Place) string {
	for name, known := range a.request.Captures {
		if known == place && name != identityCapture {
			return name
		}
	}
	return ""
}
