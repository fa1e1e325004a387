package crowd

import (
	"context"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"notmine/checks/plan"
	"notmine/checks/record"
)

const (
	// mostOfVisit is how many requests of a visit wait by one pattern, or when all do.
	mostOfVisit = 64
	// searchTimeouts is how many times as long as a step a turn may take from when
	// everybody's visit has begun. After that nobody waits any more.
	searchTimeouts = 4
)

// search is one turn in which the requests of all sessions are let through one
// at a time, in a drawn order.
//
// The next is chosen when it is known who would have come: everybody has a
// request waiting or in the target, or has left, or has been quiet for a grace.
// A request that was let through is over when it is answered, or when the answer
// has taken so long that it must be waiting for something inside the target;
// then the next may go beside it. So nothing that a session waits for can keep
// the search from going on. Where the order that was drawn could not be kept for
// that, or for another reason, the search tells so: such a turn proves less.
type search struct {
	known *searched
	order *priorities
	among int           // steps that the changes were laid among
	limit time.Duration // from when all have begun

	mu    sync.Mutex
	tasks []*task
	now   *step     // let through, and not over
	until time.Time // when nobody waits any more; zero until all have begun
	ended bool      // nobody waits any more
	timer *time.Timer
	went  []string // whose requests were let through
	slow  int
	loose int
	late  int
	lost  int
	gaps  gaps
}

// newSearch returns a turn of the accounts that take part.
func newSearch(known *searched, taking []string, drawn *record.Search, limit time.Duration) *search {
	s := &search{known: known, order: newPriorities(taking, drawn, known.steps), among: known.steps, limit: limit}
	for i, account := range taking {
		t := &task{search: s, number: i, account: account}
		t.visit, t.leaving = context.WithCancel(context.Background())
		s.tasks = append(s.tasks, t)
	}
	return s
}

// task is one session in a search.
type task struct {
	*search
	number  int
	account string
	load    *load
	visit   context.Context // ends when the session leaves
	leaving context.CancelFunc

	// The following are guarded by the search's mu.
	begun   bool
	once    bool      // only its first request waits
	asked   bool      // it has sent a request
	passed  bool      // another's was let through while nobody waited for it
	left    bool      // its visit is over
	since   time.Time // from when it may send its next request
	waiting []*step
	inside  int // requests let through and not answered
	handing int // answers that wait for a load
	taken   int // places given to requests, where all wait
}

// begin says that a session's visit begins now, with that load, and returns
// where its requests wait.
func (s *search) begin(i int, l *load, patterns []string) []leavable {
	t := s.tasks[i]
	s.mu.Lock()
	t.load, t.begun, t.since = l, true, time.Now()
	t.once = !slices.ContainsFunc(patterns, func(p string) bool { return p != First })
	if !slices.ContainsFunc(s.tasks, func(t *task) bool { return !t.begun }) {
		s.until = t.since.Add(s.limit)
	}
	s.look()
	s.mu.Unlock()
	var places []leavable
	for _, pattern := range patterns {
		switch pattern {
		case Every:
			places = append(places, allSteps{t})
		case First:
			places = append(places, t.step(pattern))
		default:
			for range mostOfVisit { // a hold takes one request
				places = append(places, t.step(pattern))
			}
			places = append(places, surplus{t, pattern})
		}
	}
	return places
}

// look does what is due. The caller holds mu.
func (s *search) look() {
	now := time.Now()
	if !s.until.IsZero() && !now.Before(s.until) {
		s.end()
	}
	if s.ended {
		return
	}
	if s.now != nil {
		if s.now.sent.IsZero() {
			s.wake(s.until)
			return
		}
		if due := s.now.sent.Add(s.known.answer.limit()); now.Before(due) {
			s.wake(due)
			return
		}
		s.slow++
		s.now = nil
		s.gaps.stuck = s.gaps.stuck || s.known.answer.limit() == longestAnswer
	}
	settled, due := true, s.until
	var waiting []int
	for _, t := range s.tasks {
		if len(t.waiting) > 0 {
			waiting = append(waiting, t.number)
		}
		if quiet, known := t.quiet(); known && now.Before(quiet) {
			settled = false
			if due.IsZero() || quiet.Before(due) {
				due = quiet
			}
		} else if !known {
			settled = false
		}
	}
	if settled && len(waiting) > 0 {
		s.let(s.tasks[s.order.next(waiting)])
		due = s.until
	}
	s.wake(due)
}

