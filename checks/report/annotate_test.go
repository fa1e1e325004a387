package report

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"notmine/checks/isolation"
	"notmine/checks/phrase"
)

// command is a workflow command as the runner reads it.
type command struct {
	name       string
	properties map[string]string
	data       string
}

var (
	commandLine = regexp.MustCompile(`^::([a-z-]+)(?: ([^:]*))?::(.*)$`)
	unescape    = strings.NewReplacer("%0D", "\r", "%0A", "\n", "%3A", ":", "%2C", ",", "%25", "%")
)

func readCommands(t *testing.T, told told) (all []command) {
	t.Helper()
	var out bytes.Buffer
	if err := Annotations(&out, told.run, told.result); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(out.String()) {
		m := commandLine.FindStringSubmatch(strings.TrimSuffix(line, "\n"))
		if m == nil || strings.Contains(line, "##[") {
			t.Fatalf("no command: %q", line)
		}
		c := command{m[1], map[string]string{}, unescape.Replace(m[3])}
		for pair := range strings.SplitSeq(m[2], ",") {
			name, value, _ := strings.Cut(pair, "=")
			c.properties[name] = unescape.Replace(value)
		}
		all = append(all, c)
	}
	return all
}

func TestAnnotations(t *testing.T) {
	leak := leakRun()
	leak.result.Run.Plan = "plans/50%, a:b.yaml"
	leak.result.Findings[1].Message = phrase.Verbatim("100 % of carol's")
	got := readCommands(t, leak)
	if len(got) != 2 {
		t.Fatalf("%d annotations of 2 leaks, a suspect and a note", len(got))
	}
	want := map[string]string{"file": "plans/50%, a:b.yaml", "line": "27", "title": "notmine: leak on inbox"}
	if diff := cmp.Diff(want, got[0].properties); got[0].name != "error" || diff != "" {
		t.Errorf("%s with other properties:\n%s", got[0].name, diff)
	}
	for i, begin := range []string{"bob was shown alice's subject on inbox (body as well) (leak: ", "100 % of carol's (leak: "} {
		if !strings.HasPrefix(got[i].data, begin) {
			t.Errorf("the annotation does not begin with %q: %q", begin, got[i].data)
		}
	}
	if all := readCommands(t, cleanRun()); len(all) > 0 {
		t.Errorf("a clean run has %v", all)
	}
	for name, told := range map[string]told{"inconclusive": inconclusiveRun(), "suspects": failingSuspects()} {
		if all := readCommands(t, told); len(all) != 1 || all[0].name != "warning" {
			t.Errorf("%s: %v, want one warning", name, all)
		}
	}
}

// GitHub shows ten of a level for each step.
func TestAnnotationsAreBounded(t *testing.T) {
	told := hostileRun()
	told.run.Header.Plan.Pass.FailOn = []string{"suspect"}
	tally := map[string]int{}
	var last command
	for _, c := range readCommands(t, told) {
		tally[c.name]++
		last = c
		if len(c.properties) != 3 || len(c.data) > 8<<10 {
			t.Errorf("%d properties and %d bytes of data", len(c.properties), len(c.data))
		}
	}
	if diff := cmp.Diff(map[string]int{"error": 10, "warning": 10, "notice": 1}, tally); diff != "" {
		t.Error(diff)
	}
	if want := fmt.Sprintf("%d findings are more in results.json", 2*len(told.result.Findings)/5-20); last.data != want {
		t.Errorf("%q, want %q", last.data, want)
	}
}

// A target that writes commands is quoted, and not obeyed.
func TestAnnotationsObeyNobody(t *testing.T) {
	told := leakRun()
	for _, text := range []string{
		"x\n::stop-commands::y", "x\r::error::y", "::add-mask::alice", "##[add-mask]alice", "%0A::error::z", ",file=other.yaml::z", "\u2028::error::z",
	} {
		told.result.Findings[0].Message, told.result.Findings[0].View, told.result.Run.Plan = phrase.Verbatim(text), text, text
		all := readCommands(t, told)
		if len(all) != 2 || all[0].name != "error" || len(all[0].properties) != 3 {
			t.Errorf("%q became %+v", text, all)
		}
		if strings.ContainsAny(fmt.Sprint(all), "\r\n") {
			t.Errorf("%q ends a line", text)
		}
	}
}

// A reason may quote the target as well.
func TestAnnotatedReasonIsClean(t *testing.T) {
	told := inconclusiveRun()
	told.result.Reasons[0] = phrase.Verbatim(strings.Repeat(hostile, 100))
	all := readCommands(t, told)
	if len(all) != 1 {
		t.Fatalf("%d annotations", len(all))
	}
	if got := all[0].data; strings.ContainsFunc(got, acts) || len(got) > 8<<10 {
		t.Errorf("%d bytes, %.200q", len(got), got)
	}
}

func TestCommandless(t *testing.T) {
	for _, test := range []struct{ in, want, why string }{
		{"verdict: leak\n", "verdict: leak\n", "nothing to do"},
		{"from http://[::1]:80\n", "from http://[::1]:80\n", "not at the beginning of the line"},
		{"::error::x\n", ": :error::x\n", "a command"},
		{"a\n \t\u00a0\u3000::stop-commands::x\nb", "a\n \t\u00a0\u3000: :stop-commands::x\nb", "the runner trims white space"},
		{"bob was shown ##[add-mask]alice", "bob was shown ## [add-mask]alice", "the commands of old, anywhere in a line"},
		{"", "", "nothing"},
	} {
		var out bytes.Buffer
		if n, err := Commandless(&out).Write([]byte(test.in)); n != len(test.in) || err != nil {
			t.Errorf("%q: %d, %v", test.in, n, err)
		}
		if out.String() != test.want {
			t.Errorf("%q became %q, want %q: %s", test.in, out.String(), test.want, test.why)
		}
	}
}

// Whatever the record holds, the summary of a run holds no command.
func TestSummaryIsCommandless(t *testing.T) {
	told := hostileRun()
	told.result.Verdict = "inconclusive"
	told.result.Reasons = []phrase.Text{phrase.Verbatim(strings.Repeat("wide ", 12) + "::stop-commands::x ##[error]y"), phrase.Verbatim("::error::z")}
	told.result.Findings[0].Level = isolation.Leak
	var out bytes.Buffer
	if err := Text(Commandless(&out), told.run, told.result, TextOptions{}); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), ": :error::z") && !strings.Contains(out.String(), "also      ::error::z") {
		t.Fatalf("the reasons are not told:\n%s", out.String())
	}
	if strings.Contains(out.String(), "##[") || regexp.MustCompile(`(?m)^\s*::`).MatchString(out.String()) {
		t.Errorf("a command in the summary:\n%s", out.String())
	}
}
