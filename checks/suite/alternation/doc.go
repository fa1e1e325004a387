// Package alternation finds views that switch between owners within one session.
//
// One session looks at the same view again and again and is shown its own data,
// then another's, then its own, or one stranger's after another's. The switching
// itself tells about the cause: another owner at every look points to a shared
// variable or to requests that were joined; the same other for a while points
// to a cache; one other for ever to a session that was swapped.
//
// # How it happens
//
// At Hanmail in 2008 and Klarna in 2021 every reload showed somebody else. With
// a variable shared by all requests the owner is whoever came last.
//
// # What it cannot see
//
// A session that is wrong from its login until its end never switches, and one
// that was wrong once and stays right switches only twice, which is the least
// that counts. A visit that shows own and others' data together belongs to
// nobody and is passed over. Owners are told by the view's control item, or
// without one by the name shown; a view with neither is not judged.
package alternation
