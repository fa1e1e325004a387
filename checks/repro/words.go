package repro

import (
	"math/rand/v2"
	"slices"

	"notmine/checks/phrase"
	"notmine/checks/plan"
)

// Text tells what came of a candidate, with its counts.
func (c Candidate) Text() phrase.Text {
	var names []phrase.Text
	for _, m := range c.Without {
		names = append(names, m.Without)
	}
	without := listed(names)
	switch {
	case c.Undone:
		return phrase.New("rarer without %s, as was seen later (%d of %s)", without, c.Tries.Hits, counted(c.Tries.Rounds))
	case c.Answer == Kept:
		return phrase.New("kept without %s (%d of %s)", without, c.Tries.Hits, counted(c.Tries.Rounds))
	case c.Answer == Lost:
		return phrase.New("lost without %s (%d of %s)", without, c.Tries.Hits, counted(c.Tries.Rounds))
	}
	return phrase.New("not known without %s: %s", without, c.Why)
}

// Smaller reports whether anything was left out.
func (s *Shrunk) Smaller() bool {
	return slices.ContainsFunc(s.Tried, func(c Candidate) bool { return c.Answer == Kept && !c.Undone })
}

// Text tells what mattered and what did not, such as "needs 2 accounts whose
// requests for list overlap; not needed: the view message, the login storm". What
// was not tried is not told as needed.
func (s *Shrunk) Text() phrase.Text {
	var needed, open, spared []phrase.Text
	accounts, after := 0, false
	known := map[string]bool{} // what was told of already
	for _, c := range s.Tried {
		if c.Answer != Kept || c.Undone {
			continue
		}
		for _, m := range c.Without {
			switch {
			case m.Kind == "accounts":
				accounts++
			case m.Kind == "after":
				after = true
			case !known[m.Without.String()]:
				known[m.Without.String()] = true
				spared = append(spared, m.Without)
			}
		}
	}
	if accounts > 0 {
		spared = slices.Insert(spared, 0, phrase.New("%d other accounts", accounts))
	}
	if after {
		spared = append(spared, phrase.New("what came after"))
	}
	for _, c := range slices.Backward(s.Tried) { // the last answer holds
		alone := len(c.Without) == 1
		if c.Answer == Kept && !c.Undone || c.Answer != Kept && !alone {
			continue
		}
		for _, m := range c.Without {
			_, there := m.Apply(s.Plan)
			switch {
			case !there || known[m.Without.String()] || m.Kind == "accounts" || m.Kind == "order": // which the sentence begins with
				continue
			case alone && c.Answer != Undecided:
				needed = append(needed, m.Without)
			default: // or one of those that were put back together
				open = append(open, m.Without)
			}
			known[m.Without.String()] = true
		}
	}
	slices.Reverse(open)
	slices.Reverse(needed)
	who := s.who()
	if !s.allNeeded() {
		who = phrase.New("at most %s", who)
	}
	said := phrase.New("needs %s", listed(slices.Insert(needed, 0, who)))
	if len(spared) > 0 {
		said = phrase.New("%s; not needed: %s", said, listed(spared))
	}
	if len(open) > 0 {
		said = phrase.New("%s; not known: %s", said, listed(open))
	}
	if !s.ended {
		said = phrase.New("%s; the rest was not tried", said)
	}
	return said
}

// allNeeded reports whether it is known of each account that is left: two are, the
// viewer and the owner are kept in any case, and without any other it was lost.
func (s *Shrunk) allNeeded() bool {
	needed := map[string]bool{}
	for _, c := range s.Tried {
		if c.Answer == Lost && len(c.Without) == 1 && c.Without[0].Kind == "accounts" {
			needed[c.Without[0].Without.String()] = true
		}
	}
	others := (&moves{finding: s.Finding, rng: rand.New(rand.NewPCG(0, 0))}).accounts(s.Plan)
	return len(s.Plan.Accounts) <= 2 || !slices.ContainsFunc(others, func(m Move) bool { return !needed[m.Without.String()] })
}

// who says how many accounts do what in the phase of the finding.
func (s *Shrunk) who() phrase.Text {
	i := (&moves{finding: s.Finding}).phaseOf(s.Plan)
	ph := s.Plan.Phases[i]
	n := len(s.Plan.Accounts)
	if ph.Accounts > 0 {
		n = min(n, ph.Accounts)
	}
	who, view := phrase.New("%d accounts", n), s.Finding.View
	switch {
	case ph.Change != "":
		return phrase.New("%s that make the change %s", who, ph.Change)
	case ph.Order == plan.Solo:
		return phrase.New("%s that look at %s alone", who, view)
	case ph.Order == plan.Sequential:
		return phrase.New("%s that look at %s one after the other", who, view)
	case ph.Order == plan.Storm:
		return phrase.New("%s that log in at the same moment", who)
	case ph.Order == plan.Random:
		return phrase.New("%s that go through the views on their own", who)
	case ph.Order == plan.Devices:
		return phrase.New("%s on two devices each, whose requests for %s overlap", who, view)
	case ph.Order == plan.Fresh:
		return phrase.New("%s with new browser profiles, whose requests for %s overlap", who, view)
	case ph.Order == plan.Handover:
		return phrase.New("%s that use one browser one after the other", who)
	case ph.Order == plan.Idle:
		return phrase.New("%s that watch %s while one of them acts", who, view)
	case ph.Order == plan.Search:
		return phrase.New("%s whose requests for %s come in a certain order", who, view)
	}
	return phrase.New("%s whose requests for %s overlap", who, view)
}

// mostNamed is how many things a sentence names.
const mostNamed = 12

func listed(names []phrase.Text) phrase.Text {
	if more := len(names) - mostNamed; more > 0 {
		return phrase.New("%s and %d more", phrase.Join(names[:mostNamed], ", "), more)
	}
	return phrase.Join(names, ", ")
}
