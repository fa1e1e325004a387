package alternation

import (
	_ "embed"
	"time"

	"notmine/checks/isolation"
	"notmine/checks/phrase"
	"notmine/checks/record"
)

//go:embed doc.go
var doc string

// Check reports sessions in which the same view alternates between owners.
var Check = &isolation.Check{Name: "alternation", Doc: isolation.DocOf(doc), Judge: judge}

const (
	leastSwitches = 2
	longest       = 8 // stretches that a message tells
)

// place is a view in one session: login counts the account's logins, since a
// new login is a new session.
type place struct {
	account, view string
	login         int
}

// stretch is a row of visits that showed the same owner.
type stretch struct {
	owner  string
	first  *record.Observation
	visits []int // numbers of all of them
}

func judge(p *isolation.Pass) error {
	logins := map[string][]time.Time{}
	for _, s := range p.Run.Sessions {
		if s.What == record.LoggedIn {
			logins[s.Account] = append(logins[s.Account], s.At)
		}
	}
	sequences := map[place][]stretch{}
	var order []place // of first visits, so that reports come in a fixed order
	for _, o := range p.Run.Observations {
		owner := ownerOf(p, o)
		if owner == "" || o.Before != "" || !p.Regular(o) {
			continue
		}
		at := place{account: o.Account, view: o.View, login: loginsBefore(logins[o.Account], o.Start)}
		seq, ok := sequences[at]
		if !ok {
			order = append(order, at)
		}
		if len(seq) > 0 && seq[len(seq)-1].owner == owner {
			last := &seq[len(seq)-1]
			last.visits = append(last.visits, o.N)
		} else {
			seq = append(seq, stretch{owner, o, []int{o.N}})
		}
		sequences[at] = seq
	}
	for _, at := range order {
		if seq := sequences[at]; len(seq) > leastSwitches {
			p.Report(breach(p, seq))
		}
	}
	return nil
}

func loginsBefore(logins []time.Time, at time.Time) int {
	n := 0
	for _, login := range logins {
		if !login.After(at) {
			n++
		}
	}
	return n
}

// ownerOf says whose data o showed, or "" when that is nobody's alone.
func ownerOf(p *isolation.Pass, o *record.Observation) string {
	control := p.View(o).Control
	if control == "" {
		own, others := p.Called(o)
		if own {
			return o.Account
		}
		return only(others)
	}
	var owners []string
	if p.Own(o, control) {
		owners = append(owners, o.Account)
	}
	for _, s := range p.Leaks(o) {
		if s.Item == control {
			owners = append(owners, s.Owner)
		}
	}
	return only(owners)
}

// only returns the one name that all of names are, or "".
func only(names []string) string {
	for _, name := range names {
		if name != names[0] {
			return ""
		}
	}
	if len(names) == 0 {
		return ""
	}
	return names[0]
}

func breach(p *isolation.Pass, seq []stretch) isolation.Finding {
	viewer := seq[0].first.Account
	at := 0
	for seq[at].owner == viewer {
		at++
	}
	foreign := seq[at]
	f := isolation.In(foreign.first)
	f.Level = isolation.Leak
	f.Relation = "alternating owners"
	f.Owner = foreign.owner // the first of the others, when there are several
	f.Item = p.View(foreign.first).Control
	f.Surface = record.Text
	f.Count = 0
	var told []phrase.Text
	for i, s := range seq {
		if s.owner != viewer {
			f.Count += len(s.visits)
			f.Visits = append(f.Visits, s.visits...)
		}
		if i < longest {
			told = append(told, s.told())
		}
	}
	if len(seq) > longest {
		told = append(told, phrase.Verbatim("…"))
	}
	// Three visits with a switch on either side of the middle one prove it.
	middle := max(1, at)
	if middle == len(seq)-1 {
		middle--
	}
	for _, s := range seq[middle-1 : middle+2] {
		if s.first != foreign.first {
			f.Witness = append(f.Witness, s.first.N)
		}
	}
	f.Message = phrase.New("%s's %s switched between owners %s: %s",
		viewer, foreign.first.View, phrase.New("%d times", len(seq)-1), phrase.Join(told, ", "))
	return f
}

func (s stretch) told() phrase.Text {
	if len(s.visits) == 1 {
		return phrase.Verbatim(s.owner)
	}
	return phrase.New("%s ×%d", s.owner, len(s.visits))
}
