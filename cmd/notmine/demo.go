package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"notmine/checks/gate"
	"notmine/checks/plan"
	"notmine/checks/record"
	"notmine/fixtures"
	"notmine/fixtures/webmail"
)

// story is what happened, as the court found it: Seoul Central District Court
// 2008가단407653, judgment of 11 August 2010.
const story = `
22 July 2008, Seoul. A webmail with millions of users rolls out a small program
at about 15:10: it shows each user their last login. Minutes later people see
their own name above somebody else's mail, a different stranger's at each click.
The program kept "the user who is asking" in one place for everybody: whoever
asked last was the one whose mail was shown to all who were connected just then.
Repeated tests had passed. They had been made by one person at a time.

Here is a stand-in for that webmail%s. Eight accounts log in,
each in its own browser, and look: first one after the other, then together.

`

func demoCommand() *cobra.Command {
	var flags runFlags
	var fixed bool
	c := &cobra.Command{
		Use:   "demo",
		Short: "See it find the mixed mailbox of July 2008, with nothing to set up",
		Long: `Demo starts a stand-in webmail with the bug of July 2008, logs in eight accounts
in real browsers, and shows what they were shown. With --fixed the bug is not
there. It exits 0 when the demonstration went as it should: a leak was found, or,
with --fixed, none.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			result, err := demo(c.Context(), flags, fixed, c.OutOrStdout(), c.ErrOrStderr())
			if err != nil {
				return err
			}
			want := gate.Leak
			if fixed {
				want = gate.Clean
			}
			if result.Verdict != want {
				if result.Exit == exitInterrupted || c.Context().Err() != nil {
					return &codeError{code: exitInterrupted}
				}
				return &codeError{max(result.Exit, exitLeak), fmt.Errorf("the demonstration should have ended with %q, and ended with %q", want, result.Verdict)}
			}
			return nil
		},
	}
	flags.add(c)
	c.Flags().BoolVar(&fixed, "fixed", false, "show the healthy twin instead")
	return c
}

func demo(ctx context.Context, flags runFlags, fixed bool, stdout, stderr io.Writer) (*gate.Result, error) {
	if _, err := flags.check(); err != nil {
		return nil, err // before the story begins
	}
	with := " with that bug in it"
	flags.demo = record.DemoLeaky
	if fixed {
		with = ", with the bug mended"
		flags.demo = record.DemoFixed
	}
	p, end, err := stage(flags.demo)
	if err != nil {
		return nil, err
	}
	defer end()
	if !flags.quiet {
		fmt.Fprintf(stdout, story, with)
	}
	return drive(ctx, p, flags, stdout, stderr)
}

// stage starts the stand-in of a demonstration and returns its plan, and what
// ends it.
func stage(d record.Demo) (*plan.Plan, func(), error) {
	setting := fixtures.Setting{Name: "last-writer-current-user"}
	if d == record.DemoFixed {
		setting = fixtures.Setting{}
	}
	mail, err := webmail.New(webmail.Options{Seed: 2008, Fault: setting})
	if err != nil {
		return nil, nil, err
	}
	site, err := fixtures.Open(mail, "127.0.0.1:0", "127.0.0.1:0")
	if err != nil {
		return nil, nil, err
	}
	p, err := loaded(mail.Plan(site.URL, webmail.PlanOptions{Together: 20, Lang: "ko"}))
	if err != nil {
		site.Close()
		return nil, nil, err
	}
	p.Evidence = plan.Full // nobody's data but the stand-in's
	return p, func() { site.Close() }, nil
}

// loaded loads the text of a plan, from a file that is gone afterwards.
func loaded(text string) (*plan.Plan, error) {
	dir, err := os.MkdirTemp("", "notmine-demo-")
	if err != nil {
		return nil, fmt.Errorf("making a folder for the plan: %w", err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "webmail.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		return nil, fmt.Errorf("writing the plan: %w", err)
	}
	p, err := plan.Load(path)
	if err != nil {
		return nil, err
	}
	p.File = filepath.Base(path)
	return p, nil
}
