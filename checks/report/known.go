package report

import (
	"fmt"
	"slices"

	"notmine/checks/gate"
	"notmine/checks/isolation"
	"notmine/checks/phrase"
	"notmine/checks/plan"
)

// spared reports whether a finding would fail the run, were it not accepted or
// known.
func (s *story) spared(f *isolation.Finding) bool { return gate.Spares(f, s.run.Header.Plan.Pass) }

// acceptance says that a finding is accepted, was, or is known from an earlier
// run; it is empty when it is none of that.
func acceptance(f *isolation.Finding) phrase.Text {
	switch {
	case f.Accepted != nil:
		return phrase.New("accepted until %v by %s: %s", f.Accepted.Expires, f.Accepted.Owner, f.Accepted.Reason)
	case f.Expired != nil:
		return phrase.New("was accepted until %v by %s: %s", f.Expired.Expires, f.Expired.Owner, f.Expired.Reason)
	case f.Known != nil:
		return phrase.New("known since run %s", f.Known.Run)
	}
	return phrase.Text{}
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
// once; it is empty when there is none.
func (s *story) sparedLeaks() phrase.Text {
	l := s.result.Leaks
	accepted, known := phrase.New("%d accepted leaks", l.Accepted), phrase.New("%d known leaks", l.Known)
	if s.findsMore() {
		accepted, known = phrase.New("%d accepted findings", l.Accepted), phrase.New("%d known findings", l.Known)
	}
	switch {
	case l.Accepted > 0 && l.Known > 0:
		return phrase.New("%s and %s", accepted, known)
	case l.Accepted > 0:
		return accepted
	case l.Known > 0:
		return known
	}
	return phrase.Text{}
}

// newAndOld tells the leaks of a run apart in which not all are new.
func (s *story) newAndOld() phrase.Text {
	l := s.result.Leaks
	if l.Expired+l.Spared() == 0 {
		return phrase.Text{}
	}
	fresh, expired := phrase.New("%d new leaks", l.New), phrase.New("%d leaks no longer accepted", l.Expired)
	if s.findsMore() {
		fresh, expired = phrase.New("%d new findings", l.New), phrase.New("%d findings no longer accepted", l.Expired)
	}
	var parts []phrase.Text
	if l.New > 0 {
		parts = append(parts, fresh)
	}
	if l.Expired > 0 {
		parts = append(parts, expired)
	}
	return phrase.Join(append(parts, s.sparedLeaks()), ", ")
}

// findsMore reports whether more than leaks is counted: the plan fails on other
// levels as well, and there are findings of them.
func (s *story) findsMore() bool {
	return slices.ContainsFunc(s.result.Findings, func(f isolation.Finding) bool {
		return f.Level != isolation.Leak && gate.FailsOn(f.Level, s.run.Header.Plan.Pass)
	})
}

// inVisits says in how many visits in company something was, when any leaked.
func (s *story) inVisits(what phrase.Text) phrase.Text {
	rate := s.result.Coverage.Rate95
	if s.company.leaking == 0 || rate == nil {
		return what
	}
	return phrase.New("%s in %d of %s in company %s", what, s.company.leaking, s.company.tried(), often(rate))
}

// often tells a rate with its interval.
func often(rate *gate.Rate) phrase.Text {
	return phrase.New("(%s %%, %s–%s %% at 95 %%)", percent(rate.Observed), percent(rate.Low), percent(rate.High))
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
	Fingerprint    string
	Standing       bilingual
	Until, By, Why string
	Card           int // 0 when it has none
}

// addKnown adds what is accepted, was, is known, and is accepted without having
// been found, each fingerprint once.
func (p *page) addKnown(s *story) {
	var rows []knownRow
	add := func(fingerprint string, standing phrase.Text, owner, reason string, until plan.Date, card int) {
		row := knownRow{Fingerprint: visible(fingerprint, 40), Standing: inBoth(standing, 100), By: visible(owner, 60), Why: visible(reason, 300), Card: card}
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
			add(f.Fingerprint, phrase.New("accepted, and known since run %s", f.Known.Run), f.Accepted.Owner, f.Accepted.Reason, f.Accepted.Expires, card)
		case f.Accepted != nil:
			add(f.Fingerprint, phrase.New("accepted"), f.Accepted.Owner, f.Accepted.Reason, f.Accepted.Expires, card)
		case f.Expired != nil:
			add(f.Fingerprint, phrase.New("no longer accepted"), f.Expired.Owner, f.Expired.Reason, f.Expired.Expires, card)
		case f.Known != nil:
			add(f.Fingerprint, phrase.New("known since run %s", f.Known.Run), "", "", plan.Date{}, card)
		}
	}
	for _, a := range s.result.Unseen {
		add(a.Fingerprint, phrase.New("accepted, but not found this time"), a.Owner, a.Reason, a.Expires, 0)
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
