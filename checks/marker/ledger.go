// Package marker knows what belongs to whom: canaries, which notmine makes and
// plants, declared markers, which the plan names, and the ledger of both with
// owner, item, audience and version over time.
package marker

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

// MaxText is the longest declared marker, in bytes.
const MaxText = 1024

// Member is an account as the ledger knows it: its name and its groups.
type Member struct {
	Name   string
	Groups []string
}

// Ledger is the register of all markers of a run. Canaries, declared markers
// and changes of audience are added while the run goes on; nothing is ever
// taken out. All methods may be called at the same time.
type Ledger struct {
	run    uint32
	groups map[string][]string // of members

	mu      sync.RWMutex
	byID    map[int]*history
	order   []*history // as they came
	drawn   bool       // there is a picture among them
	lastID  int
	byText  map[string][]*history
	byBegin map[string][]*history // canaries, by their first CutLen characters
	shown   []*history            // declared pictures
	latest  map[thing]*history
	owners  names
	items   names
}

// thing is one item of one owner.
type thing struct{ owner, item string }

// history is one marker over time.
type history struct {
	entry  Entry // with the last audience
	spells []spell
}

// spell is the time from since to the next spell, in which one audience holds.
// The first spell of a marker holds from the start, whatever its since.
type spell struct {
	since    time.Time
	audience Audience
}

// NewLedger returns an empty ledger that mints its canaries for the run of that
// number (see [RunTag]).
func NewLedger(run uint32, members []Member) *Ledger {
	l := &Ledger{
		run:     run,
		groups:  make(map[string][]string),
		byID:    make(map[int]*history),
		byText:  make(map[string][]*history),
		byBegin: make(map[string][]*history),
		latest:  make(map[thing]*history),
		owners:  make(names),
		items:   make(names),
	}
	for _, m := range members {
		l.groups[m.Name] = slices.Clone(m.Groups)
		l.owners.add(tag("owner", m.Name, ownerBits), m.Name)
	}
	return l
}

// FromEntries returns a ledger as a record tells it.
func FromEntries(run uint32, members []Member, entries []Entry) (*Ledger, error) {
	l := NewLedger(run, members)
	for _, e := range entries {
		if err := l.Load(e); err != nil {
			return nil, err
		}
	}
	return l, nil
}

// Add enters a new marker and returns it with its ID, which must not be set. A
// canary without a text is minted; one without a version is the next version of
// its owner's item. Declared markers may share their text with others.
//
// It is an error if a canary reads like one of another owner or item. Of plans
// with a thousand accounts that happens to 1 in 130; another name helps.
func (l *Ledger) Add(e Entry) (Entry, error) {
	if e.ID != 0 {
		return Entry{}, fmt.Errorf("adding marker: it has an ID already: %d", e.ID)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	e.ID = l.lastID + 1
	if !e.Declared {
		if e.Version == 0 {
			e.Version = 1
			if last, found := l.latest[thing{e.Owner, e.Item}]; found {
				e.Version = last.entry.Version + 1
			}
		}
		if e.Text == "" {
			e.Text = Mint(e.Owner, e.Item, e.Version, l.run)
		}
	}
	if err := l.insert(e); err != nil {
		return Entry{}, fmt.Errorf("adding marker of %s's %s: %w", e.Owner, e.Item, err)
	}
	return l.byID[e.ID].current(), nil
}

// Load enters a marker as a record holds it, with its ID. An entry with the ID
// of an earlier one replaces its audience from Since on.
func (l *Ledger) Load(e Entry) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if known, found := l.byID[e.ID]; found {
		if !known.same(e) {
			return fmt.Errorf("loading marker %d: another marker has that ID", e.ID)
		}
		known.change(e.Audience, e.Since)
		return nil
	}
	if err := l.insert(e); err != nil {
		return fmt.Errorf("loading marker %d: %w", e.ID, err)
	}
	return nil
}

// SetAudience replaces a marker's audience from since on, and returns the entry
// that says so in a record.
func (l *Ledger) SetAudience(id int, audience Audience, since time.Time) (Entry, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	known, found := l.byID[id]
	if !found {
		return Entry{}, fmt.Errorf("setting audience: no marker %d", id)
	}
	known.change(audience, since)
	e := known.current()
	e.Audience, e.Since = slices.Clone(audience), since
	return e, nil
}

