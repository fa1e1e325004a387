package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"notmine/checks"
	"notmine/checks/plan"
	"notmine/checks/record"
	"notmine/fixtures"
	"notmine/fixtures/surfaces"
)

// cellsAtOnce bounds the views of one run; a plan has no more than 2,000.
const cellsAtOnce = 700

// surfacesAll shows data on every surface in every wrapping, another's and then
// one's own, and prints what was said of each.
func surfacesAll(ctx context.Context, args []string, to io.Writer) error {
	flags := flag.NewFlagSet("surfaces", flag.ContinueOnError)
	only := flags.String("only", "*/*", "places, such as storage/* or body/fetch; several are separated by commas")
	wrappings := flags.String("wrapping", "*", "wrappings, such as base64*; several are separated by commas")
	if err := flags.Parse(args); err != nil {
		return err
	}
	cells, err := chosen(*only, *wrappings)
	if err != nil {
		return err
	}
	began := time.Now()
	others, err := surfacesRun(ctx, cells, true)
	if err != nil {
		return err
	}
	others.print(to)
	fmt.Fprintf(to, "\nanother's data: %s\n", others.totals())
	others.printTrouble(to, "another's data")
	own, err := surfacesRun(ctx, cells, false)
	if err != nil {
		return err
	}
	fmt.Fprintf(to, "\none's own data: %s, %d sightings of another's, %d findings\n", own.totals(), len(own.invented), own.findings)
	own.printTrouble(to, "one's own data")
	others.printReasons(to)
	others.printSlow(to)
	fmt.Fprintf(to, "\n%d visits in %.0f s\n", others.visits+own.visits, time.Since(began).Seconds())
	return errors.Join(others.err("another's data"), own.err("one's own data"))
}

// chosen returns the cells whose place and wrapping match one of the patterns.
func chosen(places, wrappings string) ([]surfaces.Cell, error) {
	var cells []surfaces.Cell
	for _, c := range surfaces.Cells() {
		place, err := matches(places, c.Place.String())
		if err != nil {
			return nil, err
		}
		wrapping, err := matches(wrappings, c.Wrapping.Name)
		if err != nil {
			return nil, err
		}
		if place && wrapping {
			cells = append(cells, c)
		}
	}
	if len(cells) == 0 {
		return nil, fmt.Errorf("no cell is at %s in %s", places, wrappings)
	}
	return cells, nil
}

func matches(patterns, name string) (bool, error) {
	for pattern := range strings.SplitSeq(patterns, ",") {
		ok, err := path.Match(pattern, name)
		if err != nil {
			return false, fmt.Errorf("reading the pattern %q: %w", pattern, err)
		}
		if ok {
			return true, nil
		}
	}
	return false, nil
}

// surfacesRun looks at cells with real browsers and holds what was recorded
// against what the service's table says. broken shows another's data.
func surfacesRun(ctx context.Context, cells []surfaces.Cell, broken bool) (m *matrix, err error) {
	var setting fixtures.Setting
	if broken {
		setting.Name = surfaces.SomeoneElses
	}
	service, err := surfaces.New(surfaces.Options{Seed: 1, Fault: setting})
	if err != nil {
		return nil, err
	}
	site, err := fixtures.Open(service, "127.0.0.1:0", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, site.Close()) }()
	owners := map[string]string{}
	people := service.Accounts()
	for i, a := range people {
		owners[a.Login] = a.Login
		if broken {
			owners[a.Login] = people[(i+1)%len(people)].Login
		}
	}
	m = newMatrix(cells, owners)
	occurring := slices.DeleteFunc(slices.Clone(cells), func(c surfaces.Cell) bool { return c.Why() != "" })
	for batch := range slices.Chunk(occurring, cellsAtOnce) {
		run, findings, err := surfacesRecord(ctx, service, site.URL, batch)
		if err != nil {
			return nil, err
		}
		m.findings += findings
		m.hold(run)
	}
	return m, nil
}

// surfacesRecord runs a plan over cells and returns its record and how many
// findings it has.
func surfacesRecord(ctx context.Context, service *surfaces.Service, url string, cells []surfaces.Cell) (_ *record.Run, findings int, err error) {
	dir, err := os.MkdirTemp("", "leakbench-surfaces-")
	if err != nil {
		return nil, 0, fmt.Errorf("making a run folder: %w", err)
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "surfaces.yaml")
	if err := os.WriteFile(file, []byte(service.Plan(url, surfaces.PlanOptions{Cells: cells, Together: true})), 0o600); err != nil {
		return nil, 0, fmt.Errorf("writing the plan: %w", err)
	}
	for name, data := range service.Files() {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			return nil, 0, fmt.Errorf("writing what the plan refers to: %w", err)
		}
	}
	loaded, err := plan.Load(file)
	if err != nil {
		return nil, 0, err
	}
	out := filepath.Join(dir, "run")
	result, err := checks.Run(ctx, loaded, checks.Options{
		Dir: out, Tool: "leakbench", Seed: 1, Start: checks.Browser("", false), Formats: []string{"json"},
	})
	if err != nil {
		return nil, 0, err
	}
	run, err := record.ReadFile(filepath.Join(out, checks.RecordFile))
	return run, len(result.Findings), err
}
