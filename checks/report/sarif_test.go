package report

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"notmine/checks/isolation"
	"notmine/checks/phrase"
	"notmine/checks/plan"
)

// someChecks are checks with a doc like those of the suite.
var someChecks = []*isolation.Check{
	{Name: "canary", Doc: "finds what was shown to\nsomebody outside its audience.\n\nA canary is a token.\n\n# How it happens\n\nWho came last is shown to all.\n"},
	{Name: "identity", Doc: "finds the name of another account.\n"},
	{Name: "missing", Doc: "notes one's own item that is gone.\n"},
}

func readSARIF(t *testing.T, told told) (sarifRun, []byte) {
	t.Helper()
	var out bytes.Buffer
	if err := SARIF(&out, told.run, told.result, someChecks); err != nil {
		t.Fatal(err)
	}
	var log sarifLog
	in := json.NewDecoder(bytes.NewReader(out.Bytes()))
	in.DisallowUnknownFields()
	if err := in.Decode(&log); err != nil {
		t.Fatal(err)
	}
	if log.Version != "2.1.0" || len(log.Runs) != 1 {
		t.Fatalf("version %s, %d runs", log.Version, len(log.Runs))
	}
	return log.Runs[0], out.Bytes()
}

func TestSARIFResult(t *testing.T) {
	run, _ := readSARIF(t, leakRun())
	if n := len(run.Results); n != 4 {
		t.Fatalf("%d results of 4 findings", n)
	}
	got := run.Results[0]
	if want := "bob was shown alice's subject on inbox (body as well). Leak: text /api/inbox, 2 visits, "; !strings.HasPrefix(got.Message.Text, want) {
		t.Errorf("the first sentence does not say it all: %s", got.Message.Text)
	}
	if !strings.HasSuffix(got.Message.Text, " Likely cause: last writer.") {
		t.Errorf("the cause is not told: %s", got.Message.Text)
	}
	want := sarifPhysicalLocation{sarifArtifactLocation{"mail.yaml"}, sarifRegion{27}}
	if diff := cmp.Diff(want, got.Locations[0].PhysicalLocation); diff != "" {
		t.Errorf("the place is not the view's in the plan:\n%s", diff)
	}
	if diff := cmp.Diff(map[string]string{"primaryLocationLineHash": "6d1f00aa11bb22cc"}, got.PartialFingerprints); diff != "" {
		t.Errorf("code scanning reads one fingerprint:\n%s", diff)
	}
	var levels, rules []string
	for _, r := range run.Results {
		levels = append(levels, r.Level)
		rules = append(rules, r.RuleID)
		if id := run.Tool.Driver.Rules[r.RuleIndex].ID; id != r.RuleID {
			t.Errorf("rule %d is %s, and the result is of %s", r.RuleIndex, id, r.RuleID)
		}
	}
	if diff := cmp.Diff([]string{"error", "error", "warning", "note"}, levels); diff != "" {
		t.Errorf("levels:\n%s", diff)
	}
	if diff := cmp.Diff([]string{"notmine.canary.leak", "notmine.canary.leak", "notmine.noninterference.suspect", "notmine.missing.note"}, rules); diff != "" {
		t.Errorf("rules:\n%s", diff)
	}
}

// The owner's visit and the viewer's stand beside each other, in their order.
func TestSARIFFlow(t *testing.T) {
	run, _ := readSARIF(t, leakRun())
	flow := run.Results[0].CodeFlows[0]
	type step struct {
		Who, Importance string
		Order, Line     int
	}
	var got []step
	for _, thread := range flow.ThreadFlows {
		for _, at := range thread.Locations {
			got = append(got, step{thread.ID, at.Importance, at.ExecutionOrder, at.Location.PhysicalLocation.Region.StartLine})
		}
	}
	if diff := cmp.Diff([]step{{"alice", "important", 1, 27}, {"bob", "essential", 2, 27}}, got); diff != "" {
		t.Error(diff)
	}
	breach := flow.ThreadFlows[1].Locations[0].Location.Message.Text
	if want := "carried by GET http://mail.example.test/api/inbox, status 200."; !strings.HasSuffix(breach, want) {
		t.Errorf("the answer that carried it is not told: %s", breach)
	}
	if alone := run.Results[2].CodeFlows[0].ThreadFlows; len(alone) != 1 || alone[0].ID != "carol" {
		t.Errorf("a suspect without an owner has the threads %+v", alone)
	}
	forged := leakRun()
	forged.result.Findings[0].Witness = []int{0, -1, 1 << 40}
	if run, _ := readSARIF(t, forged); run.Results[0].CodeFlows != nil {
		t.Error("a flow without any visit, which no reader takes")
	}
}

