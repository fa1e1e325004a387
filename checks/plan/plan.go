// Package plan says what a run has to do: the target, the accounts, what they
// own and who may see it, the views to look at, and the phases.
//
// A plan is one YAML file. [Load] decodes it, resolves what it refers to
// (account files, marker files, ${env:} and ${file:}) and reports every mistake
// at once, each with file, line and column. Everything that comes after works
// on the resolved [Plan] and never reads the file again.
//
// A plan that says what it is expected to show is a [Case]. [Plan.YAML] writes it.
package plan

import (
	"time"

	"notmine/checks/marker"
)

// Plan is a whole plan, resolved: nothing in it refers to a file or an
// environment variable any more. It holds secrets and must not be written
// anywhere; [Plan.Outline] is the part that may, and [Plan.YAML] leaves them out.
type Plan struct {
	File     string            // path as the user gave it
	Digest   string            // hex SHA-256 of the file's bytes
	Target   string            // base URL without a trailing slash
	Hosts    []string          // hosts the browsers may talk to besides the target's own; "host" or "host:port"
	TLS      TLS               // how the target's certificates are verified
	Trace    bool              // add a W3C traceparent to each visit's requests
	Headers  map[string]Secret // sent with every request to the target; may hold {{…}} of the account
	Accounts []Account
	Login    []Step
	Logout   []Step
	Plant    []Step
	Markers  []Marker // declared markers, from a file and from account columns
	Items    map[string]Item
	Views    []View // in the order of the file
	Act      []Step // what one account does while the others watch
	Changes  []Change
	Events   []Event
	Phases   []Phase
	// Within is the time that the phases share: when less is left of it, fewer
	// rounds of each begin. 0 is no bound.
	Within   time.Duration
	Pass     Pass
	Accepted []Accepted // in the order of their file
	Evidence Evidence   // "" is Masked
	Limits   Limits
	Timeout  time.Duration // deadline of each step; default 15 s
	Secrets  []Secret      // what {{secret 1}}, {{secret 2}}, … stand for in steps; see [Plan.Vars]
	Case     *Case         // what it is expected to show; nil of a plan that is no case

	warnings []Warning
	written  written
}

// TLS says how certificates of the target are verified.
type TLS struct {
	CA       string // PEM file with authorities to trust besides the system's; "" for none
	Insecure bool   // accept any certificate
}

// Account is one test identity.
type Account struct {
	Name     string            // unique; what reports call it
	Login    string            // user name at the target; default Name
	Password Secret            // resolved
	Shows    string            // what the target shows as the account's own name; default Name
	Groups   []string          // named groups it belongs to, for audiences
	Columns  map[string]string // further columns, for {{column}} in templates
	Secrets  map[string]Secret // further columns whose values came from ${env:} or ${file:}
}

// Marker is a declared marker: a text or a picture that is known to belong to
// somebody.
type Marker struct {
	Text     string       // of a picture the name of its file
	Owner    string       // an account's name, or anybody else
	Item     string       // what it is of the owner's; any word
	Audience []string     // as [Item.Audience]
	Picture  string       // absolute path of a picture's file; "" for a text
	Print    marker.Print // what the picture looks like
}

// Item is one thing that every account owns.
type Item struct {
	// Audience says who may see it: "me", "everyone", names of accounts, names
	// of groups, or templates of the owner's columns. Empty means me.
	// [Plan.AudienceOf] resolves it for one owner.
	Audience []string `json:"audience,omitempty"`
	// Picture says that the item is a picture: its canary is a picture that
	// {{picture ITEM}} gives to an upload, and its declared markers are files.
	Picture bool `json:"picture,omitempty"`
}

// Verb is what a step does.
type Verb string

// The verbs of a step.
const (
	Goto   Verb = "goto"   // load a path or URL
	Fill   Verb = "fill"   // type into fields
	Click  Verb = "click"  // click an element
	Press  Verb = "press"  // press a key, such as Enter
	Select Verb = "select" // choose an option of a select element, by value or text
	Upload Verb = "upload" // give a file to a file input
	See    Verb = "see"    // wait until an element's text holds a text: the proof of something
	Wait   Verb = "wait"   // wait until an element is visible
	Eval   Verb = "eval"   // run JavaScript until it is true
)

