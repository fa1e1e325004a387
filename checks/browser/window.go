package browser

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/target"

	"notmine/checks/record"
)

// maxWindows is how many windows are looked at in one visit. A page that opens
// more has them closed unseen.
const maxWindows = 20

// windows are what a session's page opened beside itself: popups and tabs. They
// stay open until a visit has looked at them, for a login may need one.
type windows struct {
	mu      sync.Mutex
	changed chan struct{} // closed and replaced at each change
	next    []string      // addresses of windows that are about to open
	open    map[target.SessionID]*window
	count   int
}

// window is one of them.
type window struct {
	session target.SessionID
	id      target.ID
	address string
	number  int  // in the order in which they opened
	empty   bool // it was opened without an address: whoever opened it writes into it
	has     bool // a document has arrived
	loading bool
}

func (w *windows) change(f func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	f()
	close(w.changed)
	w.changed = make(chan struct{})
}

// announced notes the address of a window that opens next.
func (w *windows) announced(address string) {
	w.change(func() {
		if len(w.next) < maxAttached {
			w.next = append(w.next, address)
		}
	})
}

func (w *windows) opened(session target.SessionID, id target.ID) {
	w.change(func() {
		w.count++
		opened := &window{session: session, id: id, number: w.count}
		if len(w.next) > 0 {
			opened.empty = w.next[0] == "" || w.next[0] == "about:blank"
			w.next = w.next[1:]
		}
		w.open[session] = opened
	})
}

func (w *windows) closed(session target.SessionID) {
	w.change(func() { delete(w.open, session) })
}

// arrived notes that a window's document has come, and loads.
func (w *windows) arrived(session target.SessionID, address string) {
	w.change(func() {
		if opened := w.open[session]; opened != nil {
			opened.has, opened.loading, opened.address = true, true, address
		}
	})
}

// loading notes that a window's main frame begins or ends to load.
func (w *windows) loading(session target.SessionID, frame cdp.FrameID, is bool) {
	w.change(func() {
		if opened := w.open[session]; opened != nil && string(opened.id) == string(frame) {
			opened.loading = is
		}
	})
}

// ready reports whether a window shows what it was opened for.
func (w *window) ready() bool { return (w.has || w.empty) && !w.loading }

// take takes all windows out, the first opened first, once they are ready or
// when ctx ends. late are those that were not.
func (w *windows) take(ctx context.Context) (ready, late []*window) {
	for {
		w.mu.Lock()
		ready, late = nil, nil
		for _, opened := range w.open {
			if opened.ready() {
				ready = append(ready, opened)
			} else {
				late = append(late, opened)
			}
		}
		changed := w.changed
		if len(late) == 0 || ctx.Err() != nil {
			clear(w.open)
			w.next = nil
			w.mu.Unlock()
			byNumber := func(a, b *window) int { return a.number - b.number }
			slices.SortFunc(ready, byNumber)
			slices.SortFunc(late, byNumber)
			return ready, late
		}
		w.mu.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
		}
	}
}

// popups looks into the windows that the page opened, and closes them. waiting
// bounds how long it waits for them to load.
func (s *Session) popups(ctx, waiting context.Context) (all []shown, missed []record.Missed) {
	ready, late := s.windows.take(waiting)
	missing := func(why string) {
		missed = append(missed, record.Missed{Surface: record.Popup, Why: why})
	}
	if len(late) > 0 {
		missing("a window was still loading when the visit ended")
	}
	opened := append(ready, late...)
	looking, tired := withDeadline(ctx, hearLimit)
	defer tired.stop()
	for i, w := range opened {
		if i < maxWindows {
			path := pathOf(cmp.Or(w.address, "about:blank"))
			for _, frame := range s.framesOf(looking, w.session) {
				for _, sh := range frame.Shown {
					sh.Surface, sh.Path, sh.URL = record.Popup, path, ""
					all = append(all, sh)
				}
				for _, m := range frame.Missed {
					missed = append(missed, record.Missed{Surface: record.Popup, Path: path, Why: m.Why})
				}
			}
		}
	}
	if len(opened) > maxWindows {
		missing(fmt.Sprintf("the page opened more than %d windows", maxWindows))
	}
	go s.shut(opened)
	return all, missed
}

// shut closes windows. The browser answers when they are closed, which may take
// as long as their pages like; nobody waits for it.
func (s *Session) shut(opened []*window) {
	ctx, cancel := context.WithTimeout(context.Background(), attachLimit)
	defer cancel()
	var closing batch
	for _, w := range opened {
		add(ctx, &closing, s.process.client, "", target.CloseTarget, target.CloseTargetParams{TargetID: w.id})
	}
	closing.wait() // one that closed itself is closed
}
