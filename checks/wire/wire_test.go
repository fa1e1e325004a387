package wire

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"notmine/checks/marker"
	"notmine/checks/record"
	"notmine/checks/sight"
)

const run = 7

// canary is what alice owns; every test may send it.
var canary = marker.Mint("alice", "subject", 1, run)

func finder(t testing.TB) *sight.Finder {
	t.Helper()
	ledger := marker.NewLedger(run, []marker.Member{{Name: "alice"}, {Name: "bob"}})
	if _, err := ledger.Add(marker.Entry{Text: canary, Owner: "alice", Item: "subject", Version: 1}); err != nil {
		t.Fatal(err)
	}
	f, err := sight.NewFinder(ledger)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// newWire makes a wire for a test server.
func newWire(t testing.TB, target *httptest.Server, change func(*Config)) *Wire {
	t.Helper()
	u, err := url.Parse(target.URL)
	if err != nil {
		t.Fatal(err)
	}
	c := Config{Target: u, Finder: finder(t), Key: []byte("a key")}
	if target.Certificate() != nil {
		c.CA = filepath.Join(t.TempDir(), "ca.pem")
		block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: target.Certificate().Raw})
		if err := os.WriteFile(c.CA, block, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if change != nil {
		change(&c)
	}
	w, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Errorf("closing the wire: %v", err)
		}
	})
	return w
}

// open opens a line and a client that has it as its proxy, as a browser would.
func open(t testing.TB, w *Wire, headers http.Header) (*Line, *http.Client) {
	t.Helper()
	l, err := w.Open(headers)
	if err != nil {
		t.Fatal(err)
	}
	return l, client(t, w, l)
}

func client(t testing.TB, w *Wire, l *Line) *http.Client {
	transport := &http.Transport{
		Proxy:              http.ProxyURL(&url.URL{Scheme: "http", Host: l.Addr()}),
		DisableCompression: true,
		ForceAttemptHTTP2:  true,
		TLSClientConfig:    &tls.Config{RootCAs: x509.NewCertPool()},
	}
	transport.TLSClientConfig.RootCAs.AddCert(w.authority.root)
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, CheckRedirect: noRedirect}
}

func noRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// answer is all of an answer that a browser can tell.
type answer struct {
	Status  int
	Header  http.Header
	Body    []byte
	Trailer http.Header
	Broken  bool
}

func get(t testing.TB, c *http.Client, url string) answer {
	t.Helper()
	req, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	return do(t, c, req)
}

func do(t testing.TB, c *http.Client, req *http.Request) answer {
	t.Helper()
	res, err := c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	return answer{res.StatusCode, res.Header, body, res.Trailer, err != nil}
}

// found lists sightings as "owner item surface path".
func found(seen Seen) []string {
	var list []string
	for _, s := range seen.Sightings {
		list = append(list, fmt.Sprint(s.Owner, " ", s.Item, " ", s.Surface, " ", s.Path))
	}
	slices.Sort(list)
	return list
}

// only returns the exchange of a path.
func only(t testing.TB, seen Seen, path string) record.Exchange {
	t.Helper()
	for _, e := range seen.Exchanges {
		if u, err := url.Parse(e.URL); err == nil && u.Path == path {
			return e
		}
	}
	t.Fatalf("no exchange of %s in %v", path, seen.Exchanges)
	return record.Exchange{}
}

