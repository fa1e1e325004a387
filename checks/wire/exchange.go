package wire

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"notmine/checks/record"
	"notmine/checks/sight"
)

// exchange is one request and its answer, from the time the request came until
// a visit's end has told the last of it.
type exchange struct {
	line  *Line
	w     http.ResponseWriter
	to    *url.URL
	path  string // of to, without secrets
	trace string // traceparent to send; "" for none
	hold  *held

	mu        sync.Mutex
	rec       record.Exchange
	stage     stage
	told      bool // a visit's end has listed it, and nothing is new since
	old       bool // a visit ended since it began
	surface   string
	as        string        // content type under which the scan reads
	scan      *sight.Stream // nil when nothing is looked for
	looked    int64         // bytes given to this scan
	sightings []record.Sighting
	missed    []record.Missed
	keep      []string // patterns under which the body is kept
	kept      []byte
}

// stage is how far an exchange has come.
type stage int

const (
	waiting stage = iota // for the head of the answer
	flowing              // the body is on its way
	endless              // as flowing, but nobody expects an end: an event stream, a WebSocket
	over
)

// Bounds of what is kept of one exchange.
const (
	maxKept      = 64 << 10
	maxSightings = 1000
	maxCaching   = 200 // bytes of a caching header's value
	maxMethod    = 32
	maxFound     = 64 // bytes of a sighting's text
	maxMissed    = 20
)

func exchangeOf(ctx context.Context) *exchange {
	e, _ := ctx.Value(exchangeKey{}).(*exchange)
	return e
}

// connected notes the upstream connection.
func (e *exchange) connected(conn string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.rec.Conn = conn
}

// sent notes that the request went.
func (e *exchange) sent() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.rec.Sent.IsZero() {
		e.rec.Sent = time.Now()
	}
}

// cachingHeaders are kept because they tell how an answer could have come from
// somebody else's request.
var cachingHeaders = []string{"Cache-Control", "Age", "Vary", "Via", "X-Cache", "Etag", "Expires"}

// answered looks at the head of the answer and puts a watch on its body.
func (e *exchange) answered(answer *http.Response) {
	w := e.line.wire
	e.mu.Lock()
	defer e.mu.Unlock()
	e.told = false
	e.rec.Answered = time.Now()
	e.rec.Status = answer.StatusCode
	e.rec.Proto = answer.Proto
	e.rec.Type, _, _ = strings.Cut(answer.Header.Get("Content-Type"), ";")
	e.rec.Type = bounded(strings.ToLower(strings.TrimSpace(e.rec.Type)), maxName)
	e.rec.SetCookies = w.setCookies(answer.Header)
	for _, name := range cachingHeaders {
		for _, value := range answer.Header[name] {
			e.rec.Caching = append(e.rec.Caching, record.HeaderField{Name: name, Value: bounded(value, maxCaching)})
		}
	}
	if w.config.Finder != nil {
		e.note(record.Head, w.config.Finder.Find("", head(answer.Header)))
	}

	e.stage, e.surface, e.as = flowing, record.Body, answer.Header.Get("Content-Type")
	if e.rec.Type == "text/event-stream" {
		e.stage, e.surface = endless, record.Stream
	}
	target, switched := answer.Body.(io.ReadWriteCloser)
	if switched = switched && answer.StatusCode == http.StatusSwitchingProtocols; switched {
		e.stage, e.surface, e.as = endless, record.Stream, "" // messages have no type
	}
	if e.rec.Status < 200 || e.rec.Status > 299 {
		e.keep = nil // an error or a redirect is not the answer that was asked for
	}
	e.rescan()
	if switched {
		answer.Body = &watchedSwitch{newWatched(target, e, newFrames(answer.Header, e)), target}
	} else {
		answer.Body = newWatched(answer.Body, e, newUndoing(answer.Header["Content-Encoding"], e.look))
	}
	e.line.settle()
}

// rescan begins a new scan of the body. The caller holds mu.
func (e *exchange) rescan() {
	e.looked = 0
	if finder := e.line.wire.config.Finder; finder != nil {
		e.scan = finder.Stream(e.as)
	}
}

// passed counts bytes on their way to the browser.
func (e *exchange) passed(n int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.rec.Bytes += int64(n)
}

// errEnough ends the looking at a body that is too long.
var errEnough = errors.New("too long")

