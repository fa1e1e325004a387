package report

import (
	"strings"
	"testing"

	"notmine/checks/phrase"
	"notmine/checks/plan"
	"notmine/checks/record"
)

// searchedRun has a search of two views, with so many rounds each: the second view
// has more to it.
func searchedRun(depth, rounds int) told {
	t := cleanRun()
	t.run.Header.Plan.Phases = append(t.run.Header.Plan.Phases, plan.Phase{Name: "search", Order: plan.Search, Rounds: rounds, Depth: depth})
	for round := range rounds {
		for view, steps := range map[string]int{"inbox": 5, "message": 9} {
			turn := record.Searched{Phase: "search", Round: round + 1, View: view, Sessions: 4, Steps: steps}
			if round > 0 {
				turn.Known = steps
			}
			t.run.Searched = append(t.run.Searched, turn)
		}
	}
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

// What a search was worth is what it was worth on the view that had the most to
// search through.
func TestSearchIsBounded(t *testing.T) {
	for _, tt := range []struct {
		depth, rounds int
		change        func(turns []record.Searched)
		want          string
	}{
		{2, 61, nil, "60 schedules a view, of 4 sessions and at most 9 steps: a bug of order of depth 2 that requests can show would have been found with a chance of at least 81 %"},
		{1, 10, nil, "10 schedules a view, of 4 sessions and at most 9 steps: a bug of order of depth 1 that requests can show would have been found with a chance of at least 94 %"},
		{3, 31, nil, "30 schedules a view, of 4 sessions and at most 9 steps: a bug of order of depth 3 that requests can show would have been found with a chance of at least 8.8 %"},
		{2, 1, nil, "0 schedules a view, of 4 sessions and at most 9 steps: a bug of order of depth 2 that requests can show would have been found with a chance of at least 0 %"},
		{2, 2, func(turns []record.Searched) { // it had more steps than its changes were drawn among
			for i := range turns {
				if turns[i].View == "message" && turns[i].Round == 2 {
					turns[i].Steps++
				}
			}
		}, "0 schedules a view, of 4 sessions and at most 10 steps: a bug of order of depth 2 that requests can show would have been found with a chance of at least 0 %"},
		{2, 2, func(turns []record.Searched) {
			for i := range turns {
				if turns[i].View == "inbox" && turns[i].Round == 2 {
					turns[i].Loose = 3
				}
			}
		}, "0 schedules a view, of 4 sessions and at most 5 steps: a bug of order of depth 2 that requests can show would have been found with a chance of at least 0 %; " +
			"3 requests went without an order: a visit made too many, or a turn took too long"},
	} {
		told := searchedRun(tt.depth, tt.rounds)
		if tt.change != nil {
			tt.change(told.run.Searched)
		}
		if got := saidOf(t, told).String(); got != tt.want {
			t.Errorf("depth %d, %d rounds: %s\nwant %s", tt.depth, tt.rounds, got, tt.want)
		}
	}
	const korean = "뷰마다 순서 60가지, 세션 4개, 최대 선택 9회. 요청 순서로 드러나는 깊이 2의 순서 결함이 있었다면 81 % 이상의 확률로 발견되었다"
	if got := saidOf(t, searchedRun(2, 61)).In(phrase.Korean); got != korean {
		t.Errorf("in Korean: %s", got)
	}
}

// A record may be forged.
func TestSearchOfAForgedRecord(t *testing.T) {
	told := searchedRun(2, 3)
	for i := range told.run.Searched {
		told.run.Searched[i].Sessions, told.run.Searched[i].Steps, told.run.Searched[i].Known = -1, -9, -9
	}
	told.run.Header.Plan.Phases[len(told.run.Header.Plan.Phases)-1].Depth = -5
	const want = "3 schedules a view, of 0 sessions and at most 0 steps: a bug of order of depth 1 that requests can show would have been found with a chance of at least 100 %"
	if got := saidOf(t, told).String(); got != want {
		t.Errorf("says %s", got)
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
	told := searchedRun(2, 61)
	const want = "60 schedules a view, of 4 sessions and at most 9 steps: a bug of order of depth 2"
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
