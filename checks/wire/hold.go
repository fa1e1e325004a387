package wire

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"sync"
)

// Hold is a place where one request of a visit waits for those of the other
// sessions.
//
// The wire calls Arrive before the request goes to the target, and sends it
// when Arrive returns. After an error it goes on without having waited. Sent is
// called when the request was written, unless Arrive had an error. Answered is
// called when the head of the answer is there, and the answer goes on to the
// browser when it returns. Sent and Answered are also called when the target
// could not be reached, so that nobody waits for a request that is no more.
type Hold interface {
	// Pattern is one of
	//   - "first", the visit's first request;
	//   - "fetch", the first that a script makes: one for no destination, as Fetch
	//     Metadata calls it. Browsers say so on connections that they trust, which
	//     over plain HTTP are those to loopback alone;
	//   - "submit", the first whose method is not GET, HEAD or OPTIONS;
	//   - a pattern of URLs: a path, with or without its query, where * stands
	//     for any characters and for none. It is compared with the path as it was
	//     sent and with its escapes undone, alone and with the query; capitals count;
	//   - "every", each request by itself: the hold is an [Each].
	Pattern() string
	Arrive(ctx context.Context) error
	Sent()
	Answered(ctx context.Context) error
}

// Each is a hold that has a place of its own for each request of a visit.
type Each interface {
	Hold
	// For returns the place of the next request of that method and URL path; nil
	// when it has nothing to wait for.
	For(method, path string) Hold
}

// Patterns that are none of URLs.
const (
	first  = "first"
	fetch  = "fetch"
	submit = "submit"
	every  = "every"
)

// means reports whether a pattern of a [Hold] or a [Cut] means a request, which
// may be the first of its visit.
func means(pattern string, r *http.Request, to *url.URL, isFirst bool) bool {
	switch pattern {
	case first:
		return isFirst
	case fetch:
		return r.Header.Get("Sec-Fetch-Dest") == "empty"
	case submit:
		return r.Method != http.MethodGet && r.Method != http.MethodHead && r.Method != http.MethodOptions
	}
	return matches(pattern, to)
}

// matches reports whether a URL fits a pattern of URLs.
func matches(pattern string, u *url.URL) bool {
	for _, path := range []string{u.EscapedPath(), u.Path} {
		if fits(pattern, path) || u.RawQuery != "" && fits(pattern, path+"?"+u.RawQuery) {
			return true
		}
	}
	return false
}

// fits reports whether text fits a pattern in which * stands for any characters.
func fits(pattern, text string) bool {
	parts := strings.Split(pattern, "*")
	last := len(parts) - 1
	if last == 0 {
		return pattern == text
	}
	text, ok := strings.CutPrefix(text, parts[0])
	if !ok {
		return false
	}
	for _, part := range parts[1:last] { // the earliest place leaves most for the rest
		_, after, ok := strings.Cut(text, part)
		if !ok {
			return false
		}
		text = after
	}
	return strings.HasSuffix(text, parts[last])
}

// held is a request at a hold; nil is a request at none.
type held struct {
	hold  Hold
	visit context.Context // no barrier outlasts its visit
}

// arrive waits, and returns what has to be called when the request was sent,
// once or more often.
func (h *held) arrive(ctx context.Context) (sent func()) {
	if h == nil {
		return func() {}
	}
	ctx, stop := h.during(ctx)
	defer stop()
	if err := h.hold.Arrive(ctx); err != nil {
		return func() {}
	}
	return sync.OnceFunc(h.hold.Sent)
}

// answered waits until the answer may go on. If the wait ends early, it goes on
// all the same.
func (h *held) answered(ctx context.Context) {
	if h == nil {
		return
	}
	ctx, stop := h.during(ctx)
	defer stop()
	h.hold.Answered(ctx)
}

// during is a context that ends with its parent and with the visit.
func (h *held) during(parent context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(parent)
	stop := context.AfterFunc(h.visit, func() { cancel(context.Cause(h.visit)) })
	return ctx, func() { stop(); cancel(nil) }
}
