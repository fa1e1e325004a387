package repro

import (
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"notmine/checks/isolation"
	"notmine/checks/plan"
)

func movesOf(f isolation.Finding) *moves {
	return &moves{finding: f, rng: rand.New(rand.NewPCG(1, 0))}
}

// without applies the first move of that name that changes anything; nil when
// none does.
func without(f isolation.Finding, p *plan.Plan, name string) *plan.Plan {
	for _, k := range movesOf(f).kinds() {
		for _, m := range k.of(p) {
			if m.Without.String() != name {
				continue
			}
			if c, ok := m.Apply(p); ok {
				return c
			}
		}
	}
	return nil
}

// all applies moves one after the other, each of which must change something.
func all(t *testing.T, f isolation.Finding, p *plan.Plan, names ...string) *plan.Plan {
	t.Helper()
	for _, name := range names {
		c := without(f, p, name)
		if c == nil {
			t.Fatalf("nothing is left out as %q", name)
		}
		p = c
	}
	return p
}

// offered reports whether there is a move of that name.
func offered(f isolation.Finding, p *plan.Plan, name string) bool {
	return slices.ContainsFunc(movesOf(f).kinds(), func(k kind) bool {
		return slices.ContainsFunc(k.of(p), func(m Move) bool { return m.Without.String() == name })
	})
}

func TestMovesRefuse(t *testing.T) {
	together := found("together")
	message := together
	message.View, message.Item = "message", "body"
	// What is the finding's own is not even offered.
	never := []string{"the viewer", "the owner", "the phase of the finding", "the view of the finding", "the view it comes after", "the item of the finding"}
	for name, tt := range map[string]struct {
		finding isolation.Finding
		change  func(*plan.Plan)
		move    string
	}{
		"the viewer":                      {together, nil, "the account bob"},
		"the owner":                       {together, nil, "the account carol"},
		"the phase of the finding":        {together, nil, "the phase together"},
		"the view of the finding":         {together, nil, "the view list"},
		"the view it comes after":         {message, nil, "the view list"},
		"a view that another comes after": {together, func(p *plan.Plan) { p.Views[3].After = "profile" }, "the view profile"},
		"the one view of a phase":         {together, func(p *plan.Plan) { p.Phases[0].Views = []string{"settings"} }, "the view settings"},
		"the item of the finding":         {together, nil, "the item subject"},
		"an item that controls a view":    {together, func(p *plan.Plan) { p.Phases = p.Phases[:2] }, "the item body"},
		"an item that a view types": {together, func(p *plan.Plan) {
			p.Views[3].Steps = append(p.Views[3].Steps, plan.Step{Verb: plan.Fill, Fields: []plan.Field{{Selector: "q", Value: "{{canary photo}}"}}})
		}, "the picture photo"},
		"planting while something is planted": {together, nil, "the planting"},
		"the logout of a handover":            {together, nil, "the logout"},
		"markers of the owner":                {together, func(p *plan.Plan) { p.Markers = []plan.Marker{{Text: "0101", Owner: "carol", Item: "phone"}} }, "the declared markers of others"},
		"an order of its own":                 {found("solo"), nil, "the order solo of solo (solo instead)"},
		"the order of a change":               {found("rewrite"), func(p *plan.Plan) { p.Phases[5].Order, p.Phases[5].Rounds = plan.Together, 1 }, "the order together of rewrite (solo instead)"},
		"aborts of none":                      {together, nil, "the aborts of together"},
		"a single hold":                       {together, func(p *plan.Plan) { p.Views[0].Hold = nil }, "the holds of the view list besides first"},
	} {
		p := mail()
		if tt.change != nil {
			tt.change(p)
		}
		if c := without(tt.finding, p, tt.move); c != nil {
			t.Errorf("%s: %s is left out", name, tt.move)
		}
		if offered(tt.finding, p, tt.move) == slices.Contains(never, name) {
			t.Errorf("%s: %s is offered: %v", name, tt.move, slices.Contains(never, name))
		}
	}
}

