package report

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"notmine/checks/gate"
	"notmine/checks/isolation"
	"notmine/checks/marker"
	"notmine/checks/phrase"
	"notmine/checks/plan"
	"notmine/checks/record"
)

// story of a test: a record and the result that a gate would give.
type told struct {
	run    *record.Run
	result *gate.Result
}

var begin = time.Date(2026, 11, 22, 1, 45, 0, 0, time.UTC)

func ms(n int) time.Time { return begin.Add(time.Duration(n) * time.Millisecond) }

var people = []string{"alice", "bob", "carol", "다솜"}

// newRun returns a record of four accounts that look at two views, alone once
// and in company three times, and see their own. Mix changes an observation
// before it is recorded; it may be nil.
func newRun(mix func(*record.Observation)) *record.Run {
	run := &record.Run{
		Header: record.Header{
			Notmine: record.Version, Tool: "v0.1.0", Run: "20261122-014500-7f3k", Seed: 1, Started: begin, Browser: "HeadlessChrome/146.0",
			System: record.System{OS: "linux/amd64", CPUs: 8, Go: "go1.26.0"},
			Plan: plan.Outline{
				File: "mail.yaml", Digest: strings.Repeat("ab", 32), Target: "http://mail.example.test",
				Items: map[string]plan.Item{"subject": {}},
				Views: []plan.View{
					{Name: "inbox", Line: 27, Control: "subject", Identity: "#who"}, {Name: "profile", Line: 28, Control: "subject"},
				},
				Phases: []plan.Phase{
					{Name: "solo", Order: plan.Solo, Rounds: 1, Line: 31},
					{Name: "together", Order: plan.Together, Rounds: 3, Line: 32},
				},
			},
		},
		Evidence: map[int][]record.Evidence{},
		End:      &record.End{At: ms(41_200), Why: record.Done},
	}
	for i, name := range people {
		run.Header.Plan.Accounts = append(run.Header.Plan.Accounts, plan.OutlineAccount{Name: name, Shows: name})
		run.Markers = append(run.Markers, marker.Entry{ID: i + 1, Text: letter(name), Owner: name, Item: "subject", Declared: true})
		run.Sessions = append(run.Sessions, record.Session{Account: name, What: record.LoggedIn, At: ms(i)})
	}
	exchange := 0
	visit := func(phase string, round int, view, account string, at int) {
		exchange++
		o := &record.Observation{
			N: len(run.Observations) + 1, Account: account, Phase: phase, Round: round, View: view,
			Start: ms(at), End: ms(at + 60), URL: "http://mail.example.test/" + view, Status: 200, Identity: account,
			Sightings: own(account, exchange),
			Exchanges: []record.Exchange{{
				ID: exchange, Method: "GET", URL: "http://mail.example.test/api/" + view, Status: 200, Proto: "HTTP/1.1",
				Conn: fmt.Sprintf("%s-1", account), Start: ms(at), Sent: ms(at + 5), Answered: ms(at + 30), End: ms(at + 31),
				Type: "application/json", Bytes: 480, Seen: 480,
			}},
		}
		if mix != nil {
			mix(o)
		}
		run.Observations = append(run.Observations, o)
	}
	run.Phases = append(run.Phases, record.Phase{Index: 0, At: ms(100)})
	at := 100
	for _, name := range people {
		for _, view := range run.Header.Plan.Views {
			visit("solo", 1, view.Name, name, at)
			at += 100
		}
	}
	run.Phases = append(run.Phases, record.Phase{Index: 1, At: ms(at)})
	for round := 1; round <= 3; round++ {
		for _, view := range run.Header.Plan.Views {
			for i, name := range people {
				visit("together", round, view.Name, name, at+i)
			}
			run.Barriers = append(run.Barriers, record.Barrier{
				Phase: "together", Round: round, View: view.Name, Hold: "first", Parties: 4, Arrived: 4,
				Released: ms(at + 4), Spread: time.Duration(round) * 300 * time.Microsecond,
			})
			at += 200
		}
	}
	return run
}

