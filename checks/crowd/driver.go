// Package crowd runs a plan's phases: many sessions, one account each, in the
// order that each phase asks for, with a barrier where their requests wait for
// each other. It knows sessions only through [Driver] and [Session], so that
// everything about time and order is tested without a browser.
package crowd

import (
	"context"

	"notmine/checks/plan"
	"notmine/checks/record"
)

// Driver opens sessions. The browser is one; the tests of this package have another.
type Driver interface {
	// Open makes a session that shares nothing with any other.
	Open(ctx context.Context, account plan.Account) (Session, error)
	// Mask hides credentials, those of the plan and those that passed on the way,
	// in a text that a page may have filled with them.
	Mask(text string) string
	// Product names the browser and its version.
	Product() string
	// Close ends everything that the driver started.
	Close() error
}

// Session is one isolated browser context. It is used by one goroutine at a
// time, except for Close.
type Session interface {
	// Do runs steps (login, logout, plant), each within the plan's deadline.
	// vars gives the values of templates.
	Do(ctx context.Context, steps []plan.Step, vars Vars) error
	// Visit looks at a view once and returns what it was given. The observation
	// is worth keeping also when the error is not nil.
	Visit(ctx context.Context, v Visit) (*record.Observation, error)
	// Become hands the browser over to another account, as when the next person
	// sits down: nothing is cleared, and nobody is logged in or out. What is
	// done from here on is that account's.
	Become(account plan.Account) error
	// Rest leaves the page that is open, so that nothing of it goes on.
	Rest(ctx context.Context) error
	// Evidence takes a screenshot of the page as it stands. What is marked are
	// texts, and pictures by the path that they came from.
	Evidence(ctx context.Context, mark []string) ([]byte, error)
	// Copies are of what passed in the visit that ended last; nil when nothing of
	// it is kept. They stay what they are when the session goes on.
	Copies() Copies
	// Plain opens a session without a browser that shares this one's credentials.
	Plain() (Plain, error)
	// Close ends the session and forgets what it kept.
	Close() error
}

// Plain is a session without a browser. It looks at a view by asking again for
// what its browser's page asked for in its last visit there; until then, that is
// a [NotPossibleError] and no observation.
type Plain interface {
	Visit(ctx context.Context, v Visit) (*record.Observation, error)
	// Copies are as those of a [Session].
	Copies() Copies
	Close() error
}

// Copies are of the exchanges of one visit in which something was sighted.
type Copies interface {
	// Copy returns the exchange with an ID as evidence may show it: of the target
	// not much more than the texts that are shown, as sightings have them. It
	// returns false when nothing was kept of the exchange.
	Copy(id int, shown []string) (record.Copy, bool)
}

// Shot is a screenshot that is wanted of a page while it is open.
type Shot struct {
	Mark []string          // what is marked in it, as of [Session.Evidence]
	File string            // the name under which it is kept
	Of   []record.Evidence // what it is evidence of, without the name of its file
}

// Vars gives the value of a template's key, such as "login" or "canary subject".
type Vars func(key string) (string, bool)

// Visit is one look of one session at one view.
type Visit struct {
	View  plan.View
	Peer  string // name of the account whose view it is; "" for one's own
	Vars  Vars
	Trace string // W3C traceparent for the visit's requests; "" for none
	Holds []Hold // where its requests wait; none in an order without a barrier
	// How is how the page is come to in place of the view's steps: [record.Back],
	// [record.Forward], [record.Reload], [record.Offline] (a reload while the
	// network is away), or [Stay]. "" is by its steps.
	How string
	// Cut says where one of the visit's exchanges is cut off, one of
	// record.Aborted…; "" is nowhere. CutPattern says which, as a hold's pattern
	// or [Fetch] does: the first that it fits.
	Cut, CutPattern string
}

// Stay, as how a page is come to, looks at the page as it stands.
const Stay = "stay"

// Fetch is the pattern of the first request that a script makes.
const Fetch = "fetch"

// Submit is the pattern of the first request that sends a form: a login, mostly.
const Submit = "submit"

// Hold is a place where a request of a visit waits for those of the other
// sessions. The wire calls Arrive before the request goes to the target, Sent
// when it went, and Answered when the head of the answer is there and before
// it goes on to the browser.
type Hold interface {
	// Pattern is "first" (the visit's first request) or a URL pattern.
	Pattern() string
	Arrive(ctx context.Context) error
	Sent()
	Answered(ctx context.Context) error
}

// Each is a hold that has a place of its own for each request of a visit.
type Each interface {
	Hold
	// For returns the place of a request of that method and URL path; nil when it
	// has nothing to wait for.
	For(method, path string) Hold
}

// An error of a session may say more than that a step failed.
type (
	// TargetError means that the target refused or was away: a login that did
	// not succeed, a connection refused, an error page where a view should be.
	TargetError struct{ Err error }
	// ThrownOutError means that the login form came up where a view should be:
	// an unexpected logout, which is a symptom of its own.
	ThrownOutError struct{ Err error }
	// DiedError means that the session is gone and has to be replaced.
	DiedError struct{ Err error }
	// AbortedError means that a visit did not reach its view because one of its
	// exchanges was cut off on purpose.
	AbortedError struct{ Err error }
	// NotPossibleError means that a page cannot be come to in that way: there is
	// nowhere to go back to, or nothing that answers while the network is away.
	// It is nobody's fault.
	NotPossibleError struct{ Err error }
)

func (e *TargetError) Error() string    { return e.Err.Error() }
func (e *TargetError) Unwrap() error    { return e.Err }
func (e *ThrownOutError) Error() string { return e.Err.Error() }
func (e *ThrownOutError) Unwrap() error { return e.Err }
func (e *DiedError) Error() string      { return e.Err.Error() }
func (e *DiedError) Unwrap() error      { return e.Err }

func (e *AbortedError) Error() string { return e.Err.Error() }
func (e *AbortedError) Unwrap() error { return e.Err }

func (e *NotPossibleError) Error() string { return e.Err.Error() }
func (e *NotPossibleError) Unwrap() error { return e.Err }
