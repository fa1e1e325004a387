package report

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"notmine/checks/gate"
	"notmine/checks/isolation"
	"notmine/checks/phrase"
	"notmine/checks/plan"
)

func acceptedUntil(day string) *isolation.Accepted {
	expires, err := plan.ParseDate(day)
	if err != nil {
		panic(err)
	}
	return &isolation.Accepted{Reason: "MAIL-7: the list is rewritten in spring", Owner: "mail team", Expires: expires}
}

// acceptedRun is the leak run, but bob's leak is accepted, 다솜's is known, and
// one more that is accepted was not found.
func acceptedRun() told {
	t := leakRun()
	r := t.result
	r.Verdict, r.Exit = gate.Clean, gate.ExitClean
	bound := 0.117345678
	r.Coverage.NewRateBound95 = &bound
	r.Leaks = gate.Leaks{Accepted: 1, Known: 1}
	r.Findings[0].Accepted = acceptedUntil("2026-12-31")
	r.Findings[1].Known = &isolation.Known{Run: "20261121-014500-9xk2"}
	r.Unseen = []plan.Accepted{{Fingerprint: "aaaa00aa11bb22cc", Reason: "mended?", Owner: "kim", Expires: acceptedUntil("2026-12-01").Expires}}
	return t
}

// mixedRun is the leak run, but 다솜's leak is accepted, and bob's was.
func mixedRun() told {
	t := leakRun()
	r := t.result
	r.Leaks = gate.Leaks{Expired: 1, Accepted: 1}
	r.Reasons = []phrase.Text{phrase.New("%s %s was accepted until %s by %s", phrase.Name("leak"), "6d1f00aa11bb22cc", "2026-11-01", "mail team")}
	r.Findings[0].Expired = acceptedUntil("2026-11-01")
	r.Findings[1].Accepted = acceptedUntil("2026-12-31")
	return t
}

func TestKnownGolden(t *testing.T) {
	for name, tell := range map[string]func() told{"accepted": acceptedRun, "mixed": mixedRun} {
		for ext, write := range formats {
			t.Run(name+"."+ext, func(t *testing.T) {
				var got bytes.Buffer
				if err := write(&got, tell()); err != nil {
					t.Fatal(err)
				}
				golden := filepath.Join("testdata", name+"."+ext)
				if *update {
					if err := os.WriteFile(golden, got.Bytes(), 0o644); err != nil {
						t.Fatal(err)
					}
				}
				want, err := os.ReadFile(golden)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(string(want), got.String()); diff != "" {
					t.Errorf("%s differs (-want +got):\n%s", golden, diff)
				}
			})
		}
	}
}

