package wire

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"notmine/checks/record"
)

// Visit is what the wire does for one visit.
type Visit struct {
	Trace string   // W3C traceparent, sent with every request to the target; "" for none
	Holds []Hold   // where requests wait; each but an Each is used for one request at most
	Keep  []string // patterns of URLs, as of a Hold, of answers whose body is wanted
	Cut   Cut      // which exchange is cut off, and where
	Away  bool     // the network is away: requests get no answer, and are not listed
	// Remember has [Seen.Requests] filled.
	Remember bool
}

// Seen is what a session was given in one visit.
type Seen struct {
	Exchanges []record.Exchange // in the order of their IDs
	Sightings []record.Sighting
	Blocked   []string                 // hosts that were refused, sorted
	Looked    map[string]record.Amount // surface → how much of it was looked at
	Missed    []record.Missed

	// Kept has the body, its content codings undone, of the last whole answer
	// of status 2xx for each pattern of Visit.Keep. A body of more than 64 KiB
	// is not kept; Missed says so.
	Kept map[string][]byte

	// Document is the last document that the browser asked for in this visit,
	// nil when it asked for none.
	Document *record.Exchange

	// Copies are of the exchanges in which a marker was sighted in this visit; nil
	// when there is none, or [Config.Evidence] wants nothing of them.
	Copies *Copies

	// Requests can be made again with [Line.Again], in their order: those of this
	// visit that read, that were answered whole, and whose answers may be a
	// person's.
	Requests []*Request
}

// Bounds of what is kept of one visit.
const (
	maxExchanges = 5000
	maxBlocked   = 200
	maxHost      = 260 // bytes of a blocked host and port
)

// visit is the visit that a line's traffic belongs to. There always is one:
// what comes between an End and the next Begin belongs to the visit begun then.
type visit struct {
	Visit
	used      []bool // of Holds
	started   bool   // its first request came
	cut       bool   // the request that is cut off came
	ctx       context.Context
	cancel    context.CancelCauseFunc
	exchanges []*exchange // begun since the last End, or not over at that time
	unlisted  int         // requests beyond maxExchanges
	blocked   map[string]bool
	document  *exchange
}

func (l *Line) newVisit(v Visit) *visit {
	n := &visit{Visit: v, used: make([]bool, len(v.Holds)), blocked: make(map[string]bool)}
	n.ctx, n.cancel = context.WithCancelCause(l.ctx)
	return n
}

var errVisitOver = errors.New("the visit is over")

// Begin begins a visit: what the line sees from now on belongs to it, and so
// does what came since the last visit ended, that nothing be lost. Whoever
// wants to keep the traffic of a login apart makes it a visit of its own.
func (l *Line) Begin(v Visit) {
	l.mu.Lock()
	defer l.mu.Unlock()
	before := l.now
	before.cancel(errVisitOver)
	l.now = l.newVisit(v)
	l.notes.next()
	l.now.exchanges, l.now.unlisted, l.now.blocked = before.exchanges, before.unlisted, before.blocked
}

// End ends the visit and returns what it was given. So that what a page loaded
// belongs to its visit, End first waits for requests of this visit which nobody
// has answered yet and for bodies that still flow, each for as long as [Config]
// says or until ctx is done, but never for event streams and WebSockets. A body
// of no known length that brings next to nothing goes on for ever, too. What
// comes later on an exchange that is still open belongs to the next visit,
// which lists it again if something new was seen on it or if it ended.
//
// A line has one visit at a time: Begin and End are called in turns.
func (l *Line) End(ctx context.Context) Seen {
	l.wait(ctx)
	l.mu.Lock()
	defer l.mu.Unlock()
	v := l.now
	v.cancel(errVisitOver)
	l.now = l.newVisit(Visit{})

	seen := Seen{Kept: make(map[string][]byte), Looked: make(map[string]record.Amount)}
	seen.Copies = l.newCopies()
	for _, e := range v.exchanges {
		if e.tell(&seen) {
			l.now.exchanges = append(l.now.exchanges, e)
		}
	}
	seen.Sightings = distinct(seen.Sightings)
	seen.Copies = seen.Copies.orNone()
	l.around.Store(0)
	seen.Requests = v.again()
	for host := range v.blocked {
		seen.Blocked = append(seen.Blocked, host)
	}
	slices.Sort(seen.Blocked)
	if v.unlisted > 0 {
		seen.Missed = append(seen.Missed, record.Missed{
			Surface: record.Body, Why: whyRequests,
		})
	}
	if v.document != nil {
		document := v.document.snapshot()
		seen.Document = &document
	}
	return seen
}

// Unanswered says why the target gave no answer to the last document that the
// browser asked for, and is empty when it gave one or may still give it. In
// place of such a document the browser shows a page of the wire's.
func (l *Line) Unanswered() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.now.document == nil {
		return ""
	}
	e := l.now.document.snapshot()
	if e.Status != 0 || e.Error == browserLeft {
		return ""
	}
	return e.Error
}

// Refused returns the hosts that were refused since the last visit ended,
// sorted: what [Seen] will tell as Blocked.
func (l *Line) Refused() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Sorted(maps.Keys(l.now.blocked))
}

