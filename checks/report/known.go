package report

import (
	"fmt"
	"strings"

	"notmine/checks/gate"
	"notmine/checks/isolation"
	"notmine/checks/plan"
)

// spared reports whether a finding would fail the run, were it not accepted or
// known.
func (s *story) spared(f *isolation.Finding) bool { return gate.Spares(f, s.run.Header.Plan.Pass) }

// acceptance says that a finding is accepted, was, or is known from an earlier
// run; "" when it is none of that.
func acceptance(f *isolation.Finding) string {
	switch {
	case f.Accepted != nil:
		return fmt.Sprintf("accepted until %v by %s: %s", f.Accepted.Expires, f.Accepted.Owner, f.Accepted.Reason)
	case f.Expired != nil:
		return fmt.Sprintf("was accepted until %v by %s: %s", f.Expired.Expires, f.Expired.Owner, f.Expired.Reason)
	case f.Known != nil:
		return "known since run " + f.Known.Run
	}
	return ""
}

// failingLeaks counts the proven leaks that fail the run.
func (s *story) failingLeaks() int {
	n := 0
	for i := range s.result.Findings {
		if f := &s.result.Findings[i]; f.Level == isolation.Leak && s.failing(f) {
			n++
		}
	}
	return n
}

// sparedLeaks counts in words what would have failed the run, each fingerprint
// once; "" when there is none.
func (s *story) sparedLeaks() string {
	var parts []string
	one, many := s.nouns()
	if n := s.result.Leaks.Accepted; n > 0 {
		parts = append(parts, counted(n, "accepted "+one, "accepted "+many))
	}
	if n := s.result.Leaks.Known; n > 0 {
		parts = append(parts, counted(n, "known "+one, "known "+many))
	}
	return strings.Join(parts, " and ")
}

// newAndOld tells the leaks of a run apart in which not all are new.
func (s *story) newAndOld() string {
	l := s.result.Leaks
	if l.Expired+l.Spared() == 0 {
		return ""
	}
	var parts []string
	one, many := s.nouns()
	if l.New > 0 {
		parts = append(parts, counted(l.New, "new "+one, "new "+many))
	}
	if l.Expired > 0 {
		parts = append(parts, counted(l.Expired, one+" no longer accepted", many+" no longer accepted"))
	}
	if spared := s.sparedLeaks(); spared != "" {
		parts = append(parts, spared)
	}
	return "; " + strings.Join(parts, ", ")
}

// nouns are what is counted: leaks, or findings where the plan fails on more
// than leaks and there are any.
func (s *story) nouns() (one, many string) {
	for _, f := range s.result.Findings {
		if f.Level != isolation.Leak && gate.FailsOn(f.Level, s.run.Header.Plan.Pass) {
			return "finding", "findings"
		}
	}
	return "leak", "leaks"
}

// inVisits says how often visits in company leaked, whatever it was; "" when
// none did.
func (s *story) inVisits() string {
	rate := s.result.Coverage.Rate95
	if s.company.leaking == 0 || rate == nil {
		return ""
	}
	return fmt.Sprintf(" in %s of %s in company %s", count(s.company.leaking), counted(s.company.trials, "visit", "visits"), often(rate))
}

// often writes a rate with its interval.
func often(rate *gate.Rate) string {
	return fmt.Sprintf("(%s %%, %s–%s %% at 95 %%)", percent(rate.Observed), percent(rate.Low), percent(rate.High))
}

// accepted says of each fingerprint that is accepted until when, by whom and
// why, in the order of the findings.
func (s *story) accepted() []string {
	var rows []string
	told := map[string]bool{}
	for _, f := range s.result.Findings {
		if f.Accepted == nil || told[f.Fingerprint] {
			continue
		}
		told[f.Fingerprint] = true
		rows = append(rows, fmt.Sprintf("%s until %v by %s: %s", f.Fingerprint, f.Accepted.Expires, f.Accepted.Owner, f.Accepted.Reason))
	}
	return rows
}

// knownSince returns the fingerprints that are known and not accepted, and the
// run that had found them.
func (s *story) knownSince() (fingerprints []string, run string) {
	told := map[string]bool{}
	for i := range s.result.Findings {
		f := &s.result.Findings[i]
		if f.Known == nil || f.Accepted != nil || !s.spared(f) || told[f.Fingerprint] {
			continue
		}
		told[f.Fingerprint] = true
		fingerprints, run = append(fingerprints, f.Fingerprint), f.Known.Run
	}
	return fingerprints, run
}

// knownRow is what is known of one fingerprint. Card is the first finding of it.
type knownRow struct {
	Fingerprint, Standing, Until, By, Why string
	Card                                  int // 0 when it has none
}

// addKnown adds what is accepted, was, is known, and is accepted without having
// been found, each fingerprint once.
func (p *page) addKnown(s *story) {
	var rows []knownRow
	add := func(fingerprint, standing, owner, reason string, until plan.Date, card int) {
		row := knownRow{Fingerprint: visible(fingerprint, 40), Standing: visible(standing, 100), By: visible(owner, 60), Why: visible(reason, 300), Card: card}
		if until != (plan.Date{}) {
			row.Until = until.String()
		}
		rows = append(rows, row)
	}
	told := map[string]bool{}
	for i := range s.result.Findings {
		f := &s.result.Findings[i]
		card := i + 1
		if card > len(p.Cards) {
			card = 0
		}
		if told[f.Fingerprint] {
			continue
		}
		told[f.Fingerprint] = true
		switch {
		case f.Accepted != nil && f.Known != nil:
			add(f.Fingerprint, fmt.Sprintf("accepted, and known since run %s", f.Known.Run), f.Accepted.Owner, f.Accepted.Reason, f.Accepted.Expires, card)
		case f.Accepted != nil:
			add(f.Fingerprint, "accepted", f.Accepted.Owner, f.Accepted.Reason, f.Accepted.Expires, card)
		case f.Expired != nil:
			add(f.Fingerprint, "no longer accepted", f.Expired.Owner, f.Expired.Reason, f.Expired.Expires, card)
		case f.Known != nil:
			add(f.Fingerprint, fmt.Sprintf("known since run %s", f.Known.Run), "", "", plan.Date{}, card)
		}
	}
	for _, a := range s.result.Unseen {
		add(a.Fingerprint, "accepted, but not found this time", a.Owner, a.Reason, a.Expires, 0)
	}
	p.KnownLeft = max(0, len(rows)-p.most.rows)
	p.Known = rows[:min(len(rows), p.most.rows)]
	if bound := s.result.Coverage.NewRateBound95; bound != nil {
		p.NewBound = percent(*bound)
	}
}

// mostUnseen is how many accepted findings are named that were not made.
const mostUnseen = 4

// unseen names the accepted findings that the run did not make.
func (s *story) unseen() []string {
	var names []string
	for i, a := range s.result.Unseen {
		if i == mostUnseen {
			return append(names, fmt.Sprintf("and %s more", count(len(s.result.Unseen)-i)))
		}
		names = append(names, fmt.Sprintf("%s (%s)", a.Fingerprint, visible(a.Owner, 40)))
	}
	return names
}
