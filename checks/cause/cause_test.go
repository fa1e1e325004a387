package cause

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"notmine/checks/isolation"
	"notmine/checks/marker"
	"notmine/checks/plan"
	"notmine/checks/record"
)

// seeds many worlds of each kind are made up.
const seeds = 20

func TestPatterns(t *testing.T) {
	for _, tt := range []struct {
		name string
		make func(w *world)
	}{
		{LastWriter, func(w *world) {
			w.sequential(2, own)
			w.together(6, lastOf)
		}},
		{LastWriter, func(w *world) { // whoever came two requests later has written meanwhile
			w.together(8, func(order []string, i int) string { return order[min(i+2, len(order)-1)] })
		}},
		{LastWriter, func(w *world) { // of one request in five
			w.together(25, func(order []string, i int) string {
				if w.rng.IntN(5) > 0 {
					return order[i]
				}
				return order[len(order)-1]
			})
		}},
		{CollapsedRequests, func(w *world) {
			w.sequential(2, own)
			w.together(6, firstOf)
		}},
		{SharedCache, func(w *world) { // for six requests in a row
			n, filled := 0, ""
			w.sequential(4, func(viewer string) string {
				if n%6 == 0 {
					filled = viewer
				}
				n++
				return filled
			})
		}},
		{SharedCache, func(w *world) { // seen only together, for three rounds in a row
			n, filled := 0, ""
			w.together(12, func(order []string, i int) string {
				if n%(3*len(order)) == 0 {
					filled = order[0]
				}
				n++
				return filled
			})
		}},
		{OffByOne, func(w *world) {
			w.sequential(2, own)
			w.cut()
			before := w.names[0]
			w.sequential(4, func(viewer string) string {
				owner := before
				before = viewer
				return owner
			})
		}},
		{OffByOne, func(w *world) { // after a browser went on before the answer
			w.cut()
			broken := &w.run.Observations[0].Exchanges[0]
			broken.Aborted, broken.Error = "", "the browser broke off"
			before := w.names[0]
			w.sequential(4, func(viewer string) string {
				owner := before
				before = viewer
				return owner
			})
		}},
		{OffByOne, func(w *world) { // after two were cut off
			w.sequential(2, own)
			w.cut()
			w.cut()
			queue := []string{"a", "a"}
			w.sequential(5, func(viewer string) string {
				queue = append(queue, viewer)
				owner := queue[0]
				queue = queue[1:]
				return owner
			})
		}},
		{PooledState, func(w *world) {
			before := w.names[0]
			w.sequential(5, func(viewer string) string {
				owner := before
				before = viewer
				return owner
			})
		}},
		{PooledState, func(w *world) { // whoever looked at the profile last is everybody in the inbox
			for range 4 {
				owner := ""
				for _, viewer := range w.shuffled() {
					w.visit(w.now, ask{viewer: viewer, owner: viewer, view: "profile"})
					owner = viewer
				}
				for _, viewer := range w.shuffled() {
					if viewer != owner {
						w.visit(w.now, ask{viewer: viewer, owner: owner})
					}
				}
			}
		}},
		{Swapped, func(w *world) {
			w.sequential(2, own)
			w.together(6, func(order []string, i int) string {
				if order[0] > order[1] { // in half of the rounds
					return order[i]
				}
				return order[i^1]
			})
		}},
		{WrongMapping, func(w *world) {
			w.event("failover")
			w.sequential(4, func(viewer string) string { return next(w.names, viewer) })
			w.together(2, func(order []string, i int) string { return next(w.names, order[i]) })
		}},
		{SharedBuffer, func(w *world) { w.only(record.Picture) }},
		{SharedPageState, func(w *world) { w.only(record.Script) }},
		{IdentifierCollision, func(w *world) { // two in each moment are given one number
			for n := range 4 {
				order, at := w.shuffled(), w.now
				for i, viewer := range order {
					o := w.visit(at.Add(time.Duration(i)*w.apart), ask{viewer: viewer, owner: order[max(i, 1)], surface: record.Download})
					o.Exchanges[0].URL = fmt.Sprintf("http://x/job/%d-%d", n, max(i, 1))
				}
				w.now = w.now.Add(longest)
			}
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for seed := range uint64(seeds) {
				w := newWorld(8, seed)
				tt.make(w)
				w.wants(t, tt.name)
			}
		})
	}
}

