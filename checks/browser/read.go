package browser

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/cdproto/storage"
	"github.com/chromedp/cdproto/target"

	"notmine/checks/plan"
	"notmine/checks/record"
	"notmine/checks/wire"
)

// pageLimit is how many bytes of a surface are looked at when the plan does not
// say.
const pageLimit = 1 << 20

// question is what look of look.js is asked.
type question struct {
	Identity string   `json:"identity"`
	Compare  []string `json:"compare"`
	Ready    string   `json:"ready"`
	Away     form     `json:"away"`
	Settle   bool     `json:"settle"` // take the page as it is when neither of both comes up
	Limit    int64    `json:"limit"`  // bytes of each surface
}

// seen is what it answers.
type seen struct {
	held
	URL      string              `json:"url"`
	Title    string              `json:"title"`
	Identity string              `json:"identity"`
	Parts    map[string][]string `json:"parts"`
	Away     bool                `json:"away"`   // the login form stood there instead
	Worker   int                 `json:"worker"` // answers that a service worker had to do with
}

// held is what a document and its browser hold.
type held struct {
	Shown  []shown         `json:"shown"`
	Missed []record.Missed `json:"missed"`
	Closed int             `json:"closed"` // frames that the page may not look into
	Hosts  int             `json:"hosts"`  // elements that may have a closed shadow root
}

// shown is what the page or its browser held in one place.
type shown struct {
	Surface string `json:"surface"`
	Path    string `json:"path"`  // see the surfaces of package record
	URL     string `json:"url"`   // whose path it is, in place of Path
	Type    string `json:"type"`  // media type; "" when it may be anything
	Text    string `json:"text"`  // or else
	Data    []byte `json:"data"`  // what it holds is no text
	Items   int    `json:"items"` // how many things are in Text; 0 is 1
}

func (s *Session) pageLimit() int64 { return cmp.Or(s.driver.plan.Limits.Page, pageLimit) }

// waiting is what is waited for before a page is read.
type waiting struct {
	ready  string // selects what has to be visible; "" for nothing
	away   form   // the login form, which ends the waiting; with an error, unless settle
	settle bool   // neither has to come up: the page may be any
}

// read reads the page, once it is there: all that it and its browser hold, the
// name shown, and the parts that are compared.
func (s *Session) read(ctx context.Context, view plan.View, w waiting, o *record.Observation) error {
	ask := question{
		Identity: view.Identity, Compare: view.Compare, Ready: w.ready, Away: w.away, Settle: w.settle, Limit: s.pageLimit(),
	}
	if strings.HasPrefix(ask.Identity, "/") {
		ask.Identity = "" // an answer says it, not the page
	}
	if ask.Compare == nil {
		ask.Compare = []string{}
	}
	var page seen
	if err := s.run(ctx, &page, "look", ask); err != nil {
		return err
	}
	o.URL, o.Title = wire.CleanURL(page.URL), bounded(page.Title)
	o.Identity, o.Worker = page.Identity, page.Worker
	if len(page.Parts) > 0 {
		o.Parts = page.Parts
	}

	jar := make(chan error, 1)
	var cookies storage.GetCookiesResult
	go func() {
		var err error
		cookies, err = call(ctx, s.process.client, "", storage.GetCookies, storage.GetCookiesParams{BrowserContextID: s.context})
		jar <- err
	}()
	s.show(o, page.held)
	within := s.shadows(ctx, s.id, s.world.id, page.Hosts)
	s.show(o, within)
	if page.Closed+within.Closed > 0 {
		for _, frame := range s.frames(ctx) {
			s.show(o, frame)
		}
	}
	heard, missed := s.heard(ctx)
	s.show(o, held{Shown: heard, Missed: missed})

	if err := <-jar; err != nil {
		return fmt.Errorf("reading the cookies: %w", err)
	}
	var kept held
	for _, c := range cookies.Cookies {
		o.Cookies = append(o.Cookies, record.Cookie{
			Name: c.Name, Digest: s.driver.wire.Digest(c.Name, c.Value), HTTPOnly: c.HTTPOnly, Domain: c.Domain,
		})
		kept.Shown = append(kept.Shown, shown{Surface: record.Cookies, Path: c.Name, Text: c.Value})
	}
	s.show(o, kept)
	if page.Away {
		return errAway
	}
	return nil
}

// frames looks into the frames that the page may not look into: those of other
// sites, some of which live in processes of their own.
func (s *Session) frames(ctx context.Context) []held {
	all := s.framesOf(ctx, s.id)
	s.nav.mu.Lock()
	apart := slices.Sorted(maps.Keys(s.nav.frames))
	s.nav.mu.Unlock()
	for _, id := range apart {
		all = append(all, s.framesOf(ctx, id)...)
	}
	return all
}

// framesOf looks into each frame of one process that no window around it can
// look into; the page itself was looked at. A frame that goes away meanwhile
// has nothing to show.
func (s *Session) framesOf(ctx context.Context, id target.SessionID) (all []held) {
	got, err := call(ctx, s.process.client, id, page.GetFrameTree, cdp.Empty{})
	if err != nil || got.FrameTree == nil {
		return nil
	}
	for _, frame := range framesIn(got.FrameTree) {
		if string(frame) == string(s.page) {
			continue
		}
		yes := true
		world, err := call(ctx, s.process.client, id, page.CreateIsolatedWorld, page.CreateIsolatedWorldParams{
			FrameID: frame, WorldName: "notmine", GrantUniveralAccess: &yes,
		})
		if err != nil {
			continue
		}
		if got, err := s.lookIn(ctx, id, world.ExecutionContextID); err == nil {
			all = append(all, got.held, s.shadows(ctx, id, world.ExecutionContextID, got.Hosts))
		}
	}
	return all
}

// framesIn lists a frame and those inside it.
func framesIn(tree *page.FrameTree) []cdp.FrameID {
	all := []cdp.FrameID{tree.Frame.ID}
	for _, child := range tree.ChildFrames {
		all = append(all, framesIn(child)...)
	}
	return all
}

// lookIn looks at the document of a world, unless a window around it can.
func (s *Session) lookIn(ctx context.Context, id target.SessionID, world runtime.ExecutionContextID) (got seen, err error) {
	expression, err := expressionOf("look", []any{question{Compare: []string{}, Limit: s.pageLimit()}})
	if err != nil {
		return got, err
	}
	expression = "notmine.lookedFrom() ? undefined : " + expression
	return got, evaluateIn(ctx, s.process.client, id, world, expression, &got)
}
