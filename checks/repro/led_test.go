package repro

import (
	"slices"
	"testing"

	"notmine/checks/isolation"
	"notmine/checks/plan"
)

func TestLed(t *testing.T) {
	names := func(p *plan.Plan) (all []string) {
		for _, ph := range p.Phases {
			all = append(all, ph.Name)
		}
		return all
	}
	together, difference := found("together"), found("after")
	difference.Item = ""
	for _, tt := range []struct {
		finding    isolation.Finding
		led, whole []string
	}{
		{together, []string{"together", "failover"}, []string{"solo", "together", "failover"}},
		{found("after"), []string{"rewrite", "failover", "after"}, []string{"solo", "together", "crowd", "storm", "idle", "rewrite", "failover", "after"}},
		{difference, []string{"solo", "rewrite", "failover", "after"}, []string{"solo", "together", "crowd", "storm", "idle", "rewrite", "failover", "after"}},
	} {
		p := mail()
		if got := names(Led(p, tt.finding)); !slices.Equal(got, tt.led) {
			t.Errorf("to %s led %q, want %q of %q", tt.finding.Phase, got, tt.led, names(p))
		}
		if got := names(Whole(p, tt.finding)); !slices.Equal(got, tt.whole) {
			t.Errorf("the whole of %s is %q, want %q of %q", tt.finding.Phase, got, tt.whole, names(p))
		}
		if !slices.Equal(names(p), names(mail())) {
			t.Error("the plan is changed")
		}
	}
}
