package report

import (
	"cmp"
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
func (s *story) headline() phrase.Text {
	spared := s.sparedLeaks()
	switch s.result.Verdict {
	case gate.Leak:
		return phrase.Join([]phrase.Text{s.leakHeadline(), s.newAndOld()}, "; ")
	case gate.Clean:
		exposures := phrase.New("%d exposures", s.company.exposures)
		sentence, bound := phrase.New("0 leaks in %s", exposures), s.result.Coverage.RateBound95
		if !spared.IsZero() {
			sentence = phrase.New("%s; no new one in %s", s.inVisits(spared), exposures)
			bound = cmp.Or(s.result.Coverage.NewRateBound95, bound)
		}
		if bound != nil {
			return phrase.New("%s: less than %s %% per visit at 95 %%", sentence, percent(*bound))
		}
		return sentence
	}
	if !spared.IsZero() {
		return phrase.New("%s; besides, %s", s.doubt(), s.inVisits(spared))
	}
	return s.doubt()
}

// doubt is why a run is inconclusive, in a sentence.
func (s *story) doubt() phrase.Text {
	if len(s.result.Reasons) == 0 {
		return phrase.New("the run does not say whether sessions are mixed up")
	}
	return s.result.Reasons[0]
}

func (s *story) leakHeadline() phrase.Text {
	switch rate := s.result.Coverage.Rate95; {
	case s.company.leaking > 0 && rate != nil:
		return phrase.New("%d of %s in company were shown somebody else's data %s", s.company.leaking, s.company.tried(), often(rate))
	case s.alone.leaking > 0:
		return phrase.New("%d of %s were shown somebody else's data with nobody else at work", s.alone.leaking, s.alone.tried())
	case s.plain.leaking > 0:
		return phrase.New("%d of %s without a browser were shown somebody else's data", s.plain.leaking, s.plain.tried())
	case s.first != nil && s.first.Level == isolation.Leak:
		if more := s.failingLeaks() - 1; more > 0 {
			return phrase.New("%s, and %s", s.first.Message, phrase.New("%d more findings", more))
		}
		return s.first.Message
	case len(s.result.Reasons) > 0:
		return s.result.Reasons[0]
	}
	return phrase.New("somebody was shown somebody else's data")
}

// further are the reasons that the headline does not tell.
func (s *story) further() []phrase.Text {
	if len(s.result.Reasons) > 0 && strings.HasPrefix(s.headline().String(), s.result.Reasons[0].String()) {
		return s.result.Reasons[1:]
	}
	return s.result.Reasons
}
