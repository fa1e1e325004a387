// Package record is the file that a run writes and that every check reads: one
// JSON value a line, appended and flushed as it happens. Whatever a check needs
// is in it, so a run can be judged again without a browser, and a run that was
// killed can be judged as far as it came.
package record

import (
	"runtime"
	"time"

	"notmine/checks/marker"
	"notmine/checks/plan"
)

// Version is the version of the format, in the first line of every record.
const Version = 1

// Entry is one line of a record. Exactly one field is set.
type Entry struct {
	Header      *Header       `json:"header,omitempty"`
	Marker      *marker.Entry `json:"marker,omitempty"`
	Phase       *Phase        `json:"phase,omitempty"`
	Turn        *Turn         `json:"turn,omitempty"`
	Barrier     *Barrier      `json:"barrier,omitempty"`
	Searched    *Searched     `json:"searched,omitempty"`
	Event       *Event        `json:"event,omitempty"`
	Change      *Change       `json:"change,omitempty"`
	Session     *Session      `json:"session,omitempty"`
	Observation *Observation  `json:"observation,omitempty"`
	Evidence    *Evidence     `json:"evidence,omitempty"`
	End         *End          `json:"end,omitempty"`
}

// Header is the first line.
type Header struct {
	Notmine int          `json:"notmine"` // [Version]
	Tool    string       `json:"tool"`    // version of the tool that wrote it
	Run     string       `json:"run"`     // run id
	Seed    int64        `json:"seed"`
	Started time.Time    `json:"started"`
	Browser string       `json:"browser,omitempty"` // product and version
	System  System       `json:"system,omitzero"`
	Plan    plan.Outline `json:"plan"`
	// Demo is set when the demonstration was run and not a plan of somebody's.
	Demo Demo `json:"demo,omitempty"`
	// Baseline is an earlier run that this one is held against; nil for none.
	Baseline *Baseline `json:"baseline,omitempty"`
}

// Demo is a demonstration: what it shows is started for it, and gone afterwards.
type Demo string

// The demonstrations.
const (
	DemoLeaky Demo = "leaky"
	DemoFixed Demo = "fixed" // the healthy twin
)

// System is what notmine ran on, as far as it bears on how much really went on at
// once. Nothing in it tells one machine or person from another.
type System struct {
	OS   string `json:"os"`   // and architecture, as Go names them: "linux/amd64"
	CPUs int    `json:"cpus"` // that the process was given
	Go   string `json:"go"`   // version of Go that notmine was built with
}

// ThisSystem returns the system of this process.
func ThisSystem() System {
	return System{OS: runtime.GOOS + "/" + runtime.GOARCH, CPUs: runtime.GOMAXPROCS(0), Go: runtime.Version()}
}

// Baseline is what an earlier run had found.
type Baseline struct {
	Run      string            `json:"run"`      // its id
	Findings map[string]string `json:"findings"` // fingerprint → the worst level that it had there
}

// Phase says that a phase begins.
type Phase struct {
	Index int       `json:"index"` // into Header.Plan.Phases
	At    time.Time `json:"at"`
	// Away is why the phase was left out, or in a second entry why it was given
	// up: an event has put the target away, and another one is to come.
	Away string `json:"away,omitempty"`
	// Within is how long its new rounds begin where the phases share their time, and
	// the plan does not say that for this one, or says more.
	Within time.Duration `json:"within_ns,omitempty"`
	// Made is the phase itself where it was made up while the run went on. A run
	// that is read has it among Header.Plan.Phases.
	Made *plan.Phase `json:"made,omitempty"`
}

// Turn is a step of a phase's schedule. All of them are drawn from the seed, and
// written, before the phase begins; the same seed gives the same turns.
type Turn struct {
	Phase string `json:"phase"`
	Round int    `json:"round"`
	Do    string `json:"do,omitempty"`   // what is done besides looking, one of Do…
	Held  bool   `json:"held,omitempty"` // requests wait for each other and are released together, or as Search says
	Looks []Look `json:"looks"`          // each account's in their order; different accounts' at the same time
	// Search is in which order requests are let through; nil when that is not drawn.
	Search *Search `json:"search,omitempty"`
}

