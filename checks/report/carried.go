package report

import (
	"cmp"
	"slices"
	"time"

	"notmine/checks/isolation"
	"notmine/checks/record"
)

// mostFlights is how many requests a card shows around a breach.
const mostFlights = 12

// observation returns the observation of that number; nil when there is none.
func (s *story) observation(n int) *record.Observation {
	if n < 1 || n > len(s.run.Observations) {
		return nil
	}
	return s.run.Observations[n-1]
}

// breach returns the visit in which a finding happened.
func (s *story) breach(f *isolation.Finding) *record.Observation {
	if len(f.Witness) == 0 {
		return nil
	}
	return s.observation(f.Witness[0])
}

// carrier returns the exchange that carried what a finding is about: the one in
// which the thing itself was sighted, else the one of the finding's path. It is
// nil when the record does not tell.
func carrier(o *record.Observation, f *isolation.Finding) *record.Exchange {
	byID := func(id int) *record.Exchange {
		for i := range o.Exchanges {
			if o.Exchanges[i].ID == id {
				return &o.Exchanges[i]
			}
		}
		return nil
	}
	if f.Item != "" {
		for _, sighted := range o.Sightings {
			if sighted.Owner != f.Owner || sighted.Item != f.Item || sighted.Exchange == 0 {
				continue
			}
			if x := byID(sighted.Exchange); x != nil && (f.Path == "" || f.Path == sighted.Path) {
				return x
			}
		}
	}
	if f.Path != "" {
		for i := range o.Exchanges {
			if isolation.PathOf(o.Exchanges[i].URL) == f.Path {
				return &o.Exchanges[i]
			}
		}
	}
	return nil
}

// flight is a request that was at work at the moment of a breach.
type flight struct {
	account  string
	exchange *record.Exchange
	carrier  bool // it is the one that carried it
	owner    bool // it is of the one whose data it was
}

// inFlight returns the requests whose time at the target had a moment in common
// with x, and x itself, in the order in which they were sent. Of more than
// [mostFlights] those stay that say most about the cause: the owner's, those for
// the same path, and then those sent closest to x. It also returns how many were
// left out.
func (s *story) inFlight(o *record.Observation, x *record.Exchange, f *isolation.Finding) (flights []flight, left int) {
	from, to := sent(x), answered(x)
	path := isolation.PathOf(x.URL)
	for _, other := range s.run.Observations {
		if other.Start.After(to) || other.Account == o.Account && other != o {
			continue
		}
		if !other.End.IsZero() && other.End.Before(from) {
			continue
		}
		for i := range other.Exchanges {
			y := &other.Exchanges[i]
			if sent(y).After(to) || answered(y).Before(from) {
				continue
			}
			flights = append(flights, flight{
				account: other.Account, exchange: y,
				carrier: y == x, owner: other.Account == f.Owner,
			})
		}
	}
	weight := func(fl flight) int {
		switch {
		case fl.carrier:
			return 0
		case fl.owner && isolation.PathOf(fl.exchange.URL) == path:
			return 1
		case fl.owner:
			return 2
		case isolation.PathOf(fl.exchange.URL) == path:
			return 3
		}
		return 4
	}
	distance := func(fl flight) time.Duration { return sent(fl.exchange).Sub(from).Abs() }
	slices.SortStableFunc(flights, func(a, b flight) int {
		return cmp.Or(cmp.Compare(weight(a), weight(b)), cmp.Compare(distance(a), distance(b)))
	})
	if left = len(flights) - mostFlights; left > 0 {
		flights = flights[:mostFlights]
	}
	slices.SortStableFunc(flights, func(a, b flight) int {
		return sent(a.exchange).Compare(sent(b.exchange))
	})
	return flights, max(left, 0)
}

// sent is when a request went to the target, as well as the record knows.
func sent(x *record.Exchange) time.Time {
	if x.Sent.IsZero() {
		return x.Start
	}
	return x.Sent
}

// answered is when the target had begun to answer, as well as the record knows.
// A request that never was answered is at work until its end.
func answered(x *record.Exchange) time.Time {
	for _, t := range []time.Time{x.Answered, x.End} {
		if !t.IsZero() {
			return t
		}
	}
	return sent(x)
}
