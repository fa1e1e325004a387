// Package canary finds what was shown or sent to somebody outside its audience.
//
// A canary is a token that exists once in the world, in one account's data, and
// so does a declared marker. Whoever is given one without being in its audience
// was given somebody else's data: there is no threshold and nothing to tune.
// It does not have to be visible. A marker in the body of an answer, in a
// header or in a stream has left the service just the same.
//
// # How it happens
//
// A variable that belongs to one request is shared by all, and who came last is
// shown to everybody else who is connected: Hanmail, July 2008, right name and
// another's list of mail. A cache forgets whose page it keeps: Steam 2015,
// Klarna 2021, or joins requests that are in flight together: Mercari 2017. An
// answer waits in a pooled connection for the next who takes it: ChatGPT 2023.
//
// # What it cannot see
//
// Data that carries no marker: plant canaries in whatever matters, declare what
// is in the accounts already, and name the rest in a view's compare. Text that
// a page shows only as a picture, or takes apart letter by letter. A canary of
// an earlier run whose owner or item the plan has dropped is reported as
// suspect, since nobody can say any more who may see it.
package canary
