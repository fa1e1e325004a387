package main

import (
	"cmp"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"time"

	"notmine/checks/isolation"
	"notmine/checks/plan"
	"notmine/checks/record"
	"notmine/checks/wire"
	"notmine/fixtures"
)

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
	crossed := m.crossed(run, entries)
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
	ever, crossed := firstsOf(pass.Run, truth.Leaks), m.crossed(pass.Run, truth.Leaks)
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

// crossed returns the crossings of a run: none, unless whole sessions are mixed
// up, and none before the first that was given another's.
func (m *mechanism) crossed(run *record.Run, entries []fixtures.Leak) crossings {
	all := crossings{}
	if !expected[m.name()].mixes || len(entries) == 0 {
		return all
	}
	mixed := slices.MinFunc(entries, func(a, b fixtures.Leak) int { return a.At.Compare(b.At) }).At
	phases := map[string]time.Time{} // when they began
	for _, ph := range run.Phases {
		phases[run.Header.Plan.Phases[ph.Index].Name] = ph.At
	}
	for _, o := range run.Observations {
		if o.Acting == "" || over(o.End, mixed) {
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
		if over(c.End, mixed) {
			continue
		}
		if at, known := all[item]; !known || c.Start.Before(at) {
			all[item] = c.Start
		}
	}
	return all
}

// over reports whether what ended then was over before; what never ended is not.
func over(ended, before time.Time) bool { return !ended.IsZero() && ended.Before(before) }

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
