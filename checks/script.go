package checks

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"notmine/checks/browser"
	"notmine/checks/crowd"
	"notmine/checks/isolation"
	"notmine/checks/phrase"
	"notmine/checks/plan"
	"notmine/checks/repro"
	"notmine/checks/script"
	"notmine/checks/sight"
	"notmine/checks/suite"
	"notmine/checks/suite/identity"
)

// Script starts sessions that play a script in place of a browser. A plan runs with
// them as it does with one, some hundred times as fast.
func Script(s *script.Script) Start {
	return func(_ context.Context, p *plan.Plan, finder *sight.Finder) (crowd.Driver, error) {
		return script.New(script.Config{Plan: p, Finder: finder, Script: s})
	}
}

// NotingBrowser is [Browser] with sessions that note what passes, for [RecordScript].
func NotingBrowser(path string, headed bool) Start {
	return func(ctx context.Context, p *plan.Plan, finder *sight.Finder) (crowd.Driver, error) {
		return browser.New(ctx, browser.Config{Plan: p, Finder: finder, Path: path, Headed: headed, Note: true})
	}
}

// Scripted is a finding's script, and how often the finding came with it.
type Scripted struct {
	Script   *script.Script // nil when there is none that shows the finding
	Why      phrase.Text    // why there is none
	Measured repro.Measured // with the script
}

// A script is given up when it excludes this rate of the finding; it is measured
// in so many rounds at most, which take seconds.
const (
	leastScriptRate  = 0.003
	mostScriptRounds = 1000
)

// recordRounds is how many rounds of each phase are recorded: the first visits of a
// view are enough.
const recordRounds = 1

// RecordScript makes the script of a finding from what a plan shows it with. It
// runs the plan once, as short as it can be, with the sessions that opts.Start
// opens, which have to note what passes, as those of [NotingBrowser] do, and holds
// what two of the accounts did against each other. Then it measures how often the
// finding comes with the script, which is kept only if it does. The plan is not
// changed.
//
// An error says that the plan could not be run; that there is no script is none.
func RecordScript(ctx context.Context, p *plan.Plan, opts Options, f isolation.Finding) (*Scripted, error) {
	viewer, owner := pairOf(p, f)
	if owner == "" {
		return &Scripted{Why: phrase.New("there is no second account to hold the requests against")}, nil
	}
	recorder, err := recordPair(ctx, p, opts)
	if err != nil {
		return nil, fmt.Errorf("recording a script: %w", err)
	}
	seen, ok := recorder.Recording(viewer)
	own, both := recorder.Recording(owner)
	if !ok || !both {
		return nil, errors.New("recording a script: the accounts did not come to anything")
	}
	made, why := script.Make(seen, own, p, script.Wanted{Surface: f.Surface, Path: f.Path, Name: f.Check == identity.Check.Name})
	if made == nil {
		return &Scripted{Why: why}, nil
	}
	opts.Start = Script(made)
	again := &Again{Options: opts, Finding: f}
	measured := repro.Measuring{Floor: leastScriptRate, Most: mostScriptRounds}.Measure(ctx, p, again.Try)
	switch {
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case measured.Hits == 0 && !measured.Why.IsZero():
		return &Scripted{Why: phrase.New("without a page it could not be tried: %s", measured.Why), Measured: measured}, nil
	case measured.Hits == 0:
		return &Scripted{Why: phrase.New("not without a page in %s", phrase.New("%d rounds", measured.Rounds)), Measured: measured}, nil
	}
	return &Scripted{Script: made, Measured: measured}, nil
}

// pairOf returns the accounts that are recorded: the finding's, or another where
// its owner is none.
func pairOf(p *plan.Plan, f isolation.Finding) (viewer, owner string) {
	for _, a := range p.Accounts {
		if a.Name == f.Owner && a.Name != f.Viewer {
			owner = a.Name
		}
	}
	for _, a := range p.Accounts {
		if owner == "" && a.Name != f.Viewer {
			owner = a.Name
		}
	}
	return f.Viewer, owner
}

// recordPair runs a plan for a round of each phase.
func recordPair(ctx context.Context, p *plan.Plan, opts Options) (*script.Recorder, error) {
	short := *p
	short.Phases = slices.Clone(p.Phases)
	for i := range short.Phases {
		short.Phases[i].Rounds = min(short.Phases[i].Rounds, recordRounds)
		short.Phases[i].At = min(short.Phases[i].At, recordRounds)
	}
	var recorder *script.Recorder
	start := opts.Start
	opts.Start = func(ctx context.Context, p *plan.Plan, finder *sight.Finder) (crowd.Driver, error) {
		driver, err := start(ctx, p, finder)
		if err != nil {
			return nil, err
		}
		recorder = script.NewRecorder(driver, p)
		return recorder, nil
	}
	if opts.Checks == nil {
		opts.Checks = suite.Checks
	}
	if err := os.MkdirAll(opts.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("making the folder: %w", err)
	}
	dir, err := os.MkdirTemp(opts.Dir, "recording-")
	if err != nil {
		return nil, fmt.Errorf("making the folder: %w", err)
	}
	defer os.RemoveAll(dir)
	started := time.Now().UTC()
	opts.Dir, opts.ID = dir, NewRunID(started)
	if err := perform(ctx, &short, opts, started, steering{}); err != nil {
		return nil, err
	}
	return recorder, nil
}
