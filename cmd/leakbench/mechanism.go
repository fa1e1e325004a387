package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"notmine/checks/gate"
	"notmine/checks/isolation"
	"notmine/checks/phrase"
	"notmine/checks/plan"
	"notmine/checks/record"
)

// mechanism is what became of one fault, or of a healthy service.
type mechanism struct {
	Service  string  `json:"service"`
	Fault    string  `json:"fault,omitempty"` // "" for the healthy twin
	Rate     float64 `json:"rate,omitempty"`  // share of requests that take the broken path
	Seed     uint64  `json:"seed"`
	Accounts int     `json:"accounts"`

	Verdict  gate.Verdict  `json:"verdict"`
	Reasons  []phrase.Text `json:"reasons,omitempty"`
	Served   int           `json:"served"`             // leaks that the service's truth tells: answer, viewer, owner and item
	Reported int           `json:"reported"`           // of them, those that the record tells as well
	Missed   []string      `json:"missed,omitempty"`   // the others
	Invented []string      `json:"invented,omitempty"` // what was reported and never served

	// The same of visits: those in which a leak was served, and in which one of
	// them was reported.
	ServedVisits   int `json:"served_visits"`
	ReportedVisits int `json:"reported_visits"`
	// The same of what was superseded and shown inside its audience. Services
	// that do not know of such things serve none.
	ServedStale   int `json:"served_stale"`
	ReportedStale int `json:"reported_stale"`

	Left   int      `json:"left"`             // visits that found what the account before had left in the browser
	Others []string `json:"others,omitempty"` // findings that are no leak of a marker
	Phase  string   `json:"phase,omitempty"`  // in which the first finding was made
	Round  int      `json:"round,omitempty"`
	Before int      `json:"before"` // visits that were over when the first finding's began
	Solo   bool     `json:"solo"`   // each account alone would have seen it
	Causes []string `json:"causes,omitempty"`
	Cause  string   `json:"cause,omitempty"` // whether they are right: right, wrong or unknown; "" when none was asked for
	// Untried is why it could not show; "" when it could.
	Untried string `json:"untried,omitempty"`
	Visits  int    `json:"visits"`

	Replayer *replay `json:"replayer,omitempty"`

	// What followed the run; nil when it was not wanted.
	Case *caseFigures `json:"case,omitempty"`
	Hunt *huntFigures `json:"hunt,omitempty"`

	Acts []string `json:"-"` // items, as the truth calls them, that an account writes when it acts

	Seconds float64 `json:"seconds"`
	// Spent is what each phase cost, in seconds.
	Spent map[string]float64 `json:"spent"`
}

// name is SERVICE/FAULT.
func (m *mechanism) name() string { return m.Service + "/" + m.Fault }

// found reports whether a finding of level leak, or another of the mechanism's, was made.
func (m *mechanism) found() bool { return m.Verdict == gate.Leak || len(m.Others) > 0 }

// findings notes what the run found besides what the truth is held against.
func (m *mechanism) findings(run *record.Run, result *gate.Result, e expectation) {
	first := true
	for _, f := range result.Findings {
		if f.Level == isolation.Note {
			continue
		}
		if first { // of the worst level, which come first
			first = false
			m.Phase, m.Round = f.Phase, f.Round
			for _, o := range run.Observations {
				if o.End.Before(f.At) {
					m.Before++
				}
			}
		}
		if f.Cause != "" && !slices.Contains(m.Causes, f.Cause) {
			m.Causes = append(m.Causes, f.Cause)
		}
		if f.Check == "canary" && f.Level == isolation.Leak {
			continue
		}
		if name := fmt.Sprintf("%s (%s)", f.Check, f.Level); !slices.Contains(m.Others, name) {
			m.Others = append(m.Others, name)
		}
	}
	if m.Fault != "" {
		m.Cause = e.named(m.Causes)
	}
	for _, ph := range result.Phases {
		m.Spent[ph.Name] = ph.Seconds
		if ph.Order == plan.Solo && ph.LeakingVisits > 0 {
			m.Solo = true
		}
	}
}

// line says in one line what became of a trial.
func (m *mechanism) line(name string) string {
	said := fmt.Sprintf("%s: %s, %d of %d leaks", name, m.Verdict, m.Reported, m.Served)
	if m.ServedStale > 0 {
		said += fmt.Sprintf(" and %d of %d stale", m.ReportedStale, m.ServedStale)
	}
	if len(m.Invented) > 0 {
		said += fmt.Sprintf(", %d invented", len(m.Invented))
	}
	if len(m.Others) > 0 {
		said += ", " + strings.Join(m.Others, ", ")
	}
	return fmt.Sprintf("%s, %d visits in %.0f s", said, m.Visits, m.Seconds)
}

// leastRecall is how much of what was served has to be reported.
const leastRecall = 0.99

// err says what of a trial is not as it should be.
func (m *mechanism) err(name string) error {
	var wrong []error
	if m.Fault == "" {
		if m.Verdict != gate.Clean || len(m.Others) > 0 {
			wrong = append(wrong, fmt.Errorf("%s, seed %d: verdict %s, findings %v, reasons: %s",
				name, m.Seed, m.Verdict, m.Others, phrase.Join(m.Reasons, "; ")))
		}
		if m.Served > 0 {
			wrong = append(wrong, fmt.Errorf("%s, seed %d: it leaked %d times", name, m.Seed, m.Served))
		}
	} else {
		// At a low rate nothing may have gone wrong at all.
		if !m.found() && m.Untried == "" && (m.Rate == rates[0] || m.Served > 0) {
			wrong = append(wrong, fmt.Errorf("%s: not found", name))
		}
		if all := m.Served + m.ServedStale; float64(m.Reported+m.ReportedStale) < leastRecall*float64(all) {
			wrong = append(wrong, fmt.Errorf("%s: %d of %d leaks were missed, such as: %s", name, len(m.Missed), all, m.Missed[0]))
		}
	}
	if m.Case != nil && m.Untried == "" {
		for _, what := range m.Case.Errors {
			wrong = append(wrong, fmt.Errorf("%s: %s", name, what))
		}
	}
	if m.Hunt != nil && m.Untried == "" {
		for _, what := range m.Hunt.Errors {
			wrong = append(wrong, fmt.Errorf("%s: hunting: %s", name, what))
		}
	}
	if len(m.Invented) > 0 {
		wrong = append(wrong, fmt.Errorf("%s: %d reports of what was never served, such as: %s", name, len(m.Invented), m.Invented[0]))
	}
	return errors.Join(wrong...)
}
