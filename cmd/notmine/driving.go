package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"notmine/checks"
)

// drivingFlags are those of every command that drives browsers.
type drivingFlags struct {
	out     string
	browser string
	headed  bool
	quiet   bool
}

// add adds the flags; out and quiet say what these two do.
func (f *drivingFlags) add(c *cobra.Command, out, quiet string) {
	flags := c.Flags()
	flags.StringVar(&f.out, "out", "", out)
	flags.StringVar(&f.browser, "browser", "", "path of the browser (default: the first of chromium-headless-shell, chromium, chrome that is installed)")
	flags.BoolVar(&f.headed, "headed", false, "show the browser windows")
	flags.BoolVar(&f.quiet, "quiet", false, quiet)
}

// folder returns the id of a new run, and the folder for it.
func (f *drivingFlags) folder() (id, dir string) {
	id = checks.NewRunID(time.Now())
	if f.out != "" {
		return id, f.out
	}
	return id, filepath.Join("notmine-runs", id)
}

// warn says what is not as it should be with the browser that is started.
func (f *drivingFlags) warn(stderr io.Writer) {
	if os.Geteuid() == 0 && !f.quiet {
		fmt.Fprintln(stderr, "notmine: running as root, so the browser runs without its sandbox")
	}
}

// lasting reports a time that nothing can be done in.
func lasting(maxTime time.Duration) error {
	if maxTime <= 0 {
		return fmt.Errorf("--max-time %v: it takes some time, such as 10m", maxTime)
	}
	return nil
}
