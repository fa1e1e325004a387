package browser

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/chromedp/cdproto"
	cdpbrowser "github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/cdp/jsonv2"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/inspector"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"

	"notmine/checks/crowd"
	"notmine/checks/plan"
	"notmine/checks/wire"
)

//go:embed page.js
var pageJS string

// Session is one isolated browser context with one page, and the line of the
// wire that all its traffic passes.
type Session struct {
	driver  *Driver
	process *process
	line    *wire.Line
	account plan.Account

	context cdp.BrowserContextID
	page    target.ID
	id      target.SessionID

	nav   navigation
	world struct { // the isolated world of the document, made when it is first needed
		document int // navigation count for which it was made
		id       runtime.ExecutionContextID
	}
	at     string // the view that the page stands at; "" when elsewhere
	closed sync.Once
}

// navigation counts what the browser says of the page's main frame.
type navigation struct {
	mu        sync.Mutex
	changed   chan struct{} // closed and replaced at each change
	requested int           // navigations that were asked for
	committed int           // documents that arrived, those within the document included
	settled   int           // navigations that ended, one way or another
	before    int           // of settled, those that had ended when the last one was asked for
	document  int           // documents that arrived
	frames    map[target.SessionID]target.ID
	dead      bool
}

func (n *navigation) change(f func()) {
	n.mu.Lock()
	defer n.mu.Unlock()
	f()
	close(n.changed)
	n.changed = make(chan struct{})
}

// openSession makes the context, its page, and what listens to it. Without a
// line, its traffic goes to the target directly.
func openSession(ctx context.Context, d *Driver, p *process, line *wire.Line, account plan.Account) (s *Session, err error) {
	s = &Session{driver: d, process: p, line: line, account: account}
	s.nav.changed = make(chan struct{})
	s.nav.frames = map[target.SessionID]target.ID{}
	d.mu.Lock()
	d.sessions[s] = true
	d.mu.Unlock()
	defer func() {
		if err != nil {
			s.Close() // what failed is told; what could not be undone goes with the process
		}
	}()
	yes := true
	params := target.CreateBrowserContextParams{DisposeOnDetach: &yes}
	if line != nil {
		// "<-loopback>" sends loopback targets through the wire as well.
		params.ProxyServer, params.ProxyBypassList = line.Addr(), "<-loopback>"
	}
	made, err := call(ctx, p.client, "", target.CreateBrowserContext, params)
	if err != nil {
		return s, err
	}
	s.context = made.BrowserContextID
	// What a page downloads passes the wire; the file itself goes with the browser's folder.
	if _, err := call(ctx, p.client, "", cdpbrowser.SetDownloadBehavior, cdpbrowser.SetDownloadBehaviorParams{
		Behavior: cdpbrowser.SetDownloadBehaviorBehaviorAllowAndName, BrowserContextID: s.context, DownloadPath: p.dir,
	}); err != nil {
		return s, err
	}
	opened, err := call(ctx, p.client, "", target.CreateTarget, target.CreateTargetParams{
		URL: "about:blank", BrowserContextID: s.context, Width: 1024, Height: 768,
	})
	if err != nil {
		return s, err
	}
	s.page = opened.TargetID
	attached, err := call(ctx, p.client, "", target.AttachToTarget, target.AttachToTargetParams{TargetID: s.page, Flatten: &yes})
	if err != nil {
		return s, err
	}
	s.id = attached.SessionID
	p.listen(s.id, s.event)
	if _, err := call(ctx, p.client, s.id, page.Enable, page.EnableParams{}); err != nil {
		return s, err
	}
	// Without it, nobody says that the page crashed.
	if _, err := call(ctx, p.client, s.id, inspector.Enable, cdp.Empty{}); err != nil {
		return s, err
	}
	// Only one page of a browser has the focus, and what is typed into another is
	// lost, unless each is told that it has it.
	if _, err := call(ctx, p.client, s.id, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true}); err != nil {
		return s, err
	}
	return s, s.attachFrames(ctx, s.id)
}

