package main

import (
	"fmt"
	"io"
	"os"

	"notmine/checks/gate"
	"notmine/checks/record"
	"notmine/checks/report"
)

// onGitHub reports whether the command is a step of a job on GitHub.
func onGitHub() bool { return os.Getenv("GITHUB_ACTIONS") == "true" }

// quoting returns stdout and stderr as what may quote the target is printed to
// them: on GitHub, where printed lines can be commands, without any.
func quoting(stdout, stderr io.Writer) (io.Writer, io.Writer) {
	if !onGitHub() {
		return stdout, stderr
	}
	return report.Commandless(stdout), report.Commandless(stderr)
}

// annotate shows on GitHub what a run found, at the lines of its plan and on the
// page of its job. It writes to stderr, because the summary on stdout ends with
// the verdict. What goes wrong here is told and changes no exit code.
func annotate(stderr io.Writer, dir string, run *record.Run, result *gate.Result) {
	if !onGitHub() {
		return
	}
	if err := report.Annotations(stderr, run, result); err != nil {
		fmt.Fprintf(stderr, "notmine: %v\n", err)
	}
	if name := os.Getenv("GITHUB_STEP_SUMMARY"); name != "" {
		if err := appendSummary(name, dir, run, result); err != nil {
			fmt.Fprintf(stderr, "notmine: writing the job's summary: %v\n", err)
		}
	}
}

// appendSummary adds to the file that GitHub reads after the step; other commands
// of the step may have written to it.
func appendSummary(name, dir string, run *record.Run, result *gate.Result) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	if err := report.Markdown(f, run, result, dir); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}
