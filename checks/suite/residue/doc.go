// Package residue finds what one person leaves in a browser for the next.
//
// One account logs out, another goes on in the same browser: whatever of the
// first is then on a page, in storage, in a cache or in a form was left behind.
// Nobody has to be connected at the same time for that, and no server has to
// mix anything up. It is a leak all the same, and looks like one to the person
// who finds a stranger's mail on a computer in a library.
//
// # How it happens
//
// Logout ends the session at the server and forgets the browser: drafts in
// local storage, messages in IndexedDB, answers that a service worker keeps by
// their address alone. Pages without Cache-Control: no-store come back from
// the back/forward cache, alive, with all that was on them.
//
// # What it cannot see
//
// What needs more than Back, Forward, a reload and a look without the network.
// A name that a login form remembers because its user asked for that is no
// marker, and no residue.
package residue
