package crowd

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"notmine/checks/marker"
	"notmine/checks/plan"
	"notmine/checks/record"
)

// Config is what a run of the crowd needs.
type Config struct {
	Plan   *plan.Plan
	Driver Driver
	Ledger *marker.Ledger
	Run    uint32 // number of the run, for traces
	Seed   int64
	// Record takes each entry as it happens; it is called from several goroutines.
	Record func(record.Entry) error
	// Look sees each observation after it was recorded, with what is kept of its
	// exchanges (nil for nothing), while its page is still open, and returns the
	// screenshots that are wanted of that. A session without a browser has no page.
	// It may be nil.
	Look func(*record.Observation, Copies) []Shot
	// Keep keeps a screenshot and records what it is evidence of. It may be nil.
	Keep func(Shot, []byte)
	// Do does an event. It may be nil if the plan has none.
	Do func(context.Context, plan.Event) error
	// Progress is told how far the run is. It may be nil.
	Progress func(Progress)
	// More is asked between two rounds of a phase whether it goes on. A phase of
	// the order solo has all rounds of one account before those of the next, and is
	// not asked. It may be nil: all rounds are wanted.
	More func(phase string, rounds int) bool
	// Next makes up a phase when those of the plan are over, and returns false to
	// end the run. Its name is that of no other phase. away says why the target is
	// away, "" when it is there: an event has put it away, and only another may
	// bring it back. It may be nil: the plan has all phases.
	Next func(away string) (phase plan.Phase, ok bool)
	// Loads is how many pages may load at once; 0 is twice the processors.
	Loads int
}

// Progress is how far a run is.
type Progress struct {
	Stage    string // "login" or a phase's name
	Done, Of int    // accounts at login, rounds in a phase
	Sessions int    // logged in at this moment
	Visits   int    // so far
}

// Causes of a context that ends a run early.
var (
	// ErrTimeUp is the cause when the run's time is over.
	ErrTimeUp = errors.New("the time is up")
	// ErrInterrupted is the cause when the user stopped the run.
	ErrInterrupted = errors.New("interrupted")
)

const (
	// failuresToRelogin visits in a row make a session log in again.
	failuresToRelogin = 3
	// roundsToGiveUp rounds in a row without one visit that reached its view end the run.
	roundsToGiveUp = 3
	// turnsToGiveUp is the same for accounts that look alone: some may be broken
	// where the target is not.
	turnsToGiveUp = 10
	// loginsToGiveUp accounts, and at least a fifth of all, that are refused when
	// nobody was let in are enough to know: each may have waited for its deadline.
	loginsToGiveUp = 4
	// answerLimit is how long the answers of a release wait for the slowest.
	answerLimit = 2 * time.Second
	// logoutLimit is how long the logouts of a run that was cut short take together.
	logoutLimit = 10 * time.Second
)

// targetFailed ends a run whose target, or every login to it, has failed. It
// says how that was noticed.
type targetFailed string

func (e targetFailed) Error() string { return string(e) }

// crowd is a run in progress.
type crowd struct {
	Config
	loads      *loads
	members    []*member
	byName     map[string]int  // index of a member by its account's name
	second     map[int]*member // the accounts' second devices, while a phase has them
	pace       pace
	gathered   map[string]*gatherings // by view
	searched   map[string]*searched   // by view, of the phase
	plains     map[plainKey]*plain    // likewise
	plainLoads *loads
	pictures   pictures
	stop       context.CancelCauseFunc

	mu     sync.Mutex
	visits int
	trace  uint64
	failed error // the first error of Record: nothing can be judged after it
}

// Run runs all phases of the plan. It returns how the run ended, also for a
// run that was cut short; the error says that the run could not be recorded.
func Run(ctx context.Context, cfg Config) (record.End, error) {
	if cfg.Loads <= 0 {
		cfg.Loads = 2 * runtime.GOMAXPROCS(0)
	}
	c := &crowd{Config: cfg, loads: newLoads(cfg.Loads), plainLoads: newLoads(plainLoads), byName: map[string]int{}}
	for i := range cfg.Plan.Accounts {
		c.members = append(c.members, c.newMember(i))
		c.byName[cfg.Plan.Accounts[i].Name] = i
	}
	defer c.pictures.remove()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	c.stop = cancel
	why := c.phases(ctx)
	if cause := context.Cause(ctx); cause != nil {
		why = cause
	}
	c.closeAll(why)
	end := record.End{At: time.Now(), Why: record.Done}
	switch {
	case errors.Is(why, ErrTimeUp):
		end.Why = record.TimeUp
	case errors.As(why, new(targetFailed)):
		end.Why, end.Detail = record.TargetFailed, why.Error()
	case why != nil:
		end.Why, end.Detail = record.Interrupted, why.Error()
	}
	c.record(record.Entry{End: &end})
	return end, c.recordError()
}

