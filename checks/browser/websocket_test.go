package browser

import (
	"bytes"
	"cmp"
	"compress/flate"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsflate"

	"notmine/checks/record"
)

// TestWebSocket sends messages of every kind, as they are and compressed in both
// ways that browsers accept, in fragments with control frames between them.
func TestWebSocket(t *testing.T) {
	binary, inBinary := scattered(1_000_000, 5001, 300)
	first := []message{
		{ws.OpText, []byte("안녕 " + places[0]), 0},
		{ws.OpText, dense(1, 300), 7},
		{ws.OpBinary, binary, 5001},
		{ws.OpText, nil, 0},
		{ws.OpText, dense(600, 700), 0},
	}
	later := []message{{ws.OpText, dense(650, 701), 500}}
	inFirst := slices.Sorted(slices.Values(slices.Concat(placeNames(0, 300), inBinary, placeNames(600, 700))))
	for _, way := range ways {
		for name, agreed := range map[string]*wsflate.Parameters{
			"as it is":                nil,
			"deflate":                 {ClientNoContextTakeover: true},
			"deflate each for itself": {ClientNoContextTakeover: true, ServerNoContextTakeover: true},
		} {
			t.Run(way+" "+name, func(t *testing.T) {
				s := serveTarget(t, way)
				s.mux.HandleFunc("/socket", func(w http.ResponseWriter, r *http.Request) {
					c := upgrade(t, w, r, agreed)
					defer c.Close()
					c.send(message{ws.OpText, []byte(c.receive() + " " + c.receive()), 0})
					for _, m := range first {
						c.send(m)
					}
					c.receive()
					for _, m := range later {
						c.send(m)
					}
					c.receive() // the browser's end
				})
				alice := enter(t, drive(t, s, nil), "alice")
				o := alice.visit(t, goTo("/"), does(`new Promise((done, fail) => {
					globalThis.socket = new WebSocket(location.origin.replace('http', 'ws') + '/socket');
					globalThis.messages = [];
					socket.binaryType = 'arraybuffer';
					const text = '무엇이든', bytes = new Uint8Array(700_000).map((_, i) => i * i >> 5), encoder = new TextEncoder();
					socket.onerror = () => fail(new Error('no socket'));
					socket.onopen = () => { socket.send(text); socket.send(bytes) };
					globalThis.receive = async count => {
						const all = messages.splice(0, count).map(m => typeof m === 'string' ? ['text', encoder.encode(m)] : ['binary', m]);
						return Promise.all(all.map(async ([kind, m]) => kind + ' ' + m.byteLength + ' ' + await sum(m)));
					};
					socket.onmessage = async e => {
						if (messages.push(e.data) < 6) return;
						const [sums] = messages.splice(0, 1);
						done({extensions: socket.extensions, sent: sums === await sum(encoder.encode(text)) + ' ' + await sum(bytes), messages: await receive(5)});
					};
				})`))
				var got struct {
					Extensions string
					Sent       bool
					Messages   []string
				}
				alice.told(t, &got)
				if strings.HasPrefix(got.Extensions, "permessage-deflate") != (agreed != nil) {
					t.Errorf("the browser agreed on %q", got.Extensions)
				}
				if !got.Sent {
					t.Error("the target received something else than the browser sent")
				}
				same(t, "messages", described(first), got.Messages)
				same(t, "places in messages", inFirst, found(o, record.Stream, "/socket"))

				o = alice.visit(t, does(`new Promise(done => {
					socket.onmessage = e => { messages.push(e.data); done(receive(1)) };
					socket.send('go on');
				})`))
				alice.told(t, &got.Messages)
				same(t, "the later message", described(later), got.Messages)
				same(t, "places in the later message", placeNames(650, 701), found(o, record.Stream, "/socket"))
				if e := exchange(t, o, "/socket"); !e.End.IsZero() || e.Error != "" || e.Proto != "HTTP/1.1" {
					t.Errorf("an open socket is recorded as %+v", e)
				}

				o = alice.visit(t, does("new Promise(done => { socket.onclose = e => done(e.wasClean); socket.close(1000) })"))
				var clean bool
				if alice.told(t, &clean); !clean {
					t.Error("the socket broke off")
				}
				same(t, "places after the end", nil, found(o, record.Stream, "/socket"))
				if len(o.Missed) > 0 {
					t.Errorf("missed: %q", o.Missed)
				}
				alice.sawAll(t, s)
			})
		}
	}
}

