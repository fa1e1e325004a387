package browser

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/cdproto/storage"
	"github.com/chromedp/cdproto/target"

	"notmine/checks/crowd"
	"notmine/checks/plan"
	"notmine/checks/record"
	"notmine/checks/wire"
)

// seen is what page.js's look returns.
type seen struct {
	URL      string              `json:"url"`
	Title    string              `json:"title"`
	Shown    []shown             `json:"shown"`
	Identity string              `json:"identity"`
	Parts    map[string][]string `json:"parts"`
	Missed   []record.Missed     `json:"missed"`
	Closed   int                 `json:"closed"` // frames that the page may not look into
	Away     bool                `json:"away"`   // the login form stood there instead
}

// shown is what the page or its browser held in one place.
type shown struct {
	Surface string `json:"surface"`
	Path    string `json:"path"` // see the surfaces of package record
	Type    string `json:"type"` // media type; "" for plain text
	Text    string `json:"text"`
}

// Visit looks at a view once. What was seen until an error is in the
// observation all the same.
func (s *Session) Visit(ctx context.Context, v crowd.Visit) (*record.Observation, error) {
	o := &record.Observation{Start: time.Now()}
	defer func() { o.End = time.Now() }()
	clock := &clock{}
	away := s.driver.loginForm
	if away.in(v.View.Steps) {
		away = nil // the view is the login form itself
	}

	// A view that stands on another (a message opened from the list) starts there.
	if err := s.approach(ctx, v, o, clock, away); err != nil {
		s.at = ""
		return o, err
	}
	visit := wire.Visit{Trace: v.Trace}
	for _, hold := range v.Holds {
		visit.Holds = append(visit.Holds, pausing{hold, clock})
	}
	path, field, answer := strings.Cut(v.View.Identity, "#")
	answer = answer && strings.HasPrefix(path, "/")
	if answer {
		visit.Keep = []string{path}
	}
	s.at = ""
	s.line.Begin(visit)
	err := s.reach(ctx, v, o, clock, away)
	passed := s.line.End(ctx)
	s.add(o, passed)
	if answer {
		o.Identity = fieldOf(passed.Kept[path], field)
	}
	if err == nil {
		s.at = v.View.Name
	}
	return o, err
}

// reach takes the view's steps and reads the page that they lead to. The last
// step mostly waits for something; that and the reading are one question to the
// page. After a failed step, what stands there is read all the same, but not
// waited for: error pages leak as well.
func (s *Session) reach(ctx context.Context, v crowd.Visit, o *record.Observation, clock *clock, away form) error {
	steps, what, ready := v.View.Steps, "looking at "+v.View.Name, ""
	if n := len(steps); n > 0 && steps[n-1].Verb == plan.Wait {
		last := steps[n-1]
		selector, err := plan.Expand(last.Arg, v.Vars)
		if err != nil {
			return fmt.Errorf("%s: %w", describe(last), err)
		}
		steps, what, ready = steps[:n-1], describe(last), selector
	}
	err := s.steps(ctx, steps, v.Vars, clock, away)
	if err == nil {
		if ready == "" && !opensOnly(steps) {
			away = nil // a step has found what it looked for
		}
		err = s.within(ctx, clock, what, func(ctx context.Context) error { return s.read(ctx, v.View, ready, away, o) })
	}
	if err != nil && o.URL == "" {
		s.readAnyway(ctx, v.View, o)
	}
	return err
}

// opensOnly reports whether steps open pages and look for nothing on them.
func opensOnly(steps []plan.Step) bool {
	return !slices.ContainsFunc(steps, func(step plan.Step) bool { return step.Verb != plan.Goto })
}

// readAnyway reads what stands there although the view was not reached.
func (s *Session) readAnyway(ctx context.Context, view plan.View, o *record.Observation) {
	ctx, late := withDeadline(ctx, 2*time.Second)
	defer late.stop()
	s.read(ctx, view, "", nil, o) // a page that cannot be read now shows nothing to anybody
}

// approach visits what the view stands on, unless the page is there already.
func (s *Session) approach(ctx context.Context, v crowd.Visit, o *record.Observation, clock *clock, away form) error {
	if v.View.After == "" || s.at == v.View.After {
		return nil
	}
	s.line.Begin(wire.Visit{Trace: v.Trace})
	defer func() { s.add(o, s.line.End(ctx)) }()
	for _, view := range s.driver.plan.Before(v.View) {
		if err := s.steps(ctx, view.Steps, v.Vars, clock, away); err != nil {
			s.readAnyway(ctx, v.View, o)
			return err
		}
	}
	return nil
}

// add puts what passed on the wire into the observation.
func (s *Session) add(o *record.Observation, passed wire.Seen) {
	o.Exchanges = append(o.Exchanges, passed.Exchanges...)
	o.Sightings = append(o.Sightings, passed.Sightings...)
	o.Blocked = append(o.Blocked, passed.Blocked...)
	o.Missed = append(o.Missed, passed.Missed...)
	for surface, amount := range passed.Looked {
		looked(o, surface, amount)
	}
	if passed.Document != nil {
		o.Status = passed.Document.Status
	}
}

