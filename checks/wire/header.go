package wire

import (
	"hash/maphash"
	"io"
	"net/http"
	"sync"

	"notmine/checks/record"
)

const (
	maxFields = 2000    // header fields that are looked at of one exchange: of all heads, and trailers
	maxDull   = 1 << 14 // header fields that are remembered
)

// hinted looks at the head of an answer that comes before the answer itself.
func (e *exchange) hinted(h http.Header) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.headers(h)
}

// headers looks at the head of an answer. The caller holds mu.
func (e *exchange) headers(h http.Header) {
	for name, values := range h {
		surface := record.Head
		if name == "Set-Cookie" {
			surface = record.Cookies
		}
		e.field(surface, name, values)
	}
}

// field looks at each value of a header field by itself, beside its name: what
// one says does not go on in the next. The caller holds mu.
func (e *exchange) field(surface, name string, values []string) {
	w := e.line.wire
	for _, value := range values {
		if e.fields == maxFields {
			e.miss(surface, whyFields)
			return
		}
		e.fields++
		text := name + ": " + value
		add(e.looked, surface, record.Amount{Items: 1, Bytes: int64(len(text))})
		if w.config.Finder == nil || w.dull.has(text) {
			continue
		}
		scan := w.config.Finder.Stream("")
		io.WriteString(scan, text)
		scan.Flush()
		if !e.note(surface, scan) {
			w.dull.add(text)
		}
	}
}

// dull are header fields in which there was nothing, by a hash of them: most
// come again with every answer, and looking costs more than knowing. What is no
// marker does not become one later: declared ones are known from the start, and
// canaries are told by their form.
type dull struct {
	seed maphash.Seed
	mu   sync.Mutex
	set  map[uint64]struct{}
}

func newDull() *dull {
	return &dull{seed: maphash.MakeSeed(), set: make(map[uint64]struct{})}
}

func (d *dull) has(text string) bool {
	h := maphash.String(d.seed, text)
	d.mu.Lock()
	defer d.mu.Unlock()
	_, ok := d.set[h]
	return ok
}

func (d *dull) add(text string) {
	h := maphash.String(d.seed, text)
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.set) == maxDull {
		clear(d.set) // those that come often are soon in it again
	}
	d.set[h] = struct{}{}
}
