package browser

import (
	"context"
	"fmt"
	"sync"
	"time"

	"notmine/checks/crowd"
	"notmine/checks/wire"
)

// deadline ends a context after a time that does not count while it is paused:
// a step that waits at the barrier for slower sessions is not late.
type deadline struct {
	cancel context.CancelCauseFunc
	limit  time.Duration

	mu     sync.Mutex
	left   time.Duration
	since  time.Time // when the timer last started
	timer  *time.Timer
	paused int
	ended  bool
}

// errLate is the cause of a context that its deadline ended.
type errLate struct{ after time.Duration }

func (e errLate) Error() string { return fmt.Sprintf("not done within %v", e.after) }

func withDeadline(parent context.Context, limit time.Duration) (context.Context, *deadline) {
	ctx, cancel := context.WithCancelCause(parent)
	d := &deadline{cancel: cancel, limit: limit, left: limit, since: time.Now()}
	d.timer = time.AfterFunc(limit, func() { cancel(errLate{limit}) })
	return ctx, d
}

// shorten leaves at most so much time, from now on.
func (d *deadline) shorten(left time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.ended {
		return
	}
	if d.paused > 0 {
		d.left = min(d.left, left)
		return
	}
	d.left, d.since = min(d.left-time.Since(d.since), left), time.Now()
	d.timer.Reset(max(d.left, time.Millisecond))
}

func (d *deadline) pause() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.paused++; d.paused == 1 && !d.ended {
		d.timer.Stop()
		d.left -= time.Since(d.since)
	}
}

func (d *deadline) resume() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.paused--; d.paused == 0 && !d.ended {
		d.since = time.Now()
		d.timer.Reset(max(d.left, time.Millisecond))
	}
}

// stop releases the context. Pauses that are still to end do nothing then.
func (d *deadline) stop() {
	d.mu.Lock()
	d.ended = true
	d.timer.Stop()
	d.mu.Unlock()
	d.cancel(context.Canceled)
}

// clock is the deadline of the step that a session is at, for the holds of the
// wire, which know nothing of steps.
type clock struct {
	mu   sync.Mutex
	now  *deadline
	most time.Duration // that a step still has; 0 is no bound
}

func (c *clock) set(d *deadline) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = d
	if d != nil && c.most > 0 {
		d.shorten(c.most)
	}
}

// hurry leaves the step that a session is at, and each that follows, at most so
// much time.
func (c *clock) hurry(most time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.most = most
	if c.now != nil {
		c.now.shorten(most)
	}
}

func (c *clock) pause() (resume func()) {
	c.mu.Lock()
	d := c.now
	c.mu.Unlock()
	if d == nil {
		return func() {}
	}
	d.pause()
	return d.resume
}

// pausing is a hold that stops the clock while a request waits at it.
type pausing struct {
	crowd.Hold
	clock *clock
}

// For is that of a hold which has a place for each request.
func (h pausing) For(method, path string) wire.Hold {
	each, ok := h.Hold.(crowd.Each)
	if !ok {
		return nil
	}
	place := each.For(method, path)
	if place == nil {
		return nil
	}
	return pausing{place, h.clock}
}

func (h pausing) Arrive(ctx context.Context) error {
	defer h.clock.pause()()
	return h.Hold.Arrive(ctx)
}

func (h pausing) Answered(ctx context.Context) error {
	defer h.clock.pause()()
	return h.Hold.Answered(ctx)
}
