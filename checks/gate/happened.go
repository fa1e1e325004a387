package gate

import (
	"math"
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
	for _, e := range p.Run.Events {
		all = append(all, Happening{
			Name: e.Name, Kind: "event", At: e.Start, Seconds: tenths(e.End.Sub(e.Start)), Error: e.Error, Back: back(p.Run, e),
		})
	}
	byName := map[string]int{}
	for _, c := range p.Run.Changes {
		i, ok := byName[c.Name]
		if !ok {
			i = len(all)
			byName[c.Name] = i
			all = append(all, Happening{Name: c.Name, Kind: "change", At: c.Start})
		}
		h := &all[i]
		h.Seconds = tenths(c.End.Sub(h.At))
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
	slices.SortStableFunc(all, func(a, b Happening) int { return a.At.Compare(b.At) })
	return all
}

func tenths(d time.Duration) float64 { return math.Round(d.Seconds()*10) / 10 }

// back returns how long after the beginning of an event every view was reached
// that had been reached before.
func back(run *record.Run, e record.Event) *float64 {
	before, again := map[string]bool{}, map[string]time.Time{}
	for _, o := range run.Observations {
		if o.Outcome != record.Seen {
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
			return nil
		}
		if again[view].After(last) {
			last = again[view]
		}
	}
	if last.IsZero() {
		return nil
	}
	s := tenths(last.Sub(e.Start))
	return &s
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