// Whoever named an account that is left out as a friend has its friend.
func TestFriendsOfFriends(t *testing.T) {
	f, p := found("together"), mail()
	for i := range p.Accounts {
		next, after := p.Accounts[(i+1)%len(p.Accounts)], p.Accounts[(i+2)%len(p.Accounts)]
		p.Accounts[i].Login = p.Accounts[i].Name + "@mail"
		p.Accounts[i].Columns = map[string]string{"friend": next.Name, "copied": after.Name + "@mail", "team": "blue"}
	}
	for _, name := range []string{"heidi", "dave", "alice", "erin", "frank", "grace"} {
		p = all(t, f, p, "the account "+name)
	}
	want := []map[string]string{
		{"friend": "carol", "copied": "carol@mail", "team": "blue"}, // bob's
		{"friend": "bob", "copied": "bob@mail", "team": "blue"},
	}
	for i, a := range p.Accounts {
		if !maps.Equal(a.Columns, want[i]) {
			t.Errorf("%s has %v, want %v", a.Name, a.Columns, want[i])
		}
	}
}

func TestTwoAccountsStay(t *testing.T) {
	f := found("together")
	f.Owner = "" // nobody knows
	p := mail()
	for _, name := range []string{"carol", "dave", "erin", "frank", "grace", "heidi"} {
		p = all(t, f, p, "the account "+name)
	}
	if without(f, p, "the account alice") != nil {
		t.Error("one account is left, and it takes two")
	}
}

// First what came after, then phases that looked, then those that changed something.
func TestPhasesThatChangeSomethingAreLast(t *testing.T) {
	var got []string
	for _, m := range movesOf(found("after")).phases(mail()) {
		got = append(got, m.Without.String())
	}
	want := []string{"the phase handover", "the phase solo", "the phase together", "the phase crowd", "the login storm", "the phase idle", "the change rewrite", "the event failover"}
	if !slices.Equal(got, want) {
		t.Errorf("left out in the order %q", got)
	}
}

// Phases of the first accounts keep whom they had.
func TestPhasesKeepTheirAccounts(t *testing.T) {
	f := found("together")
	for _, tt := range []struct {
		names []string
		want  int
	}{
		{[]string{"heidi"}, 4},
		{[]string{"dave"}, 3},
		{[]string{"alice", "heidi"}, 3},
		{[]string{"erin", "frank", "grace", "heidi"}, 0}, // all that are left
	} {
		p := mail()
		for _, name := range tt.names {
			p = all(t, f, p, "the account "+name)
		}
		if ph, _ := phaseNamed(p, "idle"); ph.Accounts != tt.want {
			t.Errorf("without %q: %d accounts, want %d", tt.names, ph.Accounts, tt.want)
		}
	}
}

func TestMovesTidyUp(t *testing.T) {
	f := found("together")
	if p := all(t, f, mail(), "the phase idle"); p.Act != nil || len(p.Events) != 1 || len(p.Changes) != 1 {
		t.Errorf("without idle: %v, %v, %v", p.Act, p.Events, p.Changes)
	}
	if p := all(t, f, mail(), "the event failover"); len(p.Act) != 1 || len(p.Events) != 0 || len(p.Changes) != 1 {
		t.Errorf("without the event: %v, %v, %v", p.Act, p.Events, p.Changes)
	}
	if p := all(t, f, mail(), "the change rewrite"); len(p.Act) != 1 || len(p.Events) != 1 || len(p.Changes) != 0 {
		t.Errorf("without the change: %v, %v, %v", p.Act, p.Events, p.Changes)
	}
}

func TestItems(t *testing.T) {
	f := found("together")
	p := all(t, f, mail(), "the picture photo", "the change rewrite", "the view message", "the item body")
	if !slices.Equal(p.Planted(), []string{"subject"}) || len(p.Plant) != 2 {
		t.Errorf("planted are %q by %+v", p.Planted(), p.Plant)
	}
	f.Item, f.View = "", "settings" // a finding without an item, such as of a session
	p = all(t, f, p, "the view list", "the item subject", "the planting")
	if len(p.Items) != 0 || p.Plant != nil {
		t.Errorf("left are %v, planted by %+v", p.Items, p.Plant)
	}
	p = mail()
	p.Markers = []plan.Marker{{Text: "0101", Owner: "carol", Item: "phone"}, {Text: "0102", Owner: "dave", Item: "phone"}, {Text: "0103", Owner: "dave", Item: "photo"}}
	if p = all(t, found("together"), p, "the declared markers of others"); len(p.Markers) != 1 || p.Markers[0].Text != "0101" {
		t.Errorf("markers %v", p.Markers)
	}
}

