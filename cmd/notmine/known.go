package main

import (
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"notmine/checks/gate"
	"notmine/checks/plan"
	"notmine/checks/report"
)

// knownFlags name the leaks that are known already.
type knownFlags struct{ accept, baseline string }

func (f *knownFlags) add(c *cobra.Command) {
	flags := c.Flags()
	flags.StringVar(&f.accept, "accept", "", "file of the findings that are accepted until a date (default: the plan's)")
	flags.StringVar(&f.baseline, "baseline", "", "earlier run, as its folder or its "+report.JSONFile+": only what it had not found fails this one")
}

// acceptError is about the file of accepted findings.
type acceptError struct{ err error }

func (e *acceptError) Error() string { return e.err.Error() }
func (e *acceptError) Unwrap() error { return e.err }

// read reads what the flags name; what they do not name is nil.
func (f *knownFlags) read() (known gate.Options, err error) {
	if f.accept != "" {
		if known.Accepted, err = plan.LoadAccepted(f.accept); err != nil {
			return known, &acceptError{err}
		}
	}
	if f.baseline != "" {
		path := f.baseline
		if info, err := os.Stat(path); err == nil && info.IsDir() {
			path = filepath.Join(path, report.JSONFile)
		}
		known.Baseline, err = gate.ReadBaseline(path)
	}
	return known, err
}
