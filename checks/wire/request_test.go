package wire

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gobwas/ws"
	"github.com/google/go-cmp/cmp"

	"notmine/checks/record"
)

// What a page sends tells what it was given. Of the rest of it nothing is kept.
func TestRequestBodiesAreLookedAt(t *testing.T) {
	const password = "correct horse battery staple"
	form := "user=alice&password=" + strings.ReplaceAll(password, " ", "+") + "&note=" + canary
	for name, server := range servers(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		fmt.Fprint(w, len(body), " ", err)
	})) {
		t.Run(name, func(t *testing.T) {
			for _, test := range []struct {
				why    string
				body   io.Reader
				coding string
				length int
				looked int64
				missed []record.Missed
			}{
				{"a form", strings.NewReader(form), "", len(form), int64(len(form)), nil},
				{"of no known length", io.MultiReader(strings.NewReader(form[:70]), strings.NewReader(form[70:])), "", len(form), int64(len(form)), nil},
				{"coded", bytes.NewReader(encode("gzip", []byte(form))), "gzip", len(encode("gzip", []byte(form))), int64(len(form)), nil},
				{"longer than is looked at", strings.NewReader(form + strings.Repeat("x", 2000)), "", len(form) + 2000, 1000,
					[]record.Missed{{Surface: record.Request, Path: "/send", Why: whyLong}}},
				{"coded otherwise than it says", strings.NewReader(form), "br", len(form), 0,
					[]record.Missed{{Surface: record.Request, Path: "/send", Why: whyTorn}}},
			} {
				l, c := open(t, newWire(t, server, func(c *Config) { c.MaxSeen = 1000 }), nil)
				l.Begin(Visit{})
				req, _ := http.NewRequest("POST", server.URL+"/send", test.body)
				req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
				if test.coding != "" {
					req.Header.Set("Content-Encoding", test.coding)
				}
				if got := string(do(t, c, req).Body); got != fmt.Sprint(test.length, " <nil>") {
					t.Errorf("%s: the target got %s bytes, want %d", test.why, got, test.length)
				}
				seen := l.End(t.Context())
				var want []string
				if test.looked > 0 {
					want = []string{"alice subject request /send"}
				}
				if diff := cmp.Diff(want, found(seen)); diff != "" {
					t.Errorf("%s (-want +got):\n%s", test.why, diff)
				}
				if got := seen.Looked[record.Request].Bytes; got != test.looked {
					t.Errorf("%s: looked at %d bytes, want %d", test.why, got, test.looked)
				}
				if diff := cmp.Diff(test.missed, seen.Missed); diff != "" {
					t.Errorf("%s: missed (-want +got):\n%s", test.why, diff)
				}
				all, err := json.Marshal(seen)
				if err != nil {
					t.Fatal(err)
				}
				for _, part := range []string{"horse", "staple", "password"} {
					if bytes.Contains(all, []byte(part)) {
						t.Errorf("%s: %q is written down", test.why, part)
					}
				}
			}
		})
	}
}

// A request goes up while it is sent, not when all of it is there.
func TestRequestBodyPassesAtOnce(t *testing.T) {
	got := make(chan string)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p := make([]byte, 4)
		for range 4 {
			io.ReadFull(r.Body, p)
			got <- string(p)
		}
		io.Copy(io.Discard, r.Body)
	}))
	defer server.Close()
	l, c := open(t, newWire(t, server, nil), nil)
	l.Begin(Visit{})
	body, up := io.Pipe()
	done := make(chan error)
	go func() {
		res, err := c.Post(server.URL, "text/plain", body)
		if err == nil {
			err = res.Body.Close()
		}
		done <- err
	}()
	for _, part := range []string{canary[:4], canary[4:8], canary[8:12], canary[12:16]} {
		io.WriteString(up, part)
		if came := <-got; came != part {
			t.Errorf("%q came, want %q", came, part)
		}
	}
	io.WriteString(up, canary[16:])
	up.Close()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"alice subject request /"}, found(l.End(t.Context()))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// What was sent is told although nobody answers.
func TestUnansweredRequest(t *testing.T) {
	got, answer := make(chan bool), make(chan bool)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		got <- true
		<-answer
	}))
	defer server.Close()
	l, c := open(t, newWire(t, server, func(c *Config) { c.AnswerWait = 1 }), nil)
	l.Begin(Visit{})
	done := make(chan error)
	go func() {
		res, err := c.Post(server.URL+"/beacon", "text/plain", strings.NewReader("seen: "+canary))
		if err == nil {
			err = res.Body.Close()
		}
		done <- err
	}()
	<-got
	first := l.End(t.Context())
	answer <- true
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"alice subject request /beacon"}, found(first)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if second := l.End(t.Context()); len(second.Sightings) > 0 || second.Looked[record.Request].Bytes > 0 {
		t.Errorf("told again: %+v", second)
	}
}

// What a browser says on a WebSocket is masked, and may be compressed.
func TestClientFrames(t *testing.T) {
	masked := func(op ws.OpCode, fin, packed bool, payload string) []byte {
		f := ws.MaskFrame(ws.NewFrame(op, fin, []byte(payload)))
		if packed {
			f.Header.Rsv = ws.Rsv(true, false, false)
		}
		return ws.MustCompileFrame(f)
	}
	over := newDeflater(true)
	for _, test := range []struct {
		why    string
		answer http.Header
		frames [][]byte
		want   []string
		reason string
	}{
		{"a text and a binary message", negotiated(), [][]byte{masked(ws.OpText, true, false, "hello"), masked(ws.OpBinary, true, false, "\x00\x01")}, []string{"hello", "\x00\x01"}, ""},
		{"fragments with a ping between them", negotiated(), [][]byte{
			masked(ws.OpText, false, false, "one "), masked(ws.OpPing, true, false, "ping"), masked(ws.OpContinuation, true, false, "message"),
		}, []string{"one message"}, ""},
		{"compressed, each on top of the last", negotiated("permessage-deflate; server_no_context_takeover"), [][]byte{
			masked(ws.OpText, true, true, over.pack("again and again")), masked(ws.OpText, true, true, over.pack("again and again")),
		}, []string{"again and again", "again and again"}, ""},
		{"not masked", negotiated(), [][]byte{ws.MustCompileFrame(ws.NewTextFrame([]byte("x")))}, nil, whyFrames},
	} {
		for _, size := range []int{1 << 30, 1, 3} {
			h := &heard{}
			f := newFrames(test.answer, true, h)
			for _, b := range test.frames {
				sent := bytes.Clone(b)
				for chunk := range chunks(b, size) {
					f.see(chunk)
				}
				if !bytes.Equal(b, sent) {
					t.Errorf("%s: what goes to the target was changed", test.why)
				}
			}
			if diff := cmp.Diff(test.want, h.messages); diff != "" {
				t.Errorf("%s, %d bytes at a time (-want +got):\n%s", test.why, size, diff)
			}
			if reason := strings.Join(h.why, ", "); reason != test.reason {
				t.Errorf("%s: reason %q, want %q", test.why, reason, test.reason)
			}
		}
	}
}