// insert enters a marker under a new ID. The lock is held.
func (l *Ledger) insert(e Entry) error {
	e = e.clone()
	switch {
	case e.ID < 1:
		return fmt.Errorf("ID %d is not above zero", e.ID)
	case e.Declared && strings.TrimSpace(e.Text) == "":
		return errors.New("its text is empty")
	case e.Declared && len(e.Text) > MaxText:
		return fmt.Errorf("its text has %d bytes, more than %d", len(e.Text), MaxText)
	case e.Print != nil && !(e.Declared && e.Picture):
		return errors.New("it has a print, but is no declared picture")
	case e.Declared && e.Picture && (e.Print == nil || *e.Print == Print{}):
		return fmt.Errorf("the picture %s shows too little to be told from others", e.Text)
	case !e.Declared && (e.Version < 1 || e.Version > MaxVersion):
		return fmt.Errorf("version %d is not between 1 and %d", e.Version, MaxVersion)
	}
	h := &history{entry: e, spells: []spell{{e.Since, e.Audience}}}
	if !e.Declared {
		if _, ok := Parse(e.Text); !ok {
			return errors.New("its text is no canary")
		}
		h.entry.Text = strings.ToLower(e.Text)
		for _, other := range l.byText[h.entry.Text] {
			if !other.entry.Declared {
				return fmt.Errorf("its canary reads like that of %s's %s", other.entry.Owner, other.entry.Item)
			}
		}
		begin := h.entry.Text[:CutLen]
		l.byBegin[begin] = append(l.byBegin[begin], h)
		if last, found := l.latest[thing{e.Owner, e.Item}]; !found || last.entry.Version < e.Version {
			l.latest[thing{e.Owner, e.Item}] = h
		}
		l.owners.add(tag("owner", e.Owner, ownerBits), e.Owner)
		l.items.add(tag("item", e.Item, itemBits), e.Item)
	}
	l.byID[e.ID] = h
	l.order = append(l.order, h)
	l.drawn = l.drawn || e.Picture
	l.lastID = max(l.lastID, e.ID)
	if h.entry.Print != nil {
		l.shown = append(l.shown, h) // its text is the name of a file: nothing to look for
	} else {
		l.byText[h.entry.Text] = append(l.byText[h.entry.Text], h)
	}
	return nil
}

// Entries returns all markers in the order in which they came, each with the
// audience that it was given last.
func (l *Ledger) Entries() []Entry {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return currents(l.order)
}

// ByID returns the marker of that ID, with the audience that it was given last.
func (l *Ledger) ByID(id int) (Entry, bool) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	h, found := l.byID[id]
	if !found {
		return Entry{}, false
	}
	return h.current(), true
}

// ByText returns the markers of that text, in the order in which they came,
// pictures that carry a canary among them. Declared pictures have no text.
// There are several when several owners have the same. Of a canary the case
// does not matter.
func (l *Ledger) ByText(text string) []Entry {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return currents(l.byText[l.canonical(text)])
}

// HasPictures reports whether any marker is a picture.
func (l *Ledger) HasPictures() bool {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.drawn
}

// ByPrint returns the declared pictures that look like p, in the order in which
// they came. There are several when several owners have the same picture.
func (l *Ledger) ByPrint(p Print) []Entry {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return currents(l.like(&p))
}

// like returns the declared pictures that look like p. The lock is held.
func (l *Ledger) like(p *Print) (near []*history) {
	for _, h := range l.shown {
		if h.entry.Print.near(p) {
			near = append(near, h)
		}
	}
	return near
}

