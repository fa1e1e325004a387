package cause

import (
	"slices"
	"time"

	"notmine/checks/record"
)

// asked are the times in which requests of the run were with the target, of all
// views and of what came between visits, in the order of their beginnings.
type asked []span

type span struct {
	account  string
	from, to time.Time
}

// longest is how long a request may take to be one of these: streams stay open
// for as long as a page does.
const longest = 10 * time.Second

func askedIn(run *record.Run) asked {
	var all asked
	for _, o := range run.Observations {
		for i := range o.Exchanges {
			if from, to, ok := underway(&o.Exchanges[i]); ok && to.Sub(from) <= longest {
				all = append(all, span{o.Account, from, to})
			}
		}
	}
	slices.SortFunc(all, func(a, b span) int { return a.from.Compare(b.from) })
	return all
}

// underway returns when a request was with the target. What comes after the head
// of the answer may wait for its browser.
func underway(x *record.Exchange) (from, to time.Time, ok bool) {
	from = x.Start
	if !x.Sent.IsZero() {
		from = x.Sent
	}
	for _, to := range []time.Time{x.Answered, x.End} {
		if to.After(from) {
			return from, to, true
		}
	}
	return from, from, false
}

// others reports whether another account asked for anything while a look did.
func (a asked) others(l *look) bool {
	return a.during(l, func(account string) bool { return account != l.o.Account })
}

// by reports whether that account asked for anything while a look did.
func (a asked) by(account string, l *look) bool {
	return a.during(l, func(other string) bool { return other == account })
}

func (a asked) during(l *look, who func(account string) bool) bool {
	end, _ := slices.BinarySearchFunc(a, l.until, func(s span, t time.Time) int { return s.from.Compare(t) })
	for i := end - 1; i >= 0 && l.at.Sub(a[i].from) <= longest; i-- {
		if a[i].to.After(l.at) && who(a[i].account) {
			return true
		}
	}
	return false
}
