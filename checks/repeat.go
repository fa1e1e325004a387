package checks

import (
	"context"
	"fmt"
	"time"

	"notmine/checks/plan"
	"notmine/checks/repro"
)

// LeastRate is the lowest rate, per round, at which a finding is looked for when
// it is repeated.
const LeastRate = 0.05

// Repeating says how a finding is repeated.
type Repeating struct {
	Shrink bool          // leave out what it does not need
	Within time.Duration // of shrinking, all in all; 0 is no bound
	// Whole is told that the finding did not come with what most likely led to it,
	// and that all that came before is tried now, if that is more. It may be nil.
	Whole func(repro.Measured)
	// Measured is told how often it comes, before anything is left out. It may be nil.
	Measured func(repro.Measured)
	// Judged is told of each smaller plan as it is judged. It may be nil.
	Judged func(repro.Candidate)
}

// Repeated is what came of repeating a finding.
type Repeated struct {
	Plan     *plan.Plan // that was measured: what led to the finding
	Measured repro.Measured
	Shrunk   *repro.Shrunk // nil when nothing was to be left out, or it never came
}

// Repeat runs what led to a finding again and measures how often it comes, then
// leaves out what it does not need. An error says that it could not begin to.
func (a *Again) Repeat(ctx context.Context, whole *plan.Plan, r Repeating) (*Repeated, error) {
	begun := time.Now()
	measuring := repro.Measuring{Floor: LeastRate}
	done := &Repeated{Plan: repro.Led(whole, a.Finding)}
	done.Measured = measuring.Measure(ctx, done.Plan, a.Try)
	if before := repro.Whole(whole, a.Finding); done.Measured.Hits == 0 && ctx.Err() == nil && !repro.Same(done.Plan, before) {
		if r.Whole != nil {
			r.Whole(done.Measured)
		}
		done.Plan = before
		done.Measured = measuring.Measure(ctx, done.Plan, a.Try)
	}
	if r.Measured != nil {
		r.Measured(done.Measured)
	}
	if done.Measured.Hits == 0 || !r.Shrink || ctx.Err() != nil {
		return done, nil
	}
	o := repro.Options{Try: a.Try, Seed: a.Seed, Floor: LeastRate, First: &done.Measured, Judged: r.Judged}
	if r.Within > 0 {
		o.Within = max(r.Within-time.Since(begun), 1) // 0 would be no bound
	}
	var err error
	if done.Shrunk, err = repro.Shrink(ctx, done.Plan, a.Finding, o); err != nil {
		return done, fmt.Errorf("leaving out what it does not need: %w", err)
	}
	return done, nil
}
