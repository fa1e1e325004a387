package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"notmine/checks"
	"notmine/checks/gate"
	"notmine/checks/plan"
	"notmine/checks/record"
	"notmine/checks/report"
	"notmine/checks/repro"
)

// huntFlags are those of hunt.
type huntFlags struct {
	drivingFlags
	symptom repro.Symptom
	saw     string
	seed    int64
	maxTime time.Duration
	shrink  bool
	cases   string
}

func huntCommand() *cobra.Command {
	var flags huntFlags
	c := &cobra.Command{
		Use:   "hunt PLAN",
		Short: "Look for a leak that somebody reported, in all ways that such leaks have had",
		Long: `Hunt starts from a report instead of a record: somebody saw a stranger's data, and
nobody knows how. It tries every order and modifier that the plan has what it needs
for, those first in which such symptoms have been seen, and shares its time between
them by what they yield. Events and changes of the plan are done many times.

When it has found a leak, it repeats it and leaves out what it does not need, as
repro does. Otherwise it says for each way how often it was tried and which rate
that excludes, and what could not be tried. Whatever is known of the report helps,
and all of it may be left out: nothing is not looked for because of it, but other
views than the one that is named.

Exit codes: 1 a leak was found · 0 none, and how rare it could still be
2 nothing is known of some way · 3 the target or its logins failed
4 bad plan or usage · 130 interrupted.`,
		Example: "  notmine hunt mail.yaml --view inbox\n" +
			"  notmine hunt mail.yaml --viewer bob --owner alice --saw picture --after failover --max-time 1h",
		Args: exactArgs(1, "the plan"),
		RunE: func(c *cobra.Command, args []string) error {
			return flags.hunt(c.Context(), args[0], c.OutOrStdout(), c.ErrOrStderr())
		},
	}
	f := c.Flags()
	f.StringVar(&flags.symptom.Viewer, "viewer", "", "account that was shown it")
	f.StringVar(&flags.symptom.Owner, "owner", "", "account whose data it was")
	f.StringVar(&flags.symptom.View, "view", "", "where it was seen: only this view is looked at, and those it comes after")
	f.StringVar(&flags.saw, "saw", "", "what was seen: "+saws(", "))
	f.BoolVar(&flags.symptom.SinceDeploy, "since-deploy", false, "it was never seen before the last release")
	f.StringVar(&flags.symptom.After, "after", "", "event or change of the plan after which it was seen")
	f.DurationVar(&flags.maxTime, "max-time", 30*time.Minute, "give up after this time; repeating what was found may take as long again")
	f.BoolVar(&flags.shrink, "shrink", true, "leave out what the finding does not need")
	f.StringVar(&flags.cases, "cases", casesFolder, "folder that the case is written to")
	flags.add(c, "run folder (default notmine-runs/<run id>)", "no progress")
	f.Int64Var(&flags.seed, "seed", 0, "seed of the schedules and choices (default: a new one, which the record keeps)")
	return c
}

func saws(between string) string {
	var all []string
	for _, s := range repro.Saws {
		all = append(all, string(s))
	}
	return strings.Join(all, between)
}

// hunt hunts with a plan, and follows what it found.
func (f huntFlags) hunt(ctx context.Context, path string, stdout, stderr io.Writer) error {
	if err := lasting(f.maxTime); err != nil {
		return err
	}
	p, err := plan.Load(path)
	if err != nil {
		return err
	}
	f.symptom.Saw = repro.Saw(f.saw)
	if err := f.symptom.Check(p); err != nil {
		return err
	}
	for _, w := range p.Warnings() {
		fmt.Fprintf(stderr, "notmine: %v\n", w)
	}
	if f.seed == 0 {
		f.seed = rand.Int64N(1 << 31)
	}
	id, dir := f.folder()
	f.warn(stderr)
	quotingOut, quotingErr := quoting(stdout, stderr)
	live := newLive(quotingErr, f.quiet)
	hunted, err := checks.Hunt(ctx, p, f.symptom, checks.Hunting{
		Options: checks.Options{
			Dir: dir, ID: id, Tool: version, Seed: f.seed, Start: checks.Browser(f.browser, f.headed),
			Progress: live.progress, Found: live.found,
		},
		Within: f.maxTime,
		Trying: func(w repro.Way, before int) {
			if before > 0 || f.quiet {
				return
			}
			live.end()
			fmt.Fprintf(quotingErr, "trying     %s: %s; %s\n", clean(w.Name), clean(w.Text.String()), clean(w.Why.String()))
		},
	})
	live.end()
	if err != nil {
		return setupCode(err)
	}
	printHunted(quotingOut, hunted, dir)
	if hunted.Finding == nil {
		if code := hunted.Exit(); code != exitClean {
			return &codeError{code: code}
		}
		return nil
	}
	return f.follow(ctx, hunted, dir, stdout, stderr)
}

