package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"slices"

	"notmine/checks/gate"
	"notmine/fixtures"
	"notmine/fixtures/catalog"
)

// corpus is what corpus.json holds: the trials that were run, and their sum.
type corpus struct {
	Settings   settings     `json:"settings"`
	Mechanisms []*mechanism `json:"mechanisms"` // with every request on the broken path
	Twins      []*mechanism `json:"twins"`      // healthy services, one for each seed
	Power      []*mechanism `json:"power"`      // the mechanisms of timing at lower rates
	Summary    summary      `json:"summary"`
}

// settings are what the trials have in common.
type settings struct {
	Accounts int    `json:"accounts"`
	Phases   string `json:"phases"`
	Jobs     int    `json:"jobs,omitempty"` // trials at a time, at most; 0 where it was not written down
}

// defaultPhases, as phases, are those that a plan without any is run with.
const defaultPhases = "default"

// summary is the sum over the trials, those of the power curve included where
// it is about what was served and reported.
type summary struct {
	Mechanisms int     `json:"mechanisms"`
	Found      int     `json:"found"`
	Alone      int     `json:"alone"`       // each account alone would have seen it
	Replayer   int     `json:"replayer"`    // found by the replayer
	RightCause int     `json:"right_cause"` // causes that were named right
	Served     int     `json:"served"`      // leaks, and what was stale
	Reported   int     `json:"reported"`
	Invented   int     `json:"invented"`
	Recall     float64 `json:"recall"`    // reported of served; 1 when nothing was served
	Precision  float64 `json:"precision"` // reported of all that was reported; likewise

	TwinSeeds    int `json:"twin_seeds"` // runs of healthy services
	TwinVisits   int `json:"twin_visits"`
	TwinFindings int `json:"twin_findings"` // kinds of finding in them, and what was invented
	TwinUnclean  int `json:"twin_unclean"`  // runs of them whose verdict is not clean

	Cases *caseSummary `json:"cases,omitempty"` // nil when no run was followed by any
}

// add takes in what became of a trial.
func (c *corpus) add(t trial, m *mechanism) {
	switch {
	case t.fault.Name == "":
		c.Twins = replace(c.Twins, m)
	case t.whole():
		c.Mechanisms = replace(c.Mechanisms, m)
	default:
		c.Power = replace(c.Power, m)
	}
	c.sum()
}

// of returns what became of a trial; nil when it was not run.
func (c *corpus) of(t trial) *mechanism {
	rate := t.fault.Rate
	if t.fault.Name != "" && t.whole() {
		rate = rates[0]
	}
	for _, m := range slices.Concat(c.Mechanisms, c.Twins, c.Power) {
		if m.Service == t.service.Name && m.Fault == t.fault.Name && m.Rate == rate && m.Seed == t.seed {
			return m
		}
	}
	return nil
}

// merge takes in what another run has written, which goes before what is there.
func (c *corpus) merge(later *corpus) {
	jobs := max(c.Settings.Jobs, later.Settings.Jobs)
	c.Settings = later.Settings
	c.Settings.Jobs = jobs
	for _, m := range later.Mechanisms {
		c.Mechanisms = replace(c.Mechanisms, m)
	}
	for _, m := range later.Twins {
		c.Twins = replace(c.Twins, m)
	}
	for _, m := range later.Power {
		c.Power = replace(c.Power, m)
	}
	c.sum()
}

// replace puts a trial in the place of an earlier one of the same, or where the
// catalog has it.
func replace(all []*mechanism, m *mechanism) []*mechanism {
	i := slices.IndexFunc(all, func(o *mechanism) bool {
		return o.name() == m.name() && o.Rate == m.Rate && o.Seed == m.Seed
	})
	if i >= 0 {
		all[i] = m
		return all
	}
	all = append(all, m)
	slices.SortStableFunc(all, func(a, b *mechanism) int {
		return cmp.Or(slices.Compare(a.place(), b.place()), cmp.Compare(b.Rate, a.Rate), cmp.Compare(a.Seed, b.Seed))
	})
	return all
}

// place is where the catalog has a mechanism: its service, and there its fault.
func (m *mechanism) place() []int {
	i := slices.IndexFunc(catalog.Services, func(s catalog.Service) bool { return s.Name == m.Service })
	if i < 0 {
		return nil
	}
	return []int{i, slices.IndexFunc(catalog.Services[i].Faults, func(f fixtures.Fault) bool { return f.Name == m.Fault })}
}

func (c *corpus) sum() {
	s := summary{Mechanisms: len(c.Mechanisms), TwinSeeds: len(c.Twins)}
	for _, m := range slices.Concat(c.Mechanisms, c.Twins, c.Power) {
		s.Served += m.Served + m.ServedStale
		s.Reported += m.Reported + m.ReportedStale
		s.Invented += len(m.Invented)
	}
	for _, m := range c.Mechanisms {
		s.Found += count(m.found())
		s.Alone += count(m.Solo)
		s.Replayer += count(len(c.bypassed(m)) > 0)
		s.RightCause += count(m.Cause == rightCause)
	}
	for _, m := range c.Twins {
		s.TwinVisits += m.Visits
		s.TwinFindings += len(m.Others) + len(m.Invented)
		s.TwinUnclean += count(m.Verdict != gate.Clean)
	}
	s.Recall, s.Precision = share(s.Reported, s.Served), share(s.Reported, s.Reported+s.Invented)
	s.Cases = c.sumCases()
	c.Summary = s
}

func count(is bool) int {
	if is {
		return 1
	}
	return 0
}

func share(part, whole int) float64 {
	if whole == 0 {
		return 1
	}
	return float64(part) / float64(whole)
}

// twins are the runs of a service without a fault.
func (c *corpus) twins(service string) []*mechanism {
	var all []*mechanism
	for _, m := range c.Twins {
		if m.Service == service {
			all = append(all, m)
		}
	}
	return all
}

// bypassed is what the replayer says of a mechanism, without what it says of the
// service's healthy twin as well. Without a twin that was asked, it means nothing.
func (c *corpus) bypassed(m *mechanism) []string {
	twins := c.twins(m.Service)
	if m.Replayer == nil || !slices.ContainsFunc(twins, func(twin *mechanism) bool { return twin.Replayer != nil }) {
		return nil
	}
	alarms := falseAlarms(twins)
	return slices.DeleteFunc(slices.Clone(m.Replayer.Bypassed), func(kind string) bool { return slices.Contains(alarms, kind) })
}

// falseAlarms are the kinds of address that the replayer calls bypassed on
// healthy services.
func falseAlarms(twins []*mechanism) []string {
	var all []string
	for _, m := range twins {
		if m.Replayer != nil {
			all = append(all, m.Replayer.Bypassed...)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// write writes the figures whole, or leaves the file as it was.
func (c *corpus) write(file string) error {
	data, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return fmt.Errorf("writing the figures: %w", err)
	}
	if err := os.WriteFile(file+".part", append(data, '\n'), 0o644); err != nil {
		return fmt.Errorf("writing the figures: %w", err)
	}
	if err := os.Rename(file+".part", file); err != nil {
		return fmt.Errorf("writing the figures: %w", err)
	}
	return nil
}

func readCorpus(file string) (*corpus, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("reading the figures: %w", err)
	}
	c := new(corpus)
	if err := json.Unmarshal(data, c); err != nil {
		return nil, fmt.Errorf("reading the figures in %s: %w", file, err)
	}
	return c, nil
}
