package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"notmine/checks"
	"notmine/checks/crowd"
	"notmine/checks/gate"
	"notmine/checks/phrase"
	"notmine/checks/plan"
	"notmine/checks/record"
	"notmine/checks/report"
	"notmine/checks/repro"
	"notmine/checks/script"
)

// casesFolder is where cases are written, and looked for.
const casesFolder = "notmine-cases"

// casesFlags are those of cases.
type casesFlags struct {
	drivingFlags
	target   string
	accounts string
	maxTime  time.Duration
	noScript bool
}

func casesCommand() *cobra.Command {
	var flags casesFlags
	c := &cobra.Command{
		Use:   "cases [DIR | CASE]...",
		Short: "Run kept cases: does what once leaked leak still?",
		Long: `Cases runs the cases that repro and hunt have written, each until its finding
comes or has stayed away for as many tries as the case asks for, and says of each
that it still leaks, that it is fixed, and how sure that is, or that it could not
be told. Without arguments it runs those in ` + casesFolder + `. A case that needs no
browser is run without one, unless that does not tell.

The passwords are those of the plan that a case was made from. --accounts FILE,
a plan or a CSV file, gives others: accounts of the same names, or else those that
a column "role" calls viewer, owner and other, or else the first ones.

Exit codes: 0 all fixed · 1 something leaks · 2 something could not be told
3 the target or its logins failed · 4 usage · 130 interrupted.`,
		Example: "  notmine cases\n  notmine cases --target https://staging.example.test --accounts staging.csv",
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				args = []string{casesFolder}
			}
			return flags.run(c.Context(), args, c.OutOrStdout(), c.ErrOrStderr())
		},
	}
	f := c.Flags()
	f.StringVar(&flags.target, "target", "", "another target than the cases', such as https://staging.example.test")
	f.StringVar(&flags.accounts, "accounts", "", "plan or CSV file whose accounts play the roles of the cases'")
	flags.add(c, "folder of the runs and reports (default notmine-runs/<run id>)", "no progress")
	f.DurationVar(&flags.maxTime, "max-time", 0, "end with what is known by then")
	f.BoolVar(&flags.noScript, "no-script", false, "run every case in a browser")
	return c
}

// kept is a case with the file that keeps it.
type kept struct {
	file   string
	plan   *plan.Plan
	script *script.Script // nil when there is none, or none is wanted
	end    func()         // of its target, if that is a stand-in
}

func (f casesFlags) run(ctx context.Context, paths []string, stdout, stderr io.Writer) error {
	if f.maxTime < 0 {
		return lasting(f.maxTime)
	}
	cases, err := f.load(paths)
	if err != nil {
		return err
	}
	defer func() {
		for _, c := range cases {
			c.end()
		}
	}()
	if f.maxTime > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, f.maxTime, crowd.ErrTimeUp)
		defer cancel()
	}
	begun := time.Now()
	_, dir := f.folder()
	if _, err := os.Lstat(filepath.Join(dir, report.JSONFile)); err == nil {
		return fmt.Errorf("%s holds reports already: %w", dir, fs.ErrExist)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("making the folder of the runs: %w", err)
	}
	f.warn(stderr)
	stdout, stderr = quoting(stdout, stderr)
	all, failed := report.Cases{Notmine: 1, Started: begun.UTC()}, false
	for _, c := range cases {
		live := newLive(stderr, f.quiet)
		before := time.Now()
		stood := checks.RunCase(ctx, c.plan, checks.Options{
			Dir: filepath.Join(dir, nameOf(c.file)), Tool: version, Seed: c.plan.Case.Seed, Demo: record.Demo(c.plan.Case.Demo),
			Start: checks.Browser(f.browser, f.headed), Progress: live.progress,
		}, c.script)
		live.end()
		failed = failed || stood.Failed
		one := outcome(c, stood, dir)
		one.Seconds = tenth(time.Since(before))
		all.Cases = append(all.Cases, one)
		tellCase(stdout, one, dir)
	}
	all.Seconds = tenth(time.Since(begun))
	all.Exit = casesExit(ctx, all.Cases, failed)
	if err := report.WriteCases(dir, all); err != nil {
		return err
	}
	fmt.Fprintf(stdout, "\n%s: %s\n", tally(all.Cases), filepath.Join(dir, report.JSONFile))
	if all.Exit != exitClean {
		return &codeError{code: all.Exit}
	}
	return nil
}

// load loads all cases before any is run.
func (f casesFlags) load(paths []string) ([]kept, error) {
	given := plan.Given{Target: f.target}
	if f.accounts != "" {
		accounts, err := plan.LoadAccounts(f.accounts)
		if err != nil {
			return nil, fmt.Errorf("--accounts: %w", err)
		}
		given.Accounts = accounts
	}
	files, err := caseFiles(paths)
	if err != nil {
		return nil, err
	}
	var cases []kept
	for _, file := range files {
		c, err := loadCase(file, given)
		if err == nil && !f.noScript {
			c.script, err = loadScript(c)
		}
		if c.end != nil {
			cases = append(cases, c)
		}
		if err != nil {
			for _, c := range cases {
				c.end()
			}
			return nil, err
		}
	}
	return cases, nil
}