// Search is what was drawn for a turn of the order search: of the accounts that
// have a request waiting, the first goes on, but at the changes it falls behind
// all others.
type Search struct {
	Accounts []string `json:"accounts"` // from first to last
	// Changes say at which steps the one whose turn it is falls behind, each as a
	// share of the steps that are left, in [0, 1): how many there are shows when
	// earlier turns have been gone through. There is one less than the depth.
	Changes []float64 `json:"changes,omitempty"`
}

// What is done in a turn.
const (
	DoLogin    = "log in"    // all whom it names, anew and at the same moment
	DoRenew    = "renew"     // whom it names get new browser profiles and log in
	DoAct      = "act"       // the first acts, and the others then look at what stands there
	DoHandover = "hand over" // the first logs out, and the second logs in, in the same browser
)

// Look is one visit as it is scheduled.
type Look struct {
	Who        string        `json:"who"`
	Device     int           `json:"device,omitempty"`   // as of an [Observation]
	Plain      int           `json:"plain,omitempty"`    // likewise
	View       string        `json:"view,omitempty"`     // "" when what is done says it
	Think      time.Duration `json:"think_ns,omitempty"` // before it begins
	Cut        string        `json:"cut,omitempty"`      // where an exchange of it is cut off, one of Aborted…
	CutPattern string        `json:"cut_pattern,omitempty"`
}

// Views of what was done and looked at like a visit. No view of a plan can have
// such a name.
const (
	LoginView  = "(login)"
	ChangeView = "(change)"
)

// Barrier is one release: how many came and how far apart their requests left.
type Barrier struct {
	Phase    string        `json:"phase"`
	Round    int           `json:"round"`
	View     string        `json:"view"`
	Hold     string        `json:"hold"`    // "first" or a URL pattern
	Parties  int           `json:"parties"` // sessions that were expected
	Arrived  int           `json:"arrived"` // requests that were held and released together
	Released time.Time     `json:"released"`
	Spread   time.Duration `json:"spread_ns"` // last minus first request sent after the release
}

// Searched is how a turn of the order search went. A step is a choice between
// the waiting requests of several sessions.
type Searched struct {
	Phase    string `json:"phase"`
	Round    int    `json:"round"`
	View     string `json:"view"`
	Sessions int    `json:"sessions"`
	Steps    int    `json:"steps"`
	// Known is how many steps a turn can have by the earlier ones of the phase and
	// view: one less than the most requests that were let through, since whoever is
	// last has no choice. The changes were laid among them. 0 of the first turn,
	// which has none.
	Known   int   `json:"known,omitempty"`
	Changes []int `json:"changes,omitempty"` // the steps, from 1, at which one was to fall behind
	// Order names, for each request that was let through, its account.
	Order []string `json:"order,omitempty"`
	Slow  int      `json:"slow,omitempty"` // requests that were still in the target when the next went

	// What was not as it was drawn.
	Loose int `json:"loose,omitempty"` // requests that went without an order: their visit made too many, of a pattern only the first, or the turn took too long
	Late  int `json:"late,omitempty"`  // requests that came when others had gone on without waiting for their session
	Lost  int `json:"lost,omitempty"`  // requests whose wait ended before they were let through: they were broken off, or their visit was over
}

// Event is something that was done to the target, in the closed interval of time
// that it took. It is written when it is over.
type Event struct {
	Name  string    `json:"name"`
	Phase string    `json:"phase,omitempty"` // in which it was done; "" between phases
	Round int       `json:"round,omitempty"` // before which it was done
	Start time.Time `json:"start"`
	End   time.Time `json:"end"`
	Error string    `json:"error,omitempty"` // why it could not be done
}

