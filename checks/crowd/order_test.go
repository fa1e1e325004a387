package crowd

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"notmine/checks/plan"
	"notmine/checks/record"
)

// How far a run is, is told in accounts where they look one after the other and
// in rounds where they look together.
func TestProgress(t *testing.T) {
	told := map[string][]string{}
	r := play(t, newPlan(3, solo(2), together(2)), nil, func(_ context.CancelCauseFunc, c *Config) {
		c.Progress = func(p Progress) { told[p.Stage] = append(told[p.Stage], fmt.Sprint(p.Done, " of ", p.Of)) }
	})
	r.done(t, record.Done)
	if got, want := strings.Join(told["solo"], ", "), "1 of 3, 2 of 3, 3 of 3"; got != want {
		t.Errorf("solo: %s, want %s", got, want)
	}
	if got, want := strings.Join(told["together"], ", "), "1 of 2, 2 of 2"; got != want {
		t.Errorf("together: %s, want %s", got, want)
	}
}

// Everybody's form goes out at the same moment, from sessions that are new.
func TestStorm(t *testing.T) {
	const n, rounds = 6, 2
	r := play(t, newPlan(n, plan.Phase{Name: "storm", Order: plan.Storm, Rounds: rounds}), nil, nil)
	r.done(t, record.Done)
	logins := map[time.Time]int{}
	for _, c := range r.fake.of("visit") {
		if c.view == record.LoginView {
			logins[c.sent]++
		}
	}
	if len(logins) != rounds {
		t.Errorf("logins went out at %d moments, want one a round", len(logins))
	}
	for _, many := range logins {
		if many != n {
			t.Errorf("%d logins at once, want %d", many, n)
		}
	}
	if got := r.fake.opened; got != n*(1+rounds) {
		t.Errorf("%d sessions were opened, want a new one for each login", got)
	}
	if got := r.told.count(record.LoggedIn); got != n*(1+rounds) {
		t.Errorf("%d logins recorded, want %d", got, n*(1+rounds))
	}
	if left := r.fake.left(); left != 0 {
		t.Errorf("%d sessions were never closed", left)
	}
}

// A login that the storm drowns is a login that failed; the account comes back.
func TestStormRefuses(t *testing.T) {
	drowned := 0
	r := play(t, newPlan(3, plan.Phase{Name: "storm", Order: plan.Storm, Rounds: 2}), func(c *call) error {
		if c.view == record.LoginView && c.account == "user002" && drowned == 0 {
			drowned++
			return &TargetError{errors.New("503")}
		}
		return nil
	}, nil)
	r.done(t, record.Done)
	want := []string{record.LoggedIn, record.LoggedOut, record.LoginFailed, record.LoggedIn, record.LoggedOut, record.LoggedIn, record.LoggedOut}
	if got := r.told.happened("user002"); !slices.Equal(got, want) {
		t.Errorf("user002 %v, want %v", got, want)
	}
}

// No round begins once the phase has had its time, and the first always does.
func TestWithin(t *testing.T) {
	const n, rounds = 3, 50
	for within, want := range map[time.Duration]int{0: rounds, time.Nanosecond: 1, 300 * time.Millisecond: 2} {
		phase := together(rounds) // a round takes 160 ms
		phase.Within = within
		r := play(t, newPlan(n, phase), nil, nil)
		r.done(t, record.Done)
		if got := len(r.fake.of("visit")); got != want*n*2 {
			t.Errorf("within %v: %d visits, want %d of %d rounds", within, got, want*n*2, want)
		}
	}
}

