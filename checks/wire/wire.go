package wire

import (
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"notmine/checks/plan"
	"notmine/checks/sight"
)

// Config says what a wire connects and what it looks for.
type Config struct {
	Target   *url.URL      // base URL of the target
	Hosts    []string      // further hosts that may be talked to: "host" for any port, or "host:port"
	CA       string        // PEM file with authorities to trust besides the system's; "" for none
	Insecure bool          // accept any certificate upstream
	Finder   *sight.Finder // what to look for; nil for nothing
	Key      []byte        // key of the digests of credentials; random when empty

	// Evidence says what is kept of exchanges in which a marker was sighted, for
	// [Seen.Copies]: nothing with plan.None, and all but the markers is covered
	// unless it is plan.Full. "" is plan.Masked.
	Evidence plan.Evidence

	// Note has [Line.Notes] filled.
	Note bool

	// Proxy chooses the upstream proxy of a request, as in [http.Transport].
	// Nil means [http.ProxyFromEnvironment], which leaves loopback out.
	Proxy func(*http.Request) (*url.URL, error)

	// MaxSeen is how many decoded bytes of one body are looked at. The rest
	// still flows, and the observation says what was missed. 0 means
	// 64 MiB.
	MaxSeen int64

	// AnswerWait and BodyWait bound how long End waits for the visit's own
	// exchanges: for those that nobody has answered yet, and for those whose
	// body still flows. 0 means 300 ms and 2 s.
	AnswerWait, BodyWait time.Duration
}

// Wire is the proxy of one run. Its methods may be called by any goroutine.
type Wire struct {
	config    Config
	hosts     hosts
	authority *authority
	upstream  *tls.Config
	secrets   *secrets
	dull      *dull

	exchanges atomic.Int64 // last ID given to an exchange
	conns     atomic.Int64 // last ID given to an upstream connection

	mu     sync.Mutex
	lines  map[*Line]struct{}
	closed bool
}

// New makes a wire. It opens no listener yet.
func New(c Config) (*Wire, error) {
	if c.MaxSeen == 0 {
		c.MaxSeen = 64 << 20
	}
	if c.AnswerWait == 0 {
		c.AnswerWait = 300 * time.Millisecond
	}
	if c.BodyWait == 0 {
		c.BodyWait = 2 * time.Second
	}
	if c.Proxy == nil {
		c.Proxy = http.ProxyFromEnvironment
	}
	if len(c.Key) == 0 {
		c.Key = make([]byte, 32)
		rand.Read(c.Key) // never fails, as crypto/rand says
	}
	w := &Wire{config: c, secrets: newSecrets(), dull: newDull(), lines: make(map[*Line]struct{})}
	var err error
	if w.hosts, err = newHosts(c.Target, c.Hosts); err != nil {
		return nil, err
	}
	if w.upstream, err = upstreamTLS(c.CA, c.Insecure); err != nil {
		return nil, err
	}
	if w.authority, err = newAuthority(); err != nil {
		return nil, fmt.Errorf("making the run's authority: %w", err)
	}
	return w, nil
}

// SPKI is the base64 SHA-256 of the key in all certificates that the wire
// shows, as Chromium's --ignore-certificate-errors-spki-list takes it.
func (w *Wire) SPKI() string { return w.authority.spki }

// Open opens a line for one session. The headers go with every request to the
// target and to no other host; they replace the browser's own of that name.
func (w *Wire) Open(headers http.Header) (*Line, error) {
	l, err := newLine(w, headers)
	if err != nil {
		return nil, fmt.Errorf("opening a line: %w", err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		l.shut()
		return nil, errors.New("opening a line: the wire is closed")
	}
	w.lines[l] = struct{}{}
	return l, nil
}

// Close closes all lines.
func (w *Wire) Close() error {
	w.mu.Lock()
	w.closed = true
	lines := w.lines
	w.lines = nil
	w.mu.Unlock()
	var errs []error
	for l := range lines {
		errs = append(errs, l.shut())
	}
	return errors.Join(errs...)
}

// forget takes a line out of the wire's list.
func (w *Wire) forget(l *Line) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.lines, l)
}
