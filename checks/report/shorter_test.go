package report

import (
	"fmt"
	"strings"
	"testing"

	"notmine/checks/gate"
	"notmine/checks/isolation"
	"notmine/checks/phrase"
	"notmine/checks/plan"
	"notmine/checks/record"
)

// much are the ways in which a run can have more to tell than a summary has
// room for.
var much = []struct {
	what string
	add  func(*told)
}{
	{"viewers and views", func(t *told) {
		for i := range 9 {
			f := t.result.Findings[0]
			f.Viewer, f.View = fmt.Sprintf("viewer %d", i), strings.Repeat(fmt.Sprintf("view %d ", i), 9)
			t.result.Findings = append(t.result.Findings, f)
		}
	}},
	{"reasons", func(t *told) {
		for i := range 9 {
			t.result.Reasons = append(t.result.Reasons, phrase.Verbatim(strings.Repeat(fmt.Sprintf("reason %d ", i), 40)))
		}
	}},
	{"an early end", func(t *told) {
		t.run.End.Why, t.run.End.Detail = record.TimeUp, strings.Repeat("the time was up ", 20)
	}},
	{"accepted and unseen", func(t *told) {
		for i := range 9 {
			f := t.result.Findings[0]
			f.Fingerprint, f.Accepted = fmt.Sprintf("%016d", i), acceptedUntil("2026-12-31")
			t.result.Findings = append(t.result.Findings, f)
			t.result.Unseen = append(t.result.Unseen, plan.Accepted{Fingerprint: strings.Repeat("f", 40), Owner: "kim"})
		}
		t.result.Leaks = gate.Leaks{New: 1, Accepted: 9}
	}},
	{"known", func(t *told) {
		for i := range 9 {
			f := t.result.Findings[0]
			f.Fingerprint, f.Known = fmt.Sprintf("%016d", i+100), &isolation.Known{Run: "20261121-014500-9xk2"}
			t.result.Findings = append(t.result.Findings, f)
		}
	}},
	{"events", func(t *told) {
		for i := range 9 {
			t.result.Happened = append(t.result.Happened, gate.Happening{Name: fmt.Sprint("event ", i), Kind: "event", At: ms(i), Away: 3})
		}
	}},
	{"causes", func(t *told) {
		for i := range t.result.Findings {
			t.result.Findings[i].Cause = fmt.Sprint("cause ", i)
		}
	}},
	{"phases", func(t *told) {
		for i := range 40 {
			t.result.Phases = append(t.result.Phases, gate.Phase{Name: fmt.Sprint("phase ", i), Seconds: 12})
		}
	}},
	{"searches", func(t *told) {
		for i := range 9 {
			t.result.Phases = append(t.result.Phases, gate.Phase{Name: fmt.Sprint("search ", i), Order: plan.Search, Search: &gate.Search{
				Depth: 3, Requests: 640_001, Views: []gate.SearchedView{{
					View: "inbox", Sessions: 10_000, Steps: 640_000, Rounds: 61, CountedRounds: 60, BrokenRounds: 60,
					LooseRequests: 7, LateRequests: 7, LostRequests: 7, FailedVisits: 7,
				}},
			}})
		}
	}},
	{"first in many words", func(t *told) {
		t.result.Findings[0].Message = phrase.Verbatim(strings.Repeat("bob was shown alice's subject ", 9))
	}},
}

// Whatever a run has to tell, its summary stays one that is read at a glance.
func TestTextIsShort(t *testing.T) {
	runs := map[string]func() told{}
	for name, tell := range allRuns {
		runs[name] = tell
	}
	for base, tell := range map[string]func() told{"leak": leakRun, "event": eventRun, "accepted": acceptedRun} {
		runs[base+", much of all"] = func() told {
			t := tell()
			for _, more := range much {
				more.add(&t)
			}
			return t
		}
		for i, one := range much {
			for _, other := range much[i+1:] {
				runs[fmt.Sprintf("%s, with %s, and %s", base, one.what, other.what)] = func() told {
					t := tell()
					one.add(&t)
					other.add(&t)
					return t
				}
			}
		}
	}
	for name, tell := range runs {
		told := tell()
		s, err := newStory(told.run, told.result)
		if err != nil {
			t.Fatal(err)
		}
		for _, width := range []int{1, 80, 200} {
			text := string(s.summary(TextOptions{Width: width, Dir: "out"}))
			lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
			if len(lines) > 25 {
				t.Errorf("%s, width %d: %d lines, want at most 25:\n%s", name, width, len(lines), text)
			}
			verdict := string(told.result.Verdict)
			if !strings.HasPrefix(lines[0], strings.ToUpper(verdict)+"  ") || !strings.HasPrefix(lines[len(lines)-1], "verdict: "+verdict) {
				t.Errorf("%s, width %d: it does not begin and end with the verdict:\n%s", name, width, text)
			}
			rows := []string{"looked at ", "open "}
			if verdict == "leak" {
				rows = append(rows, "shown ", "where ", "first ")
			}
			for _, row := range rows {
				if !strings.Contains(text, "\n"+row) {
					t.Errorf("%s, width %d: there is no row %q:\n%s", name, width, row, text)
				}
			}
			for _, line := range lines[:len(lines)-1] { // what is accepted is counted behind the verdict
				if n := columns(line); n > max(width, leastWidth) {
					t.Errorf("%s, width %d: a line takes %d columns: %s", name, width, n, line)
				}
			}
			if quiet := string(s.summary(TextOptions{Width: width, Quiet: true})); strings.Count(quiet, "\n") != 1 {
				t.Errorf("%s: a quiet summary of %d lines", name, strings.Count(quiet, "\n"))
			}
		}
	}
}

// What matters least goes first, and no more than has to.
func TestTextIsShortenedByWeight(t *testing.T) {
	rows := func(more int) string {
		told := eventRun()
		for i := range more {
			told.result.Reasons = append(told.result.Reasons, phrase.Verbatim(fmt.Sprint("reason ", i)))
		}
		return summary(t, told, TextOptions{Width: 80, Dir: "out"})
	}
	for _, test := range []struct {
		reasons int
		gone    []string
		kept    []string
	}{
		{0, nil, []string{"explain", "surfaces", "refused", "phases", "missed"}},
		{1, []string{"explain"}, []string{"surfaces", "refused", "phases", "missed"}},
		{3, []string{"explain", "surfaces", "refused"}, []string{"phases", "missed"}},
	} {
		text := rows(test.reasons)
		for _, row := range test.gone {
			if strings.Contains(text, "\n"+row+" ") {
				t.Errorf("%d reasons: %s is still there:\n%s", test.reasons, row, text)
			}
		}
		for _, row := range test.kept {
			if !strings.Contains(text, "\n"+row+" ") {
				t.Errorf("%d reasons: %s is gone before it has to:\n%s", test.reasons, row, text)
			}
		}
	}
}
