package repro

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"notmine/checks/isolation"
	"notmine/checks/plan"
	"notmine/checks/record"
)

func wayNames(ways []Way) (all []string) {
	for _, w := range ways {
		all = append(all, w.Name)
	}
	return all
}

func TestWaysHaveEveryOrder(t *testing.T) {
	p := mail()
	p.Changes = append([]plan.Change{{Name: "erase", Item: "subject", Delete: true}}, p.Changes...)
	ways, missing := Ways(p, Symptom{})
	orders := map[plan.Order]bool{}
	names := map[string]bool{}
	for _, w := range ways {
		orders[w.Look.Order] = true
		if names[w.Name] || w.Look.Name != w.Name || w.Text.IsZero() || w.Why.IsZero() || w.Likely {
			t.Errorf("the way %+v", w)
		}
		names[w.Name] = true
		for _, ph := range w.Before {
			if (ph.Event == "") == (ph.Change == "") {
				t.Errorf("before %s comes the phase %+v", w.Name, ph)
			}
		}
	}
	for _, order := range plan.Orders {
		if !orders[order] {
			t.Errorf("no way has the order %s", order)
		}
	}
	if len(missing) > 0 {
		t.Errorf("not exercised: %v", missing)
	}
	for name, before := range map[string]string{
		"after-rewrite": "rewrite", "after-rewrite-together": "rewrite-together", "after-erase": "erase",
		"changes-failover": "rewrite erase failover", "after-failover": "failover", "fresh-after-failover": "failover",
		"storm-after-failover": "failover", "during-failover": "",
	} {
		i := slices.IndexFunc(ways, func(w Way) bool { return w.Name == name })
		if i < 0 {
			t.Errorf("no way is %s: %q", name, wayNames(ways))
			continue
		}
		var got []string
		for _, ph := range ways[i].Before {
			got = append(got, ph.Name)
		}
		if strings.Join(got, " ") != before {
			t.Errorf("before %s comes %q, want %s", name, got, before)
		}
	}
	if last := ways[len(ways)-1].Name; last != "handover" {
		t.Errorf("the last way is %s, want the handover, which leaves nobody as they were", last)
	}
}

func TestFirstWays(t *testing.T) {
	for _, tt := range []struct {
		symptom Symptom
		first   []string
	}{
		{Symptom{}, []string{"together", "sequential", "aborts"}},
		{Symptom{Saw: SawText}, []string{"together", "sequential", "aborts"}},
		{Symptom{Saw: SawPicture}, []string{"together", "every", "crowd", "after-rewrite", "changes-failover"}},
		{Symptom{Saw: SawName}, []string{"together", "pair", "storm"}},
		{Symptom{Saw: SawCookie}, []string{"storm", "fresh", "sequential", "aborts"}},
		{Symptom{Saw: SawDownload}, []string{"every", "aborts", "crowd"}},
		{Symptom{Saw: SawStream}, []string{"idle", "together"}},
		{Symptom{SinceDeploy: true}, []string{"together", "fresh", "fresh-after-failover", "handover"}},
		{Symptom{SinceDeploy: true, Saw: SawName}, []string{"together", "storm"}},
		{Symptom{After: "failover"}, []string{"changes-failover", "after-failover", "fresh-after-failover", "storm-after-failover", "during-failover", "together"}},
		{Symptom{After: "failover", Saw: SawCookie}, []string{"storm-after-failover"}},
		{Symptom{After: "rewrite", SinceDeploy: true, Saw: SawPicture}, []string{"after-rewrite", "after-rewrite-together", "together"}},
	} {
		ways, _ := Ways(mail(), tt.symptom)
		got := wayNames(ways)[:len(tt.first)]
		if !slices.Equal(got, tt.first) {
			t.Errorf("for %+v first come %q, want %q", tt.symptom, got, tt.first)
		}
		if known := tt.symptom != (Symptom{}); ways[0].Likely != known || ways[len(ways)-1].Likely && known {
			t.Errorf("for %+v likely are the first %v and the last %v", tt.symptom, ways[0].Likely, ways[len(ways)-1].Likely)
		}
	}
}

// Whatever the symptom and the plan, no way is lost, and the same is missing.
func TestNoSymptomLosesAWay(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	some := func(of ...string) string { return of[rng.IntN(len(of))] }
	for range 500 {
		p := mail()
		if rng.IntN(2) == 0 {
			p.Logout = nil
		}
		if rng.IntN(3) == 0 {
			p.Login = nil
		}
		if rng.IntN(3) == 0 {
			p.Act = nil
		}
		p.Changes, p.Events = p.Changes[:rng.IntN(2)], p.Events[:rng.IntN(2)]
		all, missing := Ways(p, Symptom{})
		s := Symptom{
			Viewer: some("", "bob"), Owner: some("", "carol"), SinceDeploy: rng.IntN(2) == 0,
			Saw: append(Saws, "")[rng.IntN(len(Saws)+1)], After: some("", "failover", "rewrite"),
		}
		ways, less := Ways(p, s)
		want, got := wayNames(all), wayNames(ways)
		slices.Sort(want)
		slices.Sort(got)
		if !slices.Equal(got, want) || len(less) != len(missing) {
			t.Fatalf("for %+v the ways are %q, want %q", s, got, want)
		}
		for _, order := range plan.Orders {
			done := slices.ContainsFunc(ways, func(w Way) bool { return w.Look.Order == order })
			told := slices.ContainsFunc(less, func(u Unexercised) bool { return u.What.String() == string(order) })
			if done == told {
				t.Fatalf("the order %s: a way has it %v, and it is told as not exercised %v", order, done, told)
			}
		}
	}
}

