// Package missing notes when an account's own item is gone from a page that loaded.
//
// A view's control is the item that its viewer must see in every visit. When a
// session has seen it there before, and later gets the same page without it,
// something is not as it was. That is a symptom and no leak, so it is a note.
//
// # How it happens
//
// Whoever is given another's data usually lacks the own: people who exported
// their Google Photos in November 2019 got strangers' videos and found some of
// theirs missing. Users of Hanmail found mail gone that somebody else had
// opened or deleted.
//
// # What it cannot see
//
// An item that was never seen there. A waiting page, a refusal or a login page
// is not the same page and is passed over: it has an error status, another
// title, or no name where the view has one. New arrivals that push the item to
// the next page look the same as a loss, which is why it stays a note.
package missing
