package report

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode"

	"notmine/checks/gate"
	"notmine/checks/isolation"
	"notmine/checks/phrase"
)

func summary(t *testing.T, told told, o TextOptions) string {
	t.Helper()
	var out bytes.Buffer
	if err := Text(&out, told.run, told.result, o); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// The hostile run leaks, so its summary has all parts.
func TestTextIsSafeForATerminal(t *testing.T) {
	for _, width := range []int{0, 1, 40, 80, 200} {
		text := summary(t, hostileRun(), TextOptions{Width: width})
		for i, r := range text {
			if r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == '\u2028') {
				t.Fatalf("width %d: %U at %d would act on the terminal", width, r, i)
			}
		}
		wide := width
		if wide == 0 {
			wide = usualWidth
		}
		wide = max(wide, leastWidth)
		lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
		for _, line := range lines {
			if n := columns(line); n > wide {
				t.Errorf("width %d: a line takes %d columns: %s", width, n, line)
			}
		}
		if len(lines) > mostLines {
			t.Errorf("width %d: %d lines are no summary", width, len(lines))
		}
	}
}

func TestTextIsASummary(t *testing.T) {
	for name, tell := range map[string]func() told{
		"leak": leakRun, "event": eventRun, "clean": cleanRun, "inconclusive": inconclusiveRun, "interrupted": interruptedRun,
	} {
		text := summary(t, tell(), TextOptions{Width: 80, Dir: "out"})
		lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
		if len(lines) > 25 {
			t.Errorf("%s: %d lines, want at most 25", name, len(lines))
		}
		verdict := string(tell().result.Verdict)
		if !strings.HasPrefix(lines[0], strings.ToUpper(verdict)+"  ") || lines[len(lines)-1] != "verdict: "+verdict {
			t.Errorf("%s: the summary does not begin and end with the verdict:\n%s", name, text)
		}
	}
}

func TestTextColor(t *testing.T) {
	plain := summary(t, leakRun(), TextOptions{})
	colored := summary(t, leakRun(), TextOptions{Color: true})
	if strings.Contains(plain, "\x1b") {
		t.Error("an escape sequence without having been asked for colour")
	}
	const red, reset = "\x1b[1;31m", "\x1b[0m"
	if !strings.HasPrefix(colored, red+"LEAK"+reset) {
		t.Errorf("the verdict is not red: %q", colored[:40])
	}
	if strings.NewReplacer(red, "", reset, "").Replace(colored) != plain {
		t.Error("colour changes more than colour")
	}
}

func TestHeadline(t *testing.T) {
	for _, test := range []struct {
		name string
		told told
		want string
		why  string
	}{
		{"leak", leakRun(), "3 of 24 visits in company were shown somebody else's data (12.5 %, 2.7–32.4 % at 95 %)",
			"visits that could show a leak are what the rate is of"},
		{"clean", cleanRun(), "0 leaks in 24 exposures: less than 11.7 % per visit at 95 %",
			"the bound is of exposures in company, the 8 made alone do not count"},
		{"no marker", withoutMarkers(), "bob was taken for alice on inbox, and 1 more finding",
			"names prove a leak without a marker, but not how many visits leaked"},
		{"fails on suspects", failingSuspects(), "1 finding of level suspect, and the plan fails on that level",
			"no leak is claimed where none was proven"},
		{"alone", aloneLeak(), "1 of 8 visits was shown somebody else's data with nobody else at work",
			"a leak that needs no company is no less a leak"},
		{"plain", plainLeak(), "1 of 24 visits without a browser was shown somebody else's data",
			"what was seen without a browser is no rate of pages"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s, err := newStory(test.told.run, test.told.result)
			if err != nil {
				t.Fatal(err)
			}
			if got := s.headline().String(); got != test.want {
				t.Errorf("%s\ngot  %s\nwant %s", test.why, got, test.want)
			}
		})
	}
}

func withoutMarkers() told {
	t := cleanRun()
	t.result.Verdict = gate.Leak
	for i, viewer := range []string{"bob", "carol"} {
		t.result.Findings = append(t.result.Findings, isolation.Finding{
			Check: "identity", Level: isolation.Leak, Viewer: viewer, Owner: "alice", View: "inbox", Surface: "text",
			Phase: "together", Round: 1, At: ms(1000 + i), Count: 2, Message: phrase.Verbatim(viewer + " was taken for alice on inbox"), Witness: []int{10},
		})
	}
	return t
}

func failingSuspects() told {
	t := cleanRun()
	t.run.Header.Plan.Pass.FailOn = []string{"suspect"}
	t.result.Verdict = gate.Leak
	t.result.Reasons = []phrase.Text{phrase.Verbatim("1 finding of level suspect, and the plan fails on that level")}
	t.result.Findings = []isolation.Finding{leakRun().result.Findings[2]}
	return t
}

