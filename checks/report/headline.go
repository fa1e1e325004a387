package report

import (
	"cmp"
	"fmt"
	"strings"

	"notmine/checks/gate"
	"notmine/checks/isolation"
	"notmine/checks/phrase"
)

// verdictWord is the verdict as a headline has it.
func (s *story) verdictWord() string { return strings.ToUpper(string(s.result.Verdict)) }

// headline is the verdict's one sentence, with its number. It may hold texts of
// the record. What is accepted or known is in it, whatever the verdict, so that
// it never reads as if nothing had leaked.
func (s *story) headline() string {
	spared := s.sparedLeaks()
	switch s.result.Verdict {
	case gate.Leak:
		return s.leakHeadline() + s.newAndOld()
	case gate.Clean:
		exposures := counted(s.company.exposures, "exposure", "exposures")
		sentence, bound := "0 leaks in "+exposures, s.result.Coverage.RateBound95
		if spared != "" {
			sentence = fmt.Sprintf("%s%s; no new one in %s", spared, s.inVisits(), exposures)
			bound = cmp.Or(s.result.Coverage.NewRateBound95, bound)
		}
		if bound != nil {
			sentence += fmt.Sprintf(": less than %s %% per visit at 95 %%", percent(*bound))
		}
		return sentence
	}
	if spared != "" {
		return s.doubt() + "; besides, " + spared + s.inVisits()
	}
	return s.doubt()
}

// doubt is why a run is inconclusive, in a sentence.
func (s *story) doubt() string {
	if len(s.result.Reasons) == 0 {
		return "the run does not say whether sessions are mixed up"
	}
	return s.result.Reasons[0].String()
}

func (s *story) leakHeadline() string {
	const shown = "shown somebody else's data"
	switch rate := s.result.Coverage.Rate95; {
	case s.company.leaking > 0 && rate != nil:
		return fmt.Sprintf("%s of %s in company %s %s %s",
			count(s.company.leaking), counted(s.company.trials, "visit", "visits"), were(s.company.leaking), shown, often(rate))
	case s.alone.leaking > 0:
		return fmt.Sprintf("%s of %s %s %s with nobody else at work",
			count(s.alone.leaking), counted(s.alone.trials, "visit", "visits"), were(s.alone.leaking), shown)
	case s.plain.leaking > 0:
		return fmt.Sprintf("%s of %s without a browser %s %s",
			count(s.plain.leaking), counted(s.plain.trials, "visit", "visits"), were(s.plain.leaking), shown)
	case s.first != nil && s.first.Level == isolation.Leak:
		sentence := s.first.Message.String()
		if more := s.failingLeaks() - 1; more > 0 {
			sentence += fmt.Sprintf(", and %s", counted(more, "more finding", "more findings"))
		}
		return sentence
	case len(s.result.Reasons) > 0:
		return s.result.Reasons[0].String()
	}
	return "somebody was " + shown
}

func were(n int) string {
	if n == 1 {
		return "was"
	}
	return "were"
}

// further are the reasons that the headline does not tell.
func (s *story) further() []phrase.Text {
	if len(s.result.Reasons) > 0 && strings.HasPrefix(s.headline(), s.result.Reasons[0].String()) {
		return s.result.Reasons[1:]
	}
	return s.result.Reasons
}
