// Package stale finds what was replaced or deleted and is shown again.
//
// A change gives an item its next version, or takes it away. Whoever may see
// the item should see that version from then on, once the time is over that the
// plan gives it to settle. An older version shown to somebody of its audience
// is no leak of anybody's data; it is the sign of a copy that lags behind, and
// the next thing such a copy gets wrong is the audience: that, the check canary
// proves. What was deleted and comes back is called resurrected.
//
// # How it happens
//
// A service is restored from a backup or fails over to a replica that is older
// than the last changes: in October 2022 users of KakaoTalk saw profiles that
// they had changed before the fire. A cache keeps a page whose picture is gone.
//
// # What it cannot see
//
// Items that no change of the plan renews or deletes. Old versions in places
// where they belong, such as a list of former pictures: leave such items out
// of the changes, or look at other views.
package stale
