package cause

import (
	"testing"

	"notmine/checks/isolation"
	"notmine/checks/plan"
	"notmine/checks/record"
)

func (w *world) evidence(t *testing.T) *evidence {
	t.Helper()
	p, err := isolation.NewPass(w.run)
	if err != nil {
		t.Fatal(err)
	}
	return gather(p, nil)
}

// What the browser still has of an answer of before is not another event.
func TestKeptIsNoNews(t *testing.T) {
	w := newWorld(4, 1)
	w.visit(w.now, ask{viewer: "b", owner: "a"})
	for range 3 {
		o := w.visit(w.now, ask{viewer: "b", owner: "a", surface: record.Storage})
		o.Sightings[0].Exchange = 0
	}
	n := 0
	for _, l := range w.evidence(t).looks {
		n += len(l.owners)
	}
	if n != 1 {
		t.Errorf("%d visits gave anything of another's, want the answer alone", n)
	}
}

// A login on a shared computer ends no session on the account's own device.
func TestSessionsByDevice(t *testing.T) {
	w := newWorld(2, 1)
	w.run.Sessions = append(w.run.Sessions, record.Session{Account: "a", Device: 3, What: record.LoggedIn, At: w.now})
	w.visit(w.now, ask{viewer: "a", owner: "a"})
	w.visit(w.now, ask{viewer: "a", owner: "a"}).Device = 3
	looks := w.evidence(t).looks
	if looks[0].login != 1 || looks[1].login != 1 || looks[0].stretch() == looks[1].stretch() {
		t.Errorf("sessions %v and %v", looks[0].stretch(), looks[1].stretch())
	}
}

// A browser that is still taken for the account before is what that one left.
func TestLeftAndAnswered(t *testing.T) {
	w := newWorld(4, 1)
	w.sequential(2, own)
	for range 2 {
		for _, name := range w.names {
			before := next(w.names, name)
			w.visit(w.now, ask{viewer: name, owner: before}).Before = before
			w.visit(w.now, ask{viewer: name, owner: name}).Before = before
		}
	}
	w.wants(t, LeftInBrowser)
}

// What only one in six of those who come next are given is in no cache.
func TestSeldomAgain(t *testing.T) {
	w := newWorld(6, 1)
	held, n := "", 0
	w.sequential(20, func(viewer string) string {
		n++
		if held != "" && n%12 < 2 { // two in a row, so that it is not always whose turn was before
			return held
		}
		held = viewer
		return viewer
	})
	if c := w.cause(t); c.Name == SharedCache {
		t.Errorf("%s, because %q", c.Name, c.Because)
	}
}

// Where the accounts take turns it is plain whose turn was before; what went on
// elsewhere does not hide it.
func TestTurnsWhereTheyAreTaken(t *testing.T) {
	w := newWorld(5, 1)
	w.run.Header.Plan.Phases = []plan.Phase{{Name: "sequential", Order: plan.Sequential}, {Name: "random", Order: plan.Random}}
	last := ""
	for range 6 {
		for _, viewer := range w.shuffled() {
			if viewer == last {
				continue
			}
			if last != "" {
				w.visit(w.now, ask{viewer: viewer, owner: last}).Phase = "sequential"
			}
			w.visit(w.now, ask{viewer: viewer, owner: viewer}).Phase = "sequential"
			last = viewer
		}
	}
	for range 60 {
		viewer := w.other("")
		w.visit(w.now, ask{viewer: viewer, owner: w.other(viewer)}).Phase = "random"
	}
	s := w.evidence(t).scene("inbox")
	if c, ok := turns(s); !ok || c.Name != PooledState {
		t.Errorf("%v %v", c, ok)
	}
}

// A view of which little is known has the cause of the sessions that it was in.
func TestBorrowedSession(t *testing.T) {
	w := newWorld(4, 1)
	w.sequential(3, own)
	w.visit(w.now, ask{viewer: "b", owner: "a", view: "notes"})
	w.session("b", "a")
	e := w.evidence(t)
	views := map[string]Cause{"inbox": {Name: SessionBinding}, "notes": {Name: Unknown}, "profile": {Name: SharedCache}}
	e.borrow(views)
	if views["notes"].Name != SessionBinding || views["profile"].Name != SharedCache {
		t.Errorf("%v", views)
	}
}
