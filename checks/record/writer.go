package record

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"sync"
)

// Writer appends to a record. It may be used from several goroutines.
//
// Each entry goes to the operating system in one write before Append returns,
// so what was appended survives the end of the process, however it ends.
type Writer struct {
	mu   sync.Mutex
	to   io.Writer
	mask func(string) string
	n    int
}

// NewWriter writes to w. mask, if not nil, is applied to every text of an
// observation that a page could have filled with a secret.
func NewWriter(w io.Writer, mask func(string) string) *Writer {
	if mask == nil {
		mask = func(s string) string { return s }
	}
	return &Writer{to: w, mask: mask}
}

// Create makes a new record at path, readable by its owner alone. It fails when
// the file exists: a record is evidence and is never written over.
func Create(path string, mask func(string) string) (*Writer, *os.File, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, nil, fmt.Errorf("creating the record: %w", err)
	}
	return NewWriter(f, mask), f, nil
}

// Append writes one entry. An observation gets its number N here.
func (w *Writer) Append(e Entry) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if e.Observation != nil {
		w.n++
		e.Observation.N = w.n
		e.Observation.clean(w.mask)
	}
	if e.Session != nil {
		e.Session.Error = w.mask(e.Session.Error)
	}
	line, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("encoding a record entry: %w", err)
	}
	if _, err := w.to.Write(append(line, '\n')); err != nil {
		return fmt.Errorf("appending to the record: %w", err)
	}
	return nil
}

// clean applies mask to what a page could have filled with a secret.
func (o *Observation) clean(mask func(string) string) {
	o.Error = mask(o.Error)
	o.URL = mask(o.URL)
	o.Title = mask(o.Title)
	o.Identity = mask(o.Identity)
	for _, texts := range o.Parts {
		for i, text := range texts {
			texts[i] = mask(text)
		}
	}
	for i := range o.Exchanges {
		o.Exchanges[i].URL = mask(o.Exchanges[i].URL)
		o.Exchanges[i].Error = mask(o.Exchanges[i].Error)
	}
	for i := range o.Sightings {
		o.Sightings[i].Path = mask(o.Sightings[i].Path)
	}
}