// attachFrames has the browser attach to frames of other sites, which live in
// processes of their own.
func (s *Session) attachFrames(ctx context.Context, id target.SessionID) error {
	yes := true
	_, err := call(ctx, s.process.client, id, target.SetAutoAttach, target.SetAutoAttachParams{
		AutoAttach: true, Flatten: &yes, Filter: target.Filter{{Type: "iframe"}},
	})
	return err
}

// event follows the page. It runs on the connection's reader and must not wait.
func (s *Session) event(msg *cdproto.Message) {
	switch string(msg.Method) {
	case page.FrameRequestedNavigation.Method:
		if ev, ok := decode[page.EventFrameRequestedNavigation](msg); ok && string(ev.FrameID) == string(s.page) {
			s.nav.change(func() { s.nav.requested++; s.nav.before = s.nav.settled })
		}
	case page.FrameNavigated.Method:
		if ev, ok := decode[page.EventFrameNavigated](msg); ok && ev.Frame != nil && ev.Frame.ParentID == "" {
			s.nav.change(func() { s.nav.committed++; s.nav.document++ })
		}
	case page.NavigatedWithinDocument.Method:
		if ev, ok := decode[page.EventNavigatedWithinDocument](msg); ok && string(ev.FrameID) == string(s.page) {
			s.nav.change(func() { s.nav.committed++ })
		}
	case page.FrameStoppedLoading.Method:
		if ev, ok := decode[page.EventFrameStoppedLoading](msg); ok && string(ev.FrameID) == string(s.page) {
			s.nav.change(func() { s.nav.settled++ })
		}
	case page.JavascriptDialogOpening.Method:
		go func() {
			ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
			defer cancel()
			call(ctx, s.process.client, s.id, page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{Accept: true})
		}()
	case target.AttachedToTarget.Method:
		if ev, ok := decode[target.EventAttachedToTarget](msg); ok && ev.TargetInfo != nil {
			s.nav.change(func() { s.nav.frames[ev.SessionID] = ev.TargetInfo.TargetID })
			s.process.listen(ev.SessionID, s.event)
			go func() {
				ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
				defer cancel()
				s.attachFrames(ctx, ev.SessionID)
			}()
		}
	case target.DetachedFromTarget.Method:
		if ev, ok := decode[target.EventDetachedFromTarget](msg); ok {
			s.process.listen(ev.SessionID, nil)
			s.nav.change(func() { delete(s.nav.frames, ev.SessionID) })
		}
	case inspector.TargetCrashed.Method:
		s.nav.change(func() { s.nav.dead = true })
	}
}

func decode[E any](msg *cdproto.Message) (ev E, ok bool) {
	return ev, jsonv2.Unmarshal(msg.Params, &ev, chromedp.DefaultUnmarshalOptions) == nil
}

// crashed reports whether the page's process has ended.
func (s *Session) crashed() bool {
	s.nav.mu.Lock()
	defer s.nav.mu.Unlock()
	return s.nav.dead
}

// until waits until ok holds of the navigation.
func (s *Session) until(ctx context.Context, ok func(*navigation) bool) error {
	for {
		s.nav.mu.Lock()
		done, dead, changed := ok(&s.nav), s.nav.dead, s.nav.changed
		s.nav.mu.Unlock()
		switch {
		case done:
			return nil
		case dead:
			return &crowd.DiedError{Err: errors.New("the page crashed")}
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-s.process.gone:
			return errGone
		}
	}
}

// errReplaced says that the document went away while it was looked at.
var errReplaced = errors.New("the document was replaced")

