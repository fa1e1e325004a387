package main

import (
	"slices"

	"notmine/checks/cause"
)

// expectation is what is known of a mechanism beforehand.
type expectation struct {
	causes []string // that are right
	why    string   // several of them are; "" when there is one
	// timing is set when it shows only in requests that meet within a window. Its
	// power is measured at several rates.
	timing bool
	// mixes is set when whole sessions are another account's. What such a session
	// changes, it changes in that account: the service has it as the account's, and
	// its canary as the changer's. Neither is wrong, so that nothing that was changed
	// can be held against the truth any more.
	mixes bool
	// keeps is set when it shows only in a browser that keeps pages alive for Back:
	// Chromium does, chromium-headless-shell does not.
	keeps bool
}

// is a mechanism of which one cause alone is right.
func is(name string) expectation { return expectation{causes: []string{name}} }

// either is a mechanism of which two causes cannot be told apart, and why.
func either(one, other, why string) expectation {
	return expectation{causes: []string{one, other}, why: why}
}

func (e expectation) timed() expectation { e.timing = true; return e }

func (e expectation) alive() expectation { e.keeps = true; return e }

func (e expectation) mixing() expectation { e.mixes = true; return e }

// Requests that were released together reach what they share in an order of
// their own.
const nearlyAtOnce = "of requests that were released together nobody can tell which the service took first"

// expected holds every fault of the services of the corpus, as SERVICE/FAULT.
var expected = map[string]expectation{
	"webmail/last-writer-current-user":        either(cause.LastWriter, cause.SharedAtOnce, nearlyAtOnce).timed(),
	"webmail/last-writer-current-user-bodies": either(cause.LastWriter, cause.SharedAtOnce, nearlyAtOnce).timed(),
	"webmail/cache-key-no-user":               is(cause.SharedCache),
	"webmail/collapsed-inflight":              either(cause.CollapsedRequests, cause.SharedAtOnce, nearlyAtOnce).timed(),
	"webmail/conn-reply-desync":               is(cause.OffByOne),
	"webmail/pooled-db-session-var":           is(cause.PooledState),
	"webmail/session-id-collision":            is(cause.IdentifierCollision).timed().mixing(),
	"webmail/session-fixation": either(cause.LeftInBrowser, cause.IdentifierCollision,
		"the browser keeps the id, and both sessions have it").mixing(),
	"webmail/sw-cache-outlives-logout": is(cause.LeftInBrowser),
	"webmail/storage-outlives-logout":  is(cause.LeftInBrowser),
	"webmail/bfcache-after-logout":     is(cause.LeftInBrowser).alive(),
	"webmail/error-page-identity":      is(cause.ErrorPage),

	"booking/timeout-takes-next":    is(cause.Swapped).timed(),
	"booking/export-name-collision": is(cause.IdentifierCollision).timed(),
	"booking/leftover-output-slot": either(cause.PooledState, cause.OffByOne,
		"when everybody prints in turn, what the slot has left is the answer before"),
	"booking/cached-set-cookie":    is(cause.SessionHandedOut).mixing(),
	"booking/recycled-request-env": is(cause.SessionHandedOut).timed().mixing(),
	"booking/uninit-buffer-tail": either(cause.PooledState, cause.SharedBuffer,
		"what a pool gives out with an earlier page in it is a buffer"),
	"booking/batch-result-misorder": is(cause.Swapped).timed(),

	"talk/push-wrong-subscriber": is(cause.WrongSubscriber),
	"talk/push-sub-outlives-logout": either(cause.LeftInBrowser, cause.WrongSubscriber,
		"the subscription is left in the browser, and messages go to it"),
	"talk/slot-rebind-on-failover": either(cause.SessionBinding, cause.WrongMapping,
		"a table of slots says which account a session is"),
	"talk/first-sync-shared-cache":  is(cause.SharedCache),
	"talk/loader-cache-skips-authz": is(cause.SharedCache),
	"talk/sse-fanout-no-audience":   is(cause.WrongSubscriber),

	"profiles/restored-stale-version":    is(cause.RestoredState),
	"profiles/restored-stale-audience":   is(cause.RestoredState),
	"profiles/thumbnail-mixup":           is(cause.SharedBuffer).timed(),
	"profiles/idmap-shuffle-on-recovery": is(cause.WrongMapping).timed(),
	"profiles/id-reuse-after-restore": either(cause.SessionBinding, cause.IdentifierCollision,
		"two members have one number, and a session is bound by it").mixing(),
	"profiles/replica-lag-privacy":        is(cause.StaleCopy).timed(),
	"profiles/signed-url-key-drops-query": is(cause.SharedCache),

	"family/ssr-singleton-state": is(cause.SharedPageState).timed(),
	"family/job-result-crossover": either(cause.IdentifierCollision, cause.LastWriter,
		"two jobs have one number, and the mail goes by a variable that the latest job has written").timed(),
	"family/null-key-account-merge": either(cause.SessionBinding, cause.WrongMapping,
		"a table has one entry for all who have no number, and sessions are bound by it").mixing(),
	"family/sticky-wrong-session":    is(cause.SessionBinding).timed().mixing(),
	"family/anonymous-inherits-user": is(cause.PooledState),
}

// What becomes of the cause of a mechanism.
const (
	rightCause   = "right"
	wrongCause   = "wrong"
	unknownCause = cause.Unknown
)

// named says whether the causes that a run's findings name are right: all that
// name one have to be. It is "" when no finding could have had one.
func (e expectation) named(causes []string) string {
	verdict := ""
	for _, name := range causes {
		switch {
		case name == cause.Unknown:
			if verdict == "" {
				verdict = unknownCause
			}
		case !slices.Contains(e.causes, name):
			return wrongCause
		default:
			verdict = rightCause
		}
	}
	return verdict
}

// wrong returns those of the causes that are not right.
func (e expectation) wrong(causes []string) []string {
	var all []string
	for _, name := range causes {
		if name != cause.Unknown && !slices.Contains(e.causes, name) {
			all = append(all, name)
		}
	}
	return all
}
