package wire

// Why something was not looked at, or not to its end. The same cause always has
// the same words, with no number in them, so that a report can count it.
const (
	whyLong      = "longer than what is looked at of one body"
	whyCoding    = "in a content coding that is not known"
	whyCodings   = "in too many content codings"
	whyTorn      = "its content coding could not be undone to the end"
	whyMarkers   = "too many markers in one exchange"
	whyFields    = "too many header fields"
	whyProtocol  = "switched to a protocol that is not WebSocket"
	whyExtension = "an extension of WebSocket that is not known"
	whyFrames    = "its messages are not as WebSocket has them"
	whyPacked    = "a compressed message that is too long"
	whyInflate   = "a compressed message that could not be inflated"
	whyKept      = "too long for a view's identity to be read from it"
	whyRequests  = "too many requests in one visit"
)