// only mixes up one kind of thing among those who ask together.
func (w *world) only(surface string) {
	for range 6 {
		at := w.now
		for i, viewer := range w.shuffled() {
			owner := viewer
			if w.rng.IntN(2) == 0 {
				owner = w.other(viewer)
			}
			w.visit(at.Add(time.Duration(i)*w.apart), ask{viewer: viewer, owner: owner, surface: surface})
		}
	}
}

func next(names []string, of string) string {
	return names[(slices.Index(names, of)+1)%len(names)]
}

// How many answers a connection is behind changes when it is made anew, and when
// more answers are lost.
func TestBehindForAWhile(t *testing.T) {
	for seed := range uint64(seeds) {
		w := newWorld(4, seed)
		w.sequential(3, own)
		for _, lag := range []int{1, 2, 0, 3} {
			w.cut()
			var asked []string
			for range 8 {
				for _, viewer := range w.shuffled() {
					asked = append(asked, viewer)
					w.visit(w.now, ask{viewer: viewer, owner: asked[max(len(asked)-1-lag, 0)]})
				}
			}
		}
		w.wants(t, OffByOne)
	}
}

// Each session is bound to one owner, on one view, and the next session of the
// same viewer to another.
func TestMappedBySession(t *testing.T) {
	for seed := range uint64(seeds) {
		w := newWorld(5, seed)
		w.sequential(3, own)
		for range 3 {
			shift := 1 + w.rng.IntN(4)
			for _, name := range w.names {
				w.run.Sessions = append(w.run.Sessions, record.Session{Account: name, What: record.LoggedIn, At: w.now})
			}
			w.together(4, func(order []string, i int) string {
				return w.names[(slices.Index(w.names, order[i])+shift)%len(w.names)]
			})
		}
		w.wants(t, WrongMapping)
	}
}

// Where an answer holds the viewer's own beside the other's, it was no answer to
// the other.
func TestMixedAnswers(t *testing.T) {
	w := newWorld(5, 1)
	held := ""
	for range 8 {
		for _, viewer := range w.shuffled() {
			o := w.visit(w.now, ask{viewer: viewer, owner: viewer})
			if held != "" && held != viewer {
				old := o.Sightings[0]
				old.Owner, old.Marker = held, int(held[0]-'a')+1
				o.Sightings = append(o.Sightings, old)
			}
			if held == "" || w.rng.IntN(6) == 0 {
				held = viewer
			}
		}
	}
	w.wants(t, PooledState)
}

// What has no pattern is given no name, and neither is what two accounts alone
// did a few times.
func TestUnknown(t *testing.T) {
	for name, make := range map[string]func(w *world){
		"any of those who ask together": func(w *world) {
			w.together(8, func(order []string, i int) string { return w.other(order[i]) })
		},
		"anybody, one time in three": func(w *world) {
			scatter := func(viewer string) string {
				if w.rng.IntN(3) > 0 {
					return viewer
				}
				return w.other(viewer)
			}
			w.together(6, func(order []string, i int) string { return scatter(order[i]) })
			w.sequential(6, scatter)
		},
		"one visit": func(w *world) {
			w.sequential(3, own)
			w.visit(w.now, ask{viewer: "a", owner: "b"})
			w.sequential(3, own)
		},
		"since something was done to the target": func(w *world) {
			w.sequential(4, own)
			w.event("restore")
			w.together(1, func(order []string, i int) string { return w.other(order[i]) })
		},
	} {
		t.Run(name, func(t *testing.T) {
			named := 0
			const worlds = 300
			for seed := range uint64(worlds) {
				w := newWorld(8, seed)
				make(w)
				if c := w.cause(t); c.Name != Unknown {
					named++
					t.Logf("seed %d: %s, because %q", seed, c.Name, c.Because)
				}
			}
			if named > worlds/100 {
				t.Errorf("%d of %d worlds without a pattern have a name", named, worlds)
			}
		})
	}
	t.Run("two accounts", func(t *testing.T) {
		w := newWorld(2, 1)
		w.together(2, lastOf)
		w.sequential(2, func(viewer string) string { return w.other(viewer) })
		w.wants(t, Unknown)
	})
	t.Run("a fixed order", func(t *testing.T) { // a table and a queue look the same then
		w := newWorld(4, 1)
		for range 4 {
			for i, viewer := range w.names {
				w.visit(w.now, ask{viewer: viewer, owner: w.names[(i+3)%4]})
			}
		}
		w.wants(t, Unknown)
		if c := w.cause(t); !strings.Contains(because(c), "same order each time") {
			t.Errorf("because %q", c.Because)
		}
	})
}

