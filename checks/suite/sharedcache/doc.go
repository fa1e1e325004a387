// Package sharedcache finds personal answers that a cache shared by users may keep or has kept.
//
// An answer is personal when it carries somebody's marker that not everyone may
// see, or when it sets the cookie that somebody is logged in with. What headers
// then say is read as RFC 9111 does: whether a shared cache may store the answer
// and use it for somebody else, and by RFC 9211 and the usual signs (Age,
// X-Cache, CF-Cache-Status) whether one has. It is a risk: nothing was seen yet.
// What is seen, the check canary proves.
//
// # How it happens
//
// A cache is put in front of a service, or switched on by mistake, or its rules
// change, and answers that never said that they are private are kept: Steam
// 2015, Klarna 2021, Railway 2026. An Expires in the past keeps an answer from
// being used later, but not from being given to all who asked while it was under
// way: Mercari 2017. A cached Set-Cookie gives the session itself away:
// WeMakePrice 2018.
//
// # What counts as kept apart
//
// An answer of private, no-store or no-cache; one that varies by the cookie or
// the Authorization that the request came with; one whose address holds a
// secret and that needs no other.
//
// # What it cannot see
//
// Caches that ignore what answers say and tell nothing of themselves. What the
// cache's own rules add to its key: an answer may be safe that looks as if it
// were not. Answers without a marker, whatever else they say about somebody.
package sharedcache
