package wire

import (
	"io"
	"sync"
)

// watched is the body of an answer on its way to the browser. What is read from
// it has been looked at: a browser has nothing that the wire has not seen,
// but for bytes that wait for the rest of a compressed block.
type watched struct {
	body     io.ReadCloser
	exchange *exchange

	mu    sync.Mutex // a body may be closed while it is read
	copy  viewer
	ended bool
}

// viewer looks at a copy of a body.
type viewer interface {
	// see looks at what comes next of the body as it is sent.
	see(p []byte)
	// end looks at all that is left. A body that is not whole may well end in
	// the middle of something.
	end(whole bool)
}

// listener is told what a viewer makes of a body.
type listener interface {
	// look looks at what comes next, as whoever sent it meant it. After an
	// error nothing more is wanted.
	look(p []byte) error
	// miss is told why something cannot be looked at.
	miss(why string)
}

func newWatched(body io.ReadCloser, e *exchange, v viewer) *watched {
	return &watched{body: body, exchange: e, copy: v}
}

// Read passes on what comes, and looks at it.
func (w *watched) Read(p []byte) (int, error) {
	n, err := w.body.Read(p)
	if n > 0 {
		w.exchange.passed(n)
		w.mu.Lock()
		if !w.ended {
			w.copy.see(p[:n])
		}
		w.mu.Unlock()
	}
	switch {
	case err == io.EOF:
		w.end("")
	case err != nil:
		w.end(trouble(err, w.exchange.to.Host))
	}
	return n, err
}

// Close ends the exchange when the browser wants no more of it.
func (w *watched) Close() error {
	err := w.body.Close()
	w.end(browserLeft)
	return err
}

func (w *watched) end(reason string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ended {
		return
	}
	w.ended = true
	w.copy.end(reason == "")
	w.exchange.finish(reason)
}

// watchedRequest is the body of a request on its way to the target.
type watchedRequest struct {
	body io.ReadCloser
	side *side

	mu    sync.Mutex // a body may be closed while it is read
	copy  viewer
	ended bool
}

// Read passes on what comes, and looks at it.
func (w *watchedRequest) Read(p []byte) (int, error) {
	n, err := w.body.Read(p)
	if n > 0 {
		w.mu.Lock()
		if !w.ended {
			w.copy.see(p[:n])
		}
		w.mu.Unlock()
	}
	if err != nil {
		w.end(err == io.EOF)
	}
	return n, err
}

// Close ends the looking when the target wants no more of it.
func (w *watchedRequest) Close() error {
	err := w.body.Close()
	w.end(false)
	return err
}

func (w *watchedRequest) end(whole bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ended {
		return
	}
	w.ended = true
	w.copy.end(whole)
	w.side.end()
}

// watchedSwitch is the connection after a switch of protocols.
type watchedSwitch struct {
	*watched
	target io.Writer
	copy   viewer // of what the browser sends
}

// Write looks at what the browser sends, and passes it on: the answer to it may
// end the visit.
func (w *watchedSwitch) Write(p []byte) (int, error) {
	w.copy.see(p)
	return w.target.Write(p)
}
