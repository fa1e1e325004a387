package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"notmine/checks/gate"
	"notmine/checks/phrase"
)

// print prints the tables and the sum, in Markdown. Below a table stands what
// nobody could tell from its head.
func (c *corpus) print(to io.Writer) error {
	var parts []string
	for _, part := range [][]string{
		{c.mechanismTable(), aboutMechanisms, c.onlyInPages(), c.unseen()},
		{c.powerTable(), aboutPower}, {c.twinTable(), aboutTwins}, {c.caseTable(), aboutCases}, {c.twinHuntTable(), aboutTwinHunts}, {c.sentence()},
	} {
		if part[0] != "" {
			parts = append(parts, slices.DeleteFunc(part, func(text string) bool { return text == "" })...)
		}
	}
	_, err := fmt.Fprint(to, "\n", strings.Join(parts, "\n"))
	return err
}

// markdown lays out a table. The first row is the head.
func markdown(rows [][]string) string {
	var b strings.Builder
	for i, row := range rows {
		cells := make([]string, len(row))
		for j, cell := range row {
			cells[j] = strings.NewReplacer("|", `\|`, "\n", " ").Replace(cell)
		}
		fmt.Fprintf(&b, "| %s |\n", strings.Join(cells, " | "))
		if i == 0 {
			fmt.Fprintln(&b, strings.Repeat("|---", len(row))+"|")
		}
	}
	return b.String()
}

// inOrder are trials in the order of the services and their faults, which that
// of several files need not be.
func inOrder(all []*mechanism) []*mechanism {
	place := map[string]int{}
	if every, err := trials("*/*", 1, false); err == nil {
		for i, t := range every {
			place[t.mechanism()] = i
		}
	}
	return slices.SortedStableFunc(slices.Values(all), func(a, b *mechanism) int {
		return cmp.Or(cmp.Compare(place[a.name()], place[b.name()]), cmp.Compare(b.Rate, a.Rate), cmp.Compare(a.Seed, b.Seed))
	})
}

func (c *corpus) mechanismTable() string {
	if len(c.Mechanisms) == 0 {
		return ""
	}
	rows := [][]string{{"mechanism", "service", "first found in", "visits before that", "reported of what leaked", "false reports", "found alone", "replayer", "cause named"}}
	for _, m := range inOrder(c.Mechanisms) {
		where, before := "not found", ""
		if m.Untried != "" {
			where = "could not show: " + m.Untried
		}
		if m.found() {
			where, before = fmt.Sprintf("%s, round %d", m.Phase, m.Round), fmt.Sprint(m.Before)
		}
		rows = append(rows, []string{
			m.Fault, m.Service, where, before, m.told(), fmt.Sprint(len(m.Invented)), yesOr(m.Solo, "no"), c.replayed(m), m.causeCell(),
		})
	}
	return markdown(rows)
}

// told says how much of what was served was reported. Where all that leaked came
// out of the browser, the service has served nothing.
func (m *mechanism) told() string {
	var parts []string
	if m.Served > 0 || m.ServedStale == 0 && m.Left == 0 {
		parts = append(parts, fmt.Sprintf("%d of %d", m.Reported, m.Served))
	}
	if m.ServedStale > 0 {
		parts = append(parts, fmt.Sprintf("%d of %d stale", m.ReportedStale, m.ServedStale))
	}
	if m.Left > 0 {
		parts = append(parts, fmt.Sprintf("left in the browser in %d visits", m.Left))
	}
	if len(m.Others) > 0 && m.Served+m.ServedStale+m.Left == 0 {
		parts = append(parts, strings.Join(m.Others, ", "))
	}
	return strings.Join(parts, "; ")
}

func yesOr(is bool, otherwise string) string {
	if is {
		return "yes"
	}
	return otherwise
}

// replayed says whether the replayer found a mechanism.
func (c *corpus) replayed(m *mechanism) string {
	twins := c.twins(m.Service)
	switch r := m.Replayer; {
	case r == nil:
		return "not asked"
	case len(twins) == 0 && len(r.Bypassed) > 0: // of what it says, nobody knows what is true
		return "no twin to compare with"
	case len(c.bypassed(m)) > 0:
		return "yes"
	case r.Error != "":
		return "could not: " + r.Error
	case r.Requests == 0:
		return "no request to send again"
	}
	return "no"
}