// message is what a WebSocket says, in fragments of a length; 0 is one.
type message struct {
	op       ws.OpCode
	payload  []byte
	fragment int
}

// described is how the page tells messages.
func described(messages []message) (list []string) {
	for _, m := range messages {
		kind := "text"
		if m.op == ws.OpBinary {
			kind = "binary"
		}
		list = append(list, fmt.Sprint(kind, " ", len(m.payload), " ", sum(m.payload)))
	}
	return list
}

// socket is the target's side of a WebSocket.
type socket struct {
	net.Conn
	t        *testing.T
	r        io.Reader
	agreed   *wsflate.Parameters
	packed   bytes.Buffer
	deflater *flate.Writer
}

func upgrade(t *testing.T, w http.ResponseWriter, r *http.Request, agreed *wsflate.Parameters) *socket {
	var upgrader ws.HTTPUpgrader
	if agreed != nil {
		upgrader.Negotiate = (&wsflate.Extension{Parameters: *agreed}).Negotiate
	}
	conn, buffered, _, err := upgrader.Upgrade(r, w)
	if err != nil {
		t.Errorf("opening the socket: %v", err)
		panic(http.ErrAbortHandler)
	}
	s := &socket{Conn: conn, t: t, r: buffered.Reader, agreed: agreed}
	s.deflater, _ = flate.NewWriter(&s.packed, flate.BestCompression) // fails for wrong levels only
	return s
}

func (s *socket) send(m message) {
	payload := m.payload
	if s.agreed != nil {
		if s.agreed.ServerNoContextTakeover {
			s.deflater.Reset(&s.packed)
		}
		s.deflater.Write(payload)
		s.deflater.Flush()
		payload = bytes.TrimSuffix(bytes.Clone(s.packed.Bytes()), []byte("\x00\x00\xff\xff"))
		s.packed.Reset()
	}
	fragment := cmp.Or(m.fragment, len(payload)+1)
	for at := 0; at == 0 || at < len(payload); at += fragment {
		part := payload[at:min(at+fragment, len(payload))]
		h := ws.Header{OpCode: ws.OpContinuation, Fin: at+fragment >= len(payload), Length: int64(len(part))}
		if at == 0 {
			h.OpCode, h.Rsv = m.op, ws.Rsv(s.agreed != nil, false, false)
		}
		ws.WriteHeader(s, h)
		s.Write(part)
		if !h.Fin {
			ws.WriteFrame(s, ws.NewPingFrame([]byte("still there?")))
		}
	}
}

// receive reads the next message and returns its digest. It passes over the
// answers to pings, and answers the browser's end with the same.
func (s *socket) receive() string {
	var payload []byte
	packed := false
	for {
		f, err := ws.ReadFrame(s.r)
		if err != nil {
			s.t.Errorf("reading a message: %v", err)
			return ""
		}
		f = ws.UnmaskFrameInPlace(f)
		switch {
		case f.Header.OpCode == ws.OpClose:
			ws.WriteFrame(s, ws.NewCloseFrame(f.Payload))
			return ""
		case f.Header.OpCode.IsControl():
			continue
		case f.Header.OpCode != ws.OpContinuation:
			packed = f.Header.Rsv1()
		}
		payload = append(payload, f.Payload...)
		if !f.Header.Fin {
			continue
		}
		if packed {
			const tail = "\x00\x00\xff\xff\x01\x00\x00\xff\xff" // what senders leave away, and an end
			inflater := flate.NewReader(io.MultiReader(bytes.NewReader(payload), strings.NewReader(tail)))
			if payload, err = io.ReadAll(inflater); err != nil {
				s.t.Errorf("inflating a message: %v", err)
			}
		}
		return sum(payload)
	}
}
