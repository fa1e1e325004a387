package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"text/tabwriter"

	"notmine/checks"
	"notmine/checks/gate"
	"notmine/checks/isolation"
	"notmine/checks/record"
	"notmine/fixtures"
	"notmine/fixtures/webmail"
)

// score is what notmine reported beside what the service served.
type score struct {
	visits   int // all visits of the run
	served   int // visits that the service's truth says were given another's data
	reported int // visits that notmine says were
	missed   []string
	invented []string
	verdict  gate.Verdict
	bound    *float64
}

// scoreRun runs a webmail with a fault through notmine and holds the record
// against the truth. Both know a visit by its traceparent.
func scoreRun(ctx context.Context, setting fixtures.Setting, rounds int) (s score, err error) {
	mail, err := open(webmail.Options{Seed: 1, Fault: setting}, webmail.PlanOptions{Together: rounds}, nil)
	if err != nil {
		return s, err
	}
	defer func() { err = errors.Join(err, mail.Close()) }()
	dir, err := os.MkdirTemp("", "leakbench-run-")
	if err != nil {
		return s, fmt.Errorf("making a run folder: %w", err)
	}
	defer os.RemoveAll(dir)
	result, err := checks.Run(ctx, mail.plan, checks.Options{
		Dir: dir, Tool: "leakbench", Seed: 1, Start: checks.Browser("", false), Formats: []string{"json"},
	})
	if err != nil {
		return s, err
	}
	run, err := record.ReadFile(filepath.Join(dir, checks.RecordFile))
	if err != nil {
		return s, err
	}
	pass, err := isolation.NewPass(run)
	if err != nil {
		return s, err
	}
	served := map[string]bool{}
	for _, leak := range mail.mail.Truth().Report().Leaks {
		served[leak.Traceparent] = leak.Traceparent != ""
	}
	s.verdict, s.bound, s.visits = result.Verdict, result.Coverage.RateBound95, len(run.Observations)
	for _, o := range run.Observations {
		name := fmt.Sprintf("%s %s round %d %s", o.Phase, o.View, o.Round, o.Account)
		reported := len(pass.Leaks(o)) > 0
		truly := false
		for _, e := range o.Exchanges {
			// A stream of an earlier visit that is still open has that visit's trace.
			truly = truly || (served[e.Trace] && !e.Start.Before(o.Start))
		}
		if truly {
			s.served++
		}
		if reported {
			s.reported++
		}
		switch {
		case truly && !reported:
			s.missed = append(s.missed, name)
		case reported && !truly:
			s.invented = append(s.invented, name)
		}
	}
	return s, nil
}

// scored are the faults and rates that are held against the truth.
var scored = []fixtures.Setting{
	{},
	{Name: webmail.LastWriterCurrentUser, Rate: 1},
	{Name: webmail.LastWriterCurrentUser, Rate: 0.1},
	{Name: webmail.LastWriterCurrentUserBodies, Rate: 1},
	{Name: webmail.CacheKeyNoUser, Rate: 1},
	{Name: webmail.CacheKeyNoUser, Rate: 0.1},
	{Name: webmail.CollapsedInflight, Rate: 1},
	{Name: webmail.CollapsedInflight, Rate: 0.1},
}

func scoreAll(ctx context.Context, to io.Writer) error {
	table := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "fault\trate\tvisits\tserved\treported\tmissed\tinvented\tverdict")
	var wrong error
	for _, setting := range scored {
		s, err := scoreRun(ctx, setting, 30)
		if err != nil {
			return err
		}
		name := setting.Name
		if name == "" {
			name = "none (healthy)"
		}
		fmt.Fprintf(table, "%s\t%.0f %%\t%d\t%d\t%d\t%d\t%d\t%s\n",
			name, setting.Rate*100, s.visits, s.served, s.reported, len(s.missed), len(s.invented), s.verdict)
		if len(s.missed)+len(s.invented) > 0 {
			wrong = errors.Join(wrong, fmt.Errorf("%s: missed %v, invented %v", name, s.missed, s.invented))
		}
	}
	return errors.Join(table.Flush(), wrong)
}
