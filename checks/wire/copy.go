package wire

import (
	"bytes"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/htmlindex"

	"notmine/checks/plan"
	"notmine/checks/record"
)

// Copy returns the exchange with that ID, cleaned for an archive. Credentials are
// masked, whatever the plan wants. Unless that is everything, the rest of the
// target is covered too but for the texts that are shown, as a sighting has them.
// It returns false when nothing was kept of the exchange.
func (c *Copies) Copy(id int, shown []string) (record.Copy, bool) {
	if c == nil || c.exchanges[id] == nil {
		return record.Copy{}, false
	}
	x := c.exchanges[id]
	r := &redaction{wire: c.wire, planned: c.planned, full: c.wire.config.Evidence == plan.Full}
	for _, text := range shown {
		if text != "" {
			r.shown = append(r.shown, text)
		}
	}
	made := record.Copy{Exchange: x.rec, Covered: !r.full}
	made.URL = r.url(x.to)
	made.Request = r.half(x.heads.request, x.request)
	made.Answer = r.half(x.heads.answer, x.answer)
	if made.Answer.Text == "" && x.rec.Seen > 0 && !x.answer.messages {
		made.Answer.Note = noText
	}
	for _, side := range []struct {
		part
		sent bool
	}{{x.request, true}, {x.answer, false}} {
		if !side.messages {
			continue
		}
		for _, p := range side.pieces {
			if text, ok := r.text(p, ""); ok {
				made.Messages = append(made.Messages, record.Message{At: p.at, Sent: side.sent, Text: text})
			}
		}
	}
	return made, true
}

// half is one side of a copy.
func (r *redaction) half(h http.Header, of part) record.Half {
	half := record.Half{Type: r.known(bounded(h.Get("Content-Type"), maxCaching))}
	half.Headers, half.Left = r.headers(h)
	if of.messages || len(of.pieces) == 0 {
		return half
	}
	var b strings.Builder
	for i, p := range joined(of.pieces) {
		text, ok := r.text(p, h.Get("Content-Type"))
		if !ok {
			half.Note = noText
			return half
		}
		if i == 0 && p.At > 0 {
			b.WriteString(leftOut)
		}
		b.WriteString(text)
		if !p.Last {
			b.WriteString(leftOut)
		}
		if p.At > 0 || !p.Last {
			half.Note = fmt.Sprintf("what stands around the markers in a long body, at most %d KiB of it", maxAround>>10)
		}
	}
	half.Text = b.String()
	return half
}

// noText is why a body is not there.
const noText = "a body that is no text, or in which no marker stands as text"

// leftOut is the sign of what is left out of a body.
const leftOut = "\n[…]\n"

// joined joins the pieces that follow upon each other.
func joined(pieces []piece) []piece {
	var all []piece
	for _, p := range pieces {
		last := len(all) - 1
		if last < 0 || all[last].Last || all[last].At+int64(len(all[last].Text)) != p.At {
			all = append(all, p)
			continue
		}
		before := &all[last]
		before.Text = slices.Concat(before.Text, p.Text)
		before.Matches = slices.Concat(before.Matches, p.Matches)
		before.Last = p.Last
	}
	return all
}

// text cleans a piece, and reports whether it is text at all.
func (r *redaction) text(p piece, contentType string) (string, bool) {
	text, matches := p.Text, p.Matches
	if _, parameters, err := mime.ParseMediaType(contentType); err == nil && !isUTF8(parameters["charset"]) {
		if set, err := htmlindex.Get(parameters["charset"]); err == nil {
			if decoded, err := set.NewDecoder().Bytes(text); err == nil {
				text, matches = decoded, nil // which are at other places there
			}
		}
	}
	if bytes.IndexByte(text, 0) >= 0 {
		return "", false
	}
	from, to := 0, len(text)
	if p.At > 0 {
		from = edge(text)
	}
	if !p.Last {
		to = len(text) - edgeBehind(text)
	}
	to = max(from, to)
	var places []span
	for _, m := range matches {
		at := span{int(m.Offset - p.At), int(m.End - p.At)}
		// What unwraps to much more than the marker shows more than the marker.
		if r.shows(m.Text) && at.from >= 0 && at.to > at.from && at.to <= len(text) && at.to-at.from <= maxWrapped*len(m.Text) {
			places = append(places, at)
			from, to = min(from, at.from), max(to, at.to)
		}
	}
	for i := range places {
		places[i].from -= from
		places[i].to -= from
	}
	return r.body(string(text[from:to]), places), true
}

// maxWrapped is how many bytes of a wrapped marker stand for one of it.
const maxWrapped = 12

func isUTF8(charset string) bool {
	return charset == "" || strings.EqualFold(charset, "utf-8") || strings.EqualFold(charset, "utf8")
}

// maxEdge is how much is left away where a piece begins or ends in the middle of
// something: half of a credential cannot be told from a word.
const maxEdge = 512

const edges = "\n\r,;&<>"

// edge is how many bytes in front of a piece are left away.
func edge(text []byte) int {
	near := text[:min(len(text), maxEdge)]
	if i := bytes.IndexAny(near, edges); i >= 0 {
		return i
	}
	return whole(text, len(near))
}

// edgeBehind is how many bytes at its end are.
func edgeBehind(text []byte) int {
	near := text[len(text)-min(len(text), maxEdge):]
	if i := bytes.LastIndexAny(near, edges); i >= 0 {
		return len(near) - i - 1
	}
	return len(text) - whole(text, len(text)-len(near))
}

// whole moves a place in a text forward to where a character begins.
func whole(text []byte, at int) int {
	for at < len(text) && !utf8.RuneStart(text[at]) {
		at++
	}
	return at
}

// url is a URL whose query is covered as well.
func (r *redaction) url(u *url.URL) string {
	clean := r.wire.Mask(Clean(u))
	if r.full {
		return clean
	}
	before, query, ok := strings.Cut(clean, "?")
	if !ok {
		return clean
	}
	query, fragment, more := strings.Cut(query, "#")
	pairs := strings.Split(query, "&")
	for i, pair := range pairs {
		key, value, ok := strings.Cut(pair, "=")
		if !ok {
			key, value = "", pair // a value alone
		}
		if value != masked {
			if plain, err := url.QueryUnescape(value); err == nil {
				value = plain
			}
			value = inQuery.Replace(r.cover(value, nil))
		}
		if pairs[i] = value; ok {
			pairs[i] = key + "=" + value
		}
	}
	clean = before + "?" + strings.Join(pairs, "&")
	if more {
		clean += "#" + fragment
	}
	return clean
}

// inQuery escapes what a query may not hold as it is.
var inQuery = strings.NewReplacer("%", "%25", "&", "%26", "#", "%23", "+", "%2B", " ", "%20", `"`, "%22", "<", "%3C", ">", "%3E", "\t", "%09", "\n", "%0A", "\r", "%0D")
