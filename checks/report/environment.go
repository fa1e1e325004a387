package report

import (
	"notmine/checks/phrase"
	"notmine/checks/plan"
)

// mostAccounts is how many accounts the environment names.
const mostAccounts = 12

// evidenceWords say what a report with that much evidence shows.
var evidenceWords = map[plan.Evidence]phrase.Text{
	plan.Masked: phrase.New("masked: pages are covered but for what leaked"),
	plan.Full:   phrase.New("full: pages are shown as they were"),
	plan.None:   phrase.New("none: no pictures of pages were taken"),
}

// addEnvironment adds what somebody needs to repeat the run, or to believe it.
// The seed is with the schedule.
func (p *page) addEnvironment(s *story) {
	h, r := s.run.Header, s.result.Run
	add := func(name, value phrase.Text) { p.Environment.add(name, value, 300) }
	add(phrase.New("run"), phrase.Verbatim(r.ID))
	add(phrase.New("started"), phrase.Verbatim(moment(r.Started)))
	add(phrase.New("took"), phrase.Verbatim(seconds(r.Seconds)))
	add(phrase.New("target"), phrase.Verbatim(r.Target))
	add(phrase.New("plan"), phrase.Verbatim(r.Plan))
	add(phrase.New("plan's digest"), phrase.Verbatim(h.Plan.Digest))
	var names []string
	for _, a := range h.Plan.Accounts {
		names = append(names, a.Name)
	}
	add(phrase.New("accounts"), few(verbatim(names), mostAccounts))
	add(phrase.New("evidence"), s.evidence())
	if bound := h.Plan.Pass.Bound; bound > 0 {
		add(phrase.New("to be clean"), phrase.New("leak rates above %s %% per visit have to be excluded at 95 %%", percent(bound)))
	}
	add(phrase.New("notmine"), phrase.Verbatim(h.Tool))
	add(phrase.New("built with"), phrase.Verbatim(h.System.Go))
	add(phrase.New("browser"), phrase.Verbatim(h.Browser))
	add(phrase.New("system"), phrase.Verbatim(h.System.OS))
	if n := h.System.CPUs; n > 0 {
		add(phrase.New("processors"), phrase.Verbatim(count(n)))
	}
	if hosts := s.result.Coverage.Blocked; len(hosts) > 0 {
		add(phrase.New("refused hosts"), phrase.New("%s; the plan does not list them", listedNames(hosts, 20)))
	}
	if s.run.Torn {
		add(phrase.New("record"), phrase.New("its last line was not whole and was left out"))
	}
}

func (s *story) evidence() phrase.Text {
	if s.run.Header.Plan.Evidence == "" {
		return evidenceWords[plan.Masked]
	}
	return evidenceWords[s.run.Header.Plan.Evidence]
}
