package browser

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/chromedp/cdproto"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/cdp/jsonv2"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
)

// errGone says that the connection to the browser is lost.
var errGone = errors.New("the browser is gone")

// client speaks the DevTools protocol over chromedp's transport. It exists
// beside chromedp's own Browser and Target because those enable many domains and
// announce every tab to every other, which grows with the square of the sessions.
type client struct {
	conn chromedp.Transport

	mu       sync.Mutex
	next     int64
	waiting  map[int64]chan<- *cdproto.Message
	sessions map[target.SessionID]func(*cdproto.Message)
	gone     chan struct{} // closed when the connection is lost
}

func newClient(conn chromedp.Transport) *client {
	c := &client{
		conn:     conn,
		waiting:  map[int64]chan<- *cdproto.Message{},
		sessions: map[target.SessionID]func(*cdproto.Message){},
		gone:     make(chan struct{}),
	}
	go c.read()
	return c
}

// read hands each message to whoever waits for it, until the connection ends.
func (c *client) read() {
	defer close(c.gone)
	for {
		msg := new(cdproto.Message)
		if err := c.conn.Read(context.Background(), msg); err != nil {
			return
		}
		c.mu.Lock()
		reply := c.waiting[msg.ID]
		delete(c.waiting, msg.ID)
		event := c.sessions[msg.SessionID]
		c.mu.Unlock()
		switch {
		case msg.ID != 0 && reply != nil:
			reply <- msg // has room for one
		case msg.ID == 0 && event != nil:
			event(msg)
		}
	}
}

// listen has f called with each event of the session. f must return at once
// and send no command.
func (c *client) listen(id target.SessionID, f func(*cdproto.Message)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if f == nil {
		delete(c.sessions, id)
		return
	}
	c.sessions[id] = f
}

// call sends a command and waits for its result. The session id "" is the
// browser itself.
func call[P, R any](ctx context.Context, c *client, id target.SessionID, cmd cdp.Command[P, R], params P) (R, error) {
	return send(ctx, c, id, cmd, params)()
}

// send sends a command and returns what waits for its result, to be called
// once. Commands to one session are obeyed in the order in which they were sent.
func send[P, R any](ctx context.Context, c *client, id target.SessionID, cmd cdp.Command[P, R], params P) (wait func() (R, error)) {
	failed := func(err error) func() (R, error) {
		return func() (result R, _ error) { return result, err }
	}
	raw, err := jsonv2.Marshal(params, chromedp.DefaultMarshalOptions)
	if err != nil {
		return failed(fmt.Errorf("encoding %s: %w", cmd.Method, err))
	}
	reply := make(chan *cdproto.Message, 1)
	c.mu.Lock()
	c.next++
	n := c.next
	c.waiting[n] = reply
	c.mu.Unlock()
	forget := func() {
		c.mu.Lock()
		delete(c.waiting, n)
		c.mu.Unlock()
	}
	msg := &cdproto.Message{ID: n, SessionID: id, Method: cdproto.MethodType(cmd.Method), Params: raw}
	if err := c.conn.Write(ctx, msg); err != nil {
		forget()
		return failed(fmt.Errorf("sending %s: %w: %w", cmd.Method, errGone, err))
	}
	return func() (result R, _ error) {
		defer forget()
		select {
		case <-ctx.Done():
			return result, context.Cause(ctx) // which of the protocol's commands was under way tells a user nothing
		case <-c.gone:
			return result, fmt.Errorf("%s: %w", cmd.Method, errGone)
		case msg := <-reply:
			if msg.Error != nil {
				return result, fmt.Errorf("%s: %w", cmd.Method, msg.Error)
			}
			if err := jsonv2.Unmarshal(msg.Result, &result, chromedp.DefaultUnmarshalOptions); err != nil {
				return result, fmt.Errorf("decoding the result of %s: %w", cmd.Method, err)
			}
			return result, nil
		}
	}
}

// batch is commands to one session that are under way at the same time: one
// round trip for all of them.
type batch []func() error

// add sends a command as part of the batch.
func add[P, R any](ctx context.Context, b *batch, c *client, id target.SessionID, cmd cdp.Command[P, R], params P) {
	wait := send(ctx, c, id, cmd, params)
	*b = append(*b, func() error {
		_, err := wait()
		return err
	})
}

// wait waits for all results and returns the first error.
func (b batch) wait() (first error) {
	for _, wait := range b {
		if err := wait(); err != nil && first == nil {
			first = err
		}
	}
	return first
}
