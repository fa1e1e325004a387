package checks

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"notmine/checks/gate"
	"notmine/checks/isolation"
	"notmine/checks/plan"
	"notmine/checks/record"
	"notmine/checks/repro"
	"notmine/checks/suite"
	"notmine/checks/suite/residue"
)

// Again runs plans again to see a finding come, and counts the rounds in which
// it does.
type Again struct {
	Options // of each run; Dir is the folder that holds their folders
	Finding isolation.Finding
	// Keep keeps the folders of all runs with their reports, not only that of the
	// first in which the finding came.
	Keep bool

	kept []kept
	runs int
	last int    // number of the last folder, of which others may have been there before
	seen string // folder of the first run in which it came
}

// kept is a run whose folder is kept.
type kept struct {
	dir    string
	result *gate.Result
}

// How many rounds of the finding's phase one run has at most.
const (
	roundsAgain      = 120 // all that a measuring takes, and most questions
	roundsAgainAlone = 20  // of the order solo, which is not ended between two
	// roundsAfter are those after an event or a change. What the finding needs may
	// be over soon after it, so the whole is run again instead.
	roundsAfter = 3
)

// Try is a [repro.Try]. The folder of the first run in which the finding came is
// kept, with its reports; those of the others only if Keep says so.
func (a *Again) Try(ctx context.Context, p *plan.Plan, more func(hits, tries int) bool) (repro.Tries, error) {
	begun := time.Now()
	var all repro.Tries
	for more(all.Hits, all.Rounds) && ctx.Err() == nil {
		t, err := a.run(ctx, p, func(t repro.Tries) bool { return more(all.Hits+t.Hits, all.Rounds+t.Rounds) })
		all.Hits, all.Rounds, all.Seen = all.Hits+t.Hits, all.Rounds+t.Rounds, cmp.Or(all.Seen, t.Seen)
		all.Took = time.Since(begun)
		if err != nil {
			return all, err
		}
	}
	return all, nil
}

// run runs a plan once, for as many rounds as more wants.
func (a *Again) run(ctx context.Context, p *plan.Plan, more func(repro.Tries) bool) (repro.Tries, error) {
	opts, started := a.Options, time.Now().UTC()
	opts.Dir, opts.Seed = a.folder(), a.Seed+int64(a.runs)
	opts.ID = cmp.Or(opts.ID, NewRunID(started))
	if opts.Checks == nil {
		opts.Checks = suite.Checks
	}
	a.runs++
	var wrong error
	ran := perform(ctx, a.lengthened(p), opts, started, steering{more: func(phase string, _ int) bool {
		if phase != a.Finding.Phase {
			return true
		}
		t, _, err := a.count(opts)
		wrong = err
		return err == nil && more(t)
	}})
	ran = errors.Join(ran, wrong)
	t, end, err := a.count(opts) // what was recorded until then was seen
	switch {
	case err != nil && ran != nil:
		return t, ran
	case err != nil:
		return t, err
	}
	first := t.Hits > 0 && a.seen == ""
	if first {
		a.seen, t.Seen = opts.Dir, opts.Dir
	}
	if !first && !a.Keep {
		err = os.RemoveAll(opts.Dir)
	} else {
		err = a.judge(opts)
	}
	if err != nil {
		return t, fmt.Errorf("ending a run: %w", err)
	}
	switch {
	case ran != nil:
		return t, ran
	case end.Why == record.TargetFailed:
		return t, fmt.Errorf("the target failed: %s", end.Detail)
	case t.Rounds == 0 && ctx.Err() == nil:
		return t, fmt.Errorf("in no round of phase %s did an account see its own on view %s, so it could not come", a.Finding.Phase, a.Finding.View)
	}
	return t, nil
}

// judge judges a run that is kept.
func (a *Again) judge(opts Options) error {
	result, err := Judge(opts.Dir, opts.Checks, opts.Formats, gate.Options{})
	if err == nil {
		a.kept = append(a.kept, kept{opts.Dir, result})
	}
	return err
}

// folder returns the next that is not there.
func (a *Again) folder() string {
	for {
		a.last++
		dir := filepath.Join(a.Dir, fmt.Sprintf("try-%d", a.last))
		if _, err := os.Lstat(dir); err != nil { // what else is wrong, making it will tell
			return dir
		}
	}
}

// lengthened returns a plan in which the finding's phase goes on for as long as
// may be wanted.
func (a *Again) lengthened(p *plan.Plan) *plan.Plan {
	longer := *p
	longer.Phases = slices.Clone(p.Phases)
	at := slices.IndexFunc(longer.Phases, func(ph plan.Phase) bool { return ph.Name == a.Finding.Phase })
	if at < 0 {
		return &longer
	}
	ph := &longer.Phases[at]
	happens := func(ph plan.Phase) bool { return ph.Event != "" || ph.Change != "" }
	switch {
	case slices.ContainsFunc(longer.Phases[:at+1], happens):
		ph.Rounds = max(roundsAfter, a.Finding.Round)
	case ph.Order == plan.Solo:
		ph.Rounds = roundsAgainAlone
	default:
		ph.Rounds = roundsAgain
	}
	ph.Within = 0
	return &longer
}

// is reports whether a finding is the one that is waited for.
func (a *Again) is(f isolation.Finding) bool {
	return f.Check == a.Finding.Check && f.View == a.Finding.View && f.Level == a.Finding.Level
}

// could reports whether the finding could have come in a visit: after another
// account if it is about what that left, and with the viewer's own to be seen
// otherwise.
func (a *Again) could(p *isolation.Pass, o *record.Observation) bool {
	if a.Finding.Check == residue.Check.Name {
		return o.Outcome == record.Seen && o.Before != ""
	}
	return p.Exposed(o) || p.ExposedPlain(o)
}

// count counts the rounds of a run so far in which the finding could have come,
// and those in which it came, and returns how the run ended.
func (a *Again) count(opts Options) (repro.Tries, record.End, error) {
	run, err := record.ReadFile(filepath.Join(opts.Dir, RecordFile))
	if err != nil {
		return repro.Tries{}, record.End{}, err
	}
	findings, err := isolation.Apply(run, opts.Checks)
	if err != nil {
		return repro.Tries{}, record.End{}, err
	}
	pass, err := isolation.NewPass(run)
	if err != nil {
		return repro.Tries{}, record.End{}, err
	}
	hits, rounds := map[int]bool{}, map[int]bool{}
	for _, f := range findings {
		if !a.is(f) {
			continue
		}
		for _, n := range f.Visits {
			if o := run.Observations[n-1]; o.Phase == a.Finding.Phase {
				hits[o.Round], rounds[o.Round] = true, true
			}
		}
	}
	for _, o := range run.Observations {
		if o.Phase == a.Finding.Phase && o.View == a.Finding.View && a.could(pass, o) {
			rounds[o.Round] = true
		}
	}
	var end record.End
	if run.End != nil {
		end = *run.End
	}
	return repro.Tries{Hits: len(hits), Rounds: len(rounds)}, end, nil
}
