package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"notmine/checks"
)

func judgeCommand() *cobra.Command {
	var formats []string
	var known knownFlags
	var quiet bool
	c := &cobra.Command{
		Use:   "judge RECORD",
		Short: "Judge a record again, without a browser",
		Long: `Judge reads a record (a run folder, or its run.jsonl), judges it by today's
checks, writes the reports beside it, and exits as run does. A record of a run
that was killed is judged as far as it came. What was accepted and known when it
was made still is, unless a flag says otherwise.`,
		Args: exactArgs(1, "a record"),
		RunE: func(c *cobra.Command, args []string) error {
			if err := checkFormats(formats); err != nil {
				return err
			}
			dir, err := runFolder(args[0])
			if err != nil {
				return err
			}
			opts, err := known.read()
			if err != nil {
				return err
			}
			result, err := checks.Judge(dir, nil, formats, opts)
			if err != nil {
				return err
			}
			out, _ := quoting(c.OutOrStdout(), c.ErrOrStderr())
			run, err := summarize(out, dir, result, quiet)
			if err != nil {
				return err
			}
			annotate(c.ErrOrStderr(), dir, run, result)
			return verdictOf(result)
		},
	}
	addFormats(c, &formats)
	known.add(c)
	c.Flags().BoolVar(&quiet, "quiet", false, "one line for the verdict")
	return c
}

func reportCommand() *cobra.Command {
	var formats []string
	var known knownFlags
	c := &cobra.Command{
		Use:   "report RECORD",
		Short: "Write the reports of a record again",
		Long: `Report reads a record (a run folder, or its run.jsonl) and writes its reports
beside it. It exits 0 when they were written, whatever they say. What was accepted
and known when the record was made still is, unless a flag says otherwise.`,
		Args: exactArgs(1, "a record"),
		RunE: func(c *cobra.Command, args []string) error {
			if err := checkFormats(formats); err != nil {
				return err
			}
			dir, err := runFolder(args[0])
			if err != nil {
				return err
			}
			opts, err := known.read()
			if err != nil {
				return err
			}
			if _, err := checks.Judge(dir, nil, formats, opts); err != nil {
				return err
			}
			fmt.Fprintf(c.OutOrStdout(), "wrote the reports to %s\n", dir)
			return nil
		},
	}
	addFormats(c, &formats)
	known.add(c)
	return c
}

// runFolder returns the folder of a record that is named by itself or by its folder.
func runFolder(path string) (string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", fmt.Errorf("reading the record: %w", err)
	}
	if info.IsDir() {
		return path, nil
	}
	if filepath.Base(path) != checks.RecordFile {
		return "", fmt.Errorf("a record is a run folder or its %s, not %s", checks.RecordFile, path)
	}
	return filepath.Dir(path), nil
}
