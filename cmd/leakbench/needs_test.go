package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"notmine/checks/isolation"
	"notmine/checks/plan"
	"notmine/checks/repro"
	"notmine/fixtures"
	"notmine/fixtures/catalog"
)

func TestLeftOf(t *testing.T) {
	four := make([]plan.Account, 4)
	for _, test := range []struct {
		why    string
		phases []plan.Phase
		want   left
		said   string
	}{
		{"an order", []plan.Phase{{Name: "x", Order: plan.Together}},
			left{Accounts: 4, Order: "together", AtOnce: 4}, "4 accounts, together"},
		{"what comes after does not count", []plan.Phase{{Name: "x", Order: plan.Storm}, {Name: "restart", Event: "restart"}, {Name: "y", Order: plan.Together, Abort: 1}},
			left{Accounts: 4, Order: "storm", AtOnce: 4}, "4 accounts, storm"},
		{"what came before does, once", []plan.Phase{
			{Name: "hide", Change: "hide"}, {Name: "failover", Event: "failover"}, {Name: "failover-2", Event: "failover"},
			{Name: "y", Order: plan.Random, Abort: 0.5}, {Name: "x", Order: plan.Solo},
		}, left{Accounts: 4, Order: "solo", Before: []string{"hide", "failover"}, AtOnce: 4, Abort: true}, "4 accounts, solo, after hide and failover, with aborts"},
		{"an event in its midst", []plan.Phase{{Name: "x", Order: plan.Idle, Event: "failover", At: 2, Accounts: 3}},
			left{Accounts: 4, Order: "idle", Before: []string{"failover"}, AtOnce: 3}, "4 accounts, idle, after failover"},
		{"a change that shows it itself", []plan.Phase{{Name: "x", Change: "hide"}},
			left{Accounts: 4, Before: []string{"hide"}, AtOnce: 4}, "4 accounts, a change, after hide"},
		{"two devices each, and a crowd", []plan.Phase{{Name: "x", Order: plan.Devices, HTTP: 40}},
			left{Accounts: 4, Order: "devices", AtOnce: 48}, "4 accounts, devices"},
	} {
		got := leftOf(&plan.Plan{Accounts: four, Phases: test.phases}, isolation.Finding{Phase: "x"}, nil)
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.why, diff)
		}
		if got.String() != test.said {
			t.Errorf("%s: said is %q, want %q", test.why, got, test.said)
		}
	}
}

// An order counts as lost when nothing else was left out with it, and when the
// question whether the finding still comes in it was answered.
func TestLostOrders(t *testing.T) {
	tried := func(order plan.Order, answer repro.Answer, kinds ...string) repro.Candidate {
		c := repro.Candidate{Answer: answer, Plan: &plan.Plan{Phases: []plan.Phase{{Name: "before", Order: plan.Solo}, {Name: "x", Order: order}}}}
		for _, kind := range kinds {
			c.Without = append(c.Without, repro.Move{Kind: kind})
		}
		return c
	}
	f := isolation.Finding{Phase: "x", View: "inbox"}
	s := &repro.Shrunk{Finding: f, Tried: []repro.Candidate{
		tried(plan.Storm, repro.Lost, "accounts"), tried(plan.Solo, repro.Lost, "order"), tried(plan.Sequential, repro.Undecided, "order"),
		tried(plan.Together, repro.Lost, "order", "views"), tried(plan.Solo, repro.Lost, "order"),
	}}
	got := leftOf(&plan.Plan{Accounts: make([]plan.Account, 2), Phases: []plan.Phase{{Name: "x", Order: plan.Storm}}}, f, s)
	if diff := cmp.Diff(left{Accounts: 2, View: "inbox", Order: "storm", AtOnce: 2, Lost: []string{"solo"}}, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestAgainst(t *testing.T) {
	needs := fixtures.Needs{Accounts: 3, Orders: []string{"together", "storm"}}
	late := fixtures.Needs{Accounts: 2, Orders: []string{"solo"}, Before: []string{"hide or drop", "failover"}}
	anyhow := fixtures.Needs{Accounts: 2, On: map[string]int{"shared": 3}, Orders: []string{"solo", "sequential", "handover"}}
	aborted := fixtures.Needs{Accounts: 2, Orders: []string{"together", "handover"}, Abort: true}
	for _, test := range []struct {
		why   string
		left  left
		needs fixtures.Needs
		want  string
	}{
		{"as needed", left{Accounts: 3, Order: "together"}, needs, ""},
		{"too rare in a simpler order", left{Accounts: 3, Order: "storm", Lost: []string{"solo", "together"}}, needs, ""},
		{"what a simpler order would do for", left{Accounts: 3, Order: "storm", Lost: []string{"solo"}}, needs, "storm, and together was not tried to the end"},
		{"or one of several", left{Accounts: 2, Order: "handover"}, anyhow, "handover, and solo or sequential was not tried to the end"},
		{"a view of what friends may see", left{Accounts: 3, Order: "solo", View: "shared"}, anyhow, ""},
		{"and another", left{Accounts: 3, Order: "solo", View: "album"}, anyhow, "1 account more"},
		{"too few for that", left{Accounts: 2, Order: "solo", View: "shared"}, anyhow, "1 account fewer"},
		{"more", left{Accounts: 4, Order: "together"}, needs, "1 account more"},
		{"less", left{Accounts: 2, Order: "solo"}, needs, "1 account fewer, solo instead of together"},
		{"a change instead of an order", left{Accounts: 3}, needs, "a change instead of together"},
		{"the one change", left{Accounts: 2, Order: "solo", Before: []string{"hide", "failover"}}, late, ""},
		{"or the other", left{Accounts: 2, Order: "solo", Before: []string{"drop", "failover"}}, late, ""},
		{"both are more than is needed", left{Accounts: 2, Order: "solo", Before: []string{"hide", "drop", "failover"}}, late, "drop as well"},
		{"neither is less", left{Accounts: 2, Order: "solo", Before: []string{"restart"}}, late, "without hide or drop, without failover, restart as well"},
		{"aborts", left{Accounts: 2, Order: "together", Abort: true}, aborted, ""},
		{"a handover goes back from pages", left{Accounts: 2, Order: "handover", Lost: []string{"together"}}, aborted, ""},
		{"nothing is given up", left{Accounts: 2, Order: "together"}, aborted, "without aborts"},
		{"in vain", left{Accounts: 3, Order: "together", Abort: true}, needs, "aborts as well"},
		{"too few for an overload", left{Accounts: 2, Order: "solo", AtOnce: 4}, fixtures.Needs{Accounts: 2, Orders: []string{"solo"}, AtOnce: 7}, "4 at once instead of 7"},
	} {
		if got := strings.Join(test.left.against(test.needs), ", "); got != test.want {
			t.Errorf("%s: %q, want %q", test.why, got, test.want)
		}
	}
}

// Of what stands beside each fault nothing is too much or too little for it.
func TestNeedsAreAsNeeded(t *testing.T) {
	for _, s := range catalog.Services {
		for _, f := range s.Faults {
			for _, order := range f.Needs.Orders {
				l := left{Accounts: f.Needs.Accounts, Order: order, AtOnce: f.Needs.AtOnce, Abort: f.Needs.Abort, Lost: f.Needs.Orders}
				for _, any := range f.Needs.Before {
					first, _, _ := strings.Cut(any, fixtures.Or)
					l.Before = append(l.Before, first)
				}
				if said := l.against(f.Needs); len(said) > 0 {
					t.Errorf("%s/%s in %s: %q", s.Name, f.Name, l, said)
				}
			}
		}
	}
}