// quiet returns from when a session is not waited for, the zero time when it is
// not even now; false means that it is not known yet. The caller holds mu.
func (t *task) quiet() (at time.Time, known bool) {
	switch {
	case t.left, len(t.waiting) > 0, t.inside > 0, t.once && t.asked:
		return time.Time{}, true
	case !t.begun, t.handing > 0:
		return time.Time{}, false
	case !t.asked:
		return t.since.Add(t.known.first.limit()), true
	}
	return t.since.Add(t.known.next.limit()), true
}

// let lets a session's first waiting request through. The caller holds mu.
func (s *search) let(t *task) {
	p := t.waiting[0]
	t.waiting = t.waiting[1:]
	t.inside++
	p.state, s.now = sending, p
	s.went = append(s.went, t.account)
	close(p.open)
	for _, other := range s.tasks {
		other.passed = other.passed || other != t && len(other.waiting) == 0
	}
}

// wake looks again at that time; the zero time is never. The caller holds mu.
func (s *search) wake(at time.Time) {
	switch {
	case at.IsZero():
		if s.timer != nil {
			s.timer.Stop()
		}
	case s.timer == nil:
		s.timer = time.AfterFunc(time.Until(at), func() {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.look()
		})
	default:
		s.timer.Reset(time.Until(at))
	}
}

// end lets everybody go. The caller holds mu.
func (s *search) end() {
	if s.ended {
		return
	}
	s.ended = true
	if s.timer != nil {
		s.timer.Stop()
	}
	for _, t := range s.tasks {
		for _, p := range t.waiting {
			p.state = loose
			s.loose++
			close(p.open)
		}
		t.waiting = nil
	}
}

// close ends the search and tells how it went.
func (s *search) close() record.Searched {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.end()
	s.known.learn(len(s.went), s.gaps)
	entry := record.Searched{
		Sessions: len(s.tasks), Steps: s.order.steps, Known: s.among, Order: s.went,
		Slow: s.slow, Loose: s.loose, Late: s.late, Lost: s.lost,
	}
	for step := range s.order.falls {
		entry.Changes = append(entry.Changes, step)
	}
	slices.Sort(entry.Changes)
	return entry
}

// step is the place of one request in a search. It is the [Hold] that the wire calls.
type step struct {
	*task
	pattern string
	open    chan struct{} // closed when the request may go

	// The following are guarded by the search's mu.
	state stepState
	sent  time.Time
}

// stepState is how far a request has come.
type stepState int

const (
	unasked stepState = iota
	held
	sending // let through, and on its way to the target or in it
	loose   // it goes, or went, without an order
	over    // it is answered, or its visit has ended
)

func (t *task) step(pattern string) *step {
	return &step{task: t, pattern: pattern, open: make(chan struct{})}
}

// Pattern tells which request waits.
func (p *step) Pattern() string { return p.pattern }

// Arrive waits until the request is let through. While it waits, the session's
// load does not count as in flight.
func (p *step) Arrive(ctx context.Context) error {
	if !p.hold() {
		return errGaveUp
	}
	select {
	case <-p.open:
	case <-p.visit.Done():
	case <-ctx.Done():
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	switch p.state {
	case sending: // also if it is too late: the wire says that it went, or that it could not
		return nil
	case held:
		p.waiting = slices.DeleteFunc(p.waiting, func(other *step) bool { return other == p })
		p.state, p.since = over, time.Now()
		p.lost++
		p.look()
		return context.Cause(ctx)
	}
	return errGaveUp
}

// hold has the request wait, unless nobody does any more.
func (p *step) hold() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.left {
		return false
	}
	if p.ended {
		p.loose++
		return false
	}
	if p.passed { // as if it had asked in time, another might have gone first
		p.late++
		p.passed = false
	}
	if apart := time.Since(p.since); !p.asked {
		p.gaps.first = max(p.gaps.first, apart)
	} else if len(p.waiting)+p.inside+p.handing == 0 {
		p.gaps.next = max(p.gaps.next, apart)
	}
	p.asked, p.state = true, held
	p.waiting = append(p.waiting, p)
	p.yield()
	p.look()
	return true
}