func (c *crowd) phases(ctx context.Context) error {
	if err := c.start(ctx); err != nil {
		return err
	}
	away := "" // why, as of the phase that noticed it
	begun := time.Now()
	for i := 0; ; i++ {
		made := c.makeUp(i, away)
		if i == len(c.Plan.Phases) {
			break
		}
		phase := c.Plan.Phases[i]
		if phase.Event != "" {
			away = "" // as far as anybody knows
		}
		entry := record.Phase{Index: i, At: time.Now(), Away: away, Made: made}
		if within := c.share(i, time.Since(begun)); within != phase.Within {
			phase.Within, entry.Within = within, within
		}
		c.record(record.Entry{Phase: &entry})
		if away != "" {
			continue
		}
		for _, m := range c.members {
			m.barred, m.looks = false, nil
		}
		err := c.phase(ctx, phase)
		var gone targetFailed
		if errors.As(err, &gone) && c.comesBack(i) {
			away = gone.Error()
			c.record(record.Entry{Phase: &record.Phase{Index: i, At: time.Now(), Away: away}})
			continue
		}
		if err != nil {
			return err
		}
	}
	if away != "" {
		return targetFailed(away)
	}
	return nil
}

// makeUp has a phase made up where the plan has no more, and returns it; nil when
// there is one, or none is wanted.
func (c *crowd) makeUp(i int, away string) *plan.Phase {
	if i < len(c.Plan.Phases) || c.Next == nil {
		return nil
	}
	phase, ok := c.Next(away)
	if !ok {
		return nil
	}
	longer := *c.Plan // which is somebody else's
	longer.Phases = append(slices.Clip(longer.Phases), phase)
	c.Plan = &longer
	return &phase
}

// comesBack reports whether a target that is away in a phase is so because of
// an event, with another to come that may bring it back.
func (c *crowd) comesBack(phase int) bool {
	happens := func(p plan.Phase) bool { return p.Event != "" }
	return slices.ContainsFunc(c.Plan.Phases[:phase+1], happens) &&
		(c.Next != nil || slices.ContainsFunc(c.Plan.Phases[phase+1:], happens))
}

func (c *crowd) phase(ctx context.Context, phase plan.Phase) error {
	switch {
	case phase.Change != "":
		return c.change(ctx, phase)
	case phase.Order == "":
		return c.happen(ctx, phase, 0)
	}
	return c.order(ctx, phase)
}

// start logs everybody in and plants. Planting is done one account after the
// other: a service that mixes sessions must not be able to put one account's
// canaries into another's data before anybody has looked.
func (c *crowd) start(ctx context.Context) error {
	alone := len(c.Plan.Plant) > 0 || len(c.Plan.Phases) > 0 && leaves(c.Plan.Phases[0].Order)
	done, refused := 0, 0
	var mu sync.Mutex
	var group errgroup.Group
	group.SetLimit(c.entering())
	for _, m := range c.members {
		group.Go(func() error {
			mu.Lock()
			hopeless := refused == done && refused >= max(loginsToGiveUp, len(c.members)/5)
			mu.Unlock()
			if hopeless || ctx.Err() != nil {
				return nil
			}
			err := m.enter(ctx)
			if err == nil && alone {
				m.rest(ctx)
			}
			mu.Lock()
			defer mu.Unlock()
			done++
			if err != nil {
				refused++
			}
			c.progress("login", done, len(c.members))
			return nil
		})
	}
	group.Wait()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if len(c.present()) == 0 {
		return targetFailed(fmt.Sprintf("none of %d accounts could log in", done))
	}
	return nil
}

// entering is how many members may log in at once: one while somebody has
// still to plant, who must be alone with the target.
func (c *crowd) entering() int {
	for _, m := range c.members {
		if m.session == nil && !m.barred && !m.planted && len(c.Plan.Plant) > 0 {
			return 1
		}
	}
	return c.Loads
}

// present returns the members whose sessions are logged in.
func (c *crowd) present() []*member {
	var in []*member
	for _, m := range c.members {
		if m.session != nil {
			in = append(in, m)
		}
	}
	return in
}

// closeAll ends all sessions, and logs out before. why is what cut the run
// short; nil is nothing.
func (c *crowd) closeAll(why error) {
	limit := logoutLimit
	if why == nil {
		limit += time.Duration(len(c.members)) * time.Second
	}
	// The run may have been interrupted; being polite to the target is still possible, briefly.
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	if errors.As(why, new(targetFailed)) {
		cancel() // nobody is there to be polite to
	}
	var group errgroup.Group
	group.SetLimit(c.Loads)
	for _, m := range slices.AppendSeq(slices.Clone(c.members), maps.Values(c.second)) {
		group.Go(func() error { m.leave(ctx); return nil })
	}
	group.Wait()
}

// record appends an entry. The first error ends the run: nothing can be judged
// that is not written.
func (c *crowd) record(e record.Entry) {
	err := c.Record(e)
	if err == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.failed == nil {
		c.failed = err
		c.stop(err)
	}
}

func (c *crowd) recordError() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.failed
}

func (c *crowd) progress(stage string, done, of int) {
	if c.Progress == nil {
		return
	}
	c.mu.Lock()
	visits := c.visits
	c.mu.Unlock()
	in := 0
	for _, m := range c.members {
		if m.in.Load() {
			in++
		}
	}
	c.Progress(Progress{Stage: stage, Done: done, Of: of, Sessions: in, Visits: visits})
}

// traceparent returns the W3C trace context of a new visit.
// https://www.w3.org/TR/trace-context/#traceparent-header
func (c *crowd) traceparent() string {
	if !c.Plan.Trace {
		return ""
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.trace++
	return fmt.Sprintf("00-%08x%08x%016x-%016x-01", c.Run, uint32(c.Seed), c.trace, c.trace)
}
