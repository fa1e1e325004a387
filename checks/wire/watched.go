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
	// end looks at all that is left. It returns why something could not be
	// looked at, "" when all was. A body that is not whole may well end in
	// the middle of something, which is no reason.
	end(whole bool) (reason string)
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
	if unseen := w.copy.end(reason == ""); unseen != "" {
		w.exchange.unseen(unseen)
	}
	w.exchange.finish(reason)
}

// watchedSwitch is the connection after a switch of protocols. Of what the
// browser sends nothing is looked at.
type watchedSwitch struct {
	*watched
	io.Writer
}
