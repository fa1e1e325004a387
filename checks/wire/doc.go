// Package wire is the proxy inside notmine that all traffic of the sessions
// passes. It sees everything that came from the target, whole and as it flows,
// and it is where requests are held for the barrier.
//
// A [Wire] belongs to a run, a [Line] to a session: one listener on loopback,
// which the session's browser context has as its proxy, and one set of upstream
// connections, which no other session ever uses. [Line.Begin] and [Line.End]
// say which visit the traffic belongs to.
//
//	browser ──proxy request or CONNECT──▶ Line ──own transport──▶ target
//	                                       │
//	                                       └─ copy → content codings undone → sight
//
// Looked at are the heads of answers, field by field, early hints and trailers
// included; their bodies, as they flow; the messages of WebSockets; and what
// requests carry, for a page that sends something tells what it was given. What
// could not be looked at whole is told as [Seen.Missed]. Not looked at are URLs
// and heads of requests, which hold what the plan itself put there.
//
// A body of no known length that brings next to nothing is a stream, as are
// event streams and WebSockets: nobody waits for its end. What it says belongs
// to the visit in which it comes, also what stands at its very end, and a marker
// that the end of a visit cuts in two is found in the next.
//
// Of an exchange in which a marker was sighted, the heads and what stands around
// its markers are at hand for evidence after the visit, bounded, as [Copies]: they
// hold credentials, and what is read of them has been cleaned.
//
// On its way to the browser nothing is altered: status, headers (repeated ones
// and their order too), codings, bytes and trailers pass as they came, at once,
// and a body that breaks upstream breaks at the browser as well. Requests get
// the plan's headers and the visit's traceparent when they go to the target,
// and nothing anywhere else. Two things HTTP/1 allows cannot pass net/http: a
// reason phrase of the server's own, and a request path with a bare percent
// sign, which is answered 400.
//
// TLS is opened with an authority that lives in memory for the run: one key for
// the certificates of all hosts, which the browser is told to accept by
// [Wire.SPKI]. The target's own certificates are verified here instead.
//
// net/http and its ReverseProxy carry the traffic. The interception proxies
// that are to be had would bring the same ReverseProxy work once more and
// still leave all that is particular here to be written: connections kept
// apart by session, holds between a request and its connection, and bodies
// looked at while they stream.
package wire