// Phases that share their time have less of it when there is less left, by their
// rounds; handovers have all of theirs, and nobody less than one round.
func TestPhasesShareTheirTime(t *testing.T) {
	phase := func(name string, order plan.Order, rounds int) plan.Phase {
		return plan.Phase{Name: name, Order: order, Rounds: rounds, Within: time.Hour}
	}
	p := newPlan(2, phase("first", plan.Together, 30), phase("second", plan.Together, 10), phase("last", plan.Together, 5), phase("handover", plan.Handover, 2))
	p.Phases[1].Within = 10 * time.Millisecond
	p.Phases[2].Within = 0 // all of its rounds, where none is shared
	p.Logout = []plan.Step{{Verb: plan.Goto, Arg: "/logout"}}
	for _, test := range []struct {
		why      string
		within   time.Duration
		rounds   map[string]int
		recorded map[string]bool // that had less time than the plan says
	}{
		{"none is shared", 0, map[string]int{"first": 30, "second": 1, "last": 5, "handover": 2}, nil},
		{"enough", time.Hour, map[string]int{"first": 30, "second": 1, "last": 5, "handover": 2}, map[string]bool{"first": true, "last": true}},
		// A round takes 160 ms. Of 47 rounds 30 have 30/47 of 2.35 s, which is 1.5 s;
		// of the last seven, five have 5/7 of the 0.59 s that are left.
		{"half", 2350 * time.Millisecond, map[string]int{"first": 10, "second": 1, "last": 3, "handover": 2}, map[string]bool{"first": true, "last": true}},
		{"hardly any", time.Nanosecond, map[string]int{"first": 1, "second": 1, "last": 1, "handover": 2}, map[string]bool{"first": true, "second": true, "last": true}},
	} {
		p.Within = test.within
		r := play(t, p, nil, nil)
		r.done(t, record.Done)
		rounds, recorded := map[string]int{}, map[string]bool{}
		for _, e := range r.told.entries {
			if o := e.Observation; o != nil {
				rounds[o.Phase] = max(rounds[o.Phase], o.Round)
			}
			if e.Phase != nil && e.Phase.Within > 0 {
				recorded[p.Phases[e.Phase.Index].Name] = true
			}
		}
		if diff := cmp.Diff(test.rounds, rounds); diff != "" {
			t.Errorf("%s: rounds (-want +got):\n%s", test.why, diff)
		}
		if diff := cmp.Diff(test.recorded, recorded, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s: had less time (-want +got):\n%s", test.why, diff)
		}
	}
}

// A phase ends between two rounds when no more is wanted; one account's rounds
// alone are none of all.
func TestMore(t *testing.T) {
	const n = 3
	solo, first, second := plan.Phase{Name: "solo", Order: plan.Solo, Rounds: 2}, together(5), together(5)
	second.Name = "again"
	var asked []string
	r := play(t, newPlan(n, solo, first, second), nil, func(_ context.CancelCauseFunc, cfg *Config) {
		cfg.More = func(phase string, rounds int) bool {
			asked = append(asked, fmt.Sprint(phase, " ", rounds))
			return phase != "again" || rounds < 2
		}
	})
	r.done(t, record.Done)
	want := []string{"together 1", "together 2", "together 3", "together 4", "again 1", "again 2"}
	if !slices.Equal(asked, want) {
		t.Errorf("asked %q, want %q", asked, want)
	}
	if got := len(r.fake.of("visit")); got != (2+5+2)*n*2 {
		t.Errorf("%d visits, want those of %d rounds", got, 2+5+2)
	}
}

func TestSequentialNeverOverlaps(t *testing.T) {
	r := play(t, newPlan(5, plan.Phase{Name: "sequential", Order: plan.Sequential, Rounds: 1}), nil, nil)
	r.done(t, record.Done)
	visits := r.fake.of("visit")
	if want := (5*4 + 1) * 2; len(visits) != want {
		t.Fatalf("%d visits, want %d", len(visits), want)
	}
	for i := 1; i < len(visits); i++ {
		if visits[i].start.Before(visits[i-1].end) {
			t.Errorf("%s looked while %s did", visits[i].account, visits[i-1].account)
		}
	}
}

func TestRandomThinks(t *testing.T) {
	const n = 4
	r := play(t, newPlan(n, plan.Phase{Name: "random", Order: plan.Random, Rounds: 3, Think: 2 * time.Second}), nil, nil)
	r.done(t, record.Done)
	starts := map[time.Time]bool{}
	for _, c := range r.fake.of("visit") {
		starts[c.start] = true
	}
	if len(starts) < 3*n*2*3/4 {
		t.Errorf("%d visits began at only %d moments", 3*n*2, len(starts))
	}
}

func TestRate(t *testing.T) {
	phase := together(3)
	phase.Rate = 5
	r := play(t, newPlan(4, phase), nil, nil)
	r.done(t, record.Done)
	visits := r.fake.of("visit")
	if took := visits[len(visits)-1].start.Sub(visits[0].start); took < time.Duration(len(visits)-1)*time.Second/5 {
		t.Errorf("%d visits began within %v, want at most 5 a second", len(visits), took)
	}
}