func TestWaysOfOneView(t *testing.T) {
	ways, missing := Ways(mail(), Symptom{View: "message"})
	for _, w := range ways {
		if want := []string{"list", "message"}; !slices.Equal(w.Look.Views, want) {
			t.Errorf("%s looks at %q, want %q", w.Name, w.Look.Views, want)
		}
	}
	if len(missing) != 1 || missing[0].What.String() != "the view profile, the view settings" {
		t.Errorf("not exercised: %v", missing)
	}
}

func TestSymptomIsOfThePlan(t *testing.T) {
	alone := mail()
	alone.Accounts = alone.Accounts[:1]
	for _, tt := range []struct {
		plan    *plan.Plan
		symptom Symptom
		says    string // "" when it is
	}{
		{mail(), Symptom{Viewer: "bob", Owner: "carol", View: "list", Saw: SawName, After: "failover"}, ""},
		{mail(), Symptom{After: "rewrite"}, ""},
		{mail(), Symptom{Viewer: "bop"}, `viewer "bop": there is alice, bob`},
		{mail(), Symptom{Owner: "nobody"}, `owner "nobody"`},
		{mail(), Symptom{View: "inbox"}, `view "inbox": there is list, message`},
		{mail(), Symptom{Saw: "smell"}, `saw "smell": there is text, picture, name, cookie, download, stream`},
		{mail(), Symptom{After: "fire"}, `after "fire": there is failover, rewrite`},
		{mail(), Symptom{Viewer: "bob", Owner: "bob"}, "both bob"},
		{alone, Symptom{}, "it takes two"},
	} {
		err := tt.symptom.Check(tt.plan)
		if (err == nil) != (tt.says == "") || err != nil && !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%+v: %v, want %q", tt.symptom, err, tt.says)
		}
	}
}

func TestWhatCountsAndWhatWasDescribed(t *testing.T) {
	leak := isolation.Finding{Check: "canary", Level: isolation.Leak, Viewer: "bob", Owner: "carol", View: "list", Surface: record.Text}
	with := func(change func(*isolation.Finding)) isolation.Finding {
		f := leak
		change(&f)
		return f
	}
	for _, tt := range []struct {
		symptom Symptom
		finding isolation.Finding
		counts  bool
		is      bool
	}{
		{Symptom{}, leak, true, true},
		{Symptom{View: "list", Viewer: "bob", Owner: "carol", Saw: SawText}, leak, true, true},
		{Symptom{Viewer: "alice"}, leak, true, false},
		{Symptom{Owner: "alice"}, leak, true, false},
		{Symptom{Saw: SawPicture}, leak, true, false},
		{Symptom{View: "message"}, leak, false, false},
		{Symptom{View: "message"}, with(func(f *isolation.Finding) { f.View = record.LoginView }), true, false},
		{Symptom{}, with(func(f *isolation.Finding) { f.Level = isolation.Suspect }), false, true},
		{Symptom{}, with(func(f *isolation.Finding) { f.Accepted = &isolation.Accepted{} }), false, true},
		{Symptom{Saw: SawName}, with(func(f *isolation.Finding) { f.Check = "identity" }), true, true},
		{Symptom{Saw: SawCookie}, with(func(f *isolation.Finding) { f.Check = "sharedtoken" }), true, true},
		{Symptom{Saw: SawPicture}, with(func(f *isolation.Finding) { f.Surface = record.Picture }), true, true},
		{Symptom{Saw: SawDownload}, with(func(f *isolation.Finding) { f.Surface = record.Download }), true, true},
		{Symptom{Saw: SawStream}, with(func(f *isolation.Finding) { f.Surface = record.Notification }), true, true},
	} {
		if got := tt.symptom.Counts(tt.finding); got != tt.counts {
			t.Errorf("%+v counts %v for %+v", tt.finding, got, tt.symptom)
		}
		if got := tt.symptom.Is(tt.finding); got != tt.is {
			t.Errorf("%+v is what was described %v by %+v", tt.finding, got, tt.symptom)
		}
	}
}

func TestGathered(t *testing.T) {
	p := mail()
	for _, name := range []string{"ivan", "judy", "karl"} {
		p.Accounts = append(p.Accounts, plan.Account{Name: name, Login: name, Columns: map[string]string{"friend": "judy"}})
	}
	g := Symptom{Viewer: "karl", Owner: "dave"}.Gathered(p)
	var names []string
	for _, a := range g.Accounts {
		names = append(names, a.Name)
	}
	if got, want := strings.Join(names, " "), "karl dave alice bob carol erin frank grace"; got != want {
		t.Errorf("gathered are %s, want %s", got, want)
	}
	if friend := g.Accounts[0].Columns["friend"]; friend == "judy" || !slices.Contains(names, friend) {
		t.Errorf("karl's friend is %s, who is not there", friend)
	}
	if len(g.Phases) > 0 || len(p.Phases) == 0 || len(p.Accounts) != 11 || p.Accounts[10].Columns["friend"] != "judy" {
		t.Error("the plan is changed, or its phases are still there")
	}
}