// site answers in all the ways that have to pass unaltered.
func site(big []byte) http.Handler {
	mux := http.NewServeMux()
	handle := func(path string, h http.HandlerFunc) {
		mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Date", "Sun, 22 Nov 2026 04:00:00 GMT")
			h(w, r)
		})
	}
	handle("/text", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=euc-kr")
		fmt.Fprintf(w, "<p>%s</p>", canary)
	})
	handle("/repeated", func(w http.ResponseWriter, r *http.Request) {
		w.Header()["Set-Cookie"] = []string{"b=2; HttpOnly", "a=1; Path=/", "b=3"}
		w.Header()["X-Twice"] = []string{"second", "first", ""}
		w.Header()["Www-Authenticate"] = []string{"Basic realm=x", "Bearer"}
		w.WriteHeader(http.StatusUnauthorized)
	})
	handle("/untyped", func(w http.ResponseWriter, r *http.Request) {
		w.Header()["Content-Type"] = nil
		io.WriteString(w, "<html>what might this be")
	})
	mux.HandleFunc("/undated", func(w http.ResponseWriter, r *http.Request) {
		w.Header()["Date"] = nil
		io.WriteString(w, "no date")
	})
	handle("/redirect", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Add("Set-Cookie", "sid=5f2b8c1de3; HttpOnly")
		w.Header().Set("Location", "/text?who="+canary)
		w.WriteHeader(http.StatusFound)
	})
	handle("/nothing", func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusNoContent) })
	handle("/unchanged", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `"x"`)
		w.WriteHeader(http.StatusNotModified)
	})
	handle("/early", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Link", "</a.css>; rel=preload")
		w.WriteHeader(http.StatusEarlyHints)
		io.WriteString(w, "early")
	})
	handle("/trailer", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Trailer", "X-Sum")
		io.WriteString(w, "body")
		w.Header().Set("X-Sum", "123")
		w.Header().Set(http.TrailerPrefix+"X-Late", "456")
	})
	handle("/big", func(w http.ResponseWriter, r *http.Request) { w.Write(big) })
	for coding := range maps.Keys(encoders) {
		handle("/coded/"+coding, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("Content-Encoding", strings.Replace(coding, "raw", "deflate", 1))
			w.Write(encode(coding, []byte(`{"subject":"`+canary+`"}`)))
		})
	}
	handle("/broken", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "100000")
		io.WriteString(w, canary)
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	})
	handle("/broken-chunked", func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, canary)
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	})
	handle("/echo", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintln(w, r.Method, r.RequestURI, r.Host, r.Proto, r.ContentLength)
		r.Header.Write(w)
		io.Copy(w, r.Body)
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.RequestURI) })
	return mux
}

// newTextServer serves fixed texts.
func newTextServer(t testing.TB, texts map[string]string) *httptest.Server {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, texts[r.URL.Path])
	}))
	t.Cleanup(server.Close)
	return server
}

// servers starts a site in every way that a target can be reached.
func servers(t *testing.T, h http.Handler) map[string]*httptest.Server {
	all := map[string]*httptest.Server{"http": httptest.NewServer(h)}
	all["https"] = httptest.NewTLSServer(h)
	h2 := httptest.NewUnstartedServer(h)
	h2.EnableHTTP2 = true
	h2.StartTLS()
	all["https with HTTP/2"] = h2
	for _, s := range all {
		s.Config.ErrorLog = silent
		t.Cleanup(s.Close)
	}
	return all
}

func TestPassesUnaltered(t *testing.T) {
	big := make([]byte, 50<<20)
	random := rand.NewChaCha8([32]byte{})
	random.Read(big)
	copy(big[30<<20:], canary)
	for name, server := range servers(t, site(big)) {
		t.Run(name, func(t *testing.T) {
			w := newWire(t, server, nil)
			l, through := open(t, w, nil)
			direct := server.Client()
			direct.CheckRedirect = noRedirect
			direct.Transport.(*http.Transport).DisableCompression = true

			paths := []string{
				"/text", "/repeated", "/untyped", "/undated", "/redirect", "/nothing", "/unchanged", "/early", "/trailer", "/missing",
				"/a%2Fb;c=d/%ED%95%9C", "/q?a=1;b=2&c=%zz&d", "/broken", "/broken-chunked", "/big",
			}
			for coding := range encoders {
				paths = append(paths, "/coded/"+coding)
			}
			l.Begin(Visit{})
			for _, path := range paths {
				want, got := get(t, direct, server.URL+path), get(t, through, server.URL+path)
				if !bytes.Equal(want.Body, got.Body) {
					t.Errorf("%s: %d bytes of body came as %d others", path, len(want.Body), len(got.Body))
				}
				want.Body, got.Body = nil, nil
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("%s: the answer was altered (-sent +came):\n%s", path, diff)
				}
			}
			seen := l.End(t.Context())
			if len(seen.Exchanges) != len(paths) {
				t.Errorf("%d exchanges were recorded, want %d", len(seen.Exchanges), len(paths))
			}
			want := []string{
				"alice subject download /big", "alice subject body /broken", "alice subject body /broken-chunked", "alice subject body /text",
				"alice subject header /redirect",
			}
			for coding := range encoders {
				want = append(want, "alice subject body /coded/"+coding)
			}
			slices.Sort(want)
			if diff := cmp.Diff(want, found(seen)); diff != "" {
				t.Errorf("sightings (-want +got):\n%s", diff)
			}
			if len(seen.Missed) > 0 {
				t.Errorf("missed: %q", seen.Missed)
			}
			proto := "HTTP/1.1"
			if server.EnableHTTP2 {
				proto = "HTTP/2.0"
			}
			if e := only(t, seen, "/big"); e.Proto != proto || e.Bytes != int64(len(big)) || e.Seen != e.Bytes || e.Error != "" || e.Conn == "" {
				t.Errorf("the download is recorded as %+v", e)
			}
			for _, path := range []string{"/broken", "/broken-chunked"} {
				if e := only(t, seen, path); e.Error == "" || e.Error == browserLeft || e.Bytes != int64(len(canary)) {
					t.Errorf("a body that broke off is recorded as %+v", e)
				}
			}
		})
	}
}