func TestOrders(t *testing.T) {
	f := found("storm")
	p := mail()
	p.Phases[3].Hold, p.Phases[3].HTTP = []string{"every"}, 4
	var got []plan.Phase
	for _, m := range movesOf(f).orders(p) {
		if c, ok := m.Apply(p); ok {
			got = append(got, c.Phases[3])
		}
	}
	if len(got) != 3 || got[0].Order != plan.Solo || got[1].Order != plan.Sequential || got[2].Order != plan.Together ||
		got[0].Hold != nil || got[1].HTTP != 0 || got[2].HTTP != 4 || len(got[2].Hold) != 1 {
		t.Errorf("orders %+v", got)
	}
	p.Phases[3].Event, p.Phases[3].At = "failover", 2
	if c, ok := movesOf(f).orders(p)[0].Apply(p); ok {
		t.Errorf("an event is at a round of each account: %+v", c.Phases[3])
	}
	p = mail()
	p.Phases[3] = plan.Phase{Name: "random", Order: plan.Random, Rounds: 2, Think: 1}
	if c := all(t, found("random"), p, "the order random of random (solo instead)"); c.Phases[3].Order != plan.Solo || c.Phases[3].Think != 0 {
		t.Errorf("in place of random: %+v", c.Phases[3])
	}
	p.Phases[3] = plan.Phase{Name: "search", Order: plan.Search, Rounds: 30, Depth: 2, Hold: []string{"every"}}
	for _, simpler := range []plan.Order{plan.Solo, plan.Sequential, plan.Together} {
		c := all(t, found("search"), p, "the order search of search ("+string(simpler)+" instead)")
		if ph := c.Phases[3]; ph.Order != simpler || ph.Depth != 0 || (len(ph.Hold) > 0) != (simpler == plan.Together) {
			t.Errorf("in place of search: %+v", ph)
		}
	}
}

func TestModifiersAndRounds(t *testing.T) {
	p := mail()
	p.Phases[7].Event, p.Phases[7].At = "failover", 6
	p.Phases[1].Event, p.Phases[1].At = "failover", 12
	f := found("after")
	for _, tt := range []struct {
		move  string
		phase string
		is    func(plan.Phase) bool
	}{
		{"the sessions without a browser in crowd", "crowd", func(ph plan.Phase) bool { return ph.HTTP == 0 && ph.Abort > 0 }},
		{"the aborts of after", "after", func(ph plan.Phase) bool { return ph.Abort == 0 && ph.HTTP > 0 }},
		{"the pace of storm", "storm", func(ph plan.Phase) bool { return ph.Rate == 0 }},
		{"the event failover in after", "after", func(ph plan.Phase) bool { return ph.Event == "" && ph.At == 0 }},
		{"more than 1 round of together", "together", func(ph plan.Phase) bool { return ph.Rounds == 1 && ph.At == 1 }},
		{"more than 10 rounds of together", "together", func(ph plan.Phase) bool { return ph.Rounds == 10 }},
		{"more than 0 rounds of after before its event", "after", func(ph plan.Phase) bool { return ph.At == 1 && ph.Rounds == 8 }},
		{"more than 2 rounds of after before its event", "after", func(ph plan.Phase) bool { return ph.At == 3 }},
	} {
		if ph, _ := phaseNamed(all(t, f, p, tt.move), tt.phase); !tt.is(ph) {
			t.Errorf("without %s: %+v", tt.move, ph)
		}
	}
	if without(f, p, "more than 4 rounds of after") != nil {
		t.Error("the rounds of the finding's phase are for the tries to say")
	}
}