// A plain pattern is still named when one answer in ten is anybody's.
func TestNoise(t *testing.T) {
	for name, given := range map[string]func([]string, int) string{LastWriter: lastOf, CollapsedRequests: firstOf} {
		missed := 0
		for seed := range uint64(50) {
			w := newWorld(8, seed)
			w.together(12, func(order []string, i int) string {
				if w.rng.IntN(10) == 0 {
					return w.other(order[i])
				}
				return given(order, i)
			})
			if c := w.cause(t); c.Name != name {
				missed++
				t.Logf("%s: %s, because %q", name, c.Name, c.Because)
			}
		}
		if missed > 1 {
			t.Errorf("%s is named in only %d of 50 worlds", name, 50-missed)
		}
	}
}

// When requests are released within a millisecond, the target may take them in
// any order, also the last one first: which of two it was cannot be told.
func TestTooClose(t *testing.T) {
	for name, given := range map[string]func([]string, int) string{"first": firstOf, "last": lastOf} {
		for seed := range uint64(seeds) {
			w := newWorld(8, seed)
			w.apart = 100 * time.Microsecond
			w.sequential(2, own)
			w.together(12, given)
			if c := w.cause(t); c.Name != SharedAtOnce {
				t.Errorf("the %s: %s, because %q", name, c.Name, c.Because)
			}
		}
	}
}

// When it has nothing to do with the order that was sent, all that can be said
// is that the requests of a moment share something.
func TestSharedAtOnce(t *testing.T) {
	named := map[string]int{}
	const worlds = 50
	for seed := range uint64(worlds) {
		w := newWorld(8, seed)
		owner := 0
		w.together(12, func(order []string, i int) string {
			if i == 0 {
				owner = w.rng.IntN(len(order))
			}
			return order[owner]
		})
		named[w.cause(t).Name]++
	}
	if named[SharedAtOnce] < worlds*8/10 || named[SharedAtOnce]+named[LastWriter]+named[CollapsedRequests] != worlds {
		t.Errorf("%d worlds are named %v", worlds, named)
	}
}

func TestLeftInBrowser(t *testing.T) {
	w := newWorld(3, 1)
	w.sequential(2, own)
	for _, pair := range [][2]string{{"a", "b"}, {"b", "c"}} {
		o := w.visit(w.now, ask{viewer: pair[1], owner: pair[0], surface: record.Storage})
		o.Before, o.How, o.Sightings[0].Exchange = pair[0], record.Offline, 0
	}
	w.wants(t, LeftInBrowser)
	// What an answer brings is not from the browser.
	o := w.run.Observations[len(w.run.Observations)-1]
	o.Sightings[0].Exchange, o.Sightings[0].Surface = o.Exchanges[0].ID, record.Body
	w.wants(t, Unknown)
}

func TestWrongSubscriber(t *testing.T) {
	w := newWorld(4, 1)
	w.sequential(1, own)
	for _, viewer := range []string{"b", "c", "d"} {
		o := w.visit(w.now, ask{viewer: viewer, owner: "a", surface: record.Stream})
		o.Acting = "a"
		shown := o.Sightings[0]
		shown.Surface, shown.Exchange = record.Text, 0
		o.Sightings = append(o.Sightings, shown)
	}
	w.wants(t, WrongSubscriber)
}

func TestErrorPage(t *testing.T) {
	w := newWorld(4, 1)
	w.sequential(2, own)
	for range 4 {
		o := w.visit(w.now, ask{viewer: "b", owner: w.other("b")})
		o.Status, o.Exchanges[0].Status = 403, 403
	}
	w.wants(t, ErrorPage)
}

func TestStale(t *testing.T) {
	for name, make := range map[string]func(w *world) (leaked int){
		"superseded": func(w *world) int { w.changed(plan.Change{Renews: true}); return w.canaries("a") },
		"deleted":    func(w *world) int { w.changed(plan.Change{Delete: true}); return w.canaries("a") },
		"hidden": func(w *world) int { // its audience was everyone once
			w.run.Markers = append(w.run.Markers, marker.Entry{ID: 9, Text: "photo of a", Owner: "a", Item: "photo", Declared: true, Audience: marker.Audience{marker.Everyone}},
				marker.Entry{ID: 9, Text: "photo of a", Owner: "a", Item: "photo", Declared: true, Since: begin.Add(time.Nanosecond)})
			return 9
		},
	} {
		w := newWorld(4, 1)
		id := make(w)
		w.sequential(3, own)
		w.event("restore")
		for range 3 {
			o := w.visit(w.now, ask{viewer: "b", owner: "a"})
			o.Sightings[0].Marker, o.Sightings[0].Item = id, "photo"
		}
		t.Run(name, func(t *testing.T) {
			w.wants(t, RestoredState)
			w.run.Events = nil
			w.wants(t, StaleCopy)
		})
	}
}

