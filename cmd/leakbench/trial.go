package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"time"

	"notmine/checks"
	"notmine/checks/browser"
	"notmine/checks/isolation"
	"notmine/checks/plan"
	"notmine/checks/record"
	"notmine/fixtures"
	"notmine/fixtures/catalog"
)

// longestReplay bounds how long the replayer takes after a trial.
const longestReplay = 30 * time.Second

// staged is the service of a trial, that listens, with its plan.
type staged struct {
	*catalog.Stand
	site *fixtures.Site
	plan *plan.Plan
	dir  string // of the plan, and of runs that are not kept
}

// stage serves a trial's service anew and loads the plan for it.
func (t trial) stage(accounts int) (_ *staged, err error) {
	stand, err := t.service.Make(catalog.Options{Accounts: accounts, Seed: t.seed, Fault: t.fault})
	if err != nil {
		return nil, err
	}
	site, err := fixtures.Open(stand, "127.0.0.1:0", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &staged{Stand: stand, site: site}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.close())
		}
	}()
	if s.dir, err = os.MkdirTemp("", "leakbench-corpus-"); err != nil {
		return nil, fmt.Errorf("making a folder: %w", err)
	}
	s.plan, err = loadPlan(s.dir, t.service.Name, stand, site)
	return s, err
}

// close ends the service and removes what it left.
func (s *staged) close() error {
	err := s.site.Close()
	if s.dir != "" {
		err = errors.Join(err, os.RemoveAll(s.dir))
	}
	return err
}

// start starts the browser of a trial's runs.
func (t trial) start() checks.Start {
	keeping := ""
	if expected[t.mechanism()].keeps {
		// One that can show a window keeps pages alive, also when it shows none.
		if path, err := browser.Find("", true); err == nil {
			keeping = path
		}
	}
	return checks.Browser(keeping, false)
}

// run runs one trial, and what is to follow it, on a service of its own, and tells
// what became of each of the two. keep is the folder that the run is kept in, or "".
// Of a trial that was run before, what is known of it is only followed, if the
// folder has kept its record.
func (t trial) run(ctx context.Context, accounts int, keep string, known *mechanism, then *following, tell func(*mechanism) error) (err error) {
	stand, err := t.stage(accounts)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stand.close()) }()
	m := known
	d, err := t.kept(keep, known)
	if errors.Is(err, fs.ErrNotExist) {
		if m, d, err = t.hold(ctx, stand, accounts, cmp.Or(keep, filepath.Join(stand.dir, "run"))); err == nil {
			err = tell(m)
		}
	}
	if err != nil {
		return err
	}
	if !then.wants(t) {
		return nil
	}
	followed := *m // what was told may be read meanwhile
	if err := then.follow(ctx, t, stand, d, &followed); err != nil {
		return err
	}
	return tell(&followed)
}

// kept returns the run of a trial of which something is known already, if its
// record was kept; otherwise an [fs.ErrNotExist].
func (t trial) kept(keep string, known *mechanism) (defaultRun, error) {
	if known == nil || keep == "" {
		return defaultRun{}, fs.ErrNotExist
	}
	return keptRun(keep, t.seed)
}

// hold runs a trial with the default phases into a folder, and holds what was
// recorded against what the service says it served.
func (t trial) hold(ctx context.Context, stand *staged, accounts int, dir string) (*mechanism, defaultRun, error) {
	var none defaultRun
	result, err := checks.Run(ctx, stand.plan, checks.Options{
		Dir: dir, Tool: "leakbench", Seed: int64(t.seed), Start: t.start(), Formats: []string{"json"},
	})
	if err := errors.Join(err, ctx.Err()); err != nil {
		return nil, none, err
	}
	run, err := record.ReadFile(filepath.Join(dir, checks.RecordFile))
	if err != nil {
		return nil, none, err
	}
	pass, err := isolation.NewPass(run)
	if err != nil {
		return nil, none, err
	}
	m := &mechanism{
		Service: t.service.Name, Fault: t.fault.Name, Seed: t.seed, Accounts: accounts, Verdict: result.Verdict, Reasons: result.Reasons,
		Visits: result.Coverage.Visits, Seconds: result.Run.Seconds, Spent: map[string]float64{},
	}
	if t.fault.Name != "" {
		m.Rate = rates[0]
		if !t.whole() {
			m.Rate = t.fault.Rate
		}
	}
	if shared := result.Coverage.Shared; expected[t.mechanism()].keeps && (shared == nil || shared.Restored == 0) {
		m.Untried = "the browser kept no page alive for Back"
	}
	for _, item := range written(stand.plan.Act) {
		m.Acts = append(m.Acts, m.itemOf(item))
	}
	m.findings(run, result, expected[t.mechanism()])
	truth := stand.Truth.Report()
	m.hold(pass, truth)
	if err := m.holdStale(run, truth); err != nil {
		return nil, none, err
	}
	if t.whole() {
		// What it sends comes after the truth was asked, and is no visit.
		short, stop := context.WithTimeout(ctx, longestReplay)
		m.Replayer = replayRun(short, stand.plan, pass)
		stop()
	}
	return m, defaultRun{dir, run.Header, result.Findings}, nil
}

// loadPlan writes the plan of a service that listens into dir, with the files
// that it refers to, and loads it.
func loadPlan(dir, name string, stand *catalog.Stand, site *fixtures.Site) (*plan.Plan, error) {
	file := filepath.Join(dir, name+".yaml")
	if err := os.WriteFile(file, []byte(stand.Plan(site.URL, site.ControlURL, "")), 0o600); err != nil {
		return nil, fmt.Errorf("writing the plan: %w", err)
	}
	for name, data := range stand.Files {
		if err := os.WriteFile(filepath.Join(dir, path.Base(name)), data, 0o600); err != nil {
			return nil, fmt.Errorf("writing what the plan refers to: %w", err)
		}
	}
	return plan.Load(file)
}