func TestKnownHeadline(t *testing.T) {
	inconclusive := func() told {
		t := acceptedRun()
		t.result.Verdict, t.result.Reasons = gate.Inconclusive, []phrase.Text{phrase.Verbatim("the time was up before the plan was done")}
		return t
	}
	suspects := func() told {
		t := failingSuspects()
		t.result.Verdict, t.result.Reasons, t.result.Leaks = gate.Clean, nil, gate.Leaks{Accepted: 1}
		t.result.Findings[0].Accepted = acceptedUntil("2026-12-31")
		return t
	}
	names := func() told {
		t := withoutMarkers()
		t.result.Leaks = gate.Leaks{New: 1, Known: 1}
		t.result.Findings[1].Known = &isolation.Known{Run: "20261121-014500-9xk2"}
		return t
	}
	for _, test := range []struct {
		name            string
		told            told
		want, last, why string
	}{
		{"accepted", acceptedRun(),
			"1 accepted leak and 1 known leak in 3 of 24 visits in company (12.5 %, 2.7–32.4 % at 95 %); no new one in 24 exposures: less than 11.7 % per visit at 95 %",
			"verdict: clean (besides 1 accepted leak and 1 known leak)", "clean, and yet somebody was shown somebody else's"},
		{"mixed", mixedRun(),
			"3 of 24 visits in company were shown somebody else's data (12.5 %, 2.7–32.4 % at 95 %); 1 leak no longer accepted, 1 accepted leak",
			"verdict: leak (besides 1 accepted leak)", "the rate is of all of them"},
		{"inconclusive", inconclusive(),
			"the time was up before the plan was done; besides, 1 accepted leak and 1 known leak in 3 of 24 visits in company (12.5 %, 2.7–32.4 % at 95 %)",
			"verdict: inconclusive (besides 1 accepted leak and 1 known leak)", "what was seen was seen"},
		{"suspects", suspects(), "1 accepted finding; no new one in 24 exposures: less than 11.7 % per visit at 95 %",
			"verdict: clean (besides 1 accepted finding)", "no leak is claimed where none was proven"},
		{"names", names(), "bob was taken for alice on inbox; 1 new leak, 1 known leak",
			"verdict: leak (besides 1 known leak)", "the one that is known is not one more finding"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s, err := newStory(test.told.run, test.told.result)
			if err != nil {
				t.Fatal(err)
			}
			if got := s.headline().String(); got != test.want {
				t.Errorf("%s\ngot  %s\nwant %s", test.why, got, test.want)
			}
			if further := s.further(); test.name == "inconclusive" && len(further) > 0 {
				t.Errorf("the headline's reason is told again: %q", further)
			}
			text := summary(t, test.told, TextOptions{Width: 80, Dir: "out"})
			lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
			if got := lines[len(lines)-1]; got != test.last {
				t.Errorf("the last line is %q, want %q", got, test.last)
			}
			if len(lines) > 25 {
				t.Errorf("%d lines, want at most 25:\n%s", len(lines), text)
			}
		})
	}
}

// The page tells what is accepted and known, whether or not it was found, and
// never reads as if nothing had leaked.
func TestPageTellsTheKnown(t *testing.T) {
	root, _ := parsePage(t, acceptedRun())
	text := textOf(root)
	for _, want := range []string{
		"Is it new no, all of it is accepted or known: 1 accepted leak and 1 known leak",
		"Who saw whose bob saw data of alice; 다솜 saw data of carol",
		"How often 3 of 24 visits in company",
		"Since when together, round 2, 1.3 s into the run",
		"Likely cause last writer",
		"Nothing here is new: all that would fail the run is accepted or known.",
		"more frequent than 11.7 % per visit in company",
		"6d1f00aa11bb22cc finding 1 accepted 2026-12-31 mail team MAIL-7: the list is rewritten in spring",
		"99aa00aa11bb22cc finding 2 known since run 20261121-014500-9xk2",
		"aaaa00aa11bb22cc accepted, but not found this time 2026-12-01 kim mended?",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	root, _ = parsePage(t, mixedRun())
	text = textOf(root)
	if want := "6d1f00aa11bb22cc finding 1 no longer accepted 2026-11-01 mail team"; !strings.Contains(text, want) {
		t.Errorf("the page does not say %q", want)
	}
	for _, word := range []string{"Is it new", "Nothing here is new", "Of other leaks"} {
		if strings.Contains(text, word) {
			t.Errorf("one leak fails the run, and the page says %q", word)
		}
	}
	both := acceptedRun()
	both.result.Findings[0].Known = both.result.Findings[1].Known
	root, _ = parsePage(t, both)
	if want := "accepted, and known since run 20261121-014500-9xk2"; !strings.Contains(textOf(root), want) {
		t.Errorf("the page does not say %q", want)
	}
	root, _ = parsePage(t, leakRun())
	if strings.Contains(textOf(root), "Accepted and known") {
		t.Error("nothing is accepted or known, and the page has a table of it")
	}
}

// The first finding that is told is one that fails the run, not the first of all.
func TestKnownIsNotWhy(t *testing.T) {
	mixed := mixedRun()
	mixed.result.Findings[0].Accepted, mixed.result.Findings[0].Expired = mixed.result.Findings[0].Expired, nil
	mixed.result.Findings[1].Accepted = nil
	mixed.result.Leaks = gate.Leaks{New: 1, Accepted: 1}
	text := summary(t, mixed, TextOptions{Width: 120})
	if !strings.Contains(text, "first     together, round 3") || strings.Contains(text, "cause") {
		t.Errorf("what is accepted is told as the reason:\n%s", text)
	}
	if text := summary(t, acceptedRun(), TextOptions{Width: 120}); strings.Contains(text, "first ") || strings.Contains(text, "explain ") {
		t.Errorf("nothing failed, and yet:\n%s", text)
	}
}

func TestManyAccepted(t *testing.T) {
	many := acceptedRun()
	for i := range 9 {
		f := many.result.Findings[0]
		f.Fingerprint = strings.Repeat(string(rune('a'+i%6)), 15) + string(rune('0'+i))
		many.result.Findings = append(many.result.Findings, f, f)
		many.result.Unseen = append(many.result.Unseen, plan.Accepted{Fingerprint: f.Fingerprint, Owner: "kim"})
	}
	text := summary(t, many, TextOptions{Width: 80})
	for _, want := range []string{"and 7 more\n", "and 6 more\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("the summary does not say %q:\n%s", want, text)
		}
	}
	if n := strings.Count(text, "aaaaaaaaaaaaaaa0"); n != 2 { // accepted, and unseen
		t.Errorf("one fingerprint is told %d times:\n%s", n, text)
	}
}

