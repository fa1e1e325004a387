package main

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"notmine/checks/gate"
	"notmine/checks/isolation"
	"notmine/checks/plan"
	"notmine/checks/record"
	"notmine/checks/wire"
	"notmine/fixtures"
)

// mechanism is what became of one fault, or of a healthy service.
type mechanism struct {
	Service  string  `json:"service"`
	Fault    string  `json:"fault,omitempty"` // "" for the healthy twin
	Rate     float64 `json:"rate,omitempty"`  // share of requests that take the broken path
	Seed     uint64  `json:"seed"`
	Accounts int     `json:"accounts"`

	Verdict  gate.Verdict `json:"verdict"`
	Reasons  []string     `json:"reasons,omitempty"`
	Served   int          `json:"served"`             // leaks that the service's truth tells: answer, viewer, owner and item
	Reported int          `json:"reported"`           // of them, those that the record tells as well
	Missed   []string     `json:"missed,omitempty"`   // the others
	Invented []string     `json:"invented,omitempty"` // what was reported and never served

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

// leak is whose what was given to whom, in answer to a request that a trace names.
type leak struct{ trace, viewer, owner, item string }

func (l leak) String() string {
	return fmt.Sprintf("%s was given %s's %s (%s)", l.viewer, l.owner, l.item, l.trace)
}

// served returns what a truth says was served, by the names of accounts, and of
// each whether it came whole: notmine cuts some answers off on purpose, and a
// service does not know how much of those arrived. What came outside of visits,
// with a login for instance, has no trace. What no marker stands for is left out:
// nobody could know it again.
func (m *mechanism) served(run *record.Run, entries []fixtures.Leak) map[leak]bool {
	crossed := m.crossed(run)
	marked := map[leak]bool{} // owners and items
	for _, entry := range run.Markers {
		marked[leak{owner: entry.Owner, item: m.itemOf(entry.Item)}] = true
	}
	names := namesOf(run)
	type asked struct{ trace, path string }
	cut := map[asked]bool{}
	for _, o := range run.Observations {
		for _, e := range o.Exchanges {
			if e.Trace == "" {
				continue
			}
			at := asked{e.Trace, isolation.PathOf(e.URL)}
			before, known := cut[at]
			cut[at] = e.Aborted != "" && (before || !known)
		}
	}
	all := map[leak]bool{}
	for _, l := range entries {
		key := leak{l.Traceparent, names[l.Viewer], names[l.Owner], l.Item}
		if l.Old || !marked[leak{owner: key.owner, item: key.item}] || crossed.by(key.item, l.At) {
			continue
		}
		all[key] = all[key] || !cut[asked{l.Traceparent, recorded(l.Path)}]
	}
	return all
}

// recorded is the path of an answer as a record has it, without what may be a
// credential.
func recorded(path string) string {
	return isolation.PathOf(wire.CleanURL((&url.URL{Scheme: "http", Host: "target", Path: path}).String()))
}

// coarser says what a service's truth calls the items of its plan that it does
// not tell apart: to the webmail, a mail is a subject and a body.
var coarser = map[string]map[string]string{
	"webmail": {"letter": "subject", "memo": "body"},
}

// itemOf is what the service's truth calls an item of its plan.
func (m *mechanism) itemOf(item string) string { return cmp.Or(coarser[m.Service][item], item) }

// reportedOf returns which of what was served a visit reports that shows an
// owner's item. Both know a request by its traceparent: a stream has that of the
// visit which opened it.
func (m *mechanism) reportedOf(served map[leak]bool, o *record.Observation, owner, item string) []leak {
	var all []leak
	for _, e := range o.Exchanges {
		l := leak{e.Trace, o.Account, owner, m.itemOf(item)}
		if _, ok := served[l]; ok && !slices.Contains(all, l) {
			all = append(all, l)
		}
	}
	return all
}

// hold holds a record against the truth.
func (m *mechanism) hold(pass *isolation.Pass, truth fixtures.Report) {
	given := m.served(pass.Run, truth.Leaks)
	ever, crossed := firstsOf(pass.Run, truth.Leaks), m.crossed(pass.Run)
	reported := map[leak]bool{}
	for _, o := range pass.Run.Observations {
		left := false
		for _, s := range pass.Leaks(o) {
			if crossed.by(m.itemOf(s.Item), o.End) {
				continue
			}
			told := m.reportedOf(given, o, s.Owner, s.Item)
			for _, l := range told {
				reported[l] = true
			}
			switch {
			case len(told) > 0:
			case o.Before != "" && (s.Owner == o.Before || pass.Allows(o.Before, o, s)):
				left = true // the one before may have letters of others
			case !isolation.OfAnswer(s.Surface) && ever.before(o, s.Owner, m.itemOf(s.Item)):
				// A page that is open, and what a browser keeps, shows what came before.
			default:
				m.Invented = append(m.Invented, fmt.Sprintf("%s round %d: %s on %s was given %s's %s in %s %s",
					o.Phase, o.Round, o.Account, o.View, s.Owner, s.Item, s.Surface, s.Path))
			}
		}
		if left {
			m.Left++
		}
	}
	m.miss(given, reported, "")
	m.Served, m.Reported = len(given), len(reported)
	m.ServedVisits, m.ReportedVisits = visitsOf(given), visitsOf(reported)
}

// crossings says when an item was first changed, or written in an act, by
// accounts that may have been mixed up, so that it can be anybody's since.
type crossings map[string]time.Time

// crossed returns the crossings of a run: none, unless whole sessions are mixed up.
func (m *mechanism) crossed(run *record.Run) crossings {
	all := crossings{}
	if !expected[m.name()].mixes {
		return all
	}
	phases := map[string]time.Time{} // when they began
	for _, ph := range run.Phases {
		phases[run.Header.Plan.Phases[ph.Index].Name] = ph.At
	}
	for _, o := range run.Observations {
		if o.Acting == "" {
			continue
		}
		for _, item := range m.Acts {
			if at, known := all[item]; !known || phases[o.Phase].Before(at) {
				all[item] = phases[o.Phase]
			}
		}
	}
	for _, c := range run.Changes {
		item := m.itemOf(c.Item)
		if at, known := all[item]; !known || c.Start.Before(at) {
			all[item] = c.Start
		}
	}
	return all
}

// written are the items of which steps write a canary.
func written(steps []plan.Step) (items []string) {
	for _, step := range steps {
		texts := []string{step.Arg}
		for _, f := range step.Fields {
			texts = append(texts, f.Value)
		}
		for _, text := range texts {
			for _, found := range canaryIn.FindAllStringSubmatch(text, -1) {
				if !slices.Contains(items, found[1]) {
					items = append(items, found[1])
				}
			}
		}
	}
	return items
}

var canaryIn = regexp.MustCompile(`\{\{\s*(?:canary|picture)\s+([^\s}]+)\s*\}\}`)

// by reports whether an item was changed so by a time.
func (c crossings) by(item string, at time.Time) bool {
	first, ok := c[item]
	return ok && at.After(first)
}

// firsts says when what was first served, by leaks without traces.
type firsts map[leak]time.Time

func firstsOf(run *record.Run, entries []fixtures.Leak) firsts {
	names := namesOf(run)
	all := firsts{}
	for _, l := range entries {
		if l.Old {
			continue
		}
		key := leak{viewer: names[l.Viewer], owner: names[l.Owner], item: l.Item}
		if at, known := all[key]; !known || l.At.Before(at) {
			all[key] = l.At
		}
	}
	return all
}

// before reports whether the viewer of a visit was served an owner's item by its end.
func (f firsts) before(o *record.Observation, owner, item string) bool {
	at, ok := f[leak{viewer: o.Account, owner: owner, item: item}]
	return ok && !at.After(o.End)
}

// namesOf maps the accounts' logins to their names.
func namesOf(run *record.Run) map[string]string {
	names := map[string]string{}
	for _, a := range run.Header.Plan.Accounts {
		names[a.Login] = a.Name
	}
	return names
}

// visitsOf counts the visits in which leaks were served.
func visitsOf(leaks map[leak]bool) int {
	traces := map[string]bool{}
	for l := range leaks {
		traces[l.trace] = true
	}
	return len(traces)
}

// miss notes what was served whole and not reported. What was cut off and not
// reported did perhaps not arrive, and what came outside of visits was perhaps
// not looked at: it is taken out of given.
func (m *mechanism) miss(given, reported map[leak]bool, after string) {
	var missed []string
	for l, whole := range given {
		switch {
		case reported[l]:
		case whole && l.trace != "":
			missed = append(missed, l.String()+after)
		default:
			delete(given, l)
		}
	}
	slices.Sort(missed)
	m.Missed = append(m.Missed, missed...)
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
				name, m.Seed, m.Verdict, m.Others, strings.Join(m.Reasons, "; ")))
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
	if len(m.Invented) > 0 {
		wrong = append(wrong, fmt.Errorf("%s: %d reports of what was never served, such as: %s", name, len(m.Invented), m.Invented[0]))
	}
	return errors.Join(wrong...)
}
