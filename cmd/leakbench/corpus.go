package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"

	"notmine/checks"
	"notmine/checks/gate"
	"notmine/checks/isolation"
	"notmine/checks/plan"
	"notmine/checks/record"
	"notmine/fixtures"
	"notmine/fixtures/catalog"
)

// corpusFile is where the corpus is written to besides the table.
const corpusFile = "corpus.json"

// mechanism is what became of one fault, or of a healthy service.
type mechanism struct {
	Service string `json:"service"`
	Fault   string `json:"fault,omitempty"` // "" for the healthy twin
	Seed    uint64 `json:"seed"`

	Verdict  gate.Verdict `json:"verdict"`
	Reasons  []string     `json:"reasons,omitempty"`
	Served   int          `json:"served"`             // leaks that the service's truth tells: answer, viewer, owner and item
	Reported int          `json:"reported"`           // of them, those that the record tells as well
	Missed   []string     `json:"missed,omitempty"`   // the others
	Invented []string     `json:"invented,omitempty"` // what was reported and never served
	Left     int          `json:"left"`               // visits that found what the account before had left in the browser
	Others   []string     `json:"others,omitempty"`   // findings that are no leak of a marker
	Phase    string       `json:"phase,omitempty"`    // in which the first leak was seen
	Round    int          `json:"round,omitempty"`
	Solo     bool         `json:"solo"` // each account alone would have seen it
	Causes   []string     `json:"causes,omitempty"`
	Visits   int          `json:"visits"`
	Seconds  float64      `json:"seconds"`

	// Spent is what each phase cost, in seconds.
	Spent map[string]float64 `json:"spent"`
}

// found reports whether a finding of level leak, or another of the mechanism's, was made.
func (m *mechanism) found() bool { return m.Verdict == gate.Leak || len(m.Others) > 0 }

// corpusAll runs each fault of the services, and each service without one, with
// the phases that a plan has by default, and holds what was recorded against
// what the services say they served.
func corpusAll(ctx context.Context, args []string, to io.Writer) error {
	flags := flag.NewFlagSet("corpus", flag.ContinueOnError)
	only := flags.String("only", "*/*", "which, such as webmail/* or */healthy; several are separated by commas")
	accounts := flags.Int("accounts", 8, "how many accounts each service has")
	seeds := flags.Uint64("seeds", 1, "with how many seeds each healthy service is run")
	out := flags.String("out", corpusFile, "file that the figures are written to")
	keep := flags.String("keep", "", "folder that the run folders are kept in (default: they are removed)")
	if err := flags.Parse(args); err != nil {
		return err
	}
	var all []*mechanism
	var wrong error
	table := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "mechanism\tfound in\tserved\treported\tinvented\tleft\tother findings\talone\tcause\tvisits\tseconds")
	for _, s := range catalog.Services {
		if s.Name == "surfaces" {
			continue // it stands for no incident
		}
		for _, setting := range settings(s, *seeds) {
			name := s.Name + "/" + setting.name()
			if ok, err := matches(*only, name); err != nil || !ok {
				if err != nil {
					return err
				}
				continue
			}
			dir := ""
			if *keep != "" {
				dir = filepath.Join(*keep, strings.ReplaceAll(name, "/", "-")+fmt.Sprint("-", setting.seed))
			}
			m, err := corpusRun(ctx, s, setting, *accounts, dir)
			if err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			all = append(all, m)
			m.row(table, name)
			if err := table.Flush(); err != nil {
				return err
			}
			wrong = errors.Join(wrong, m.err(name))
		}
	}
	if len(all) == 0 {
		return fmt.Errorf("nothing is called %s", *only)
	}
	data, err := json.MarshalIndent(all, "", "  ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(*out, append(data, '\n'), 0o644); err != nil {
		return fmt.Errorf("writing the figures: %w", err)
	}
	return wrong
}

// trial is a service's fault, or none, with a seed.
type trial struct {
	fault fixtures.Setting
	seed  uint64
}

func (t trial) name() string {
	if t.fault.Name == "" {
		return "healthy"
	}
	return t.fault.Name
}

// settings are the faults of a service, and it without one with several seeds.
func settings(s catalog.Service, seeds uint64) []trial {
	var all []trial
	for _, f := range s.Faults {
		all = append(all, trial{fixtures.Setting{Name: f.Name}, 1})
	}
	for seed := uint64(1); seed <= seeds; seed++ {
		all = append(all, trial{seed: seed})
	}
	return all
}

// corpusRun runs one trial.
func corpusRun(ctx context.Context, s catalog.Service, t trial, accounts int, keep string) (_ *mechanism, err error) {
	stand, err := s.Make(catalog.Options{Accounts: accounts, Seed: t.seed, Fault: t.fault})
	if err != nil {
		return nil, err
	}
	site, err := fixtures.Open(stand, "127.0.0.1:0", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, site.Close()) }()
	dir, err := os.MkdirTemp("", "leakbench-corpus-")
	if err != nil {
		return nil, fmt.Errorf("making a folder: %w", err)
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, s.Name+".yaml")
	if err := os.WriteFile(file, []byte(stand.Plan(site.URL, site.ControlURL, "")), 0o600); err != nil {
		return nil, fmt.Errorf("writing the plan: %w", err)
	}
	for name, data := range stand.Files {
		if err := os.WriteFile(filepath.Join(dir, path.Base(name)), data, 0o600); err != nil {
			return nil, fmt.Errorf("writing what the plan refers to: %w", err)
		}
	}
	loaded, err := plan.Load(file)
	if err != nil {
		return nil, err
	}
	out := filepath.Join(dir, "run")
	if keep != "" {
		out = keep
	}
	result, err := checks.Run(ctx, loaded, checks.Options{
		Dir: out, Tool: "leakbench", Seed: int64(t.seed), Start: checks.Browser("", false), Formats: []string{"json"},
	})
	if err != nil {
		return nil, err
	}
	run, err := record.ReadFile(filepath.Join(out, checks.RecordFile))
	if err != nil {
		return nil, err
	}
	m := &mechanism{
		Service: s.Name, Fault: t.fault.Name, Seed: t.seed, Verdict: result.Verdict, Reasons: result.Reasons,
		Visits: result.Coverage.Visits, Seconds: result.Run.Seconds, Spent: map[string]float64{},
	}
	m.findings(result)
	return m, m.hold(run, stand.Truth.Report())
}

