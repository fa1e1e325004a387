package report

import (
	"fmt"
	"strings"

	"notmine/checks/gate"
)

// verdictWord is the verdict as a headline has it.
func (s *story) verdictWord() string { return strings.ToUpper(string(s.result.Verdict)) }

// headline is the verdict's one sentence, with its number. It may hold texts of
// the record.
func (s *story) headline() string {
	switch s.result.Verdict {
	case gate.Leak:
		return s.leakHeadline()
	case gate.Clean:
		sentence := fmt.Sprintf("0 leaks in %s", counted(s.company.exposures, "exposure", "exposures"))
		if bound := s.result.Coverage.RateBound95; bound != nil {
			sentence += fmt.Sprintf(": less than %s %% per visit at 95 %%", percent(*bound))
		}
		return sentence
	}
	if len(s.result.Reasons) == 0 {
		return "the run does not say whether sessions are mixed up"
	}
	return s.result.Reasons[0]
}

func (s *story) leakHeadline() string {
	const shown = "shown somebody else's data"
	switch rate := s.result.Coverage.Rate95; {
	case s.company.leaking > 0 && rate != nil:
		return fmt.Sprintf("%s of %s in company %s %s (%s %%, %s–%s %% at 95 %%)",
			count(s.company.leaking), counted(s.company.trials, "visit", "visits"), were(s.company.leaking), shown,
			percent(rate.Observed), percent(rate.Low), percent(rate.High))
	case s.alone.leaking > 0:
		return fmt.Sprintf("%s of %s %s %s with nobody else at work",
			count(s.alone.leaking), counted(s.alone.trials, "visit", "visits"), were(s.alone.leaking), shown)
	case s.plain.leaking > 0:
		return fmt.Sprintf("%s of %s without a browser %s %s",
			count(s.plain.leaking), counted(s.plain.trials, "visit", "visits"), were(s.plain.leaking), shown)
	case s.counts["leak"] > 0 && s.first != nil:
		sentence := s.first.Message
		if more := s.counts["leak"] - 1; more > 0 {
			sentence += fmt.Sprintf(", and %s", counted(more, "more finding", "more findings"))
		}
		return sentence
	case len(s.result.Reasons) > 0:
		return s.result.Reasons[0]
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
func (s *story) further() []string {
	if len(s.result.Reasons) > 0 && s.headline() == s.result.Reasons[0] {
		return s.result.Reasons[1:]
	}
	return s.result.Reasons
}