func TestSARIFRules(t *testing.T) {
	run, _ := readSARIF(t, leakRun())
	rules := map[string]sarifRule{}
	for _, r := range run.Tool.Driver.Rules {
		if r.ID == r.Name || r.ShortDescription.Text == "" || r.FullDescription.Text == "" || r.Help.Text == "" {
			t.Errorf("rule %s explains nothing: %+v", r.ID, r)
		}
		rules[r.ID] = r
	}
	canary := rules["notmine.canary.leak"]
	if want := "Leak: canary finds what was shown to somebody outside its audience."; canary.ShortDescription.Text != want {
		t.Errorf("title %q, want %q", canary.ShortDescription.Text, want)
	}
	if strings.Contains(canary.FullDescription.Text, "How it happens") || !strings.Contains(canary.Help.Markdown, "\n# How it happens\n") {
		t.Errorf("the description is %q, the help %q", canary.FullDescription.Text, canary.Help.Markdown)
	}
	for id, severity := range map[string]string{"notmine.canary.leak": "9.1", "notmine.noninterference.suspect": "6.0", "notmine.missing.note": "1.0"} {
		if got := rules[id].Properties.SecuritySeverity; got != severity {
			t.Errorf("%s has severity %q, want %q", id, got, severity)
		}
	}
	clean, _ := readSARIF(t, cleanRun())
	var ids []string
	for _, r := range clean.Tool.Driver.Rules {
		ids = append(ids, r.ID)
	}
	if diff := cmp.Diff([]string{"notmine.canary", "notmine.identity", "notmine.missing"}, ids); diff != "" {
		t.Errorf("a clean run says what was looked for:\n%s", diff)
	}
	if clean.Results == nil {
		t.Error("a clean run without a list of results is refused")
	}
}

// What does not fail the run is suppressed, and behind what does.
func TestSARIFSuppresses(t *testing.T) {
	told := leakRun()
	told.result.Findings[0].Accepted = &isolation.Accepted{Reason: "mended in the next release", Owner: "mail team", Expires: plan.Date{}}
	told.result.Findings[2].Known = &isolation.Known{Run: "20261121-014500-aaaa"}
	run, _ := readSARIF(t, told)
	if got := run.Results[0]; got.PartialFingerprints["primaryLocationLineHash"] != "99aa00aa11bb22cc" || got.Suppressions != nil {
		t.Errorf("the first result is not the leak that nobody accepted: %+v", got)
	}
	got := run.Results[1]
	if len(got.Suppressions) != 1 || !strings.Contains(got.Suppressions[0].Justification, " by mail team: mended in the next release") {
		t.Fatalf("an accepted leak has the suppressions %+v", got.Suppressions)
	}
	if !strings.HasSuffix(got.Message.Text, "by mail team: mended in the next release.") {
		t.Errorf("that it is accepted is not in its message: %s", got.Message.Text)
	}
	for _, r := range run.Results[2:] {
		if r.Suppressions != nil {
			t.Errorf("suppressed, though it never failed a run: %s", r.Message.Text)
		}
	}
}

// Code scanning closes what a successful run does not find.
func TestSARIFInvocation(t *testing.T) {
	for name, test := range map[string]struct {
		told       told
		successful bool
		notices    []string
	}{
		"leak":         {leakRun(), true, nil},
		"clean":        {cleanRun(), true, nil},
		"inconclusive": {inconclusiveRun(), false, []string{"inconclusive", "inconclusive"}},
		"interrupted":  {interruptedRun(), false, []string{"inconclusive"}},
		"cut short":    {cutLeak(), true, []string{"ended-early"}},
	} {
		run, _ := readSARIF(t, test.told)
		in := run.Invocations[0]
		if in.ExecutionSuccessful != test.successful || in.ExitCode != test.told.result.Exit {
			t.Errorf("%s: successful %t, exit code %d", name, in.ExecutionSuccessful, in.ExitCode)
		}
		var notices []string
		for _, n := range in.Notifications {
			notices = append(notices, n.Descriptor.ID)
			if !slices.ContainsFunc(run.Tool.Driver.Notifications, func(d sarifRule) bool { return d.ID == n.Descriptor.ID }) {
				t.Errorf("%s: %s is not explained", name, n.Descriptor.ID)
			}
		}
		if diff := cmp.Diff(test.notices, notices); diff != "" {
			t.Errorf("%s: notifications\n%s", name, diff)
		}
	}
}

func cutLeak() told {
	t := leakRun()
	t.run.End = nil
	return t
}

// An alert is the same one in the next run, and the runs of a plan are compared
// with each other only.
func TestSARIFIsStable(t *testing.T) {
	later := leakRun()
	later.result.Run.ID = "20270101-000000-zzzz"
	for i := range later.result.Findings {
		f := &later.result.Findings[i]
		f.At, f.Round, f.Count = f.At.AddDate(0, 1, 9), f.Round+1, f.Count+7
	}
	prints := func(run sarifRun) (all []string) {
		for _, r := range run.Results {
			all = append(all, fmt.Sprint(r.RuleID, r.PartialFingerprints, r.Locations))
		}
		return all
	}
	first, _ := readSARIF(t, leakRun())
	second, _ := readSARIF(t, later)
	if diff := cmp.Diff(prints(first), prints(second)); diff != "" {
		t.Errorf("other alerts in another run:\n%s", diff)
	}
	for plan, want := range map[string]string{
		"mail.yaml":            "notmine/mail/20270101-000000-zzzz",
		"./plans/mail.v2.yaml": "notmine/plans/mail.v2/20270101-000000-zzzz",
		"plans.d/mail":         "notmine/plans.d/mail/20270101-000000-zzzz",
		"":                     "notmine/plan/20270101-000000-zzzz",
	} {
		later.result.Run.Plan = plan
		run, _ := readSARIF(t, later)
		if got := run.AutomationDetails.ID; got != want {
			t.Errorf("plan %q: category and run %q, want %q", plan, got, want)
		}
	}
}

