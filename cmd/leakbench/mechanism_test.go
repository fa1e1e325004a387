package main

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"notmine/checks/gate"
	"notmine/checks/isolation"
	"notmine/checks/marker"
	"notmine/checks/phrase"
	"notmine/checks/plan"
	"notmine/checks/record"
	"notmine/fixtures"
)

var begin = time.Date(2026, 11, 22, 1, 45, 0, 0, time.UTC)

// Markers of a run that is held against a truth: alice's, whom the service calls
// a.
const (
	subject = 1 + iota
	body
	oldName // everybody may see it
	newName
)

// heldRun is a run of alice and bob. Alice renews her name in the third second.
func heldRun(observations ...*record.Observation) *record.Run {
	run := &record.Run{
		Header: record.Header{Notmine: record.Version, Run: "20261122-014500-test", Plan: plan.Outline{
			Target:   "http://127.0.0.1:8080",
			Accounts: []plan.OutlineAccount{{Name: "alice", Login: "a", Shows: "Alice"}, {Name: "bob", Login: "b", Shows: "Bob"}},
			Views:    []plan.View{{Name: "inbox"}},
			Changes:  []plan.Change{{Name: "renew", Item: "nickname", Renews: true}},
			Phases:   []plan.Phase{{Name: "together", Order: plan.Together}},
		}},
		Changes: []record.Change{{Name: "renew", Account: "alice", Item: "nickname", Start: begin.Add(2 * time.Second), End: begin.Add(3 * time.Second)}},
	}
	tag, everyone := marker.RunTag(run.Header.Run), marker.Audience{marker.Everyone}
	run.Markers = []marker.Entry{
		{ID: subject, Text: "hello from alice", Owner: "alice", Item: "subject", Declared: true},
		{ID: body, Text: "how are you, alice", Owner: "alice", Item: "body", Declared: true},
		{ID: oldName, Text: marker.Mint("alice", "nickname", 1, tag), Owner: "alice", Item: "nickname", Version: 1, Audience: everyone},
		{ID: newName, Text: marker.Mint("alice", "nickname", 2, tag), Owner: "alice", Item: "nickname", Version: 2, Audience: everyone},
	}
	for i, o := range observations {
		o.N = i + 1
	}
	run.Observations = observations
	return run
}

// looks is a visit in the nth second, whose one answer has a trace, and which is
// shown some of the markers.
func looks(account, trace string, second int, surface string, markers ...int) *record.Observation {
	o := &record.Observation{
		Account: account, Phase: "together", Round: 1, View: "inbox",
		Start: begin.Add(time.Duration(second) * time.Second), End: begin.Add(time.Duration(second)*time.Second + time.Second/2),
		Exchanges: []record.Exchange{{ID: second, Trace: trace}},
	}
	for _, m := range markers {
		item := [...]string{subject: "subject", body: "body", oldName: "nickname", newName: "nickname"}[m]
		o.Sightings = append(o.Sightings, record.Sighting{Marker: m, Owner: "alice", Item: item, Surface: surface})
	}
	return o
}

// given is what the truth says when bob was given something of alice's.
func given(trace, item string) fixtures.Leak {
	return fixtures.Leak{Viewer: "b", Owner: "a", Item: item, Traceparent: trace}
}