// Both devices of an account look at the same moment, and the second is gone afterwards.
func TestDevices(t *testing.T) {
	const n = 3
	r := play(t, newPlan(n, plan.Phase{Name: "devices", Order: plan.Devices, Rounds: 2}, together(1)), nil, nil)
	r.done(t, record.Done)
	for _, e := range r.told.entries {
		b := e.Barrier
		if b == nil {
			continue
		}
		want := n
		if b.Phase == "devices" {
			want = 2 * n
		}
		if b.Arrived != want {
			t.Errorf("%d requests released in %s, want %d", b.Arrived, b.Phase, want)
		}
	}
	devices := map[int]int{}
	for _, o := range r.told.observations() {
		devices[o.Device]++
	}
	if devices[1] != 2*2*n || devices[2] != 2*2*n || devices[0] != 2*n {
		t.Errorf("visits by device: %v", devices)
	}
	logins := map[int]int{}
	for _, e := range r.told.entries {
		if e.Session != nil && e.Session.What == record.LoggedIn {
			logins[e.Session.Device]++
		}
	}
	if logins[0] != n || logins[2] != n || len(logins) != 2 {
		t.Errorf("logins by device: %v", logins)
	}
	if r.fake.opened != 2*n || r.fake.left() != 0 {
		t.Errorf("%d sessions opened, %d left open", r.fake.opened, r.fake.left())
	}
}

// Half of the accounts get new profiles at a time, and their first visits are
// told apart from the others'.
func TestFresh(t *testing.T) {
	const n, rounds = 4, 2
	r := play(t, newPlan(n, plan.Phase{Name: "fresh", Order: plan.Fresh, Rounds: rounds}), nil, nil)
	r.done(t, record.Done)
	fresh := map[string]int{}
	for _, o := range r.told.observations() {
		if o.Fresh {
			fresh[o.Account+" "+o.View]++
		}
	}
	if len(fresh) != n*2 {
		t.Errorf("first visits: %v, want each account's of each view", fresh)
	}
	for what, times := range fresh {
		if times != rounds {
			t.Errorf("%s was a first visit %d times, want once a round", what, times)
		}
	}
	if r.fake.opened != n*(1+rounds) || r.fake.left() != 0 {
		t.Errorf("%d sessions opened, %d left open", r.fake.opened, r.fake.left())
	}
}

// One acts, and the others look at what stands there.
func TestIdle(t *testing.T) {
	const n = 3
	p := newPlan(n, plan.Phase{Name: "idle", Order: plan.Idle, Rounds: 1, Views: []string{"inbox"}})
	p.Act = []plan.Step{{Verb: plan.Goto, Arg: "/say"}, {Verb: plan.Click, Arg: "act"}}
	r := play(t, p, nil, nil)
	r.done(t, record.Done)
	if got := len(r.fake.of("act")); got != actors {
		t.Errorf("%d acts, want one of each of %d accounts", got, actors)
	}
	watched := map[string]int{}
	for _, o := range r.told.observations() {
		if o.Acting == "" {
			continue
		}
		watched[o.Acting]++
		if o.Acting == o.Account {
			t.Errorf("%s watched its own act", o.Account)
		}
	}
	for _, c := range r.fake.of("visit") {
		if (c.how == Stay) != slices.ContainsFunc(r.told.observations(), func(o *record.Observation) bool {
			return o.Account == c.account && o.Acting != "" && o.Start.Equal(c.start)
		}) {
			t.Errorf("%s came to %s by %q", c.account, c.view, c.how)
		}
	}
	if len(watched) != actors {
		t.Errorf("acts that were watched: %v", watched)
	}
	for who, n := range watched {
		if n != len(p.Accounts)-1 {
			t.Errorf("the act of %s was watched by %d", who, n)
		}
	}
}