func aloneLeak() told {
	t := cleanRun()
	o := t.run.Observations[2]
	o.Sightings = append(o.Sightings, sighted("alice", 0, "text")...)
	t.result.Verdict = gate.Leak
	return t
}

// plainLeak is a run in company whose visits were all made again without a
// browser, and one of those leaked.
func plainLeak() told {
	t := cleanRun()
	for _, o := range slices.Clone(t.run.Observations[8:]) {
		again := *o
		again.N, again.Plain = len(t.run.Observations)+1, 1
		t.run.Observations = append(t.run.Observations, &again)
	}
	last := t.run.Observations[len(t.run.Observations)-1]
	last.Sightings = append(slices.Clone(last.Sightings), sighted("alice", 0, "body")...)
	t.result.Verdict = gate.Leak
	return t
}

// The sentence that whoever is on call needs: since when.
func TestTextTellsBeforeAndAfter(t *testing.T) {
	text := summary(t, eventRun(), TextOptions{Width: 120})
	for _, want := range []string{
		"when      inbox: 0 of 4 visits before failover, 3 of 8 after it\n",
		"happened  failover: at 1.2 s for 0.1 s, away for 2 visits, all back after 0.4 s\n",
		"          hide: at 2.1 s for 0.5 s, made by 1 account, what was before showed for 2.0 s, failed for 1 account: no button\n",
		"phases    solo 9.2 s · together 31 s\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the summary does not say %q:\n%s", want, text)
		}
	}
	quiet := summary(t, leakRun(), TextOptions{Width: 100})
	if strings.Contains(quiet, "when ") || strings.Contains(quiet, "happened") {
		t.Errorf("nothing happened in that run:\n%s", quiet)
	}
}

func TestStaged(t *testing.T) {
	stage := func(is, name string, count int) isolation.Stage {
		return isolation.Stage{Is: is, Named: isolation.Named{Event: name}, Visits: 1000, Count: count}
	}
	var many []isolation.Stage
	for i := range 9 {
		many = append(many, stage(isolation.After, fmt.Sprint(i), i%4))
	}
	for _, tt := range []struct {
		stages []isolation.Stage
		want   string
		reason string
	}{
		{[]isolation.Stage{stage(isolation.Before, "a", 0), stage(isolation.During, "a", 2), stage(isolation.After, "b", 1000)},
			"0 of 1,000 visits before a, 2 of 1,000 during it, 1,000 of 1,000 after b", "it is what was named last"},
		{many, "0 of 1,000 visits after 0, 1 of 1,000 after 1, 2 of 1,000 after 2, 3 of 1,000 after 3, 1 of 1,000 after 5, 2 of 1,000 after 6, and 3 more",
			"of many, those in which it was"},
	} {
		if got := staged(tt.stages).String(); got != tt.want {
			t.Errorf("%s\ngot  %s\nwant %s", tt.reason, got, tt.want)
		}
	}
}

// The line of phases fits, and the expensive ones stay.
func TestCosts(t *testing.T) {
	phases := []gate.Phase{{Name: "alone", Seconds: 12}, {Name: "storm", Seconds: 3.14}, {Name: "failover"}, {Name: "together", Seconds: 1234.5}, {Name: "idle", Seconds: 2}}
	for _, tt := range []struct {
		limit int
		want  string
	}{
		{100, "alone 12 s · storm 3.1 s · together 1,235 s · idle 2.0 s"},
		{52, "alone 12 s · storm 3.1 s · together 1,235 s · 1 more"},
		{40, "alone 12 s · together 1,235 s · 2 more"},
		{25, "together 1,235 s · 3 more"},
	} {
		if got := costs(phases, tt.limit); got != tt.want {
			t.Errorf("in %d columns %q, want %q", tt.limit, got, tt.want)
		}
	}
	if got := costs(phases[2:3], 80); got != "" {
		t.Errorf("an event that took no time: %q", got)
	}
}

// One visit may be found by several checks and on several surfaces, and is one
// visit still.
func TestVisitsAreCountedOnce(t *testing.T) {
	leak := leakRun()
	twice := leak.result.Findings[0]
	twice.Check, twice.Item = "identity", ""
	leak.result.Findings = append(leak.result.Findings, twice)
	s, err := newStory(leak.run, leak.result)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := fmt.Sprint(s.pairs), "[{bob alice 2} {다솜 carol 1}]"; got != want {
		t.Errorf("shown: %s, want %s", got, want)
	}
	if got := s.places[0].visits; got != 3 {
		t.Errorf("%d visits on inbox, want 3", got)
	}
}