func letter(owner string) string { return "편지 of " + owner }

// own is an account's subject on the page and in the answer that brought it.
func own(owner string, exchange int) []record.Sighting {
	return sighted(owner, exchange, record.Text, record.Body)
}

func sighted(owner string, exchange int, surfaces ...string) []record.Sighting {
	var of []record.Sighting
	for _, surface := range surfaces {
		s := record.Sighting{
			Marker: slices.Index(people, owner) + 1, Owner: owner, Item: "subject", Text: letter(owner), Surface: surface, Exchange: exchange,
		}
		if surface == record.Body {
			s.Path = "/api/inbox"
		}
		of = append(of, s)
	}
	return of
}

// newResult returns a result of a run as it was planned, without a finding.
func newResult(run *record.Run) *gate.Result {
	bound := 0.117345678
	return &gate.Result{
		Notmine: 1, Verdict: gate.Clean, Reasons: []phrase.Text{},
		Run: gate.Run{
			ID: run.Header.Run, Seed: 1, Plan: "mail.yaml", Target: run.Header.Plan.Target, Started: begin, Seconds: 41.2,
		},
		Coverage: gate.Coverage{
			Accounts: 4, Sessions: 4, Visits: 32, Exposures: 32, Overlapping: 24, PairsSeen: 12, PairsPossible: 12, RateBound95: &bound,
			Surfaces: looked,
		},
		Phases: []gate.Phase{
			{Name: "solo", Order: plan.Solo, Rounds: 1, Seconds: 9.2, Visits: 8, Exposures: 8},
			{Name: "together", Order: plan.Together, Rounds: 3, Seconds: 31.2, Visits: 24, Exposures: 24},
		},
		Findings: []isolation.Finding{},
	}
}

// looked is what a run of a small service looks at: much text, few pictures.
var looked = func() []gate.Surface {
	var all []gate.Surface
	for i, name := range record.Surfaces {
		s := gate.Surface{Name: name}
		switch name {
		case record.Text, record.Title, record.Body, record.Head, record.Attribute, record.Script:
			s.Visits, s.Items, s.Bytes, s.Seen = 32, 32*(i+1), 512<<i, 32
		case record.Picture:
			s.Visits, s.Items, s.Bytes = 8, 16, 300_000
		}
		all = append(all, s)
	}
	return all
}()

func cleanRun() told {
	run := newRun(nil)
	return told{run, newResult(run)}
}

