// Package isolation is the contract of a check: one property of session
// isolation, judged on a record.
//
// A [Check] is a value. Its Look sees each observation as it comes, during the
// run and again whenever the record is judged; its Judge sees the whole record
// at the end. What either finds goes through [Pass.Report]; an error means that
// the check could not do its work. How bad a finding is, is in its level; what
// follows from it, the gate decides.
//
// CWE-488, Exposure of Data Element to Wrong Session, is the name of the class
// of bugs.
package isolation

import (
	"time"

	"notmine/checks/phrase"
	"notmine/checks/plan"
	"notmine/checks/record"
)

// Check is one property of session isolation.
type Check struct {
	Name string // one lower-case word; also its folder and package
	Doc  string // what it catches, how it happens in the field, what it cannot see; the first line is the title
	// Look sees one observation, in the order of the record. It may be nil.
	Look func(*Pass, *record.Observation) error
	// Judge sees the whole record, when it is over. It may be nil.
	Judge func(*Pass) error
}

// Level says what a finding means.
type Level string

// The levels. Only Leak fails a run unless the plan says more.
const (
	Leak    Level = "leak"    // proven: outside the audience
	Suspect Level = "suspect" // a difference with no proven owner
	Risk    Level = "risk"    // nothing seen yet, but a way for it to happen
	Note    Level = "note"    // worth knowing, such as one's own item missing
)

// Finding is one breach, with the fewest observations that prove it.
// Breaches that differ only in when they happened are one finding with a count.
type Finding struct {
	Check       string        `json:"check"`
	Level       Level         `json:"level"`
	Fingerprint string        `json:"fingerprint"` // of check, view, item, surface and relation; never of names or times
	Viewer      string        `json:"viewer"`
	Owner       string        `json:"owner,omitempty"` // "" when unknown
	Item        string        `json:"item,omitempty"`
	View        string        `json:"view"`
	Surface     string        `json:"surface,omitempty"`
	Path        string        `json:"path,omitempty"`     // where on the surface, or of the answer that carried what the page shows
	Wrapping    []string      `json:"wrapping,omitempty"` // how it was wrapped there, outermost first
	Phase       string        `json:"phase"`              // of the first
	Round       int           `json:"round"`              // of the first
	At          time.Time     `json:"at"`                 // of the first
	When        *When         `json:"when,omitempty"`     // the first, as seen from the events and changes; nil without any
	Count       int           `json:"count"`              // visits in which it happened
	Stages      []Stage       `json:"stages,omitempty"`   // how often before, during and after each of them; see [Course.Stages]
	Cause       string        `json:"cause,omitempty"`    // likely; "" when what was seen does not decide
	Because     []phrase.Text `json:"because,omitempty"`  // the reasons for it, or why it is not decided
	Message     phrase.Text   `json:"message"`
	Witness     []int         `json:"witness"` // numbers of observations; the first is the visit in which it happened
	Evidence    []string      `json:"evidence,omitempty"`

	// Accepted, Expired and Known are set by the gate. One that is accepted, or
	// known from an earlier run, does not fail the run.
	Accepted *Accepted `json:"accepted,omitempty"`
	Expired  *Accepted `json:"expired,omitempty"` // it was accepted until before the run
	Known    *Known    `json:"known,omitempty"`

	// Relation says, in a few fixed words, how the thing relates to the viewer,
	// such as "outside audience". It is part of the fingerprint.
	Relation string `json:"-"`
	// Visits are the numbers of all observations in which it happened, in order.
	// A check that reports several at once sets them; else it is the first witness.
	Visits []int `json:"-"`
}

// Accepted says why a finding is accepted, who answers for it, and until when.
type Accepted struct {
	Reason  string    `json:"reason"`
	Owner   string    `json:"owner"`
	Expires plan.Date `json:"expires"` // the last day, in UTC
}

// Known says which earlier run had found the same: the run that this one was
// held against.
type Known struct {
	Run string `json:"run"`
}

// In begins a finding about what happened in o: it sets everything that o says
// itself, and o as the witness.
func In(o *record.Observation) Finding {
	return Finding{
		Viewer: o.Account, View: o.View,
		Phase: o.Phase, Round: o.Round, At: o.Start,
		Count: 1, Witness: []int{o.N},
	}
}
