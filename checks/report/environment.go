package report

import (
	"fmt"

	"notmine/checks/plan"
)

// mostAccounts is how many accounts the environment names.
const mostAccounts = 12

// evidenceWords say what a report with that much evidence shows.
var evidenceWords = map[plan.Evidence]string{
	plan.Masked: "masked: pages are covered but for what leaked",
	plan.Full:   "full: pages are shown as they were",
	plan.None:   "none: no pictures of pages were taken",
}

// addEnvironment adds what somebody needs to repeat the run, or to believe it.
// The seed is with the schedule.
func (p *page) addEnvironment(s *story) {
	h, r := s.run.Header, s.result.Run
	add := func(name, value string) {
		if value != "" {
			p.Environment = append(p.Environment, fact{name, visible(value, 300)})
		}
	}
	add("run", r.ID)
	add("started", moment(r.Started))
	add("took", seconds(r.Seconds))
	add("target", r.Target)
	add("plan", r.Plan)
	add("plan's digest", h.Plan.Digest)
	var names []string
	for _, a := range h.Plan.Accounts {
		names = append(names, a.Name)
	}
	add("accounts", few(names, mostAccounts))
	add("evidence", s.evidence())
	if bound := h.Plan.Pass.Bound; bound > 0 {
		add("to be clean", fmt.Sprintf("leak rates above %s %% per visit have to be excluded at 95 %%", percent(bound)))
	}
	add("notmine", h.Tool)
	add("built with", h.System.Go)
	add("browser", h.Browser)
	add("system", h.System.OS)
	if n := h.System.CPUs; n > 0 {
		add("processors", count(n))
	}
	if hosts := s.result.Coverage.Blocked; len(hosts) > 0 {
		add("refused hosts", fmt.Sprintf("%s; the plan does not list them", listedHosts(hosts, 20)))
	}
	if s.run.Torn {
		add("record", "its last line was not whole and was left out")
	}
}

func (s *story) evidence() string {
	if s.run.Header.Plan.Evidence == "" {
		return evidenceWords[plan.Masked]
	}
	return evidenceWords[s.run.Header.Plan.Evidence]
}
