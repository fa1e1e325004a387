package crowd

import (
	"context"
	"errors"
	"sync"
	"time"

	"notmine/checks/record"
)

// First is the pattern of a hold that takes a visit's first request.
const First = "first"

// errGaveUp is why a request goes on alone: its barrier waited long enough.
var errGaveUp = errors.New("the barrier gave up waiting")

// barrier is where one request of each session waits for those of the others.
//
// All leave at the same moment. Their answers are handed on only when all have
// been answered, and then as the loads in flight allow: the first answers would
// otherwise wake browsers that starve the rest of the release, and the target
// has had its simultaneous requests by then.
type barrier struct {
	pattern string
	arrive  time.Duration // how long the first to come waits for the last
	answer  time.Duration // how long the first answer waits for the last

	mu       sync.Mutex
	parties  int
	arrived  int
	left     int // parties that will not come any more
	answered int
	gone     int // arrived, and left without an answer
	released time.Time
	sent     []time.Time
	open     chan struct{} // closed at the release
	handing  chan struct{} // closed when answers may be handed on
	timer    *time.Timer
}

func newBarrier(pattern string, parties int, arrive, answer time.Duration) *barrier {
	return &barrier{
		pattern: pattern, parties: parties, arrive: arrive, answer: answer,
		open: make(chan struct{}), handing: make(chan struct{}),
	}
}

// release opens the barrier. The caller holds mu.
func (b *barrier) release() {
	if !b.released.IsZero() {
		return
	}
	b.released = time.Now()
	if b.timer != nil {
		b.timer.Stop()
	}
	close(b.open)
	b.timer = time.AfterFunc(b.answer, func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.handOn()
	})
}

// handOn lets the answers go. The caller holds mu.
func (b *barrier) handOn() {
	select {
	case <-b.handing:
	default:
		b.timer.Stop()
		close(b.handing)
	}
}

// look releases or hands on when nobody is missing. The caller holds mu.
func (b *barrier) look() {
	if b.released.IsZero() {
		if b.arrived > 0 && b.arrived+b.left >= b.parties {
			b.release()
		}
		return
	}
	if b.answered+b.gone >= b.arrived {
		b.handOn()
	}
}

// close stops the barrier's timer and tells how it went.
func (b *barrier) close() record.Barrier {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.timer != nil {
		b.timer.Stop()
	}
	r := record.Barrier{Hold: b.pattern, Parties: b.parties, Arrived: len(b.sent), Released: b.released}
	if len(b.sent) > 1 {
		first, last := b.sent[0], b.sent[0]
		for _, at := range b.sent {
			if at.Before(first) {
				first = at
			}
			if at.After(last) {
				last = at
			}
		}
		r.Spread = last.Sub(first)
	}
	return r
}

// place is one session's place at a barrier. It is the [Hold] that the wire calls.
type place struct {
	*barrier
	load  *load
	visit context.Context // ends when the place is left
	over  context.CancelFunc

	mu    sync.Mutex
	state state
}

// state is how far a place has come.
type state int

const (
	expected state = iota
	waiting        // its request is at the barrier, or on its way to the target
	served         // its answer is there
	off            // it is not expected any more
)

func (b *barrier) place(l *load) *place {
	visit, over := context.WithCancel(context.Background())
	return &place{barrier: b, load: l, visit: visit, over: over}
}

// Pattern tells which request waits.
func (p *place) Pattern() string { return p.pattern }

// Arrive waits until all have come, none is expected any more, or the first has
// waited for too long. While it waits, the session's load does not count as in flight.
func (p *place) Arrive(ctx context.Context) error {
	p.mu.Lock()
	if p.state != expected {
		p.mu.Unlock()
		return errGaveUp
	}
	p.state = waiting
	p.mu.Unlock()
	p.load.give()

	b := p.barrier
	b.mu.Lock()
	late := !b.released.IsZero()
	if late { // opened without this one
		b.left++
	} else {
		b.arrived++
		if b.arrived == 1 {
			b.timer = time.AfterFunc(b.arrive, func() {
				b.mu.Lock()
				defer b.mu.Unlock()
				b.release()
			})
		}
	}
	b.look()
	b.mu.Unlock()
	if late {
		p.set(off)
		return errGaveUp
	}
	select {
	case <-b.open:
		return nil
	case <-ctx.Done():
		p.Leave()
		return context.Cause(ctx)
	}
}

func (p *place) set(s state) (before state) {
	p.mu.Lock()
	defer p.mu.Unlock()
	before, p.state = p.state, s
	return before
}

// Sent notes that the request went to the target.
func (p *place) Sent() {
	at := time.Now()
	p.barrier.mu.Lock()
	defer p.barrier.mu.Unlock()
	if !p.released.IsZero() {
		p.sent = append(p.sent, at)
	}
}

// Answered waits until all are answered, and then for a place among the loads.
func (p *place) Answered(ctx context.Context) error {
	if p.set(served) == waiting {
		p.barrier.mu.Lock()
		p.answered++
		p.look()
		p.barrier.mu.Unlock()
		select {
		case <-p.handing:
		case <-p.visit.Done():
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	// An answer that comes when its visit is over must take no place: nobody
	// would give it back. A child of visit ends in the same moment as visit.
	during, cancel := context.WithCancel(p.visit)
	defer cancel()
	defer context.AfterFunc(ctx, cancel)()
	return p.load.take(during)
}

// Leave takes the session out of the barrier: its visit is over, whether its
// request came or not.
func (p *place) Leave() {
	p.over()
	before := p.set(off)
	p.barrier.mu.Lock()
	defer p.barrier.mu.Unlock()
	switch before {
	case expected:
		p.left++
	case waiting:
		if p.released.IsZero() { // it arrived and went away again
			p.arrived--
			p.left++
			if p.arrived == 0 {
				p.timer.Stop() // the next to come is the first
			}
		} else {
			p.gone++
		}
	default:
		return
	}
	p.look()
}
