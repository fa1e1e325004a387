package wire

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gobwas/ws"
	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/flate"
)

// heard is what a WebSocket's messages said.
type heard struct {
	ears
	messages []string
}

func (h *heard) messageEnd() {
	h.messages = append(h.messages, string(h.heard))
	h.heard = nil
}

func frame(t testing.TB, op ws.OpCode, fin, packed bool, payload string) []byte {
	t.Helper()
	f := ws.NewFrame(op, fin, []byte(payload))
	if packed {
		f.Header.Rsv = ws.Rsv(true, false, false)
	}
	b, err := ws.CompileFrame(f)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// deflater compresses messages as a server does.
type deflater struct {
	b        bytes.Buffer
	w        *flate.Writer
	takeover bool
}

func newDeflater(takeover bool) *deflater {
	d := &deflater{takeover: takeover}
	d.w, _ = flate.NewWriter(&d.b, flate.BestCompression)
	return d
}

func (d *deflater) pack(message string) string {
	if !d.takeover {
		d.w.Reset(&d.b)
	}
	d.b.Reset()
	io.WriteString(d.w, message)
	d.w.Flush()
	return strings.TrimSuffix(d.b.String(), "\x00\x00\xff\xff")
}

func negotiated(extensions ...string) http.Header {
	return http.Header{"Upgrade": {"WebSocket"}, "Sec-Websocket-Extensions": extensions}
}

func TestFrames(t *testing.T) {
	random := make([]byte, 40<<10)
	noise := rand.NewChaCha8([32]byte{})
	noise.Read(random)
	long := string(random)
	text := func(payload string) []byte { return frame(t, ws.OpText, true, false, payload) }
	packed := func(payload string) []byte { return frame(t, ws.OpText, true, true, payload) }
	over, fresh := newDeflater(true), newDeflater(false)
	for _, test := range []struct {
		why    string
		answer http.Header
		frames [][]byte
		want   []string
		reason string
	}{
		{"a text and a binary message", negotiated(), [][]byte{text("hello"), frame(t, ws.OpBinary, true, false, "\x00\x01")}, []string{"hello", "\x00\x01"}, ""},
		{"an empty message", negotiated(), [][]byte{text(""), text("x")}, []string{"", "x"}, ""},
		{"lengths of two and of eight bytes", negotiated(), [][]byte{text(long[:200]), text(long + long)}, []string{long[:200], long + long}, ""},
		{"fragments with a ping between them", negotiated(), [][]byte{
			frame(t, ws.OpText, false, false, "one "), frame(t, ws.OpPing, true, false, "ping"),
			frame(t, ws.OpContinuation, false, false, ""), frame(t, ws.OpContinuation, true, false, "message"),
			frame(t, ws.OpClose, true, false, "\x03\xe8bye"),
		}, []string{"one message"}, ""},
		{"compressed, each for itself", negotiated("permessage-deflate; server_no_context_takeover"), [][]byte{
			packed(fresh.pack("again and again")), packed(fresh.pack("again and again")), text("and not"),
		}, []string{"again and again", "again and again", "and not"}, ""},
		{"compressed, each on top of the last", negotiated("permessage-deflate"), [][]byte{
			packed(over.pack(long)), text("not compressed, and no part of it"), packed(over.pack(long[:30<<10])), packed(over.pack("again " + long[100:500])),
		}, []string{long, "not compressed, and no part of it", long[:30<<10], "again " + long[100:500]}, ""},
		{"compressed and in fragments", negotiated("permessage-deflate; server_no_context_takeover"), func() [][]byte {
			p := fresh.pack("one message in two frames")
			return [][]byte{frame(t, ws.OpText, false, true, p[:5]), frame(t, ws.OpContinuation, true, false, p[5:])}
		}(), []string{"one message in two frames"}, ""},
		{"compressed, with a block that says it is the last", negotiated("permessage-deflate; server_no_context_takeover"), func() [][]byte {
			var b bytes.Buffer
			w, _ := flate.NewWriter(&b, flate.BestSpeed)
			io.WriteString(w, "the last")
			w.Close()
			return [][]byte{packed(b.String()), packed(fresh.pack("and another"))}
		}(), []string{"the last", "and another"}, ""},
		{"not what it says", negotiated("permessage-deflate"), [][]byte{packed("\xff\xff\xff")}, nil, whyInflate},
		{"more than is kept of a message", negotiated("permessage-deflate"), [][]byte{packed(strings.Repeat("x", maxPacked+1))}, nil, whyPacked},
		{"masked", negotiated(), [][]byte{ws.MustCompileFrame(ws.MaskFrame(ws.NewTextFrame([]byte("x"))))}, nil, whyFrames},
		{"a continuation of nothing", negotiated(), [][]byte{frame(t, ws.OpContinuation, true, false, "x")}, nil, whyFrames},
		{"a message inside another", negotiated(), [][]byte{frame(t, ws.OpText, false, false, "x"), text("y")}, nil, whyFrames},
		{"another protocol", http.Header{"Upgrade": {"chat"}}, [][]byte{text("x")}, nil, whyProtocol},
		{"another extension", negotiated("permessage-deflate, x-mux"), [][]byte{text("x")}, nil, whyExtension},
	} {
		for _, size := range []int{1 << 30, 1, 3} { // however the bytes come
			h := &heard{}
			f := newFrames(test.answer, false, h)
			for _, b := range test.frames {
				for chunk := range chunks(b, size) {
					f.see(chunk)
				}
			}
			if diff := cmp.Diff(test.want, h.messages); diff != "" && test.reason == "" {
				t.Errorf("%s, %d bytes at a time (-want +got):\n%s", test.why, size, diff)
			}
			f.end(true)
			if reason := strings.Join(h.why, ", "); reason != test.reason {
				t.Errorf("%s: reason %q, want %q", test.why, reason, test.reason)
			}
		}
	}
}

func FuzzFrames(f *testing.F) {
	f.Add(frame(f, ws.OpText, true, false, "hello"), 3, false)
	f.Add(frame(f, ws.OpText, true, true, newDeflater(true).pack("hello hello")), 1, false)
	f.Add(append(frame(f, ws.OpText, false, false, "a"), frame(f, ws.OpPing, true, false, "b")...), 2, false)
	f.Add([]byte("\x81\x7f\xff\xff\xff\xff\xff\xff\xff\xff"), 1, false)
	f.Add(ws.MustCompileFrame(ws.MaskFrame(ws.NewTextFrame([]byte("hello")))), 1, true)
	f.Fuzz(func(t *testing.T, p []byte, size int, client bool) {
		whole, cut := &heard{ears: ears{limit: 1 << 20}}, &heard{ears: ears{limit: 1 << 20}}
		one, other := newFrames(negotiated("permessage-deflate"), client, whole), newFrames(negotiated("permessage-deflate"), client, cut)
		one.see(p)
		for chunk := range chunks(p, max(size, 1)) {
			other.see(chunk)
		}
		if diff := cmp.Diff(whole.messages, cut.messages); diff != "" {
			t.Errorf("it matters how the bytes come:\n%s", diff)
		}
		if len(whole.heard) > whole.limit+bufferSize && !one.over {
			t.Errorf("%d bytes were looked at", len(whole.heard))
		}
	})
}

// A WebSocket server that sends what it is told, byte for byte, and then what
// the browser's first frame says.
func webSocketServer(extension string, send []byte, trouble chan<- error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, buffered, err := http.NewResponseController(w).Hijack()
		if err != nil {
			trouble <- err
			return
		}
		defer conn.Close()
		fmt.Fprintf(conn, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n", r.Header.Get("Sec-Websocket-Key"))
		if extension != "" {
			fmt.Fprintf(conn, "Sec-WebSocket-Extensions: %s\r\n", extension)
		}
		io.WriteString(conn, "\r\n")
		conn.Write(send)
		f, err := ws.ReadFrame(buffered)
		if err != nil {
			trouble <- err
			return
		}
		ws.WriteFrame(conn, ws.NewTextFrame(ws.UnmaskFrameInPlace(f).Payload))
		ws.WriteFrame(conn, ws.NewCloseFrame(nil))
	})
}

