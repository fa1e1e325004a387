package wire

import (
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/url"
	"sync"
)

// tunnel is the browser's side of a CONNECT. What it carries is served like any
// other connection, whether it is TLS or, as Chromium sends WebSockets without
// TLS, plain HTTP.
type tunnel struct {
	*conn
	head   []byte // read already, to be read again
	scheme string // http or https
	addr   string // host:port, as the browser asked for it
	host   string // without the port
}

// Read gives what was read ahead first.
func (t *tunnel) Read(p []byte) (int, error) {
	if len(t.head) > 0 {
		n := copy(p, t.head)
		t.head = t.head[n:]
		return n, nil
	}
	return t.conn.Read(p)
}

// handshake is the first byte of a TLS connection: the record type of RFC 8446,
// section 5.1. No method of HTTP begins with it.
const handshake = 0x16

// openTunnel answers a CONNECT and serves what comes through it.
func (l *Line) openTunnel(w http.ResponseWriter, r *http.Request) {
	to := &url.URL{Scheme: "https", Host: r.URL.Host}
	if !l.wire.hosts.allow(to) {
		l.refuse(w, to)
		return
	}
	raw, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler) // the browser has gone
	}
	t := &tunnel{conn: l.track(raw, ""), scheme: "http", addr: to.Host, host: to.Hostname()}
	if n := buffered.Reader.Buffered(); n > 0 {
		ahead, _ := buffered.Reader.Peek(n)
		t.head = append(t.head, ahead...)
	}
	if _, err := io.WriteString(raw, "HTTP/1.1 200 Connection established\r\n\r\n"); err != nil {
		t.Close()
		return
	}
	if len(t.head) == 0 {
		first := make([]byte, 1)
		if _, err := io.ReadFull(raw, first); err != nil {
			t.Close()
			return
		}
		t.head = first
	}
	var serve net.Conn = t
	if t.head[0] == handshake {
		t.scheme = "https"
		serve = tls.Server(t, l.wire.authority.config)
	}
	if !l.tunnels.hand(serve) {
		t.Close()
	}
}

// tunnelOf returns the tunnel under a connection, nil when there is none.
func tunnelOf(c net.Conn) *tunnel {
	if t, ok := c.(*tls.Conn); ok {
		c = t.NetConn()
	}
	t, _ := c.(*tunnel)
	return t
}

// tunnels is a listener that accepts connections which are handed to it.
type tunnels struct {
	accept chan net.Conn
	done   chan struct{}
	once   sync.Once
	addr   net.Addr
}

func newTunnels(addr net.Addr) *tunnels {
	return &tunnels{accept: make(chan net.Conn), done: make(chan struct{}), addr: addr}
}

// hand gives a connection to whoever accepts; false when the listener is closed.
func (t *tunnels) hand(c net.Conn) bool {
	select {
	case t.accept <- c:
		return true
	case <-t.done:
		return false
	}
}

func (t *tunnels) Accept() (net.Conn, error) {
	select {
	case c := <-t.accept:
		return c, nil
	case <-t.done:
		return nil, net.ErrClosed
	}
}

func (t *tunnels) Close() error {
	t.once.Do(func() { close(t.done) })
	return nil
}

func (t *tunnels) Addr() net.Addr { return t.addr }
