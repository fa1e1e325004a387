package checks

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"notmine/checks/crowd"
	"notmine/checks/gate"
	"notmine/checks/isolation"
	"notmine/checks/phrase"
	"notmine/checks/plan"
	"notmine/checks/record"
	"notmine/checks/repro"
	"notmine/checks/sight"
	"notmine/checks/suite"
)

// Hunting says how a leak that somebody saw is hunted.
type Hunting struct {
	Options // of the run that the hunt is
	// Within is how long rounds begin; 0 is until it is found, or ctx ends.
	Within time.Duration
	// Trying is told which way is next, and how often it was tried before. It may
	// be nil.
	Trying func(w repro.Way, before int)
}

// Hunted is what came of a hunt.
type Hunted struct {
	// Plan is the part of what was run that led to the finding: the try of the way
	// that showed it, and before it the changes that were made once, and what each
	// account was shown alone. Without a finding it is all.
	Plan   *plan.Plan
	Result *gate.Result // of its record, judged as that of any run
	// Finding is the leak that was found, and Number its number in the reports from
	// 1; nil and 0 without one. Is says whether it is what was described.
	Finding *isolation.Finding
	Number  int
	Is      bool
	By      repro.Way // that showed it
	Ways    []Tried   // in the order in which they were first to be tried
	// Unexercised is what could not be tried at all.
	Unexercised []repro.Unexercised
	Took        time.Duration
	End         record.End // how the run ended
	// Away says why the hunt was given up when the target did not answer any more;
	// empty otherwise.
	Away phrase.Text
}

// Tried is how often a way was tried.
type Tried struct {
	repro.Way
	// Tries counts its rounds in which a leak would have shown, and as hits those
	// with something suspicious.
	repro.Tries
	Times int // it was begun
	// Bound is the highest rate of leaks per round that rounds without one still
	// allow at 95 %; 1 without any round.
	Bound float64
}

// Exit returns the exit code of a hunt: 1 when a leak was found, 130 when it was
// interrupted, 3 when the target failed, 2 when nothing is known of some way, and
// otherwise 0.
func (h *Hunted) Exit() int {
	switch {
	case h.Finding != nil:
		return gate.ExitLeak
	case h.End.Why == record.Interrupted:
		return gate.ExitInterrupted
	case h.End.Why == record.TargetFailed, !h.Away.IsZero(), h.Result.Exit == gate.ExitTarget:
		return gate.ExitTarget
	case slices.ContainsFunc(h.Ways, func(t Tried) bool { return t.Rounds == 0 }):
		return gate.ExitInconclusive
	}
	return gate.ExitClean
}

// Hunt looks for a leak in all ways that a plan has what they need for, in one
// run. The symptom says which come first. Time is shared between them by what
// they yield, see [repro.Bandit]. It ends with the first leak that counts, see
// [repro.Symptom.Counts].
//
// An error says that the symptom is none of this plan, or that the run could not
// be made.
func Hunt(ctx context.Context, p *plan.Plan, s repro.Symptom, how Hunting) (*Hunted, error) {
	if err := s.Check(p); err != nil {
		return nil, err
	}
	started := time.Now().UTC()
	opts := how.Options
	opts.ID = cmp.Or(opts.ID, NewRunID(started))
	if opts.Checks == nil {
		opts.Checks = suite.Checks
	}
	h := newHunt(s.Gathered(p), s, how)
	h.checks, h.file = opts.Checks, filepath.Join(opts.Dir, RecordFile)
	opts.Found = h.notice
	opts.Start = h.start
	if how.Within > 0 {
		// Rounds end by themselves. This is for one that hangs.
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, how.Within+h.plan.Timeout, crowd.ErrTimeUp)
		defer cancel()
	}
	err := perform(ctx, h.plan, opts, started, steering{more: h.more, next: h.next, told: h.tell})
	if err := errors.Join(err, h.settle()); err != nil {
		return nil, err
	}
	result, err := Judge(opts.Dir, opts.Checks, opts.Formats, gate.Options{})
	if err != nil {
		return nil, err
	}
	return h.hunted(result, time.Since(started)), nil
}

