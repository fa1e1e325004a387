package cause

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"notmine/checks/isolation"
	"notmine/checks/marker"
	"notmine/checks/phrase"
	"notmine/checks/plan"
	"notmine/checks/record"
)

var begin = time.Date(2026, 11, 22, 1, 45, 0, 0, time.UTC)

// world is a run that a test makes up: accounts a, b, c, …, each with one
// marker, whose ID is the account's number from 1.
type world struct {
	rng   *rand.Rand
	names []string
	run   *record.Run
	now   time.Time
	apart time.Duration // of those who ask together
	ids   int
}

func newWorld(accounts int, seed uint64) *world {
	w := &world{rng: rand.New(rand.NewPCG(seed, 1)), now: begin, apart: 600 * time.Microsecond, run: &record.Run{}}
	w.run.Header = record.Header{Notmine: record.Version, Run: "20261122-014500-test", Started: begin, Plan: plan.Outline{
		Views: []plan.View{{Name: "inbox", Identity: "#who", Control: "note"}, {Name: "profile", Identity: "#who", Control: "note"}},
	}}
	for i := range accounts {
		name := string(rune('a' + i))
		w.names = append(w.names, name)
		w.run.Header.Plan.Accounts = append(w.run.Header.Plan.Accounts, plan.OutlineAccount{Name: name, Login: name, Shows: "Name " + name})
		w.run.Markers = append(w.run.Markers, marker.Entry{ID: i + 1, Text: "note of " + name, Owner: name, Item: "note", Declared: true})
		w.run.Sessions = append(w.run.Sessions, record.Session{Account: name, What: record.LoggedIn, At: begin})
	}
	return w
}

// ask is one visit: who asked, and whose data came.
type ask struct {
	viewer, owner string
	surface       string // "" for body
	view          string // "" for inbox
}

// visit adds a visit from a time on that takes 5 ms.
func (w *world) visit(at time.Time, a ask) *record.Observation {
	w.ids++
	if a.view == "" {
		a.view = "inbox"
	}
	if a.surface == "" {
		a.surface = record.Body
	}
	o := &record.Observation{
		N: len(w.run.Observations) + 1, Account: a.viewer, View: a.view, Identity: "Name " + a.viewer, Start: at, End: at.Add(6 * time.Millisecond),
		Exchanges: []record.Exchange{{
			ID: w.ids, Method: "GET", URL: "http://x/" + a.view, Status: 200,
			Start: at, Sent: at, Answered: at.Add(5 * time.Millisecond), End: at.Add(5 * time.Millisecond),
		}},
	}
	if a.owner != "" {
		o.Sightings = []record.Sighting{{
			Marker: int(a.owner[0]-'a') + 1, Owner: a.owner, Item: "note", Surface: a.surface, Path: "/" + a.view, Exchange: w.ids,
		}}
	}
	w.run.Observations = append(w.run.Observations, o)
	if after := o.End.Add(10 * time.Millisecond); after.After(w.now) {
		w.now = after
	}
	return o
}

// shuffled returns the accounts in an order of the seed.
func (w *world) shuffled() []string {
	order := append([]string(nil), w.names...)
	w.rng.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
	return order
}

// together has all ask within five milliseconds; given tells whose data each is
// given, by who asks in which order.
func (w *world) together(rounds int, given func(order []string, i int) string) {
	for range rounds {
		order, at := w.shuffled(), w.now
		for i, viewer := range order {
			w.visit(at.Add(time.Duration(i)*w.apart), ask{viewer: viewer, owner: given(order, i)})
		}
	}
}

// sequential has all ask one after the other.
func (w *world) sequential(rounds int, given func(viewer string) string) {
	for range rounds {
		for _, viewer := range w.shuffled() {
			w.visit(w.now, ask{viewer: viewer, owner: given(viewer)})
		}
	}
}

func own(viewer string) string             { return viewer }
func lastOf(order []string, _ int) string  { return order[len(order)-1] }
func firstOf(order []string, _ int) string { return order[0] }

// other returns any account but one.
func (w *world) other(than string) string {
	for {
		if name := w.names[w.rng.IntN(len(w.names))]; name != than {
			return name
		}
	}
}

// cause judges the view inbox.
func (w *world) cause(t *testing.T) Cause {
	t.Helper()
	p, err := isolation.NewPass(w.run)
	if err != nil {
		t.Fatal(err)
	}
	causes := Of(p, []isolation.Finding{{Check: "canary", Level: isolation.Leak, View: "inbox"}})
	if len(causes[0].Because) == 0 {
		t.Errorf("%s has no reason", causes[0].Name)
	}
	for _, reason := range causes[0].Because {
		if told := reason.In(phrase.Korean); told == reason.String() {
			t.Errorf("reason %q has no Korean", told)
		}
	}
	return causes[0]
}

// because returns the reasons for a cause in English.
func because(c Cause) string { return phrase.Join(c.Because, "; ").String() }

func (w *world) wants(t *testing.T, name string) {
	t.Helper()
	if c := w.cause(t); c.Name != name {
		t.Errorf("%s, want %s, because %q", c.Name, name, c.Because)
	}
}

func (w *world) event(name string) {
	w.run.Events = append(w.run.Events, record.Event{Name: name, Start: w.now, End: w.now.Add(time.Millisecond)})
	w.now = w.now.Add(2 * time.Millisecond)
}

// cut has somebody's request cut off.
func (w *world) cut() {
	o := w.visit(w.now, ask{viewer: w.names[0]})
	o.Exchanges[0].Aborted, o.Exchanges[0].Status = record.AbortedBefore, 0
}

// canaries gives an account's note versions 1 and 2 and returns the ID of the first.
func (w *world) canaries(owner string) int {
	id := len(w.run.Markers) + 1
	for v := range 2 {
		w.run.Markers = append(w.run.Markers, marker.Entry{
			ID: id + v, Text: marker.Mint(owner, "photo", v+1, marker.RunTag(w.run.Header.Run)), Owner: owner, Item: "photo", Version: v + 1,
		})
	}
	return id
}

func ExampleCause() {
	c := Cause{LastWriter, []phrase.Text{phrase.New("the owner was the last, or later than the viewer, to ask")}}
	fmt.Printf("%s: %s\n", c.Name, c.Because[0])
	// Output: last writer: the owner was the last, or later than the viewer, to ask
}
