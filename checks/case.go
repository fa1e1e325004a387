package checks

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"notmine/checks/gate"
	"notmine/checks/isolation"
	"notmine/checks/phrase"
	"notmine/checks/plan"
	"notmine/checks/record"
	"notmine/checks/repro"
	"notmine/checks/script"
)

// CaseOf makes a case of a finding that was repeated: the smallest plan that
// still shows it, and what has to be known to judge it. from is the plan's path
// as the case is to name it; of a demonstration there is none. A script, which has
// a file of its own, is added with [WithScript].
func (a *Again) CaseOf(r *Repeated, header record.Header, from string) *plan.Plan {
	p, measured := *r.Plan, r.Measured
	needs := phrase.Text{}
	if r.Shrunk != nil {
		p, measured, needs = *r.Shrunk.Plan, r.Shrunk.Best(), r.Shrunk.Text()
	}
	f := a.Finding
	p.Case = &plan.Case{
		Plan: from, Run: header.Run, Demo: string(header.Demo), Seed: a.Seed,
		Finding: plan.Expected{
			Check: f.Check, Level: string(f.Level), Fingerprint: f.Fingerprint, Viewer: f.Viewer, Owner: f.Owner, Item: f.Item,
			View: f.View, Surface: f.Surface, Phase: f.Phase, Round: f.Round, Message: f.Message.String(),
		},
		Measured: plan.Measured{Hits: measured.Hits, Tries: measured.Rounds},
		Tries:    repro.TriesFor(measured),
		Needs:    strings.TrimPrefix(needs.String(), "needs "), // which the field's name says
	}
	return &p
}

// CaseName names the case of a finding, as a file without an ending.
func CaseName(f isolation.Finding) string {
	return fmt.Sprintf("%s-%s-%.8s", fileName(f.View), fileName(cmp.Or(f.Item, f.Check)), f.Fingerprint)
}

// WithScript adds to a case that a script in a file beside it shows the finding
// as well.
func WithScript(c *plan.Case, file string, s *Scripted) {
	c.HTTP = plan.HTTPCase{
		Script:   file,
		Measured: plan.Measured{Hits: s.Measured.Hits, Tries: s.Measured.Rounds},
		Tries:    max(repro.TriesFor(s.Measured), leastScriptTries),
	}
}

// leastScriptTries are those that exclude 1 % at 95 %: with a script they take
// seconds.
const leastScriptTries = 300

// Stood is where a case stands.
type Stood struct {
	Standing repro.Standing
	Why      phrase.Text
	Tries    repro.Tries
	// Others are leaks that it showed besides the one that it is for, each
	// fingerprint once. With one of them a case is never fixed.
	Others []isolation.Finding
	// Dir is the folder of the run that shows it, or of the last; "" when none
	// was judged.
	Dir string
	// Scripted reports whether it was told without a browser.
	Scripted bool
	// Failed reports whether it could not be told because the target was away or
	// refused.
	Failed bool
}

// RunCase runs a case, a plan that has one, until its finding comes or has stayed
// away for as many rounds as the case asks for. The folders of its runs are in
// that of the options, and are kept.
//
// With a script, which may be nil, it plays that. Where the script does not tell,
// such as at a target with other forms, it goes on with the options' sessions.
func RunCase(ctx context.Context, p *plan.Plan, opts Options, s *script.Script) *Stood {
	if s != nil {
		played := opts
		played.Start = Script(s)
		if stood := runCase(ctx, p, played, p.Case.HTTP.Measured, p.Case.HTTP.Tries); stood.Standing != repro.CouldNotTell || ctx.Err() != nil {
			stood.Scripted = true
			return stood
		}
	}
	return runCase(ctx, p, opts, p.Case.Measured, p.Case.Tries)
}

// runCase runs a case whose finding came so often, for so many tries at most.
func runCase(ctx context.Context, p *plan.Plan, opts Options, was plan.Measured, needed int) *Stood {
	c := p.Case
	again := &Again{Options: opts, Keep: true, Finding: isolation.Finding{
		Check: c.Finding.Check, Level: isolation.Level(c.Finding.Level), Fingerprint: c.Finding.Fingerprint,
		Viewer: c.Finding.Viewer, Owner: c.Finding.Owner, Item: c.Finding.Item, View: c.Finding.View, Surface: c.Finding.Surface,
		Phase: c.Finding.Phase, Round: c.Finding.Round,
	}}
	bounded := *p // what its runs look at is enough for a verdict when the case says so
	bounded.Pass.Bound = max(p.Pass.Bound, gate.UpperBound(max(needed, 1)))
	tries, err := again.Try(ctx, &bounded, func(hits, rounds int) bool { return hits == 0 && rounds < max(needed, 1) && ctx.Err() == nil })
	if err == nil && tries.Hits == 0 {
		err = context.Cause(ctx)
	}
	s := &Stood{Tries: tries, Dir: tries.Seen}
	s.Standing, s.Why = repro.Stand(repro.Tries{Hits: was.Hits, Rounds: was.Tries}, tries, needed, err)
	s.Failed = s.Standing == repro.CouldNotTell && ctx.Err() == nil && err != nil
	for _, r := range again.kept {
		for _, f := range r.result.Findings {
			known := func(o isolation.Finding) bool { return o.Fingerprint == f.Fingerprint }
			if f.Level == isolation.Leak && f.Accepted == nil && !again.is(f) && !slices.ContainsFunc(s.Others, known) {
				s.Others = append(s.Others, f)
			}
		}
	}
	if n := len(again.kept); s.Dir == "" && n > 0 {
		s.Dir = again.kept[n-1].dir
	}
	if len(s.Others) > 0 && s.Standing != repro.StillLeaks {
		s.Standing, s.Why, s.Failed = repro.StillLeaks, phrase.New("not as it was, but %s", s.Others[0].Message), false
	}
	return s
}
