package browser

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/chromedp/cdproto"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/inspector"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/cdproto/target"
)

// attachLimit is how long it may take to prepare something that a page opened.
const attachLimit = 5 * time.Second

// maxAttached is how many frames, workers and windows of one session are
// attached to at the same time. A browser can hold more; what is beyond is let
// run and not listened to.
const maxAttached = 200

// contexts says to which session something in a process belongs.
type contexts struct {
	mu       sync.Mutex
	sessions map[cdp.BrowserContextID]*Session
	attached map[target.SessionID]*Session // what the browser itself attached to
}

func (c *contexts) add(s *Session) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sessions[s.context] = s
}

func (c *contexts) remove(s *Session) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.sessions, s.context)
	for id, of := range c.attached {
		if of == s {
			delete(c.attached, id)
		}
	}
}

// attachAll has the browser attach to every page and every worker that outlives
// its page, in all of its contexts, and hold them until they have been prepared:
// what a window says first is heard as well.
//
// It is the first command, so its failure says that the browser did not start.
func (p *process) attachAll(ctx context.Context, limit time.Duration) error {
	ctx, late := withDeadline(ctx, limit)
	defer late.stop()
	p.listen("", p.event)
	yes := true
	_, err := call(ctx, p.client, "", target.SetAutoAttach, target.SetAutoAttachParams{
		AutoAttach: true, WaitForDebuggerOnStart: true, Flatten: &yes,
		Filter: target.Filter{{Type: "page"}, {Type: "service_worker"}, {Type: "shared_worker"}},
	})
	if err != nil {
		return fmt.Errorf("starting the browser: %w%s", err, p.output.says())
	}
	return nil
}

// event follows what belongs to no page. It runs on the connection's reader and
// must not wait.
func (p *process) event(msg *cdproto.Message) {
	switch string(msg.Method) {
	case target.AttachedToTarget.Method:
		ev, ok := decode[target.EventAttachedToTarget](msg)
		if !ok || ev.TargetInfo == nil {
			return
		}
		p.contexts.mu.Lock()
		s := p.contexts.sessions[ev.TargetInfo.BrowserContextID]
		if s != nil {
			p.contexts.attached[ev.SessionID] = s
		}
		p.contexts.mu.Unlock()
		if s == nil {
			go p.letRun(ev.SessionID) // its session has just been closed
			return
		}
		s.attachedTo(ev)
	case target.DetachedFromTarget.Method:
		ev, ok := decode[target.EventDetachedFromTarget](msg)
		if !ok {
			return
		}
		p.contexts.mu.Lock()
		s := p.contexts.attached[ev.SessionID]
		delete(p.contexts.attached, ev.SessionID)
		p.contexts.mu.Unlock()
		if s != nil {
			s.detachedFrom(ev.SessionID)
		}
	}
}

// letRun lets something run that is held and that nobody prepares.
func (p *process) letRun(id target.SessionID) {
	ctx, cancel := context.WithTimeout(context.Background(), attachLimit)
	defer cancel()
	call(ctx, p.client, id, runtime.RunIfWaitingForDebugger, cdp.Empty{}) // it may be gone
}

// attachedTo prepares a page, frame or worker that the browser attached to.
func (s *Session) attachedTo(ev target.EventAttachedToTarget) {
	info, id := ev.TargetInfo, ev.SessionID
	if info.Type == "page" && info.OpenerFrameID == "" {
		own := false
		s.first.Do(func() { own = true; s.own <- id }) // openSession waits for it
		if !own {
			go s.process.letRun(id)
		}
		return
	}
	if !s.attach(id) {
		go s.process.letRun(id)
		return
	}
	switch info.Type {
	case "page":
		s.windows.opened(id, info.TargetID)
	case "iframe":
		s.nav.change(func() { s.nav.frames[id] = info.TargetID })
	}
	s.process.listen(id, s.event)
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), attachLimit)
		defer cancel()
		// What fails here fails because the target is gone, and has nothing more to say.
		s.prepare(ctx, id, info.Type).wait()
	}()
}

// detachedFrom forgets what has ended.
func (s *Session) detachedFrom(id target.SessionID) {
	s.process.listen(id, nil)
	s.windows.closed(id)
	s.nav.change(func() { delete(s.nav.frames, id) })
	s.beside.mu.Lock()
	defer s.beside.mu.Unlock()
	delete(s.beside.ids, id)
}

// beside are the protocol's sessions with frames, workers and windows.
type beside struct {
	mu  sync.Mutex
	ids map[target.SessionID]bool
}

// attach notes one more of them, if there is room.
func (s *Session) attach(id target.SessionID) bool {
	s.beside.mu.Lock()
	defer s.beside.mu.Unlock()
	if len(s.beside.ids) >= maxAttached {
		return false
	}
	s.beside.ids[id] = true
	return true
}

// release stops listening to the page and everything that it opened.
func (s *Session) release() {
	s.beside.mu.Lock()
	defer s.beside.mu.Unlock()
	for id := range s.beside.ids {
		s.process.listen(id, nil)
	}
	clear(s.beside.ids)
	s.process.listen(s.id, nil)
}

// prepare has a target tell what is heard of it. All its commands go out at
// once, the last of which lets it run:
//
//   - Page tells of dialogs and navigations (pages only);
//   - Runtime tells what is written to the console and thrown. It sends one event
//     for each script context besides;
//   - one script for the page's world tells of notifications (see workerLoaded for
//     workers), another for notmine's own collects what is shown in passing and
//     has all that the document is asked with;
//   - auto-attach finds frames in other processes and dedicated workers.
func (s *Session) prepare(ctx context.Context, id target.SessionID, kind string) batch {
	var b batch
	yes, c := true, s.process.client
	within := target.Filter{{Type: "iframe"}, {Type: "worker"}}
	switch kind {
	case "page":
		add(ctx, &b, c, id, page.Enable, page.EnableParams{})
	case "iframe":
	default:
		within = target.Filter{{Type: "worker"}}
	}
	if s.line != nil {
		add(ctx, &b, c, id, runtime.Enable, cdp.Empty{})
		if kind == "page" || kind == "iframe" {
			add(ctx, &b, c, id, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{
				Source: s.driver.notify, RunImmediately: &yes,
			})
			add(ctx, &b, c, id, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{
				Source: passingJS + install, WorldName: world, RunImmediately: &yes,
			})
		}
	}
	add(ctx, &b, c, id, target.SetAutoAttach, target.SetAutoAttachParams{AutoAttach: true, Flatten: &yes, Filter: within})
	if id == s.id {
		// Without it, nobody says that the page crashed.
		add(ctx, &b, c, id, inspector.Enable, cdp.Empty{})
		// Only one page of a browser has the focus, and what is typed into another is
		// lost, unless each is told that it has it.
		add(ctx, &b, c, id, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true})
	}
	add(ctx, &b, c, id, runtime.RunIfWaitingForDebugger, cdp.Empty{})
	return b
}

// workerLoaded has a worker tell of notifications. What it needs for that is not
// there before its script has come, which is when it says so.
func (s *Session) workerLoaded(id target.SessionID) {
	if s.line == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), attachLimit)
	defer cancel()
	call(ctx, s.process.client, id, runtime.Evaluate, runtime.EvaluateParams{Expression: s.driver.notify}) // it may be gone
}
