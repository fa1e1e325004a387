package wire

import (
	"bytes"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"
)

// Bounds of what is noted of one line.
const (
	maxNotes     = 5000
	maxNoted     = 1 << 20  // bytes of one body
	maxNotedLine = 64 << 20 // bytes of all bodies
)

// Notes are what passed on a line from its opening on, whole, for a script that
// does the same without a browser. They are made when [Config.Note] asks for them,
// and live in memory alone: they hold passwords, cookies and what belongs to
// people, and nothing of them may be written down as it is. Their methods may be
// called by any goroutine.
type Notes struct {
	wire *Wire

	mu    sync.Mutex
	part  string
	visit int
	left  int64
	all   []*noted
}

// Note is one exchange as it passed.
type Note struct {
	Part   string // what the session was at when it began, as [Notes.Begin] was told
	Visit  int    // serial number of the line's visit in which it began; 0 before the first
	Method string
	URL    *url.URL
	Header http.Header // of the request, as the page made it: without the plan's own
	Body   []byte      // of the request

	Status int         // 0 when no answer came
	Answer http.Header // its head
	Text   []byte      // its body, the content codings undone
	Cut    bool        // of a body there is only the beginning, or not even that

	Start, End time.Time // End is zero while the answer flows
}

// noted is a note that is being made; nil is one that nobody wants. The lock of
// its notes guards it.
type noted struct {
	of *Notes
	Note
}

func newNotes(w *Wire) *Notes {
	if !w.config.Note {
		return nil
	}
	return &Notes{wire: w, left: maxNotedLine}
}

// Notes returns what was noted on the line; nil when the wire notes nothing.
func (l *Line) Notes() *Notes { return l.notes }

// Begin says what the session is at from now on, in any words.
func (n *Notes) Begin(part string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.part = part
}

// All returns what was noted so far, in the order in which the requests came.
func (n *Notes) All() []Note {
	n.mu.Lock()
	defer n.mu.Unlock()
	all := make([]Note, len(n.all))
	for i, one := range n.all {
		all[i] = one.Note
		all[i].Body, all[i].Text = bytes.Clone(one.Body), bytes.Clone(one.Text)
		all[i].Cut = one.Cut || one.End.IsZero() && one.Status != 0
	}
	return all
}

// Secret reports whether a credential that passed on any line stands in a text,
// as [Wire.Mask] finds it.
func (n *Notes) Secret(text string) bool { return n.wire.Mask(text) != text }

// next counts the visits.
func (n *Notes) next() {
	if n == nil {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.visit++
}

// start notes a request.
func (n *Notes) start(r *http.Request, to *url.URL) *noted {
	if n == nil {
		return nil
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.all) == maxNotes {
		return nil
	}
	address := *to
	one := &noted{n, Note{
		Part: n.part, Visit: n.visit, Method: r.Method, URL: &address, Header: r.Header.Clone(), Start: time.Now(),
	}}
	n.all = append(n.all, one)
	return one
}

// look notes what comes next of a body.
func (o *noted) look(answer bool, p []byte) {
	if o == nil {
		return
	}
	o.of.mu.Lock()
	defer o.of.mu.Unlock()
	body := &o.Body
	if answer {
		body = &o.Text
	}
	room := int(min(maxNoted-int64(len(*body)), o.of.left))
	if len(p) > room {
		p, o.Cut = p[:room], true
	}
	o.of.left -= int64(len(p))
	*body = append(*body, p...)
}

// miss notes that a body cannot be read on.
func (o *noted) miss() {
	if o == nil {
		return
	}
	o.of.mu.Lock()
	defer o.of.mu.Unlock()
	o.Cut = true
}

// answered notes the head of the answer.
func (o *noted) answered(answer *http.Response) {
	if o == nil {
		return
	}
	o.of.mu.Lock()
	defer o.of.mu.Unlock()
	o.Status, o.Answer = answer.StatusCode, answer.Header.Clone()
}

// finish notes the end.
func (o *noted) finish(whole bool) {
	if o == nil {
		return
	}
	o.of.mu.Lock()
	defer o.of.mu.Unlock()
	o.End, o.Cut = time.Now(), o.Cut || !whole
}

// Streams reports whether the exchange has no end of its own: a WebSocket or an
// event stream.
func (n *Note) Streams() bool {
	return n.Status == http.StatusSwitchingProtocols || n.Header.Get("Upgrade") != "" || slices.Contains(streams, mediaOf(n.Answer.Get("Content-Type")))
}

// OfNobody reports whether the answer is, by its kind, the same for everybody on
// nearly every site: a script, a style sheet, a font, a film.
func (n *Note) OfNobody() bool { return ofNobody(mediaOf(n.Answer.Get("Content-Type"))) }

// Shown reports whether it is a picture.
func (n *Note) Shown() bool {
	media := mediaOf(n.Answer.Get("Content-Type"))
	return isPicture(media) || media == svg
}