func TestHolds(t *testing.T) {
	p := mail()
	f := found("crowd")
	if c := all(t, f, p, "the holds of the phase crowd"); c.Phases[2].Hold != nil {
		t.Errorf("phase holds %q", c.Phases[2].Hold)
	}
	for _, pattern := range []string{"first", "/api/list*"} {
		if c := all(t, f, p, "the holds of the view list besides "+pattern); !slices.Equal(c.Views[0].Hold, []string{pattern}) {
			t.Errorf("view holds %q, want %q", c.Views[0].Hold, pattern)
		}
	}
	p.Phases[2].Hold = []string{"/a", "/b"}
	if c := all(t, f, p, "the holds of the phase crowd besides /b"); !slices.Equal(c.Phases[2].Hold, []string{"/b"}) {
		t.Errorf("phase holds %q", c.Phases[2].Hold)
	}
	p.Views[0].Hold = []string{"every"}
	if c := all(t, f, p, "the holds of the view list besides first"); !slices.Equal(c.Views[0].Hold, []string{"first"}) {
		t.Errorf("view holds %q", c.Views[0].Hold)
	}
}

func TestSteps(t *testing.T) {
	f := found("together")
	f.View, f.Item = "message", "body"
	p := mail()
	p.Views[0].Steps = append(p.Views[0].Steps, plan.Step{Verb: plan.Click, Arg: "#sort"}, plan.Step{Verb: plan.Fill, Fields: []plan.Field{{Selector: "#q", Value: "x"}}}, plan.Step{Verb: plan.Wait, Arg: "#list"})
	c := all(t, f, p, "the step click #sort of the view list", "the step fill #q of the view list")
	if steps := c.Views[0].Steps; len(steps) != 2 || steps[0].Verb != plan.Goto || steps[1].Verb != plan.Wait || len(p.Views[0].Steps) != 4 {
		t.Errorf("steps %+v", steps)
	}
	for _, name := range []string{"the step click #sort of the view list", "the step click a of the view message", "the step goto /list of the view list", "the step wait #list of the view list"} {
		if without(f, c, name) != nil {
			t.Errorf("%s is left out", name)
		}
	}
	if !offered(f, c, "the step click a of the view message") || written(c) == written(p) {
		t.Error("the only step of a view is not offered, or plans with other steps are written alike")
	}
}

// Whatever is left out, what is left is a plan: nothing in it names what is gone.
func TestMovesLeaveAPlan(t *testing.T) {
	for _, phase := range []string{"together", "storm", "after", "handover"} {
		f := found(phase)
		rng := rand.New(rand.NewPCG(2, 0))
		for range 100 {
			p := mail()
			for range 40 {
				kinds := movesOf(f).kinds()
				of := kinds[rng.IntN(len(kinds))].of(p)
				if len(of) == 0 {
					continue
				}
				if c, ok := of[rng.IntN(len(of))].Apply(p); ok {
					p = c
				}
			}
			sound(t, p)
		}
	}
}

func sound(t *testing.T, p *plan.Plan) {
	t.Helper()
	for _, ph := range p.Phases {
		_, event := p.Event(ph.Event)
		_, change := p.Change(ph.Change)
		if ph.Event != "" && !event || ph.Change != "" && !change || ph.Accounts < 0 || ph.Accounts > len(p.Accounts) ||
			ph.Order == plan.Handover && p.Logout == nil || ph.Order == plan.Idle && p.Act == nil || ph.Order != "" && ph.Rounds < 1 || ph.At > ph.Rounds {
			t.Errorf("%+v is left", ph)
		}
		for _, name := range ph.Views {
			if !slices.ContainsFunc(p.Views, func(v plan.View) bool { return v.Name == name }) {
				t.Errorf("phase %s looks at %s, which is gone", ph.Name, name)
			}
		}
	}
	for _, v := range p.Views {
		if v.After != "" && len(p.Before(v)) == 0 || v.Control != "" && !slices.Contains(p.Planted(), v.Control) {
			t.Errorf("%+v is left", v)
		}
	}
	for _, item := range p.Planted() {
		if _, ok := p.Items[item]; !ok {
			t.Errorf("%s is planted, and no item", item)
		}
	}
	if len(p.Accounts) < 2 || len(p.Views) == 0 || len(p.Phases) == 0 {
		t.Errorf("%d accounts, %d views, %d phases are left", len(p.Accounts), len(p.Views), len(p.Phases))
	}
}
