// Package gate turns findings and exposures into a verdict.
//
// There are three answers. A leak outranks everything. A run is clean only when
// it looked well enough to have seen one, and says how clean: the highest leak
// rate per visit that its exposures still allow at 95 %. Everything else is
// inconclusive, with the reasons in plain words.
//
// A leak that somebody accepted until a date, or that an earlier run had found,
// is spared: it does not fail the run. It is told and counted like any other; a
// clean run with such leaks says how rare others are.
package gate

import (
	"fmt"
	"slices"

	"notmine/checks/isolation"
	"notmine/checks/phrase"
	"notmine/checks/plan"
	"notmine/checks/record"
)

// Verdict is the answer of a run.
type Verdict string

// The verdicts.
const (
	Leak         Verdict = "leak"
	Clean        Verdict = "clean"
	Inconclusive Verdict = "inconclusive"
)

// Exit codes of a run.
const (
	ExitClean        = 0
	ExitLeak         = 1
	ExitInconclusive = 2
	ExitTarget       = 3 // the target or its logins failed, so that there was no crowd
	ExitInterrupted  = 130
)

// Bound is the leak rate per visit that a clean verdict has to exclude when
// neither the plan nor the options say otherwise.
const Bound = 0.01

// Options change what the record says.
type Options struct {
	Bound    float64          // instead of the plan's pass.bound; 0 to leave that as it is
	Accepted []plan.Accepted  // instead of those of the record; nil to leave them as they are
	Baseline *record.Baseline // likewise
}

// Judge gives the verdict on a run and what was found in it. The same run,
// findings and options give the same result. It is an error to hold a run
// against itself.
func Judge(run *record.Run, findings []isolation.Finding, opts Options) (Result, error) {
	accepted, baseline := run.Header.Plan.Accepted, run.Header.Baseline
	if opts.Accepted != nil {
		accepted = opts.Accepted
	}
	if opts.Baseline != nil {
		baseline = opts.Baseline
	}
	if baseline != nil && baseline.Run == run.Header.Run {
		return Result{}, fmt.Errorf("judging run %s: it cannot be its own baseline", run.Header.Run)
	}
	p, err := isolation.NewPass(run)
	if err != nil {
		return Result{}, err
	}
	t := count(p)
	t.search()
	r := Result{
		Notmine:  record.Version,
		Reasons:  []phrase.Text{},
		Run:      runOf(run),
		Coverage: t.coverage(),
		Phases:   t.phases,
		Happened: happened(p),
		Stages:   t.stages,
		Findings: slices.Clone(findings),
	}
	if r.Findings == nil {
		r.Findings = []isolation.Finding{}
	}
	r.spare(run, accepted, baseline)
	t.spared = r.boundOthers(t)
	bound := Bound
	if run.Header.Plan.Pass.Bound > 0 {
		bound = run.Header.Plan.Pass.Bound
	}
	if opts.Bound > 0 {
		bound = opts.Bound
	}
	switch reasons := t.failing(r.Findings); {
	case reasons != nil:
		r.Verdict, r.Exit, r.Reasons = Leak, ExitLeak, reasons
		// How seldom leaks are was not shown by a run that found some.
		r.Coverage.RateBound95, r.Coverage.NewRateBound95 = nil, nil
	case run.End == nil || run.End.Why == record.Interrupted:
		r.Verdict, r.Exit, r.Reasons = Inconclusive, ExitInterrupted, []phrase.Text{interrupted(run)}
	case noCrowd(run, t):
		r.Verdict, r.Exit, r.Reasons = Inconclusive, ExitTarget, t.whyNoCrowd()
	default:
		r.Reasons = append(r.Reasons, t.doubts(bound)...)
		r.Verdict, r.Exit = Clean, ExitClean
		if len(r.Reasons) > 0 {
			r.Verdict, r.Exit = Inconclusive, ExitInconclusive
		}
	}
	return r, nil
}

// boundOthers reports whether leaks were spared. How seldom others are is then
// what the exposures say.
func (r *Result) boundOthers(t *tally) (spared bool) {
	spared = slices.ContainsFunc(r.Findings, func(f isolation.Finding) bool {
		return f.Level == isolation.Leak && Spares(&f, t.run.Header.Plan.Pass)
	})
	if spared {
		r.Coverage.RateBound95 = nil
		if t.company.exposed > 0 {
			bound := rounded(UpperBound(t.company.exposed))
			r.Coverage.NewRateBound95 = &bound
		}
	}
	return spared
}

// failing returns nil when nothing fails the run. Otherwise it says why, unless
// a finding of level leak speaks for itself.
func (t *tally) failing(findings []isolation.Finding) []phrase.Text {
	pass := t.run.Header.Plan.Pass
	counts := map[isolation.Level]int{}
	for i := range findings {
		if f := &findings[i]; Fails(f, pass) {
			counts[f.Level]++
		}
	}
	var reasons []phrase.Text
	unspoken := t.unspoken(findings)
	switch {
	case counts[isolation.Leak] > 0:
		reasons = []phrase.Text{}
	case unspoken > 0: // the check canary was not among those that were run
		reasons = append(reasons, phrase.New("%s brought a marker to somebody outside its audience", phrase.New("%d visits", unspoken)))
	}
	for _, level := range pass.FailOn {
		n := counts[isolation.Level(level)]
		if n > 0 && isolation.Level(level) != isolation.Leak {
			reasons = append(reasons, phrase.New("%s of level %s, and the plan fails on that level", phrase.New("%d findings", n), phrase.Name(level)))
		}
	}
	if reasons != nil {
		reasons = append(reasons, expired(findings, pass)...)
	}
	return reasons
}

func interrupted(run *record.Run) phrase.Text {
	if run.End == nil {
		return phrase.New("the record has no end: the run was killed, and what it had seen until then was judged")
	}
	return phrase.New("the run was interrupted, and what it had seen until then was judged")
}

// noCrowd reports whether it never came to a crowd because of the target: fewer
// than two accounts logged in, or it was gone before anybody had company.
func noCrowd(run *record.Run, t *tally) bool {
	return len(t.loggedIn) < 2 || run.End.Why == record.TargetFailed && t.company.reached == 0
}
