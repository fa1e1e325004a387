package script

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"notmine/checks/crowd"
	"notmine/checks/plan"
	"notmine/checks/record"
	"notmine/checks/wire"
)

// Visit plays the requests of a view. What was given until an error is in the
// observation all the same.
func (s *Session) Visit(ctx context.Context, v crowd.Visit) (*record.Observation, error) {
	o := &record.Observation{Start: time.Now()}
	defer func() { o.End = time.Now() }()
	s.copies = nil
	requests, part, err := s.driver.visited(v)
	if err != nil {
		return o, err
	}
	if err := s.approach(ctx, v, o); err != nil {
		s.at = ""
		return o, err
	}
	visit := wire.Visit{Trace: v.Trace, Cut: wire.Cut{Where: v.Cut, Pattern: v.CutPattern}}
	for _, hold := range v.Holds {
		visit.Holds = append(visit.Holds, patient{hold})
	}
	path, field, answer := strings.Cut(v.View.Identity, "#")
	answer = answer && strings.HasPrefix(path, "/")
	if answer {
		visit.Keep = []string{path}
	}
	s.at = ""
	s.line.Begin(visit)
	asked, err := s.play(ctx, part, requests, v.Vars)
	passed := s.line.End(ctx)
	passed.Carry(o)
	o.URL = asked.document
	if passed.Copies != nil {
		s.copies = &copies{passed.Copies, s.driver.Mask}
	}
	s.look(o, asked.hosts)
	if answer {
		o.Identity = wire.Field(passed.Kept[path], field)
	} else {
		o.Identity = asked.identity
	}
	if err != nil {
		return o, crowd.WasCut(explain(ctx, err), passed.Exchanges)
	}
	s.at = v.View.Name
	return o, nil
}

// visited returns the requests of a visit, and the part of the script that they are.
func (d *Driver) visited(v crowd.Visit) (requests []Request, part string, err error) {
	switch {
	case v.How != "" && v.How != record.Reload:
		return nil, "", &crowd.NotPossibleError{Err: errPage}
	case v.View.Name == record.LoginView:
		return d.script.Login, partLogin, nil
	case v.View.Name == record.ChangeView:
		part = partOf(d.plan, v.View.Steps)
		requests = d.script.Changes[strings.TrimPrefix(part, partChange)]
	default:
		part, requests = partView+v.View.Name, d.script.Views[v.View.Name]
	}
	if len(requests) == 0 {
		return nil, "", &crowd.NotPossibleError{Err: fmt.Errorf("the script has no requests for %s", part)}
	}
	return requests, part, nil
}

// approach plays what the view stands on, unless the session comes from there.
func (s *Session) approach(ctx context.Context, v crowd.Visit, o *record.Observation) error {
	if v.View.After == "" || s.at == v.View.After {
		return nil
	}
	s.line.Begin(wire.Visit{Trace: v.Trace})
	defer func() { s.line.End(ctx).Carry(o) }()
	for _, before := range s.driver.plan.Before(v.View) {
		if _, err := s.play(ctx, partView+before.Name, s.driver.script.Views[before.Name], v.Vars); err != nil {
			return explain(ctx, err)
		}
	}
	return nil
}

// explain tells whose trouble an error is.
func explain(ctx context.Context, err error) error {
	var out *outError
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return fmt.Errorf("%w: %w", err, context.Cause(ctx))
	case errors.As(err, &out):
		return &crowd.ThrownOutError{Err: err}
	}
	return &crowd.TargetError{Err: err}
}

// partOf says which part of a script stands for steps of a plan; "" for none.
func partOf(p *plan.Plan, steps []plan.Step) string {
	switch {
	case len(steps) == 0:
	case same(steps, p.Login):
		return partLogin
	case same(steps, p.Plant):
		return partPlant
	case same(steps, p.Act):
		return partAct
	case len(p.Logout) > 0 && len(steps) >= len(p.Logout) && same(steps[len(steps)-len(p.Logout):], p.Logout):
		return partLogout // the way to its button may stand before it
	}
	for _, change := range p.Changes {
		if len(steps) > 0 && same(steps, change.Steps) {
			return partChange + change.Name
		}
	}
	return ""
}
