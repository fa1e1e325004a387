package main

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"notmine/checks"
	"notmine/checks/isolation"
	"notmine/checks/plan"
	"notmine/checks/repro"
)

// huntFigures are what came of a hunt that was told nothing but where it was seen.
type huntFigures struct {
	View    string  `json:"view,omitempty"` // that it was told; "" for nothing at all
	Found   bool    `json:"found"`
	Seconds float64 `json:"seconds"`
	Way     string  `json:"way,omitempty"` // that showed it
	// What is known without a finding: how many ways were tried, and the rate per
	// round that all of them exclude.
	Ways    int      `json:"ways"`
	Bound   float64  `json:"bound,omitempty"`
	Unknown []string `json:"unknown,omitempty"` // ways of which nothing is known
	Errors  []string `json:"errors,omitempty"`  // what is not as it should be
}

// hunted hunts on a service of its own for what a finding was, or on a healthy
// one for anything.
func (w *following) hunted(ctx context.Context, t trial, accounts int, f isolation.Finding) *huntFigures {
	h := new(huntFigures)
	if err := w.hunting(ctx, t, accounts, f, h); err != nil {
		h.Errors = append(h.Errors, err.Error())
	}
	return h
}

func (w *following) hunting(ctx context.Context, t trial, accounts int, f isolation.Finding, h *huntFigures) (err error) {
	s, err := t.stage(accounts)
	if err != nil {
		return err
	}
	defer func() {
		if closed := s.close(); err == nil {
			err = closed
		}
	}()
	if slices.ContainsFunc(s.plan.Views, func(v plan.View) bool { return v.Name == f.View }) {
		h.View = f.View // and not a login, which is no view that anybody could name
	}
	got, err := checks.Hunt(ctx, s.plan, repro.Symptom{View: h.View}, checks.Hunting{
		Options: checks.Options{
			Dir: filepath.Join(s.dir, "hunt"), Tool: "leakbench", Seed: int64(t.seed), Start: t.start(), Formats: []string{"json"},
		},
		Within: w.hunt,
	})
	if err != nil {
		return err
	}
	h.take(got)
	switch {
	case t.fault.Name == "" && h.Found:
		return fmt.Errorf("it found %s", got.Finding.Message)
	case t.fault.Name == "" && len(h.Unknown) > 0:
		return fmt.Errorf("it knows nothing of %d ways, such as %s", len(h.Unknown), h.Unknown[0])
	case f.Level == isolation.Leak && !h.Found: // it is for leaks alone
		return fmt.Errorf("it found nothing in %.0f s", h.Seconds)
	}
	return nil
}

// take takes in what came of a hunt.
func (h *huntFigures) take(got *checks.Hunted) {
	h.Found, h.Seconds, h.Ways = got.Finding != nil, got.Took.Round(100*time.Millisecond).Seconds(), len(got.Ways)
	if h.Found {
		h.Way = got.By.Name
		return
	}
	for _, way := range got.Ways {
		if way.Rounds == 0 {
			h.Unknown = append(h.Unknown, way.Name)
			continue
		}
		h.Bound = max(h.Bound, way.Bound)
	}
}