// yield gives a session's load back, unless an answer is about to take it: that
// one yields then. The caller holds mu.
func (t *task) yield() {
	if t.handing == 0 {
		t.load.give()
	}
}

// Sent notes that the request went to the target.
func (p *step) Sent() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.state == sending {
		p.sent = time.Now()
		p.look()
	}
}

// Answered says that the next may go, and waits for a place among the loads, unless
// another request of the session waits, which has none, or another answer does.
func (p *step) Answered(ctx context.Context) error {
	if !p.answer() {
		return context.Cause(ctx)
	}
	during, cancel := context.WithCancel(p.visit)
	defer cancel()
	defer context.AfterFunc(ctx, cancel)()
	err := p.load.take(during)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.handing--
	p.since = time.Now()
	if len(p.waiting) > 0 {
		p.yield()
	}
	p.look()
	return err
}

// answer notes an answer, and reports whether it needs a load.
func (p *step) answer() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.state == sending {
		p.inside--
		if !p.sent.IsZero() {
			p.gaps.answers = append(p.gaps.answers, time.Since(p.sent))
		}
	}
	p.state = over
	if p.now == p {
		p.now = nil
	}
	needed := len(p.waiting) == 0 && p.handing == 0
	if needed {
		p.handing++
	}
	p.since = time.Now()
	p.look()
	return needed
}

// Leave takes the session out of the search: its visit is over.
func (t *task) Leave() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.left {
		return
	}
	t.left = true
	t.leaving()
	if t.now != nil && t.now.task == t {
		t.now = nil
	}
	for _, p := range t.waiting {
		p.state = over
	}
	t.lost += len(t.waiting)
	t.waiting = nil
	t.look()
}

// surplus is where the next request comes by a pattern of which a visit has made
// as many as wait. It does not wait, nor do those after it.
type surplus struct {
	*task
	pattern string
}

// Pattern tells which request it is.
func (s surplus) Pattern() string { return s.pattern }

// Arrive notes that a request goes without an order.
func (s surplus) Arrive(context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.left {
		s.loose++
	}
	return errGaveUp
}

// Sent and Answered do nothing: nobody waits for the request.
func (s surplus) Sent()                          {}
func (s surplus) Answered(context.Context) error { return nil }

// allSteps is where each request of a session waits. It is the [Each] that the
// wire calls.
type allSteps struct{ *task }

// Pattern tells that each request waits.
func (a allSteps) Pattern() string { return Every }

// For returns the place of a request; nil for what only dresses a page.
func (a allSteps) For(method, path string) Hold {
	if (method == "GET" || method == "HEAD") && dresses(path) {
		return nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case a.left:
		return nil
	case a.ended, a.taken == mostOfVisit:
		a.loose++
		return nil
	}
	a.taken++
	return a.step(Every)
}

// Arrive, Sent and Answered do nothing: requests come to their own places.
func (a allSteps) Arrive(context.Context) error   { return nil }
func (a allSteps) Sent()                          {}
func (a allSteps) Answered(context.Context) error { return nil }

// dresses reports whether a path is that of something which is the same for
// everybody. Pictures may be somebody's.
func dresses(of string) bool {
	return slices.Contains([]string{".css", ".js", ".mjs", ".map", ".woff", ".woff2", ".ttf", ".otf", ".eot", ".ico"}, strings.ToLower(path.Ext(of)))
}

// search has all whom a turn names look at its view, with their requests let
// through one at a time.
func (c *crowd) search(ctx context.Context, phase plan.Phase, turn record.Turn) (tried, reached bool) {
	view := c.view(turn.Looks[0].View)
	ready := c.ready(ctx, c.of(turn))
	looks := c.taken(turn, ready)
	var taking []string
	for _, l := range looks {
		taking = append(taking, l.Who)
	}
	if c.searched[view.Name] == nil {
		c.searched[view.Name] = newSearched()
	}
	s := newSearch(c.searched[view.Name], taking, turn.Search, searchTimeouts*c.Plan.Timeout)
	patterns := holding(phase, view)
	reached = c.lookAt(ctx, phase, turn, view, looks, func(i int, l *load) []leavable { return s.begin(i, l, patterns) })
	entry := s.close()
	entry.Phase, entry.Round, entry.View = phase.Name, turn.Round, view.Name
	c.record(record.Entry{Searched: &entry})
	return len(ready) > 0, reached
}