// Change is a change that an account made to one of its items. The ledger's
// entries that it led to stand before it.
type Change struct {
	Name    string    `json:"name"`
	Account string    `json:"account"`
	Item    string    `json:"item"`
	Start   time.Time `json:"start"`
	End     time.Time `json:"end"`
	Error   string    `json:"error,omitempty"` // why it was not made, or perhaps not
}

// What happened to a session.
const (
	LoggedIn    = "logged in"
	LoginFailed = "login failed"
	LoggedOut   = "logged out"
	ThrownOut   = "thrown out" // an unexpected logout, which is a symptom
	Planted     = "planted"
	PlantFailed = "plant failed"
	Died        = "died" // its browser or context is gone; it is replaced
)

// Session is something that happened to a session outside of a visit.
type Session struct {
	Account string    `json:"account"`
	Device  int       `json:"device,omitempty"` // as of an [Observation]
	What    string    `json:"what"`
	At      time.Time `json:"at"`
	Error   string    `json:"error,omitempty"`
	// ByTarget is set when the target itself refused or was away, as against
	// trouble of notmine or its browser.
	ByTarget bool `json:"by_target,omitempty"`
}

// How a page was come to.
const (
	Back     = "back"     // the browser's Back, after a logout
	Restored = "restored" // likewise, and the browser had kept the page alive (back/forward cache)
	Forward  = "forward"
	Reload   = "reload"
	Offline  = "offline" // while the network was away
)

// Outcomes of a visit.
const (
	Seen   = ""       // the view was reached and looked at
	Failed = "failed" // it was not reached: time-out, refused, an error; what was seen until then counts
	// NotExercised is of a visit that could not be made, or was cut off on
	// purpose: nobody failed. What was seen until then counts.
	NotExercised = "not exercised"
)

// Observation is what one visit was given, on all surfaces, with the closed
// interval of time in which it happened.
type Observation struct {
	N       int    `json:"n"` // serial number in the record, from 1
	Account string `json:"account"`
	Phase   string `json:"phase"`
	Round   int    `json:"round"` // from 1
	View    string `json:"view"`
	Peer    string `json:"peer,omitempty"` // for views with each: peer
	// Device says which of the account's sessions looked, from 1, the last of them
	// on a shared computer; 0 for its only one.
	Device int `json:"device,omitempty"`
	// Plain says which of the account's sessions without a browser looked, from 1;
	// 0 is a browser. Of such a visit there is what came over the network.
	Plain     int                 `json:"plain,omitempty"`
	Before    string              `json:"before,omitempty"` // account that was logged in in the same browser before
	How       string              `json:"how,omitempty"`    // how the page was come to, when not by the view's steps
	Fresh     bool                `json:"fresh,omitempty"`  // the first visit of a new browser profile
	Acting    string              `json:"acting,omitempty"` // account that acted while this one only watched
	Worker    int                 `json:"worker,omitempty"` // answers of the page that came out of a service worker
	Start     time.Time           `json:"start"`
	End       time.Time           `json:"end"`
	Outcome   string              `json:"outcome,omitempty"`
	Error     string              `json:"error,omitempty"`
	URL       string              `json:"url,omitempty"`    // without secrets
	Status    int                 `json:"status,omitempty"` // HTTP status of the document
	Title     string              `json:"title,omitempty"`
	Identity  string              `json:"identity,omitempty"` // the name shown, white space collapsed
	Parts     map[string][]string `json:"parts,omitempty"`    // selector of View.Compare → text of each match; table cells are joined with tabs
	Sightings []Sighting          `json:"sightings,omitempty"`
	Exchanges []Exchange          `json:"exchanges,omitempty"`
	Cookies   []Cookie            `json:"cookies,omitempty"` // what the browser holds for the target at the end
	Blocked   []string            `json:"blocked,omitempty"` // hosts that are not listed and were refused
	Looked    map[string]Amount   `json:"looked,omitempty"`  // surface → how much of it was looked at
	Missed    []Missed            `json:"missed,omitempty"`  // what could not be looked at whole, and why
}