// ByPrefix returns the canary that a page cut short. There is none if cut has
// fewer than [CutLen] characters or if several canaries begin so. Case does not
// matter.
func (l *Ledger) ByPrefix(cut string) (Entry, bool) {
	if len(cut) < CutLen {
		return Entry{}, false
	}
	cut = strings.ToLower(cut)
	l.mu.RLock()
	defer l.mu.RUnlock()
	var only *history
	for _, h := range l.byBegin[cut[:CutLen]] {
		if !strings.HasPrefix(h.entry.Text, cut) {
			continue
		}
		if only != nil {
			return Entry{}, false
		}
		only = h
	}
	if only == nil {
		return Entry{}, false
	}
	return only.current(), true
}

// Latest returns the canary of an owner's item that supersedes all others.
func (l *Ledger) Latest(owner, item string) (Entry, bool) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	h, found := l.latest[thing{owner, item}]
	if !found {
		return Entry{}, false
	}
	return h.current(), true
}

// Resolve names the owner and the item of a canary that is not in the ledger,
// such as one of an earlier run. It is not ok if no name that the ledger knows
// fits the owner, or several do. The item is empty if its name is not known.
func (l *Ledger) Resolve(t Token) (owner, item string, ok bool) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	owner = l.owners[t.OwnerTag]
	if owner == "" {
		return "", "", false
	}
	return owner, l.items[t.ItemTag], true
}

// Groups returns the groups of a member.
func (l *Ledger) Groups(member string) []string { return slices.Clone(l.groups[member]) }

// Allowed reports whether viewer may have been given a marker's text or picture
// in the closed interval from–to: whether at any moment of it an audience was
// in force that allows it. Owners always may. Where several own the same text,
// or declared pictures that look alike, it is enough that one of them allows
// it. Of an unknown ID nothing is allowed.
func (l *Ledger) Allowed(id int, viewer string, from, to time.Time) bool {
	l.mu.RLock()
	defer l.mu.RUnlock()
	h, found := l.byID[id]
	if !found {
		return false
	}
	same := l.byText[h.entry.Text]
	if h.entry.Print != nil {
		same = l.like(h.entry.Print)
	}
	for _, s := range same {
		if s.allowed(viewer, l.groups[viewer], from, to) {
			return true
		}
	}
	return false
}

// canonical gives the text under which a marker is filed.
func (l *Ledger) canonical(text string) string {
	if _, filed := l.byText[text]; !filed && len(text) == CanaryLen {
		return strings.ToLower(text)
	}
	return text
}

// allowed is Allowed for this marker alone.
func (h *history) allowed(viewer string, groups []string, from, to time.Time) bool {
	if to.Before(from) {
		to = from // the observation has no end: it was cut short
	}
	for i, s := range h.spells {
		begun := i == 0 || !s.since.After(to)
		over := i+1 < len(h.spells) && !h.spells[i+1].since.After(from)
		if begun && !over && s.audience.Allows(viewer, h.entry.Owner, groups) {
			return true
		}
	}
	return false
}

// change enters an audience that holds from since on.
func (h *history) change(audience Audience, since time.Time) {
	s := spell{since, slices.Clone(audience)}
	i, found := slices.BinarySearchFunc(h.spells, since, func(s spell, t time.Time) int { return s.since.Compare(t) })
	if found {
		h.spells[i] = s
	} else {
		h.spells = slices.Insert(h.spells, i, s)
	}
	last := h.spells[len(h.spells)-1]
	h.entry.Audience, h.entry.Since = last.audience, last.since
}

// same reports whether e is about this marker.
func (h *history) same(e Entry) bool {
	return h.entry.Owner == e.Owner && h.entry.Item == e.Item && h.entry.Version == e.Version &&
		h.entry.Declared == e.Declared && strings.EqualFold(h.entry.Text, e.Text) &&
		h.entry.Picture == e.Picture && (h.entry.Print == nil) == (e.Print == nil) &&
		(e.Print == nil || *h.entry.Print == *e.Print)
}

// current returns the entry, safe to keep.
func (h *history) current() Entry { return h.entry.clone() }

func currents(of []*history) []Entry {
	var entries []Entry
	for _, h := range of {
		entries = append(entries, h.current())
	}
	return entries
}

// names maps tags to names; a tag that several names share has "".
type names map[uint32]string

func (n names) add(tag uint32, name string) {
	if known, found := n[tag]; found && known != name {
		name = ""
	}
	n[tag] = name
}
