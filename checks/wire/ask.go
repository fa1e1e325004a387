package wire

import (
	"context"
	"errors"
	"fmt"
	"net/http"
)

// Answer is what a session without a browser was given.
type Answer struct {
	Status int
	Header http.Header
	Text   []byte // the beginning of the body, its content codings undone
	Whole  bool   // all of it is in Text
}

// Ask makes a request for a session without a browser, as part of the visit that
// the line is at, and returns its answer with at most keep bytes of the body. It
// passes everything that a browser's requests pass: the host list, the plan's
// headers, the holds, the cut, and all that looks at answers. It follows no
// redirect and knows no cookies but those of the request.
//
// An answer that does not end before ctx is done, or that breaks off, is returned
// with the error that says so; nil is none at all.
func (l *Line) Ask(ctx context.Context, request *http.Request, keep int) (*Answer, error) {
	if !l.wire.hosts.allow(request.URL) {
		l.block(request.URL)
		return nil, fmt.Errorf("%s is neither the target nor one of the plan's hosts", bounded(request.URL.Host, maxHost))
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(l.ctx, func() { cancel(errLineClosed) })()
	// With a server in the context, an answer that breaks off breaks off here too.
	r := request.Clone(context.WithValue(ctx, http.ServerContextKey, l.server))
	r.RequestURI = request.URL.RequestURI()
	r.Proto, r.ProtoMajor, r.ProtoMinor = "HTTP/1.1", 1, 1
	if r.Body == nil {
		r.Body = http.NoBody
	}
	w := &asked{header: http.Header{}, keep: keep}
	ended := l.serve(w, r)
	if w.copy != nil {
		w.copy.end(ended)
	}
	var err error
	switch {
	case context.Cause(ctx) != nil:
		err = context.Cause(ctx)
	case w.failed != "":
		err = fmt.Errorf("no answer: %s", w.failed)
	case !ended || w.status == 0:
		err = errUnanswered
	}
	if w.status == 0 {
		return nil, err
	}
	return &Answer{Status: w.status, Header: w.header, Text: w.text, Whole: err == nil && !w.less}, err
}

var errLineClosed = errors.New("the session is closed")

// asked takes an answer for a session without a browser.
type asked struct {
	header http.Header
	status int
	failed string // why there is none of the target's
	copy   viewer // of the body as it is sent
	keep   int
	text   []byte
	less   bool // text is not all
}

// Header is the head of the answer.
func (a *asked) Header() http.Header { return a.header }

// WriteHeader notes the status. Those before the answer itself are none.
func (a *asked) WriteHeader(status int) {
	if a.status == 0 && status >= 200 {
		a.status = status
		a.copy = newUndoing(a.header["Content-Encoding"], a)
	}
}

// Write takes some of the body.
func (a *asked) Write(p []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	a.copy.see(p)
	return len(p), nil
}

// Flush does nothing: nothing is kept back.
func (a *asked) Flush() {}

// look keeps what comes next.
func (a *asked) look(p []byte) error {
	if room := a.keep - len(a.text); len(p) > room {
		a.text, a.less = append(a.text, p[:room]...), true
		return errEnough
	}
	a.text = append(a.text, p...)
	return nil
}

// miss notes that the body cannot be read on.
func (a *asked) miss(string) { a.less = true }

var (
	_ http.Flusher = (*asked)(nil)
	_ listener     = (*asked)(nil)
)
