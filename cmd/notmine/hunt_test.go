package main

import (
	"strings"
	"testing"
	"time"

	"notmine/checks"
	"notmine/checks/gate"
	"notmine/checks/isolation"
	"notmine/checks/phrase"
	"notmine/checks/record"
	"notmine/checks/repro"
)

// huntedFor returns what came of a hunt in which two ways were tried.
func huntedFor(change func(*checks.Hunted)) string {
	way := func(name string, rounds, hits int) checks.Tried {
		t := checks.Tried{Way: repro.Way{Name: name, Text: phrase.Verbatim("…")}, Tries: repro.Tries{Rounds: rounds, Hits: hits}, Times: 3, Bound: 1}
		if rounds > 0 {
			t.Bound = gate.UpperBound(rounds)
		}
		return t
	}
	h := &checks.Hunted{
		Result: &gate.Result{}, Took: 90*time.Second + 12*time.Millisecond, End: record.End{Why: record.Done},
		Ways:        []checks.Tried{way("together", 120, 0), way("after-failover", 9, 2)},
		Unexercised: []repro.Unexercised{{What: phrase.Name("handover"), Why: phrase.Verbatim("\x1b[31mno logout")}},
	}
	change(h)
	var b strings.Builder
	printHunted(&b, h, "runs/one")
	return b.String()
}

func TestHuntThatFindsNothingIsTold(t *testing.T) {
	const want = `not found in 1m30s

WAY             TRIED  ROUNDS  SUSPICIOUS  EXCLUDED
together        3      120     0           above 2.5 %
after-failover  3      9       2           above 28.4 %

A round is a try. Excluded, at 95 %, are leaks that come in more than that share of a way's rounds.

not exercised
  handover: ·[31mno logout

open       runs/one/report.html
`
	if got := huntedFor(func(*checks.Hunted) {}); got != want {
		t.Errorf("told is\n%s\nwant\n%s", got, want)
	}
	for _, tt := range []struct {
		change func(*checks.Hunted)
		want   string
	}{
		{func(h *checks.Hunted) { h.End.Why = record.Interrupted }, "not found in 1m30s, when it was interrupted\n"},
		{func(h *checks.Hunted) { h.End = record.End{Why: record.TargetFailed, Detail: "all were refused"} }, "when the target failed: all were refused\n"},
		{func(h *checks.Hunted) { h.Away = phrase.Verbatim("no answer") }, "when the target failed: no answer\n"},
		{func(h *checks.Hunted) { h.Ways[1].Rounds = 0 }, "after-failover  3      0       2           nothing\n"},
	} {
		if got := huntedFor(tt.change); !strings.Contains(got, tt.want) {
			t.Errorf("told is\n%s\nwant %q in it", got, tt.want)
		}
	}
}

func TestHuntThatFindsIsTold(t *testing.T) {
	for _, is := range []bool{true, false} {
		got := huntedFor(func(h *checks.Hunted) {
			h.Finding, h.Number, h.Is = &isolation.Finding{Fingerprint: "f8c5d1c7557dc85a"}, 1, is
			h.By = repro.Way{Name: "storm", Text: phrase.Verbatim("everybody logs in")}
		})
		if !strings.HasPrefix(got, "found in 1m30s by storm: everybody logs in\n") || !strings.HasSuffix(got, "open       runs/one/report.html\n") {
			t.Errorf("told is\n%s", got)
		}
		if another := strings.Contains(got, "not what was described") && strings.Contains(got, "f8c5d1c7557dc85a"); another == is {
			t.Errorf("it is what was described: %v, and told is\n%s", is, got)
		}
	}
}
