package wire

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/gobwas/ws"
	"github.com/klauspost/compress/flate"
)

// messages is who is told what a WebSocket's messages say.
type messages interface {
	listener
	messageEnd()
}

// frames is the viewer of one direction of a WebSocket: it reads what comes as
// frames (RFC 6455, section 5) and looks at the messages in them, text and
// binary. Fragments join to messages as they come; control frames between them,
// and what they say, are passed over.
type frames struct {
	to     messages
	client bool   // it is what the browser sends, which is masked
	refuse string // why nothing of it can be looked at
	over   bool   // looking has ended

	head    []byte // of the next frame, as far as it came
	left    int64  // bytes to come of this frame's payload
	fin     bool   // this frame ends its message
	control bool   // this frame is none of a message
	inside  bool   // a message has begun and not ended
	packed  bool   // this message is compressed
	mask    [4]byte
	came    int    // bytes that came of this frame's payload
	plain   []byte // the last of them, unmasked

	deflate  bool // permessage-deflate was agreed on
	takeover bool // the sender's compression goes on from message to message
	message  []byte
	window   []byte // the last of what earlier messages said, for takeover
	inflater io.ReadCloser
}

const (
	maxPacked  = 4 << 20  // bytes of a compressed message
	maxHistory = 32 << 10 // window of deflate: RFC 1951, section 2
)

// newFrames reads one direction of a connection that this answer has opened.
func newFrames(answer http.Header, client bool, to messages) *frames {
	f := &frames{to: to, client: client}
	if !strings.EqualFold(answer.Get("Upgrade"), "websocket") {
		f.refuse = whyProtocol
		return f
	}
	alone := "server_no_context_takeover"
	if client {
		alone = "client_no_context_takeover"
	}
	for extension := range strings.SplitSeq(strings.Join(answer["Sec-Websocket-Extensions"], ","), ",") {
		name, parameters, _ := strings.Cut(extension, ";")
		switch strings.TrimSpace(name) {
		case "":
		case "permessage-deflate": // RFC 7692
			f.deflate = true
			f.takeover = !strings.Contains(parameters, alone)
		default:
			f.refuse = whyExtension
		}
	}
	return f
}

func (f *frames) see(p []byte) {
	if f.refuse != "" && len(p) > 0 {
		f.stop(f.refuse)
	}
	for !f.over && len(p) > 0 {
		if f.left == 0 {
			p = f.readHead(p)
			continue
		}
		n := min(f.left, int64(len(p)))
		f.left -= n
		f.payload(p[:n])
		p = p[n:]
	}
}

func (f *frames) end(bool) {} // a message that was not sent whole was given to nobody

// stop ends the looking.
func (f *frames) stop(why string) {
	if !f.over {
		f.over = true
		f.to.miss(why)
	}
}

// readHead reads of p what belongs to the frame's head, and returns the rest.
func (f *frames) readHead(p []byte) []byte {
	for len(f.head) < 2 || len(f.head) < headSize(f.head[1]) {
		if len(p) == 0 {
			return nil
		}
		f.head = append(f.head, p[0])
		p = p[1:]
	}
	h, err := ws.ReadHeader(bytes.NewReader(f.head))
	f.head = f.head[:0]
	if err != nil {
		f.stop(whyFrames)
		return nil
	}
	f.left, f.fin, f.control = h.Length, h.Fin, h.OpCode.IsControl()
	f.mask, f.came = h.Mask, 0
	switch {
	case h.Masked != f.client: // for which the other side closes the connection
		f.stop(whyFrames)
	case f.control:
		// Its payload is passed over.
	case h.OpCode == ws.OpContinuation && !f.inside, h.OpCode != ws.OpContinuation && f.inside, h.OpCode.IsReserved():
		f.stop(whyFrames)
	case !f.inside:
		f.inside, f.packed = true, h.Rsv1() && f.deflate
	}
	if !f.over && f.left == 0 {
		f.frameEnd()
	}
	return p
}

// headSize is how long a frame's head is, from its second byte.
func headSize(second byte) int {
	size := 2
	switch second & 0x7f {
	case 126:
		size += 2
	case 127:
		size += 8
	}
	if second&0x80 != 0 {
		size += 4
	}
	return size
}

// payload takes what comes of a frame's payload.
func (f *frames) payload(p []byte) {
	if f.client && !f.control {
		f.plain = append(f.plain[:0], p...) // what goes to the target stays masked
		ws.Cipher(f.plain, f.mask, f.came)
		f.came += len(p)
		p = f.plain
	}
	switch {
	case f.control:
	case !f.packed:
		if f.to.look(p) != nil {
			f.stop(whyLong)
		}
	case len(f.message)+len(p) > maxPacked:
		f.stop(whyPacked)
	default:
		f.message = append(f.message, p...)
	}
	if !f.over && f.left == 0 {
		f.frameEnd()
	}
}

// frameEnd ends the message if the frame was its last.
func (f *frames) frameEnd() {
	if f.control || !f.fin {
		return
	}
	if f.packed {
		switch err := f.inflate(); {
		case errors.Is(err, errEnough):
			f.stop(whyLong)
		case err != nil:
			f.stop(whyInflate)
		}
		f.message = f.message[:0]
	}
	f.inside = false
	f.to.messageEnd()
}

// tail ends a message for the inflater: the four bytes that senders leave away
// (RFC 7692, section 7.2.1), and an empty last block.
const tail = "\x00\x00\xff\xff\x01\x00\x00\xff\xff"

// inflate looks at a compressed message.
func (f *frames) inflate() error {
	packed := io.MultiReader(bytes.NewReader(f.message), strings.NewReader(tail))
	if f.inflater == nil {
		f.inflater = flate.NewReaderDict(packed, f.window)
	} else if err := f.inflater.(flate.Resetter).Reset(packed, f.window); err != nil {
		return err
	}
	buffer := buffers{}.Get()
	defer buffers{}.Put(buffer)
	for {
		n, err := f.inflater.Read(buffer)
		if n > 0 {
			if f.takeover {
				f.remember(buffer[:n])
			}
			if err := f.to.look(buffer[:n]); err != nil {
				return err
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// remember keeps the last of what was said.
func (f *frames) remember(p []byte) {
	f.window = append(f.window, p...)
	if over := len(f.window) - maxHistory; over > 0 {
		f.window = append(f.window[:0], f.window[over:]...)
	}
}