// hunt is a hunt in progress.
type hunt struct {
	Hunting
	symptom     repro.Symptom
	plan        *plan.Plan // without phases
	ways        []repro.Way
	unexercised []repro.Unexercised
	checks      []*isolation.Check
	file        string // of the record
	begun       time.Time

	mu     sync.Mutex // of all that follows: sessions tell of their visits at the same time
	bandit *repro.Bandit
	pulls  []int           // times that each way was begun
	pull   *pull           // that goes on; nil for none
	groups []group         // of all pulls
	used   map[string]bool // names of phases
	made   map[string]bool // changes that cannot be made twice
	tried  map[string]bool // events since the target went away
	silent int             // pulls in a row that reached no view
	risks  map[string]int  // fingerprint → the way that showed it first
	denied map[string]bool // fingerprints of what the whole record did not bear out
	seen   record.Run      // what is judged of the run: who each is when alone, and the pull
	alone  int             // observations of it that are of those who are alone
	found  bool
	away   phrase.Text
	err    error
}

// pull is one try of a way.
type pull struct {
	way    int
	begun  time.Time
	phases []plan.Phase // that are still to come
	look   string       // name of the one that looks
}

// group is what a pull was to do.
type group struct {
	way    int
	phases []plan.Phase
}

func (g group) has(phase string) bool {
	return slices.ContainsFunc(g.phases, func(ph plan.Phase) bool { return ph.Name == phase })
}

func newHunt(p *plan.Plan, s repro.Symptom, how Hunting) *hunt {
	h := &hunt{
		Hunting: how, symptom: s, plan: p, begun: time.Now(),
		used: map[string]bool{}, made: map[string]bool{}, tried: map[string]bool{}, risks: map[string]int{}, denied: map[string]bool{},
	}
	h.ways, h.unexercised = repro.Ways(p, s)
	h.bandit = repro.NewBandit(len(h.ways), how.Seed)
	h.pulls = make([]int, len(h.ways))
	return h
}

// start starts the driver with every phase that may be made up, since it prepares
// for what they need.
func (h *hunt) start(ctx context.Context, p *plan.Plan, finder *sight.Finder) (crowd.Driver, error) {
	all := *p
	for _, w := range h.ways {
		all.Phases = append(append(all.Phases, w.Before...), w.Look)
	}
	return h.Start(ctx, &all, finder)
}

// The length of pulls. They grow as it becomes likely that whatever comes soon
// has come.
const (
	roundsFirst  = 3 // of a way's first pull
	roundsLikely = 6 // likewise, when the symptom speaks for it
	roundsMost   = 60
	roundsAlone  = 2 // of each account alone: two tell what stays the same
	pullShortest = 5 * time.Second
	pullLongest  = 20 * time.Second
	pullGrows    = 3 * time.Second
	// silentMost pulls in a row that reach no view, and not for an event, end the hunt.
	silentMost = 3
)

// next makes up the next phase, as [crowd.Config] asks for it.
func (h *hunt) next(away string) (plan.Phase, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if away != "" && h.pull != nil {
		h.pull.phases = nil // nobody would be there to look
	}
	if h.pull == nil || len(h.pull.phases) == 0 {
		h.count(away)
		if h.over() || !h.choose(away) {
			return plan.Phase{}, false
		}
	}
	ph := h.pull.phases[0]
	h.pull.phases = h.pull.phases[1:]
	return ph, true
}

// more reports whether a phase goes on.
func (h *hunt) more(string, int) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return !h.over()
}

// over reports whether no further round begins.
func (h *hunt) over() bool {
	return h.found || h.err != nil || !h.away.IsZero() || h.Within > 0 && time.Since(h.begun) >= h.Within
}

