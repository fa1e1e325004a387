// Package cause names the likely cause of what a run has found, with its reasons.
//
// It goes by who was shown whose over time, where, and what was done to the
// target before. A name is given only when the pattern is plain and would hardly
// come about by chance; otherwise the cause is [Unknown], and the reasons say
// what was seen. The name of a cause is where to look first, and no proof.
//
// # How the patterns differ
//
// Look at one view, at all visits in order of time, and at the moments in which
// requests overlap.
//
//   - All who ask in one moment are shown the same owner, who asked last: a
//     variable that all requests share ([LastWriter]). Who asked first: their
//     requests were joined ([CollapsedRequests]). Requests that a barrier
//     released reach the target in an order of their own, so often nobody can
//     tell ([SharedAtOnce]). None of them happens to whoever asks alone.
//   - The same owner is shown from one moment to the next, also to those who ask
//     alone, after the owner's own visit: something keeps answers without asking
//     whose they are ([SharedCache]).
//   - Each is shown the one who asked directly before, in whatever order they
//     ask: a connection is answers behind ([OffByOne]). When it is the one whose
//     turn was before, whatever that one asked for, something of a connection
//     or thread was not cleared ([PooledState]).
//   - Two are shown each other's in the same moment, each time another two
//     ([Swapped]). The same viewers are shown the same owners at all times
//     ([WrongMapping]).
//   - A session is another account from some moment to its next login, on all
//     views and in name ([SessionBinding]); or both have one credential, which
//     they were given at their logins ([IdentifierCollision]) or later
//     ([SessionHandedOut]).
//   - Only what was superseded or hidden since is shown: [RestoredState] after an
//     event, [StaleCopy] without one.
//
// Some causes are told by where things are: only on what the browser kept
// ([LeftInBrowser]), in streams ([WrongSubscriber]), on error pages
// ([ErrorPage]), in pictures ([SharedBuffer]), in the page's state
// ([SharedPageState]), at an address that was made for two at once
// ([IdentifierCollision]).
//
// Two accounts tell little: whoever is not oneself is the other. With three,
// most patterns can be told apart; with more, after fewer visits.
package cause

// The names of the causes.
const (
	LastWriter        = "last writer"        // a variable that requests share holds the user who came last
	CollapsedRequests = "collapsed requests" // requests in flight together get the answer to one of them
	// SharedAtOnce is one of the two above: the requests came too close to each
	// other to tell which.
	SharedAtOnce        = "shared by requests at once"
	SharedCache         = "shared cache"         // a cache or loader has no user in its key
	OffByOne            = "answers off by one"   // a connection to a backend is answers behind
	PooledState         = "pooled state"         // a connection or thread still has the user of its last turn
	Swapped             = "answers swapped"      // answers or objects in flight together are mixed up
	WrongMapping        = "wrong mapping"        // a table says whose is whose, and is wrong
	SessionBinding      = "session binding"      // a session is bound to another's account
	SessionHandedOut    = "session handed out"   // an answer carried another's session cookie
	IdentifierCollision = "identifier collision" // two sessions, files or jobs have one id
	RestoredState       = "restored state"       // what was restored or failed over to is older than a change
	StaleCopy           = "stale copy"           // a copy is older than a change
	LeftInBrowser       = "left in the browser"  // what the one before left is shown to the next
	WrongSubscriber     = "wrong subscriber"     // a message goes to somebody else's stream
	SharedBuffer        = "shared buffer"        // memory of a picture is used again too early
	SharedPageState     = "shared page state"    // the state in a page is made from a store that requests share
	ErrorPage           = "error page"           // only pages that report an error are mixed up
	Unknown             = "unknown"              // the evidence does not decide
)