// follow repeats what was found. That it was found is what counts in the end.
func (f huntFlags) follow(ctx context.Context, hunted *checks.Hunted, dir string, stdout, stderr io.Writer) error {
	run, err := record.ReadFile(filepath.Join(dir, checks.RecordFile))
	if err != nil {
		return &codeError{exitLeak, err}
	}
	again := reproFlags{drivingFlags: f.drivingFlags, seed: f.seed, maxTime: f.maxTime, shrink: f.shrink, cases: f.cases}
	again.out = "" // which was for the hunt
	err = again.follow(ctx, hunted.Plan, dir, run, *hunted.Finding, hunted.Number, stdout, stderr)
	var coded *codeError
	if errors.As(err, &coded) {
		err = coded.err
	}
	return &codeError{exitLeak, err}
}

// printHunted tells what came of a hunt.
func printHunted(w io.Writer, h *checks.Hunted, dir string) {
	took := h.Took.Round(time.Second)
	open := filepath.Join(dir, report.HTMLFile)
	if f := h.Finding; f != nil {
		fmt.Fprintf(w, "found in %v by %s: %s\n", took, clean(h.By.Name), clean(h.By.Text.String()))
		if !h.Is {
			fmt.Fprintf(w, "It is a leak, but not what was described. To hunt on past it, accept its fingerprint\n%s in the file that the plan's accept names.\n", f.Fingerprint)
		}
		fmt.Fprintf(w, "open       %s\n", open)
		return
	}
	switch {
	case h.Exit() == gate.ExitInterrupted:
		fmt.Fprintf(w, "not found in %v, when it was interrupted\n", took)
	case !h.Away.IsZero():
		fmt.Fprintf(w, "not found in %v, when the target failed: %s\n", took, clean(h.Away.String()))
	case h.Exit() == gate.ExitTarget:
		fmt.Fprintf(w, "not found in %v, when the target failed: %s\n", took, clean(h.End.Detail))
	default:
		fmt.Fprintf(w, "not found in %v\n", took)
	}
	fmt.Fprintln(w)
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "WAY\tTRIED\tROUNDS\tSUSPICIOUS\tEXCLUDED")
	for _, t := range h.Ways {
		fmt.Fprintf(table, "%s\t%d\t%d\t%d\t%s\n", clean(t.Name), t.Times, t.Rounds, t.Hits, excluded(t))
	}
	table.Flush()
	fmt.Fprintln(w, "\nA round is a try. Excluded, at 95 %, are leaks that come in more than that share of a way's rounds.")
	if len(h.Unexercised) > 0 {
		fmt.Fprintln(w, "\nnot exercised")
	}
	for _, u := range h.Unexercised {
		fmt.Fprintf(w, "  %s: %s\n", clean(u.What.String()), clean(u.Why.String()))
	}
	fmt.Fprintf(w, "\nopen       %s\n", open)
}

// excluded says which rates the rounds of a way exclude, rounded upwards, so that
// it stays true.
func excluded(t checks.Tried) string {
	if t.Rounds == 0 {
		return "nothing"
	}
	return fmt.Sprintf("above %.1f %%", math.Ceil(t.Bound*1000)/10)
}
