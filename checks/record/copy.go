package record

import "time"

// Copy is an exchange as an archive shows it. Credentials were taken out of it,
// and, unless the plan wants evidence in full, everything of the target that is
// not the marker's own text was covered. It is no part of the record: archives
// are [Evidence] beside it.
type Copy struct {
	Exchange // of which the URL is covered as well
	Request  Half
	Answer   Half
	Messages []Message // of a WebSocket, those with a marker in them
	Covered  bool      // what did not leak was covered
}

// Half is one side of a [Copy].
type Half struct {
	Headers []HeaderField // in alphabetical order
	Left    int           // header fields that were too many
	Type    string        // Content-Type with its parameters
	// Text is the body, its content codings undone, or of a long one what stands
	// around the markers in it.
	Text string
	Note string // why Text is not all of it; "" when it is, or when there is no body
}

// Message is one of a WebSocket's messages.
type Message struct {
	At   time.Time // when the visit had it
	Sent bool      // by the browser
	Text string
}