func TestHold(t *testing.T) {
	after := looks("bob", "1", 1, record.Text, subject)
	after.Before = "alice"
	letter := looks("bob", "1", 1, record.Text, subject)
	letter.Sightings[0].Item = "letter"
	cut := func(markers ...int) *record.Observation {
		o := looks("bob", "1", 1, record.Text, markers...)
		o.Exchanges[0].URL, o.Exchanges[0].Aborted = "http://127.0.0.1:8080/list", record.AbortedAnswer
		return o
	}
	older := given("1", "subject")
	older.Old = true
	later := given("2", "subject")
	later.At = begin.Add(time.Minute)
	lists := given("1", "subject")
	lists.Path = "/list"
	file, saved := cut(), given("1", "subject")
	file.Exchanges[0].URL = "http://127.0.0.1:8080/files/***" // the record takes such names for credentials
	saved.Path = "/files/8f14e45fceea167a5a36dedd4bea2543"
	for _, test := range []struct {
		why  string
		o    *record.Observation
		were []fixtures.Leak
		want mechanism
	}{
		{"what was served is seen", looks("bob", "1", 1, record.Text, subject), []fixtures.Leak{given("1", "subject")},
			mechanism{Served: 1, Reported: 1, ServedVisits: 1, ReportedVisits: 1}},
		{"what the service calls a subject is a letter in the plan", letter, []fixtures.Leak{given("1", "subject")},
			mechanism{Served: 1, Reported: 1, ServedVisits: 1, ReportedVisits: 1}},
		{"two things of a visit", looks("bob", "1", 1, record.Text, subject, body), []fixtures.Leak{given("1", "subject"), given("1", "body"), given("1", "body")},
			mechanism{Served: 2, Reported: 2, ServedVisits: 1, ReportedVisits: 1}},
		{"one of two is missed", looks("bob", "1", 1, record.Text, body), []fixtures.Leak{given("1", "subject"), given("2", "body"), given("1", "body")},
			mechanism{Served: 3, Reported: 1, ServedVisits: 2, ReportedVisits: 1, Missed: []string{"bob was given alice's body (2)", "bob was given alice's subject (1)"}}},
		{"what nobody visited for is not asked for", looks("bob", "1", 1, record.Text), []fixtures.Leak{given("", "subject")}, mechanism{}},
		{"what was cut off did perhaps not arrive", cut(), []fixtures.Leak{lists}, mechanism{}},
		{"and so did a file of which the record does not tell the name", file, []fixtures.Leak{saved}, mechanism{}},
		{"of what was cut off enough arrived", cut(subject), []fixtures.Leak{lists}, mechanism{Served: 1, Reported: 1, ServedVisits: 1, ReportedVisits: 1}},
		{"another answer of the visit was whole", cut(), []fixtures.Leak{lists, given("1", "subject")},
			mechanism{Served: 1, ServedVisits: 1, Missed: []string{"bob was given alice's subject (1)"}}},
		{"what no plan has planted", looks("bob", "1", 1, record.Text), []fixtures.Leak{older, given("1", "login")}, mechanism{}},
		{"one's own", looks("alice", "1", 1, record.Text, subject), nil, mechanism{}},
		{"what was never served", looks("bob", "1", 1, record.Text, subject), []fixtures.Leak{later},
			mechanism{Served: 1, ServedVisits: 1, Missed: []string{"bob was given alice's subject (2)"},
				Invented: []string{"together round 1: bob on inbox was given alice's subject in text "}}},
		{"what came with the login", looks("bob", "1", 1, record.Storage, subject), []fixtures.Leak{given("", "subject")}, mechanism{}},
		{"what the browser keeps and nobody served", looks("bob", "1", 1, record.Storage, subject), nil,
			mechanism{Invented: []string{"together round 1: bob on inbox was given alice's subject in storage "}}},
		{"what the one before left", after, nil, mechanism{Left: 1}},
	} {
		run := heldRun(test.o)
		pass, err := isolation.NewPass(run)
		if err != nil {
			t.Fatal(err)
		}
		got := mechanism{Service: "webmail"}
		test.want.Service = got.Service
		got.hold(pass, fixtures.Report{Leaks: test.were})
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.why, diff)
		}
	}
}

