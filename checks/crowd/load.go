package crowd

import (
	"context"
	"sync"

	"golang.org/x/sync/semaphore"
)

// loads limits how many pages load at once. Open sessions cost little; pages
// that load all at once starve each other: with 64 sessions a round took 4.1 s
// with four loads in flight and 8.6 s with 64 on two cores.
type loads struct{ room *semaphore.Weighted }

func newLoads(n int) *loads { return &loads{semaphore.NewWeighted(int64(n))} }

// load is one session's place among the loads in flight.
type load struct {
	of   *loads
	mu   sync.Mutex
	held bool
}

func (l *loads) load() *load { return &load{of: l} }

// take waits for a place, unless the session has one.
func (l *load) take(ctx context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := ctx.Err(); err != nil || l.held {
		return err
	}
	if err := l.of.room.Acquire(ctx, 1); err != nil {
		return err
	}
	l.held = true
	return nil
}

// give gives the place back, if the session has one.
func (l *load) give() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.held {
		l.held = false
		l.of.room.Release(1)
	}
}
