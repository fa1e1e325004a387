package plan_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"notmine/checks/plan"
)

// names writes phases in one line.
func names(phases []plan.Phase) string {
	var all []string
	for _, p := range phases {
		all = append(all, p.Name)
	}
	return strings.Join(all, " ")
}

const rich = `
target: http://127.0.0.1:8080
accounts: {make: {count: COUNT, login: "user{{n}}"}}
login: [{goto: /login}, {wait: "#who"}]
logout: [{goto: /logout}]
items: {note: {audience: everyone}}
plant: [{goto: /write}, {fill: {"#note": "{{canary note}}"}}]
act: [{goto: "/talk/{{peer.login}}"}, {fill: {"#say": "{{canary note}}"}}]
views: {inbox: {goto: /inbox, control: note}}
changes:
  hide: {item: note, audience: me, steps: [{goto: /hide}]}
  renew: {item: note, steps: [{goto: /write}, {fill: {"#note": "{{canary note}}"}}], settle: 2s}
events:
  failover: {http: {url: "http://127.0.0.1:9/failover"}, settle: 5s}
`

func TestDefaultPhases(t *testing.T) {
	for _, test := range []struct{ why, yaml, want string }{
		{"a plan that has nothing", `{target: "http://127.0.0.1", accounts: [{name: a}, {name: b}], views: {inbox: {goto: /}}}`,
			"solo sequential together aborts crowd random"},
		{"one that has everything", strings.Replace(rich, "COUNT", "8", 1),
			"solo sequential together aborts crowd random storm devices fresh idle hide after-hide renew after-renew renew-together after-renew-together failover fresh-after-failover after-failover handover"},
	} {
		p, err := plan.Parse("plan.yaml", []byte(test.yaml), t.TempDir())
		if err != nil {
			t.Fatalf("%s: %v", test.why, err)
		}
		if got := names(p.Phases); got != test.want || p.Within != 4*time.Minute {
			t.Errorf("%s: %s share %s\nwant %s", test.why, got, p.Within, test.want)
		}
	}
}

// Many events share the rounds that come after them.
func TestDefaultPhasesOfManyEvents(t *testing.T) {
	for events, rounds := range map[int]int{1: 4, 2: 4, 3: 2, 8: 1, 12: 1} {
		text := strings.Replace(rich, "COUNT", "4", 1)
		for i := range events - 1 {
			text += fmt.Sprintf("  event%d: {run: ./x}\n", i)
		}
		p, err := plan.Parse("plan.yaml", []byte(text), t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		for i, phase := range p.Phases {
			if phase.Event != "" && p.Phases[i+2].Rounds != rounds {
				t.Errorf("of %d events: %d rounds after %s, want %d", events, p.Phases[i+2].Rounds, phase.Name, rounds)
			}
		}
	}
}

// With many accounts, what takes the square of them takes some of them.
func TestDefaultPhasesOfMany(t *testing.T) {
	p, err := plan.Parse("plan.yaml", []byte(strings.Replace(rich, "COUNT", "300", 1)), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, phase := range p.Phases {
		few := phase.Order == plan.Sequential || phase.Order == plan.Idle || phase.Order == plan.Handover
		if few != (phase.Accounts > 0) {
			t.Errorf("%s: %d accounts take part", phase.Name, phase.Accounts)
		}
	}
}

func TestPhases(t *testing.T) {
	p, err := plan.Parse("plan.yaml", []byte(strings.Replace(rich, "COUNT", "4", 1)+`
phases:
  - {order: sequential, accounts: 3}
  - {order: together, rounds: 12, views: inbox, hold: [first, /api/*], abort: 20%, rate: 40, http: 30, event: failover, at: 6}
  - {order: random}
  - {change: hide}
  - {change: renew, order: together}
  - {event: {run: ./restore.sh, settle: 1s}}
  - {event: failover}
  - {order: random, think: 2s, within: 1m}
  - {order: search}
  - {order: search, rounds: 60, depth: 3, views: inbox, hold: every, rate: 5, event: failover, at: 6}
`), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if p.Within != 0 {
		t.Errorf("phases of a plan share %s", p.Within)
	}
	for i := range p.Phases {
		p.Phases[i].Line = 0
	}
	want := []plan.Phase{
		{Name: "sequential", Order: plan.Sequential, Rounds: 1, Accounts: 3},
		{Name: "together", Order: plan.Together, Rounds: 12, Views: []string{"inbox"}, Hold: []string{"first", "/api/*"}, Abort: 0.2, Rate: 40, HTTP: 30, Event: "failover", At: 6},
		{Name: "random", Order: plan.Random, Rounds: 4, Think: 500 * time.Millisecond},
		{Name: "hide", Change: "hide"},
		{Name: "renew-together", Order: plan.Together, Rounds: 1, Change: "renew"},
		{Name: "event", Event: "event"},
		{Name: "failover", Event: "failover"},
		{Name: "random-2", Order: plan.Random, Rounds: 4, Think: 2 * time.Second, Within: time.Minute},
		{Name: "search", Order: plan.Search, Rounds: 30, Depth: 2},
		{Name: "search-2", Order: plan.Search, Rounds: 60, Depth: 3, Views: []string{"inbox"}, Hold: []string{"every"}, Rate: 5, Event: "failover", At: 6},
	}
	if diff := cmp.Diff(want, p.Phases); diff != "" {
		t.Errorf("phases (-want +got):\n%s", diff)
	}
	if e, ok := p.Event("event"); !ok || e.Run != "./restore.sh" || e.Settle != time.Second {
		t.Errorf("the event that stands in its phase: %+v", e)
	}
	if e, ok := p.Event("failover"); !ok || e.HTTP == nil || e.HTTP.Method != "POST" || e.HTTP.URL.Reveal() != "http://127.0.0.1:9/failover" {
		t.Errorf("the event failover: %+v", e)
	}
	if c, ok := p.Change("renew"); !ok || !c.Renews || c.Settle != 2*time.Second {
		t.Errorf("the change renew: %+v", c)
	}
	alice := p.Accounts[0]
	hide, _ := p.Change("hide")
	if audience, changed := p.AudienceAfter(hide, alice); !changed || strings.Join(audience, " ") != "me" {
		t.Errorf("after hide, %v may see it (%v)", audience, changed)
	}
	renew, _ := p.Change("renew")
	if _, changed := p.AudienceAfter(renew, alice); changed {
		t.Error("renew changes who may see it")
	}
}
