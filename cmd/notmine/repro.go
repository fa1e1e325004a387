package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"notmine/checks"
	"notmine/checks/crowd"
	"notmine/checks/isolation"
	"notmine/checks/plan"
	"notmine/checks/record"
	"notmine/checks/report"
	"notmine/checks/repro"
	"notmine/checks/suite"
)

// reproFlags are those of repro.
type reproFlags struct {
	drivingFlags
	plan    string
	seed    int64
	maxTime time.Duration
	shrink  bool
	cases   string
}

func reproCommand() *cobra.Command {
	var flags reproFlags
	c := &cobra.Command{
		Use:   "repro RECORD [FINDING]",
		Short: "Repeat a finding, and say how often it comes",
		Long: `Repro runs again what led to a finding of a record (a run folder, or its
run.jsonl), and measures in how many rounds it comes. Then it leaves out accounts,
views, phases and the like for as long as the finding still comes, says what it needs and
what it does not, and writes that as a case for "notmine cases".

FINDING is its number in the report or the beginning of its fingerprint; without
one it is the first leak.

Exit codes: 1 it was reproduced · 0 it never came, and how rare it could still be
2 it was not decided · 3 it could not be tried · 4 usage · 130 interrupted.`,
		Example: "  notmine repro notmine-runs/20261122-014500-7f3k\n  notmine repro notmine-runs/20261122-014500-7f3k 3 --max-time 10m",
		Args: func(c *cobra.Command, args []string) error {
			if len(args) < 1 || len(args) > 2 {
				return fmt.Errorf("%s takes a record, and the number or fingerprint of a finding; see %q", c.CommandPath(), c.CommandPath()+" --help")
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			name := ""
			if len(args) > 1 {
				name = args[1]
			}
			return flags.repeat(c.Context(), args[0], name, c.OutOrStdout(), c.ErrOrStderr())
		},
	}
	f := c.Flags()
	f.StringVar(&flags.plan, "plan", "", "the plan, if it is no longer where the record says")
	flags.add(c, "folder of the runs (default repro beside the record)", "no progress")
	f.Int64Var(&flags.seed, "seed", 0, "seed of the schedules (default: the record's)")
	f.DurationVar(&flags.maxTime, "max-time", 15*time.Minute, "end with what is known by then")
	f.BoolVar(&flags.shrink, "shrink", true, "leave out what the finding does not need")
	f.StringVar(&flags.cases, "cases", casesFolder, "folder that the case is written to")
	return c
}

// repeat repeats a finding of a record.
func (f reproFlags) repeat(ctx context.Context, path, name string, stdout, stderr io.Writer) error {
	if err := lasting(f.maxTime); err != nil {
		return err
	}
	dir, err := runFolder(path)
	if err != nil {
		return err
	}
	run, err := record.ReadFile(filepath.Join(dir, checks.RecordFile))
	if err != nil {
		return err
	}
	findings, err := isolation.Apply(run, suite.Checks)
	if err != nil {
		return err
	}
	number, err := choose(findings, name)
	if err != nil {
		return err
	}
	p, end, err := f.planOf(run, stderr)
	if err != nil {
		return err
	}
	defer end()
	return f.follow(ctx, p, dir, run, findings[number-1], number, stdout, stderr)
}

// follow repeats a finding of a run with the plan that it had, and prints what
// comes of it.
func (f reproFlags) follow(ctx context.Context, p *plan.Plan, dir string, run *record.Run, finding isolation.Finding, number int, stdout, stderr io.Writer) error {
	stdout, stderr = quoting(stdout, stderr)
	fmt.Fprintf(stdout, "finding %d  %s\n           %s, first in phase %s, round %d\n", number, clean(finding.Message.String()), clean(finding.Check), clean(finding.Phase), finding.Round)
	ctx, cancel := context.WithTimeoutCause(ctx, f.maxTime, crowd.ErrTimeUp)
	defer cancel()
	again := &checks.Again{Finding: finding, Options: checks.Options{
		Dir: cmp.Or(f.out, filepath.Join(dir, "repro")), Tool: version, Seed: cmp.Or(f.seed, run.Header.Seed), Demo: run.Header.Demo,
		Start: checks.Browser(f.browser, f.headed),
	}}
	return f.again(ctx, again, p, run.Header, stdout, stderr)
}

// again repeats a finding, keeps what comes of it as a case, and tells of both.
func (f reproFlags) again(ctx context.Context, again *checks.Again, p *plan.Plan, header record.Header, stdout, stderr io.Writer) error {
	live := newLive(stderr, f.quiet)
	again.Progress = live.progress
	repeated, err := again.Repeat(ctx, p, checks.Repeating{
		Shrink: f.shrink, Within: f.maxTime,
		Whole: func(m repro.Measured) {
			live.end()
			fmt.Fprintf(stderr, "%s; now with all that came before\n", clean(m.Text().String()))
		},
		Measured: func(m repro.Measured) {
			live.end()
			fmt.Fprintln(stdout, clean(m.Text().String()))
			if m.Seen != "" {
				fmt.Fprintf(stdout, "open       %s\n", filepath.Join(m.Seen, report.HTMLFile))
			}
		},
		Judged: func(c repro.Candidate) {
			live.end()
			if !f.quiet {
				fmt.Fprintln(stderr, clean(c.Text().String()))
			}
		},
	})
	live.end()
	if err != nil {
		return err
	}
	if shrunk := repeated.Shrunk; shrunk != nil {
		fmt.Fprintln(stdout, clean(shrunk.Text().String()))
		tellLast(stdout, shrunk)
	}
	if repeated.Measured.Hits > 0 {
		if err := f.keep(ctx, again, repeated, header, stdout, live); err != nil {
			return err
		}
	}
	return repeatedCode(ctx, repeated.Measured)
}

// tellLast tells how often the smallest plan shows the finding, and why it is no
// smaller.
func tellLast(stdout io.Writer, s *repro.Shrunk) {
	if s.Smaller() {
		fmt.Fprintf(stdout, "then       %s (%s)\n", clean(s.Last.Text().String()), clean(s.Why.String()))
	} else {
		fmt.Fprintf(stdout, "           nothing was left out: %s\n", clean(s.Why.String()))
	}
}

// repeatedCode gives what was measured its exit code.
func repeatedCode(ctx context.Context, measured repro.Measured) error {
	switch {
	case measured.Hits > 0:
		return &codeError{code: exitLeak}
	case errors.Is(context.Cause(ctx), crowd.ErrInterrupted):
		return &codeError{code: exitInterrupted}
	case measured.Rounds == 0:
		return &codeError{code: exitTarget}
	case !measured.Why.IsZero():
		return &codeError{code: exitUndecided}
	}
	return nil
}

// choose returns the number of a finding that is named by it, or by its
// fingerprint; that of the first leak without a name.
func choose(findings []isolation.Finding, name string) (int, error) {
	n, notANumber := strconv.Atoi(name)
	for i, f := range findings {
		switch {
		case name == "" && f.Level == isolation.Leak, notANumber == nil && n == i+1, len(name) >= 4 && strings.HasPrefix(f.Fingerprint, name):
			return i + 1, nil
		}
	}
	if name == "" {
		return 0, errors.New("the record has no leak; name another finding by its number in the report")
	}
	return 0, fmt.Errorf("the record has no finding %q: it is a number from 1 to %d, or the beginning of a fingerprint", name, len(findings))
}

// planOf loads the plan of a record, or stages its demonstration, and returns
// what ends that.
func (f reproFlags) planOf(run *record.Run, stderr io.Writer) (*plan.Plan, func(), error) {
	if run.Header.Demo != "" && f.plan == "" {
		return stage(run.Header.Demo)
	}
	path := f.plan
	if path == "" {
		path = run.Header.Plan.File
	}
	p, err := plan.Load(path)
	if err != nil {
		return nil, nil, err
	}
	if p.Digest != run.Header.Plan.Digest {
		fmt.Fprintln(stderr, "notmine: the plan is not as it was when the record was made")
	}
	p.Evidence = run.Header.Plan.Evidence
	if run.MadeUp() { // by a hunt
		p.Phases = run.Header.Plan.Phases
	}
	return p, func() {}, nil
}
