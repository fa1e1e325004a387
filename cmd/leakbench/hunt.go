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
	"notmine/checks/record"
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
	// Unwanted is why there was no hunt; "" when there was one.
	Unwanted string   `json:"unwanted,omitempty"`
	Errors   []string `json:"errors,omitempty"` // what is not as it should be
}

// hunted hunts on a service of its own for what a finding was, or on a healthy
// one for anything. A hunt is for leaks alone, and would take all its time for what
// is none.
func (w *following) hunted(ctx context.Context, t trial, accounts int, f isolation.Finding) *huntFigures {
	h := new(huntFigures)
	if f.Level != isolation.Leak && t.fault.Name != "" {
		h.Unwanted = "the default run found no leak"
		return h
	}
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
	symptom := repro.Symptom{View: h.View}
	got, err := checks.Hunt(ctx, s.plan, symptom, checks.Hunting{
		Options: checks.Options{
			Dir: filepath.Join(s.dir, "hunt"), Tool: "leakbench", Seed: int64(t.seed), Start: t.start(), Formats: []string{"json"},
		},
		Within: w.within(t, s.plan, symptom),
	})
	if err != nil {
		return err
	}
	h.take(got)
	return h.wrong(t.fault.Name == "", got)
}

// longestTry is what the first try of a way takes at most, by and large.
const longestTry = 20 * time.Second

// within is how long a hunt goes on. On a healthy service it ends by itself at no
// time, and says what it excludes of each way only if it has come to it.
func (w *following) within(t trial, p *plan.Plan, s repro.Symptom) time.Duration {
	if t.fault.Name != "" {
		return w.hunt
	}
	ways, _ := repro.Ways(p, s)
	return max(w.hunt, time.Duration(len(ways))*longestTry)
}

// wrong says what came of a hunt that should not: on a healthy service it finds
// nothing and knows of all ways, and otherwise it finds something.
func (h *huntFigures) wrong(healthy bool, got *checks.Hunted) error {
	away := got.Away.String()
	if got.End.Why == record.TargetFailed {
		away = got.End.Detail
	}
	switch {
	case healthy && h.Found:
		return fmt.Errorf("it found %s", got.Finding.Message)
	case away != "" && !h.Found:
		return fmt.Errorf("it was given up after %.0f s: %s", h.Seconds, away)
	case healthy && len(h.Unknown) > 0:
		return fmt.Errorf("it knows nothing of %d ways, such as %s", len(h.Unknown), h.Unknown[0])
	case !healthy && !h.Found:
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
