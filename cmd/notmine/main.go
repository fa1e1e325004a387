// The notmine command logs many test accounts into a staging service at once,
// each in a real, isolated browser, and says when one of them is given something
// that is not theirs.
//
// There is one file for each subcommand; none holds logic beyond flags, files
// and exit codes.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"notmine/checks"
	"notmine/checks/browser"
	"notmine/checks/crowd"
	"notmine/checks/plan"
)

// Exit codes. A leak outranks everything.
const (
	exitClean       = 0
	exitLeak        = 1
	exitUndecided   = 2
	exitTarget      = 3
	exitUsage       = 4
	exitInterrupted = 130
)

// version is set when a release is built.
var version = "devel"

func main() {
	ctx, stop := interruptible()
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// interruptible returns a context that the first Ctrl-C or SIGTERM ends; the
// run then judges what it has. A second one ends the process at once.
func interruptible() (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(context.Background())
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-signals
		cancel(crowd.ErrInterrupted)
		<-signals
		os.Exit(exitInterrupted)
	}()
	return ctx, func() { signal.Stop(signals); cancel(nil) }
}

// codeError is an error with the exit code that follows from it.
type codeError struct {
	code int
	err  error // nil when everything was said already
}

func (e *codeError) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit code %d", e.code)
	}
	return e.err.Error()
}
func (e *codeError) Unwrap() error { return e.err }

// run is the whole command: arguments in, exit code out.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	root := rootCommand()
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitClean
	}
	code := exitUsage
	var coded *codeError
	if errors.As(err, &coded) {
		code = coded.code
		if coded.err == nil {
			return code
		}
	}
	_, stderr = quoting(stdout, stderr) // an error may quote the target
	fmt.Fprintf(stderr, "notmine: %v\n", err)
	if hint := hintFor(err); hint != "" {
		fmt.Fprintf(stderr, "notmine: hint: %s\n", hint)
	}
	return code
}

// hintFor says what the user can do about an error.
func hintFor(err error) string {
	var mistakes plan.Mistakes
	var accept *acceptError
	var setup *checks.SetupError
	switch {
	case errors.Is(err, browser.ErrNoBrowser):
		return "install chromium-headless-shell, chromium or Chrome, or name one with --browser PATH"
	case errors.Is(err, browser.ErrShared):
		return "nothing this browser shows could be believed; use another one with --browser PATH"
	case errors.As(err, &setup):
		return "does the browser start by itself? try it with --version, or name another with --browser PATH"
	case errors.As(err, &accept) && errors.As(err, &mistakes):
		return "each entry is {fingerprint: …, reason: …, owner: …, expires: 2026-12-31}, the fingerprint as a report has it"
	case errors.As(err, &mistakes):
		return "`notmine init` writes a plan with every field explained"
	case errors.Is(err, os.ErrExist):
		return "a record is never written over; choose another folder with --out DIR"
	}
	return ""
}

func rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:   "notmine",
		Short: "Find what one logged-in user is shown of another's",
		Long: `notmine logs many test accounts into a staging service at once, each in a real,
isolated headless browser, and says when one of them is given something that is
not theirs: on the page, in an answer's body, in a header, in a stream.

Start with "notmine demo", then "notmine init" for your own service.`,
		Version:               version,
		SilenceErrors:         true,
		SilenceUsage:          true,
		DisableFlagsInUseLine: true,
		// Suggestions are made for names this close, in letters.
		SuggestionsMinimumDistance: 2,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return nil
			}
			message := fmt.Sprintf("no command is called %q", args[0])
			if near := c.SuggestionsFor(args[0]); len(near) > 0 {
				message += " (did you mean " + strings.Join(near, " or ") + "?)"
			}
			return errors.New(message + "; \"notmine --help\" lists the commands")
		},
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return fmt.Errorf("%w; \"%s --help\" says what it takes", err, c.CommandPath())
	})
	root.SetVersionTemplate("notmine {{.Version}}\n")
	root.CompletionOptions.DisableDefaultCmd = true
	root.AddCommand(
		demoCommand(), initCommand(), checkCommand(), runCommand(), judgeCommand(),
		reportCommand(), reproCommand(), huntCommand(), casesCommand(), fixtureCommand(), listCommand(), schemaCommand(),
	)
	root.SetHelpCommand(helpCommand())
	return root
}