func TestHTTP2OnBothSides(t *testing.T) {
	server := servers(t, site(nil))["https with HTTP/2"]
	_, c := open(t, newWire(t, server, nil), nil)
	res, err := c.Get(server.URL + "/echo")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, _ := io.ReadAll(res.Body)
	if res.ProtoMajor != 2 || !strings.Contains(string(body), "HTTP/2.0") {
		t.Errorf("HTTP/%d to the browser; the target saw %s", res.ProtoMajor, body)
	}
}

// net/url would escape the bar, which browsers send as it is. Go's own client
// cannot, so this one speaks for itself.
func TestPathPassesAsWritten(t *testing.T) {
	server := httptest.NewServer(site(nil))
	defer server.Close()
	l, _ := open(t, newWire(t, server, nil), nil)
	c := dial(t, l.Addr())
	fmt.Fprintf(c, "GET %s/a|b^c?x=\"|\" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", server.URL)
	got, _ := io.ReadAll(c)
	if !strings.HasSuffix(string(got), `/a|b^c?x="|"`) {
		t.Errorf("the target was asked for something else: %q", got)
	}
}

func TestRequestsPassUnaltered(t *testing.T) {
	for name, server := range servers(t, site(nil)) {
		t.Run(name, func(t *testing.T) {
			l, through := open(t, newWire(t, server, nil), nil)
			direct := server.Client()
			direct.Transport.(*http.Transport).DisableCompression = true
			ask := func(c *http.Client) string {
				req, _ := http.NewRequest(http.MethodPost, server.URL+"/echo?a=1;b", strings.NewReader("what was typed"))
				req.Header.Set("User-Agent", "a browser") // or Go names the protocol in it
				req.Header.Set("Accept-Encoding", "gzip, deflate, br, zstd")
				req.Header.Set("X-Forwarded-For", "192.0.2.1")
				req.Header.Set("Cookie", "sid=12345678; lang=ko")
				return string(do(t, c, req).Body)
			}
			if diff := cmp.Diff(ask(direct), ask(through)); diff != "" {
				t.Errorf("the target saw another request (-sent +came):\n%s", diff)
			}
			l.End(t.Context())
		})
	}
}

func TestHeadersAndTraceGoToTheTargetOnly(t *testing.T) {
	target, other := httptest.NewServer(site(nil)), httptest.NewServer(site(nil))
	defer target.Close()
	defer other.Close()
	w := newWire(t, target, func(c *Config) { c.Hosts = []string{strings.TrimPrefix(other.URL, "http://")} })
	l, c := open(t, w, http.Header{"X-Staging-Key": {"open sesame"}})
	const trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	l.Begin(Visit{Trace: trace})
	for server, want := range map[*httptest.Server]bool{target: true, other: false} {
		body := string(get(t, c, server.URL+"/echo").Body)
		for _, header := range []string{"X-Staging-Key: open sesame", "Traceparent: " + trace} {
			if strings.Contains(body, header) != want {
				t.Errorf("%q sent: %v, want %v", header, !want, want)
			}
		}
	}
	for _, e := range l.End(t.Context()).Exchanges {
		if (e.Trace == trace) != strings.HasPrefix(e.URL, target.URL) {
			t.Errorf("recorded trace of %s: %q", e.URL, e.Trace)
		}
	}
}

