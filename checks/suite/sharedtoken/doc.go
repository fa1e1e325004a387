// Package sharedtoken finds sessions of which two accounts have the key.
//
// Whoever has the cookie that another account is logged in with is that
// account, whatever the pages show at the moment. The check follows what each
// account is logged in with, by digests: what answers set, what browsers hold
// and send. It is a leak when another account has it too before its owner logged
// out. Where no login gives a new key, the check says so as a risk: a key that
// was known before the login opens what comes after it (session fixation,
// CWE-384).
//
// # How it happens
//
// The answer to a login is cached together with its cookie, and the next who
// comes through the same door is given it: WeMakePrice, November 2018; a
// carrier's gateway did it to Facebook's users in January 2010. Two sessions
// draw the same random number, because the generator was seeded before the
// process was copied, or by the second. An object of a finished request is used
// for the next one, and its cookie is written there: GitHub 2021.
//
// # What it cannot see
//
// Keys that are neither a cookie nor an Authorization header. A key that looks
// like a word or a small number. A cookie of which too few values were seen to
// tell it from one that many share, such as the name of a server: with two
// accounts that log in once and only ever had one value between them, it stays
// silent. Logins that gave a new key that notmine did not see make the old one
// look kept.
package sharedtoken
