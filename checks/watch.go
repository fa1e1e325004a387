package checks

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"notmine/checks/crowd"
	"notmine/checks/isolation"
	"notmine/checks/marker"
	"notmine/checks/plan"
	"notmine/checks/record"
)

// maxEvidence is how many a run keeps of each: screenshots of viewers' pages, of
// owners' pages, pairs of pictures, and archives of exchanges. The first ones are
// those of the first findings; a service that leaks everything needs no thousand
// of them.
const maxEvidence = 40

// watch judges observations while the run goes on, so that a leak is told, and
// its evidence taken, while its page is still open.
type watch struct {
	dir    string
	tool   string // version of the tool, for archives
	plan   *plan.Plan
	ledger *marker.Ledger
	found  func(isolation.Finding)
	record func(record.Entry) error
	told   func(record.Entry) // of each entry that is recorded, from several goroutines; nil for nobody

	mu    sync.Mutex
	judge *isolation.Judge
	shots int
	pairs int
	own   ownPages
	given exchanges
	err   error
}

// pair is a picture that a viewer was shown, to be kept beside its owner's own.
type pair struct {
	sighting record.Sighting
	name     string // of the files, without what tells the two
}

// append records an entry. What the ledger learns in mid-run, and which phases
// are made up, the judge has to know before the next observation.
func (w *watch) append(e record.Entry) error {
	if err := w.learn(e); err != nil {
		return err
	}
	if err := w.record(e); err != nil {
		return err
	}
	if w.told != nil {
		w.told(e)
	}
	return nil
}

func (w *watch) learn(e record.Entry) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case e.Marker != nil:
		return w.judge.Marker(*e.Marker)
	case e.Phase != nil && e.Phase.Made != nil:
		w.judge.Phase(*e.Phase.Made)
	}
	return nil
}

// look judges an observation and returns what screenshots are wanted of its page.
// Pictures that the viewer was shown, and the exchange that carried what leaked,
// are kept here: they are the observation's own, and need no page.
func (w *watch) look(o *record.Observation, copies crowd.Copies) []crowd.Shot {
	shots, pairs, archives := w.observe(o, copies)
	for _, p := range pairs {
		w.keepPair(o, p)
	}
	for _, a := range archives {
		w.keepArchive(a)
	}
	return shots
}

func (w *watch) observe(o *record.Observation, copies crowd.Copies) (shots []crowd.Shot, pairs []pair, archives []archive) {
	w.mu.Lock()
	defer w.mu.Unlock()
	fresh, err := w.judge.Observe(o)
	if err != nil && w.err == nil {
		w.err = err
	}
	shot := crowd.Shot{Of: []record.Evidence{{Observation: o.N}}}
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
		if a, ok := w.given.archiveOf(o, copies, f, name); ok {
			archives = append(archives, a)
		}
		w.own.want(o, f, name)
		if o.Plain > 0 { // of which there is no page
			continue
		}
		if shot.File == "" && w.shots < maxEvidence {
			w.shots++
			shot.File = name + ".webp"
		}
		shot.Mark = append(shot.Mark, marksOf(o, f.Owner, f.Item)...)
	}
	if shot.File != "" && len(shot.Mark) > 0 {
		shots = append(shots, shot)
	}
	w.given.note(o, copies)
	return append(shots, w.own.of(o)...), pairs, archives
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

// marksOf returns what on the page shows an owner's item: texts, and of pictures
// the path that they came from. Where that is not known, it is the name shown.
func marksOf(o *record.Observation, owner, item string) []string {
	var marks []string
	for _, s := range o.Sightings {
		switch {
		case s.Owner != owner || s.Item != item:
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

// keep stores a screenshot in the run folder. Without it, the observation itself
// is the proof.
func (w *watch) keep(shot crowd.Shot, picture []byte) {
	w.store(shot.File, picture, shot.Of...)
}

// store puts a file into the evidence folder and records what it is evidence of.
// It reports whether the file could be stored.
func (w *watch) store(name string, content []byte, of ...record.Evidence) bool {
	file, err := w.write(name, content)
	if err != nil {
		return false
	}
	for _, e := range of {
		e.File = file
		if err := w.record(record.Entry{Evidence: &e}); err != nil {
			w.fail(err)
		}
	}
	return true
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
		if !w.store(side.name, side.picture, record.Evidence{Observation: o.N, Marker: p.sighting.Marker, Own: side.own}) {
			return
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
