package report

import (
	"encoding/json"
	"fmt"
	"io"
	"path"
	"path/filepath"
	"strings"
	"time"

	"github.com/jstemmer/go-junit-report/v2/junit"

	"notmine/checks/phrase"
	"notmine/checks/repro"
)

// Cases is how a set of cases came out.
type Cases struct {
	Notmine int       `json:"notmine"` // version of the format
	Exit    int       `json:"exit"`
	Started time.Time `json:"started"`
	Seconds float64   `json:"seconds"`
	Cases   []Case    `json:"cases"` // in the order in which they were run
}

// Case is how one case came out.
type Case struct {
	File     string         `json:"file"`
	Finding  string         `json:"finding"`     // what is expected, in a sentence
	Print    string         `json:"fingerprint"` // of that finding
	Standing repro.Standing `json:"standing"`
	Why      phrase.Text    `json:"why"`
	// Others are leaks that it showed besides the one that it is for, in sentences.
	Others []phrase.Text `json:"other_leaks,omitempty"`
	// Scripted says that it was told without a browser.
	Scripted bool `json:"scripted,omitempty"`
	Hits     int  `json:"hits"`
	Tries    int  `json:"tries"`
	// RateBound95 is the highest rate per try that tries without a hit still allow
	// at 95 %; null with a hit, or without a try.
	RateBound95 *float64 `json:"rate_bound_95"`
	Seconds     float64  `json:"seconds"`
	// Folder is that of the run that shows it, relative to that of the cases' own
	// reports; "" when nothing was run.
	Folder string `json:"folder,omitempty"`
}

// WriteCases writes results.json and junit.xml of a set of cases into a folder.
func WriteCases(dir string, c Cases) error {
	err := writeFile(dir, JSONFile, func(w io.Writer) error {
		out := json.NewEncoder(w)
		out.SetEscapeHTML(false)
		out.SetIndent("", "  ")
		return out.Encode(c)
	})
	if err != nil {
		return err
	}
	return writeFile(dir, JUnitFile, func(w io.Writer) error { return casesJUnit(w, c, dir) })
}

// casesJUnit tells of each case in a test case of its own, by the name of its
// file: a failure when it leaks, an error when it could not be told.
func casesJUnit(w io.Writer, c Cases, dir string) error {
	if !filepath.IsLocal(dir) {
		dir = "" // nothing there could be attached
	}
	suite := junit.Testsuite{Name: "notmine cases", Time: fmt.Sprintf("%.1f", c.Seconds)}
	suite.SetTimestamp(c.Started.UTC())
	for _, one := range c.Cases {
		suite.AddTestcase(one.testcase(filepath.ToSlash(dir)))
	}
	return writeJUnit(w, suite)
}

func (c Case) testcase(dir string) junit.Testcase {
	t := junit.Testcase{
		Classname: "notmine.cases", Name: visible(filepath.ToSlash(c.File), 400), Time: fmt.Sprintf("%.1f", c.Seconds),
	}
	lines := []string{visible(fmt.Sprintf("%s: %s", c.Standing, c.Why), 600), visible(c.Finding, 400)}
	for _, other := range c.Others {
		lines = append(lines, visible("besides: "+other.String(), 400))
	}
	switch c.Standing {
	case repro.StillLeaks:
		t.Failure = result("leak", lines)
	case repro.CouldNotTell:
		t.Error = result("inconclusive", lines)
	default:
		t.SystemOut = &junit.Output{Data: strings.Join(unattached(lines), "\n")}
	}
	if c.Folder != "" && c.Standing == repro.StillLeaks {
		t.SystemOut = &junit.Output{Data: "[[ATTACHMENT|" + visible(path.Join(dir, filepath.ToSlash(c.Folder), HTMLFile), 1024) + "]]"}
	}
	return t
}
