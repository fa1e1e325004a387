package gate

import (
	"fmt"
	"strings"

	"notmine/checks/plan"
	"notmine/checks/record"
)

const (
	// enough is the share of a view's visits in which the control has to hold,
	// and of all visits in company that have to reach their page.
	enough = 0.9

	mostNamed = 5   // names in one sentence
	mostError = 200 // characters of a foreign error in one
)

// whyNoCrowd explains that there was no crowd.
func (t *tally) whyNoCrowd() []string {
	var reasons []string
	if len(t.loggedIn) < 2 {
		reasons = append(reasons, fmt.Sprintf("%d of %s logged in, and it takes two to mix them up",
			len(t.loggedIn), plural(len(t.run.Header.Plan.Accounts), "account")))
		reasons = append(reasons, t.neverLoggedIn()...)
	}
	if t.run.End.Why == record.TargetFailed {
		reasons = append(reasons, "the target failed before any account had company"+because(t.run.End.Detail))
	}
	return reasons
}

// doubts returns everything that keeps a run without a leak from being clean.
func (t *tally) doubts(bound float64) []string {
	var reasons []string
	switch end := t.run.End; end.Why {
	case record.Done:
	case record.TimeUp:
		reasons = append(reasons, "the time was up before the plan was done")
	case record.TargetFailed:
		reasons = append(reasons, "the target failed before the plan was done"+because(end.Detail))
	default:
		reasons = append(reasons, fmt.Sprintf("the run ended early (%s)", clipped(end.Why))+because(end.Detail))
	}
	reasons = append(reasons, t.neverLoggedIn()...)
	reasons = append(reasons, t.missingPhases()...)
	if len(t.inCompany()) == 0 || t.company.visits == 0 {
		return reasons
	}
	tried := t.company.visits - t.company.away
	if failed := tried - t.company.reached; float64(t.company.reached) < enough*float64(tried) {
		reasons = append(reasons, fmt.Sprintf("%d of %s in company did not reach their page%s",
			failed, plural(tried, "visit"), because(t.firstErr)))
	}
	reasons = append(reasons, t.failedControls()...)
	reasons = append(reasons, t.neverExposed()...)
	if t.company.exposed == 0 {
		return reasons
	}
	if t.overlaps == 0 {
		reasons = append(reasons, "no two sessions were ever at work at the same moment, and that is when sessions are mixed up")
	}
	return append(reasons, t.boundMissed(bound)...)
}

func (t *tally) neverLoggedIn() []string {
	var names []string
	why := ""
	for _, a := range t.run.Header.Plan.Accounts {
		if t.loggedIn[a.Name] {
			continue
		}
		names = append(names, a.Name)
		if why == "" {
			why = t.failures[a.Name]
		}
	}
	if len(names) == 0 {
		return nil
	}
	return []string{listed(names) + " never logged in" + because(why)}
}

func (t *tally) missingPhases() []string {
	phases := t.inCompany()
	if len(phases) == 0 {
		return []string{"the plan has no phase in which accounts have company"}
	}
	var reasons []string
	for i, want := range t.run.Header.Plan.Phases {
		switch got := t.phases[i]; {
		case want.Order == "":
			// An event or a change: the record says how it went.
		case want.Order == plan.Solo:
			// It is a baseline: the check that needs it says what it lacks.
		case got.Away != "":
			// An event has put the target away, and another was to bring it back.
		case got.Visits == 0:
			reasons = append(reasons, fmt.Sprintf("phase %s was never reached", want.Name))
		case got.Rounds < want.Rounds && want.Within == 0:
			reasons = append(reasons, fmt.Sprintf("phase %s came to round %d of %d", want.Name, got.Rounds, want.Rounds))
		}
	}
	return reasons
}

func (t *tally) failedControls() []string {
	var reasons []string
	for _, v := range t.run.Header.Plan.Views {
		c := t.views[v.Name]
		switch {
		case c.visits == 0:
			reasons = append(reasons, fmt.Sprintf("view %s was never looked at in company", v.Name))
		case c.reached == 0 && c.away > 0:
			reasons = append(reasons, fmt.Sprintf("view %s was away, with an error page or a waiting page, in %d of %s", v.Name, c.away, plural(c.visits, "visit")))
		case c.reached == 0:
			reasons = append(reasons, fmt.Sprintf("view %s was not reached in any of %s", v.Name, plural(c.visits, "visit")))
		case c.exposed == 0, float64(c.exposed) < enough*float64(c.reached-c.displaced):
			// Why a leak is there in place of one's own, its finding says. But
			// where nothing else was ever seen, nothing else can be told.
			reasons = append(reasons, fmt.Sprintf("on view %s the accounts did not see %s in %d of %s, so those visits prove nothing",
				v.Name, control(v), c.reached-c.exposed, plural(c.reached, "visit")))
		}
	}
	return reasons
}

// control names what a view has to show of its viewer's own.
func control(v plan.View) string {
	switch {
	case v.Control != "":
		return "their own " + v.Control
	case v.Identity != "":
		return "their own name"
	default:
		return "anything of their own (give the view a control or an identity)"
	}
}

// neverExposed names accounts that logged in and were never looked at well.
func (t *tally) neverExposed() []string {
	var names []string
	for _, a := range t.run.Header.Plan.Accounts {
		if t.loggedIn[a.Name] && t.accounts[a.Name].exposed == 0 {
			names = append(names, a.Name)
		}
	}
	if len(names) == 0 || t.company.exposed == 0 {
		return nil
	}
	return []string{listed(names) + " never saw anything of their own in company"}
}

// boundMissed says how many more rounds would reach the bound.
func (t *tally) boundMissed(bound float64) []string {
	n := t.company.exposed
	reached := upperBound(n)
	if reached <= bound {
		return nil
	}
	rounds := 0
	for i, ph := range t.run.Header.Plan.Phases {
		if ph.Order != plan.Solo && ph.Order != "" {
			rounds += t.phases[i].Rounds
		}
	}
	need := trialsFor(bound)
	more := ((need-n)*rounds + n - 1) / n
	which := "leak"
	if t.spared {
		which = "new leak"
	}
	return []string{fmt.Sprintf("no %s in %s leaves room for a %s rate of %s per visit; %s takes %d, about %s",
		which, plural(n, "exposure"), which, percent(reached), percent(bound), need, plural(max(more, 1), "more round"))}
}

// percent gives a rate in three significant digits.
func percent(rate float64) string { return fmt.Sprintf("%.3g %%", rate*100) }

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

func listed(names []string) string {
	if more := len(names) - mostNamed; more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:mostNamed], ", "), more)
	}
	return strings.Join(names, ", ")
}

func because(why string) string {
	if why == "" {
		return ""
	}
	return ": " + clipped(why)
}

// clipped makes a text that came from elsewhere fit for one line.
func clipped(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > mostError {
		return string(r[:mostError]) + "…"
	}
	return s
}