// An older version that is shown to those who might see it is no leak, and has a
// cause of its own, unless people are mixed up as well.
func TestStaleFindings(t *testing.T) {
	made := func() *world {
		w := newWorld(4, 1)
		id := w.canaries("a")
		for i := range w.run.Markers {
			if w.run.Markers[i].Item == "photo" {
				w.run.Markers[i].Audience = marker.Audience{marker.Everyone}
			}
		}
		w.changed(plan.Change{Renews: true})
		w.sequential(3, own)
		w.event("restore")
		for range 3 {
			o := w.visit(w.now, ask{viewer: "b", owner: "a"})
			o.Sightings[0].Marker, o.Sightings[0].Item = id, "photo"
		}
		return w
	}
	of := func(w *world) Cause {
		f := isolation.Finding{Check: "stale", Level: isolation.Suspect, View: "inbox"}
		for _, o := range w.run.Observations {
			if len(o.Sightings) > 0 && o.Sightings[0].Item == "photo" {
				f.Visits = append(f.Visits, o.N)
			}
		}
		p, err := isolation.NewPass(w.run)
		if err != nil {
			t.Fatal(err)
		}
		return Of(p, []isolation.Finding{{Check: "canary", Level: isolation.Leak, View: "profile"}, f})[1]
	}
	c := of(made())
	if c.Name != RestoredState || because(c) != "in 3 of 15 visits of inbox it was what its owner had replaced or deleted; nothing of it was seen before restore" {
		t.Errorf("%s, because %q", c.Name, c.Because)
	}
	w := made()
	w.run.Events = nil
	if c := of(w); c.Name != StaleCopy {
		t.Errorf("without an event: %s, because %q", c.Name, c.Because)
	}
	for range 6 { // of the profile everybody is given that of who asked last
		order, at := w.shuffled(), w.now
		for i, viewer := range order {
			w.visit(at.Add(time.Duration(i)*w.apart), ask{viewer: viewer, owner: lastOf(order, i), view: "profile"})
		}
	}
	if c := of(w); c.Name != "" {
		t.Errorf("beside another bug: %s, because %q", c.Name, c.Because)
	}
}

// What is superseded later was in force when it was shown.
func TestStaleLater(t *testing.T) {
	w := newWorld(4, 1)
	id := w.canaries("a")
	w.sequential(3, own)
	for range 3 {
		o := w.visit(w.now, ask{viewer: "b", owner: "a"})
		o.Sightings[0].Marker, o.Sightings[0].Item = id, "photo"
	}
	w.changed(plan.Change{Renews: true})
	if c := w.cause(t); c.Name == RestoredState || c.Name == StaleCopy {
		t.Errorf("%s, because %q", c.Name, c.Because)
	}
}

// changed has a change its photo.
func (w *world) changed(c plan.Change) {
	c.Name, c.Item = "photo", "photo"
	w.run.Header.Plan.Changes = []plan.Change{c}
	w.run.Changes = append(w.run.Changes, record.Change{Name: c.Name, Account: "a", Item: c.Item, Start: w.now, End: w.now})
}

// session makes one account another from a time on, in name and data.
func (w *world) session(viewer, owner string) {
	for _, view := range []string{"inbox", "profile", "inbox", "profile", "inbox"} {
		w.visit(w.now, ask{viewer: viewer, owner: owner, view: view}).Identity = "Name " + owner
	}
}

