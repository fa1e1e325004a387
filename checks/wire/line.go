package wire

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"sync"
	"sync/atomic"
	"time"
)

// Line is the part of a wire that one session uses: its listener, its upstream
// connections, and what it was given since the last visit ended.
type Line struct {
	wire     *Wire
	listener net.Listener
	tunnels  *tunnels
	server   *http.Server
	upstream *http.Transport
	proxy    *httputil.ReverseProxy

	ctx    context.Context // ends with the line
	cancel context.CancelFunc
	busy   sync.WaitGroup // goroutines that serve, and requests under way

	given given // cookies, in answers to requests that were made again

	around atomic.Int64 // bytes that were kept of bodies since the last visit ended

	notes *Notes // nil when nothing is noted

	settled chan struct{} // holds a value when an exchange came further since the last look

	mu      sync.Mutex
	closed  bool
	headers http.Header // of the account
	conns   map[*conn]struct{}
	usual   map[string]time.Duration // path → what the target took for an answer, last
	now     *visit
}

func newLine(w *Wire, headers http.Header) (*Line, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	l := &Line{
		wire: w, listener: listener, tunnels: newTunnels(listener.Addr()),
		settled: make(chan struct{}, 1),
		conns:   make(map[*conn]struct{}),
		usual:   make(map[string]time.Duration),
		notes:   newNotes(w),
	}
	l.ctx, l.cancel = context.WithCancel(context.Background())
	l.now = l.newVisit(Visit{})
	l.Become(headers)
	l.upstream = l.newTransport()
	silent := log.New(io.Discard, "", 0)
	l.proxy = &httputil.ReverseProxy{
		Rewrite:        l.rewrite,
		Transport:      (*carrier)(l),
		ModifyResponse: asItCame,
		ErrorHandler:   apologise,
		FlushInterval:  -1, // every read goes on to the browser at once
		BufferPool:     buffers{},
		ErrorLog:       silent,
	}
	l.server = &http.Server{
		Handler:                      l,
		DisableGeneralOptionsHandler: true, // OPTIONS * is for the target
		ErrorLog:                     silent,
		BaseContext:                  func(net.Listener) context.Context { return l.ctx },
		ConnContext: func(ctx context.Context, c net.Conn) context.Context {
			return context.WithValue(ctx, tunnelKey{}, tunnelOf(c))
		},
	}
	l.busy.Go(func() { l.server.Serve(l.listener) })
	l.busy.Go(func() { l.server.Serve(l.tunnels) })
	return l, nil
}

// Become gives the line to another account: from now on its headers go with
// every request to the target, and none of those that went before. Of a request
// that waits at a hold, it is the account at its end that counts.
func (l *Line) Become(headers http.Header) {
	for name, values := range headers {
		for _, value := range values {
			l.wire.secrets.note(name, value)
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.headers = headers.Clone()
}

// Addr is where the line listens, "127.0.0.1:port".
func (l *Line) Addr() string { return l.listener.Addr().String() }

// Close ends the line: its listener, its connections to both sides and whatever
// is under way on them.
func (l *Line) Close() error {
	l.wire.forget(l)
	return l.shut()
}

func (l *Line) shut() error {
	l.mu.Lock()
	if l.closed {
		l.mu.Unlock()
		return nil
	}
	l.closed = true
	conns := l.conns
	l.conns = nil
	l.mu.Unlock()
	l.cancel()
	err := l.server.Close()
	for c := range conns {
		c.Conn.Close() // its own error says nothing that the line's end does not
	}
	l.upstream.CloseIdleConnections()
	l.busy.Wait()
	if err != nil && !errors.Is(err, net.ErrClosed) {
		return fmt.Errorf("closing a line: %w", err)
	}
	return nil
}

// enter lets a request in, unless the line is closed. Who enters calls
// l.busy.Done.
func (l *Line) enter() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return false
	}
	l.busy.Add(1)
	return true
}

// ServeHTTP serves what the browser sends to its proxy and through tunnels.
func (l *Line) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !l.enter() {
		panic(http.ErrAbortHandler)
	}
	defer l.busy.Done()
	if l.isAway() {
		panic(http.ErrAbortHandler)
	}
	t, _ := r.Context().Value(tunnelKey{}).(*tunnel)
	if r.Method == http.MethodConnect && t == nil {
		l.openTunnel(w, r)
		return
	}
	to, ok := destination(r, t)
	if !ok {
		say(w, http.StatusBadRequest, "This is notmine's proxy. It serves the browsers of a run and has no pages of its own.")
		return
	}
	if !l.wire.hosts.allow(to) {
		l.refuse(w, to)
		return
	}
	e := l.start(w, r, to)
	defer e.finish(browserLeft) // if nothing else ended it
	l.proxy.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), exchangeKey{}, e)))
}

// tunnelKey and exchangeKey are keys of request contexts.
type (
	tunnelKey   struct{} // *tunnel, nil outside of tunnels
	exchangeKey struct{} // *exchange
)

// destination is where a request wants to go.
func destination(r *http.Request, t *tunnel) (*url.URL, bool) {
	to := *r.URL
	if t != nil {
		to.Scheme, to.Host = t.scheme, t.addr
	}
	return &to, to.Host != "" && (to.Scheme == "http" || to.Scheme == "https")
}

// refuse turns a request away that goes where the browsers must not go.
func (l *Line) refuse(w http.ResponseWriter, to *url.URL) {
	l.block(to)
	say(w, http.StatusForbidden, fmt.Sprintf(
		"notmine refused to talk to %s: it is neither the target nor one of the plan's hosts.", bounded(to.Host, maxHost)))
}

// say answers with a sentence of notmine's own.
func say(w http.ResponseWriter, status int, sentence string) {
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	io.WriteString(w, sentence+"\n")
}

// conn is a connection that ends with its line.
type conn struct {
	net.Conn
	id      string // of an upstream connection, unique in the run
	line    *Line
	written atomic.Pointer[func()] // to be called after the next write
}

// afterWrite has f called once, after the next write.
func (c *conn) afterWrite(f func()) { c.written.Store(&f) }

// Write writes to the connection.
func (c *conn) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	if f := c.written.Swap(nil); f != nil {
		(*f)()
	}
	return n, err
}

// track makes a connection end with the line.
func (l *Line) track(c net.Conn, id string) *conn {
	t := &conn{Conn: c, id: id, line: l}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		c.Close()
	} else {
		l.conns[t] = struct{}{}
	}
	return t
}

// Close closes the connection.
func (c *conn) Close() error {
	c.line.mu.Lock()
	delete(c.line.conns, c)
	c.line.mu.Unlock()
	return c.Conn.Close()
}

// buffers lends the buffers that bodies are copied with.
type buffers struct{}

const bufferSize = 16 << 10

var pool = sync.Pool{New: func() any { return new([bufferSize]byte) }}

func (buffers) Get() []byte  { return pool.Get().(*[bufferSize]byte)[:] }
func (buffers) Put(b []byte) { pool.Put((*[bufferSize]byte)(b)) }