// leakRun is a list of mail that shows who came last: bob is given alice's in
// two rounds and 다솜 carol's in one.
func leakRun() told {
	var bob, dasom []int
	run := newRun(func(o *record.Observation) {
		if o.Phase == "solo" || o.View != "inbox" {
			return
		}
		switch {
		case o.Account == "bob" && o.Round >= 2:
			o.Sightings = append(sighted("bob", 0, record.Title), sighted("alice", o.Exchanges[0].ID, record.Text, record.Body)...)
			o.Exchanges[0].Caching = []record.HeaderField{{Name: "Cache-Control", Value: "public, max-age=60"}, {Name: "Age", Value: "3"}}
			o.Exchanges[0].Held = "first"
			bob = append(bob, o.N)
		case o.Account == "다솜" && o.Round == 3:
			o.Sightings = append(o.Sightings, sighted("carol", o.Exchanges[0].ID, record.Body)...)
			dasom = append(dasom, o.N)
		}
	})
	alice, carol := run.Observations[0].N, run.Observations[4].N
	file := fmt.Sprintf("evidence/6d1f-bob-%d.png", bob[0])
	dasomShown := fmt.Sprintf("evidence/99aa-dasom-%d-shown.png", dasom[0])
	carolOwn := fmt.Sprintf("evidence/99aa-dasom-%d-own.png", dasom[0])
	aliceOwn, bobArchive := fmt.Sprintf("evidence/6d1f-bob-%d-own.png", bob[0]), fmt.Sprintf("evidence/6d1f-bob-%d.har", bob[0])
	run.Evidence[bob[0]] = []record.Evidence{
		{Observation: bob[0], File: bobArchive, Marker: 1},
		{Observation: bob[0], File: file},
		{Observation: bob[0], File: aliceOwn, Own: true, Owner: "alice"},
	}
	run.Evidence[dasom[0]] = []record.Evidence{
		{Observation: dasom[0], File: dasomShown, Marker: 3},
		{Observation: dasom[0], File: carolOwn, Marker: 3, Own: true},
	}
	r := newResult(run)
	r.Verdict, r.Exit = gate.Leak, gate.ExitLeak
	r.Coverage.RateBound95 = nil
	r.Coverage.Rate95 = &gate.Rate{Observed: 0.125, Low: 0.026550732, High: 0.323612564}
	r.Coverage.Blocked = []string{"ads.example.test:80", "fonts.example.test:443", "stats.example.test:443", "video.example.test:443"}
	r.Coverage.Missed = []gate.Missed{{Surface: record.Body, Path: "/big", Why: "longer than the limit", Visits: 2}}
	r.Phases[1].LeakingVisits = 3
	r.Findings = []isolation.Finding{
		{
			Check: "canary", Level: isolation.Leak, Fingerprint: "6d1f00aa11bb22cc", Viewer: "bob", Owner: "alice", Item: "subject",
			View: "inbox", Surface: record.Text, Path: "/api/inbox", Phase: "together", Round: 2, At: run.Observations[bob[0]-1].Start,
			Count: 2, Cause: "last writer",
			Message: phrase.New("%s (%s as well)", phrase.New("%s was shown %s on %s", "bob", phrase.New("%s's %s", "alice", "subject"), "inbox"), phrase.Name(record.Body)),
			Because: []phrase.Text{phrase.New("in %d of %s it belonged to the account that asked directly before", 2, phrase.New("%d visits", 2))},
			Witness: []int{bob[0], alice}, Evidence: []string{bobArchive, file, aliceOwn},
		},
		{
			Check: "canary", Level: isolation.Leak, Fingerprint: "99aa00aa11bb22cc", Viewer: "다솜", Owner: "carol", Item: "subject",
			View: "inbox", Surface: record.Body, Path: "/api/inbox", Phase: "together", Round: 3, At: run.Observations[dasom[0]-1].Start,
			Count: 1, Message: phrase.New("%s was sent %s in a %s on %s", "다솜", phrase.New("%s's %s", "carol", "subject"), phrase.Name(record.Body), "inbox"), Witness: []int{dasom[0], carol},
			Wrapping: []string{"json", "base64", "picture"}, Evidence: []string{dasomShown, carolOwn},
		},
		{
			Check: "noninterference", Level: isolation.Suspect, Fingerprint: "0102030405060708", Viewer: "carol", View: "profile",
			Surface: record.Text, Phase: "together", Round: 1, At: run.Observations[14].Start, Count: 1,
			Message: phrase.Verbatim("carol's profile is another in company than alone"), Witness: []int{15},
		},
		{
			Check: "missing", Level: isolation.Note, Fingerprint: "0807060504030201", Viewer: "bob", Owner: "bob", Item: "subject",
			View: "inbox", Phase: "together", Round: 2, At: run.Observations[bob[0]-1].Start, Count: 2,
			Message: phrase.New("%s did not see the own %s on %s", "bob", "subject", "inbox"), Witness: []int{bob[0]},
		},
	}
	return told{run, r}
}