func TestSession(t *testing.T) {
	const sid = "sid"
	cookie := func(value string) record.Cookie {
		return record.Cookie{Name: sid, Digest: value, Secret: true, HTTPOnly: true}
	}
	made := func() *world {
		w := newWorld(4, 1)
		for _, name := range w.names {
			w.visit(w.now, ask{viewer: name, owner: name}).Cookies = []record.Cookie{cookie("of " + name)}
		}
		return w
	}
	t.Run("bound", func(t *testing.T) {
		w := made()
		w.event("failover")
		w.session("b", "a")
		w.wants(t, SessionBinding)
		if c := w.cause(t); !strings.Contains(because(c), "before failover") {
			t.Errorf("because %q", c.Because)
		}
	})
	t.Run("handed out", func(t *testing.T) {
		w := made()
		o := w.visit(w.now, ask{viewer: "b", owner: "a"})
		o.Identity, o.Exchanges[0].SetCookies = "Name a", []record.Cookie{cookie("of a")}
		w.session("b", "a")
		w.wants(t, SessionHandedOut)
	})
	t.Run("collision", func(t *testing.T) {
		w := made()
		for _, name := range []string{"a", "b"} {
			w.run.Sessions = append(w.run.Sessions, record.Session{Account: name, What: record.LoggedIn, At: w.now.Add(20 * time.Millisecond)})
		}
		at := w.now
		var logins []record.Exchange
		for i := range 2 {
			logins = append(logins, record.Exchange{
				ID: 1000 + i, Method: "POST", URL: "http://x/login", Status: 303, Start: at.Add(time.Duration(i) * time.Millisecond),
				Answered: at.Add(time.Duration(i+5) * time.Millisecond), SetCookies: []record.Cookie{cookie("of both")},
			})
		}
		w.now = at.Add(30 * time.Millisecond)
		for i, name := range []string{"a", "b"} {
			o := w.visit(w.now, ask{viewer: name, owner: "a"})
			o.Identity, o.Cookies, o.Exchanges = "Name a", []record.Cookie{cookie("of both")}, append(o.Exchanges, logins[i])
		}
		w.session("b", "a")
		w.wants(t, IdentifierCollision)

		p, err := isolation.NewPass(w.run)
		if err != nil {
			t.Fatal(err)
		}
		causes := Of(p, []isolation.Finding{
			{Check: "sharedtoken", Level: isolation.Leak, View: "inbox", Viewer: "b", Owner: "a"},
			{Check: "sharedcache", Level: isolation.Risk, View: "inbox"},
		})
		if causes[0].Name != IdentifierCollision || causes[1].Name != "" {
			t.Errorf("%v", causes)
		}
	})
	t.Run("collision that comes and goes", func(t *testing.T) {
		w := made()
		for range 3 {
			for _, name := range []string{"a", "b"} {
				o := w.visit(w.now, ask{viewer: name, owner: "a"})
				o.Exchanges[0].Cookies = []record.Cookie{cookie("of a")}
			}
			w.visit(w.now, ask{viewer: "b", owner: "b"})
		}
		c := w.cause(t)
		if c.Name != SessionHandedOut || !strings.Contains(because(c), "a session credential in common") {
			t.Errorf("%s, because %q", c.Name, c.Because)
		}
	})
	t.Run("another in name alone for a while", func(t *testing.T) {
		w := made()
		for range 3 {
			w.session("b", "a")
			w.visit(w.now, ask{viewer: "b", owner: "b"})
		}
		if c := w.cause(t); c.Name == SessionBinding {
			t.Errorf("%s, because %q", c.Name, c.Because)
		}
	})
}

// A finding without a marker, such as a difference, tells its owner itself.
func TestFindingsTellOwners(t *testing.T) {
	w := newWorld(8, 1)
	var findings []isolation.Finding
	for range 6 {
		order, at := w.shuffled(), w.now
		for i, viewer := range order {
			o := w.visit(at.Add(time.Duration(i)*w.apart), ask{viewer: viewer})
			if owner := order[len(order)-1]; owner != viewer {
				findings = append(findings, isolation.Finding{Check: "noninterference", Level: isolation.Leak, View: "inbox", Viewer: viewer, Owner: owner, Witness: []int{o.N}})
			}
		}
	}
	p, err := isolation.NewPass(w.run)
	if err != nil {
		t.Fatal(err)
	}
	if causes := Of(p, findings); causes[0].Name != LastWriter {
		t.Errorf("%s, because %q", causes[0].Name, causes[0].Because)
	}
}

func TestChance(t *testing.T) {
	for _, tt := range []struct {
		n, k int
		p    float64
		want float64
	}{{10, 0, 0.5, 1}, {10, 10, 0.5, 1.0 / 1024}, {2, 1, 0.5, 0.75}, {3, 2, 0, 0}, {3, 2, 1, 1}, {5, 5, 0.2, 0.00032}} {
		if got := chance(tt.n, tt.k, tt.p); math.Abs(got-tt.want) > 1e-9 {
			t.Errorf("chance(%d, %d, %v) = %v, want %v", tt.n, tt.k, tt.p, got, tt.want)
		}
	}
}
