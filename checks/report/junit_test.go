package report

import (
	"bytes"
	"encoding/xml"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jstemmer/go-junit-report/v2/junit"
)

func readJUnit(t *testing.T, told told) junit.Testsuites {
	t.Helper()
	var out bytes.Buffer
	if err := JUnit(&out, told.run, told.result); err != nil {
		t.Fatal(err)
	}
	for d := xml.NewDecoder(bytes.NewReader(out.Bytes())); ; {
		if _, err := d.Token(); err == io.EOF {
			break
		} else if err != nil {
			t.Fatalf("the XML does not parse: %v", err)
		}
	}
	var suites junit.Testsuites
	if err := xml.Unmarshal(out.Bytes(), &suites); err != nil {
		t.Fatal(err)
	}
	return suites
}

// GitLab and Jenkins read what the suite claims or count themselves; both have
// to come to the same.
func TestJUnitCounts(t *testing.T) {
	for name, tell := range allRuns {
		told := tell()
		suites := readJUnit(t, told)
		suite := suites.Suites[0]
		type tally struct{ Tests, Failures, Errors, Skipped int }
		var counted tally
		names := map[string]bool{}
		for _, c := range suite.Testcases {
			counted.Tests++
			counted.Failures += boolInt(c.Failure != nil)
			counted.Errors += boolInt(c.Error != nil)
			counted.Skipped += boolInt(c.Skipped != nil)
			if names[c.Classname+"\x00"+c.Name] {
				t.Errorf("%s: %s %s comes twice, GitLab counts the first only", name, c.Classname, c.Name)
			}
			names[c.Classname+"\x00"+c.Name] = true
			for _, r := range []*junit.Result{c.Failure, c.Error, c.Skipped} {
				if first, _, _ := strings.Cut(resultText(r), "\n"); r != nil && first != r.Message {
					t.Errorf("%s: the message %q is not the first line of the text, %q", name, r.Message, first)
				}
			}
		}
		if diff := cmp.Diff(tally{suite.Tests, suite.Failures, suite.Errors, suite.Skipped}, counted); diff != "" {
			t.Errorf("%s: the suite claims other numbers than it has (-claims +has):\n%s", name, diff)
		}
		counted.Skipped = 0 // of which the whole has no number
		if diff := cmp.Diff(tally{suites.Tests, suites.Failures, suites.Errors, suites.Skipped}, counted); diff != "" {
			t.Errorf("%s: the whole claims other numbers than it has:\n%s", name, diff)
		}
		if green := counted.Failures+counted.Errors == 0; green != (told.result.Exit == 0) {
			t.Errorf("%s: exit code %d, and the test cases are green: %t", name, told.result.Exit, green)
		}
	}
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

func resultText(r *junit.Result) string {
	if r == nil {
		return ""
	}
	return r.Data
}

// Builds are compared by name, so a name must not change from run to run.
func TestJUnitNamesAreStable(t *testing.T) {
	names := func(told told) []string {
		var all []string
		for _, c := range readJUnit(t, told).Suites[0].Testcases {
			all = append(all, c.Classname+" "+c.Name)
		}
		return all
	}
	later := leakRun()
	later.run.Header.Run, later.result.Run.ID = "20270101-000000-zzzz", "20270101-000000-zzzz"
	for i := range later.result.Findings {
		f := &later.result.Findings[i]
		f.At, f.Round, f.Count = f.At.AddDate(0, 1, 9), f.Round+1, f.Count+7
	}
	if diff := cmp.Diff(names(leakRun()), names(later)); diff != "" {
		t.Errorf("other names in another run:\n%s", diff)
	}
}

func TestJUnitAttachments(t *testing.T) {
	for _, test := range []struct{ dir, want, why string }{
		{"", "[[ATTACHMENT|evidence/6d1f-bob-18.png]]", "relative to the run folder"},
		{"out/run", "[[ATTACHMENT|out/run/evidence/6d1f-bob-18.png]]", "GitLab starts from the project's folder"},
		{"/var/lib/out", "[[ATTACHMENT|evidence/6d1f-bob-18.png]]", "a folder of the machine means nothing elsewhere"},
		{"out", "[[ATTACHMENT|out/evidence/6d1f-bob-18.har]]", "the exchange, as the pictures"},
		{"../out", "[[ATTACHMENT|evidence/6d1f-bob-18.png]]", "nor one above the project"},
	} {
		leak := leakRun()
		var out bytes.Buffer
		if err := junitXML(&out, leak.run, leak.result, test.dir); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(out.String(), test.want) {
			t.Errorf("folder %q: no %s: %s", test.dir, test.want, test.why)
		}
	}
	for _, c := range readJUnit(t, hostileRun()).Suites[0].Testcases {
		if c.SystemOut != nil && strings.Contains(c.SystemOut.Data, "[[ATTACHMENT") {
			t.Errorf("%s attaches a file that a page named", c.Name)
		}
	}
}