func TestOtherHostsAreRefused(t *testing.T) {
	target, other := httptest.NewServer(site(nil)), httptest.NewTLSServer(site(nil))
	defer target.Close()
	defer other.Close()
	l, c := open(t, newWire(t, target, nil), nil)
	l.Begin(Visit{})
	if got := get(t, c, "http://stranger.example.test/x"); got.Status != http.StatusForbidden {
		t.Errorf("status %d", got.Status)
	}
	if _, err := c.Get("https://secure.example.test/"); err == nil {
		t.Error("a tunnel to a stranger was opened")
	}
	if _, err := c.Get(other.URL); err == nil || !strings.Contains(err.Error(), "Forbidden") {
		t.Errorf("the tunnel was opened: %v", err)
	}
	if got := get(t, c, "http://"+l.Addr()+"/"); got.Status != http.StatusForbidden {
		t.Errorf("the wire talked to itself: %d", got.Status)
	}
	seen := l.End(t.Context())
	want := []string{l.Addr(), strings.TrimPrefix(other.URL, "https://"), "stranger.example.test", "secure.example.test"}
	slices.Sort(want)
	if diff := cmp.Diff(want, seen.Blocked); diff != "" {
		t.Errorf("blocked (-want +got):\n%s", diff)
	}
	if len(seen.Exchanges) > 0 {
		t.Errorf("what was refused is listed: %v", seen.Exchanges)
	}
	res, err := http.Get("http://" + l.Addr() + "/")
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusBadRequest {
		t.Errorf("a request that is for no host: %d", res.StatusCode)
	}
}

func TestTargetThatDoesNotAnswer(t *testing.T) {
	untrusted := httptest.NewTLSServer(site(nil))
	untrusted.Config.ErrorLog = silent
	defer untrusted.Close()
	gone := httptest.NewServer(site(nil))
	gone.Close()
	dumb := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }))
	defer dumb.Close()
	for _, test := range []struct {
		name   string
		server *httptest.Server
		change func(*Config)
		say    string
	}{
		{"a certificate that nobody vouches for", untrusted, func(c *Config) { c.CA = "" }, "certificate of 127.0.0.1"},
		{"nobody listens", gone, nil, "connecting to 127.0.0.1"},
		{"the connection is closed instead", dumb, nil, "closed the connection"},
	} {
		t.Run(test.name, func(t *testing.T) {
			l, c := open(t, newWire(t, test.server, test.change), nil)
			l.Begin(Visit{})
			got := get(t, c, test.server.URL+"/")
			if got.Status != http.StatusBadGateway || !strings.Contains(string(got.Body), test.say) {
				t.Errorf("status %d, %s", got.Status, got.Body)
			}
			e := only(t, l.End(t.Context()), "/")
			if e.Status != 0 || !strings.Contains(e.Error, test.say) {
				t.Errorf("recorded: status %d, %q", e.Status, e.Error)
			}
		})
	}
	t.Run("any certificate is good enough", func(t *testing.T) {
		_, c := open(t, newWire(t, untrusted, func(c *Config) { c.CA, c.Insecure = "", true }), nil)
		if got := get(t, c, untrusted.URL+"/"); got.Status != http.StatusOK {
			t.Errorf("status %d", got.Status)
		}
	})
}

func TestUpstreamProxy(t *testing.T) {
	target := httptest.NewServer(site(nil))
	defer target.Close()
	var asked []string
	second := newWire(t, target, nil)
	between, _ := open(t, second, nil)
	w := newWire(t, target, func(c *Config) {
		c.Proxy = func(r *http.Request) (*url.URL, error) {
			asked = append(asked, r.URL.Path)
			return &url.URL{Scheme: "http", Host: between.Addr()}, nil
		}
	})
	_, c := open(t, w, nil)
	between.Begin(Visit{})
	if got := get(t, c, target.URL+"/text"); got.Status != http.StatusOK {
		t.Fatalf("status %d: %s", got.Status, got.Body)
	}
	only(t, between.End(t.Context()), "/text")
	if diff := cmp.Diff([]string{"/text"}, asked); diff != "" {
		t.Error(diff)
	}
}