// wait waits for the visit's own exchanges.
func (l *Line) wait(ctx context.Context) {
	begin := time.Now()
	for {
		left := time.Until(l.until(begin))
		if left <= 0 {
			return
		}
		timer := time.NewTimer(left)
		select {
		case <-l.settled:
		case <-timer.C:
		case <-ctx.Done():
		case <-l.ctx.Done():
		}
		timer.Stop()
		if ctx.Err() != nil || l.ctx.Err() != nil {
			return
		}
	}
}

// until is the time until which the visit's own exchanges have to go on.
func (l *Line) until(begin time.Time) time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	latest := begin
	for _, e := range l.now.exchanges {
		if until := e.settled(begin); until.After(latest) {
			latest = until
		}
	}
	return latest
}

// settle tells End that an exchange came further.
func (l *Line) settle() {
	select {
	case l.settled <- struct{}{}:
	default: // it has been told
	}
}

// start lists a request in the current visit and gives it its hold.
func (l *Line) start(w http.ResponseWriter, r *http.Request, to *url.URL) *exchange {
	e := &exchange{line: l, w: w, to: to, path: cleanPath(to), rec: record.Exchange{
		Method: bounded(r.Method, maxMethod), URL: Clean(to), Start: time.Now(),
		Cookies: l.wire.requestCookies(r.Header), Auth: l.wire.authorization(r.Header),
	}}
	e.looked, e.known = make(map[string]record.Amount), make(map[same]bool)
	e.request, e.answer = side{exchange: e, surface: record.Request}, side{exchange: e, surface: record.Body}
	e.noted = l.notes.start(r, to)
	target := l.wire.hosts.target(to)
	l.mu.Lock()
	defer l.mu.Unlock()
	e.rec.ID = int(l.wire.exchanges.Add(1))
	v := l.now
	if target && v.Trace != "" {
		e.trace, e.rec.Trace = v.Trace, v.Trace
	}
	hold, cuts := v.takes(r, to)
	if hold != nil {
		e.hold = &held{hold: hold, visit: v.ctx}
		e.rec.Held = hold.Pattern()
	}
	if cuts {
		e.cut = &cut{Cut: v.Cut, exchange: e, visit: v.ctx, usual: l.usual[e.path]}
	}
	for _, pattern := range v.Keep {
		if matches(pattern, to) {
			e.keep = append(e.keep, pattern)
		}
	}
	if navigates(r.Header) {
		v.document = e
	}
	if target {
		e.again = v.remember(r, to)
	}
	if len(v.exchanges) < maxExchanges {
		v.exchanges = append(v.exchanges, e)
	} else {
		v.unlisted++
	}
	return e
}

// takes returns the first hold that means a request and that no other request of
// the visit has used, and whether the request is the one to be cut off. Requests
// that a page did not ask for itself wait nowhere and go unharmed: those that a
// browser makes ahead, and those that ask for permission.
func (v *visit) takes(r *http.Request, to *url.URL) (hold Hold, cuts bool) {
	ahead := r.Header.Get("Sec-Purpose") != "" || r.Header.Get("Purpose") == "prefetch"
	preflight := r.Method == http.MethodOptions && r.Header.Get("Access-Control-Request-Method") != ""
	if ahead || preflight {
		return nil, false
	}
	isFirst := !v.started
	v.started = true
	if v.Cut.Where != "" && !v.cut && means(v.Cut.Pattern, r, to, isFirst) {
		v.cut, cuts = true, true
	}
	for i, h := range v.Holds {
		if each, ok := h.(Each); ok && h.Pattern() == every {
			if place := each.For(r.Method, to.Path); place != nil {
				return place, cuts
			}
			continue
		}
		if !v.used[i] && means(h.Pattern(), r, to, isFirst) {
			v.used[i] = true
			return h, cuts
		}
	}
	return nil, cuts
}

// isAway reports whether the network is away.
func (l *Line) isAway() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.now.Away
}

// navigates reports whether a request asks for a page's own document. Browsers
// say so where the connection is trustworthy; elsewhere what they say of
// navigations stands for it, which frames share.
func navigates(h http.Header) bool {
	if h.Get("Sec-Purpose") != "" {
		return false
	}
	if to := h.Get("Sec-Fetch-Dest"); to != "" {
		return to == "document"
	}
	return h.Get("Upgrade-Insecure-Requests") == "1"
}

// block notes a host that was refused, without the port that its scheme implies.
func (l *Line) block(to *url.URL) {
	host := strings.ToLower(to.Host)
	if to.Scheme == "https" {
		host = strings.TrimSuffix(host, ":443")
	} else {
		host = strings.TrimSuffix(host, ":80")
	}
	host = bounded(host, maxHost)
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.now.blocked) < maxBlocked {
		l.now.blocked[host] = true
	}
}

// same is what sightings have in common that say the same: a marker on a surface
// and path is one sighting, however often it stands there.
type same struct {
	marker                                     int
	owner, item, text, surface, path, wrapping string
	cut                                        bool
}

func sameAs(s record.Sighting) same {
	return same{s.Marker, s.Owner, s.Item, s.Text, s.Surface, s.Path, strings.Join(s.Wrapping, " "), s.Cut}
}

// distinct keeps the first of the sightings that say the same.
func distinct(sightings []record.Sighting) []record.Sighting {
	known := make(map[same]bool, len(sightings))
	return slices.DeleteFunc(sightings, func(s record.Sighting) bool {
		k := sameAs(s)
		if known[k] {
			return true
		}
		known[k] = true
		return false
	})
}
