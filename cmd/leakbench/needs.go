package main

import (
	"fmt"
	"slices"
	"strings"

	"notmine/checks/isolation"
	"notmine/checks/plan"
	"notmine/checks/repro"
	"notmine/fixtures"
)

// left is what a shrunk plan still has of what faults need.
type left struct {
	Accounts int      `json:"accounts"`
	View     string   `json:"view,omitempty"`   // of the finding
	Order    string   `json:"order,omitempty"`  // of the finding's phase; "" when that is a change
	Lost     []string `json:"lost,omitempty"`   // simpler orders in place of it, in which the finding was lost
	Before   []string `json:"before,omitempty"` // events and changes up to that phase, each once
	AtOnce   int      `json:"at_once"`          // sessions that look at once in it, at most
	Abort    bool     `json:"abort,omitempty"`  // a phase up to it has aborts
}

// leftOf returns what is left of a plan that has been shrunk to a finding. s is
// how that was done; nil for a plan that was not shrunk.
func leftOf(p *plan.Plan, f isolation.Finding, s *repro.Shrunk) left {
	l := left{Accounts: len(p.Accounts), View: f.View, Lost: lostOrders(s)}
	for _, ph := range p.Phases {
		for _, name := range []string{ph.Event, ph.Change} {
			if name != "" && !slices.Contains(l.Before, name) {
				l.Before = append(l.Before, name)
			}
		}
		l.Abort = l.Abort || ph.Abort > 0
		if ph.Name != f.Phase {
			continue
		}
		l.Order, l.AtOnce = string(ph.Order), l.Accounts
		if ph.Accounts > 0 {
			l.AtOnce = min(l.AtOnce, ph.Accounts)
		}
		if ph.Order == plan.Devices {
			l.AtOnce *= 2
		}
		l.AtOnce += ph.HTTP
		break
	}
	return l
}

// lostOrders returns the orders that were tried alone in place of that of the
// finding's phase, and in which the finding was lost.
func lostOrders(s *repro.Shrunk) []string {
	if s == nil {
		return nil
	}
	var lost []string
	for _, c := range s.Tried {
		for _, ph := range c.Plan.Phases {
			order := string(ph.Order)
			if c.Answer == repro.Lost && len(c.Without) == 1 && c.Without[0].Kind == "order" && ph.Name == s.Finding.Phase && !slices.Contains(lost, order) {
				lost = append(lost, order)
			}
		}
	}
	return lost
}

// String says what is left, such as "2 accounts, together, after failover".
func (l left) String() string {
	said := accounts(l.Accounts) + ", " + l.order()
	if len(l.Before) > 0 {
		said += ", after " + strings.Join(l.Before, " and ")
	}
	if l.Abort {
		said += ", with aborts"
	}
	return said
}

func accounts(n int) string {
	if n == 1 {
		return "1 account"
	}
	return fmt.Sprintf("%d accounts", n)
}

func (l left) order() string {
	if l.Order == "" {
		return "a change"
	}
	return l.Order
}

// against says what is left besides what the fault needs, and what of that is
// not left; nothing when it is as needed.
func (l left) against(needs fixtures.Needs) []string {
	var said []string
	switch n := l.Accounts - needs.AccountsOn(l.View); {
	case n > 0:
		said = append(said, accounts(n)+" more")
	case n < 0:
		said = append(said, accounts(-n)+" fewer")
	}
	if !slices.Contains(needs.Orders, l.Order) {
		said = append(said, fmt.Sprintf("%s instead of %s", l.order(), needs.Orders[0]))
	} else if simpler := l.untried(needs); len(simpler) > 0 {
		said = append(said, fmt.Sprintf("%s, and %s was not tried to the end", l.order(), strings.Join(simpler, " or ")))
	}
	besides := slices.Clone(l.Before)
	for _, any := range needs.Before {
		at := slices.IndexFunc(besides, func(name string) bool { return slices.Contains(strings.Split(any, fixtures.Or), name) })
		if at < 0 {
			said = append(said, "without "+any)
			continue
		}
		besides = slices.Delete(besides, at, at+1)
	}
	for _, name := range besides {
		said = append(said, name+" as well")
	}
	if l.AtOnce < needs.AtOnce {
		said = append(said, fmt.Sprintf("%d at once instead of %d", l.AtOnce, needs.AtOnce))
	}
	switch gives := l.Abort || l.Order == string(plan.Handover); { // which goes back from pages
	case needs.Abort && !gives:
		said = append(said, "without aborts")
	case l.Abort && !needs.Abort:
		said = append(said, "aborts as well")
	}
	return said
}

// untried returns the simpler orders in which the fault shows as well, and in
// which the finding was not seen to be lost. It may be too rare in them.
func (l left) untried(needs fixtures.Needs) []string {
	var simpler []string
	for _, order := range []plan.Order{plan.Solo, plan.Sequential, plan.Together} { // which alone are put in place of others
		if string(order) == l.Order {
			break
		}
		if slices.Contains(needs.Orders, string(order)) && !slices.Contains(l.Lost, string(order)) {
			simpler = append(simpler, string(order))
		}
	}
	return simpler
}