// A forged record can say anything about what is accepted.
func TestKnownIsInert(t *testing.T) {
	forged := acceptedRun()
	forged.result.Findings[0].Accepted.Reason = strings.Repeat(hostile, 50)
	forged.result.Findings[0].Accepted.Owner = hostile
	forged.result.Findings[1].Known.Run = hostile
	forged.result.Unseen[0].Owner, forged.result.Unseen[0].Fingerprint = hostile, hostile
	text := summary(t, forged, TextOptions{Width: 80})
	if strings.ContainsAny(text, "\x1b\u202e\u2028\x00") {
		t.Errorf("the summary acts on the terminal: %q", text)
	}
	for line := range strings.Lines(text) {
		if n := columns(strings.TrimSuffix(line, "\n")); n > 80 {
			t.Errorf("a line takes %d columns: %s", n, line)
		}
	}
	for _, c := range readJUnit(t, forged).Suites[0].Testcases {
		if c.SystemOut != nil && strings.Contains(c.SystemOut.Data, "[[ATTACHMENT|/etc") {
			t.Errorf("%s attaches what an owner's name says", c.Name)
		}
		if c.Skipped != nil && strings.ContainsAny(c.Skipped.Message+c.Skipped.Data, "\x1b\u202e\u2028\x00") {
			t.Errorf("%s: what was hidden in the reason stays hidden: %q", c.Name, c.Skipped.Message)
		}
	}
}

// What is accepted is neither red nor green.
func TestJUnitSkipsTheAccepted(t *testing.T) {
	type outcome struct{ name, message string }
	var got []outcome
	for _, c := range readJUnit(t, acceptedRun()).Suites[0].Testcases {
		switch {
		case c.Failure != nil || c.Error != nil:
			t.Errorf("%s fails", c.Name)
		case c.Skipped != nil:
			got = append(got, outcome{c.Classname + " " + c.Name, c.Skipped.Message})
			if first, _, _ := strings.Cut(c.Skipped.Data, "\n"); first != c.Skipped.Message {
				t.Errorf("%s: the message %q is not the first line of the text, %q", c.Name, c.Skipped.Message, first)
			}
		}
	}
	const accepted = "accepted until 2026-12-31 by mail team: MAIL-7: the list is rewritten in spring"
	want := []outcome{
		{"notmine.view inbox", accepted},
		{"notmine.canary inbox: bob", accepted},
		{"notmine.canary inbox: 다솜", "known since run 20261121-014500-9xk2"},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(outcome{})); diff != "" {
		t.Errorf("skipped (-want +got):\n%s", diff)
	}
}