// read reads the page, once what ready selects is visible: its text, title, form
// values, the name shown, the parts that are compared, and the cookies.
func (s *Session) read(ctx context.Context, view plan.View, ready string, away form, o *record.Observation) error {
	identity := view.Identity
	if strings.HasPrefix(identity, "/") {
		identity = "" // an answer says it, not the page
	}
	compare := view.Compare
	if compare == nil {
		compare = []string{}
	}
	var page seen
	if err := s.run(ctx, &page, "look", identity, compare, ready, away); err != nil {
		return err
	}
	o.URL, o.Title, o.Missed = wire.CleanURL(page.URL), bounded(page.Title), append(o.Missed, page.Missed...)
	o.Identity = page.Identity
	if len(page.Parts) > 0 {
		o.Parts = page.Parts
	}
	for _, frame := range s.frames(ctx, page.Closed > 0) {
		page.Shown = append(page.Shown, frame.Shown...)
		o.Missed = append(o.Missed, frame.Missed...)
	}
	s.show(o, page.Shown)

	cookies, err := call(ctx, s.process.client, "", storage.GetCookies, storage.GetCookiesParams{BrowserContextID: s.context})
	if err != nil {
		return fmt.Errorf("reading the cookies: %w", err)
	}
	for _, c := range cookies.Cookies {
		o.Cookies = append(o.Cookies, record.Cookie{
			Name: c.Name, Digest: s.driver.wire.Digest(c.Name, c.Value), HTTPOnly: c.HTTPOnly, Domain: c.Domain,
		})
	}
	if page.Away {
		return errAway
	}
	return nil
}

// frames looks into the frames that the page may not look into: those of other
// origins. Some live in processes of their own; beside says that some do not.
// One that goes away meanwhile has nothing to show.
func (s *Session) frames(ctx context.Context, beside bool) []seen {
	var all []seen
	if beside {
		all = s.framesOf(ctx, s.id, false)
	}
	s.nav.mu.Lock()
	apart := slices.Sorted(maps.Keys(s.nav.frames))
	s.nav.mu.Unlock()
	for _, id := range apart {
		all = append(all, s.framesOf(ctx, id, true)...)
	}
	return all
}

// framesOf looks into each frame of one process by itself. What a frame shares
// with those inside it comes twice, which makes no difference to what is found.
func (s *Session) framesOf(ctx context.Context, id target.SessionID, outermost bool) (all []seen) {
	got, err := call(ctx, s.process.client, id, page.GetFrameTree, cdp.Empty{})
	if err != nil || got.FrameTree == nil {
		return nil
	}
	yes := true
	var look func(tree *page.FrameTree, wanted bool)
	look = func(tree *page.FrameTree, wanted bool) {
		if wanted {
			world, err := call(ctx, s.process.client, id, page.CreateIsolatedWorld, page.CreateIsolatedWorldParams{
				FrameID: tree.Frame.ID, WorldName: "notmine", GrantUniveralAccess: &yes,
			})
			if err == nil {
				if got, err := lookIn(ctx, s.process.client, id, world.ExecutionContextID); err == nil {
					all = append(all, got)
				}
			}
		}
		for _, child := range tree.ChildFrames {
			look(child, true)
		}
	}
	look(got.FrameTree, outermost)
	return all
}

func lookIn(ctx context.Context, c *client, id target.SessionID, world runtime.ExecutionContextID) (got seen, err error) {
	expression, err := expressionOf("look", []any{"", []string{}})
	if err != nil {
		return got, err
	}
	return got, evaluate(ctx, c, id, world, install+expression, &got)
}

// show looks for markers in what the page held.
func (s *Session) show(o *record.Observation, all []shown) {
	for _, sh := range all {
		if sh.Text == "" {
			continue
		}
		looked(o, sh.Surface, record.Amount{Items: 1, Bytes: int64(len(sh.Text))})
		kind := sh.Type
		if kind == "" {
			kind = "text/plain"
		}
		for _, m := range s.driver.finder.Find(kind, []byte(sh.Text)) {
			found := wire.Sighting(m, sh.Surface)
			found.Path = bounded(sh.Path)
			if !slices.ContainsFunc(o.Sightings, func(known record.Sighting) bool { return alike(known, found) }) {
				o.Sightings = append(o.Sightings, found)
			}
		}
	}
}

// alike reports whether two sightings say the same of the page.
func alike(a, b record.Sighting) bool {
	return a.Marker == b.Marker && a.Text == b.Text && a.Surface == b.Surface && a.Path == b.Path && slices.Equal(a.Wrapping, b.Wrapping)
}

// looked counts what was looked at on a surface.
func looked(o *record.Observation, surface string, amount record.Amount) {
	if o.Looked == nil {
		o.Looked = map[string]record.Amount{}
	}
	before := o.Looked[surface]
	o.Looked[surface] = record.Amount{Items: before.Items + amount.Items, Bytes: before.Bytes + amount.Bytes}
}

// bounded cuts a text that a page chose.
func bounded(text string) string {
	if r := []rune(text); len(r) > 256 {
		return string(r[:256]) + "…"
	}
	return text
}

// fieldOf returns a field of a JSON answer; dots lead into objects.
func fieldOf(body []byte, field string) string {
	var value any
	if json.Unmarshal(body, &value) != nil {
		return ""
	}
	for _, name := range strings.Split(field, ".") {
		object, ok := value.(map[string]any)
		if !ok {
			return ""
		}
		value = object[name]
	}
	switch value := value.(type) {
	case string:
		return bounded(strings.Join(strings.Fields(value), " "))
	case float64, bool:
		return fmt.Sprint(value)
	}
	return ""
}
