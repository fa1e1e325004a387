// Package identity finds sessions that were taken for somebody else.
//
// The name that a page shows as the viewer's own, or the answer to a "who am I"
// request, is another account's. It needs nothing planted: a view's identity
// says where the name stands.
//
// # How it happens
//
// The answer to a login is cached together with its cookie, and the next who
// comes through the same door gets it: WeMakePrice, November 2018. A session is
// bound to a slot or a connection that is given out again after a failure: KB
// Securities 2020. Two sessions get the same id. One object of a request is
// used for two: GitHub 2021.
//
// # What it cannot see
//
// Most mixed pages show the right name above another's data, as Hanmail's did:
// the right name proves nothing. Two accounts that show the same name cannot be
// told apart by it. A name that is no account's of the plan, such as "Guest",
// is no finding.
package identity
