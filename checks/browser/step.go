package browser

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp/kb"

	"notmine/checks/crowd"
	"notmine/checks/plan"
)

// errAway says that the login form stands where something else was expected.
var errAway = errors.New("the login form came up instead")

// form is a form on a page, by the selectors of its fields. A login form is told
// by all that is filled in together: a search field on every page may well match
// the selector of one of them.
type form []string

// firstForm returns what steps fill in before they do anything with it.
func firstForm(steps []plan.Step) (f form) {
	for _, step := range steps {
		if step.Verb != plan.Fill && f != nil {
			break
		}
		if step.Verb == plan.Fill {
			for _, field := range step.Fields {
				f = append(f, field.Selector)
			}
		}
	}
	return f
}

// in reports whether steps name one of the form's fields.
func (f form) in(steps []plan.Step) bool {
	for _, step := range steps {
		if slices.Contains(f, step.Arg) || slices.ContainsFunc(step.Fields, func(field plan.Field) bool { return slices.Contains(f, field.Selector) }) {
			return true
		}
	}
	return false
}

// Do runs steps, each within the plan's deadline.
func (s *Session) Do(ctx context.Context, steps []plan.Step, vars crowd.Vars) error {
	s.at, s.status = "", 0
	clock, away, filled := &clock{}, form(nil), -1
	for _, step := range steps {
		if err := s.steps(ctx, []plan.Step{step}, vars, clock, away); err != nil {
			return err
		}
		// A login that is refused mostly shows its form again. Once something was
		// filled in and another document came, that is an answer, and nothing to
		// wait out.
		if step.Verb == plan.Fill {
			filled, away = s.documents(), nil
		} else if filled >= 0 && filled != s.documents() {
			away = s.driver.loginForm
		}
	}
	return nil
}

// documents tells how many documents the page has had.
func (s *Session) documents() int {
	s.nav.mu.Lock()
	defer s.nav.mu.Unlock()
	return s.nav.document
}

// steps runs steps. away is the login form; where it shows up
// instead of what a step waits for, the session was thrown out.
func (s *Session) steps(ctx context.Context, steps []plan.Step, vars crowd.Vars, clock *clock, away form) error {
	for _, step := range steps {
		if err := s.within(ctx, clock, describe(step), func(ctx context.Context) error {
			return s.step(ctx, step, vars, away)
		}); err != nil {
			return err
		}
	}
	return nil
}

// within does something that a plan asks for, within the plan's deadline.
func (s *Session) within(ctx context.Context, clock *clock, what string, do func(context.Context) error) error {
	limited, limit := withDeadline(ctx, s.driver.plan.Timeout)
	clock.set(limit)
	err := do(limited)
	limit.stop()
	clock.set(nil)
	if err == nil {
		return nil
	}
	// A login that goes over a host that the plan forgot fails in many ways; this
	// is the one reason that the user can mend.
	if s.line != nil {
		if refused := s.line.Refused(); len(refused) > 0 {
			err = fmt.Errorf("%w (the plan's hosts do not list %s)", err, strings.Join(refused[:min(3, len(refused))], ", "))
		}
	}
	return s.explain(ctx, fmt.Errorf("%s: %w", what, err))
}

// describe names a step without its values, which may be secrets.
func describe(step plan.Step) string {
	what := step.Arg
	if step.Verb == plan.Goto {
		what, _, _ = strings.Cut(what, "?")
	}
	if len(step.Fields) > 0 {
		var names []string
		for _, f := range step.Fields {
			names = append(names, f.Selector)
		}
		what = strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s %.60s (line %d)", step.Verb, what, step.Line)
}

// explain tells whose trouble an error is.
func (s *Session) explain(ctx context.Context, err error) error {
	var died *crowd.DiedError
	var impossible *crowd.NotPossibleError
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("%w: %w", err, context.Cause(ctx))
	case errors.As(err, &died), errors.As(err, &impossible):
		return err
	case errors.Is(err, errGone), s.crashed():
		return &crowd.DiedError{Err: err}
	case errors.Is(err, errAway):
		return &crowd.ThrownOutError{Err: err}
	}
	return &crowd.TargetError{Err: err}
}

