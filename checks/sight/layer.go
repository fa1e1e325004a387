package sight

import (
	"bytes"
	"slices"

	"notmine/checks/marker"
)

const (
	maxDepth = 2   // wrappings inside each other
	piece    = 128 // bytes that are unwrapped at once
)

// layer is a body seen through one wrapping. Its text is searched and goes on
// to the layers inside.
//
// Far from any form the text is that of the layer outside, and what is in it
// has been found there; so a layer looks closely only around forms, and passes
// over the rest at the speed of finding its lead.
type layer struct {
	stream    *Stream
	outside   *layer // nil for the raw bytes
	inside    []*layer
	unwrapper unwrapper
	wrapping  []string
	decoder   decoder
	out       unwrapped
	fed       int64 // offset of the next byte of the text outside
	changed   int64 // where the last form ended in out
	scan      scanner
	seen      map[string]bool // texts that were found; false if only cut short
}

func newLayer(s *Stream, outside *layer, u unwrapper) *layer {
	l := &layer{stream: s, outside: outside, unwrapper: u, seen: make(map[string]bool)}
	l.scan = scanner{finder: s.finder, found: l}
	if outside != nil {
		l.wrapping = append(slices.Clone(outside.wrapping), u.name)
		l.decoder = u.open()
		l.changed = -int64(s.finder.reach) - 1
	}
	return l
}

// write takes the next bytes of the text outside.
func (l *layer) write(p []byte) {
	if l.decoder == nil {
		l.scan.write(p)
		l.pass(p)
		return
	}
	for len(p) > 0 {
		if l.calm() {
			n := bytes.IndexByte(p, l.unwrapper.lead)
			if n < 0 {
				n = len(p)
			}
			if n > 0 {
				l.fed += int64(n)
				l.out.pass(n)
				l.scan.skip(p[:n])
				l.pass(p[:n])
				p = p[n:]
				continue
			}
		}
		n := min(len(p), piece)
		l.fed += int64(n)
		l.decoder.decode(&l.out, p[:n])
		l.settle()
		p = p[n:]
	}
}

// calm reports whether nothing is held back and the last form is out of reach.
func (l *layer) calm() bool {
	return l.unwrapper.lead != 0 && l.fed == l.out.in && l.out.out-l.changed > int64(l.stream.finder.reach)
}

// settle searches what was unwrapped since the last time.
func (l *layer) settle() {
	text := l.out.text
	l.out.text = l.out.text[:0]
	if n := len(l.out.forms); n > 0 {
		l.changed = l.out.forms[n-1].outEnd
	}
	if l.inside == nil && len(l.out.forms) > 0 && len(l.wrapping) < maxDepth {
		l.open(text)
	} else {
		l.pass(text)
	}
	l.scan.write(text)
	// A form is needed until the layers inside have judged what is around it;
	// there a byte may stand for as many as the longest reference has.
	l.out.forget(l.out.out - int64(maxReference*l.stream.finder.reach) - piece)
}

// open begins the layers inside, which see nothing new before the first form:
// text holds it, and what is within its reach they are given as well.
func (l *layer) open(text []byte) {
	near := slices.Concat(l.scan.held, text)
	at := max(l.scan.at, l.out.forms[0].out-int64(l.stream.finder.reach))
	near = near[at-l.scan.at:]
	for _, u := range unwrappers {
		in := newLayer(l.stream, l, u)
		in.fed, in.out.in, in.out.out, in.scan.at = at, at, at, at
		in.changed += at
		l.inside = append(l.inside, in)
	}
	l.pass(near)
}

// pass gives text to the layers inside.
func (l *layer) pass(text []byte) {
	for _, in := range l.inside {
		in.write(text)
	}
}

// flush judges what is held back.
func (l *layer) flush() {
	if l.decoder != nil {
		l.decoder.end(&l.out)
		l.settle()
	}
	l.scan.flush()
	for _, in := range l.inside {
		in.flush()
	}
}

// declared takes a declared marker from the scanner.
func (l *layer) declared(at span) {
	if l.seen[string(at.text)] {
		return
	}
	offset, ok := l.origin(at)
	if !ok {
		return
	}
	text := string(at.text)
	l.seen[text] = true
	l.stream.add(l.stream.finder.ledger.ByText(text), Match{Text: text, Wrapping: l.wrapping, Offset: offset})
}

// canary takes from the scanner what looks like a canary or its beginning.
func (l *layer) canary(at span) {
	lower := string(bytes.ToLower(at.text))
	if l.seen[lower] {
		return
	}
	offset, ok := l.origin(at)
	if !ok {
		return
	}
	m := Match{Text: string(at.text), Wrapping: l.wrapping, Offset: offset}
	if len(lower) == marker.CanaryLen {
		if token, ok := marker.Parse(lower); ok {
			if l.stream.addCanary(token, m) {
				l.seen[lower] = true
			}
		}
		return
	}
	entry, ok := l.stream.finder.ledger.ByPrefix(lower)
	if _, seen := l.seen[entry.Text]; !ok || seen {
		return
	}
	l.seen[entry.Text] = false
	m.Cut = true
	l.stream.add([]marker.Entry{entry}, m)
}

// origin returns the offset in the body from which a marker was unwrapped. It is
// not ok if a layer on the way left it as it was: then it is found without that
// layer.
func (l *layer) origin(at span) (int64, bool) {
	from, to, ok := at.from, at.to, true
	for ; l.outside != nil; l = l.outside {
		if from, to, ok = l.out.origin(from, to); !ok {
			return 0, false
		}
	}
	return from, true
}
