package browser

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"notmine/checks/crowd"
	"notmine/checks/plan"
	"notmine/checks/record"
	"notmine/checks/wire"
)

// Visit looks at a view once. What was seen until an error is in the
// observation all the same.
func (s *Session) Visit(ctx context.Context, v crowd.Visit) (*record.Observation, error) {
	o := &record.Observation{Start: time.Now()}
	defer func() { o.End = time.Now() }()
	s.copies = &copies{driver: s.driver}
	clock := &clock{}
	away := s.driver.loginForm
	if away.in(v.View.Steps) {
		away = nil // the view is the login form itself
	}

	// A view that stands on another (a message opened from the list) starts there.
	if v.How == "" {
		if err := s.approach(ctx, v, o, clock, away); err != nil {
			s.at = ""
			return o, err
		}
	}
	visit := wire.Visit{
		Trace: v.Trace, Away: v.How == record.Offline,
		Cut: wire.Cut{Where: v.Cut, Pattern: v.CutPattern, Done: func() { clock.hurry(cutLimit) }},
	}
	for _, hold := range v.Holds {
		visit.Holds = append(visit.Holds, pausing{hold, clock})
	}
	path, field, answer := strings.Cut(v.View.Identity, "#")
	answer = answer && strings.HasPrefix(path, "/")
	if answer {
		visit.Keep = []string{path}
	}
	visit.Remember = v.How == "" && s.driver.again
	at := s.at
	s.at = ""
	s.line.Begin(visit)
	var err error
	if v.How == "" {
		err, at = s.reach(ctx, v, o, clock, away), v.View.Name
	} else {
		err = s.comeBack(ctx, v, o, clock)
	}
	passed := s.line.End(ctx)
	if v.How == record.Offline {
		err = errors.Join(err, s.online(context.WithoutCancel(ctx), true))
	}
	if visit.Remember && err == nil {
		s.wanted.note(v.View.Name, want{v.Peer, passed.Requests})
	}
	if v.How != "" && v.How != crowd.Stay {
		s.status = 0 // what the browser had kept has none
	}
	s.carry(o, passed)
	if answer {
		o.Identity = wire.Field(passed.Kept[path], field)
	}
	switch {
	case err != nil:
		return o, crowd.WasCut(err, passed.Exchanges)
	case v.How == "" || v.How == crowd.Stay:
		s.at = at
	}
	return o, nil
}

// cutLimit is how long a visit goes on trying after one of its exchanges was cut
// off: mostly, what it waits for will not come.
const cutLimit = time.Second

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
		err = s.within(ctx, clock, what, func(ctx context.Context) error {
			return s.read(ctx, v.View, waiting{ready: ready, away: away}, o)
		})
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
	s.read(ctx, view, waiting{}, o) // a page that cannot be read now shows nothing to anybody
}

// approach visits what the view stands on, unless the page is there already.
func (s *Session) approach(ctx context.Context, v crowd.Visit, o *record.Observation, clock *clock, away form) error {
	if v.View.After == "" || s.at == v.View.After {
		return nil
	}
	s.line.Begin(wire.Visit{Trace: v.Trace})
	defer func() { s.carry(o, s.line.End(ctx)) }()
	for _, view := range s.driver.plan.Before(v.View) {
		if err := s.steps(ctx, view.Steps, v.Vars, clock, away); err != nil {
			s.readAnyway(ctx, v.View, o)
			return err
		}
	}
	return nil
}

// carry puts what passed on the wire into the observation. A visit that loads no
// document has the status of the one that is open.
func (s *Session) carry(o *record.Observation, passed wire.Seen) {
	passed.Carry(o)
	s.copies.add(passed)
	if passed.Document != nil {
		s.status = passed.Document.Status
	}
	o.Status = s.status
}
