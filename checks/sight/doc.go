// Package sight finds the markers of a ledger in bytes, whatever they are
// wrapped in, while the bytes flow by.
//
// A [Finder] knows the markers, a [Stream] looks at one body. What a stream
// sees it passes on from layer to layer: the raw bytes are one layer, and each
// way in which a text can be wrapped adds another, also inside each other
// (JSON in an attribute of HTML). Every layer is searched, but a marker counts
// in a layer only where unwrapping changed it, so that nothing is found twice
// at one place.
//
// Canaries are found by their form and then looked up in the ledger. They count
// in upper and lower case and anywhere, also inside a longer word, since the
// checksum proves them. One that was cut short counts when at least
// [marker.CutLen] of its characters are there and only one canary of the ledger
// begins so.
//
// Declared markers are found byte for byte. A marker that begins or ends with
// an ASCII letter or digit does not count beside another one ("kim" in
// "kimono", "42" in "1042"). In scripts that write words without spaces there is
// no such edge; there the ledger decides: a marker inside a longer one
// (김민 in 김민수) does not count, the longer one does. A longer word that is
// nobody's marker cannot be told from the marker in it, so short markers are
// better declared with their neighbours.
//
// A new way to unwrap is one file with an unwrapper in it and one line in the
// list of unwrap.go.
package sight
