package wire

import (
	"context"
	"io"
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
	cut   *cut
	again *Request // nil when it is not remembered
	noted *noted   // nil when it is not noted

	mu      sync.Mutex
	rec     record.Exchange
	stage   stage
	told    bool      // a visit's end has listed it, and nothing is new since
	old     bool      // a visit ended since it began
	sized   bool      // the answer says how long its body is
	lively  time.Time // until then a body of no known length counts as flowing
	request side
	answer  side
	head    *http.Response // of the answer, nil before it is there
	heads   heads          // of both, for a copy
	fields  int            // header fields that were looked at

	blind string // why the answer is looked at no further; "" if it is
	blank int64  // bytes passed when that was told last

	looked    map[string]record.Amount // what was looked at since the last visit's end
	known     map[same]bool            // sightings since then
	sightings []record.Sighting
	pictures  int // of them that show one
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
	maxPictures  = 20 // pictures that showed a marker, for as many sightings
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
var cachingHeaders = []string{
	"Cache-Control", "Cdn-Cache-Control", "Surrogate-Control", "Pragma", "Expires", "Date", "Last-Modified", "Etag", "Vary",
	"Age", "Via", "Cache-Status", "Cf-Cache-Status", "X-Cache", "X-Cache-Hits", "X-Cache-Status", "X-Varnish",
}

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
	e.headers(answer.Header)
	e.head = answer
	e.noted.answered(answer)
	e.keepHeads(answer)
	if e.rec.Status < 200 || e.rec.Status > 299 {
		e.keep = nil // an error or a redirect is not the answer that was asked for
	}

	kind := kindOf(answer.Request.Header, answer.Header)
	e.stage, e.sized, e.lively = flowing, answer.ContentLength >= 0, e.rec.Answered.Add(w.config.AnswerWait)
	if kind.media == eventStream {
		e.stage = endless
	}
	target, switched := answer.Body.(io.ReadWriteCloser)
	if switched && answer.StatusCode == http.StatusSwitchingProtocols {
		e.stage = endless
		e.answer = side{exchange: e, surface: record.Stream, messages: true}
		e.request = side{exchange: e, surface: record.Request, messages: true}
		answer.Body = &watchedSwitch{
			watched: newWatched(target, e, newFrames(answer.Header, false, &e.answer)),
			target:  target, copy: newFrames(answer.Header, true, &e.request),
		}
	} else {
		e.answer.kind = &kind
		e.answer.surface, e.answer.as = kind.surface(nil)
		answer.Body = newWatched(answer.Body, e, newUndoing(answer.Header["Content-Encoding"], &e.answer))
	}
	e.line.settle()
}