// loadCase loads a case; of the demonstration, with its stand-in as the target.
func loadCase(file string, given plan.Given) (kept, error) {
	c, err := plan.LoadCase(file)
	switch {
	case err != nil:
		return kept{}, err
	case c == nil:
		return kept{}, fmt.Errorf("%s is no case: it has no part `case`; `notmine run` runs a plan", file)
	}
	end := func() {}
	if c.Demo != "" && given.Target == "" {
		staged, stop, err := stage(record.Demo(c.Demo))
		if err != nil {
			return kept{}, err
		}
		end, given.Target = stop, staged.Target
		if given.Accounts == nil {
			given.Accounts = staged.Accounts
		}
	}
	p, err := plan.LoadWith(file, given)
	if err != nil {
		end()
		return kept{}, err
	}
	return kept{file: file, plan: p, end: end}, nil
}

// largestScript bounds a script's file, in bytes.
const largestScript = 4 << 20

// loadScript loads the script of a case; nil when it has none.
func loadScript(c kept) (*script.Script, error) {
	name := c.plan.Case.HTTP.Script
	if name == "" {
		return nil, nil
	}
	folder, err := os.OpenRoot(filepath.Dir(c.file))
	if err != nil {
		return nil, fmt.Errorf("reading the script of %s: %w", c.file, err)
	}
	defer folder.Close()
	file, err := folder.Open(filepath.FromSlash(name))
	if err != nil {
		return nil, fmt.Errorf("reading the script of %s: %w; --no-script does without", c.file, err)
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, largestScript+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("reading the script %s: %w", name, err)
	case len(data) > largestScript:
		return nil, fmt.Errorf("reading the script %s: larger than %d KiB", name, largestScript>>10)
	}
	s, err := script.Parse(data)
	if err != nil {
		return nil, fmt.Errorf("reading the script %s: %w", name, err)
	}
	return s, nil
}

// caseFiles returns the files that paths name: those in a folder, or the files
// themselves.
func caseFiles(paths []string) ([]string, error) {
	var files []string
	for _, path := range paths {
		info, err := os.Stat(path)
		switch {
		case errors.Is(err, fs.ErrNotExist) && path == casesFolder:
			return nil, fmt.Errorf("there are no cases: no folder %s; `notmine repro RECORD` writes one of a finding", casesFolder)
		case err != nil:
			return nil, fmt.Errorf("looking for cases: %w", err)
		case !info.IsDir():
			files = append(files, path)
			continue
		}
		entries, err := os.ReadDir(path)
		if err != nil {
			return nil, fmt.Errorf("looking for cases: %w", err)
		}
		found := len(files)
		for _, e := range entries {
			if ext := filepath.Ext(e.Name()); e.Type().IsRegular() && (ext == ".yaml" || ext == ".yml") && !strings.HasSuffix(e.Name(), scriptEnding) {
				files = append(files, filepath.Join(path, e.Name()))
			}
		}
		if len(files) == found {
			return nil, fmt.Errorf("there are no cases in %s; `notmine repro RECORD` writes one of a finding", path)
		}
	}
	return slices.Compact(files), nil
}

// nameOf is the name of a case's file without its ending.
func nameOf(file string) string {
	return strings.TrimSuffix(filepath.Base(file), filepath.Ext(file))
}

// outcome tells how a case came out, for reports.
func outcome(c kept, stood *checks.Stood, dir string) report.Case {
	one := report.Case{
		File: c.file, Finding: c.plan.Case.Finding.Message, Print: c.plan.Case.Finding.Fingerprint,
		Standing: stood.Standing, Why: stood.Why, Scripted: stood.Scripted, Hits: stood.Tries.Hits, Tries: stood.Tries.Rounds,
	}
	for _, other := range stood.Others {
		one.Others = append(one.Others, other.Message)
	}
	if one.Hits == 0 && one.Tries > 0 {
		bound := gate.UpperBound(one.Tries)
		one.RateBound95 = &bound
	}
	if folder, err := filepath.Rel(dir, stood.Dir); err == nil && stood.Dir != "" {
		one.Folder = folder
	}
	return one
}

func tellCase(stdout io.Writer, c report.Case, dir string) {
	how := ""
	if c.Scripted {
		how = " (without a browser)"
	}
	fmt.Fprintf(stdout, "%-14s  %s%s\n", c.Standing, clean(nameOf(c.File)), how)
	for _, line := range slices.Concat([]phrase.Text{c.Why}, c.Others) {
		fmt.Fprintf(stdout, "%-14s  %s\n", "", clean(line.String()))
	}
	if c.Folder != "" && c.Standing != repro.Fixed {
		fmt.Fprintf(stdout, "%-14s  %s\n", "", filepath.Join(dir, c.Folder, report.HTMLFile))
	}
}

// tally counts cases by where they stand.
func tally(cases []report.Case) string {
	counts := map[repro.Standing]int{}
	for _, c := range cases {
		counts[c.Standing]++
	}
	return fmt.Sprintf("%d still leak, %d fixed, %d could not be told", counts[repro.StillLeaks], counts[repro.Fixed], counts[repro.CouldNotTell])
}

// casesExit returns the exit code that follows; a leak outranks everything.
func casesExit(ctx context.Context, cases []report.Case, failed bool) int {
	stands := func(s repro.Standing) bool {
		return slices.ContainsFunc(cases, func(c report.Case) bool { return c.Standing == s })
	}
	switch {
	case stands(repro.StillLeaks):
		return exitLeak
	case errors.Is(context.Cause(ctx), crowd.ErrInterrupted):
		return exitInterrupted
	case failed:
		return exitTarget
	case stands(repro.CouldNotTell):
		return exitUndecided
	}
	return exitClean
}

func tenth(d time.Duration) float64 {
	return float64(d.Round(100*time.Millisecond)) / float64(time.Second)
}