func (m *mechanism) causeCell() string {
	switch m.Cause {
	case "":
		return "none named"
	case wrongCause:
		return "wrong (" + strings.Join(expected[m.name()].wrong(m.Causes), ", ") + ")"
	}
	return m.Cause
}

// powerTable has a row for each mechanism of timing, and a column for each rate.
func (c *corpus) powerTable() string {
	if len(c.Power) == 0 {
		return ""
	}
	points := map[string]map[float64]*mechanism{}
	var names []string
	for _, m := range inOrder(slices.Concat(c.Mechanisms, c.Power)) {
		if !expected[m.name()].timing {
			continue
		}
		if points[m.name()] == nil {
			points[m.name()] = map[float64]*mechanism{}
			names = append(names, m.name())
		}
		points[m.name()][m.Rate] = m
	}
	head := []string{"mechanism of timing"}
	for _, rate := range rates {
		head = append(head, percent(rate)+" of requests")
	}
	rows := [][]string{head}
	for _, name := range names {
		row := []string{name}
		for _, rate := range rates {
			row = append(row, points[name][rate].point())
		}
		rows = append(rows, row)
	}
	return markdown(rows)
}

// point is one point of the power curve; m may be nil, of one that was not run.
func (m *mechanism) point() string {
	if m == nil {
		return "not run"
	}
	leaking := fmt.Sprintf("%d of %d leaking visits", m.ReportedVisits, m.ServedVisits)
	switch {
	case m.found():
		return fmt.Sprintf("after %d of %d visits; %s", m.Before, m.Visits, leaking)
	case m.Served == 0:
		return fmt.Sprintf("nothing leaked in %d visits", m.Visits)
	}
	return fmt.Sprintf("not in %d visits; %s", m.Visits, leaking)
}

func (c *corpus) twinTable() string {
	if len(c.Twins) == 0 {
		return ""
	}
	rows := [][]string{{"healthy service", "runs", "visits", "findings", "runs that were not clean", "replayer's false alarms"}}
	var services []string
	for _, m := range inOrder(c.Twins) {
		if !slices.Contains(services, m.Service) {
			services = append(services, m.Service)
		}
	}
	for _, service := range services {
		all := c.twins(service)
		visits, findings, unclean := 0, 0, []string(nil)
		for _, m := range all {
			visits += m.Visits
			findings += len(m.Others) + len(m.Invented)
			if m.Verdict != gate.Clean {
				unclean = append(unclean, fmt.Sprintf("seed %d: %s, %s", m.Seed, m.Verdict, phrase.Join(m.Reasons, "; ")))
			}
		}
		rows = append(rows, []string{
			service, fmt.Sprint(len(all)), fmt.Sprint(visits), fmt.Sprint(findings),
			strings.Join(unclean, ". "), strings.Join(falseAlarms(all), " "),
		})
	}
	return markdown(rows)
}

// sentence is the sum as a list of three, and more when runs were followed by
// cases and hunts, or went on at the same time.
func (c *corpus) sentence() string {
	s, times := c.Summary, ""
	if c.Settings.Jobs > 1 {
		times = fmt.Sprintf("- times: of up to %d runs at once, which slow each other down\n", c.Settings.Jobs)
	}
	return fmt.Sprintf(`- mechanisms: %d of %d found, %d by each account alone, %d by the replayer; cause named right for %d
- leaks: recall %.2f %% (%d of %d reported), precision %.2f %% (reports of what did not leak: %d)
- healthy services: %d runs, %d visits, %d findings, %d runs not clean
`,
		s.Found, s.Mechanisms, s.Alone, s.Replayer, s.RightCause,
		100*s.Recall, s.Reported, s.Served, 100*s.Precision, s.Invented,
		s.TwinSeeds, s.TwinVisits, s.TwinFindings, s.TwinUnclean) + s.cases() + times
}
