package wire

import (
	"maps"
	"net/http"
	"net/url"
	"time"

	"notmine/checks/plan"
	"notmine/checks/record"
	"notmine/checks/sight"
)

// Bounds of what is kept for copies. Heads are bounded when a copy is made.
const (
	maxAround      = 64 << 10  // bytes of one side's body
	maxAroundVisit = 256 << 10 // bytes of all bodies of a visit
	maxPieces      = 100       // of one side
)

// piece is a part of what a side said, with markers in it.
type piece struct {
	sight.Piece
	at time.Time // when it was known
}

// keep has the scan that has just begun keep what stands around markers, if there
// is room for it. The caller holds mu.
func (s *side) keep() {
	l := s.exchange.line
	if l.wire.config.Evidence == plan.None || s.surface == record.Picture || len(s.around) >= maxPieces {
		return
	}
	room := min(maxAround, maxAroundVisit-l.around.Load())
	for _, p := range s.around {
		room -= int64(len(p.Text))
	}
	if room > 0 {
		s.scan.Keep(int(room))
	}
}

// keepAround takes from a scan what stands around what it found. The caller
// holds mu.
func (s *side) keepAround(scan *sight.Stream) {
	now := time.Now()
	for _, p := range scan.Pieces() {
		s.exchange.line.around.Add(int64(len(p.Text)))
		s.around = append(s.around, piece{p, now})
	}
}

// heads are those of a request and its answer, as they passed.
type heads struct{ request, answer http.Header }

// keepHeads keeps the heads of an exchange that is answered, for a copy. That of
// the request has gone. That of the answer is changed on its way to the browser,
// until the first of the body is read: whoever found something before that has to
// have one of his own. The caller holds mu.
func (e *exchange) keepHeads(answer *http.Response) {
	if e.line.wire.config.Evidence == plan.None {
		return
	}
	e.heads = heads{answer.Request.Header, answer.Header}
	if body := answer.Request.Body; len(e.sightings) > 0 || body != nil && body != http.NoBody {
		e.heads.answer = maps.Clone(answer.Header)
	}
}

// Copies are of the exchanges of one visit in which a marker was sighted, as far
// as they are kept. They hold credentials, and so nothing of them can be read but
// through Copy.
type Copies struct {
	wire      *Wire
	planned   http.Header // of the plan, which nobody shall read
	exchanges map[int]*passed
}

// passed is what is kept of one exchange.
type passed struct {
	rec             record.Exchange
	to              *url.URL
	heads           heads
	request, answer part
}

// part is what is kept of one side.
type part struct {
	surface  string
	messages bool
	pieces   []piece
}

// newCopies returns the copies of a visit that ends, nil when none are wanted.
// The caller holds mu.
func (l *Line) newCopies() *Copies {
	if l.wire.config.Evidence == plan.None {
		return nil
	}
	return &Copies{wire: l.wire, planned: l.headers}
}

// orNone returns nil when there are no copies.
func (c *Copies) orNone() *Copies {
	if c == nil || len(c.exchanges) == 0 {
		return nil
	}
	return c
}

// copyTo adds the exchange to the copies if anything was sighted in it in this
// visit. The caller holds mu.
func (e *exchange) copyTo(seen *Seen) {
	request, answer := e.request.takeAround(), e.answer.takeAround()
	if seen.Copies == nil || len(e.sightings) == 0 {
		return
	}
	if seen.Copies.exchanges == nil {
		seen.Copies.exchanges = map[int]*passed{}
	}
	seen.Copies.exchanges[e.rec.ID] = &passed{e.rec, e.to, e.heads, request, answer}
}

// takeAround returns what was kept in this visit.
func (s *side) takeAround() part {
	p := part{s.surface, s.messages, s.around}
	s.around = nil
	return p
}
