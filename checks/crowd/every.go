package crowd

import (
	"context"
	"maps"
	"regexp"
	"slices"
	"sync"
	"time"

	"notmine/checks/record"
)

// Every is the pattern of a hold at which each request of a view waits for its
// like.
const Every = "every"

const (
	// longestGathering is how long a request waits for its like when nobody knows
	// how far apart they come.
	longestGathering = 300 * time.Millisecond
	// gatheringSlack is how many times as long as the last time a gathering waits.
	gatheringSlack = 2
	// shortestGathering keeps a quick gathering from missing a slow one.
	shortestGathering = 20 * time.Millisecond
	// mostGatherings bounds what is remembered of one view.
	mostGatherings = 1000
)

// gatherings is what is known of the requests of a view from earlier releases.
// The zero value is ready for use.
type gatherings struct {
	mu    sync.Mutex
	known map[string]gathered
}

// gathered is how the last release of requests of one kind went.
type gathered struct {
	came  int           // how many did
	apart time.Duration // how long the first waited for the last that came
}

// limit returns how long requests of a kind wait, 0 for those that nobody else
// made the last time: they have no like.
func (g *gatherings) limit(kind string) time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	last, ok := g.known[kind]
	switch {
	case !ok:
		return longestGathering
	case last.came < 2:
		return 0
	}
	return min(max(gatheringSlack*last.apart, shortestGathering), longestGathering)
}

func (g *gatherings) learn(kind string, how gathered) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.known == nil {
		g.known = make(map[string]gathered)
	}
	if _, ok := g.known[kind]; ok || len(g.known) < mostGatherings {
		g.known[kind] = how
	}
}

// gathering is one release of a view at which each request waits for its like:
// there is a barrier for each kind of request, made when the first comes.
type gathering struct {
	known   *gatherings
	parties int

	mu       sync.Mutex
	left     int // parties whose visit is over
	barriers map[string]*barrier
	first    map[string]time.Time // when the first request of a kind came
	last     map[string]time.Time
}

func (g *gatherings) gather(parties int) *gathering {
	return &gathering{
		known: g, parties: parties,
		barriers: map[string]*barrier{}, first: map[string]time.Time{}, last: map[string]time.Time{},
	}
}

// seat is one session's place at a gathering. It is the [Each] that the wire calls.
type seat struct {
	*gathering
	load *load

	mu     sync.Mutex
	places map[string]*place
	over   bool
}

func (g *gathering) seat(l *load) *seat {
	return &seat{gathering: g, load: l, places: map[string]*place{}}
}

// numbers are what differs between requests that are alike.
var numbers = regexp.MustCompile(`[0-9]+|[0-9a-f]{8}-[0-9a-f-]{27}`)

// Pattern tells that each request waits.
func (s *seat) Pattern() string { return Every }

// For returns the place of a request, unless the session made its like before or
// nobody else makes it.
func (s *seat) For(method, path string) Hold {
	kind := method + " " + numbers.ReplaceAllString(path, "#")
	limit := s.known.limit(kind)
	if limit == 0 {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over || s.places[kind] != nil {
		return nil
	}
	p := s.gathering.barrier(kind, limit).place(s.load)
	s.places[kind] = p
	return p
}

// Arrive, Sent and Answered do nothing: requests come to the places, and none to
// the seat itself.
func (s *seat) Arrive(context.Context) error   { return nil }
func (s *seat) Sent()                          {}
func (s *seat) Answered(context.Context) error { return nil }

// barrier returns that of a kind of request.
func (g *gathering) barrier(kind string, limit time.Duration) *barrier {
	g.mu.Lock()
	defer g.mu.Unlock()
	b := g.barriers[kind]
	if b == nil {
		b = newBarrier(kind, g.parties, limit, answerLimit)
		b.left = g.left
		g.barriers[kind] = b
		g.first[kind] = time.Now()
	}
	g.last[kind] = time.Now()
	return b
}

// Leave takes the session out of the gathering.
func (s *seat) Leave() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over {
		return
	}
	s.over = true
	g := s.gathering
	g.mu.Lock()
	g.left++
	for kind, b := range g.barriers {
		if s.places[kind] == nil { // it will not come any more
			b.mu.Lock()
			b.left++
			b.look()
			b.mu.Unlock()
		}
	}
	g.mu.Unlock()
	for _, p := range s.places {
		p.Leave()
	}
}

// close ends the gathering, remembers how it went, and tells of the releases
// that brought several together.
func (g *gathering) close() (releases []record.Barrier) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, kind := range slices.Sorted(maps.Keys(g.barriers)) {
		entry := g.barriers[kind].close()
		g.known.learn(kind, gathered{entry.Arrived, g.last[kind].Sub(g.first[kind])})
		if entry.Arrived > 1 {
			releases = append(releases, entry)
		}
	}
	return releases
}
