package repro

import (
	"slices"

	"notmine/checks/isolation"
	"notmine/checks/plan"
)

// Led returns the part of a plan that most likely led to a finding: the phase in
// which it came, and of those before what changed something. What only looked
// comes along where the finding is about a difference, and was compared with
// that. Phases after it are left out, but for what happens then by itself: it may
// be what puts the target right again. The plan is not changed.
//
// When the finding does not come, what was left out was needed; [Whole] leaves
// out only what came after.
func Led(p *plan.Plan, f isolation.Finding) *plan.Plan {
	return until(p, f, func(ph plan.Phase) bool {
		return ph.Event != "" || ph.Change != "" || ph.Order == plan.Solo && f.Item == ""
	})
}

// Whole returns all of a plan until a finding.
func Whole(p *plan.Plan, f isolation.Finding) *plan.Plan {
	return until(p, f, func(plan.Phase) bool { return true })
}

// until keeps of the phases before the finding's what needs says.
func until(p *plan.Plan, f isolation.Finding, needs func(plan.Phase) bool) *plan.Plan {
	shorter := clone(p)
	shorter.Within = 0
	at := slices.IndexFunc(shorter.Phases, func(ph plan.Phase) bool { return ph.Name == f.Phase })
	if at < 0 {
		return shorter
	}
	var kept []plan.Phase
	for i, ph := range shorter.Phases {
		if i == at || i < at && needs(ph) || i > at && ph.Order == "" && ph.Change == "" {
			kept = append(kept, ph)
		}
	}
	shorter.Phases = kept
	tidy(shorter)
	return shorter
}