// eventRun is the same with a failover before the second round, which is felt
// for two visits, and a change afterwards: whatever leaks does so since then.
func eventRun() told {
	t := leakRun()
	failover := isolation.Named{Event: "failover"}
	t.run.Events = []record.Event{{Name: "failover", Phase: "together", Round: 2, Start: ms(1_200), End: ms(1_280)}}
	t.run.Changes = []record.Change{{Name: "hide", Account: "alice", Item: "note", Start: ms(2_100), End: ms(2_600)}}
	t.result.Phases[1].Event = "failover"
	t.run.Header.Plan.Phases[1].Event, t.run.Header.Plan.Phases[1].At = "failover", 2
	back, settled := 0.4, 2.0
	t.result.Happened = []gate.Happening{
		{Name: "failover", Kind: "event", Phase: "together", Round: 2, After: "solo", At: ms(1_200), Seconds: 0.1, Away: 2, Back: &back},
		{Name: "hide", Kind: "change", After: "together", At: ms(2_100), Seconds: 0.5, Made: 1, Failed: 1, Error: "no button", Settled: &settled},
	}
	t.result.Stages = []isolation.Stage{
		{Is: isolation.Before, Named: failover, Visits: 8}, {Is: isolation.After, Named: failover, Visits: 16, Count: 3},
	}
	for i, stages := range [][]isolation.Stage{
		{{Is: isolation.Before, Named: failover, Visits: 1}, {Is: isolation.After, Named: failover, Visits: 2, Count: 2}},
		{{Is: isolation.Before, Named: failover, Visits: 1}, {Is: isolation.After, Named: failover, Visits: 2, Count: 1}},
	} {
		f := &t.result.Findings[i]
		f.When = &isolation.When{Is: isolation.After, Named: failover, Seconds: float64(i) * 0.4}
		f.Stages = stages
	}
	return t
}

// inconclusiveRun has a view that nobody ever reached.
func inconclusiveRun() told {
	run := newRun(func(o *record.Observation) {
		if o.View == "profile" {
			o.Outcome, o.Error, o.Sightings = record.Failed, "waiting for #who: deadline exceeded", nil
		}
	})
	r := newResult(run)
	r.Verdict, r.Exit = gate.Inconclusive, gate.ExitInconclusive
	r.Reasons = []phrase.Text{
		phrase.New("%s: %s", phrase.New("%d of %s in company did not reach their page", 12, phrase.New("%d visits", 24)), "waiting for #who: deadline exceeded"),
		phrase.New("view %s was not reached in any of %s", "profile", phrase.New("%d visits", 12)),
	}
	r.Coverage.Exposures = 16
	r.Phases[0].Exposures, r.Phases[1].Exposures = 4, 12
	return told{run, r}
}

// interruptedRun ended after the accounts had been alone.
func interruptedRun() told {
	run := newRun(nil)
	run.Observations = run.Observations[:8]
	run.Phases, run.Barriers = run.Phases[:1], nil
	run.End = &record.End{At: ms(900), Why: record.Interrupted, Detail: "interrupted"}
	r := newResult(run)
	r.Verdict, r.Exit = gate.Inconclusive, gate.ExitInterrupted
	r.Reasons = []phrase.Text{phrase.New("the run was interrupted, and what it had seen until then was judged")}
	r.Run.Seconds = 0.9
	r.Coverage = gate.Coverage{Accounts: 4, Sessions: 4, Visits: 8, Exposures: 8, PairsPossible: 12, Surfaces: looked}
	r.Phases[1] = gate.Phase{Name: "together", Order: plan.Together}
	return told{run, r}
}

// hostile is what a page would send to break out of a report: out of markup, out
// of attributes, out of CDATA, into the terminal, into JUnit's attachments.
const hostile = `"'><script>alert(1)</script><img src=x onerror=alert(1)>]]><svg/onload=x>` +
	"\x1b[2J\x1b]0;owned\x07\u009b31m\u202eevil\u2066\u200b\u2028\x00\xff\ufffe{{.}} javascript:alert(1) </style></title>[[ATTACHMENT|/etc/passwd]]\n<!--"

