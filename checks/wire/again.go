package wire

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// Request is a request of a page, to be made again without the page. It holds
// credentials, and so nothing of it can be read.
type Request struct {
	url      *url.URL
	uri      string // as the browser wrote it
	header   http.Header
	document bool // it asked for a page's own document
	status   int  // that it was answered with
}

// Document reports whether the request asked for a page's own document.
func (r *Request) Document() bool { return r.document }

// Status is what the request was answered with.
func (r *Request) Status() int { return r.status }

// maxAgain is how many requests of one visit are remembered.
const maxAgain = 100

// conditions are headers that ask for less than the whole answer, since the
// browser has some of it.
var conditions = []string{"If-None-Match", "If-Modified-Since", "If-Match", "If-Unmodified-Since", "If-Range", "Range"}

// remember notes a request that can be made again: one that reads.
func (v *visit) remember(r *http.Request, to *url.URL) *Request {
	if !v.Remember || r.Method != http.MethodGet || r.Header.Get("Upgrade") != "" {
		return nil
	}
	header := r.Header.Clone()
	for _, name := range conditions {
		header.Del(name)
	}
	return &Request{url: to, uri: r.RequestURI, header: header, document: navigates(r.Header)}
}

// again returns the requests of the visit that are worth making again: they
// brought something that may be a person's. Error pages may be.
func (v *visit) again() []*Request {
	var all []*Request
	for _, e := range v.exchanges {
		if e.again == nil || len(all) == maxAgain {
			continue
		}
		rec := e.snapshot()
		if rec.End.IsZero() || rec.Error != "" || rec.Aborted != "" || rec.Status < 200 || ofNobody(rec.Type) {
			continue
		}
		e.again.status = rec.Status
		all = append(all, e.again)
	}
	return all
}

// ofNobody reports whether a media type is that of what is the same for
// everybody on nearly every site: scripts, style sheets, fonts, films.
func ofNobody(media string) bool {
	return media == "text/css" || strings.HasSuffix(media, "javascript") || strings.HasSuffix(media, "/wasm") || media == eventStream ||
		slices.ContainsFunc([]string{"font/", "application/font", "audio/", "video/"}, func(begin string) bool { return strings.HasPrefix(media, begin) })
}

// Again makes a request again, as part of the visit that the line is at, and
// returns the status of its answer. It passes everything that a browser's
// requests pass: the host list, the holds, the cut, and all that looks at
// answers. The cookies are the request's, but for those that the line was given
// since in answers to such requests.
func (l *Line) Again(ctx context.Context, request *Request) (status int, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(l.ctx, cancel)()
	r := (&http.Request{
		Method: http.MethodGet, URL: request.url, RequestURI: request.uri, Host: request.url.Host, Body: http.NoBody,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: request.header.Clone(),
	}).WithContext(ctx)
	l.given.renew(r.Header)
	w := &unread{header: http.Header{}}
	if !l.serve(w, r) || w.status == 0 {
		if err := context.Cause(ctx); err != nil {
			return 0, err
		}
		return 0, errUnanswered
	}
	l.given.take(w.header)
	return w.status, nil
}

var errUnanswered = errors.New("the exchange was cut off")

// serve serves a request that no connection brought, and reports whether its
// answer came to its end.
func (l *Line) serve(w http.ResponseWriter, r *http.Request) (ended bool) {
	defer func() {
		switch broken := recover(); broken {
		case nil:
			ended = true
		case http.ErrAbortHandler: // net/http's way to end a request without an answer
		default:
			panic(broken)
		}
	}()
	l.ServeHTTP(w, r)
	return
}

// unread takes an answer that nobody reads: what is in it was looked at on
// the way.
type unread struct {
	header http.Header
	status int
}

// Header is the head of the answer.
func (u *unread) Header() http.Header { return u.header }

// Write takes some of the body.
func (u *unread) Write(p []byte) (int, error) {
	if u.status == 0 {
		u.status = http.StatusOK
	}
	return len(p), nil
}

// WriteHeader notes the status. Those before the answer itself are none.
func (u *unread) WriteHeader(status int) {
	if u.status == 0 && status >= 200 {
		u.status = status
	}
}

// Flush does nothing: nothing is kept back.
func (u *unread) Flush() {}

// given are the cookies that a line was given in answers to requests that were
// made again, in place of those that the requests had.
type given struct {
	mu    sync.Mutex
	value map[string]string // by name; "" of one that was taken back
}

// take notes what an answer gives and takes back.
func (g *given) take(answer http.Header) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, line := range answer["Set-Cookie"] {
		c, err := http.ParseSetCookie(line)
		if err != nil {
			continue
		}
		if g.value == nil {
			g.value = map[string]string{}
		}
		if len(g.value) == maxCookies && g.value[c.Name] == "" {
			continue
		}
		if c.MaxAge < 0 || !c.Expires.IsZero() && c.Expires.Before(time.Now()) {
			c.Value = ""
		}
		g.value[c.Name] = c.Value
	}
}

// renew puts what was given into a request's cookies, of which it changes those
// that are there.
func (g *given) renew(request http.Header) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.value) == 0 || len(request["Cookie"]) == 0 {
		return
	}
	var pairs []string
	for pair := range strings.SplitSeq(strings.Join(request["Cookie"], "; "), ";") {
		pair = strings.TrimSpace(pair)
		name, _, _ := strings.Cut(pair, "=")
		value, known := g.value[name]
		switch {
		case !known:
			pairs = append(pairs, pair)
		case value != "":
			pairs = append(pairs, name+"="+value)
		}
	}
	request["Cookie"] = []string{strings.Join(pairs, "; ")}
}

var _ http.Flusher = (*unread)(nil)
