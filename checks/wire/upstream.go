package wire

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/http/httputil"
	"net/textproto"
	"net/url"
	"os"
	"strings"
	"time"
)

// upstreamTLS is how certificates of the target are verified: by the system's
// authorities and those of a PEM file.
func upstreamTLS(ca string, insecure bool) (*tls.Config, error) {
	c := &tls.Config{
		MinVersion: tls.VersionTLS12, InsecureSkipVerify: insecure,
		DynamicRecordSizingDisabled: true, // what is flushed at once is one write; see cut
	}
	if ca == "" {
		return c, nil
	}
	pem, err := os.ReadFile(ca)
	if err != nil {
		return nil, fmt.Errorf("reading authorities: %w", err)
	}
	if c.RootCAs, err = x509.SystemCertPool(); err != nil {
		c.RootCAs = x509.NewCertPool() // a system without any
	}
	if !c.RootCAs.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("reading authorities: no certificate in %s", ca)
	}
	return c, nil
}

// newTransport makes the upstream connections of one session.
func (l *Line) newTransport() *http.Transport {
	dialer := net.Dialer{Timeout: 30 * time.Second}
	return &http.Transport{
		Proxy: l.wire.config.Proxy,
		DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			c, err := dialer.DialContext(ctx, network, addr)
			if err != nil {
				return nil, err
			}
			return l.track(c, fmt.Sprintf("c%d", l.wire.conns.Add(1))), nil
		},
		TLSClientConfig:       l.wire.upstream.Clone(),
		TLSHandshakeTimeout:   30 * time.Second,
		ForceAttemptHTTP2:     true,
		DisableCompression:    true, // the browser and the target settle the coding
		MaxIdleConnsPerHost:   64,
		IdleConnTimeout:       5 * time.Minute,
		ExpectContinueTimeout: time.Second,
	}
}

// rewrite makes of the browser's request the one that goes upstream.
func (l *Line) rewrite(r *httputil.ProxyRequest) {
	e := exchangeOf(r.Out.Context())
	r.Out.URL = asWritten(r.In, e.to)
	// ReverseProxy takes these away, for fear of servers that trust them.
	for _, name := range []string{"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto"} {
		if values, ok := r.In.Header[name]; ok {
			r.Out.Header[name] = values
		}
	}
	if !l.wire.hosts.target(e.to) {
		return
	}
	if e.trace != "" {
		r.Out.Header.Set("Traceparent", e.trace)
		r.Out.Header.Del("Tracestate") // belongs to the trace that was replaced: W3C Trace Context, section 3.3
	}
}

// asWritten is the URL of a request in a form that goes out exactly as it came:
// net/url would escape some bytes of a path that browsers leave alone.
func asWritten(in *http.Request, to *url.URL) *url.URL {
	out := *to
	path, _, _ := strings.Cut(in.RequestURI, "?")
	if _, rest, ok := strings.Cut(path, "://"); ok {
		_, rest, _ = strings.Cut(rest, "/")
		path = "/" + rest
	}
	if strings.HasPrefix(path, "/") && !strings.HasPrefix(path, "//") && path != out.EscapedPath() {
		out.Opaque = path
	}
	return &out
}