// hostileRun has such a text, and a very long one, in every field that a target,
// a plan or a forged record can fill.
func hostileRun() told {
	long := hostile + strings.Repeat("한글 W ", 2_000)
	run := newRun(func(o *record.Observation) {
		o.URL, o.Title, o.Identity, o.Error = long, long, long, long
		if o.N%3 == 0 {
			o.Outcome = record.Failed
		}
		o.Phase, o.View = o.Phase+hostile, o.View+long
		o.Sightings = append(o.Sightings, record.Sighting{
			Marker: 1, Owner: "alice", Item: "subject", Text: long, Surface: long, Path: long, Wrapping: []string{long}, Exchange: o.Exchanges[0].ID,
		})
		x := &o.Exchanges[0]
		x.Method, x.URL, x.Proto, x.Conn, x.Type, x.Held, x.Trace, x.Error = long, "http://h/"+long, long, long, long, long, long, long
		x.Caching = []record.HeaderField{{Name: long, Value: long}}
		x.SetCookies = []record.Cookie{{Name: long, Digest: "d"}}
	})
	h := &run.Header
	h.Tool, h.Browser, h.Run = long, long, long
	h.Plan.File, h.Plan.Digest, h.Plan.Target = long, long, long
	for i := range h.Plan.Views {
		h.Plan.Views[i].Name += long
	}
	for i := range h.Plan.Phases {
		h.Plan.Phases[i].Name += hostile
	}
	for i := range run.Barriers {
		b := &run.Barriers[i]
		b.Phase, b.View, b.Hold = long, long, long
	}
	run.Events = []record.Event{{Name: long, Phase: long, Start: ms(950), End: ms(951), Error: long}, {Name: long, Start: ms(1_150), End: ms(1_151)}}
	run.Changes = []record.Change{{Name: long, Account: long, Item: "subject", Start: ms(1_200), End: ms(1_210), Error: long}}
	run.Sessions = append(run.Sessions, record.Session{Account: long, What: record.LoginFailed, Error: long})
	run.End = &record.End{At: ms(41_200), Why: long, Detail: long}
	r := newResult(run)
	for i := range r.Phases {
		r.Phases[i].Name, r.Phases[i].Order, r.Phases[i].Event, r.Phases[i].Change = long, plan.Order(long), long, long
	}
	named := isolation.Named{Event: long}
	for range 5 {
		r.Happened = append(r.Happened,
			gate.Happening{Name: long, Kind: "event", Phase: long, Round: 1, After: long, Before: long, At: ms(950), Error: long, Away: 1},
			gate.Happening{Name: long, Kind: "change", At: ms(1_200), Made: 1, Failed: 1, Error: long})
		r.Stages = append(r.Stages, isolation.Stage{Is: hostile, Named: named, Visits: 2, Count: 1})
	}
	r.Coverage.Blocked = []string{hostile, hostile}
	r.Coverage.Surfaces = []gate.Surface{{Name: hostile, Visits: 1, Items: 1}, {Name: hostile}}
	r.Coverage.Missed = []gate.Missed{{Surface: hostile, Path: hostile, Why: hostile, Visits: 1}}
	r.Verdict, r.Exit = gate.Leak, gate.ExitLeak
	r.Reasons = []phrase.Text{phrase.Verbatim(long), phrase.Verbatim(long)}
	r.Run.ID, r.Run.Plan, r.Run.Target = long, long, long
	for i, level := range []isolation.Level{isolation.Leak, isolation.Suspect, isolation.Risk, isolation.Note, isolation.Level(hostile)} {
		for n := range 120 {
			r.Findings = append(r.Findings, isolation.Finding{
				Check: "canary" + hostile, Level: level, Fingerprint: long, Viewer: fmt.Sprintf("%d%s", n, long), Owner: "alice", Item: "subject",
				View: h.Plan.Views[0].Name, Surface: long, Path: long, Phase: long, Round: i, At: ms(i), Count: 1 + n, Cause: long,
				When: &isolation.When{Is: hostile, Named: named}, Stages: r.Stages,
				Message: phrase.Verbatim(long), Witness: []int{9, -1, 1 << 40}, Evidence: []string{"evidence/" + hostile, "../../secret.png", long},
			})
		}
	}
	return told{run, r}
}

