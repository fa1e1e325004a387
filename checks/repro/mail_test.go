package repro

import (
	"context"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"notmine/checks/isolation"
	"notmine/checks/plan"
)

// mail is a plan with something of everything.
func mail() *plan.Plan {
	p := &plan.Plan{
		File: "mail.yaml", Target: "http://127.0.0.1:8080", Timeout: time.Second,
		Login:  []plan.Step{{Verb: plan.Goto, Arg: "/login"}, {Verb: plan.Fill, Fields: []plan.Field{{Selector: "#id", Value: "{{login}}"}}}},
		Logout: []plan.Step{{Verb: plan.Click, Arg: "#logout"}},
		Plant: []plan.Step{
			{Verb: plan.Goto, Arg: "/compose"},
			{Verb: plan.Fill, Fields: []plan.Field{{Selector: "#subject", Value: "{{canary subject}}"}, {Selector: "#body", Value: "{{canary body}}"}}},
			{Verb: plan.Upload, Fields: []plan.Field{{Selector: "#photo", Value: "{{picture photo}}"}}},
		},
		Items: map[string]plan.Item{"subject": {}, "body": {}, "photo": {Picture: true, Audience: []string{"everyone"}}},
		Act:   []plan.Step{{Verb: plan.Click, Arg: "#ping"}},
		Views: []plan.View{
			{Name: "list", Control: "subject", Steps: []plan.Step{{Verb: plan.Goto, Arg: "/list"}}, Hold: []string{"first", "/api/list*"}},
			{Name: "message", After: "list", Control: "body", Steps: []plan.Step{{Verb: plan.Click, Arg: "a"}}},
			{Name: "profile", EachPeer: true, Identity: "#who", Steps: []plan.Step{{Verb: plan.Goto, Arg: "/profile/{{peer.login}}"}}},
			{Name: "settings", Identity: "#who", Steps: []plan.Step{{Verb: plan.Goto, Arg: "/settings"}}},
		},
		Changes: []plan.Change{{Name: "rewrite", Item: "body", Renews: true, Steps: []plan.Step{{Verb: plan.Fill, Fields: []plan.Field{{Selector: "#body", Value: "{{canary body}}"}}}}}},
		Events:  []plan.Event{{Name: "failover", Run: "./failover.sh"}},
		Phases: []plan.Phase{
			{Name: "solo", Order: plan.Solo, Rounds: 2},
			{Name: "together", Order: plan.Together, Rounds: 20, Within: time.Minute},
			{Name: "crowd", Order: plan.Together, Rounds: 5, HTTP: 40, Abort: 0.2, Hold: []string{"every"}},
			{Name: "storm", Order: plan.Storm, Rounds: 3, Rate: 50},
			{Name: "idle", Order: plan.Idle, Rounds: 1, Accounts: 4},
			{Name: "rewrite", Change: "rewrite"},
			{Name: "failover", Event: "failover"},
			{Name: "after", Order: plan.Together, Rounds: 8, Abort: 0.5, HTTP: 4, Within: time.Minute},
			{Name: "handover", Order: plan.Handover, Rounds: 2},
		},
	}
	for _, name := range []string{"alice", "bob", "carol", "dave", "erin", "frank", "grace", "heidi"} {
		p.Accounts = append(p.Accounts, plan.Account{Name: name, Login: name, Shows: name})
	}
	return p
}

func found(phase string) isolation.Finding {
	return isolation.Finding{Check: "canary", Viewer: "bob", Owner: "carol", Item: "subject", View: "list", Phase: phase}
}

// simulated is a target that shows the finding at a rate which the plan decides.
// A round takes a second.
func simulated(seed uint64, rate func(*plan.Plan) float64) Try {
	rng := rand.New(rand.NewPCG(seed, 9))
	return func(_ context.Context, p *plan.Plan, more func(hits, rounds int) bool) (Tries, error) {
		var t Tries
		for at := rate(p); more(t.Hits, t.Rounds); t.Rounds++ {
			if rng.Float64() < at {
				t.Hits++
			}
		}
		t.Took = time.Duration(t.Rounds) * time.Second
		return t, nil
	}
}

func shrunk(t *testing.T, f isolation.Finding, o Options) *Shrunk {
	t.Helper()
	if o.Floor == 0 {
		o.Floor = 0.05
	}
	s, err := Shrink(t.Context(), mail(), f, o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func phaseNamed(p *plan.Plan, name string) (plan.Phase, bool) {
	i := slices.IndexFunc(p.Phases, func(ph plan.Phase) bool { return ph.Name == name })
	if i < 0 {
		return plan.Phase{}, false
	}
	return p.Phases[i], true
}

func has(p *plan.Plan, phase string) bool {
	_, ok := phaseNamed(p, phase)
	return ok
}

func overlaps(p *plan.Plan, phase string) bool {
	ph, _ := phaseNamed(p, phase)
	return ph.Order != plan.Solo && ph.Order != plan.Sequential
}