func TestPlanURI(t *testing.T) {
	for _, test := range []struct{ file, want, why string }{
		{"mail.yaml", "mail.yaml", "a file in the working folder"},
		{"./plans/mail.yaml", "plans/mail.yaml", "code scanning matches paths as they are"},
		{`plans\mail.yaml`, "plans/mail.yaml", "slashes forward"},
		{"my plans/50%#1?.yaml", "my%20plans/50%25%231%3F.yaml", "what means something in a URI"},
		{"a:b.yaml", "a%3Ab.yaml", "not the scheme a"},
		{"메일.yaml", "%EB%A9%94%EC%9D%BC.yaml", "URIs are ASCII"},
		{"/srv/plans/mail.yaml", "file:///srv/plans/mail.yaml", "code scanning takes the checkout's path away"},
		{"", "plan", "a plan that came from no file"},
	} {
		if got := planURI(test.file); got != test.want {
			t.Errorf("planURI(%q) = %q, want %q: %s", test.file, got, test.want, test.why)
		}
	}
}

func TestPlanLine(t *testing.T) {
	leak := leakRun()
	s, err := newStory(leak.run, leak.result)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		view, phase string
		want        int
		why         string
	}{
		{"profile", "together", 28, "the view's line"},
		{"(login)", "together", 32, "no view of the plan: the phase's"},
		{"(login)", "storm", 1, "nothing of that name"},
	} {
		if got := s.planLine(test.view, test.phase); got != test.want {
			t.Errorf("%s in %s: line %d, want %d: %s", test.view, test.phase, got, test.want, test.why)
		}
	}
	leak.run.Header.Plan.Views[0].Line = -7
	if got := s.planLine("inbox", "together"); got != 1 {
		t.Errorf("a forged line is %d", got)
	}
}

// texts are all strings of a JSON value.
func texts(value any) (all []string) {
	switch v := value.(type) {
	case string:
		return []string{v}
	case []any:
		for _, e := range v {
			all = append(all, texts(e)...)
		}
	case map[string]any:
		for key, e := range v {
			all = append(append(all, key), texts(e)...)
		}
	}
	return all
}

func TestSARIFIsInert(t *testing.T) {
	told := hostileRun()
	told.result.Findings[0].Message = phrase.Verbatim("[click](https://evil.example.test) {0} {1}")
	run, out := readSARIF(t, told)
	var whole any
	if err := json.Unmarshal(out, &whole); err != nil {
		t.Fatal(err)
	}
	acting := regexp.MustCompile(`\]\(|\{[0-9]`)
	for _, text := range texts(whole) {
		for _, r := range text {
			if r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == '\u2028') {
				t.Fatalf("%U in %.100q", r, text)
			}
		}
		if acting.MatchString(text) {
			t.Errorf("a link or a placeholder: %.200q", text)
		}
		if len(text) > 4096 {
			t.Errorf("a text of %d bytes: %.100q", len(text), text)
		}
	}
	for _, r := range run.Results {
		if u, err := url.Parse(r.Locations[0].PhysicalLocation.ArtifactLocation.URI); err != nil || u.Host != "" || u.Scheme != "" {
			t.Fatalf("the place %v leads out of the repository: %v", u, err)
		}
	}
}

// GitHub takes at most 10 MB, compressed, and keeps 5,000 results: as many are
// there, whatever the target said, and those that fail the run are not left out.
func TestSARIFIsBounded(t *testing.T) {
	told := leakRun()
	random := rand.New(rand.NewPCG(1, 2))
	noise := func() string {
		text := make([]rune, 2000)
		for i := range text {
			text[i] = '가' + random.Int32N(11_172)
		}
		return string(text)
	}
	leak := told.result.Findings[0]
	note := leak
	note.Level = isolation.Note
	told.result.Findings = nil
	for range mostResults {
		note.Message, note.Path, note.Cause, note.Fingerprint, note.Surface = phrase.Verbatim(noise()), noise(), noise(), noise(), noise()
		told.result.Findings = append(told.result.Findings, note)
	}
	told.result.Findings = append(told.result.Findings, leak)
	run, out := readSARIF(t, told)
	if n := len(run.Results); n != mostResults {
		t.Errorf("%d results", n)
	}
	if run.Results[0].Level != "error" {
		t.Error("the leak is behind the notes")
	}
	if n := run.Invocations[0].Notifications; len(n) != 1 || n[0].Message.Text != "1 finding is more in results.json." {
		t.Errorf("the one that is left out is told so: %+v", n)
	}
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	w.Write(out) // into memory
	w.Close()
	if packed.Len() > 10<<20 {
		t.Errorf("%d bytes, compressed", packed.Len())
	}
}
