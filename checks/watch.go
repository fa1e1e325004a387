package checks

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"notmine/checks/isolation"
	"notmine/checks/marker"
	"notmine/checks/plan"
	"notmine/checks/record"
)

// maxEvidence is how many screenshots, and how many pairs of pictures, a run
// keeps. The first ones are those of the first findings; a service that leaks
// everything needs no thousand of them.
const maxEvidence = 40

// watch judges observations while the run goes on, so that a leak is told, and
// its evidence taken, while its page is still open.
type watch struct {
	dir    string
	plan   *plan.Plan
	ledger *marker.Ledger
	found  func(isolation.Finding)
	record func(record.Entry) error

	mu    sync.Mutex
	judge *isolation.Judge
	shots int
	pairs int
	names map[int]string // number of the observation → name of its screenshot
	err   error
}

// pair is a picture that a viewer was shown, to be kept beside its owner's own.
type pair struct {
	sighting record.Sighting
	name     string // of the files, without what tells the two
}

// append records an entry. What the ledger learns in mid-run, the judge has to
// know before the next observation.
func (w *watch) append(e record.Entry) error {
	if e.Marker != nil {
		w.mu.Lock()
		err := w.judge.Marker(*e.Marker)
		w.mu.Unlock()
		if err != nil {
			return err
		}
	}
	return w.record(e)
}

// look judges an observation and returns what is to be marked in a screenshot of
// its page. Pictures that the viewer was shown are kept here: they are the
// observation's own, and need no page.
func (w *watch) look(o *record.Observation) (mark []string) {
	mark, pairs := w.observe(o)
	for _, p := range pairs {
		w.keepPair(o, p)
	}
	return mark
}

func (w *watch) observe(o *record.Observation) (mark []string, pairs []pair) {
	w.mu.Lock()
	defer w.mu.Unlock()
	fresh, err := w.judge.Observe(o)
	if err != nil && w.err == nil {
		w.err = err
	}
	for _, f := range fresh {
		if w.found != nil {
			w.found(f)
		}
		if f.Level != isolation.Leak || w.plan.Evidence == plan.None {
			continue
		}
		name := fmt.Sprintf("%.8s-%s-%d", f.Fingerprint, fileName(o.Account), o.N)
		for _, s := range picturesOf(o, f) {
			if w.pairs < maxEvidence {
				w.pairs++
				pairs = append(pairs, pair{s, fmt.Sprintf("%s-%d", name, s.Marker)})
			}
		}
		if w.shots >= maxEvidence {
			continue
		}
		if len(mark) == 0 {
			w.shots++
			if w.names == nil {
				w.names = map[int]string{}
			}
			w.names[o.N] = name + ".webp"
		}
		mark = append(mark, marksOf(o, f)...)
	}
	return mark, pairs
}

// picturesOf returns the sightings of the finding that a picture showed, one for
// each marker. A canary of an earlier run has no marker whose picture could
// stand beside it; the screenshot shows it.
func picturesOf(o *record.Observation, f isolation.Finding) []record.Sighting {
	var shown []record.Sighting
	for _, s := range o.Sightings {
		if s.Owner != f.Owner || s.Item != f.Item || s.Marker == 0 || len(s.Shown) == 0 {
			continue
		}
		if !slices.ContainsFunc(shown, func(other record.Sighting) bool { return other.Marker == s.Marker }) {
			shown = append(shown, s)
		}
	}
	return shown
}

// marksOf returns what on the page shows the finding: texts, and of pictures the
// path that they came from.
func marksOf(o *record.Observation, f isolation.Finding) []string {
	var marks []string
	for _, s := range o.Sightings {
		switch {
		case s.Owner != f.Owner || s.Item != f.Item:
		case len(s.Shown) > 0 && s.Path != "":
			marks = append(marks, s.Path)
		default:
			marks = append(marks, s.Text)
		}
	}
	if len(marks) == 0 && o.Identity != "" {
		marks = append(marks, o.Identity)
	}
	return marks
}

// keep stores a screenshot of the observation in the run folder.
func (w *watch) keep(o *record.Observation, shot []byte) (string, error) {
	w.mu.Lock()
	name := w.names[o.N]
	delete(w.names, o.N)
	w.mu.Unlock()
	return w.write(name, shot)
}

// keepPair stores the picture that a viewer was shown, and its owner's own. What
// cannot be stored is left out: the observation itself is the proof.
func (w *watch) keepPair(o *record.Observation, p pair) {
	var own []byte
	if entry, ok := w.ledger.ByID(p.sighting.Marker); ok && entry.Picture {
		own, _ = owned(w.plan, entry) // nil when a declared picture's file is gone meanwhile
	}
	for _, side := range []struct {
		picture []byte
		own     bool
		name    string
	}{{p.sighting.Shown, false, p.name + "-shown.png"}, {own, true, p.name + "-own.png"}} {
		if len(side.picture) == 0 {
			continue
		}
		file, err := w.write(side.name, side.picture)
		if err != nil {
			return
		}
		e := record.Evidence{Observation: o.N, File: file, Marker: p.sighting.Marker, Own: side.own}
		if err := w.record(record.Entry{Evidence: &e}); err != nil {
			w.fail(err)
		}
	}
}

// write puts a file into the evidence folder and returns its name in the run
// folder.
func (w *watch) write(name string, content []byte) (string, error) {
	dir := filepath.Join(w.dir, "evidence")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("making the evidence folder: %w", err)
	}
	if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
		return "", fmt.Errorf("writing evidence: %w", err)
	}
	return "evidence/" + name, nil
}

func (w *watch) fail(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err == nil {
		w.err = err
	}
}

func (w *watch) failed() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.err
}

// fileName keeps of an account's name what is safe in a file's name anywhere.
func fileName(name string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '-':
			return r
		}
		return '_'
	}, name)
}
