package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"
)

// series runs trials and writes the figures whenever one is done: all of them
// take hours.
type series struct {
	accounts int
	keep     string // folder of the run folders; "" keeps none
	out      string // file of the figures
	to       io.Writer
	then     *following // what follows each run; nil for nothing

	mu      sync.Mutex
	figures *corpus
	failed  error // of trials that could not be run
}

// run runs those of the trials that the figures do not have yet, or not all that
// is wanted of them, jobs at a time, and returns what is wrong with any of them.
func (s *series) run(ctx context.Context, trials []trial, jobs int) error {
	running, limited := errgroup.WithContext(ctx)
	running.SetLimit(max(jobs, 1))
	for _, t := range s.missing(trials) {
		running.Go(func() error { return s.try(limited, t) })
	}
	wrong := errors.Join(running.Wait(), s.failed)
	for _, t := range trials {
		if m := s.figures.of(t); m != nil {
			wrong = errors.Join(wrong, m.err(t.name()))
		}
	}
	return wrong
}

// missing are those of the trials of which the figures lack something.
func (s *series) missing(trials []trial) []trial {
	var left []trial
	for _, t := range trials {
		if m := s.figures.of(t); m == nil || s.then.lacks(t, m) {
			left = append(left, t)
		}
	}
	return left
}

// try runs one trial, or only what is to follow it. It fails when the figures
// cannot be written; what else goes wrong is kept, and the next one is run.
func (s *series) try(ctx context.Context, t trial) error {
	if ctx.Err() != nil {
		return nil // what was interrupted counts for nothing; what was done does
	}
	s.mu.Lock()
	known := s.figures.of(t)
	s.mu.Unlock()
	var unwritten error
	err := t.run(ctx, s.accounts, s.folder(t), known, s.then, func(m *mechanism) error {
		unwritten = s.tell(t, m)
		return unwritten
	})
	if err == nil || unwritten != nil {
		return unwritten
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failed = errors.Join(s.failed, fmt.Errorf("%s, seed %d: %w", t.name(), t.seed, err))
	return nil
}

// folder is where the run of a trial is kept; "" for nowhere.
func (s *series) folder(t trial) string {
	if s.keep == "" {
		return ""
	}
	return filepath.Join(s.keep, strings.NewReplacer("/", "-", "%", "").Replace(t.name())+fmt.Sprint("-", t.seed))
}

// tell takes in what became of a trial, writes the figures and says it in a line.
func (s *series) tell(t trial, m *mechanism) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.figures.add(t, m)
	if err := s.figures.write(s.out); err != nil {
		return err
	}
	line := m.line(t.name())
	if m.Hunt != nil {
		line = m.followed(t.name())
	}
	_, err := fmt.Fprintln(s.to, line)
	return err
}

// resumed returns the figures that a file holds, if there is one. They have to be
// of as many accounts.
func resumed(file string, accounts int) (*corpus, error) {
	c, err := readCorpus(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return new(corpus), nil
	case err != nil:
		return nil, err
	case c.Settings.Accounts != accounts:
		return nil, fmt.Errorf("going on with %s: its figures are of %d accounts, and not of %d", file, c.Settings.Accounts, accounts)
	}
	return c, nil
}
