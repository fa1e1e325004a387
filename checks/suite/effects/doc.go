// Package effects finds changes that went into the wrong account.
//
// Everybody makes the same small change at the same moment, each with a token of
// their own. Afterwards each owner's item must hold exactly the owner's token.
// When it holds another's instead, that other's change was made to this
// account: not only were data shown to the wrong person, they were written.
//
// # How it happens
//
// The variable that names the user is shared, and a write goes by it as a read
// does. In July 2008 users of Hanmail found mail marked as read, and deleted,
// that others had opened as theirs.
//
// # What it cannot see
//
// Changes that no view shows, and items that are no view's control. An own
// token that is merely gone is reported by the check missing.
package effects