// findings notes what the run found besides what the truth is held against.
func (m *mechanism) findings(result *gate.Result) {
	for _, f := range result.Findings {
		if f.Level == isolation.Leak && m.Phase == "" {
			m.Phase, m.Round = f.Phase, f.Round
		}
		if f.Cause != "" && !slices.Contains(m.Causes, f.Cause) {
			m.Causes = append(m.Causes, f.Cause)
		}
		if f.Check == "canary" && f.Level == isolation.Leak || f.Level == isolation.Note {
			continue
		}
		if name := fmt.Sprintf("%s (%s)", f.Check, f.Level); !slices.Contains(m.Others, name) {
			m.Others = append(m.Others, name)
		}
	}
	for _, ph := range result.Phases {
		m.Spent[ph.Name] = ph.Seconds
		if ph.Order == plan.Solo && ph.LeakingVisits > 0 {
			m.Solo = true
		}
	}
}

// leak is whose what was given to whom, in answer to a request that a trace names.
type leak struct{ trace, viewer, owner, item string }

func (l leak) String() string {
	return fmt.Sprintf("%s was given %s's %s (%s)", l.viewer, l.owner, l.item, l.trace)
}

// hold holds a record against the truth. Both know a request by its traceparent:
// a stream has that of the visit which opened it.
func (m *mechanism) hold(run *record.Run, truth fixtures.Report) error {
	pass, err := isolation.NewPass(run)
	if err != nil {
		return err
	}
	names := map[string]string{} // login → account
	for _, a := range run.Header.Plan.Accounts {
		names[a.Login] = a.Name
	}
	served := map[leak]bool{}
	for _, l := range truth.Leaks {
		if l.Traceparent != "" {
			served[leak{l.Traceparent, names[l.Viewer], names[l.Owner], l.Item}] = true
		}
	}
	reported := map[leak]bool{}
	for _, o := range run.Observations {
		traces := map[string]bool{}
		for _, e := range o.Exchanges {
			traces[e.Trace] = true
		}
		left := false
		for _, s := range pass.Leaks(o) {
			if o.Before != "" && s.Owner == o.Before {
				left = true
				continue
			}
			told := false
			for trace := range traces {
				l := leak{trace, o.Account, s.Owner, s.Item}
				if served[l] {
					reported[l], told = true, true
				}
			}
			if !told && !kept(s.Surface) {
				m.Invented = append(m.Invented, fmt.Sprintf("%s round %d: %s on %s was given %s's %s in %s %s",
					o.Phase, o.Round, o.Account, o.View, s.Owner, s.Item, s.Surface, s.Path))
			}
		}
		if left {
			m.Left++
		}
	}
	m.Served, m.Reported = len(served), len(reported)
	for l := range served {
		if !reported[l] {
			m.Missed = append(m.Missed, l.String())
		}
	}
	slices.Sort(m.Missed)
	return nil
}

// kept tells the surfaces of what a browser keeps: what is there was served in
// an earlier visit.
func kept(surface string) bool {
	return slices.Contains([]string{record.Storage, record.Database, record.Cache, record.History, record.Cookies, record.Blob}, surface)
}

func (m *mechanism) row(to io.Writer, name string) {
	where := "-"
	if m.Phase != "" {
		where = fmt.Sprintf("%s r%d", m.Phase, m.Round)
	}
	alone := "-"
	if m.Solo {
		alone = "yes"
	}
	or := func(texts []string) string {
		if len(texts) == 0 {
			return "-"
		}
		return strings.Join(texts, ", ")
	}
	fmt.Fprintf(to, "%s\t%s\t%d\t%d\t%d\t%d\t%s\t%s\t%s\t%d\t%.0f\n",
		name, where, m.Served, m.Reported, len(m.Invented), m.Left, or(m.Others), alone, or(m.Causes), m.Visits, m.Seconds)
}

// leastRecall is how much of what was served has to be reported.
const leastRecall = 0.99

// err says what of a trial is not as it should be.
func (m *mechanism) err(name string) error {
	var wrong error
	if m.Fault == "" {
		if m.Verdict == gate.Leak || len(m.Others) > 0 {
			wrong = fmt.Errorf("%s, seed %d: verdict %s, findings %v", name, m.Seed, m.Verdict, m.Others)
		}
		if m.Served > 0 {
			wrong = errors.Join(wrong, fmt.Errorf("%s, seed %d: it leaked %d times", name, m.Seed, m.Served))
		}
	} else {
		if !m.found() {
			wrong = fmt.Errorf("%s: not found", name)
		}
		if float64(m.Reported) < leastRecall*float64(m.Served) {
			wrong = errors.Join(wrong, fmt.Errorf("%s: %d of %d leaks were missed, such as: %s", name, len(m.Missed), m.Served, m.Missed[0]))
		}
	}
	if len(m.Invented) > 0 {
		wrong = errors.Join(wrong, fmt.Errorf("%s: %d reports of what was never served, such as: %s", name, len(m.Invented), m.Invented[0]))
	}
	return wrong
}
