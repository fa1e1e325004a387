package gate

import (
	"fmt"
	"strings"

	"notmine/checks/phrase"
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
func (t *tally) whyNoCrowd() []phrase.Text {
	var reasons []phrase.Text
	if len(t.loggedIn) < 2 {
		reasons = append(reasons, phrase.New("%d of %s logged in, and it takes two to mix them up",
			len(t.loggedIn), phrase.New("%d accounts", len(t.run.Header.Plan.Accounts))))
		reasons = append(reasons, t.neverLoggedIn()...)
	}
	if t.run.End.Why == record.TargetFailed {
		reasons = append(reasons, because(phrase.New("the target failed before any account had company"), t.run.End.Detail))
	}
	return reasons
}

// doubts returns everything that keeps a run without a leak from being clean.
func (t *tally) doubts(bound float64) []phrase.Text {
	var reasons []phrase.Text
	switch end := t.run.End; end.Why {
	case record.Done:
	case record.TimeUp:
		reasons = append(reasons, phrase.New("the time was up before the plan was done"))
	case record.TargetFailed:
		reasons = append(reasons, because(phrase.New("the target failed before the plan was done"), end.Detail))
	default:
		reasons = append(reasons, because(phrase.New("the run ended early (%s)", clipped(end.Why)), end.Detail))
	}
	reasons = append(reasons, t.neverLoggedIn()...)
	reasons = append(reasons, t.missingPhases()...)
	if len(t.inCompany()) == 0 || t.company.visits == 0 {
		return reasons
	}
	tried := t.company.visits - t.company.away
	if failed := tried - t.company.reached; float64(t.company.reached) < enough*float64(tried) {
		reasons = append(reasons, because(phrase.New("%d of %s in company did not reach their page",
			failed, phrase.New("%d visits", tried)), t.firstErr))
	}
	reasons = append(reasons, t.failedControls()...)
	reasons = append(reasons, t.neverExposed()...)
	if t.company.exposed == 0 {
		return reasons
	}
	if t.overlaps == 0 {
		reasons = append(reasons, phrase.New("no two sessions were ever at work at the same moment, and that is when sessions are mixed up"))
	}
	return append(reasons, t.boundMissed(bound)...)
}

func (t *tally) neverLoggedIn() []phrase.Text {
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
	return []phrase.Text{because(phrase.New("%s never logged in", listed(names)), why)}
}

func (t *tally) missingPhases() []phrase.Text {
	phases := t.inCompany()
	if len(phases) == 0 {
		return []phrase.Text{phrase.New("the plan has no phase in which accounts have company")}
	}
	var reasons []phrase.Text
	for i, want := range t.run.Header.Plan.Phases {
		switch got := t.phases[i]; {
		case want.Order == "":
			// An event or a change: the record says how it went.
		case want.Order == plan.Solo:
			// It is a baseline: the check that needs it says what it lacks.
		case got.Away != "":
			// An event has put the target away, and another was to bring it back.
		case got.Visits == 0:
			reasons = append(reasons, phrase.New("phase %s was never reached", want.Name))
		case got.Rounds < want.Rounds && want.Within == 0 && !t.shared[i]:
			reasons = append(reasons, phrase.New("phase %s came to round %d of %d", want.Name, got.Rounds, want.Rounds))
		}
	}
	return reasons
}

func (t *tally) failedControls() []phrase.Text {
	var reasons []phrase.Text
	for _, v := range t.run.Header.Plan.Views {
		c := t.views[v.Name]
		switch {
		case c.visits == 0:
			reasons = append(reasons, phrase.New("view %s was never looked at in company", v.Name))
		case c.reached == 0 && c.away > 0:
			reasons = append(reasons, phrase.New("view %s was away, with an error page or a waiting page, in %d of %s", v.Name, c.away, phrase.New("%d visits", c.visits)))
		case c.reached == 0:
			reasons = append(reasons, phrase.New("view %s was not reached in any of %s", v.Name, phrase.New("%d visits", c.visits)))
		case c.exposed == 0, float64(c.exposed) < enough*float64(c.reached-c.displaced):
			// Why a leak is there in place of one's own, its finding says. But
			// where nothing else was ever seen, nothing else can be told.
			reasons = append(reasons, blind(v, c.reached-c.exposed, c.reached))
		}
	}
	return reasons
}

// blind says that too many visits of a view did not show what it has to show of
// its viewer's own.
func blind(v plan.View, visits, of int) phrase.Text {
	all := phrase.New("%d visits", of)
	switch {
	case v.Control != "":
		return phrase.New("on view %s the accounts did not see their own %s in %d of %s, so those visits prove nothing",
			v.Name, v.Control, visits, all)
	case v.Identity != "":
		return phrase.New("on view %s the accounts did not see their own name in %d of %s, so those visits prove nothing",
			v.Name, visits, all)
	default:
		return phrase.New("on view %s the accounts did not see anything of their own (give the view a control or an identity) in %d of %s, so those visits prove nothing",
			v.Name, visits, all)
	}
}

// neverExposed names accounts that logged in and were never looked at well.
func (t *tally) neverExposed() []phrase.Text {
	var names []string
	for _, a := range t.run.Header.Plan.Accounts {
		if t.loggedIn[a.Name] && t.accounts[a.Name].exposed == 0 {
			names = append(names, a.Name)
		}
	}
	if len(names) == 0 || t.company.exposed == 0 {
		return nil
	}
	return []phrase.Text{phrase.New("%s never saw anything of their own in company", listed(names))}
}

// boundMissed says how many more rounds would reach the bound.
func (t *tally) boundMissed(bound float64) []phrase.Text {
	n := t.company.exposed
	reached := UpperBound(n)
	if reached <= bound {
		return nil
	}
	rounds := 0
	for i, ph := range t.run.Header.Plan.Phases {
		if ph.Order != plan.Solo && ph.Order != "" {
			rounds += t.phases[i].Rounds
		}
	}
	need := TrialsFor(bound)
	more := ((need-n)*rounds + n - 1) / n
	exposures, further := phrase.New("%d exposures", n), phrase.New("%d more rounds", max(more, 1))
	if t.spared {
		return []phrase.Text{phrase.New("no new leak in %s leaves room for a new leak rate of %s per visit; %s takes %d, about %s",
			exposures, percent(reached), percent(bound), need, further)}
	}
	return []phrase.Text{phrase.New("no leak in %s leaves room for a leak rate of %s per visit; %s takes %d, about %s",
		exposures, percent(reached), percent(bound), need, further)}
}

// percent gives a rate in three significant digits.
func percent(rate float64) string { return fmt.Sprintf("%.3g %%", rate*100) }

func listed(names []string) phrase.Text {
	if more := len(names) - mostNamed; more > 0 {
		return phrase.New("%s and %d more", strings.Join(names[:mostNamed], ", "), more)
	}
	return phrase.Verbatim(strings.Join(names, ", "))
}

// because tells with a reason what somebody else said of it, if anything.
func because(reason phrase.Text, said string) phrase.Text {
	if said == "" {
		return reason
	}
	return phrase.New("%s: %s", reason, clipped(said))
}

// clipped makes a text that came from elsewhere fit for one line.
func clipped(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > mostError {
		return string(r[:mostError]) + "…"
	}
	return s
}
