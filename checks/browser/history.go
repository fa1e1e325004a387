package browser

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"

	"notmine/checks/crowd"
	"notmine/checks/plan"
	"notmine/checks/record"
)

// blank is the page of a session that is at rest, or that has only begun.
const blank = "about:blank"

// comeBack comes to a page in another way than by the view's steps, and reads it.
// Any page is as good: that an inbox is no more behind Back is no failure.
func (s *Session) comeBack(ctx context.Context, v crowd.Visit, o *record.Observation, clock *clock) error {
	w := waiting{settle: v.How != crowd.Stay}
	if w.settle {
		w.away = s.driver.loginForm
		if n := len(v.View.Steps); n > 0 && v.View.Steps[n-1].Verb == plan.Wait {
			last := v.View.Steps[n-1]
			var err error
			if w.ready, err = plan.Expand(last.Arg, v.Vars); err != nil {
				return fmt.Errorf("%s: %w", describe(last), err)
			}
		}
	}
	return s.within(ctx, clock, fmt.Sprintf("looking at %s (%s)", v.View.Name, v.How), func(ctx context.Context) error {
		how, err := s.move(ctx, v.How)
		if err != nil {
			return err
		}
		o.How = how
		return s.read(ctx, v.View, w, o)
	})
}

// move moves the page through its history, or loads it once more, and returns
// how it was come to.
func (s *Session) move(ctx context.Context, how string) (string, error) {
	entries, at, err := s.history(ctx)
	if err != nil {
		return "", err
	}
	switch {
	case how == record.Back:
		return s.goTowards(ctx, entries, at, -1, how)
	case how == record.Forward:
		return s.goTowards(ctx, entries, at, 1, how)
	case entries[at].URL == blank:
		return "", notPossible("no page is open")
	case how == crowd.Stay:
		return "", nil
	case how == record.Reload:
		return how, s.reload(ctx)
	case how == record.Offline:
		return how, s.reloadOffline(ctx)
	}
	return "", fmt.Errorf("no way to come to a page is called %q", how)
}

// history returns the pages that the session went through, and where among them
// it is. A page is told of its address before the browser lists it.
func (s *Session) history(ctx context.Context) ([]*page.NavigationEntry, int, error) {
	waiting, late := withDeadline(ctx, hearLimit)
	defer late.stop()
	for {
		var address string
		if err := s.run(ctx, &address, "address"); err != nil {
			return nil, 0, err
		}
		got, err := call(ctx, s.process.client, s.id, page.GetNavigationHistory, cdp.Empty{})
		if err != nil {
			return nil, 0, err
		}
		at := int(got.CurrentIndex)
		if at < 0 || at >= len(got.Entries) {
			return nil, 0, fmt.Errorf("the browser's history has no entry %d", at)
		}
		// The browser's own pages are listed under the address that they stand for.
		if got.Entries[at].URL == address || s.missing() || waiting.Err() != nil {
			return got.Entries, at, nil
		}
		select {
		case <-waiting.Done():
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// missing reports whether the browser shows a page of its own.
func (s *Session) missing() bool {
	s.nav.mu.Lock()
	defer s.nav.mu.Unlock()
	return s.nav.missing
}

func notPossible(why string) error { return &crowd.NotPossibleError{Err: errors.New(why)} }

// goTowards goes to the nearest page in the history, back or forward. The empty
// ones in it are notmine's own: see [Session.Rest].
func (s *Session) goTowards(ctx context.Context, entries []*page.NavigationEntry, at, step int, how string) (string, error) {
	for at += step; at >= 0 && at < len(entries) && entries[at].URL == blank; {
		at += step
	}
	if at < 0 || at >= len(entries) {
		return "", notPossible("there is nowhere to go " + how)
	}
	s.nav.mu.Lock()
	committed, document := s.nav.committed, s.nav.document
	s.nav.mu.Unlock()
	if _, err := call(ctx, s.process.client, s.id, page.NavigateToHistoryEntry, page.NavigateToHistoryEntryParams{EntryID: entries[at].ID}); err != nil {
		return "", err
	}
	if err := s.until(ctx, func(n *navigation) bool { return n.committed != committed }); err != nil {
		return "", err
	}
	if s.documents() == document {
		return how, nil // it went within the document
	}
	kept, err := s.arrived()
	if kept && how == record.Back {
		how = record.Restored
	}
	return how, err
}

// reload loads the page once more.
func (s *Session) reload(ctx context.Context) error {
	document := s.documents()
	if _, err := call(ctx, s.process.client, s.id, page.Reload, page.ReloadParams{}); err != nil {
		return err
	}
	if err := s.until(ctx, func(n *navigation) bool { return n.document != document }); err != nil {
		return err
	}
	_, err := s.arrived()
	return err
}

// reloadOffline loads the page once more, and has it told that there is no
// network. The wire answers nothing for as long as the visit lasts.
func (s *Session) reloadOffline(ctx context.Context) error {
	if err := s.online(ctx, false); err != nil {
		return err
	}
	err := s.reload(ctx)
	if errors.Is(err, errNoPage) {
		return notPossible("nothing of the page was kept for a time without a network")
	}
	return err
}

// online has the page's navigator.onLine say whether there is a network. It
// changes nothing else.
func (s *Session) online(ctx context.Context, is bool) error {
	_, err := call(ctx, s.process.client, s.id, network.OverrideNetworkState, network.OverrideNetworkStateParams{
		Offline: !is, DownloadThroughput: -1, UploadThroughput: -1,
	})
	return err
}

// errNoPage says that the browser shows a page of its own.
var errNoPage = errors.New("the browser got no page")

// arrived tells of the document that came last whether the browser had kept it
// alive, and fails if it is none of the target's.
func (s *Session) arrived() (kept bool, err error) {
	s.nav.mu.Lock()
	kept, missing := s.nav.kept, s.nav.missing
	s.nav.mu.Unlock()
	if missing {
		return false, errNoPage
	}
	return kept, s.answered()
}