// The mailbox of the one before has letters of others, which Back shows as well.
func TestHoldALetterToTheOneBefore(t *testing.T) {
	for audience, want := range map[string][2]int{"carol": {1, 0}, "": {0, 1}} { // left, invented
		after := looks("bob", "1", 1, record.Text, subject)
		after.Before = "carol"
		run := heldRun(after)
		run.Header.Plan.Accounts = append(run.Header.Plan.Accounts, plan.OutlineAccount{Name: "carol", Login: "c", Shows: "Carol"})
		if audience != "" {
			run.Markers[0].Audience = marker.Audience{audience}
		}
		pass, err := isolation.NewPass(run)
		if err != nil {
			t.Fatal(err)
		}
		var m mechanism
		m.hold(pass, fixtures.Report{})
		if got := [2]int{m.Left, len(m.Invented)}; got != want {
			t.Errorf("for %q: left and invented are %v, want %v", audience, got, want)
		}
	}
}

// What was changed while whole sessions were mixed up is anybody's.
func TestHoldAfterMixedChanges(t *testing.T) {
	run := heldRun(looks("bob", "1", 1, record.Text, subject), looks("bob", "2", 4, record.Text, subject))
	run.Changes = append(run.Changes, record.Change{Name: "rewrite", Account: "alice", Item: "subject", Start: begin.Add(3 * time.Second)})
	early, late := given("1", "subject"), given("3", "subject")
	early.At, late.At = begin.Add(time.Second), begin.Add(4*time.Second)
	pass, err := isolation.NewPass(run)
	if err != nil {
		t.Fatal(err)
	}
	for fault, want := range map[string][3]int{"session-fixation": {1, 1, 0}, "cache-key-no-user": {2, 1, 0}} { // served, reported, invented
		m := mechanism{Service: "webmail", Fault: fault}
		m.hold(pass, fixtures.Report{Leaks: []fixtures.Leak{early, late}})
		if got := [3]int{m.Served, m.Reported, len(m.Invented)}; got != want {
			t.Errorf("%s: served, reported and invented are %v, want %v: %v %v", fault, got, want, m.Missed, m.Invented)
		}
	}
}

// Who only watches is shown again what the page was loaded with.
func TestHoldAnOpenPage(t *testing.T) {
	for _, surface := range []string{record.Text, record.Body} {
		watches := looks("bob", "2", 2, surface, subject, body)
		watches.Acting = "alice"
		pass, err := isolation.NewPass(heldRun(looks("bob", "1", 1, record.Text, subject), watches))
		if err != nil {
			t.Fatal(err)
		}
		var m mechanism
		m.hold(pass, fixtures.Report{Leaks: []fixtures.Leak{given("1", "subject")}})
		want := 1 // the body never came
		if surface == record.Body {
			want = 2
		}
		if len(m.Invented) != want {
			t.Errorf("in %s: invented are %q, want %d", surface, m.Invented, want)
		}
	}
}

func TestHoldStale(t *testing.T) {
	run := heldRun(
		looks("bob", "1", 1, record.Text, oldName),
		looks("bob", "4", 4, record.Text, newName),
		looks("bob", "5", 5, record.Text, oldName),
		looks("alice", "6", 6, record.Text, oldName),
		looks("bob", "7", 7, record.Text),
	)
	var m mechanism
	truth := fixtures.Report{Stale: []fixtures.Leak{given("5", "nickname"), given("7", "nickname")}}
	if err := m.holdStale(run, truth); err != nil {
		t.Fatal(err)
	}
	want := mechanism{
		ServedStale: 2, ReportedStale: 1,
		Missed:   []string{"bob was given alice's nickname (7) after it was superseded"},
		Invented: []string{"together round 1: alice on inbox was shown alice's nickname of before"},
	}
	if diff := cmp.Diff(want, m); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	m = mechanism{}
	if err := m.holdStale(run, fixtures.Report{}); err != nil || len(m.Invented) > 0 {
		t.Errorf("of a service that does not know what is stale: %v, %v", m.Invented, err)
	}
}

