package script

import (
	"context"
	"fmt"
	"time"

	"notmine/checks/crowd"
	"notmine/checks/wire"
)

// patience is how long an exchange may take. What it waits at a hold does not
// count: it is the others who are slow then.
type patience struct {
	limit time.Duration
	timer *time.Timer
}

// patienceKey is the key of an exchange's patience in its context.
type patienceKey struct{}

// withPatience returns a context that ends when the exchange made with it takes
// too long, and what releases it.
func withPatience(parent context.Context, limit time.Duration) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(parent)
	p := &patience{limit: limit}
	p.timer = time.AfterFunc(limit, func() { cancel(fmt.Errorf("not done within %v", limit)) })
	return context.WithValue(ctx, patienceKey{}, p), func() { p.timer.Stop(); cancel(nil) }
}

// pause stops the clock. When it goes on, there is all the time again.
func pause(ctx context.Context) (resume func()) {
	p, ok := ctx.Value(patienceKey{}).(*patience)
	if !ok || !p.timer.Stop() {
		return func() {}
	}
	return func() { p.timer.Reset(p.limit) }
}

// patient is a hold that stops the clock while a request waits at it.
type patient struct{ crowd.Hold }

// For is that of a hold which has a place for each request.
func (h patient) For(method, path string) wire.Hold {
	each, ok := h.Hold.(crowd.Each)
	if !ok {
		return nil
	}
	place := each.For(method, path)
	if place == nil {
		return nil
	}
	return patient{place}
}

// Arrive waits as the hold does.
func (h patient) Arrive(ctx context.Context) error {
	defer pause(ctx)()
	return h.Hold.Arrive(ctx)
}

// Answered waits as the hold does.
func (h patient) Answered(ctx context.Context) error {
	defer pause(ctx)()
	return h.Hold.Answered(ctx)
}
