package script

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"sync"

	"notmine/checks/crowd"
	"notmine/checks/plan"
	"notmine/checks/record"
	"notmine/checks/wire"
)

// Recorder is a driver whose sessions are another's, and that remembers what they
// did when. Their wire has to note what passes.
type Recorder struct {
	crowd.Driver
	plan *plan.Plan

	mu       sync.Mutex
	sessions []*recorded
}

// Noting is a session whose line notes what passes; see [wire.Notes].
type Noting interface{ Notes() *wire.Notes }

// ErrNothingNoted says that a driver's sessions note nothing.
var ErrNothingNoted = errors.New("the sessions note nothing of what passes")

// NewRecorder makes a recorder of the sessions of a driver, which run a plan.
func NewRecorder(of crowd.Driver, p *plan.Plan) *Recorder { return &Recorder{Driver: of, plan: p} }

// Open opens a session and remembers it.
func (r *Recorder) Open(ctx context.Context, account plan.Account) (crowd.Session, error) {
	session, err := r.Driver.Open(ctx, account)
	if err != nil {
		return nil, err
	}
	var notes *wire.Notes
	if noting, ok := session.(Noting); ok {
		notes = noting.Notes()
	}
	if notes == nil {
		return nil, errors.Join(ErrNothingNoted, session.Close())
	}
	s := &recorded{Session: session, of: r, account: account, notes: notes}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sessions = append(r.sessions, s)
	return s, nil
}

// recorded is a session that is recorded.
type recorded struct {
	crowd.Session
	of      *Recorder
	account plan.Account
	notes   *wire.Notes

	mu    sync.Mutex
	count int
	deeds []*deed // that succeeded
}

// deed is one thing that a session did.
type deed struct {
	account  string // whose it was
	part     string
	label    string // under which its exchanges are noted
	after    string // view that it stands on
	values   map[string]string
	identity string
}

func (s *recorded) begin(part string, vars crowd.Vars) *deed {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.count++
	d := &deed{account: s.account.Name, part: part, label: strconv.Itoa(s.count) + " " + part, values: s.of.values(s.account, vars)}
	s.notes.Begin(d.label)
	return d
}

func (s *recorded) done(d *deed) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.deeds = append(s.deeds, d)
}

// Do runs steps.
func (s *recorded) Do(ctx context.Context, steps []plan.Step, vars crowd.Vars) error {
	d := s.begin(partOf(s.of.plan, steps), vars)
	err := s.Session.Do(ctx, steps, vars)
	if err == nil {
		s.done(d)
	}
	return err
}

// Visit looks at a view.
func (s *recorded) Visit(ctx context.Context, v crowd.Visit) (*record.Observation, error) {
	part := partView + v.View.Name
	switch v.View.Name {
	case record.LoginView:
		part = partLogin
	case record.ChangeView:
		part = partOf(s.of.plan, v.View.Steps)
	}
	d := s.begin(part, v.Vars)
	d.after = v.View.After
	o, err := s.Session.Visit(ctx, v)
	if o != nil && err == nil && v.How == "" {
		d.identity = o.Identity
		s.done(d)
	}
	return o, err
}

// Become hands the session over to another account. What it does then is not a
// part of the first one's recording.
func (s *recorded) Become(account plan.Account) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.account = account
	s.notes.Begin("")
	return s.Session.Become(account)
}

// values are those of the placeholders that the plan knows, for an account. Of a
// picture it is what is in its file.
func (r *Recorder) values(account plan.Account, vars crowd.Vars) map[string]string {
	keys := []string{"login", "password", "shows", "name"}
	for name := range account.Columns {
		keys = append(keys, name)
	}
	for name := range account.Secrets {
		keys = append(keys, name)
	}
	for i := range r.plan.Secrets {
		keys = append(keys, secretKey+strconv.Itoa(i+1))
	}
	for _, item := range r.plan.Planted() {
		keys = append(keys, canaryKey+item, pictureKey+item)
	}
	for _, key := range []string{"login", "shows", "name"} {
		keys = append(keys, peerKey+key)
	}
	for name := range account.Columns {
		keys = append(keys, peerKey+name)
	}
	values := map[string]string{}
	for _, key := range keys {
		value, ok := vars(key)
		if ok && strings.HasPrefix(key, pictureKey) {
			data, err := readFile(value) // which is gone when the run is over
			value, ok = string(data), err == nil
		}
		if ok && value != "" {
			values[key] = value
		}
	}
	return values
}

// Recording is what an account did in one session, and what passed.
type Recording struct {
	Account string
	Parts   []Deed
	Secret  func(text string) bool // a credential that passed stands in a text
}

// Deed is the first time that the session did something with success.
type Deed struct {
	Name     string
	Values   map[string]string // of the plan's placeholders, by key
	Identity string            // the name that the page showed; "" for none
	Notes    []wire.Note
}

// Recording returns what an account did in the session in which it came furthest.
func (r *Recorder) Recording(account string) (Recording, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	best := Recording{Account: account}
	for _, s := range r.sessions {
		if parts := s.parts(account); len(parts) > len(best.Parts) {
			best.Parts, best.Secret = parts, s.notes.Secret
		}
	}
	return best, len(best.Parts) > 0
}

// parts are what the session did for an account, each the first time. What a view
// stands on is a part of its own.
func (s *recorded) parts(account string) (parts []Deed) {
	s.mu.Lock()
	defer s.mu.Unlock()
	byLabel := map[string][]wire.Note{}
	for _, n := range s.notes.All() {
		byLabel[n.Part] = append(byLabel[n.Part], n)
	}
	known := func(name string) bool {
		return slices.ContainsFunc(parts, func(p Deed) bool { return p.Name == name })
	}
	for _, d := range s.deeds {
		if d.account != account || known(d.part) || d.part == "" {
			continue
		}
		notes := byLabel[d.label]
		if strings.HasPrefix(d.part, partView) {
			way, there := apart(notes)
			if d.after != "" && !known(partView+d.after) && len(way) > 0 {
				parts = append(parts, Deed{Name: partView + d.after, Values: d.values, Notes: way})
			}
			notes = there
		}
		parts = append(parts, Deed{Name: d.part, Values: d.values, Identity: d.identity, Notes: notes})
	}
	return parts
}

// apart takes the exchanges of the last visit of a line from those of the one
// before it.
func apart(notes []wire.Note) (before, last []wire.Note) {
	latest := 0
	for _, n := range notes {
		latest = max(latest, n.Visit)
	}
	for _, n := range notes {
		switch n.Visit {
		case latest:
			last = append(last, n)
		case latest - 1:
			before = append(before, n)
		}
	}
	return before, last
}