func TestFindings(t *testing.T) {
	run := heldRun(looks("bob", "1", 1, record.Text), looks("bob", "2", 2, record.Text, subject), looks("bob", "3", 3, record.Text, subject))
	result := &gate.Result{
		Phases: []gate.Phase{{Name: "solo", Order: plan.Solo, Seconds: 2}, {Name: "together", Order: plan.Together, Seconds: 3, LeakingVisits: 2}},
		Findings: []isolation.Finding{
			{Check: "stale", Level: isolation.Note, At: begin},
			{Check: "canary", Level: isolation.Leak, Phase: "together", Round: 2, At: begin.Add(2 * time.Second), Cause: "last writer"},
			{Check: "identity", Level: isolation.Leak, Phase: "storm", Round: 1, At: begin.Add(3 * time.Second), Cause: "last writer"},
			{Check: "sharedcache", Level: isolation.Risk, At: begin},
		},
	}
	m := mechanism{Fault: "x", Spent: map[string]float64{}}
	m.findings(run, result, is("last writer"))
	want := mechanism{
		Fault: "x", Phase: "together", Round: 2, Before: 1, Causes: []string{"last writer"}, Cause: rightCause,
		Others: []string{"identity (leak)", "sharedcache (risk)"}, Spent: map[string]float64{"solo": 2, "together": 3},
	}
	if diff := cmp.Diff(want, m, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	result.Phases[0].LeakingVisits = 1
	if m.findings(run, result, is("shared cache")); !m.Solo || m.Cause != wrongCause {
		t.Errorf("after a leak in the solo phase: alone is %v, the cause %q", m.Solo, m.Cause)
	}
}

func TestWhatIsWrong(t *testing.T) {
	for _, test := range []struct {
		why  string
		m    mechanism
		want string // in the error; "" for none
	}{
		{"a clean twin", mechanism{Verdict: gate.Clean}, ""},
		{"a twin that was not looked at enough", mechanism{Verdict: gate.Inconclusive, Reasons: []phrase.Text{phrase.Verbatim("two logins failed")}}, "two logins failed"},
		{"a twin with a finding", mechanism{Verdict: gate.Clean, Others: []string{"sharedcache (risk)"}}, "sharedcache (risk)"},
		{"a twin that leaks", mechanism{Verdict: gate.Clean, Served: 3}, "it leaked 3 times"},
		{"a fault that was found", mechanism{Fault: "f", Rate: 1, Verdict: gate.Leak, Served: 200, Reported: 199, Missed: []string{"x"}}, ""},
		{"a fault that was not found", mechanism{Fault: "f", Rate: 1, Verdict: gate.Clean}, "not found"},
		{"a rate at which nothing happened", mechanism{Fault: "f", Rate: 0.01, Verdict: gate.Clean}, ""},
		{"a rate at which it was missed", mechanism{Fault: "f", Rate: 0.01, Verdict: gate.Clean, Served: 1, Missed: []string{"bob was"}}, "not found"},
		{"stale things that were missed", mechanism{Fault: "f", Rate: 1, Verdict: gate.Leak, Served: 1, Reported: 1, ServedStale: 9, Missed: []string{"bob was"}}, "such as: bob was"},
		{"a case that lost its finding", mechanism{Fault: "f", Rate: 1, Verdict: gate.Leak, Case: &caseFigures{Errors: []string{"it is gone"}}}, "webmail/f: it is gone"},
		{"a hunt for nothing", mechanism{Fault: "f", Rate: 1, Verdict: gate.Leak, Hunt: &huntFigures{Errors: []string{"it found nothing"}}}, "hunting: it found nothing"},
		{"a hunt on a twin that found something", mechanism{Verdict: gate.Clean, Hunt: &huntFigures{Found: true, Errors: []string{"it found a leak"}}}, "it found a leak"},
		{"what could not show is not repeated", mechanism{
			Fault: "f", Rate: 1, Verdict: gate.Clean, Untried: "no page was kept",
			Case: &caseFigures{Errors: []string{"x"}}, Hunt: &huntFigures{Errors: []string{"x"}},
		}, ""},
		{"a report of nothing", mechanism{Fault: "f", Rate: 1, Verdict: gate.Leak, Invented: []string{"bob was"}}, "never served"},
	} {
		err := test.m.err("webmail/f")
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q in it", test.why, err, test.want)
		}
	}
}

