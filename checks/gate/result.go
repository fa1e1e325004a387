package gate

import (
	"time"

	"notmine/checks/isolation"
	"notmine/checks/phrase"
	"notmine/checks/plan"
	"notmine/checks/record"
)

// Result is the outcome of a run, and the content of results.json.
type Result struct {
	Notmine  int                 `json:"notmine"` // version of the format
	Verdict  Verdict             `json:"verdict"`
	Exit     int                 `json:"exit"`
	Reasons  []phrase.Text       `json:"reasons"` // why it is not clean, each a sentence
	Leaks    Leaks               `json:"leaks,omitzero"`
	Run      Run                 `json:"run"`
	Coverage Coverage            `json:"coverage"`
	Phases   []Phase             `json:"phases"`
	Happened []Happening         `json:"happened,omitempty"` // the events and changes, in their order
	Stages   []isolation.Stage   `json:"stages,omitempty"`   // visits in company that could have leaked, and those that did, before, during and after
	Findings []isolation.Finding `json:"findings"`
	// Unseen are the accepted findings that this run did not make, in the order
	// of their file: perhaps they are mended, and can be taken out.
	Unseen []plan.Accepted `json:"accepted_unseen,omitempty"`
}

// Leaks counts the leaks by what became of them, and whatever else the plan
// fails on, each fingerprint once.
type Leaks struct {
	New      int `json:"new"`      // they fail the run
	Expired  int `json:"expired"`  // were accepted until before the run, and fail it
	Accepted int `json:"accepted"` // see [plan.Accepted]
	Known    int `json:"known"`    // and not accepted; see [record.Baseline]
}

// Spared is how many do not fail the run.
func (l Leaks) Spared() int { return l.Accepted + l.Known }

// Run says which run it was.
type Run struct {
	ID      string    `json:"id"`
	Seed    int64     `json:"seed"`
	Plan    string    `json:"plan"`
	Target  string    `json:"target"`
	Started time.Time `json:"started"`
	Seconds float64   `json:"seconds"` // to a tenth
}

// Coverage says how much was looked at. All but the rates count the whole run.
type Coverage struct {
	Accounts      int `json:"accounts"`
	Sessions      int `json:"sessions"` // accounts that logged in at least once
	Visits        int `json:"visits"`
	Exposures     int `json:"exposures"`
	Overlapping   int `json:"overlapping"`    // exposures during which another session had a visit in flight
	PairsSeen     int `json:"pairs_seen"`     // viewer and owner, the owner's session being in flight during an exposure of the viewer
	PairsPossible int `json:"pairs_possible"` // n(n-1)
	// RateBound95 is the highest leak rate per visit in company that a run
	// without a leak still allows at 95 %; null when it found one or had no
	// exposure in company.
	RateBound95 *float64 `json:"rate_bound_95"`
	// NewRateBound95 is there instead when all leaks of a run are accepted or
	// known: the highest rate that it still allows of others, of leaks with other
	// fingerprints.
	NewRateBound95 *float64 `json:"new_rate_bound_95,omitempty"`
	// Rate95 is there when visits in company leaked.
	Rate95 *Rate `json:"rate_95,omitempty"`
	// Blocked are the hosts that pages asked for and that the plan does not list.
	Blocked []string `json:"blocked,omitempty"`
	// Surfaces says how much was looked at on each of [record.Surfaces], in
	// their order: one that was never exercised is there with zeros.
	Surfaces []Surface `json:"surfaces"`
	// Missed is what could not be looked at whole, the most frequent first.
	Missed []Missed `json:"missed,omitempty"`
	// Shared says what of a shared browser was exercised; nil without handovers.
	Shared *Shared `json:"shared,omitempty"`
	// Plain says what sessions without a browser looked at; nil without any.
	Plain *Plain `json:"plain,omitempty"`
}

// Plain counts the visits of sessions without a browser. They are among all
// visits, and prove of a page nothing but what came over the network: they are no
// exposures, and no rate counts them.
type Plain struct {
	Sessions      int `json:"sessions"` // the most that each account had, over all accounts
	Visits        int `json:"visits"`
	Failed        int `json:"failed"`    // were answered in another way than the browser was, or not at all
	Exposures     int `json:"exposures"` // in which the control held, so that a leak would have shown in what came
	LeakingVisits int `json:"leaking_visits"`
}