// introduce adds the plan's headers, those of the account that the session has
// by now, to a request to the target.
func (l *Line) introduce(out *http.Request, to *url.URL) {
	if !l.wire.hosts.target(to) {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for name, values := range l.headers {
		if name == "Host" {
			out.Host = strings.Join(values, "")
			continue
		}
		out.Header[name] = values
	}
}

// carrier takes a line's requests upstream.
type carrier Line

// RoundTrip holds the request at its barrier, sends it, and watches the answer.
func (c *carrier) RoundTrip(out *http.Request) (*http.Response, error) {
	l, ctx := (*Line)(c), out.Context()
	e := exchangeOf(ctx)
	sent := e.hold.arrive(ctx)
	l.introduce(out, e.to)
	out = out.WithContext(httptrace.WithClientTrace(e.cut.during(ctx), &httptrace.ClientTrace{
		GotConn:      func(info httptrace.GotConnInfo) { e.connected(connID(info.Conn)); e.cut.connected(info.Conn) },
		WroteRequest: func(info httptrace.WroteRequestInfo) { e.sent(); sent(); e.cut.wrote(info.Err) },
		Got1xxResponse: func(_ int, h textproto.MIMEHeader) error {
			e.hinted(http.Header(h))
			return nil
		},
	}))
	e.asks(out)
	e.cut.request(out)
	answer, err := e.cut.answer(l.upstream.RoundTrip(out))
	sent() // also when it could not be: nobody shall wait for it
	if err == nil {
		e.answered(answer)
		l.took(e)
		readAhead(answer)
	}
	e.hold.answered(ctx)
	return answer, err
}

// connID is the id of the connection under those that wrap it.
func connID(c net.Conn) string {
	if t := connUnder(c); t != nil {
		return t.id
	}
	return ""
}

// connUnder is the connection under those that wrap it, nil if it is none of a
// line's.
func connUnder(c net.Conn) *conn {
	for c != nil {
		if t, ok := c.(*conn); ok {
			return t
		}
		under, ok := c.(interface{ NetConn() net.Conn })
		if !ok {
			return nil
		}
		c = under.NetConn()
	}
	return nil
}

// maxPaths is how many paths a line knows the usual time of.
const maxPaths = 1000

// took notes how long the target took for an answer.
func (l *Line) took(e *exchange) {
	rec := e.snapshot()
	if rec.Sent.IsZero() {
		return // it was answered before it was heard out
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, known := l.usual[e.path]; known || len(l.usual) < maxPaths {
		l.usual[e.path] = rec.Answered.Sub(rec.Sent)
	}
}

// asItCame keeps net/http from adding to an answer what the target did not send.
func asItCame(answer *http.Response) error {
	h := exchangeOf(answer.Request.Context()).w.Header()
	for _, name := range []string{"Date", "Content-Type"} {
		if _, ok := answer.Header[name]; !ok {
			h[name] = nil
		}
	}
	return nil
}

// apologise answers for a target that did not.
func apologise(w http.ResponseWriter, r *http.Request, err error) {
	e := exchangeOf(r.Context())
	if errors.Is(err, errCut) {
		e.finish(errCut.Error())
		breakOff(w, r)
		return
	}
	if r.Context().Err() != nil {
		e.finish(browserLeft)
		return
	}
	reason := trouble(err, e.to.Host)
	e.finish(reason)
	if a, ok := w.(*asked); ok {
		a.failed = reason
		return
	}
	say(w, http.StatusBadGateway, "notmine got no answer from the target: "+reason+
		".\n\nThis page is notmine's own. It did not come from the target.")
}

// browserLeft is why an exchange ended that the browser did not want any more.
const browserLeft = "the browser broke off"

// trouble says in plain words why the target gave no answer, or none to the
// end. It quotes nothing that came from the target.
func trouble(err error, host string) string {
	var (
		verification *tls.CertificateVerificationError
		name         *net.DNSError
		operation    *net.OpError
		record       tls.RecordHeaderError
		alert        tls.AlertError
		stream       streamError
		malformed    textproto.ProtocolError
		timeout      net.Error
	)
	switch {
	case errors.Is(err, errCut):
		return errCut.Error()
	case errors.As(err, &verification):
		return bounded(fmt.Sprintf("the certificate of %s was not accepted: %v (a plan can name its authority with tls: {ca: FILE})",
			host, verification.Err), 300)
	case errors.As(err, &name):
		return "no address was found for " + host
	case errors.As(err, &record):
		return host + " does not speak TLS"
	case errors.As(err, &alert):
		return bounded(fmt.Sprintf("opening TLS with %s failed: %v", host, alert), 300)
	case errors.As(err, &operation) && operation.Op == "dial":
		return bounded(fmt.Sprintf("connecting to %s failed: %v", host, operation.Err), 300)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.As(err, &operation):
		return "the target closed the connection too early"
	case errors.As(err, &stream):
		return "the target reset the stream too early"
	case errors.As(err, &malformed):
		return "the target's answer is not HTTP"
	case errors.As(err, &timeout) && timeout.Timeout():
		return "the target took too long"
	default:
		text, _, _ := strings.Cut(err.Error(), `"`) // what follows may quote the answer
		return bounded("the exchange with the target failed: "+strings.TrimSpace(text), 300)
	}
}

// streamError is the end of one stream of HTTP/2. net/http keeps its own type to
// itself, but fills in one of the same fields for errors.As.
type streamError struct {
	StreamID uint32
	Code     uint32
	Cause    error
}

func (streamError) Error() string { return "stream error" }

// bounded cuts text at a length in bytes, between characters.
func bounded(s string, max int) string {
	if len(s) > max {
		s = s[:max]
	}
	return strings.ToValidUTF8(s, "")
}