// Amount is how much of a surface was looked at.
type Amount struct {
	Items int   `json:"items"` // texts, answers, entries, messages, pictures, …: whatever the surface holds
	Bytes int64 `json:"bytes"` // of them, their content codings undone
}

// Missed is something that could not be looked at, or not to its end.
type Missed struct {
	Surface string `json:"surface"`
	Path    string `json:"path,omitempty"` // as of a Sighting
	Why     string `json:"why"`            // in words that name no marker and no secret; the same for the same cause
}

// Surfaces: where something can be seen. First what the page and its browser
// hold, then what came and went over the network. See [Surfaces].
const (
	Text         = "text"         // visible text of the page; path: that of a frame's address, "" for the page itself
	Hidden       = "hidden"       // text that is not visible, comments and templates included; path: the element
	Title        = "title"        // the document's title
	Attribute    = "attribute"    // values of attributes; path: element[attribute]
	Form         = "form"         // values of form fields; path: the field's name or id
	Script       = "script"       // inline scripts and state; path: the script's id or type
	Style        = "style"        // text that style sheets make, and the sheets themselves; path: the element
	Console      = "console"      // what the page wrote to the console or threw; path: the level
	Dialog       = "dialog"       // alert, confirm, prompt; path: which
	Notification = "notification" // of the page or its service worker
	Popup        = "popup"        // text of other windows and tabs that the page opened; path: that of their address
	Cookies      = "cookie"       // a cookie, set by an answer or held by the browser; path: of an answer its URL path, else the cookie's name
	Storage      = "storage"      // local and session storage; path: local or session, a colon, and the key
	Database     = "database"     // IndexedDB; path: database/store
	Cache        = "cache"        // Cache Storage; path: URL path of the request that is kept
	History      = "history"      // the state that the page keeps in its history
	Blob         = "blob"         // what a blob: or data: URL holds; path: the element[attribute] that names it

	Body     = "body"     // the body of an answer; path of this and all that follow: the URL path
	Request  = "request"  // the body of a request that the page made: a beacon tells what the page was given
	Head     = "header"   // the headers of an answer
	Trailer  = "trailer"  // its trailers
	Stream   = "stream"   // a WebSocket message or an event stream
	Download = "download" // an answer that is to be kept as a file
	Picture  = "picture"  // a picture: what it shows, its bytes and what it says about itself
)

// Surfaces are all of them, in the order in which they are listed to people.
var Surfaces = []string{
	Text, Hidden, Title, Attribute, Form, Script, Style, Console, Dialog, Notification, Popup,
	Cookies, Storage, Database, Cache, History, Blob,
	Body, Request, Head, Trailer, Stream, Download, Picture,
}

// Sighting is a marker found on a surface. The same marker on the same surface
// and path is one sighting, however often it stands there.
type Sighting struct {
	Marker   int      `json:"marker,omitempty"` // ID in the ledger; 0 when it is a canary of an earlier run
	Owner    string   `json:"owner"`            // "" when a canary's owner is no account of this plan
	Item     string   `json:"item"`
	Earlier  bool     `json:"earlier,omitempty"` // a canary of an earlier run
	Text     string   `json:"text"`              // as found, at most 64 characters
	Surface  string   `json:"surface"`
	Path     string   `json:"path,omitempty"`     // where on the surface; see there
	Exchange int      `json:"exchange,omitempty"` // ID of the exchange that carried it
	Wrapping []string `json:"wrapping,omitempty"` // how it was wrapped, outermost first
	Cut      bool     `json:"cut,omitempty"`      // only the beginning of a canary was there

	// Shown is the picture that showed the marker, as a PNG of at most 256 by 256
	// pixels; nil when the marker is a text. It is no part of the record: a
	// finding's pictures are [Evidence] beside it.
	Shown []byte `json:"-"`
}

