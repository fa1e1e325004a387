package cause

import (
	"fmt"
	"testing"
	"time"

	"notmine/checks/isolation"
	"notmine/checks/marker"
	"notmine/checks/plan"
	"notmine/checks/record"
)

// A mailbox holds letters of others, and is one account's all the same.
func TestHolders(t *testing.T) {
	w := newWorld(5, 1)
	known := map[[2]string]int{}
	// see is what a look of e's gave away: whose, what, and who else may see it.
	see := func(things ...[]string) (leaks []record.Sighting) {
		for _, at := range things {
			id, ok := known[[2]string{at[0], at[1]}]
			if !ok && at[0] != "" {
				id = len(w.run.Markers) + 1
				known[[2]string{at[0], at[1]}] = id
				w.run.Markers = append(w.run.Markers, marker.Entry{
					ID: id, Text: at[1] + " of " + at[0], Owner: at[0], Item: at[1], Declared: true, Audience: at[2:],
				})
			}
			leaks = append(leaks, record.Sighting{Marker: id, Owner: at[0], Item: at[1]})
		}
		return leaks
	}
	for _, tt := range []struct {
		why   string
		leaks []record.Sighting
		want  string
	}{
		{"one owner", see([]string{"a", "subject"}), "[a]"},
		{"the mailbox of b with letters of c and d", see([]string{"c", "letter", "b"}, []string{"b", "subject"}, []string{"d", "letter", "b"}, []string{"d", "memo", "b"}), "[b]"},
		{"letters to b alone", see([]string{"c", "letter", "b"}, []string{"d", "letter", "b"}), "[b]"},
		{"one letter to b", see([]string{"c", "letter", "b"}), "[c]"},
		{"most of it, and who may see all is nobody", see([]string{"a", "subject"}, []string{"a", "body"}, []string{"c", "subject"}), "[a]"},
		{"the same thing twice is one", see([]string{"a", "subject"}, []string{"a", "subject"}, []string{"c", "subject"}), "[a c]"},
		{"nobody has the most", see([]string{"a", "subject"}, []string{"c", "subject"}, []string{"d", "subject"}), "[a c d]"},
		{"a tie after a lead", see([]string{"a", "subject"}, []string{"a", "body"}, []string{"c", "subject"}, []string{"c", "body"}), "[a c]"},
		{"an owner that nobody knows", see([]string{"", "subject"}), "[]"},
	} {
		p, err := isolation.NewPass(w.run)
		if err != nil {
			t.Fatal(err)
		}
		e := &evidence{p: p}
		l := &look{o: &record.Observation{Account: "e", Start: begin, End: begin}}
		if got := e.holders(l, tt.leaks); fmt.Sprint(got) != tt.want {
			t.Errorf("%s: %v, want %s", tt.why, got, tt.want)
		}
	}
}

// Who asks for something else is in flight as well: a visit beside it was not alone.
func TestOthersOfOtherViews(t *testing.T) {
	for seed := range uint64(seeds) {
		w := newWorld(6, seed)
		w.sequential(2, own)
		for range 8 {
			order, at := w.shuffled(), w.now
			w.visit(at, ask{viewer: order[0], owner: order[1]})
			w.visit(at.Add(time.Millisecond), ask{viewer: order[1], owner: order[1], view: "profile"})
		}
		p, err := isolation.NewPass(w.run)
		if err != nil {
			t.Fatal(err)
		}
		s := gather(p, nil).scene("inbox")
		if len(s.events) != 8 || !s.company() || s.alone() != 0 {
			t.Fatalf("%d events, of which %d alone; in company: %v", len(s.events), s.alone(), s.company())
		}
	}
}

// Where hundreds of requests without a browser are in flight, whose is whose
// cannot be told; the phases without them say what they say.
func TestCrowdedPhases(t *testing.T) {
	for seed := range uint64(seeds) {
		w := newWorld(5, seed)
		w.run.Header.Plan.Phases = []plan.Phase{{Name: "together"}, {Name: "together-2", HTTP: 40}}
		w.sequential(2, own)
		w.together(6, lastOf)
		for _, o := range w.run.Observations {
			o.Phase = "together"
		}
		n := len(w.run.Observations)
		w.together(40, func(order []string, i int) string { return w.other(order[i]) })
		for _, o := range w.run.Observations[n:] {
			o.Phase, o.Plain = "together-2", 1
		}
		w.wants(t, LastWriter)
	}
}

// A view of which too little was seen has the cause of another one, if what
// happens in both happens among requests that overlap.
func TestBorrowed(t *testing.T) {
	w := newWorld(5, 1)
	w.sequential(2, own)
	w.together(8, lastOf)
	for i := range 3 { // scattered, and too few for anything
		order, at := w.shuffled(), w.now
		for k, viewer := range order {
			owner := viewer
			if k == 0 {
				owner = order[1+i]
			}
			w.visit(at.Add(time.Duration(k)*w.apart), ask{viewer: viewer, owner: owner, view: "profile"})
		}
	}
	for _, viewer := range w.names {
		w.visit(w.now, ask{viewer: viewer, owner: viewer, view: "profile"})
	}
	p, err := isolation.NewPass(w.run)
	if err != nil {
		t.Fatal(err)
	}
	if alone := judge(gather(p, nil).scene("profile")); alone.Name != Unknown {
		t.Fatalf("the profile by itself: %s, because %q", alone.Name, alone.Because)
	}
	causes := Of(p, []isolation.Finding{
		{Check: "canary", Level: isolation.Leak, View: "profile"}, {Check: "canary", Level: isolation.Leak, View: "inbox"},
	})
	if causes[0].Name != LastWriter || causes[0].Because[0].String() != "as on inbox, it happens only while the owner asks for something as well" {
		t.Errorf("profile: %s, because %q", causes[0].Name, causes[0].Because)
	}
	if causes[1].Name != LastWriter {
		t.Errorf("inbox: %s, because %q", causes[1].Name, causes[1].Because)
	}
}