// Step is one thing a session does. Templates ({{…}}) in Arg and in the values
// of Fields are not yet expanded; selectors of Fields hold none.
type Step struct {
	Verb   Verb
	Arg    string  // goto: path or URL; click, wait: selector; press: key; eval: expression
	Fields []Field // fill, select, upload, see: selector and value, in the order of the file
	Line   int     // where it stands in the plan
}

// Field is a selector with its value.
type Field struct {
	Selector string
	Value    string
}

// View is a named place that sessions look at.
type View struct {
	Name     string   `json:"name"`
	Line     int      `json:"line,omitempty"`
	Steps    []Step   `json:"-"`                   // how to get there
	After    string   `json:"after,omitempty"`     // view that has to be visited first, in the same visit's place
	EachPeer bool     `json:"each_peer,omitempty"` // `each: peer`: {{peer.…}} is another account, a different one each round
	Identity string   `json:"identity,omitempty"`  // selector of the name shown, or /path#field of a who-am-I answer
	Control  string   `json:"control,omitempty"`   // item of one's own that must be seen in every visit; "" for none
	Compare  []string `json:"compare,omitempty"`   // selectors of the parts that are compared between solo and company
	Hold     []string `json:"hold,omitempty"`      // which requests wait at the barrier: "first", or URL patterns; default first
}

// Pass says what a clean verdict needs.
type Pass struct {
	Bound  float64  `json:"bound"`             // a clean run must exclude leaks more frequent than this, per visit, at 95 %; default 0.01
	FailOn []string `json:"fail_on,omitempty"` // levels that fail a run besides leak: suspect, risk
}

// Limits bound what is looked at, so that no page can fill a machine. What is
// beyond them is told as missed. All are in bytes; [Load] fills in the defaults,
// and a plan that was made otherwise leaves 0 for them.
type Limits struct {
	Body     int64 `json:"body"`     // of one body, message or download, its content codings undone; default 64 MiB
	Page     int64 `json:"page"`     // of each surface that a page and its browser hold; default 1 MiB
	Unpacked int64 `json:"unpacked"` // that what lies packed in one body may unpack to; default 64 MiB
}

// Outline is the part of a plan that judging needs. It holds no secret and no
// step, and goes into the record.
type Outline struct {
	File     string           `json:"file"`
	Digest   string           `json:"digest"`
	Target   string           `json:"target"`
	Accounts []OutlineAccount `json:"accounts"`
	Items    map[string]Item  `json:"items,omitempty"`
	Views    []View           `json:"views"`
	Changes  []Change         `json:"changes,omitempty"`
	Events   []Event          `json:"events,omitempty"`
	Phases   []Phase          `json:"phases"`
	Pass     Pass             `json:"pass"`
	Accepted []Accepted       `json:"accepted,omitempty"`
	Evidence Evidence         `json:"evidence,omitempty"` // "" is Masked
	Limits   Limits           `json:"limits,omitzero"`
}

// OutlineAccount is an account without its credentials.
type OutlineAccount struct {
	Name   string   `json:"name"`
	Login  string   `json:"login"`
	Shows  string   `json:"shows"`
	Groups []string `json:"groups,omitempty"`
}

// Outline returns what of the plan may be written down.
func (p *Plan) Outline() Outline {
	o := Outline{
		File: p.File, Digest: p.Digest, Target: p.Target,
		Items: p.Items, Views: p.Views, Changes: p.Changes, Events: p.Events, Phases: p.Phases, Pass: p.Pass, Accepted: p.Accepted,
		Evidence: p.Evidence, Limits: p.Limits,
	}
	for _, a := range p.Accounts {
		o.Accounts = append(o.Accounts, OutlineAccount{Name: a.Name, Login: a.Login, Shows: a.Shows, Groups: a.Groups})
	}
	return o
}

// View returns the view of that name.
func (o *Outline) View(name string) (View, bool) {
	for _, v := range o.Views {
		if v.Name == name {
			return v, true
		}
	}
	return View{}, false
}

// Account returns the account of that name.
func (o *Outline) Account(name string) (OutlineAccount, bool) {
	for _, a := range o.Accounts {
		if a.Name == name {
			return a, true
		}
	}
	return OutlineAccount{}, false
}
