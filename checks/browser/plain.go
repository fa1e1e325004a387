package browser

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"notmine/checks/crowd"
	"notmine/checks/record"
	"notmine/checks/wire"
)

// want is what a page asked for when its session last visited a view.
type want struct {
	peer     string
	requests []*wire.Request
}

// wants remembers what the pages of a session asked for. Plain sessions read
// it while the browser goes on.
type wants struct {
	mu   sync.Mutex
	view map[string]want
}

func (w *wants) note(view string, what want) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.view == nil {
		w.view = map[string]want{}
	}
	w.view[view] = what
}

func (w *wants) of(view string) want {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.view[view]
}

func (w *wants) forget() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.view = nil
}

// plain is a session without a browser: it asks for what another session's
// pages asked for, with the same credentials, over a line of its own.
type plain struct {
	of     *Session
	line   *wire.Line
	closed sync.Once
	copies *copies // of the visit that ended last
}

// Plain opens a session without a browser beside this one.
func (s *Session) Plain() (crowd.Plain, error) {
	headers, err := wire.HeadersOf(s.driver.plan, *s.account.Load())
	if err != nil {
		return nil, err
	}
	line, err := s.driver.wire.Open(headers)
	if err != nil {
		return nil, err
	}
	return &plain{of: s, line: line}, nil
}

// atOnce is how many requests of one visit are under way at most, as browsers
// have it over HTTP/1.
const atOnce = 6

// Visit asks again for what the page asked for when the browser last visited the
// view: documents each by itself, and what stands between them at the same time.
func (p *plain) Visit(ctx context.Context, v crowd.Visit) (*record.Observation, error) {
	again := p.of.wanted.of(v.View.Name)
	if len(again.requests) == 0 {
		return nil, &crowd.NotPossibleError{Err: errors.New("the browser has not visited the view yet")}
	}
	o := &record.Observation{Start: time.Now(), Peer: again.peer}
	defer func() { o.End = time.Now() }()
	clock := &clock{}
	ctx, late := withDeadline(ctx, p.of.driver.plan.Timeout)
	defer late.stop()
	clock.set(late)
	visit := wire.Visit{Trace: v.Trace, Cut: wire.Cut{Where: v.Cut, Pattern: v.CutPattern}}
	for _, hold := range v.Holds {
		visit.Holds = append(visit.Holds, pausing{hold, clock})
	}
	p.line.Begin(visit)
	err := p.ask(ctx, again.requests)
	passed := p.line.End(ctx)
	passed.Carry(o)
	p.copies = &copies{driver: p.of.driver}
	p.copies.add(passed)
	return o, crowd.WasCut(err, passed.Exchanges)
}

// ask makes the requests. The error is that of a document that was not answered
// as it was when the browser asked for it.
func (p *plain) ask(ctx context.Context, requests []*wire.Request) error {
	var busy sync.WaitGroup
	defer busy.Wait()
	room := make(chan struct{}, atOnce)
	for _, request := range requests {
		if !request.Document() {
			room <- struct{}{}
			busy.Go(func() {
				defer func() { <-room }()
				p.line.Again(ctx, request) // what became of it, the wire has seen
			})
			continue
		}
		busy.Wait()
		status, err := p.line.Again(ctx, request)
		switch {
		case err != nil:
			return &crowd.TargetError{Err: fmt.Errorf("asking again: %w", err)}
		case status != request.Status():
			return &crowd.TargetError{Err: fmt.Errorf("the document was answered with %d, and with %d when the browser asked for it", status, request.Status())}
		}
	}
	return nil
}

// Copies are of the visit that ended last.
func (p *plain) Copies() crowd.Copies { return p.copies.of() }

// Close ends the session. The target is not told: its credentials are the
// browser's, which goes on.
func (p *plain) Close() error {
	var err error
	p.closed.Do(func() { err = p.line.Close() })
	return err
}
