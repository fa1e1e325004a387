package report

import (
	"cmp"
	"fmt"
	"io"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/jstemmer/go-junit-report/v2/junit"

	"notmine/checks/gate"
	"notmine/checks/isolation"
	"notmine/checks/record"
)

// What a reader of JUnit files takes in is bounded: GitLab reads 30 MB.
const (
	mostCases    = 2000
	mostMessages = 50 // findings in one test case
)

// JUnit writes the result for the readers of builds, as JUnit's XML. There is
//
//   - a case "run", which is an error when the run is inconclusive or ended
//     early, so that it never looks green;
//   - a case for each view without a breach, skipped with the reason when no
//     visit could have shown one, and when all of them are accepted or known;
//   - a case for each check, view and viewer with a finding: a failure when the
//     finding fails the run, skipped with the reason when it is accepted or
//     known, else a success that says what was found.
//
// Names hold no run id and no time, because GitLab and Jenkins compare the cases
// of two builds by classname and name. Paths of evidence are relative to the run
// folder.
func JUnit(w io.Writer, run *record.Run, r *gate.Result) error { return junitXML(w, run, r, "") }

// junitXML is JUnit with the run folder before paths of evidence, since GitLab
// resolves them from the project's folder, where builds run. A folder that is
// not beneath it is left out: nothing there could be attached.
func junitXML(w io.Writer, run *record.Run, r *gate.Result, dir string) error {
	s, err := newStory(run, r)
	if err != nil {
		return err
	}
	if !filepath.IsLocal(dir) {
		dir = ""
	}
	suite := junit.Testsuite{Name: "notmine", Time: fmt.Sprintf("%.1f", r.Run.Seconds)}
	suite.SetTimestamp(r.Run.Started.UTC())
	suite.AddTestcase(s.runCase())
	for _, c := range s.viewCases() {
		suite.AddTestcase(c)
	}
	for _, c := range s.findingCases(filepath.ToSlash(dir)) {
		suite.AddTestcase(c)
	}
	return writeJUnit(w, suite)
}

// writeJUnit writes a suite as a document of its own.
func writeJUnit(w io.Writer, suite junit.Testsuite) error {
	suites := junit.Testsuites{Name: suite.Name, Time: suite.Time}
	suites.AddSuite(suite)
	suites.Skipped = 0 // which Jenkins' schema has for suites alone
	if _, err := io.WriteString(w, `<?xml version="1.0" encoding="UTF-8"?>`+"\n"); err != nil {
		return fmt.Errorf("writing XML: %w", err)
	}
	if err := suites.WriteXML(w); err != nil {
		return fmt.Errorf("writing XML: %w", err)
	}
	return nil
}

// runCase tells whether the run itself went as it should.
func (s *story) runCase() junit.Testcase {
	c := junit.Testcase{Classname: "notmine", Name: "run", Time: fmt.Sprintf("%.1f", s.result.Run.Seconds)}
	if unseen := s.unseen(); len(unseen) > 0 {
		note := visible("accepted, but not found this time: "+strings.Join(unseen, ", "), 400)
		c.SystemOut = &junit.Output{Data: unattached([]string{note})[0]}
	}
	cut := s.cutShort()
	if s.result.Verdict != gate.Inconclusive && cut.IsZero() {
		return c
	}
	var lines []string
	for _, reason := range s.result.Reasons {
		lines = append(lines, visible(reason.String(), 400))
	}
	if !cut.IsZero() {
		lines = append(lines, visible(cut.String(), 400))
	}
	c.Error = result(string(s.result.Verdict), lines)
	return c
}

// viewCases tells of each view in which nothing failed.
func (s *story) viewCases() []junit.Testcase {
	failed, spared := map[string]bool{}, map[string]*isolation.Finding{} // of these the first
	for i := range s.result.Findings {
		f := &s.result.Findings[i]
		failed[f.View] = failed[f.View] || s.failing(f)
		if s.spared(f) {
			spared[f.View] = cmp.Or(spared[f.View], f)
		}
	}
	var cases []junit.Testcase
	for _, v := range s.run.Header.Plan.Views {
		if failed[v.Name] {
			continue
		}
		c := junit.Testcase{Classname: "notmine.view", Name: visible(v.Name, 200)}
		trials, why := 0, "never looked at in company"
		for _, cell := range s.cells {
			if cell.view != v.Name || s.solo(cell.phase) {
				continue
			}
			trials += cell.trials
			if cell.visits > 0 {
				why = cell.looked().String()
			}
		}
		switch {
		case spared[v.Name] != nil:
			c.Skipped = skipped(spared[v.Name], []string{visible(acceptance(spared[v.Name]).String(), 400)})
		case trials == 0:
			c.Skipped = result("not exercised", []string{visible(why, 400)})
		}
		cases = append(cases, c)
	}
	return cases
}