// allRuns are the runs that every format is held against.
var allRuns = map[string]func() told{
	"leak": leakRun, "event": eventRun, "clean": cleanRun, "inconclusive": inconclusiveRun, "interrupted": interruptedRun,
	"accepted": acceptedRun, "mixed": mixedRun, "hostile": hostileRun, "crowded": crowdedRun,
}

// crowdedRun has as much of everything as a report will ever be asked to tell:
// 200 accounts, 10,000 visits, 500 findings, all kinds of phases and many events,
// whose texts are hostile and long.
func crowdedRun() told {
	const accounts, visits = 200, 10_000
	t := hostileRun()
	run, r := t.run, t.result
	long := hostile + strings.Repeat("<&\"' 한글 \u202e", 200)
	plain := run.Header.Plan.Views[0].Name
	for i := len(run.Header.Plan.Accounts); i < accounts; i++ {
		run.Header.Plan.Accounts = append(run.Header.Plan.Accounts, plan.OutlineAccount{Name: fmt.Sprintf("%d%s", i, long), Shows: long})
	}
	for i := range 500 {
		run.Header.Plan.Phases = append(run.Header.Plan.Phases, plan.Phase{
			Name: fmt.Sprintf("%d%s", i, long), Order: plan.Order(hostile), Rounds: 9, Views: []string{plain, long}, Hold: []string{long}, Accounts: 3,
			Abort: 0.5, Rate: 3, HTTP: 40, Within: time.Second, Event: long, At: 1,
		})
		r.Phases = append(r.Phases, gate.Phase{Name: long, Rounds: 2, Away: long, Seconds: 1})
		r.Happened = append(r.Happened, gate.Happening{Name: long, Kind: "event", At: ms(i), Error: long, Away: 2})
		r.Stages = append(r.Stages, isolation.Stage{Is: isolation.After, Named: isolation.Named{Event: long}, Visits: 2, Count: 1})
		r.Unseen = append(r.Unseen, plan.Accepted{Fingerprint: fmt.Sprintf("%d%s", i, long), Reason: long, Owner: long})
		r.Coverage.Missed = append(r.Coverage.Missed, gate.Missed{Surface: long, Path: long, Why: long, Visits: 1})
		r.Coverage.Blocked = append(r.Coverage.Blocked, long)
	}
	first := run.Observations[0]
	for i := len(run.Observations); i < visits; i++ {
		o := *first
		o.N, o.Account = i+1, run.Header.Plan.Accounts[i%accounts].Name
		o.Start, o.End = ms(2_000+i*7), ms(2_060+i*7)
		o.View, o.Phase = plain, run.Header.Plan.Phases[i%500].Name
		run.Observations = append(run.Observations, &o)
	}
	r.Findings = r.Findings[:500]
	for i := range r.Findings {
		f := &r.Findings[i]
		viewer := run.Observations[visits/2+i]
		f.Viewer, f.Fingerprint = viewer.Account, fmt.Sprintf("%d%s", i, long)
		f.Witness, f.Evidence = []int{viewer.N, 1}, []string{fmt.Sprintf("evidence/%d.png", i)}
		switch {
		case i%3 == 1:
			f.Accepted = &isolation.Accepted{Reason: long, Owner: long}
		case i%3 == 2:
			f.Known = &isolation.Known{Run: long}
		}
	}
	r.Leaks = gate.Leaks{New: 167, Accepted: 167, Known: 166}
	return t
}
