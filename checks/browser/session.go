package browser

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/chromedp/cdproto"
	cdpbrowser "github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/cdp/jsonv2"
	"github.com/chromedp/cdproto/inspector"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"

	"notmine/checks/crowd"
	"notmine/checks/plan"
	"notmine/checks/wire"
)

// world is the name of the isolated world in which notmine's own scripts run.
const world = "notmine"

// Session is one isolated browser context with one page, and the line of the
// wire that all its traffic passes.
type Session struct {
	driver  *Driver
	process *process
	line    *wire.Line
	account atomic.Pointer[plan.Account] // whose it is by now

	context cdp.BrowserContextID
	folder  string // where the context keeps what it downloads
	page    target.ID
	id      target.SessionID
	own     chan target.SessionID // with the page, once the browser has attached to it
	first   sync.Once             // for own
	beside  beside

	nav     navigation
	talk    talk
	windows windows
	files   files
	wanted  wants
	copies  *copies  // of the visit that ended last, or is under way
	world   struct { // the isolated world of the document, made when it is first needed
		document int // navigation count for which it was made
		id       runtime.ExecutionContextID
	}
	at     string // the view that the page stands at; "" when elsewhere
	status int    // HTTP status of the document that a visit opened last; 0 when it is gone
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
	kept      bool // the last of them had been kept alive in the back/forward cache
	missing   bool // in its place stands a page of the browser's own
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
// line, its traffic goes to the target directly, and nothing is heard of it.
func openSession(ctx context.Context, d *Driver, p *process, line *wire.Line, account plan.Account) (s *Session, err error) {
	s = &Session{driver: d, process: p, line: line, own: make(chan target.SessionID, 1)}
	s.account.Store(&account)
	s.beside.ids = map[target.SessionID]bool{}
	s.nav.changed = make(chan struct{})
	s.nav.frames = map[target.SessionID]target.ID{}
	s.talk.changed = make(chan struct{})
	s.windows = windows{changed: make(chan struct{}), open: map[target.SessionID]*window{}}
	s.files = files{changed: make(chan struct{}), all: map[string]*file{}}
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
	s.folder = filepath.Join(p.dir, "files-"+string(s.context))
	p.contexts.add(s)

	var b batch
	add(ctx, &b, p.client, "", cdpbrowser.SetDownloadBehavior, cdpbrowser.SetDownloadBehaviorParams{
		Behavior: cdpbrowser.SetDownloadBehaviorBehaviorAllowAndName, BrowserContextID: s.context, DownloadPath: s.folder,
	})
	if line != nil {
		// A page that asks whether it may show notifications is told that it may; see notify.js.
		add(ctx, &b, p.client, "", cdpbrowser.SetPermission, cdpbrowser.SetPermissionParams{
			Permission: &cdpbrowser.PermissionDescriptor{Name: "notifications"}, Setting: cdpbrowser.PermissionSettingGranted, BrowserContextID: s.context,
		})
	}
	opened := send(ctx, p.client, "", target.CreateTarget, target.CreateTargetParams{
		URL: "about:blank", BrowserContextID: s.context, Width: 1024, Height: 768,
	})
	if err := b.wait(); err != nil {
		return s, err
	}
	page, err := opened()
	if err != nil {
		return s, err
	}
	s.page = page.TargetID
	select {
	case s.id = <-s.own:
	case <-ctx.Done():
		return s, context.Cause(ctx)
	case <-p.gone:
		return s, errGone
	}
	p.listen(s.id, s.event)
	return s, s.prepare(ctx, s.id, "page").wait()
}

// event follows the page, its windows, frames and workers. It runs on the
// connection's reader and must not wait.
func (s *Session) event(msg *cdproto.Message) {
	switch string(msg.Method) {
	case page.FrameRequestedNavigation.Method:
		if ev, ok := decode[page.EventFrameRequestedNavigation](msg); ok && string(ev.FrameID) == string(s.page) {
			s.nav.change(func() { s.nav.requested++; s.nav.before = s.nav.settled })
		}
	case page.FrameNavigated.Method:
		if ev, ok := decode[page.EventFrameNavigated](msg); ok && ev.Frame != nil && ev.Frame.ParentID == "" {
			if msg.SessionID == s.id {
				s.nav.change(func() {
					s.nav.committed++
					s.nav.document++
					s.nav.kept, s.nav.missing = ev.Type == page.NavigationTypeBackForwardCacheRestore, ev.Frame.UnreachableURL != ""
				})
			} else {
				s.windows.arrived(msg.SessionID, ev.Frame.URL)
			}
		}
	case page.NavigatedWithinDocument.Method:
		if ev, ok := decode[page.EventNavigatedWithinDocument](msg); ok && string(ev.FrameID) == string(s.page) {
			s.nav.change(func() { s.nav.committed++ })
		}
	case page.FrameStartedLoading.Method:
		if ev, ok := decode[page.EventFrameStartedLoading](msg); ok {
			s.windows.loading(msg.SessionID, ev.FrameID, true)
		}
	case page.FrameStoppedLoading.Method:
		if ev, ok := decode[page.EventFrameStoppedLoading](msg); ok && string(ev.FrameID) == string(s.page) {
			s.nav.change(func() { s.nav.settled++ })
		} else if ok {
			s.windows.loading(msg.SessionID, ev.FrameID, false)
		}
	case page.JavascriptDialogOpening.Method:
		if ev, ok := decode[page.EventJavascriptDialogOpening](msg); ok {
			s.dialog(ev)
		}
		go func() {
			ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
			defer cancel()
			call(ctx, s.process.client, msg.SessionID, page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{Accept: true})
		}()
	case page.WindowOpen.Method:
		if ev, ok := decode[page.EventWindowOpen](msg); ok {
			s.windows.announced(ev.URL)
		}
	case downloadWillBegin:
		if ev, ok := decode[cdpbrowser.EventDownloadWillBegin](msg); ok {
			s.files.began(ev)
		}
	case downloadProgress:
		if ev, ok := decode[cdpbrowser.EventDownloadProgress](msg); ok {
			s.files.progressed(ev)
		}
	case runtime.ConsoleAPICalled.Method:
		if ev, ok := decode[runtime.EventConsoleAPICalled](msg); ok {
			s.console(msg.SessionID, ev)
		}
	case runtime.ExceptionThrown.Method:
		if ev, ok := decode[runtime.EventExceptionThrown](msg); ok && ev.ExceptionDetails != nil {
			s.thrown(msg.SessionID, ev.ExceptionDetails)
		}
	case target.AttachedToTarget.Method:
		if ev, ok := decode[target.EventAttachedToTarget](msg); ok && ev.TargetInfo != nil {
			s.attachedTo(ev)
		}
	case target.DetachedFromTarget.Method:
		if ev, ok := decode[target.EventDetachedFromTarget](msg); ok {
			s.detachedFrom(ev.SessionID)
		}
	case inspector.WorkerScriptLoaded.Method:
		go s.workerLoaded(msg.SessionID)
	case inspector.TargetCrashed.Method:
		if msg.SessionID == s.id {
			s.nav.change(func() { s.nav.dead = true })
		}
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
			FrameID: cdp.FrameID(s.page), WorldName: world, GrantUniveralAccess: &yes,
		})
		if err != nil {
			return s.replaced(err)
		}
		s.world.document, s.world.id = document, made.ExecutionContextID
	}
	err := evaluateIn(ctx, s.process.client, s.id, s.world.id, expression, into)
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
	return returned(res.Result, res.ExceptionDetails, into)
}

