package wire

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"notmine/checks/record"
)

// serveRaw serves the bytes of answers as they are, by path. Each closes its
// connection.
func serveRaw(t *testing.T, answers map[string]string) *httptest.Server {
	server := httptest.NewUnstartedServer(nil)
	listener := server.Listener
	server.URL = "http://" + listener.Addr().String()
	t.Cleanup(func() { listener.Close() })
	serve := func(c net.Conn) {
		defer c.Close()
		r, err := http.ReadRequest(bufio.NewReader(c))
		if err == nil {
			io.WriteString(c, answers[r.URL.Path])
		}
	}
	go func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			go serve(c)
		}
	}()
	return server
}

// raw is an answer with lines that end as they should.
func raw(lines ...string) string { return strings.Join(lines, "\r\n") }

// Answers as net/http would not send them.
func TestOddAnswers(t *testing.T) {
	chunk := func(text string) string { return fmt.Sprintf("%x\r\n%s\r\n", len(text), text) }
	answers := map[string]string{
		"/folded":   raw("HTTP/1.1 200 OK", "X-Long: what is", " folded "+canary, "Content-Length: 0", "", ""),
		"/cookie":   raw("HTTP/1.1 200 OK", "Set-Cookie: seen="+canary+"; HttpOnly", "Set-Cookie: lang=ko", "Content-Length: 0", "", ""),
		"/location": raw("HTTP/1.1 307 Temporary Redirect", "Location: /next?"+canary, "Content-Length: 0", "", ""),
		"/refresh":  raw("HTTP/1.1 200 OK", "Refresh: 0; url=/"+canary, "", "and no length"),
		"/early": raw("HTTP/1.1 103 Early Hints", "Link: </a.css>; rel=preload; title="+canary, "",
			"HTTP/1.1 102 Processing", "", "HTTP/1.1 200 OK", "Content-Length: 2", "", "ok"),
		"/trailer": raw("HTTP/1.1 200 OK", "Transfer-Encoding: chunked", "Trailer: X-Sum", "", chunk("body")+"0", "X-Sum: "+canary, "", ""),
		"/unannounced": raw("HTTP/1.1 200 OK", "Transfer-Encoding: chunked", "", chunk("body")+"0",
			"X-Late: "+canary, "", ""),
		"/chunks":  raw("HTTP/1.1 200 OK", "Transfer-Encoding: chunked", "", chunk(canary[:9])+chunk(canary[9:])+"0", "", ""),
		"/old":     raw("HTTP/1.0 200 OK", "", canary),
		"/untyped": raw("HTTP/1.1 200 OK", "Content-Length: 30", "", "\x89PNG\r\n\x1a\n"+canary+strings.Repeat(" ", 22-len(canary))),
	}
	server := serveRaw(t, answers)
	l, c := open(t, newWire(t, server, nil), nil)
	for path, want := range map[string]string{
		"/folded": "header", "/cookie": "cookie", "/location": "header", "/refresh": "header", "/early": "header",
		"/trailer": "trailer", "/unannounced": "trailer", "/chunks": "body", "/old": "body", "/untyped": "picture",
	} {
		l.Begin(Visit{})
		got := get(t, c, server.URL+path)
		seen := l.End(t.Context())
		if diff := cmp.Diff([]string{"alice subject " + want + " " + path}, found(seen)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", path, diff)
		}
		if len(seen.Missed) > 0 {
			t.Errorf("%s: missed %q", path, seen.Missed)
		}
		switch path {
		case "/trailer":
			if got.Trailer.Get("X-Sum") != canary {
				t.Errorf("the trailer came as %v", got.Trailer)
			}
		case "/unannounced":
			if got.Trailer.Get("X-Late") != canary {
				t.Errorf("the trailer nobody announced came as %v", got.Trailer)
			}
		}
	}
}

// Whatever the status: an answer's body and head are looked at.
func TestEveryStatus(t *testing.T) {
	var statuses []int
	for status := 200; status < 600; status++ {
		if http.StatusText(status) != "" {
			statuses = append(statuses, status)
		}
	}
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var status int
		fmt.Sscan(r.URL.Path[1:], &status)
		w.Header().Set("Content-Type", "text/html")
		w.Header().Set("X-Who", canary)
		w.WriteHeader(status)
		io.WriteString(w, "<p>"+canary) // net/http leaves it away where no body may be
	})
	for name, server := range servers(t, handler) {
		t.Run(name, func(t *testing.T) {
			l, c := open(t, newWire(t, server, nil), nil)
			for _, status := range statuses {
				for _, method := range []string{"GET", "HEAD"} {
					path := fmt.Sprint("/", status)
					req, _ := http.NewRequest(method, server.URL+path, nil)
					l.Begin(Visit{})
					got := do(t, c, req)
					seen := l.End(t.Context())
					want, looked := []string{"alice subject header " + path}, record.Amount{}
					if method == "GET" && status != 204 && status != 304 {
						want = append([]string{"alice subject body " + path}, want...)
						looked = record.Amount{Items: 1, Bytes: int64(len("<p>" + canary))}
					}
					if diff := cmp.Diff(want, found(seen)); diff != "" || got.Status != status {
						t.Errorf("%s %d came as %d (-want +got):\n%s", method, status, got.Status, diff)
					}
					if seen.Looked[record.Body] != looked {
						t.Errorf("%s %d: looked at %+v, want %+v", method, status, seen.Looked[record.Body], looked)
					}
				}
			}
		})
	}
}

