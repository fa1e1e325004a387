package main

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"notmine/checks"
	"notmine/checks/crowd"
	"notmine/checks/isolation"
	"notmine/checks/plan"
	"notmine/checks/record"
	"notmine/checks/repro"
	"notmine/checks/sight"
	"notmine/checks/suite"
	"notmine/fixtures"
)

// following says how long what follows a default run may take: repeating and
// shrinking what it found, and hunting it from nothing. A nil one wants neither.
type following struct {
	repeat time.Duration // likewise for each run of the case
	hunt   time.Duration
}

// wants reports whether a trial is followed: each mechanism, and of each healthy
// service the first.
func (w *following) wants(t trial) bool {
	return w != nil && t.whole() && (t.fault.Name != "" || t.seed == 1)
}

// lacks reports whether the figures of a trial have not all that is wanted.
func (w *following) lacks(t trial, m *mechanism) bool {
	return w.wants(t) && (m.Hunt == nil || t.fault.Name != "" && m.Case == nil)
}

// follow repeats what a default run found, makes a case of it and holds that
// against the service with its fault and without; then it hunts for it.
func (w *following) follow(ctx context.Context, t trial, s *staged, d defaultRun, m *mechanism) error {
	f, found := repeatable(d.findings)
	switch {
	case t.fault.Name == "":
	case !found && m.Untried != "":
		m.Case, m.Hunt = &caseFigures{Errors: []string{m.Untried}}, &huntFigures{Errors: []string{m.Untried}}
		return nil
	case !found:
		m.Case = &caseFigures{Errors: []string{"the default run found nothing to repeat"}}
	default:
		m.Case = w.caseOf(ctx, t, s, d, f)
	}
	m.Hunt = w.hunted(ctx, t, m.Accounts, f)
	return ctx.Err()
}

// defaultRun is what is known of a run with the default phases: what it has found
// and where its folder is.
type defaultRun struct {
	dir      string
	header   record.Header
	findings []isolation.Finding
}

// keptRun returns the run with the default phases that a folder has kept. It is an
// error when it is of another seed, or was cut short.
func keptRun(dir string, seed uint64) (defaultRun, error) {
	run, err := record.ReadFile(filepath.Join(dir, checks.RecordFile))
	if err != nil {
		return defaultRun{}, err
	}
	if run.Header.Seed != int64(seed) || run.End == nil || run.End.Why == record.Interrupted {
		return defaultRun{}, fmt.Errorf("going on with the record in %s: it is not of seed %d, or was cut short", dir, seed)
	}
	findings, err := isolation.Apply(run, suite.Checks)
	return defaultRun{dir, run.Header, findings}, err
}

// repeatable returns the first of the worst findings, leaks first, unless all are
// notes.
func repeatable(findings []isolation.Finding) (worst isolation.Finding, ok bool) {
	for _, level := range []isolation.Level{isolation.Leak, isolation.Suspect, isolation.Risk} {
		for _, f := range findings {
			if f.Level == level {
				return f, true
			}
		}
	}
	return worst, false
}

// caseFigures are what came of repeating a mechanism's finding, and of its case.
type caseFigures struct {
	Finding string `json:"finding,omitempty"` // its check and level
	// How often it came with what had led to it, and the interval of that rate.
	Hits    int     `json:"hits"`
	Tries   int     `json:"tries"`
	Low     float64 `json:"low"`
	High    float64 `json:"high"`
	Seconds float64 `json:"seconds"` // that measuring and shrinking took
	Left    left    `json:"left"`    // when it was shrunk
	Said    string  `json:"said,omitempty"`
	// How often it came with what is left: with the case, as it was kept.
	LastHits  int `json:"last_hits"`
	LastTries int `json:"last_tries"`
	// Needs is what is more or less than the fault needs; empty is as needed.
	Needs []string `json:"needs,omitempty"`
	// What the case says of the service with the fault, and without.
	Still  repro.Standing `json:"still,omitempty"`
	Fixed  repro.Standing `json:"fixed,omitempty"`
	Errors []string       `json:"errors,omitempty"` // what is not as it should be
}

// reproduced reports whether the finding came again.
func (c *caseFigures) reproduced() bool { return c.Hits > 0 }

// asNeeded reports whether what is left is what the fault needs.
func (c *caseFigures) asNeeded() bool { return c.Left.Accounts > 0 && len(c.Needs) == 0 }

func (c *caseFigures) wrong(format string, args ...any) {
	c.Errors = append(c.Errors, fmt.Sprintf(format, args...))
}

