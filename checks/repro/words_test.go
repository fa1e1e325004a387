package repro

import (
	"fmt"
	"strings"
	"testing"

	"notmine/checks/phrase"
	"notmine/checks/plan"
)

// namedMoves returns moves of a finding in the phase together by what they leave out.
func namedMoves(t *testing.T, names ...string) []Move {
	t.Helper()
	var chosen []Move
	for _, name := range names {
		n := len(chosen)
		for _, k := range movesOf(found("together")).kinds() {
			for _, m := range k.of(mail()) {
				if m.Without.String() == name && n == len(chosen) {
					chosen = append(chosen, m)
				}
			}
		}
		if n == len(chosen) {
			t.Fatalf("there is no move without %s", name)
		}
	}
	return chosen
}

// What is told is what holds at the end: not what was needed for something that
// was left out later, nor what was lost at first and left out in the end.
func TestTextTellsWhatHoldsAtTheEnd(t *testing.T) {
	s := &Shrunk{Finding: found("together"), ended: true, Tried: []Candidate{
		{Answer: Lost, Without: namedMoves(t, "the view settings", "the view profile")},
		{Answer: Lost, Without: namedMoves(t, "the view settings")},
		{Answer: Lost, Without: namedMoves(t, "the aborts of crowd")},
		{Answer: Lost, Without: namedMoves(t, "the phase solo")},
		{Answer: Undecided, Without: namedMoves(t, "the event failover")},
		{Answer: Kept, Without: namedMoves(t, "the phase crowd", "the account alice")},
		{Answer: Kept, Without: namedMoves(t, "the phase solo")},
		{Answer: Lost, Without: namedMoves(t, "the view settings")},
		{Answer: Lost, Without: namedMoves(t, "the account dave")},
	}}
	s.Plan = all(t, s.Finding, mail(), "the phase crowd", "the phase solo", "the account alice")
	const want = "needs at most 7 accounts whose requests for list overlap, the view settings; not needed: 1 other account, the phase solo, what came after; not known: the event failover"
	if got := s.Text().String(); got != want {
		t.Errorf("says %s", got)
	}
}

// What was not tried is neither needed nor known.
func TestTextOfWhatWasNotTried(t *testing.T) {
	rare := Of(Tries{Hits: 1, Rounds: 120})
	for _, tt := range []struct {
		name    string
		o       Options
		says    string
		korean  string
		why     string
		smaller bool
	}{
		{
			"too seldom", Options{First: &rare, Try: simulated(1, func(*plan.Plan) float64 { t.Error("tried"); return 0 })},
			"needs at most 8 accounts whose requests for list overlap; the rest was not tried",
			"필요한 것: 많아도 list 뷰의 요청이 겹치는 계정 8개. 나머지는 빼 보지 않았다",
			"it comes too seldom to tell what it needs", false,
		}, {
			"cut short at first", Options{Try: scripted("hhhhh")},
			"needs at most 8 accounts whose requests for list overlap; the rest was not tried", "", "connection refused", false,
		}, {
			"cut short", Options{Rounds: 30, Try: simulated(1, always)},
			"needs at most 8 accounts whose requests for list overlap; not needed: the phase solo, what came after; the rest was not tried", "", "the tries were used up", true,
		}, {
			"nothing", Options{Try: simulated(1, func(p *plan.Plan) float64 {
				if written(p) == written(first()) {
					return 1
				}
				return 0
			})},
			"needs 8 accounts whose requests for list overlap, the phase ", "", "nothing more can be left out", false,
		},
	} {
		s := shrunk(t, found("together"), tt.o)
		said := s.Text()
		if got := said.String(); !strings.HasPrefix(got, tt.says) || strings.HasSuffix(tt.says, "tried") && got != tt.says || tt.korean != "" && said.In(phrase.Korean) != tt.korean {
			t.Errorf("%s: says %s, %s", tt.name, got, said.In(phrase.Korean))
		}
		if s.Why.String() != tt.why || s.Smaller() != tt.smaller {
			t.Errorf("%s: ended because %s, smaller: %v", tt.name, s.Why, s.Smaller())
		}
	}
}