func (s *Session) step(ctx context.Context, step plan.Step, vars crowd.Vars, away form) error {
	arg, err := plan.Expand(step.Arg, vars)
	if err != nil {
		return err
	}
	switch step.Verb {
	case plan.Goto:
		return s.goTo(ctx, arg)
	case plan.Click:
		return s.click(ctx, arg, away)
	case plan.Press:
		return s.navigating(ctx, func() error { return s.press(ctx, arg) })
	case plan.Wait:
		return s.awaited(ctx, "wait", arg, away)
	case plan.Eval:
		return s.eval(ctx, arg)
	}
	for _, field := range step.Fields {
		value, err := plan.Expand(field.Value, vars)
		if err != nil {
			return err
		}
		switch step.Verb {
		case plan.Fill:
			err = s.awaited(ctx, "fill", field.Selector, value, away)
		case plan.Select:
			err = s.awaited(ctx, "choose", field.Selector, value, away)
		case plan.Upload:
			err = s.upload(ctx, field.Selector, value, away)
		case plan.See:
			err = s.awaited(ctx, "see", field.Selector, value, away)
		default:
			err = fmt.Errorf("unknown step %q", step.Verb)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", field.Selector, err)
		}
	}
	return nil
}

// awaited runs a function of page.js that resolves to "ready", "away" or "missing".
func (s *Session) awaited(ctx context.Context, function string, args ...any) error {
	var got string
	if err := s.run(ctx, &got, function, args...); err != nil {
		return err
	}
	switch got {
	case "away":
		return errAway
	case "missing":
		return errors.New("no such option")
	}
	return nil
}

func (s *Session) goTo(ctx context.Context, to string) error {
	u, err := url.Parse(s.driver.plan.Target)
	if err != nil {
		return err
	}
	ref, err := url.Parse(to)
	if err != nil {
		return errors.New("that is no address, with what the account put into it")
	}
	if !ref.IsAbs() { // a path is below the target's base, as in a browser's own links to "/"
		base := *u
		base.Path = strings.TrimSuffix(base.Path, "/") + "/" + strings.TrimPrefix(ref.Path, "/")
		base.RawPath = strings.TrimSuffix(u.EscapedPath(), "/") + "/" + strings.TrimPrefix(ref.EscapedPath(), "/")
		base.RawQuery, base.Fragment = ref.RawQuery, ref.Fragment
		ref = &base
	}
	if err := s.open(ctx, ref.String()); err != nil {
		return err
	}
	return s.answered()
}

// open goes to an address, and returns when its document has come, if it is one.
func (s *Session) open(ctx context.Context, address string) error {
	document := s.documents()
	got, err := call(ctx, s.process.client, s.id, page.Navigate, page.NavigateParams{URL: address})
	switch {
	case err != nil:
		return err
	case got.ErrorText != "" && !got.IsDownload:
		return fmt.Errorf("the browser says %s", got.ErrorText)
	case got.IsDownload, got.LoaderID == "": // a file, or a place within the document
		return nil
	}
	return s.until(ctx, func(n *navigation) bool { return n.document != document })
}

// answered tells the page that the wire shows in place of an answer from the
// target's own.
func (s *Session) answered() error {
	if s.line == nil {
		return nil
	}
	if reason := s.line.Unanswered(); reason != "" {
		return errors.New(reason)
	}
	return nil
}

// click clicks as a person does, with the mouse, and waits for the new document
// if one was asked for.
func (s *Session) click(ctx context.Context, selector string, away form) error {
	for {
		var at *point
		if err := s.run(ctx, &at, "point", selector, away); err != nil {
			return err
		}
		if at == nil {
			return errAway
		}
		if hit, err := s.clickAt(ctx, *at); hit || err != nil {
			return err
		}
	}
}

// point is a place in the page's view, in CSS pixels.
type point struct{ X, Y float64 }