// Shared says what of a browser in which one account went on after another was
// exercised.
type Shared struct {
	Handovers int `json:"handovers"`          // ordered pairs of accounts
	Restored  int `json:"back_forward_cache"` // visits to pages that the browser had kept alive
	Reloaded  int `json:"back_reloaded"`      // visits with Back or Forward to pages that it loaded again
	Worker    int `json:"service_worker"`     // visits in which a service worker answered
	Offline   int `json:"offline"`            // visits that were answered while the network was away
}

// Surface says how much was looked at on one surface.
type Surface struct {
	Name   string `json:"name"`
	Visits int    `json:"visits"` // in which there was anything on it
	Items  int    `json:"items"`
	Bytes  int64  `json:"bytes"`
	// Seen counts the visits in which it showed a marker that the viewer may see:
	// the proof that a leak would have been seen there.
	Seen int `json:"seen"`
}

// Missed is one cause for which something was not looked at whole.
type Missed struct {
	Surface string `json:"surface"`
	Why     string `json:"why"`
	Path    string `json:"path,omitempty"` // of the first
	Visits  int    `json:"visits"`
}

// Rate is how often visits in company leaked: leaking visits over those that
// leaked or were exposures, with the exact interval (Clopper–Pearson) at 95 %.
type Rate struct {
	Observed float64 `json:"observed"`
	Low      float64 `json:"low"`
	High     float64 `json:"high"`
}

// Phase says how much was looked at in one phase of the plan.
type Phase struct {
	Name      string     `json:"name"`
	Order     plan.Order `json:"order,omitempty"`  // "" of an event or a change
	Event     string     `json:"event,omitempty"`  // that was done in it
	Change    string     `json:"change,omitempty"` // that was made
	Rounds    int        `json:"rounds"`           // that were begun
	Seconds   float64    `json:"seconds"`          // what it cost, to a tenth
	Visits    int        `json:"visits"`
	Exposures int        `json:"exposures"`
	Away      string     `json:"away,omitempty"` // why it was left out or given up: an event had put the target away, and another was to come
	// LeakingVisits were given at least one marker outside its audience.
	LeakingVisits int `json:"leaking_visits"`
	// Search says what a phase of the order search was worth; nil of any other, and
	// of one that did not come to it.
	Search *Search `json:"search,omitempty"`
}

// Happening is an event, or a change that accounts made.
type Happening struct {
	Name    string    `json:"name"`
	Nth     int       `json:"nth,omitempty"`    // which time it was, from 2; 0 for the first
	Kind    string    `json:"kind"`             // event or change
	Phase   string    `json:"phase,omitempty"`  // in which it was; "" between phases
	Round   int       `json:"round,omitempty"`  // of an event in a phase: before which it was done
	After   string    `json:"after,omitempty"`  // the last phase in which accounts looked that had begun before
	Before  string    `json:"before,omitempty"` // the first such phase that began afterwards
	At      time.Time `json:"at"`
	Seconds float64   `json:"seconds"` // to a tenth, like all that follow
	Made    int       `json:"made,omitempty"`
	Failed  int       `json:"failed,omitempty"`
	Error   string    `json:"error,omitempty"` // the first
	// Settled is when after a change the last visit began that showed what was
	// before it; nil when none did.
	Settled *float64 `json:"settled_seconds,omitempty"`
	// Away counts the visits from the beginning of an event on, until it was Back,
	// that failed or were refused.
	Away int `json:"away,omitempty"`
	// Back is when after the beginning of an event every view that was reached
	// before it was reached again; nil when that was not seen.
	Back *float64 `json:"back_seconds,omitempty"`
}

func runOf(run *record.Run) Run {
	h := run.Header
	return Run{
		ID: h.Run, Seed: h.Seed, Plan: h.Plan.File, Target: h.Plan.Target, Started: h.Started,
		Seconds: tenths(over(run).Sub(h.Started)),
	}
}

// over returns when a run was over, as far as its record tells.
func over(run *record.Run) time.Time {
	if run.End != nil {
		return run.End.At
	}
	end := run.Header.Started
	for _, o := range run.Observations {
		if o.End.After(end) {
			end = o.End
		}
	}
	return end
}