// Exchange is one request and its answer, as the wire saw it.
type Exchange struct {
	ID         int           `json:"id"` // unique in the record
	Method     string        `json:"method"`
	URL        string        `json:"url"`                   // without secrets
	Status     int           `json:"status,omitempty"`      // 0 when no answer came
	Proto      string        `json:"proto,omitempty"`       // to the target: HTTP/1.1 or HTTP/2.0
	Conn       string        `json:"conn,omitempty"`        // upstream connection, unique in the run
	Start      time.Time     `json:"start"`                 // request read from the browser
	Sent       time.Time     `json:"sent,omitzero"`         // request on its way to the target, after any hold
	Answered   time.Time     `json:"answered,omitzero"`     // head of the answer there
	End        time.Time     `json:"end,omitzero"`          // last byte; zero while it still flows
	Type       string        `json:"type,omitempty"`        // Content-Type without parameters
	Bytes      int64         `json:"bytes"`                 // of the body as sent to the browser
	Seen       int64         `json:"seen"`                  // of the body after decoding, looked at
	Caching    []HeaderField `json:"caching,omitempty"`     // Cache-Control, Age, Vary, Via, ETag, Expires and others that tell of caches
	Cookies    []Cookie      `json:"cookies,omitempty"`     // of the request
	SetCookies []Cookie      `json:"set_cookies,omitempty"` // of the answer
	Auth       string        `json:"auth,omitempty"`        // digest of the request's Authorization, made as that of a [Cookie]
	Trace      string        `json:"trace,omitempty"`       // traceparent that was sent
	Held       string        `json:"held,omitempty"`        // the hold at which it waited
	Aborted    string        `json:"aborted,omitempty"`     // where it was cut off on purpose
	Error      string        `json:"error,omitempty"`       // why it ended early
}

// Where an exchange was cut off on purpose.
const (
	AbortedRequest = "in the request" // before the target had all of it
	AbortedBefore  = "before the answer"
	AbortedAnswer  = "in the answer"
)

// HeaderField is one header of an answer.
type HeaderField struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Cookie is a cookie without its value: Digest is keyed with a secret of the
// run, so that equal values can be told within a run and nothing else.
type Cookie struct {
	Name     string `json:"name"`
	Digest   string `json:"digest"`
	Secret   bool   `json:"secret,omitempty"` // name or value look like those of a credential, and not like a language or a theme
	HTTPOnly bool   `json:"http_only,omitempty"`
	Domain   string `json:"domain,omitempty"`
}

// Evidence is a file beside the record that shows an observation: a screenshot
// of a page, a picture that the page showed, or an archive of the exchange that
// carried a marker, whose name ends in [ArchiveEnd].
type Evidence struct {
	Observation int    `json:"observation"`
	File        string `json:"file"`             // relative to the run folder
	Marker      int    `json:"marker,omitempty"` // ID of the marker that a picture showed or an exchange carried; 0 of a page, which is no picture
	// Own is set on the owner's side: on the picture as it was planted or declared
	// and not as the viewer was shown it, and on a screenshot of the owner's own
	// page, taken in another visit than Observation.
	Own bool `json:"own,omitempty"`
	// Owner is the account whose own page a screenshot shows.
	Owner string `json:"owner,omitempty"`
}

// ArchiveEnd is what names of evidence end in that are HTTP Archives.
const ArchiveEnd = ".har"

// Ends of a run.
const (
	Done         = "done"
	Interrupted  = "interrupted"
	TimeUp       = "time up"
	TargetFailed = "target failed"
)

// End is the last line of a record that was not cut short.
type End struct {
	At     time.Time `json:"at"`
	Why    string    `json:"why"`
	Detail string    `json:"detail,omitempty"`
}
