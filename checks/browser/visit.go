package browser

import (
	"context"
	"encoding/json"
	"fmt"
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
	URL       string              `json:"url"`
	Title     string              `json:"title"`
	Text      string              `json:"text"`
	Form      string              `json:"form"`
	Identity  string              `json:"identity"`
	Parts     map[string][]string `json:"parts"`
	Truncated []string            `json:"truncated"`
}

// Visit looks at a view once. What was seen until an error is in the
// observation all the same.
func (s *Session) Visit(ctx context.Context, v crowd.Visit) (*record.Observation, error) {
	o := &record.Observation{Start: time.Now()}
	defer func() { o.End = time.Now() }()
	clock := &clock{}
	away := s.driver.loginField
	if usesField(v.View.Steps, away) {
		away = "" // the view is the login form itself
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
	err := s.steps(ctx, v.View.Steps, v.Vars, clock, away)
	looked := s.look(ctx, v.View, answer, o, err)
	passed := s.line.End(ctx)
	s.add(o, passed)
	if answer {
		o.Identity = fieldOf(passed.Kept[path], field)
	}
	if err == nil {
		err = looked
	}
	if err == nil {
		s.at = v.View.Name
	}
	return o, err
}

// approach visits what the view stands on, unless the page is there already.
func (s *Session) approach(ctx context.Context, v crowd.Visit, o *record.Observation, clock *clock, away string) error {
	if v.View.After == "" || s.at == v.View.After {
		return nil
	}
	s.line.Begin(wire.Visit{Trace: v.Trace})
	defer func() { s.add(o, s.line.End(ctx)) }()
	for _, view := range s.driver.plan.Before(v.View) {
		if err := s.steps(ctx, view.Steps, v.Vars, clock, away); err != nil {
			return err
		}
	}
	return nil
}

func usesField(steps []plan.Step, selector string) bool {
	for _, step := range steps {
		if step.Arg == selector {
			return true
		}
		for _, f := range step.Fields {
			if f.Selector == selector {
				return true
			}
		}
	}
	return false
}

// add puts what passed on the wire into the observation.
func (s *Session) add(o *record.Observation, passed wire.Seen) {
	o.Exchanges = append(o.Exchanges, passed.Exchanges...)
	o.Sightings = append(o.Sightings, passed.Sightings...)
	o.Blocked = append(o.Blocked, passed.Blocked...)
	o.Truncated = append(o.Truncated, passed.Truncated...)
	if passed.Document != nil {
		o.Status = passed.Document.Status
	}
}

// look reads the page: its text, title, form values, the name shown, the parts
// that are compared, and the cookies. After a failed step, what stands there is
// read all the same, but not waited for: error pages leak as well.
func (s *Session) look(ctx context.Context, view plan.View, answer bool, o *record.Observation, failed error) error {
	limit := s.driver.plan.Timeout
	if failed != nil {
		limit = min(limit, 2*time.Second)
	}
	ctx, late := withDeadline(ctx, limit)
	defer late.stop()
	identity := view.Identity
	if answer {
		identity = ""
	}
	compare := view.Compare
	if compare == nil {
		compare = []string{}
	}
	var page seen
	err := s.run(ctx, &page, "look", identity, compare)
	if err != nil {
		return s.explain(ctx, fmt.Errorf("looking at %s: %w", view.Name, err))
	}
	o.URL, o.Title, o.Truncated = wire.CleanURL(page.URL), bounded(page.Title), append(o.Truncated, page.Truncated...)
	if !answer {
		o.Identity = page.Identity
	}
	if len(page.Parts) > 0 {
		o.Parts = page.Parts
	}
	for _, frame := range s.frames(ctx) {
		page.Text += "\n" + frame.Text
		page.Form += "\n" + frame.Form
	}
	o.Sightings = append(o.Sightings, s.sightings(record.Text, page.Text)...)
	o.Sightings = append(o.Sightings, s.sightings(record.Title, page.Title)...)
	o.Sightings = append(o.Sightings, s.sightings(record.Form, page.Form)...)

	cookies, err := call(ctx, s.process.client, "", storage.GetCookies, storage.GetCookiesParams{BrowserContextID: s.context})
	if err != nil {
		return s.explain(ctx, fmt.Errorf("reading the cookies: %w", err))
	}
	for _, c := range cookies.Cookies {
		o.Cookies = append(o.Cookies, record.Cookie{
			Name: c.Name, Digest: s.driver.wire.Digest(c.Name, c.Value), HTTPOnly: c.HTTPOnly, Domain: c.Domain,
		})
	}
	return nil
}

// frames looks into the frames of other sites, each in its own process. One
// that goes away meanwhile has nothing to show.
func (s *Session) frames(ctx context.Context) []seen {
	s.nav.mu.Lock()
	frames := make(map[target.SessionID]target.ID, len(s.nav.frames))
	for id, frame := range s.nav.frames {
		frames[id] = frame
	}
	s.nav.mu.Unlock()
	var all []seen
	for id, frame := range frames {
		yes := true
		world, err := call(ctx, s.process.client, id, page.CreateIsolatedWorld, page.CreateIsolatedWorldParams{
			FrameID: cdp.FrameID(frame), WorldName: "notmine", GrantUniveralAccess: &yes,
		})
		if err != nil {
			continue
		}
		if got, err := lookIn(ctx, s.process.client, id, world.ExecutionContextID); err == nil {
			all = append(all, got)
		}
	}
	return all
}

func lookIn(ctx context.Context, c *client, id target.SessionID, world runtime.ExecutionContextID) (got seen, err error) {
	expression, err := expressionOf("look", []any{"", []string{}})
	if err != nil {
		return got, err
	}
	return got, evaluate(ctx, c, id, world, expression, &got)
}

// sightings finds markers in what a page shows.
func (s *Session) sightings(surface, text string) []record.Sighting {
	var found []record.Sighting
	seen := map[string]bool{}
	for _, m := range s.driver.finder.Find("text/plain", []byte(text)) {
		key := fmt.Sprint(m.Entry.ID, m.Text)
		if seen[key] {
			continue
		}
		seen[key] = true
		found = append(found, wire.Sighting(m, surface))
	}
	return found
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
