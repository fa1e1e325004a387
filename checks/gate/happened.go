package gate

import (
	"math"
	"net/http"
	"slices"
	"time"

	"notmine/checks/isolation"
	"notmine/checks/plan"
	"notmine/checks/record"
)

// happened tells the events and changes of a run, in their order: a change that
// several accounts made in one phase is one.
func happened(p *isolation.Pass) []Happening {
	var all []Happening
	for _, h := range isolation.CourseOf(p.Run) {
		told := Happening{Name: h.Event, Kind: "event", Nth: h.Nth, At: h.Start, Seconds: tenths(h.End.Sub(h.Start))}
		told.between(p.Run, h)
		if h.Done != nil {
			told.Error, told.Round = h.Done.Error, h.Done.Round
			told.Away, told.Back = felt(p, h)
		} else {
			told.Name, told.Kind = h.Change, "change"
			told.made(p, h.Made)
		}
		all = append(all, told)
	}
	return all
}

// between says in or between which phases it was.
func (h *Happening) between(run *record.Run, of isolation.Happening) {
	begun := func(i int) plan.Phase { return run.Header.Plan.Phases[run.Phases[i].Index] }
	looks := func(ph plan.Phase) bool { return ph.Order != "" && ph.Change == "" }
	at := isolation.PhaseAt(run, of.Start)
	before := at
	if at >= 0 {
		ph := begun(at)
		if ph.Order != "" && (of.Event != "" && ph.Event == of.Event || of.Change != "" && ph.Change == of.Change) {
			h.Phase = ph.Name
			before--
		}
	}
	for i := before; i >= 0 && h.After == ""; i-- {
		if ph := begun(i); looks(ph) {
			h.After = ph.Name
		}
	}
	for i := at + 1; i < len(run.Phases) && h.Before == ""; i++ {
		if ph := begun(i); looks(ph) {
			h.Before = ph.Name
		}
	}
}

// made sums up the changes of one phase.
func (h *Happening) made(p *isolation.Pass, changes []record.Change) {
	for _, c := range changes {
		if c.Error != "" {
			if h.Failed++; h.Error == "" {
				h.Error = c.Error
			}
			continue
		}
		h.Made++
		if late, ok := settled(p, c); ok && (h.Settled == nil || tenths(late) > *h.Settled) {
			s := tenths(late)
			h.Settled = &s
		}
	}
}

func tenths(d time.Duration) float64 { return math.Round(d.Seconds()*10) / 10 }

// felt returns how long after the beginning of an event every view was reached
// that had been reached before, nil if that was not seen, and how many visits
// until then failed or were refused.
func felt(p *isolation.Pass, e isolation.Happening) (away int, back *float64) {
	before, again := map[string]bool{}, map[string]time.Time{}
	for _, o := range p.Run.Observations {
		if !reached(p, o) {
			continue
		}
		if o.End.Before(e.Start) {
			before[o.View] = true
		}
		if o.Start.After(e.Start) && (again[o.View].IsZero() || o.End.Before(again[o.View])) {
			again[o.View] = o.End
		}
	}
	var last time.Time
	for view := range before {
		if again[view].IsZero() {
			last = time.Time{}
			break
		}
		if again[view].After(last) {
			last = again[view]
		}
	}
	for _, o := range p.Run.Observations {
		if o.End.Before(e.Start) || !last.IsZero() && o.Start.After(last) {
			continue
		}
		if p.Regular(o) && !reached(p, o) {
			away++
		}
	}
	if last.IsZero() {
		return away, nil
	}
	s := tenths(last.Sub(e.Start))
	return away, &s
}

// reached reports whether a visit came to its view, and not to the page of a
// service that is away. Logins, and what is no regular look, come to none.
func reached(p *isolation.Pass, o *record.Observation) bool {
	return o.Outcome == record.Seen && p.Regular(o) && (o.Status < http.StatusBadRequest || p.Exposed(o))
}

// settled returns how long after a change the last visit began that showed what
// was before it, until the same account changed the same again.
func settled(p *isolation.Pass, made record.Change) (late time.Duration, ok bool) {
	i := slices.IndexFunc(p.Header.Plan.Changes, func(c plan.Change) bool { return c.Name == made.Name })
	if i < 0 {
		return 0, false
	}
	change := p.Header.Plan.Changes[i]
	newest, _ := p.Ledger.Latest(made.Account, made.Item)
	for _, o := range p.Run.Observations {
		if o.Start.Before(made.End) || slices.ContainsFunc(p.Run.Changes, func(next record.Change) bool {
			return next.Account == made.Account && next.Item == made.Item && next.Start.After(made.Start) && next.Start.Before(o.Start)
		}) {
			continue
		}
		for _, s := range o.Sightings {
			if s.Earlier || s.Owner != made.Account || s.Item != made.Item {
				continue
			}
			entry, _ := p.Ledger.ByID(s.Marker)
			// By now whoever may not see it any more was told so; they are asked for the far future.
			outside := !p.Ledger.Allowed(s.Marker, o.Account, o.End.Add(change.Settle), o.End.Add(change.Settle))
			if outside || change.Delete || change.Renews && entry.Version < newest.Version {
				late, ok = max(late, isolation.Since(o, s).Sub(made.End)), true
			}
		}
	}
	return late, ok
}

// shared tells what of a shared browser was exercised.
func shared(run *record.Run) *Shared {
	s := &Shared{}
	pairs := map[[2]string]bool{}
	for _, o := range run.Observations {
		if o.Before == "" {
			continue
		}
		pairs[[2]string{o.Before, o.Account}] = true
		if o.Outcome != record.Seen {
			continue
		}
		switch o.How {
		case record.Restored:
			s.Restored++
		case record.Back, record.Forward:
			s.Reloaded++
		case record.Offline:
			s.Offline++
		}
		if o.Worker > 0 {
			s.Worker++
		}
	}
	if len(pairs) == 0 {
		return nil
	}
	s.Handovers = len(pairs)
	return s
}
