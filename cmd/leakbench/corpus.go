package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"strconv"
	"time"

	"notmine/fixtures"
	"notmine/fixtures/catalog"
)

// corpusFile is where the corpus is written to besides the tables.
const corpusFile = "corpus.json"

// corpusAll runs each fault of the services, and each service without one, with
// the phases that a plan has by default, and holds what was recorded against
// what the services say they served. Or it prints what earlier runs have written.
func corpusAll(ctx context.Context, args []string, to io.Writer) error {
	flags := flag.NewFlagSet("corpus", flag.ContinueOnError)
	only := flags.String("only", "*/*", "which, such as webmail/*, */healthy or */*@5%; several are separated by commas")
	accounts := flags.Int("accounts", 4, "how many accounts each service has")
	seeds := flags.Uint64("seeds", 1, "with how many seeds each healthy service is run")
	power := flags.Bool("power", false, "run the mechanisms of timing at lower rates too, as SERVICE/FAULT@RATE")
	out := flags.String("out", corpusFile, "file that the figures are written to, after each trial")
	keep := flags.String("keep", "", "folder that the run folders are kept in (default: they are removed)")
	jobs := flags.Int("jobs", 1, "how many are run at a time; they take each other's time, and the tables say so")
	resume := flags.Bool("resume", false, "go on with the figures that the file holds: what is in it is not run again")
	cases := flags.Bool("cases", false, "repeat and shrink what each mechanism's run found, hold its case against the service with and without the fault, and hunt it; "+
		"with -resume, what was run without that is only followed if -keep has its record, and otherwise run again from the beginning")
	caseTime := flags.Duration("case-time", 10*time.Minute, "how long repeating and shrinking may take, and measuring a case, and each of its two runs")
	huntTime := flags.Duration("hunt-time", 10*time.Minute, "how long a hunt may take; on a healthy service, if it is more, what it takes to come to each way")
	table := flags.Bool("table", false, "run nothing: print the tables of the files that follow, of which later ones go first")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *table {
		return printCorpora(flags.Args(), to)
	}
	chosen, err := trials(*only, *seeds, *power)
	if err != nil {
		return err
	}
	all := &series{accounts: *accounts, keep: *keep, out: *out, to: to, figures: new(corpus)}
	if *cases {
		all.then = &following{repeat: *caseTime, hunt: *huntTime}
	}
	if *resume {
		if all.figures, err = resumed(*out, *accounts); err != nil {
			return err
		}
	}
	all.figures.Settings = settings{Accounts: *accounts, Phases: defaultPhases, Jobs: max(*jobs, all.figures.Settings.Jobs)}
	wrong := all.run(ctx, chosen, *jobs)
	return errors.Join(all.figures.print(to), wrong)
}

// printCorpora prints the tables of what earlier runs have written.
func printCorpora(files []string, to io.Writer) error {
	if len(files) == 0 {
		return fmt.Errorf("-table wants the files to print, such as %s", corpusFile)
	}
	figures := new(corpus)
	for _, file := range files {
		more, err := readCorpus(file)
		if err != nil {
			return err
		}
		figures.merge(more)
	}
	return figures.print(to)
}

// trial is a service's fault, or none, with a seed.
type trial struct {
	service catalog.Service
	fault   fixtures.Setting
	seed    uint64
}

// mechanism is SERVICE/FAULT, by which it is expected.
func (t trial) mechanism() string { return t.service.Name + "/" + t.fault.Name }

// whole reports whether every request takes the broken path.
func (t trial) whole() bool { return t.fault.Rate == 0 || t.fault.Rate == 1 }

func (t trial) name() string {
	switch {
	case t.fault.Name == "":
		return t.mechanism() + "healthy"
	case t.whole():
		return t.mechanism()
	}
	return t.mechanism() + "@" + percent(t.fault.Rate)
}

// rates are those of the power curve. The first is that of every trial.
var rates = []float64{1, 0.2, 0.05, 0.01}

func percent(rate float64) string { return strconv.FormatFloat(rate*100, 'f', -1, 64) + "%" }

// trials are those that only names, in the order in which they are run: of each
// service its faults, it without one, and the lower points of the power curve.
func trials(only string, seeds uint64, power bool) ([]trial, error) {
	var all []trial
	for _, s := range catalog.Services {
		if s.Name == "surfaces" {
			continue // it stands for no incident
		}
		for _, f := range s.Faults {
			all = append(all, trial{s, fixtures.Setting{Name: f.Name}, 1})
		}
		for seed := uint64(1); seed <= seeds; seed++ {
			all = append(all, trial{service: s, seed: seed})
		}
		for _, f := range s.Faults {
			for _, rate := range rates[1:] {
				if power && expected[s.Name+"/"+f.Name].timing {
					all = append(all, trial{s, fixtures.Setting{Name: f.Name, Rate: rate}, 1})
				}
			}
		}
	}
	var named []trial
	for _, t := range all {
		ok, err := matches(only, t.name())
		if err != nil {
			return nil, err
		}
		if ok {
			named = append(named, t)
		}
	}
	if len(named) == 0 {
		return nil, fmt.Errorf("nothing is called %s", only)
	}
	return named, nil
}
