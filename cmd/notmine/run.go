package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"notmine/checks"
	"notmine/checks/crowd"
	"notmine/checks/gate"
	"notmine/checks/plan"
	"notmine/checks/record"
	"notmine/checks/report"
)

// runFlags are the flags of the commands that drive browsers.
type runFlags struct {
	drivingFlags
	seed    int64
	formats []string
	bound   string
	maxTime time.Duration
	known   knownFlags

	evidence string

	annotate bool        // tell a build on GitHub what was found; a demonstration does not
	demo     record.Demo // which demonstration it is; "" for a plan
}

func (f *runFlags) add(c *cobra.Command) {
	f.drivingFlags.add(c, "run folder (default notmine-runs/<run id>)", "no progress, and one line for the verdict")
	flags := c.Flags()
	flags.Int64Var(&f.seed, "seed", 0, "seed of the schedule (default: a new one, which the record keeps)")
	flags.StringVar(&f.bound, "require-bound", "", "a clean run must exclude leaks more frequent than this, such as 0.5% (default: the plan's)")
	flags.DurationVar(&f.maxTime, "max-time", 0, "end the run after this time and judge what was seen, such as 10m")
	flags.StringVar(&f.evidence, "evidence", "", "how much of the pages screenshots and reports show: masked, full or none (default: the plan's)")
	addFormats(c, &f.formats)
}

func addFormats(c *cobra.Command, formats *[]string) {
	c.Flags().StringSliceVar(formats, "report", nil, "reports to write, of "+strings.Join(report.Formats, ",")+" (default all)")
}

func checkFormats(formats []string) error {
	for _, format := range formats {
		if !slices.Contains(report.Formats, format) {
			return fmt.Errorf("--report %s: no such report; there are %s", format, strings.Join(report.Formats, ", "))
		}
	}
	return nil
}

func runCommand() *cobra.Command {
	var flags runFlags
	c := &cobra.Command{
		Use:   "run PLAN",
		Short: "Drive a plan's accounts together, record, judge, report",
		Long: `Run logs in every account of the plan, each in an isolated browser, lets them
look at the plan's views alone and together, and judges what each was given.

Exit codes: 0 clean, with enough looked at · 1 leak · 2 inconclusive
3 the target or its logins failed · 4 bad plan or usage · 130 interrupted
(what was seen is written and judged; a leak still exits 1).`,
		Example: "  notmine run mail.yaml\n  notmine run mail.yaml --max-time 10m --require-bound 0.5% --out nightly",
		Args:    exactArgs(1, "the plan"),
		RunE: func(c *cobra.Command, args []string) error {
			p, err := plan.Load(args[0])
			if err != nil {
				return err
			}
			for _, w := range p.Warnings() {
				fmt.Fprintf(c.ErrOrStderr(), "notmine: %v\n", w)
			}
			flags.annotate = true
			result, err := drive(c.Context(), p, flags, c.OutOrStdout(), c.ErrOrStderr())
			if err != nil {
				return err
			}
			return verdictOf(result)
		},
	}
	flags.add(c)
	flags.known.add(c)
	return c
}

// check reports a flag that says nothing useful, and returns the bound that is
// required; 0 leaves the plan's.
func (f *runFlags) check() (bound float64, err error) {
	if err := checkFormats(f.formats); err != nil {
		return 0, err
	}
	if f.evidence != "" && !slices.Contains(plan.Evidences, plan.Evidence(f.evidence)) {
		return 0, fmt.Errorf("--evidence %s: it is masked, full or none", f.evidence)
	}
	if f.maxTime < 0 {
		return 0, fmt.Errorf("--max-time %v: a run cannot end before it begins", f.maxTime)
	}
	if f.bound != "" {
		if bound, err = plan.ParseRate(f.bound); err != nil {
			return 0, fmt.Errorf("--require-bound: %w", err)
		}
	}
	return bound, nil
}

// verdictOf turns a verdict into an exit code.
func verdictOf(result *gate.Result) error {
	if result.Exit == exitClean {
		return nil
	}
	return &codeError{code: result.Exit}
}

// drive runs a plan with the flags and prints the summary.
func drive(ctx context.Context, p *plan.Plan, flags runFlags, stdout, stderr io.Writer) (*gate.Result, error) {
	bound, err := flags.check()
	if err != nil {
		return nil, err
	}
	if bound > 0 {
		p.Pass.Bound = bound
	}
	if flags.evidence != "" {
		p.Evidence = plan.Evidence(flags.evidence)
	}
	known, err := flags.known.read()
	if err != nil {
		return nil, err
	}
	if known.Accepted != nil {
		p.Accepted = known.Accepted
	}
	if flags.seed == 0 {
		flags.seed = rand.Int64N(1 << 31)
	}
	if flags.maxTime > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, flags.maxTime, crowd.ErrTimeUp)
		defer cancel()
	}
	id, dir := flags.folder()
	flags.warn(stderr)
	quotingOut, quotingErr := quoting(stdout, stderr)
	live := newLive(quotingErr, flags.quiet)
	opts := checks.Options{
		Dir: dir, ID: id, Tool: version, Seed: flags.seed, Demo: flags.demo, Start: checks.Browser(flags.browser, flags.headed),
		Formats: flags.formats, Baseline: known.Baseline, Progress: live.progress, Found: live.found,
	}
	result, err := checks.Run(ctx, p, opts)
	live.end()
	if err != nil {
		return nil, setupCode(err)
	}
	run, err := summarize(quotingOut, dir, result, flags.quiet)
	if err == nil && flags.annotate {
		annotate(stderr, dir, run, result)
	}
	return result, err
}

// setupCode gives an error that kept a run from beginning its exit code.
func setupCode(err error) error {
	var setup *checks.SetupError
	if errors.As(err, &setup) {
		return &codeError{exitTarget, err}
	}
	return err
}

// summarize prints what a run found, and returns its record.
func summarize(stdout io.Writer, dir string, result *gate.Result, quiet bool) (*record.Run, error) {
	run, err := record.ReadFile(filepath.Join(dir, checks.RecordFile))
	if err != nil {
		return nil, err
	}
	o := report.TextOptions{Width: 100, Dir: dir, Quiet: quiet}
	if f := terminalOf(stdout); f != nil {
		o.Color = colors(os.Getenv)
		if width, _, err := term.GetSize(int(f.Fd())); err == nil {
			o.Width = width
		}
	} else if n, err := strconv.Atoi(os.Getenv("COLUMNS")); err == nil && n > 0 {
		o.Width = n
	}
	return run, report.Text(stdout, run, result, o)
}

// exactArgs is cobra's, with a message that says what is missing.
func exactArgs(n int, what string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) != n {
			return fmt.Errorf("%s takes %s and nothing else; see %q", c.CommandPath(), what, c.CommandPath()+" --help")
		}
		return nil
	}
}
