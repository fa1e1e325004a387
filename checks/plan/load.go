package plan

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// The bounds of the files that are read, in bytes.
const (
	largestPlan      = 1 << 20
	largestTable     = 64 << 20 // accounts and markers
	largestReference = 64 << 10 // what ${file:} names
)

// Load reads the plan at path and everything that it refers to. Everything that
// is wrong with it is in one [Mistakes]; any other error means that the plan
// itself could not be read.
func Load(path string) (*Plan, error) { return LoadWith(path, Given{}) }

// readFile reads the file at path, wherever it is; what names it in errors.
func readFile(path string, most int64, what string) ([]byte, error) {
	// A look before opening, because opening a named pipe would wait for ever.
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return nil, fmt.Errorf("reading %s %s: not a regular file", what, path)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", what, err)
	}
	defer f.Close()
	data, err := readBounded(f, most)
	if err != nil {
		return nil, fmt.Errorf("reading %s %s: %w", what, path, err)
	}
	return data, nil
}

// readBounded reads all of f, unless it is no regular file or larger than most.
func readBounded(f *os.File, most int64) ([]byte, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("not a regular file")
	}
	data, err := io.ReadAll(io.LimitReader(f, most+1))
	if err == nil && int64(len(data)) > most {
		err = fmt.Errorf("larger than %d KiB", most>>10)
	}
	return data, err
}

// Parse decodes a plan that is already in memory. file is its name in messages,
// dir the folder that its paths are relative to and confined to. Everything
// that is wrong with it is in one [Mistakes].
func Parse(file string, data []byte, dir string) (*Plan, error) {
	return parse(file, data, dir, Given{})
}

func parse(file string, data []byte, dir string, given Given) (*Plan, error) {
	if len(data) > largestPlan {
		return nil, fmt.Errorf("reading the plan %s: larger than %d KiB", file, largestPlan>>10)
	}
	digest := sha256.Sum256(data)
	written := withoutMark(data)
	r := &reader{src: newSource(file, written)}
	if err := r.enter(dir); err != nil {
		return nil, err
	}
	defer r.leave()
	p := &Plan{File: file, Digest: hex.EncodeToString(digest[:])}
	switch body := r.parseYAML(written); {
	case body != nil:
		d := planKind.read(r, body)
		(&resolver{reader: r, doc: &d, plan: p, given: given}).resolve()
	case len(r.mistakes) == 0:
		r.mistake(r.whole(), "the plan is empty; notmine init writes one to begin with")
	}
	if err := r.wrong(); err != nil {
		return nil, err
	}
	order := byPosition(file)
	slices.SortStableFunc(r.warnings, func(a, b Warning) int { return order(a.Position, b.Position) })
	p.warnings = r.warnings
	return p, nil
}

// withoutMark returns a file's text without a byte order mark.
func withoutMark(data []byte) string { return strings.TrimPrefix(string(data), "\ufeff") }

// enter makes a folder the one that paths are relative to and confined to. One
// that cannot be opened has no files.
func (r *reader) enter(dir string) (err error) {
	r.leave()
	if r.dir, err = filepath.Abs(dir); err != nil {
		return fmt.Errorf("finding the plan's folder: %w", err)
	}
	if root, err := os.OpenRoot(r.dir); err == nil {
		r.root = root
	}
	return nil
}

// leave closes the folder.
func (r *reader) leave() {
	if r.root != nil {
		r.root.Close()
		r.root = nil
	}
}

// wrong returns the mistakes as one error, or nil.
func (r *reader) wrong() error {
	if len(r.mistakes) == 0 {
		return nil
	}
	order := byPosition(r.src.file)
	slices.SortStableFunc(r.mistakes, func(a, b *Mistake) int { return order(a.Position, b.Position) })
	if r.unlisted > 0 {
		r.mistakes = append(r.mistakes, &Mistake{Position{File: r.src.file}, fmt.Sprintf("%d more mistakes", r.unlisted)})
	}
	return r.mistakes
}

// resolver turns a document into a plan: it resolves what the document refers
// to, and finds the mistakes that are in no single value.
type resolver struct {
	*reader
	doc   *document
	plan  *Plan
	given Given
	cast  *cast // nil when the accounts play themselves
	alone bool  // only the accounts are read, and one is enough

	casePlan  string          // path of a case's plan, absolute
	elsewhere map[string]bool // names, logins and groups of all accounts that the plan's come from

	accountAt []spot         // where each of plan.Accounts is written
	byName    map[string]int // index of an account by its name
	byLogin   map[string]int
	groups    map[string]bool
	columns   map[string]bool // columns that at least one account has
	common    map[string]bool // columns that all accounts have
	loopback  bool            // the target is on this machine
	planted   map[string]bool // items whose canary is planted
	declared  map[string]bool // items of declared markers
	pictures  pictures        // declared ones
}

func (r *resolver) resolve() {
	r.resolveFolder()
	r.resolveTarget()
	r.resolveAccounts()
	r.resolveHeaders()
	r.resolveItems()
	r.resolveMarkers()
	r.resolveSteps()
	r.resolveViews()
	r.resolveChanges()
	r.resolveEvents()
	r.resolvePhases()
	r.resolveCase()
	r.resolvePass()
	r.resolveAccepted()
	r.resolveLimits()
	r.adviseItems()
	r.adviseLogin()
}

// The defaults of a plan.
const (
	defaultTimeout = 15 * time.Second
	defaultBound   = 0.01
	defaultThink   = 500 * time.Millisecond
)

// defaultLimits is how much is looked at when the plan does not say.
var defaultLimits = Limits{Body: 64 << 20, Page: 1 << 20, Unpacked: 64 << 20}

func (r *resolver) resolvePass() {
	r.plan.Pass.Bound = r.doc.pass.bound
	if r.plan.Pass.Bound == 0 {
		r.plan.Pass.Bound = defaultBound
	}
	for _, level := range r.doc.pass.failOn {
		if level.value != "" && !slices.Contains(r.plan.Pass.FailOn, level.value) {
			r.plan.Pass.FailOn = append(r.plan.Pass.FailOn, level.value)
		}
	}
	r.plan.Timeout = r.doc.timeout
	if r.plan.Timeout == 0 {
		r.plan.Timeout = defaultTimeout
	}
}

func (r *resolver) resolveLimits() {
	l := r.doc.limits
	r.plan.Limits = Limits{
		Body:     cmp.Or(l.body, defaultLimits.Body),
		Page:     cmp.Or(l.page, defaultLimits.Page),
		Unpacked: cmp.Or(l.unpacked, defaultLimits.Unpacked),
	}
}
