package plan

import "time"

// Order is how sessions take turns in a phase.
type Order string

// The orders.
const (
	Solo       Order = "solo"       // each account alone, one after the other
	Sequential Order = "sequential" // everybody is logged in and nobody overlaps; each account follows each other directly on each view
	Together   Order = "together"   // every view of every round is released from one barrier
	Storm      Order = "storm"      // everybody logs in anew at the same moment
	Random     Order = "random"     // everybody goes through the views on their own, with think times
	Devices    Order = "devices"    // each account on two devices at once
	Fresh      Order = "fresh"      // the first visits of new browser profiles while others are warm
	Handover   Order = "handover"   // one logs out and the next logs in, in the same browser
	Idle       Order = "idle"       // everybody's pages are open, and one acts
	Search     Order = "search"     // everybody looks at once, and requests are let through one at a time, in a drawn order
)

// Orders are all of them, in the order in which they are explained.
var Orders = []Order{Solo, Sequential, Together, Storm, Random, Devices, Fresh, Handover, Idle, Search}

// defaultRounds is how many rounds a phase has that does not say.
var defaultRounds = map[Order]int{
	Solo: 2, Sequential: 1, Together: 20, Storm: 3, Random: 4, Devices: 4, Fresh: 2, Handover: 2, Idle: 1, Search: 30,
}

// Phase is a part of a run: one order, or an event or a change between two of them.
type Phase struct {
	Name   string `json:"name"`            // the order, event or change, with -2, -3, … when it comes again
	Order  Order  `json:"order,omitempty"` // "" of an event or a change
	Rounds int    `json:"rounds,omitempty"`
	// Views are the names of those that are looked at; empty is all.
	Views []string `json:"views,omitempty"`
	// Hold says which requests wait, in place of what the views say.
	Hold []string `json:"hold,omitempty"`
	// Accounts is how many take part, the first ones of the plan; 0 is all.
	Accounts int     `json:"accounts,omitempty"`
	Abort    float64 `json:"abort,omitempty"` // share of visits of which a request is cut off half way
	Rate     int     `json:"rate,omitempty"`  // visits a second at most; 0 is as many as go
	HTTP     int     `json:"http,omitempty"`  // sessions without a browser that look beside the browsers
	// Depth is, of search, how many constraints of order make the bugs that are
	// looked for: 1 is "this before that", 2 "that in between".
	Depth int           `json:"depth,omitempty"`
	Think time.Duration `json:"think_ns,omitempty"` // of random: the longest time before a visit
	// Within is how long new rounds begin; the first always does. 0 is until all are done.
	Within time.Duration `json:"within_ns,omitempty"`
	Event  string        `json:"event,omitempty"`  // name of the event that is done
	At     int           `json:"at,omitempty"`     // of an event in an order: before which round it is done
	Change string        `json:"change,omitempty"` // name of the change that everybody makes, one after the other or together
	Line   int           `json:"line,omitempty"`
}

// Event is something that is done to the target.
type Event struct {
	Name string `json:"name"`
	// Run is a command for the shell, in the plan's folder; "" for none.
	Run  string `json:"-"`
	HTTP *Call  `json:"-"` // a request; nil for none
	// Settle is how long afterwards the target may still show what was before.
	Settle time.Duration `json:"settle_ns,omitempty"`
	Line   int           `json:"line,omitempty"`
}

// Call is an HTTP request that is no session's.
type Call struct {
	Method  string
	URL     Secret // it may hold a token
	Headers map[string]Secret
}

// Change is what an account does to one of its items in mid-run.
type Change struct {
	Name string `json:"name"`
	Item string `json:"item"`
	// Audience is who may see the item from then on, as in [Item]; empty is who could before.
	Audience []string      `json:"audience,omitempty"`
	Delete   bool          `json:"delete,omitempty"` // nobody may see it any more
	Steps    []Step        `json:"-"`
	Renews   bool          `json:"renews,omitempty"`    // its steps plant the item's next version
	Settle   time.Duration `json:"settle_ns,omitempty"` // how long afterwards the target may still show what was before
	Line     int           `json:"line,omitempty"`
}

// Event returns the event of that name.
func (p *Plan) Event(name string) (Event, bool) {
	for _, e := range p.Events {
		if e.Name == name {
			return e, true
		}
	}
	return Event{}, false
}

// Change returns the change of that name.
func (p *Plan) Change(name string) (Change, bool) {
	for _, c := range p.Changes {
		if c.Name == name {
			return c, true
		}
	}
	return Change{}, false
}
