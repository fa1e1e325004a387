package wire

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"sync"
	"time"

	"notmine/checks/record"
)

// Cut says where one exchange of a visit is cut off on purpose, and which. The
// browser sees a load that broke, and nothing of it is tried again; no other
// exchange notices.
type Cut struct {
	// Where is one of
	//   - [record.AbortedRequest]: the target gets the head of the request and
	//     half of its body; without a body, it finds that nobody listens any more
	//     as soon as it has the head;
	//   - [record.AbortedBefore]: the target gets the whole request, and nobody
	//     waits for its answer. It is left half way through the time that it
	//     took for the same path before; at once, where none is known;
	//   - [record.AbortedAnswer]: half of the answer's body goes on to the browser.
	//     Of one without a body, and of a redirect, nothing does.
	//
	// "" is nowhere.
	Where string
	// Pattern is that of the request, as of a [Hold]: the first that fits is cut.
	Pattern string
	// Done, unless nil, is called when it was cut off. It must not wait.
	Done func()
}

// errCut is the error of an exchange that was cut off.
var errCut = errors.New("notmine cut it off on purpose")

// cut cuts one exchange off; nil cuts nothing.
type cut struct {
	Cut
	exchange *exchange
	visit    context.Context // no cut comes after its visit
	usual    time.Duration   // that the target took for such a request; 0 when nobody knows

	ctx    context.Context // of the request upstream
	cancel context.CancelCauseFunc

	mu       sync.Mutex
	conn     *conn // that the request goes on; nil for HTTP/2, where others use it too
	buffered bool  // the end of the request is written later than the transport says
}

// during is the context of the request upstream.
func (c *cut) during(ctx context.Context) context.Context {
	if c == nil {
		return ctx
	}
	c.ctx, c.cancel = context.WithCancelCause(ctx)
	context.AfterFunc(c.visit, c.off)
	return c.ctx
}

// off ends the request upstream: its connection, or its stream in HTTP/2.
func (c *cut) off() { c.cancel(errCut) }

// isOff reports whether it has been ended so.
func (c *cut) isOff() bool { return context.Cause(c.ctx) == errCut }

// request lets half of the request's body pass.
func (c *cut) request(out *http.Request) {
	if c == nil {
		return
	}
	body := out.Body != nil && out.Body != http.NoBody
	// The transport writes bodies of known length through, and flushes what else
	// there is after it has told of it.
	c.buffered = !body || out.ContentLength <= 0
	if c.Where == record.AbortedRequest && body {
		out.Body = &halfRequest{ReadCloser: out.Body, left: out.ContentLength / 2, known: out.ContentLength > 0}
	}
}

// connected notes the connection that the request goes on.
func (c *cut) connected(on net.Conn) {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.conn = connUnder(on)
	if t, ok := on.(*tls.Conn); ok && t.ConnectionState().NegotiatedProtocol == "h2" {
		c.conn = nil
	}
}

// wrote ends the request, now that the target has it.
func (c *cut) wrote(err error) {
	if c == nil || err != nil || c.Where == record.AbortedAnswer {
		return
	}
	c.mu.Lock()
	on := c.conn
	c.mu.Unlock()
	if on != nil && c.buffered {
		on.afterWrite(c.leave)
	} else {
		c.leave()
	}
}

// leave waits no longer for the answer, or not for much longer.
func (c *cut) leave() {
	if c.Where == record.AbortedBefore && c.usual > 0 {
		time.AfterFunc(c.usual/2, c.off)
		return
	}
	c.off()
}

// answer takes the answer to a request that is cut off.
func (c *cut) answer(answer *http.Response, err error) (*http.Response, error) {
	switch {
	case c == nil:
		return answer, err
	case err != nil && !c.isOff() && !errors.Is(err, errCut):
		return nil, err // the target was faster, in its own way
	case err == nil && !c.isOff() && c.Where == record.AbortedAnswer && hasMore(answer):
		body := &half{ReadCloser: answer.Body, cut: c, known: answer.ContentLength > 0, left: max(1, answer.ContentLength/2)}
		body.atOnce = answer.StatusCode == http.StatusSwitchingProtocols || mediaOf(answer.Header.Get("Content-Type")) == eventStream
		if target, ok := answer.Body.(io.ReadWriteCloser); ok {
			answer.Body = halfSwitch{body, target}
		} else {
			answer.Body = body
		}
		return answer, nil
	}
	if err == nil {
		answer.Body.Close() // with its connection: there is more to come on it
	}
	return nil, c.done()
}