// first is the plan that the shrinking of a finding in the phase together begins with.
func first() *plan.Plan {
	p := mail()
	p.Phases[1].Within = 0
	tidy(p)
	return p
}

func TestWho(t *testing.T) {
	for order, want := range map[plan.Order][2]string{
		plan.Solo:       {"4 accounts that look at list alone", "list 뷰를 단독으로 보는 계정 4개"},
		plan.Sequential: {"4 accounts that look at list one after the other", "list 뷰를 차례로 보는 계정 4개"},
		plan.Together:   {"4 accounts whose requests for list overlap", "list 뷰의 요청이 겹치는 계정 4개"},
		plan.Storm:      {"4 accounts that log in at the same moment", "같은 시점에 로그인하는 계정 4개"},
		plan.Random:     {"4 accounts that go through the views on their own", "각자 여러 뷰를 보는 계정 4개"},
		plan.Devices:    {"4 accounts on two devices each, whose requests for list overlap", "기기 두 대씩에서 list 뷰의 요청이 겹치는 계정 4개"},
		plan.Fresh:      {"4 accounts with new browser profiles, whose requests for list overlap", "새 브라우저 프로필에서 list 뷰의 요청이 겹치는 계정 4개"},
		plan.Handover:   {"4 accounts that use one browser one after the other", "한 브라우저를 차례로 쓰는 계정 4개"},
		plan.Idle:       {"4 accounts that watch list while one of them acts", "한 계정이 동작하는 동안 list 뷰를 지켜보는 계정 4개"},
		plan.Search:     {"4 accounts whose requests for list come in a certain order", "list 뷰의 요청이 정해진 순서로 도착하는 계정 4개"},
	} {
		s := &Shrunk{Plan: mail(), Finding: found("idle")}
		s.Plan.Phases[4].Order = order
		if got := s.who(); got.String() != want[0] || got.In(phrase.Korean) != want[1] {
			t.Errorf("%s: %s, %s", order, got, got.In(phrase.Korean))
		}
	}
	for _, order := range plan.Orders {
		s := &Shrunk{Plan: mail(), Finding: found("idle")}
		s.Plan.Phases[4].Order = order
		if order != plan.Together && s.who().String() == "4 accounts whose requests for list overlap" {
			t.Errorf("nothing is said of the order %s", order)
		}
	}
	s := &Shrunk{Plan: mail(), Finding: found("rewrite")}
	s.Plan.Phases[5].Order = plan.Together
	if got := s.who().String(); got != "8 accounts that make the change rewrite" {
		t.Errorf("of a change: %s", got)
	}
}

func TestCandidateText(t *testing.T) {
	moves := namedMoves(t, "the view settings", "the view profile")
	for want, c := range map[string]Candidate{
		"kept without the view settings, the view profile (3 of 4 tries); 없이도 재현되었다: settings 뷰, profile 뷰(시도 4회 중 3회)":                                  {Answer: Kept, Tries: Tries{Hits: 3, Rounds: 4}},
		"lost without the view settings, the view profile (0 of 1 try); 없이는 재현되지 않았다: settings 뷰, profile 뷰(시도 1회 중 0회)":                                 {Answer: Lost, Tries: Tries{Rounds: 1}},
		"not known without the view settings, the view profile: away; 없이 재현되는지 알 수 없다: settings 뷰, profile 뷰(away)":                                      {Why: phrase.Verbatim("away")},
		"rarer without the view settings, the view profile, as was seen later (9 of 9 tries); 없으면 드물어지는 것이 나중에 확인되었다: settings 뷰, profile 뷰(시도 9회 중 9회)": {Answer: Kept, Undone: true, Tries: Tries{Hits: 9, Rounds: 9}},
	} {
		c.Without = moves
		if got := fmt.Sprintf("%s; %s", c.Text(), c.Text().In(phrase.Korean)); got != want {
			t.Errorf("says %s", got)
		}
	}
}

func TestListedIsBounded(t *testing.T) {
	var names []phrase.Text
	for i := range 15 {
		names = append(names, phrase.Verbatim(fmt.Sprint(i)))
	}
	if got := listed(names).String(); got != "0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 3 more" {
		t.Errorf("listed as %s", got)
	}
}
