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
	"context"
	"crypto/rand"
	"encoding/base32"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"notmine/checks/browser"
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

// maxEvidence is how many pictures a run keeps. The first ones are those of the
// first findings; a service that leaks everything needs no thousand pictures.
const maxEvidence = 40

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
	Start    Start
	Checks   []*isolation.Check // nil for the whole suite
	Formats  []string           // reports to write; nil for all
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
	if err := isolation.Validate(opts.Checks); err != nil {
		return nil, err
	}
	ledger, err := crowd.Ledger(p, opts.ID)
	if err != nil {
		return nil, fmt.Errorf("making the ledger: %w", err)
	}
	finder, err := sight.NewFinder(ledger)
	if err != nil {
		return nil, fmt.Errorf("reading the markers: %w", err)
	}
	driver, err := opts.Start(ctx, p, finder)
	if err != nil {
		return nil, &SetupError{err}
	}
	err = drive(ctx, p, opts, started, ledger, driver)
	if err = errors.Join(err, driver.Close()); err != nil {
		return nil, err
	}
	return Judge(opts.Dir, opts.Checks, opts.Formats)
}

// drive runs the crowd and records it.
func drive(ctx context.Context, p *plan.Plan, opts Options, started time.Time, ledger *marker.Ledger, driver crowd.Driver) error {
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
		Browser: driver.Product(), Plan: p.Outline(),
	}
	if err := writer.Append(record.Entry{Header: &header}); err != nil {
		return err
	}
	w := &watch{judge: isolation.NewJudge(header, opts.Checks...), found: opts.Found, dir: opts.Dir}
	for _, e := range ledger.Entries() {
		if err := writer.Append(record.Entry{Marker: &e}); err != nil {
			return err
		}
		if err := w.judge.Marker(e); err != nil {
			return err
		}
	}
	_, err = crowd.Run(ctx, crowd.Config{
		Plan: p, Driver: driver, Ledger: ledger, Run: marker.RunTag(opts.ID), Seed: opts.Seed,
		Record: writer.Append, Look: w.look, Keep: w.keep, Progress: opts.Progress,
	})
	return errors.Join(err, w.failed())
}

// watch judges observations while the run goes on, so that a leak is told, and
// its picture taken, while its page is still open.
type watch struct {
	dir   string
	found func(isolation.Finding)

	mu       sync.Mutex
	judge    *isolation.Judge
	pictures int
	names    map[int]string // number of the observation → name of its picture
	err      error
}

// look returns what is to be marked in a picture of the observation's page.
func (w *watch) look(o *record.Observation) (mark []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	fresh, err := w.judge.Observe(o)
	if err != nil && w.err == nil {
		w.err = err
	}
	for _, f := range fresh {
		if w.found != nil {
			w.found(f)
		}
		if f.Level != isolation.Leak || w.pictures >= maxEvidence {
			continue
		}
		if len(mark) == 0 {
			w.pictures++
			if w.names == nil {
				w.names = map[int]string{}
			}
			w.names[o.N] = fmt.Sprintf("%.8s-%s-%d.png", f.Fingerprint, fileName(o.Account), o.N)
		}
		mark = append(mark, marksOf(o, f)...)
	}
	return mark
}

// marksOf returns the texts on the page that show the finding.
func marksOf(o *record.Observation, f isolation.Finding) []string {
	var texts []string
	for _, s := range o.Sightings {
		if s.Owner == f.Owner && s.Item == f.Item {
			texts = append(texts, s.Text)
		}
	}
	if len(texts) == 0 && o.Identity != "" {
		texts = append(texts, o.Identity)
	}
	return texts
}

// keep stores a picture of the observation in the run folder.
func (w *watch) keep(o *record.Observation, picture []byte) (string, error) {
	w.mu.Lock()
	name := w.names[o.N]
	delete(w.names, o.N)
	w.mu.Unlock()
	dir := filepath.Join(w.dir, "evidence")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("making the evidence folder: %w", err)
	}
	if err := os.WriteFile(filepath.Join(dir, name), picture, 0o600); err != nil {
		return "", fmt.Errorf("writing evidence: %w", err)
	}
	return "evidence/" + name, nil
}

func (w *watch) failed() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.err
}

// fileName keeps of an account's name what is safe in a file's name anywhere.
func fileName(name string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '-':
			return r
		}
		return '_'
	}, name)
}

// Judge judges the record in a run folder and writes the reports beside it.
// checks nil is the whole suite, formats nil all formats.
func Judge(dir string, checks []*isolation.Check, formats []string) (*gate.Result, error) {
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
	result, err := gate.Judge(run, findings, gate.Options{})
	if err != nil {
		return nil, err
	}
	if err := report.Write(dir, run, &result, formats); err != nil {
		return nil, err
	}
	return &result, nil
}