// returned decodes what an expression returned or threw.
func returned(value *runtime.RemoteObject, ex *runtime.ExceptionDetails, into any) error {
	if ex != nil {
		text := ex.Text
		if ex.Exception != nil && ex.Exception.Description != "" {
			text, _, _ = strings.Cut(ex.Exception.Description, "\n")
		}
		return pageError(text)
	}
	if into == nil || value == nil || len(value.Value) == 0 {
		return nil
	}
	if err := json.Unmarshal(value.Value, into); err != nil {
		return fmt.Errorf("decoding what the page returned: %w", err)
	}
	return nil
}

// Notes are what passed on the session's line; nil unless the driver notes it.
func (s *Session) Notes() *wire.Notes { return s.line.Notes() }

// Become hands the session over to another account: context, page, storage and
// line stay as they are, and the plan's headers are the other's from now on. What
// came since the last visit is nobody's.
func (s *Session) Become(account plan.Account) error {
	headers, err := wire.HeadersOf(s.driver.plan, account)
	if err != nil {
		return fmt.Errorf("handing the session of %s to %s: %w", s.account.Load().Name, account.Name, err)
	}
	// What came last, the account before was given: by its logout, for instance.
	ctx, cancel := context.WithTimeout(context.Background(), 2*hearLimit)
	defer cancel()
	s.line.End(ctx)
	s.heard(ctx)
	s.line.Become(headers)
	s.account.Store(&account)
	s.wanted.forget() // it was the other's
	s.at = ""
	return nil
}

// Close disposes of the context and everything in it. The target is not told:
// its sessions are its own affair, and a page's last words are no part of a visit.
func (s *Session) Close() error {
	var err error
	s.closed.Do(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if s.context != "" {
			_, err = call(ctx, s.process.client, "", target.DisposeBrowserContext, target.DisposeBrowserContextParams{BrowserContextID: s.context})
			if errors.Is(err, errGone) {
				err = nil // it went with its browser
			}
			err = errors.Join(err, os.RemoveAll(s.folder))
		}
		s.process.contexts.remove(s)
		s.release()
		if s.line != nil {
			err = errors.Join(err, s.line.Close())
		}
		s.driver.closed(s)
	})
	if err != nil {
		return fmt.Errorf("closing the session of %s: %w", s.account.Load().Name, err)
	}
	return nil
}
