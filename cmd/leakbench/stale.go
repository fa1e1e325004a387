package main

import (
	"fmt"

	"notmine/checks/isolation"
	"notmine/checks/record"
	"notmine/checks/suite/stale"
	"notmine/fixtures"
)

// holdStale holds what the stale check reports against the truth, visit by
// visit. A service whose truth never calls anything stale is not held to it: it
// does not know.
func (m *mechanism) holdStale(run *record.Run, truth fixtures.Report) error {
	given := m.served(run, truth.Stale)
	if len(given) == 0 {
		return nil
	}
	findings, err := isolation.Apply(run, []*isolation.Check{stale.Check})
	if err != nil {
		return err
	}
	reported := map[leak]bool{}
	for _, f := range findings {
		if f.Level == isolation.Note {
			continue
		}
		for _, n := range f.Visits {
			o := run.Observations[n-1]
			told := m.reportedOf(given, o, f.Owner, f.Item)
			for _, l := range told {
				reported[l] = true
			}
			if len(told) == 0 && !isolation.OfStore(f.Surface) {
				m.Invented = append(m.Invented, fmt.Sprintf("%s round %d: %s on %s was shown %s's %s of before",
					o.Phase, o.Round, o.Account, o.View, f.Owner, f.Item))
			}
		}
	}
	m.miss(given, reported, " after it was superseded")
	m.ServedStale, m.ReportedStale = len(given), len(reported)
	return nil
}