// clickAt clicks at a point. A click that did not reach what point of page.js
// pointed at reached nothing.
func (s *Session) clickAt(ctx context.Context, at point) (hit bool, err error) {
	err = s.navigating(ctx, func() error {
		for _, what := range []input.DispatchMouseEventType{input.DispatchMouseEventTypeMousePressed, input.DispatchMouseEventTypeMouseReleased} {
			if _, err := call(ctx, s.process.client, s.id, input.DispatchMouseEvent, input.DispatchMouseEventParams{
				Type: what, X: at.X, Y: at.Y, Button: input.MouseButtonLeft, ClickCount: 1,
			}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return false, err
	}
	return hit, s.run(ctx, &hit, "hit")
}

// navigating runs act and, if it made the page ask for another document, waits
// until that has come or is not to come.
func (s *Session) navigating(ctx context.Context, act func() error) error {
	s.nav.mu.Lock()
	requested, committed := s.nav.requested, s.nav.committed
	s.nav.mu.Unlock()
	if err := act(); err != nil {
		return err
	}
	asked, before := s.asked(requested)
	if !asked {
		// Links are followed and forms are sent in a task after the event's own: one
		// round trip through the page's queue is past it.
		err := s.replaced(evaluate(ctx, s.process.client, s.id, 0, "new Promise(done => setTimeout(done))", nil))
		if err != nil && !errors.Is(err, errReplaced) {
			return err
		}
		if asked, before = s.asked(requested); !asked {
			return nil
		}
	}
	if err := s.until(ctx, func(n *navigation) bool { return n.committed != committed || n.settled > before }); err != nil {
		return err
	}
	return s.answered()
}

// asked reports whether the page has asked for another document since it had
// asked for so many, and how many loads had ended when it did.
func (s *Session) asked(requested int) (asked bool, before int) {
	s.nav.mu.Lock()
	defer s.nav.mu.Unlock()
	return s.nav.requested != requested, s.nav.before
}

// press presses a key by its name (Enter, Tab, Escape, ArrowDown, a, …).
func (s *Session) press(ctx context.Context, name string) error {
	for r, key := range kb.Keys {
		if key.Key != name && !(len(name) == 1 && string(r) == name) {
			continue
		}
		for _, params := range kb.Encode(r) {
			if _, err := call(ctx, s.process.client, s.id, input.DispatchKeyEvent, *params); err != nil {
				return err
			}
		}
		return nil
	}
	return fmt.Errorf("no key is called %q", name)
}

// eval runs a plan's own expression in the page's world, until it is true. What
// it throws may be because the page's scripts have not run yet.
func (s *Session) eval(ctx context.Context, expression string) error {
	var thrown pageError // last
	for {
		var ok bool
		err := s.replaced(evaluate(ctx, s.process.client, s.id, 0, "Promise.resolve(("+expression+")).then(Boolean)", &ok))
		late := ctx.Err() != nil
		if err != nil && !errors.Is(err, errReplaced) && !errors.As(err, &thrown) && !late {
			return err
		}
		if ok {
			return nil
		}
		select {
		case <-ctx.Done():
			if thrown != "" {
				return fmt.Errorf("%w; last %w", context.Cause(ctx), thrown)
			}
			return context.Cause(ctx)
		case <-time.After(25 * time.Millisecond):
		}
	}
}

func (s *Session) upload(ctx context.Context, selector, path string, away form) error {
	var got string
	if err := s.run(ctx, &got, "present", selector, away); err != nil {
		return err
	}
	if got == "away" {
		return errAway
	}
	expression, err := expressionOf("find", []any{selector})
	if err != nil {
		return err
	}
	found, err := call(ctx, s.process.client, s.id, runtime.Evaluate, runtime.EvaluateParams{Expression: expression, ContextID: s.world.id})
	if err != nil {
		return err
	}
	if found.Result == nil || found.Result.ObjectID == "" {
		return errors.New("no such element")
	}
	_, err = call[dom.SetFileInputFilesParams, cdp.Empty](ctx, s.process.client, s.id, dom.SetFileInputFiles, dom.SetFileInputFilesParams{
		Files: []string{path}, ObjectID: found.Result.ObjectID,
	})
	return err
}
