package report

import (
	"math"
	"strings"
	"testing"

	"notmine/checks/gate"
	"notmine/checks/phrase"
	"notmine/checks/plan"
)

// whole is a view that was searched without any trouble.
func whole() gate.SearchedView {
	return gate.SearchedView{
		View: "message", Requests: 610, Sessions: 4, Steps: 9, Rounds: 61, CountedRounds: 60, LeastChance: 0.8157,
	}
}

// searchedRun has a search of those views.
func searchedRun(views ...gate.SearchedView) told {
	t := cleanRun()
	s := &gate.Search{Depth: 2, Views: views}
	for _, v := range views {
		s.Requests += v.Requests
	}
	t.run.Header.Plan.Phases = append(t.run.Header.Plan.Phases, plan.Phase{Name: "search", Order: plan.Search, Rounds: 61, Depth: 2})
	t.result.Phases = append(t.result.Phases, gate.Phase{Name: "search", Order: plan.Search, Rounds: 61, Search: s})
	return t
}

func saidOf(t *testing.T, told told) phrase.Text {
	t.Helper()
	s, err := newStory(told.run, told.result)
	if err != nil {
		t.Fatal(err)
	}
	all := s.searched()
	if len(all) != 1 {
		t.Fatalf("%d searches", len(all))
	}
	return all[0].Text()
}

// What a search was worth is what it was worth on the view where that is least,
// with all that was not as it should have been there.
func TestSearchIsSaid(t *testing.T) {
	changed := func(change func(*gate.SearchedView)) gate.SearchedView {
		v := whole()
		change(&v)
		return v
	}
	const before = "let through one at a time: a bug of depth 2 in their order would have been found with a chance of at least "
	for _, tt := range []struct {
		views []gate.SearchedView
		want  string
	}{
		{[]gate.SearchedView{whole()}, "610 requests " + before + "81 % (view message: 60 of 61 rounds, of 4 sessions and at most 9 steps)"},
		{[]gate.SearchedView{changed(func(v *gate.SearchedView) { v.View, v.LeastChance = "inbox", 0.9 }), whole()},
			"1,220 requests " + before + "81 % (view message: 60 of 61 rounds, of 4 sessions and at most 9 steps)"},
		{[]gate.SearchedView{changed(func(v *gate.SearchedView) {
			v.Rounds, v.Requests, v.Steps, v.CountedRounds, v.LeastChance = 1, 1, 1, 0, 0
		})}, "1 request " + before + "0 % (view message: 0 of 1 round, of 4 sessions and at most 1 step)"},
		{[]gate.SearchedView{changed(func(v *gate.SearchedView) { v.Rounds = 60; v.BrokenRounds, v.LooseRequests = 1, 1 })},
			"610 requests " + before + "81 % (view message: 60 rounds, of 4 sessions and at most 9 steps); in 1 round the order was not kept: " +
				"1 request went without one, since a visit made too many or a round took too long"},
		{[]gate.SearchedView{changed(func(v *gate.SearchedView) {
			v.BrokenRounds, v.LateRequests, v.LostRequests, v.FailedVisits = 6, 3, 2, 5
		})}, "610 requests " + before + "81 % (view message: 60 of 61 rounds, of 4 sessions and at most 9 steps); in 6 rounds the order was not kept: " +
			"3 requests came after others had gone on, the wait of 2 requests ended before their turn, 5 visits did not reach their view"},
		{[]gate.SearchedView{whole(), {View: "help", Sessions: 4, Rounds: 61}},
			"610 requests " + before + "81 % (view message: 60 of 61 rounds, of 4 sessions and at most 9 steps); there was nothing to put in order on help"},
		{[]gate.SearchedView{{View: "help", Requests: 9, Sessions: 4, Rounds: 61}},
			"nothing was put in order: on no view did two sessions have a request that waits"},
	} {
		if got := saidOf(t, searchedRun(tt.views...)).String(); got != tt.want {
			t.Errorf("says %s\nwant %s", got, tt.want)
		}
	}
	const korean = "요청 610건을 하나씩 보냈다. 이 요청들의 순서에 깊이 2의 결함이 있었다면 81 % 이상의 확률로 발견되었다(message 뷰: 라운드 61회 중 60회, 세션 4개, 최대 선택 9회)"
	if got := saidOf(t, searchedRun(whole())).In(phrase.Korean); got != korean {
		t.Errorf("in Korean: %s", got)
	}
}

// Names of views and numbers may be forged.
func TestSearchOfAForgedRecord(t *testing.T) {
	v := whole()
	v.View, v.Steps, v.Sessions = "\x1b[2J"+strings.Repeat("x", 500), math.MaxInt, -1
	for _, said := range []string{saidOf(t, searchedRun(v)).String(), saidOf(t, searchedRun(gate.SearchedView{View: v.View}, whole())).String()} {
		if strings.Contains(said, "\x1b") || strings.Contains(said, strings.Repeat("x", 50)) {
			t.Errorf("says %q", said)
		}
	}
}

func TestRoundedDown(t *testing.T) {
	for chance, want := range map[float64]string{0: "0", 1: "100", 0.9999: "99", 0.8157: "81", 0.0889: "8.8", 0.001999: "0.19"} {
		if got := percent(roundedDown(chance)); got != want {
			t.Errorf("%v is said to be %s %%, want %s", chance, got, want)
		}
	}
}

func TestSearchIsTold(t *testing.T) {
	told := searchedRun(whole())
	const want = "610 requests let through one at a time: a bug of depth 2 in their order"
	if text := strings.Join(strings.Fields(summary(t, told, TextOptions{Width: 80})), " "); !strings.Contains(text, "searched search: "+want) {
		t.Errorf("the summary does not say %q:\n%s", want, text)
	}
	root, _ := parsePage(t, told)
	page := textOf(root)
	for _, want := range []string{want, "search search: everybody at once, requests let through one at a time in a drawn order to depth 2 "} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
}
