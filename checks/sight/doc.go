// Package sight finds the markers of a ledger in bytes, whatever they are
// wrapped in, while the bytes flow by.
//
// # How it looks
//
// A [Finder] knows the markers, a [Stream] looks at one body: block by block of
// 64 KiB, each together with a neighbourhood as long as a wrapped marker may be.
// Blocks lie at fixed places of the body, so that it makes no difference how the
// body was cut into chunks.
//
// A block is searched as it is, and then through its views. A view shows the
// text with one wrapping taken off: character references, escapes of JSON and
// JavaScript and percent encoding together; quoted-printable and encoded words;
// base64 and base64url from each of four characters on; hex; UTF-16 from any
// byte on, EUC-KR and Shift_JIS where the text is not UTF-8; and last what tags
// and unseen characters part, in the form NFKC. Views are shown of views, up to
// four deep, and only of the neighbourhood of what they change. A marker counts
// in a view only if the view changed it, and at one place with its shortest
// wrapping. Nothing depends on a body's Content-Type: headers lie.
//
// What begins like a container (something compressed, an archive, a PDF, a
// picture), the body itself or a run of base64 or hex in it, is kept until it is
// whole and opened; each member is looked at as a body of its own. Also a run of
// more than 2 KiB of base64 is a body of its own.
//
// # What counts
//
// Canaries are found by their form and then looked up in the ledger. They count
// anywhere, also inside a longer word, since the checksum proves them. One that
// was cut short counts when at least [marker.CutLen] of its characters are there
// and only one canary of the ledger begins so.
//
// Declared markers are found as they are, with any white space where they have
// white space. A marker that begins or ends with an ASCII letter or digit does
// not count beside another one ("kim" in "kimono", "42" in "1042"). In scripts
// that write words without spaces there is no such edge; there the ledger
// decides: a marker inside a longer one (김민 in 김민수) does not count, the
// longer one does. A longer word that is nobody's marker cannot be told from the
// marker in it, so short markers are better declared with their neighbours.
//
// Some things that could be a marker are taken for something else:
//   - a single word of fewer than eight ASCII letters in other case (Will is no
//     "will");
//   - fewer than six bytes anywhere but in text, as random bytes hold any of them;
//   - fewer than six bytes, or than eight digits, that tags cut into parts, and
//     parts that lie in two cells or paragraphs.
//
// Declared pictures are no text. The containers' openers find them.
//
// # Bounds
//
// An open stream keeps at most a block and its neighbourhood, 69 to 104 KiB, and
// besides that a container that is not yet whole, up to [Finder.MaxUnpacked].
// While it looks, a block's views take at most 4 times the block for each of 5
// depths, and 48 bytes are unwrapped for each byte at most; containers and long
// runs of base64 lie at most 6 deep in each other, and unpack to MaxUnpacked
// bytes together. What exceeds a bound is told by [Stream.Missed].
//
// A marker may have 12 bytes for each of its own when it lies across two blocks,
// and any number inside one.
//
// A new way to unwrap is one layer more in the list of layer.go; a new
// escape is one case in escapes.go.
package sight