// caseOf repeats a finding, shrinks what led to it to a case, and runs that on
// the service with its fault and without.
func (w *following) caseOf(ctx context.Context, t trial, s *staged, d defaultRun, f isolation.Finding) *caseFigures {
	c := &caseFigures{Finding: fmt.Sprintf("%s (%s)", f.Check, f.Level)}
	options := func(folder string, fault fixtures.Setting) checks.Options {
		return checks.Options{
			Dir: filepath.Join(d.dir, folder), Tool: "leakbench", Seed: int64(t.seed), Formats: []string{"json"},
			Start: anew(t.start(), s.site.ControlURL, fault),
		}
	}
	again := &checks.Again{Finding: f, Options: options("repro", t.fault)}
	begun := time.Now()
	repeated, err := w.repeated(ctx, again, s.plan)
	c.Seconds = time.Since(begun).Seconds()
	if err != nil {
		c.wrong("repeating it: %v", err)
		return c
	}
	if c.take(repeated); !c.reproduced() {
		return c
	}
	smallest := again.CaseOf(repeated, d.header, s.plan.File)
	c.Left = leftOf(smallest, f, repeated.Shrunk)
	c.Needs = c.Left.against(t.needs())
	kept, err := keep(smallest, filepath.Join(d.dir, "case.yaml"))
	if err != nil {
		c.wrong("keeping its case: %v", err)
		return c
	}
	c.takeCase(repeated.Measured, w.measured(ctx, &checks.Again{Finding: f, Options: options("case", t.fault)}, kept))
	c.Still = w.stands(ctx, c, kept, options("leaks", t.fault), repro.StillLeaks)
	c.Fixed = w.stands(ctx, c, kept, options("fixed", fixtures.Setting{}), repro.Fixed)
	return c
}

// repeated repeats a finding within the time that there is.
func (w *following) repeated(ctx context.Context, again *checks.Again, p *plan.Plan) (*checks.Repeated, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, w.repeat, crowd.ErrTimeUp)
	defer cancel()
	return again.Repeat(ctx, p, checks.Repeating{Shrink: true, Within: w.repeat})
}

// measured measures how often a case shows its finding, in rounds that nothing
// was chosen by: of what shrinking has tried, the smallest plan is taken that was
// seen often enough, and some of them were lucky.
func (w *following) measured(ctx context.Context, again *checks.Again, p *plan.Plan) repro.Measured {
	ctx, cancel := context.WithTimeoutCause(ctx, w.repeat, crowd.ErrTimeUp)
	defer cancel()
	return repro.Measuring{Floor: checks.LeastRate}.Measure(ctx, p, again.Try)
}

// take takes in what came of repeating a finding.
func (c *caseFigures) take(r *checks.Repeated) {
	first := r.Measured
	c.Hits, c.Tries, c.Low, c.High = first.Hits, first.Rounds, first.Low, first.High
	if !c.reproduced() {
		c.wrong("not reproduced: %s", first.Text())
		return
	}
	if r.Shrunk == nil {
		c.wrong("not shrunk: %s", cmp.Or(first.Why.String(), "the time was up"))
		return
	}
	c.Said = r.Shrunk.Text().String()
}

// A finding has to keep half of its first rate when the plan is shrunk. Tries
// that do not exclude four fifths of it may have been unlucky.
const (
	leastKept  = 0.5
	surelyKept = 0.8
)

// takeCase takes in how often its case shows what came at a first rate.
func (c *caseFigures) takeCase(first, now repro.Measured) {
	c.LastHits, c.LastTries = now.Hits, now.Rounds
	switch {
	case !now.Why.IsZero():
		c.wrong("the rate of its case is not known: %s", now.Why)
	case now.Rate() < leastKept*first.Rate() && now.High < surelyKept*first.Rate():
		c.wrong("rarer when shrunk: in %d of %d tries, and in %d of %d before", now.Hits, now.Rounds, first.Hits, first.Rounds)
	}
}

// stands runs a case, and notes when it does not say what it should.
func (w *following) stands(ctx context.Context, c *caseFigures, p *plan.Plan, o checks.Options, want repro.Standing) repro.Standing {
	ctx, cancel := context.WithTimeoutCause(ctx, w.repeat, crowd.ErrTimeUp)
	defer cancel()
	stood := checks.RunCase(ctx, p, o, nil)
	if stood.Standing != want {
		c.wrong("its case says %q, and not %q: %s", stood.Standing, want, stood.Why)
	}
	return stood.Standing
}

// keep writes a case, and loads it as whoever gets it would.
func keep(p *plan.Plan, file string) (*plan.Plan, error) {
	text, err := p.YAML()
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(file, text, 0o600); err != nil {
		return nil, fmt.Errorf("writing the case: %w", err)
	}
	return plan.LoadWith(file, plan.Given{})
}

// anew has each run begin with a service as it is at the start, with a fault or
// without: what an event has left there would help those that come after.
func anew(start checks.Start, control string, fault fixtures.Setting) checks.Start {
	return func(ctx context.Context, p *plan.Plan, finder *sight.Finder) (crowd.Driver, error) {
		set := url.Values{"name": {fault.Name}}
		for _, what := range []string{"fault?" + set.Encode(), "reset"} {
			if err := act(ctx, control, what); err != nil {
				return nil, err
			}
		}
		return start(ctx, p, finder)
	}
}

// act does something to a service by its control port.
func act(ctx context.Context, control, what string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, control+"/"+what, nil)
	if err != nil {
		return fmt.Errorf("asking the control port for %s: %w", what, err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("asking the control port for %s: %w", what, err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusNoContent {
		return fmt.Errorf("asking the control port for %s: status %s", what, res.Status)
	}
	return nil
}

// needs are those of a trial's fault.
func (t trial) needs() fixtures.Needs {
	for _, f := range t.service.Faults {
		if f.Name == t.fault.Name {
			return f.Needs
		}
	}
	return fixtures.Needs{}
}