func TestWebSocket(t *testing.T) {
	deflated := frame(t, ws.OpText, true, true, newDeflater(true).pack(`{"mail":"`+canary+`"}`))
	for _, test := range []struct {
		name      string
		start     func(http.Handler) *httptest.Server
		way       string // absolute, tunnel
		extension string
		send      []byte
	}{
		{"ws", httptest.NewServer, "tunnel", "", frame(t, ws.OpText, true, false, canary)},
		{"ws without a tunnel", httptest.NewServer, "absolute", "", frame(t, ws.OpBinary, true, false, canary)},
		{"wss", httptest.NewTLSServer, "tunnel", "", frame(t, ws.OpText, true, false, canary)},
		{"wss, compressed", httptest.NewTLSServer, "tunnel", "permessage-deflate", deflated},
	} {
		t.Run(test.name, func(t *testing.T) {
			trouble := make(chan error, 1)
			server := test.start(webSocketServer(test.extension, test.send, trouble))
			defer server.Close()
			w := newWire(t, server, nil)
			l, _ := open(t, w, http.Header{"X-Staging-Key": {"k"}})
			hold := &spy{pattern: "/ws"}
			l.Begin(Visit{Holds: []Hold{hold}})

			var conn net.Conn = dial(t, l.Addr())
			_, host, _ := strings.Cut(server.URL, "://")
			target := "/ws"
			if test.way == "absolute" {
				target = "http://" + host + target
			} else {
				fmt.Fprintf(conn, "CONNECT %s HTTP/1.1\r\nHost: %[1]s\r\n\r\n", host)
				line := make([]byte, len("HTTP/1.1 200 Connection established\r\n\r\n"))
				if _, err := io.ReadFull(conn, line); err != nil || !strings.HasPrefix(string(line), "HTTP/1.1 200") {
					t.Fatalf("no tunnel: %q, %v", line, err)
				}
			}
			if strings.HasPrefix(server.URL, "https") {
				roots := x509.NewCertPool()
				roots.AddCert(w.authority.root)
				conn = tls.Client(conn, &tls.Config{RootCAs: roots, ServerName: "127.0.0.1"})
			}
			fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: %s\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: echo\r\nSec-WebSocket-Version: 13\r\n\r\n", target, host)
			in := bufio.NewReader(conn)
			res, err := http.ReadResponse(in, nil)
			if err != nil || res.StatusCode != http.StatusSwitchingProtocols || res.Header.Get("Sec-Websocket-Accept") != "echo" {
				t.Fatalf("handshake: %+v, %v", res, err)
			}
			got := make([]byte, len(test.send))
			if _, err := io.ReadFull(in, got); err != nil || !bytes.Equal(got, test.send) {
				t.Fatalf("the frame was altered: %q, %v", got, err)
			}
			first := l.End(t.Context())
			if diff := cmp.Diff([]string{"alice subject stream /ws"}, found(first)); diff != "" {
				t.Errorf("first visit (-want +got):\n%s", diff)
			}
			if e := only(t, first, "/ws"); e.Status != http.StatusSwitchingProtocols || !e.End.IsZero() || e.Bytes != int64(len(test.send)) || e.Held != "/ws" {
				t.Errorf("recorded: %+v", e)
			}
			if diff := cmp.Diff([]string{"arrive", "sent", "answered"}, hold.calls); diff != "" {
				t.Error(diff)
			}

			l.Begin(Visit{})
			ws.WriteFrame(conn, ws.MaskFrame(ws.NewTextFrame([]byte("echo "+canary))))
			if f, err := ws.ReadFrame(in); err != nil || string(f.Payload) != "echo "+canary {
				t.Fatalf("what the browser said did not come back: %v, %v", f, err)
			}
			if f, err := ws.ReadFrame(in); err != nil || f.Header.OpCode != ws.OpClose {
				t.Errorf("the close did not come: %v, %v", f, err)
			}
			if _, err := in.ReadByte(); err == nil {
				t.Error("the connection stays open")
			}
			second := l.End(context.Background())
			if diff := cmp.Diff([]string{"alice subject request /ws", "alice subject stream /ws"}, found(second)); diff != "" {
				t.Errorf("second visit (-want +got):\n%s", diff)
			}
			if len(second.Missed) > 0 {
				t.Errorf("missed: %q", second.Missed)
			}
			select {
			case err := <-trouble:
				t.Error(err)
			default:
			}
		})
	}
}