// look looks at bytes of the body with its codings undone.
func (e *exchange) look(p []byte) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	var err error
	if left := e.line.wire.config.MaxSeen - e.looked; int64(len(p)) > left {
		p, err = p[:left], errEnough
	}
	e.looked += int64(len(p))
	e.rec.Seen += int64(len(p))
	if e.scan != nil {
		e.scan.Write(p)
	}
	if len(e.keep) > 0 {
		e.kept = append(e.kept, p...)
		if len(e.kept) > maxKept {
			e.miss(fmt.Sprintf("longer than the %d bytes that are kept", maxKept))
			e.keep, e.kept = nil, nil
		}
	}
	return err
}

// messageEnd keeps the end of one message and the beginning of the next apart.
func (e *exchange) messageEnd() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.scan != nil {
		e.scan.Write([]byte{'\n'})
	}
}

// finish ends the exchange, once. The reason is empty when it came to its end.
func (e *exchange) finish(reason string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.stage == over {
		return
	}
	if e.stage == endless && reason == browserLeft {
		reason = "" // which is how streams end
	}
	if reason != "" {
		e.keep = nil
	}
	e.told = false // how it ended, and with how many bytes, is news
	e.stage = over
	e.rec.End = time.Now()
	e.rec.Error = reason
	e.take(true)
	e.scan = nil
	e.line.settle()
}

// take takes what the scan has found since the last time, and with flush also
// what it held back. The caller holds mu.
func (e *exchange) take(flush bool) {
	if e.scan == nil {
		return
	}
	if flush {
		e.scan.Flush()
	}
	e.note(e.surface, e.scan.Take())
}

// note turns matches into sightings. The caller holds mu.
func (e *exchange) note(surface string, matches []sight.Match) {
	for _, m := range matches {
		if len(e.sightings) == maxSightings {
			e.miss(fmt.Sprintf("more than %d markers", maxSightings))
			return
		}
		s := Sighting(m, surface)
		s.Path, s.Exchange = e.path, e.rec.ID
		e.sightings = append(e.sightings, s)
	}
}

// Sighting is what the record says of a match on a surface.
func Sighting(m sight.Match, surface string) record.Sighting {
	return record.Sighting{
		Marker: m.Entry.ID, Owner: m.Owner, Item: m.Item, Earlier: m.Earlier, Cut: m.Cut,
		Text: bounded(m.Text, maxFound), Wrapping: m.Wrapping, Surface: surface,
	}
}

// miss notes what could not be looked at. The caller holds mu.
func (e *exchange) miss(reason string) {
	m := record.Missed{Surface: e.surface, Path: e.path, Why: reason}
	if len(e.missed) < maxMissed && !slices.Contains(e.missed, m) {
		e.missed = append(e.missed, m)
	}
}

// tell adds to seen what is new of the exchange, and reports whether more may
// come of it.
func (e *exchange) tell(seen *Seen) (open bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.stage == endless {
		// The visit ends in the middle. The next one's scan is a new one, which
		// says again what comes again.
		e.take(true)
		e.rescan()
	} else {
		e.take(false)
	}
	if !e.told || len(e.sightings) > 0 || len(e.missed) > 0 {
		seen.Exchanges = append(seen.Exchanges, e.rec)
	}
	seen.Sightings = append(seen.Sightings, e.sightings...)
	seen.Missed = append(seen.Missed, e.missed...)
	if e.stage == over {
		for _, pattern := range e.keep {
			seen.Kept[pattern] = e.kept
		}
	}
	e.told, e.old, e.sightings, e.missed = true, true, nil, nil
	return e.stage != over
}

// head is what is looked at of an answer's headers: all their values.
func head(h http.Header) []byte {
	var b []byte
	for _, name := range slices.Sorted(maps.Keys(h)) {
		for _, value := range h[name] {
			b = fmt.Appendf(b, "%s: %s\n", name, value)
		}
	}
	return b
}

// unseen notes that the body could not be looked at whole.
func (e *exchange) unseen(reason string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.miss(reason)
	e.keep, e.kept = nil, nil
}

// progress tells how far the exchange has come, as far as a visit's end waits
// for it: one that an earlier visit has listed is not waited for again.
func (e *exchange) progress() stage {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.old {
		return over
	}
	return e.stage
}

// snapshot is the exchange as it stands.
func (e *exchange) snapshot() record.Exchange {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.rec
}