func TestHandover(t *testing.T) {
	p := newPlan(2, plan.Phase{Name: "handover", Order: plan.Handover, Rounds: 1})
	r := play(t, p, nil, nil)
	r.done(t, record.Done)
	var first []string
	for _, o := range r.told.observations()[:13] {
		before := ""
		if o.Before != "" {
			before = " after " + o.Before
		}
		first = append(first, strings.TrimSpace(o.Account+" "+o.View+" "+o.How)+before)
	}
	from, to := r.told.observations()[0].Account, r.told.observations()[2].Account
	want := []string{from + " inbox", from + " notes"}
	for _, look := range []string{"notes back", "notes back", "inbox", "notes", "notes reload", "notes back", "notes back", "notes forward", "notes", "notes offline"} {
		want = append(want, to+" "+look+" after "+from)
	}
	if from == to || !slices.Equal(first[:len(want)], want) {
		t.Errorf("the first handover:\n%s\nwant\n%s", strings.Join(first, "\n"), strings.Join(want, "\n"))
	}
	if left := r.fake.left(); left != 0 {
		t.Errorf("%d sessions were never closed", left)
	}
	// The browser is a new one: what is in the accounts' own stays theirs.
	if r.fake.opened != 2+2 {
		t.Errorf("%d sessions were opened, want two and one for each handover", r.fake.opened)
	}
	for _, o := range r.told.observations() {
		if o.Device != sharedComputer {
			t.Errorf("%s looked at %s on device %d", o.Account, o.View, o.Device)
		}
	}
	for _, account := range p.Accounts {
		on := map[int]string{}
		for _, e := range r.told.entries {
			if s := e.Session; s != nil && s.Account == account.Name && s.What != record.Planted {
				on[s.Device] += s.What + ", "
			}
		}
		if once := "logged in, logged out, "; on[0] != once || on[sharedComputer] != once+once {
			t.Errorf("what happened to the sessions of %s: %v", account.Name, on)
		}
	}
}

// What cannot be gone back to, and what is cut off on purpose, is nobody's failure.
func TestNotExercised(t *testing.T) {
	r := play(t, newPlan(2, plan.Phase{Name: "handover", Order: plan.Handover, Rounds: 1}, together(8)), func(c *call) error {
		switch {
		case c.how == record.Back || c.how == record.Offline:
			return &NotPossibleError{errors.New("nowhere to go")}
		case c.what == "visit" && c.how == "" && c.account == "user001":
			return &AbortedError{errors.New("cut off in the answer")}
		}
		return nil
	}, nil)
	if r.err != nil {
		t.Fatal(r.err)
	}
	if got := r.told.count(record.LoginFailed) + r.told.count(record.ThrownOut) + r.told.count(record.Died); got != 0 {
		t.Errorf("%d sessions came to harm", got)
	}
	for _, o := range r.told.observations() {
		hindered := o.How == record.Back || o.How == record.Offline || o.How == "" && o.Account == "user001"
		if hindered != (o.Outcome == record.NotExercised) {
			t.Errorf("%s %s %s: outcome %q", o.Account, o.View, o.How, o.Outcome)
		}
	}
	if got := r.told.count(record.LoggedIn); got != 2+2*2 {
		t.Errorf("%d logins, want the accounts' own and two for each handover", got)
	}
}

func TestEvents(t *testing.T) {
	p := newPlan(3, together(1), plan.Phase{Name: "failover", Event: "failover"},
		plan.Phase{Name: "together-2", Order: plan.Together, Rounds: 4, Event: "restore", At: 3})
	p.Events = []plan.Event{{Name: "failover"}, {Name: "restore"}}
	var done []string
	r := play(t, p, nil, func(_ context.CancelCauseFunc, c *Config) {
		c.Do = func(ctx context.Context, e plan.Event) error {
			done = append(done, e.Name)
			if e.Name == "restore" {
				return errors.New("the switch is stuck")
			}
			return pass(ctx, time.Second)
		}
	})
	r.done(t, record.Done)
	if !slices.Equal(done, []string{"failover", "restore"}) {
		t.Fatalf("done: %v", done)
	}
	var told []record.Event
	for _, e := range r.told.entries {
		if e.Event != nil {
			told = append(told, *e.Event)
		}
	}
	if len(told) != 2 {
		t.Fatalf("recorded: %+v", told)
	}
	for _, o := range r.told.observations() {
		if o.Phase == "together" && o.End.After(told[0].Start) || o.Phase == "together-2" && o.Start.Before(told[0].End) {
			t.Errorf("%s looked in %s while the failover was between the phases", o.Account, o.Phase)
		}
		if o.Phase == "together-2" && (o.Round >= 3) == o.Start.Before(told[1].Start) {
			t.Errorf("round %d is on the wrong side of the restore", o.Round)
		}
	}
	if told[0].End.Sub(told[0].Start) != time.Second || told[0].Error != "" || told[1].Error == "" || told[1].Phase != "together-2" || told[1].Round != 3 {
		t.Errorf("recorded: %+v", told)
	}
}