// What could not show is not missed, and the table says why.
func TestUntried(t *testing.T) {
	m := mechanism{Service: "webmail", Fault: "bfcache-after-logout", Rate: rates[0], Verdict: gate.Clean}
	if m.err(m.name()) == nil {
		t.Error("a mechanism that was not found is no error")
	}
	m.Untried = "nothing was kept"
	if err := m.err(m.name()); err != nil {
		t.Error(err)
	}
	c := corpus{Mechanisms: []*mechanism{&m}}
	if table := c.mechanismTable(); !strings.Contains(table, "could not show: nothing was kept") {
		t.Errorf("the table does not say so:\n%s", table)
	}
	missed := mechanism{Service: "webmail", Fault: "cache-key-no-user", Verdict: gate.Clean}
	c.Mechanisms = append(c.Mechanisms, &missed)
	if got, want := c.unseen(), "Not found: cache-key-no-user was missed, bfcache-after-logout could not show (nothing was kept).\n"; got != want {
		t.Errorf("below it stands %q, want %q", got, want)
	}
	if got := c.onlyInPages(); !strings.HasSuffix(got, ": bfcache-after-logout.\n") {
		t.Errorf("of what needs a page it says %q", got)
	}
}

// What was changed, or written in an act, while whole sessions were mixed up can
// be anybody's from then on.
func TestCrossed(t *testing.T) {
	at := func(seconds int) time.Time { return begin.Add(time.Duration(seconds) * time.Second) }
	run := &record.Run{
		Header:       record.Header{Plan: plan.Outline{Phases: []plan.Phase{{Name: "together"}, {Name: "idle"}}}},
		Phases:       []record.Phase{{Index: 0, At: at(1)}, {Index: 1, At: at(10)}},
		Changes:      []record.Change{{Item: "profile", Start: at(30), End: at(31)}, {Item: "profile", Start: at(20), End: at(21)}},
		Observations: []*record.Observation{{Phase: "together", Start: at(2), End: at(3)}, {Phase: "idle", Start: at(12), End: at(13), Acting: "alice"}},
	}
	mixing := &mechanism{Service: "webmail", Fault: "session-id-collision", Acts: []string{"subject"}}
	crossed := mixing.crossed(run, []fixtures.Leak{{At: at(15)}, {At: at(5)}})
	for _, tt := range []struct {
		item string
		at   int
		want bool
	}{{"subject", 9, false}, {"subject", 11, true}, {"profile", 19, false}, {"profile", 21, true}, {"body", 40, false}} {
		if got := crossed.by(tt.item, at(tt.at)); got != tt.want {
			t.Errorf("%s after %d s is crossed: %v", tt.item, tt.at, got)
		}
	}
	if other := (&mechanism{Service: "webmail", Fault: "cache-key-no-user", Acts: []string{"subject"}}); len(other.crossed(run, []fixtures.Leak{{At: at(5)}})) > 0 {
		t.Error("what mixes no sessions up crosses nothing")
	}
	late := mixing.crossed(run, []fixtures.Leak{{At: at(25)}})
	if late.by("subject", at(40)) || late.by("profile", at(29)) || !late.by("profile", at(31)) {
		t.Errorf("crossed before anybody was given another's: %v", late)
	}
	if none := mixing.crossed(run, nil); len(none) > 0 {
		t.Errorf("crossed where nobody was given another's: %v", none)
	}
	steps := []plan.Step{
		{Verb: plan.Fill, Fields: []plan.Field{{Selector: "#subject", Value: "{{canary letter}}"}, {Selector: "#body", Value: "{{ canary memo }} {{login}}"}}},
		{Verb: plan.See, Fields: []plan.Field{{Selector: "#list", Value: "{{canary letter}}"}}}, {Verb: plan.Goto, Arg: "/x"},
	}
	if got := written(steps); !slices.Equal(got, []string{"letter", "memo"}) {
		t.Errorf("the steps write %v", got)
	}
}