// What is looked at is counted, and once.
func TestLooked(t *testing.T) {
	more := make(chan string)
	mux := http.NewServeMux()
	mux.HandleFunc("/coded", func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		w.Header()["Date"] = nil
		w.Header().Set("Content-Encoding", "gzip")
		w.Header().Set("Content-Type", "text/html")
		w.Header().Add("Set-Cookie", "a=1")
		w.Header().Add("Set-Cookie", "b=2")
		w.Header().Set("Trailer", "X-Sum")
		w.Write(encode("gzip", make([]byte, 5000)))
		w.Header().Set("X-Sum", "1")
	})
	mux.HandleFunc("/flows", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/zip")
		w.Header().Set("Content-Length", "3000")
		w.(http.Flusher).Flush()
		for text := range more {
			io.WriteString(w, text)
			w.(http.Flusher).Flush()
		}
	})
	server := httptest.NewServer(mux)
	defer server.Close()
	l, c := open(t, newWire(t, server, func(c *Config) { c.BodyWait = 1 }), nil)
	l.Begin(Visit{})
	res, err := c.Post(server.URL+"/coded", "text/plain", strings.NewReader("what was typed"))
	if err != nil {
		t.Fatal(err)
	}
	io.Copy(io.Discard, res.Body)
	res.Body.Close()
	seen := l.End(t.Context())
	for surface, want := range map[string]record.Amount{
		record.Body: {Items: 1, Bytes: 5000}, record.Cookies: {Items: 2, Bytes: int64(2 * len("Set-Cookie: a=1"))},
		record.Trailer: {Items: 1, Bytes: int64(len("X-Sum: 1"))}, record.Request: {Items: 1, Bytes: int64(len("what was typed"))},
	} {
		if seen.Looked[surface] != want {
			t.Errorf("%s: %+v, want %+v", surface, seen.Looked[surface], want)
		}
	}
	if got := seen.Looked[record.Head]; got.Items < 2 || got.Bytes < 40 {
		t.Errorf("headers: %+v", got)
	}

	l.Begin(Visit{})
	if res, err = c.Get(server.URL + "/flows"); err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	for i, items := range []int{1, 0, 0} {
		more <- strings.Repeat("x", 1000)
		if _, err := io.ReadFull(res.Body, make([]byte, 1000)); err != nil {
			t.Fatal(err)
		}
		if i == 2 {
			close(more)
			io.Copy(io.Discard, res.Body)
		}
		got := l.End(t.Context()).Looked[record.Download]
		if want := (record.Amount{Items: items, Bytes: 1000}); got != want {
			t.Errorf("visit %d: %+v, want %+v", i, got, want)
		}
		l.Begin(Visit{})
	}
}

func TestHeaderFieldsAreBounded(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for i := range maxFields + 1 {
			w.Header().Add("X-Many", fmt.Sprint(i))
		}
	}))
	defer server.Close()
	l, c := open(t, newWire(t, server, nil), nil)
	l.Begin(Visit{})
	get(t, c, server.URL+"/")
	seen := l.End(t.Context())
	if diff := cmp.Diff([]record.Missed{{Surface: record.Head, Path: "/", Why: whyFields}}, seen.Missed); diff != "" {
		t.Errorf("missed (-want +got):\n%s", diff)
	}
	if got := seen.Looked[record.Head].Items; got != maxFields {
		t.Errorf("looked at %d fields", got)
	}
}

// A header that held nothing is not read again; one that holds a marker is.
func TestHeadersAreRememberedAsDull(t *testing.T) {
	d := newDull()
	for i := range 3 * maxDull {
		d.add(fmt.Sprint(i))
	}
	if len(d.set) > maxDull || !d.has(fmt.Sprint(3*maxDull-1)) || d.has("another") {
		t.Errorf("%d are remembered", len(d.set))
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Who", canary)
	}))
	defer server.Close()
	l, c := open(t, newWire(t, server, nil), nil)
	for range 3 {
		l.Begin(Visit{})
		get(t, c, server.URL+"/")
		if diff := cmp.Diff([]string{"alice subject header /"}, found(l.End(t.Context()))); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}
