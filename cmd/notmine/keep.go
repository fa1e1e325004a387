package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"notmine/checks"
	"notmine/checks/plan"
	"notmine/checks/record"
	"notmine/checks/script"
)

// The endings of what stands beside a case that needs no browser.
const (
	scriptEnding = ".http.yaml"
	curlEnding   = ".sh"
)

// keep writes the case of a finding, in place of an earlier one of the same, with
// its script when it comes without a browser as well, and tells where.
func (f reproFlags) keep(ctx context.Context, again *checks.Again, r *checks.Repeated, header record.Header, stdout io.Writer, live *live) error {
	from := ""
	if header.Demo == "" {
		from = cmp.Or(f.plan, header.Plan.File)
		if near, err := relative(f.cases, from); err == nil {
			from = near
		}
	}
	c := again.CaseOf(r, header, filepath.ToSlash(from))
	if err := os.MkdirAll(f.cases, 0o755); err != nil {
		return fmt.Errorf("making the folder of the cases: %w", err)
	}
	file := filepath.Join(f.cases, checks.CaseName(again.Finding))
	// First without the script: what takes time may be interrupted.
	if err := writeCase(file+".yaml", c); err != nil {
		return err
	}
	fmt.Fprintf(stdout, "case       %s\n", file+".yaml")
	if ctx.Err() != nil || !f.shrink {
		return nil
	}
	opts := again.Options
	opts.Start = checks.NotingBrowser(f.browser, f.headed)
	scripted, err := checks.RecordScript(ctx, c, opts, again.Finding)
	live.end()
	switch {
	case err != nil:
		fmt.Fprintf(stdout, "           whether it needs a browser could not be tried: %s\n", clean(err.Error()))
		return nil
	case scripted.Script == nil:
		fmt.Fprintf(stdout, "           it needs a browser: %s\n", clean(scripted.Why.String()))
		return nil
	}
	checks.WithScript(c.Case, filepath.Base(file)+scriptEnding, scripted)
	text, err := scripted.Script.YAML()
	if err != nil {
		return fmt.Errorf("writing the script: %w", err)
	}
	if err := os.WriteFile(file+scriptEnding, text, 0o644); err != nil {
		return fmt.Errorf("writing the script: %w", err)
	}
	if err := os.WriteFile(file+curlEnding, []byte(script.Curl(scripted.Script, c, again.Finding.View)), 0o755); err != nil {
		return fmt.Errorf("writing the commands: %w", err)
	}
	if err := writeCase(file+".yaml", c); err != nil {
		return err
	}
	fmt.Fprintf(stdout, "           without a browser as well: %s\n", clean(scripted.Measured.Text().String()))
	fmt.Fprintf(stdout, "           %s, and as curl commands %s\n", file+scriptEnding, file+curlEnding)
	return nil
}

func writeCase(file string, c *plan.Plan) error {
	data, err := c.YAML()
	if err != nil {
		return fmt.Errorf("writing the case: %w", err)
	}
	if err := os.WriteFile(file, data, 0o644); err != nil {
		return fmt.Errorf("writing the case: %w", err)
	}
	return nil
}

// relative returns a path as it is seen from a folder.
func relative(folder, path string) (string, error) {
	from, err := filepath.Abs(folder)
	if err != nil {
		return "", err
	}
	to, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	return filepath.Rel(from, to)
}