// done notes that it was cut off.
func (c *cut) done() error {
	c.off()
	if c.exchange.aborted(c.Where) && c.Done != nil {
		c.Done()
	}
	return errCut
}

// hasMore reports whether a browser waits for what comes behind the head of an
// answer. Redirects it follows without.
func hasMore(answer *http.Response) bool {
	switched := answer.StatusCode == http.StatusSwitchingProtocols
	redirects := answer.StatusCode >= 300 && answer.StatusCode <= 399
	return switched || answer.Body != http.NoBody && answer.ContentLength != 0 && !redirects
}

// aborted notes where the exchange was cut off, once.
func (e *exchange) aborted(where string) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	once := e.rec.Aborted == ""
	e.rec.Aborted = where
	return once
}

// halfRequest is the body of a request that breaks off half way.
type halfRequest struct {
	io.ReadCloser
	known bool  // how long it is
	left  int64 // bytes that still pass, if so
	begun bool
}

func (h *halfRequest) Read(p []byte) (int, error) {
	if h.known && h.left == 0 || !h.known && h.begun {
		return 0, errCut
	}
	h.begun = true
	if h.known {
		p = p[:min(int64(len(p)), h.left)]
	}
	n, err := h.ReadCloser.Read(p)
	h.left -= int64(n)
	if err == io.EOF {
		err = errCut
	}
	if !h.known {
		n /= 2
	}
	return n, err
}

// half is the body of an answer that breaks off half way. Of one of no known
// length, a byte goes on for each two that came.
type half struct {
	io.ReadCloser
	cut    *cut
	known  bool  // how long it is
	left   int64 // bytes that still pass, if so
	atOnce bool  // it breaks off in the first that comes: it may never end

	kept  []byte // that came and did not go on
	came  int
	gone  int
	ended bool
}

// maxBehind is how much of a body is kept back. One of which more came than that,
// twice over, breaks off there.
const maxBehind = 256 << 10

func (h *half) Read(p []byte) (int, error) {
	if h.known {
		if h.left == 0 {
			return 0, h.cut.done()
		}
		n, err := h.ReadCloser.Read(p[:min(int64(len(p)), h.left)])
		h.left -= int64(n)
		return n, h.broken(err)
	}
	for (h.came+1)/2 == h.gone {
		if h.ended {
			return 0, h.cut.done()
		}
		n, err := h.ReadCloser.Read(p)
		h.kept = append(h.kept, p[:n]...)
		h.came += n
		h.ended = err == io.EOF || len(h.kept) > maxBehind || h.atOnce && n > 0
		if err != nil && err != io.EOF {
			return 0, h.broken(err)
		}
	}
	n := copy(p, h.kept[:min(len(h.kept), (h.came+1)/2-h.gone)])
	h.kept = h.kept[:copy(h.kept, h.kept[n:])]
	h.gone += n
	return n, nil
}

// broken is the error of a read: that of the cut if the visit ended meanwhile.
func (h *half) broken(err error) error {
	if err != nil && err != io.EOF && h.cut.isOff() {
		return h.cut.done()
	}
	return err
}

// halfSwitch is the connection after a switch of protocols, which breaks off.
type halfSwitch struct {
	*half
	io.Writer
}

// unrecoverable is the head of an answer that no browser accepts, nor asks for
// again: its lengths differ (RFC 9112, section 6.3). After an end without an
// answer, browsers send a request once more on another connection, if the one
// that it came on was not new.
const unrecoverable = "HTTP/1.1 502 Cut off\r\nContent-Length: 1\r\nContent-Length: 2\r\nConnection: close\r\n\r\n"

// breakOff ends a request towards the browser without an answer.
func breakOff(w http.ResponseWriter, r *http.Request) {
	if c, _, err := http.NewResponseController(w).Hijack(); err == nil { // HTTP/1; of HTTP/2 the stream alone is reset
		io.WriteString(c, unrecoverable)
		c.Close()
		return
	}
	panic(http.ErrAbortHandler)
}