func TestConnectionsAreNotShared(t *testing.T) {
	target := httptest.NewServer(site(nil))
	defer target.Close()
	w := newWire(t, target, nil)
	of := map[string]string{}
	for _, who := range []string{"alice", "bob"} {
		l, c := open(t, w, nil)
		l.Begin(Visit{})
		get(t, c, target.URL+"/text")
		get(t, c, target.URL+"/missing")
		seen := l.End(t.Context())
		first, second := only(t, seen, "/text"), only(t, seen, "/missing")
		if first.Conn == "" || first.Conn != second.Conn {
			t.Errorf("%s's connection was not used again: %q, %q", who, first.Conn, second.Conn)
		}
		of[who] = first.Conn
	}
	if of["alice"] == of["bob"] {
		t.Errorf("both used connection %s", of["alice"])
	}
}

func TestCloseLeavesNothing(t *testing.T) {
	release := make(chan struct{})
	mux := http.NewServeMux()
	mux.HandleFunc("/events", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		w.Header().Set("Content-Encoding", "gzip")
		w.(http.Flusher).Flush()
		select {
		case <-release:
		case <-r.Context().Done():
		}
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {})
	target := httptest.NewTLSServer(mux)
	defer target.Close()
	defer close(release)
	before := runtime.NumGoroutine()

	w := newWire(t, target, nil)
	l, c := open(t, w, nil)
	get(t, c, target.URL+"/")
	stream, err := c.Get(target.URL + "/events")
	if err != nil {
		t.Fatal(err)
	}
	idle := dial(t, l.Addr())
	fmt.Fprintf(idle, "CONNECT %s HTTP/1.1\r\nHost: x\r\n\r\n", strings.TrimPrefix(target.URL, "https://"))
	idle.Read(make([]byte, 100)) // the tunnel is open, and nothing comes through it

	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(stream.Body); err == nil {
		t.Error("the stream ended as if it were whole")
	}
	stream.Body.Close()
	c.CloseIdleConnections()
	target.CloseClientConnections()
	idle.Close()
	if _, err := http.Get("http://" + l.Addr()); err == nil {
		t.Error("the line still listens")
	}
	if _, err := w.Open(nil); err == nil {
		t.Error("a closed wire opened a line")
	}
	http.DefaultTransport.(*http.Transport).CloseIdleConnections()
	for range 200 { // connections of net/http end shortly after they are closed
		if runtime.NumGoroutine() <= before {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	stacks := make([]byte, 1<<16)
	t.Errorf("%d goroutines before, %d after:\n%s", before, runtime.NumGoroutine(), stacks[:runtime.Stack(stacks, true)])
}

func TestManyLines(t *testing.T) {
	target := httptest.NewTLSServer(site(nil))
	defer target.Close()
	w := newWire(t, target, nil)
	done := make(chan error)
	const lines = 100
	for range lines {
		l, c := open(t, w, nil)
		go func() {
			l.Begin(Visit{})
			res, err := c.Get(target.URL + "/text")
			if err == nil {
				_, err = io.Copy(io.Discard, res.Body)
				res.Body.Close()
			}
			if seen := l.End(context.Background()); err == nil && len(seen.Sightings) != 1 {
				err = fmt.Errorf("%d sightings", len(seen.Sightings))
			}
			done <- err
		}()
	}
	for range lines {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

func TestNewRefuses(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "empty.pem")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	target := &url.URL{Scheme: "http", Host: "x.test"}
	for _, test := range []struct {
		why string
		c   Config
	}{
		{"there is no target", Config{}},
		{"the target is no web site", Config{Target: &url.URL{Scheme: "ftp", Host: "x"}}},
		{"a host with a blank", Config{Target: target, Hosts: []string{"한 글"}}},
		{"the file of authorities is missing", Config{Target: target, CA: empty + "-not"}},
		{"the file of authorities holds none", Config{Target: target, CA: empty}},
	} {
		if _, err := New(test.c); err == nil {
			t.Errorf("accepted although %s", test.why)
		}
	}
}
