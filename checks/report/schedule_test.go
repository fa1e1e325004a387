package report

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"notmine/checks/gate"
	"notmine/checks/plan"
	"notmine/checks/record"
)

// scheduledRun has a phase of each kind, of which some did not come to their end.
func scheduledRun() told {
	t := cleanRun()
	t.run.Header.Plan.Phases = []plan.Phase{
		{Name: "solo", Order: plan.Solo, Rounds: 1},
		{Name: "crowd", Order: plan.Together, Rounds: 20, Views: []string{"inbox"}, Hold: []string{"every"}, Abort: 0.2, HTTP: 40, Within: 30 * time.Second},
		{Name: "failover", Event: "failover"},
		{Name: "hide", Change: "hide"},
		{Name: "hide-together", Change: "hide", Order: plan.Together, Rounds: 1},
		{Name: "random", Order: plan.Random, Rounds: 4, Accounts: 2, Rate: 5, Think: 500 * time.Millisecond, Event: "restore", At: 3},
		{Name: "devices", Order: plan.Devices, Rounds: 2},
		{Name: "handover", Order: plan.Handover, Rounds: 2},
	}
	t.run.Phases = []record.Phase{
		{Index: 0, At: ms(100)}, {Index: 1, At: ms(900)}, {Index: 2, At: ms(31_000)}, {Index: 3, At: ms(32_000)}, {Index: 4, At: ms(33_000)},
		{Index: 5, At: ms(34_000)}, {Index: 6, At: ms(35_000), Away: "failover had put the target away"},
	}
	t.run.End = &record.End{At: ms(41_200), Why: record.TimeUp}
	t.result.Phases = []gate.Phase{
		{Name: "solo", Rounds: 1, Seconds: 0.8, Visits: 8, Exposures: 8},
		{Name: "crowd", Rounds: 7, Seconds: 30.1, Visits: 56, Exposures: 50, LeakingVisits: 3},
		{Name: "failover", Seconds: 1}, {Name: "hide", Seconds: 1}, {Name: "hide-together", Seconds: 1},
		{Name: "random", Rounds: 4, Seconds: 1}, {Name: "devices", Away: "failover had put the target away"}, {Name: "handover"},
	}
	return t
}

func TestPageTellsTheSchedule(t *testing.T) {
	root, _ := parsePage(t, scheduledRun())
	text := textOf(root)
	for _, want := range []string{
		"1 solo solo: each account alone 0.1 s 0.8 s 1 8 8 0",
		"2 crowd together: everybody at once, from one barrier of the views inbox; held at every; 20 % of the visits cut off; " +
			"40 sessions without a browser besides; no new round after 30 s 0.9 s 30 s 7 of 20 56 50 3",
		"3 failover event failover 31 s 1.0 s – 0 0 0",
		"4 hide change hide, by one after the other 32 s 1.0 s – 0 0 0",
		"5 hide-together change hide, by everybody at once 33 s 1.0 s – 0 0 0",
		"6 random random: everybody at their own pace; event restore before round 3 of the first 2 accounts; at most 5 visits a second; " +
			"up to 0.5 s before a visit 34 s 1.0 s 4 0 0 0",
		"7 devices devices: each account on two devices 35 s 0.0 s 0 of 2 0 0 0",
		"8 handover handover: one logs out and the next logs in, in the same browser never – 0 of 2 0 0 0",
		"phase crowd its time, 30 s, was over after 7 of 20 rounds",
		"phase devices failover had put the target away",
		"phase handover the run was over before it",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if strings.Contains(text, "inbox in phase devices") || strings.Contains(text, "inbox in phase handover") {
		t.Error("a phase that was left out is told for each of its views as well")
	}
	if strings.Contains(text, "phase hide") || strings.Contains(text, "phase failover") {
		t.Error("a change or an event that was made is told as a gap")
	}
}

// The phase in which the run ended had not all of its rounds because of that.
// The plan of a demonstration is gone when its report is read.
func TestDemoAgain(t *testing.T) {
	for demo, want := range map[record.Demo]string{
		"": "notmine run mail.yaml --seed 1", record.DemoLeaky: "notmine demo --seed 1", record.DemoFixed: "notmine demo --fixed --seed 1",
		"; rm": "notmine run mail.yaml --seed 1",
	} {
		told := leakRun()
		told.run.Header.Demo = demo
		s, err := newStory(told.run, told.result)
		if err != nil {
			t.Fatal(err)
		}
		if got := s.again(); got != want {
			t.Errorf("a demonstration %q is repeated with %q, want %q", demo, got, want)
		}
	}
}

// Phases that a hunt made up are no plan's, so no run repeats them.
func TestHuntAgain(t *testing.T) {
	told := leakRun()
	told.run.Phases = []record.Phase{{Made: &plan.Phase{Name: "together"}}}
	s, err := newStory(told.run, told.result)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := s.again(), "notmine hunt mail.yaml --seed 1"; got != want {
		t.Errorf("a hunt is repeated with %q, want %q", got, want)
	}
}

func TestShort(t *testing.T) {
	ended := scheduledRun()
	ended.run.Phases = ended.run.Phases[:2]
	s, err := newStory(ended.run, ended.result)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := s.short(s.phases()[1]).String(), "the run ended after 7 of 20 rounds"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	ended.result.Phases[1].Away = "the target was away"
	if s, err = newStory(ended.run, ended.result); err != nil {
		t.Fatal(err)
	}
	if got, want := s.short(s.phases()[1]).String(), "given up after 7 of 20 rounds: the target was away"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// Phases stand in the order in which they began.
func TestPhasesInOrder(t *testing.T) {
	other := scheduledRun()
	other.run.Phases[1].Index, other.run.Phases[2].Index = 2, 1
	s, err := newStory(other.run, other.result)
	if err != nil {
		t.Fatal(err)
	}
	var got []int
	for _, ph := range s.phases() {
		got = append(got, ph.n)
	}
	if want := []int{1, 3, 2, 4, 5, 6, 7, 8}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

func TestOrdersAreExplained(t *testing.T) {
	for _, order := range plan.Orders {
		if orderWords[order].IsZero() {
			t.Errorf("nobody says what %s is", order)
		}
	}
}

// What is copied from a report into a shell is one argument, whatever a record says.
func TestArgument(t *testing.T) {
	for _, text := range []string{
		"mail.yaml", "plans/mail run.yaml", "$(touch owned)", "a'b", "'; touch owned; '", `a"b\c`, "`id`", "한글.yaml", "", "a\nb", "~", "*", "!!",
	} {
		out, err := exec.Command("sh", "-c", "printf %s "+argument(text)).Output()
		if err != nil {
			t.Fatal(err)
		}
		if string(out) != text {
			t.Errorf("%q comes to the command as %q", text, out)
		}
	}
	for text, want := range map[string]string{"mail.yaml": "mail.yaml", "--help": "./--help", "a b": "'a b'"} {
		if got := argument(text); got != want {
			t.Errorf("argument(%q) = %s, want %s", text, got, want)
		}
	}
}