// choose begins a pull of the way that is next: that of the bandit, or while the
// target is away one with an event that may bring it back. It returns false when
// there is none.
func (h *hunt) choose(away string) bool {
	way := -1
	if away == "" {
		clear(h.tried)
		way = h.bandit.Next()
	} else if way = h.bringsBack(); way < 0 {
		return false
	}
	w := h.ways[way]
	if h.Trying != nil {
		h.Trying(w, h.pulls[way])
	}
	h.pulls[way]++
	h.pull = &pull{way: way, begun: time.Now()}
	for _, ph := range w.Before {
		if c, ok := h.plan.Change(ph.Change); ok && !c.Renews {
			if h.made[c.Name] {
				continue // what is hidden or gone cannot be hidden again
			}
			h.made[c.Name] = true
		}
		h.pull.phases = append(h.pull.phases, h.named(ph))
	}
	look := h.named(w.Look)
	look.Rounds = h.rounds(way)
	if look.Order != plan.Solo && look.At == 0 {
		look.Within = 2 * pullLongest
	}
	if look.At > 0 {
		look.Rounds = max(look.Rounds, look.At+roundsFirst)
	}
	h.pull.look = look.Name
	h.pull.phases = append(h.pull.phases, look)
	h.groups = append(h.groups, group{way, slices.Clone(h.pull.phases)})
	return true
}

// bringsBack returns a way that begins with an event which was not done since the
// target went away, -1 for none.
func (h *hunt) bringsBack() int {
	for _, ph := range h.groups[len(h.groups)-1].phases {
		h.tried[ph.Event] = true
	}
	return slices.IndexFunc(h.ways, func(w repro.Way) bool {
		return len(w.Before) > 0 && w.Before[0].Event != "" && !h.tried[w.Before[0].Event]
	})
}

// named gives a phase a name that no other has.
func (h *hunt) named(ph plan.Phase) plan.Phase {
	name := ph.Name
	for n := 2; h.used[name]; n++ {
		name = fmt.Sprintf("%s-%d", ph.Name, n)
	}
	h.used[name] = true
	ph.Name = name
	return ph
}

// rounds is how many rounds the next pull of a way has: as many as take the time
// that a pull is to take, by those before.
func (h *hunt) rounds(way int) int {
	before := h.bandit.Tries(way)
	switch {
	case h.ways[way].Look.Order == plan.Solo:
		return roundsAlone
	case before.Rounds > 0:
		wanted := min(pullShortest+time.Duration(h.pulls[way])*pullGrows, pullLongest)
		return int(min(max(1, wanted*time.Duration(before.Rounds)/max(before.Took, 1)), roundsMost))
	case slices.Contains([]plan.Order{plan.Sequential, plan.Fresh, plan.Handover, plan.Idle}, h.ways[way].Look.Order):
		return 1 // of many visits each
	case h.ways[way].Likely:
		return roundsLikely
	}
	return roundsFirst
}

// settle counts what was begun when the run ended, and returns what went wrong.
func (h *hunt) settle() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.count("")
	return h.err
}

// hunted returns what came of the hunt.
func (h *hunt) hunted(result *gate.Result, took time.Duration) *Hunted {
	done := &Hunted{Result: result, Unexercised: h.unexercised, Took: took, Away: h.away}
	if h.seen.End != nil {
		done.End = *h.seen.End
	}
	for i := range result.Findings {
		f := &result.Findings[i]
		if is := h.symptom.Is(*f); h.symptom.Counts(*f) && (done.Finding == nil || is && !done.Is) {
			done.Finding, done.Number, done.Is = f, i+1, is
		}
	}
	led := *h.plan
	led.Phases = h.led(done.Finding)
	done.Plan = &led
	for _, g := range h.groups {
		if done.Finding != nil && g.has(done.Finding.Phase) {
			done.By = h.ways[g.way]
		}
	}
	for i, w := range h.ways {
		t := Tried{Way: w, Tries: h.bandit.Tries(i), Times: h.pulls[i], Bound: 1}
		if t.Rounds > 0 {
			t.Bound = gate.UpperBound(t.Rounds)
		}
		done.Ways = append(done.Ways, t)
	}
	return done
}

// led returns the phases that led to a finding, all for none.
func (h *hunt) led(f *isolation.Finding) []plan.Phase {
	var led []plan.Phase
	alone := false
	for _, g := range h.groups {
		mine := f == nil || g.has(f.Phase)
		for _, ph := range g.phases {
			c, changes := h.plan.Change(ph.Change)
			if mine || changes && !c.Renews || ph.Order == plan.Solo && !alone {
				led = append(led, ph)
			}
			alone = alone || ph.Order == plan.Solo
		}
		if mine && f != nil {
			break
		}
	}
	return led
}