// run evaluates one function of page.js in the session's own world and decodes
// what it returns. When the document is replaced meanwhile, it runs again in the
// new one: a page that redirects by script is looked at where it ends.
func (s *Session) run(ctx context.Context, into any, function string, args ...any) error {
	expression, err := expressionOf(function, args)
	if err != nil {
		return err
	}
	for {
		err := s.runOnce(ctx, into, expression)
		if !errors.Is(err, errReplaced) {
			return err
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// install is what comes before the first expression in a world.
var install = "globalThis.notmine ??= " + pageJS + ";"

// expressionOf calls a function of page.js.
func expressionOf(function string, args []any) (string, error) {
	list := make([]string, len(args))
	for i, arg := range args {
		text, err := json.Marshal(arg)
		if err != nil {
			return "", fmt.Errorf("encoding an argument of %s: %w", function, err)
		}
		list[i] = string(text)
	}
	return fmt.Sprintf("notmine.%s(%s)", function, strings.Join(list, ",")), nil
}

func (s *Session) runOnce(ctx context.Context, into any, expression string) error {
	s.nav.mu.Lock()
	document, dead := s.nav.document, s.nav.dead
	s.nav.mu.Unlock()
	if dead {
		return &crowd.DiedError{Err: errors.New("the page crashed")}
	}
	if s.world.id == 0 || s.world.document != document {
		yes := true
		made, err := call(ctx, s.process.client, s.id, page.CreateIsolatedWorld, page.CreateIsolatedWorldParams{
			FrameID: cdp.FrameID(s.page), WorldName: "notmine", GrantUniveralAccess: &yes,
		})
		if err != nil {
			return s.replaced(err)
		}
		s.world.document, s.world.id = document, made.ExecutionContextID
		expression = install + expression
	}
	err := evaluate(ctx, s.process.client, s.id, s.world.id, expression, into)
	if err != nil {
		s.world.id = 0
	}
	return s.replaced(err)
}

// replaced tells a replaced document from other errors of the protocol. The
// browser has no code of its own for it, only these messages.
func (s *Session) replaced(err error) error {
	var protocol *cdproto.Error
	if errors.As(err, &protocol) {
		for _, says := range []string{"context", "navigated or closed", "frame for given id"} {
			if strings.Contains(strings.ToLower(protocol.Message), says) {
				return fmt.Errorf("%w: %w", errReplaced, err)
			}
		}
	}
	return err
}

// pageError is what an expression threw in a page.
type pageError string

func (e pageError) Error() string { return fmt.Sprintf("in the page: %.200s", string(e)) }

// evaluate runs an expression, waits for its promise, and decodes its value.
func evaluate(ctx context.Context, c *client, id target.SessionID, world runtime.ExecutionContextID, expression string, into any) error {
	yes := true
	res, err := call(ctx, c, id, runtime.Evaluate, runtime.EvaluateParams{
		Expression: expression, ContextID: world, AwaitPromise: &yes, ReturnByValue: &yes, UserGesture: &yes,
	})
	if err != nil {
		return err
	}
	if ex := res.ExceptionDetails; ex != nil {
		text := ex.Text
		if ex.Exception != nil && ex.Exception.Description != "" {
			text, _, _ = strings.Cut(ex.Exception.Description, "\n")
		}
		return pageError(text)
	}
	if into == nil || res.Result == nil || len(res.Result.Value) == 0 {
		return nil
	}
	if err := json.Unmarshal(res.Result.Value, into); err != nil {
		return fmt.Errorf("decoding what the page returned: %w", err)
	}
	return nil
}

// Close disposes of the context and everything in it. The target is not told:
// its sessions are its own affair, and a page's last words are no part of a visit.
func (s *Session) Close() error {
	var err error
	s.closed.Do(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if s.id != "" {
			s.process.listen(s.id, nil)
		}
		if s.context != "" {
			_, err = call(ctx, s.process.client, "", target.DisposeBrowserContext, target.DisposeBrowserContextParams{BrowserContextID: s.context})
			if errors.Is(err, errGone) {
				err = nil // it went with its browser
			}
		}
		if s.line != nil {
			err = errors.Join(err, s.line.Close())
		}
		s.driver.closed(s)
	})
	if err != nil {
		return fmt.Errorf("closing the session of %s: %w", s.account.Name, err)
	}
	return nil
}