// asks puts a watch on the body of the request.
func (e *exchange) asks(request *http.Request) {
	if request.Body == nil || request.Body == http.NoBody {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.request.as = request.Header.Get("Content-Type")
	request.Body = &watchedRequest{
		body: request.Body, side: &e.request, copy: newUndoing(request.Header["Content-Encoding"], &e.request),
	}
}

// passed counts bytes on their way to the browser.
func (e *exchange) passed(n int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.rec.Bytes += int64(n)
	if e.stage != flowing || e.sized {
		return
	}
	wait, now := e.line.wire.config.AnswerWait, time.Now()
	if e.lively.Before(now) {
		e.lively = now
	}
	e.lively = e.lively.Add(wait * time.Duration(n) / trickle)
	if latest := now.Add(wait); e.lively.After(latest) {
		e.lively = latest
	}
}

// trickle is how many bytes within [Config.AnswerWait] a body of no known length
// has to bring to be waited for: one that brings less goes on for ever.
const trickle = 4 << 10

// keepMore keeps what comes of the body. The caller holds mu.
func (e *exchange) keepMore(p []byte) {
	if len(e.keep) == 0 {
		return
	}
	e.kept = append(e.kept, p...)
	if len(e.kept) > maxKept {
		e.miss(e.answer.surface, whyKept)
		e.keep, e.kept = nil, nil
	}
}

// finish ends the exchange, once. The reason is empty when it came to its end.
func (e *exchange) finish(reason string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.stage == over {
		return
	}
	if reason == "" && e.head != nil {
		for name, values := range e.head.Trailer {
			e.field(record.Trailer, name, values)
		}
	}
	if e.stage == endless && reason == browserLeft {
		reason = "" // which is how streams end
	}
	if reason != "" {
		e.keep = nil
	}
	e.told = false // how it ended, and with how many bytes, is news
	e.rec.End = time.Now()
	e.rec.Error = reason
	e.noted.finish(reason == "")
	e.request.take(true)
	e.answer.take(true)
	e.stage = over
	e.line.settle()
}

// note turns what a scan has found into sightings, and reports whether there was
// anything. The caller holds mu.
func (e *exchange) note(surface string, scan *sight.Stream) bool {
	matches := scan.Take()
	for _, why := range scan.Missed() {
		e.miss(surface, why)
	}
	for _, m := range matches {
		s := Sighting(m, surface)
		s.Path, s.Exchange = e.path, e.rec.ID
		k := sameAs(s)
		if e.known[k] {
			continue
		}
		if len(e.sightings) == maxSightings {
			e.miss(surface, whyMarkers)
			break
		}
		e.known[k] = true
		if s.Shown != nil && e.pictures == maxPictures {
			s.Shown = nil
		} else if s.Shown != nil {
			e.pictures++
		}
		e.sightings = append(e.sightings, s)
	}
	return len(matches) > 0
}

// Sighting is what the record says of a match on a surface.
func Sighting(m sight.Match, surface string) record.Sighting {
	return record.Sighting{
		Marker: m.Entry.ID, Owner: m.Owner, Item: m.Item, Earlier: m.Earlier, Cut: m.Cut,
		Text: bounded(m.Text, maxFound), Wrapping: m.Wrapping, Surface: surface, Shown: m.Shown,
	}
}

// miss notes what could not be looked at. The caller holds mu.
func (e *exchange) miss(surface, why string) {
	m := record.Missed{Surface: surface, Path: e.path, Why: why}
	if len(e.missed) < maxMissed && !slices.Contains(e.missed, m) {
		e.missed = append(e.missed, m)
	}
}

// tell adds to seen what is new of the exchange, and reports whether more may
// come of it.
func (e *exchange) tell(seen *Seen) (open bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.stage == flowing && !e.sized && !e.lively.After(time.Now()) {
		e.stage = endless
	}
	if e.stage == endless {
		e.answer.pause()
	} else {
		e.answer.take(false)
	}
	e.request.take(e.request.ended)
	if e.blind != "" && e.rec.Bytes > e.blank {
		e.miss(e.answer.surface, e.blind)
		e.blank = e.rec.Bytes
	}

	if !e.told || len(e.sightings) > 0 || len(e.missed) > 0 {
		seen.Exchanges = append(seen.Exchanges, e.rec)
	}
	e.copyTo(seen)
	seen.Sightings = append(seen.Sightings, e.sightings...)
	seen.Missed = append(seen.Missed, e.missed...)
	e.answer.tell(e.looked)
	e.request.tell(e.looked)
	for surface, amount := range e.looked {
		add(seen.Looked, surface, amount)
	}
	if e.stage == over {
		for _, pattern := range e.keep {
			seen.Kept[pattern] = e.kept
		}
	}
	clear(e.looked)
	clear(e.known)
	e.told, e.old, e.sightings, e.missed, e.pictures = true, true, nil, nil, 0
	return e.stage != over
}

// settled is the time until which a visit's end that began at a time waits for
// the exchange: one that an earlier visit has listed is not waited for again.
func (e *exchange) settled(begin time.Time) time.Time {
	config := &e.line.wire.config
	e.mu.Lock()
	defer e.mu.Unlock()
	switch {
	case e.old, e.stage == over, e.stage == endless:
		return begin
	case e.stage == waiting:
		return begin.Add(config.AnswerWait)
	}
	until := begin.Add(config.BodyWait)
	if !e.sized && e.lively.Before(until) {
		until = e.lively
	}
	return until
}

// snapshot is the exchange as it stands.
func (e *exchange) snapshot() record.Exchange {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.rec
}
