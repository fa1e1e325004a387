// Package checks is the front door for Go programs: [Run] drives a plan's
// accounts together, records what each was given, and judges it; [Judge] judges
// a record again.
//
//	p, err := plan.Load("mail.yaml")
//	…
//	result, err := checks.Run(ctx, p, checks.Options{Dir: "out", Start: checks.Browser("", false)})
//	if result.Verdict != gate.Clean { … }
package checks

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/base32"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"notmine/checks/browser"
	"notmine/checks/cause"
	"notmine/checks/crowd"
	"notmine/checks/gate"
	"notmine/checks/isolation"
	"notmine/checks/marker"
	"notmine/checks/plan"
	"notmine/checks/record"
	"notmine/checks/report"
	"notmine/checks/sight"
	"notmine/checks/suite"
)

// RecordFile is the name of the record in a run folder.
const RecordFile = "run.jsonl"

// Start makes the driver of a run. The finder knows all markers of the run.
type Start func(ctx context.Context, p *plan.Plan, finder *sight.Finder) (crowd.Driver, error)

// Browser starts the browser at path, or the one that is installed when path
// is "".
func Browser(path string, headed bool) Start {
	return func(ctx context.Context, p *plan.Plan, finder *sight.Finder) (crowd.Driver, error) {
		return browser.New(ctx, browser.Config{Plan: p, Finder: finder, Path: path, Headed: headed})
	}
}

// Options say how a plan is run.
type Options struct {
	Dir      string // run folder; must not hold a record yet
	ID       string // run id; "" for a new one
	Tool     string // version of the tool, for the record
	Seed     int64
	Demo     record.Demo // for the record; "" when the plan is somebody's own
	Start    Start
	Checks   []*isolation.Check // nil for the whole suite
	Formats  []string           // reports to write; nil for all
	Baseline *record.Baseline   // an earlier run: what it had found does not fail this one; nil for none
	Progress func(crowd.Progress)
	Found    func(isolation.Finding) // each breach when it is first seen, while the run goes on
}

// SetupError says that a run could not begin: the browser did not start, or
// its sessions are not isolated.
type SetupError struct{ Err error }

func (e *SetupError) Error() string { return e.Err.Error() }
func (e *SetupError) Unwrap() error { return e.Err }

// NewRunID returns an id for a run that starts at t: the time and four random characters.
func NewRunID(t time.Time) string {
	var b [4]byte
	rand.Read(b[:]) // never fails
	tail := strings.ToLower(base32.StdEncoding.EncodeToString(b[:]))[:4]
	return t.UTC().Format("20060102-150405") + "-" + tail
}

// Run runs a plan, judges its record, and writes the reports into the run
// folder. A run that was interrupted through ctx is judged as far as it came.
func Run(ctx context.Context, p *plan.Plan, opts Options) (*gate.Result, error) {
	started := time.Now().UTC()
	if opts.ID == "" {
		opts.ID = NewRunID(started)
	}
	if opts.Checks == nil {
		opts.Checks = suite.Checks
	}
	if err := perform(ctx, p, opts, started, steering{}); err != nil {
		return nil, err
	}
	return Judge(opts.Dir, opts.Checks, opts.Formats, gate.Options{})
}

// steering is how a run is steered while it goes on; each may be nil.
type steering struct {
	more func(phase string, rounds int) bool  // as of [crowd.Config]
	next func(away string) (plan.Phase, bool) // likewise
	told func(record.Entry)                   // of each entry that is recorded, from several goroutines
}

// perform runs a plan and records it.
func perform(ctx context.Context, p *plan.Plan, opts Options, started time.Time, steer steering) error {
	if err := isolation.Validate(opts.Checks); err != nil {
		return err
	}
	ledger, err := crowd.Ledger(p, opts.ID)
	if err != nil {
		return fmt.Errorf("making the ledger: %w", err)
	}
	finder, err := sight.NewFinder(ledger)
	if err != nil {
		return fmt.Errorf("reading the markers: %w", err)
	}
	finder.MaxUnpacked = cmp.Or(p.Limits.Unpacked, finder.MaxUnpacked)
	driver, err := opts.Start(ctx, p, finder)
	if err != nil {
		return &SetupError{err}
	}
	err = drive(ctx, p, opts, started, ledger, driver, steer)
	return errors.Join(err, driver.Close())
}

// drive runs the crowd and records it.
func drive(ctx context.Context, p *plan.Plan, opts Options, started time.Time, ledger *marker.Ledger, driver crowd.Driver, steer steering) error {
	if err := os.MkdirAll(opts.Dir, 0o700); err != nil {
		return fmt.Errorf("making the run folder: %w", err)
	}
	writer, file, err := record.Create(filepath.Join(opts.Dir, RecordFile), driver.Mask)
	if err != nil {
		return err
	}
	defer file.Close()
	header := record.Header{
		Notmine: record.Version, Tool: opts.Tool, Run: opts.ID, Seed: opts.Seed, Started: started,
		Browser: driver.Product(), System: record.ThisSystem(), Plan: p.Outline(), Demo: opts.Demo, Baseline: opts.Baseline,
	}
	found := opts.Found
	if found != nil {
		found = func(f isolation.Finding) {
			gate.Mark(&f, &header)
			opts.Found(f)
		}
	}
	w := &watch{
		dir: opts.Dir, tool: opts.Tool, plan: p, ledger: ledger, found: found, record: writer.Append, told: steer.told,
		judge: isolation.NewJudge(header, opts.Checks...),
	}
	if err := w.append(record.Entry{Header: &header}); err != nil {
		return err
	}
	for _, e := range ledger.Entries() {
		if err := w.append(record.Entry{Marker: &e}); err != nil {
			return err
		}
	}
	_, err = crowd.Run(ctx, crowd.Config{
		Plan: p, Driver: driver, Ledger: ledger, Run: marker.RunTag(opts.ID), Seed: opts.Seed,
		Record: w.append, Look: w.look, Keep: w.keep, More: steer.more, Next: steer.next, Progress: opts.Progress,
		Do: func(ctx context.Context, e plan.Event) error { return do(ctx, p, e) },
	})
	return errors.Join(err, w.failed())
}

// Judge judges the record in a run folder and writes the reports beside it.
// checks nil is the whole suite, formats nil all formats. The record itself
// says what is accepted and known, unless opts say otherwise.
func Judge(dir string, checks []*isolation.Check, formats []string, opts gate.Options) (*gate.Result, error) {
	run, err := record.ReadFile(filepath.Join(dir, RecordFile))
	if err != nil {
		return nil, err
	}
	if checks == nil {
		checks = suite.Checks
	}
	findings, err := isolation.Apply(run, checks)
	if err != nil {
		return nil, err
	}
	pass, err := isolation.NewPass(run)
	if err != nil {
		return nil, err
	}
	for i, c := range cause.Of(pass, findings) {
		if c.Name != cause.Unknown {
			findings[i].Cause = c.Name
		}
		findings[i].Because = c.Because
	}
	result, err := gate.Judge(run, findings, opts)
	if err != nil {
		return nil, err
	}
	if err := report.Write(dir, run, &result, checks, formats); err != nil {
		return nil, err
	}
	return &result, nil
}