// findingCases tells of the findings, in their order, those that would have the
// same name in one case: GitLab counts only the first of a name.
func (s *story) findingCases(dir string) []junit.Testcase {
	type name struct{ check, view, viewer string }
	var order []name
	found := map[name][]*isolation.Finding{}
	for i := range s.result.Findings {
		f := &s.result.Findings[i]
		n := name{visible(f.Check, 100), visible(f.View, 200), visible(f.Viewer, 200)}
		if found[n] == nil {
			order = append(order, n)
		}
		found[n] = append(found[n], f)
	}
	left := len(order) - mostCases
	if left > 0 {
		order = order[:mostCases]
	}
	var cases []junit.Testcase
	for _, n := range order {
		cases = append(cases, s.findingCase(n.check, n.view+": "+n.viewer, found[n], dir))
	}
	if left > 0 {
		cases = append(cases, junit.Testcase{Classname: "notmine", Name: "more findings", Failure: result("leak",
			[]string{fmt.Sprintf("%s more of check, view and viewer are in %s", count(left), JSONFile)})})
	}
	return cases
}

func (s *story) findingCase(check, name string, findings []*isolation.Finding, dir string) junit.Testcase {
	// The first line is what most readers show.
	findings = slices.SortedStableFunc(slices.Values(findings), func(a, b *isolation.Finding) int {
		return cmp.Or(cmp.Compare(rank(s.failing(a)), rank(s.failing(b))), cmp.Compare(rank(s.spared(a)), rank(s.spared(b))))
	})
	c := junit.Testcase{Classname: "notmine." + check, Name: name}
	var lines, attached []string
	why := ""
	if s.spared(findings[0]) {
		why = acceptance(findings[0]).String()
		lines = append(lines, visible(why, 400))
	}
	for i, f := range findings {
		if i == mostMessages {
			lines = append(lines, fmt.Sprintf("and %s more in %s", count(len(findings)-i), JSONFile))
			break
		}
		lines = append(lines, visible(f.Message.String(), 400), "  "+visible(detail(f), 400))
		if of := acceptance(f).String(); of != "" && of != why {
			lines = append(lines, "  "+visible(of, 400))
		}
		for _, file := range f.Evidence {
			if name, ok := evidenceName(file); ok {
				attached = append(attached, path.Join(dir, evidenceFolder, name))
			}
		}
	}
	var out []string
	switch {
	case s.failing(findings[0]):
		c.Failure = result(string(findings[0].Level), lines)
	case s.spared(findings[0]):
		c.Skipped = skipped(findings[0], lines)
	default:
		out = append(out, unattached(lines)...)
	}
	slices.Sort(attached)
	for _, file := range slices.Compact(attached) {
		out = append(out, "[[ATTACHMENT|"+visible(file, 1024)+"]]")
	}
	if len(out) > 0 {
		c.SystemOut = &junit.Output{Data: strings.Join(out, "\n")}
	}
	return c
}

// unattached keeps lines from attaching files.
func unattached(lines []string) []string {
	var out []string
	for _, line := range lines {
		out = append(out, strings.ReplaceAll(line, "[[", "[ ["))
	}
	return out
}

// rank puts what is so first.
func rank(so bool) int {
	if so {
		return 0
	}
	return 1
}

// detail says where and when a finding was made.
func detail(f *isolation.Finding) string {
	at := f.Surface
	if f.Path != "" {
		at += " " + f.Path
	}
	if at != "" {
		at += ", "
	}
	when := ""
	if f.When != nil {
		when = fmt.Sprintf(", %v (%v)", since(f.When), staged(f.Stages))
	}
	return fmt.Sprintf("%s: %s%s, first in phase %s, round %d, at %s%s; fingerprint %s",
		f.Level, at, counted(f.Count, "visit", "visits"), f.Phase, f.Round, moment(f.At), when, f.Fingerprint)
}

// skipped makes the body of a case that would fail, were its finding not
// accepted or known.
func skipped(f *isolation.Finding, lines []string) *junit.Result {
	if f.Accepted == nil {
		return result("known", lines)
	}
	return result("accepted", lines)
}

// result makes the body of a failure, an error or a skip. Its message comes
// again as the first line, because older GitLabs do not read the attribute.
func result(kind string, lines []string) *junit.Result {
	message := "the run is inconclusive"
	if len(lines) > 0 {
		message = lines[0]
	}
	return &junit.Result{Message: message, Type: visible(kind, 40), Data: strings.Join(lines, "\n")}
}