// changing is a plan whose accounts own a note.
func changing(phases ...plan.Phase) *plan.Plan {
	p := newPlan(3, phases...)
	p.Items = map[string]plan.Item{"note": {Audience: []string{"everyone"}}}
	p.Plant = []plan.Step{{Verb: plan.Fill, Fields: []plan.Field{{Selector: "#note", Value: "{{canary note}}"}}}, {Verb: plan.Click, Arg: "plant"}}
	p.Changes = []plan.Change{
		{Name: "renew", Item: "note", Renews: true, Settle: time.Second, Steps: []plan.Step{{Verb: plan.Click, Arg: "renew"}}},
		{Name: "hide", Item: "note", Audience: []string{"me"}, Settle: time.Second, Steps: []plan.Step{{Verb: plan.Click, Arg: "hide"}}},
	}
	return p
}

func TestChanges(t *testing.T) {
	p := changing(together(1), plan.Phase{Name: "renew", Change: "renew"}, plan.Phase{Name: "hide", Change: "hide"}, together(1))
	p.Phases[3].Name = "together-2"
	var ledger interface {
		Allowed(id int, viewer string, from, to time.Time) bool
	}
	r := play(t, p, func(c *call) error {
		if c.what == "hide" && c.account == "user003" {
			return errors.New("the button was not there")
		}
		return nil
	}, func(_ context.CancelCauseFunc, c *Config) { ledger = c.Ledger })
	r.done(t, record.Done)
	changes := map[string][]record.Change{}
	versions := map[string]int{}
	for _, e := range r.told.entries {
		if e.Change != nil {
			changes[e.Change.Name] = append(changes[e.Change.Name], *e.Change)
		}
		if e.Marker != nil {
			versions[e.Marker.Owner] = max(versions[e.Marker.Owner], e.Marker.Version)
		}
	}
	if len(changes["renew"]) != 3 || len(changes["hide"]) != 3 || versions["user002"] != 2 {
		t.Fatalf("changes %v, versions %v", changes, versions)
	}
	var last time.Time
	for _, c := range slices.Concat(changes["renew"], changes["hide"]) {
		if c.Start.Before(last) {
			t.Errorf("%s made %s while another made theirs", c.Account, c.Name)
		}
		last = c.End
		if (c.Error != "") != (c.Name == "hide" && c.Account == "user003") {
			t.Errorf("%s %s: error %q", c.Account, c.Name, c.Error)
		}
		if c.Name != "hide" {
			continue
		}
		id := int(c.Account[len(c.Account)-1] - '0') // the first markers are the accounts' notes, in their order
		early, late := c.End, c.End.Add(2*time.Second)
		if !ledger.Allowed(id, "user001", early, early) {
			t.Errorf("%s's note was hidden before it had settled", c.Account)
		}
		if got, want := ledger.Allowed(id, "user001", late, late), c.Account == "user001" || c.Account == "user003"; got != want {
			t.Errorf("user001 may see the hidden note of %s: %v", c.Account, got)
		}
	}
}

func TestChangeTogether(t *testing.T) {
	p := changing(plan.Phase{Name: "renew-together", Order: plan.Together, Rounds: 1, Change: "renew"})
	r := play(t, p, nil, nil)
	r.done(t, record.Done)
	moments := map[time.Time]int{}
	for _, c := range r.fake.of("visit") {
		if c.view == record.ChangeView {
			moments[c.sent]++
		}
	}
	if len(moments) != 1 {
		t.Errorf("the changes went out at %d moments, want one", len(moments))
	}
	made := 0
	for _, e := range r.told.entries {
		if e.Change != nil && e.Change.Error == "" {
			made++
		}
	}
	if made != 3 {
		t.Errorf("%d changes were made, want 3", made)
	}
}
