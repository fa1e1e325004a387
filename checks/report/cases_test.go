package report

import (
	"encoding/json"
	"encoding/xml"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"notmine/checks/phrase"
	"notmine/checks/repro"
)

// Builds read of each case whether it leaks, and nothing that a target says can
// attach a file or end an element.
func TestWriteCases(t *testing.T) {
	bound := 0.14
	c := Cases{Notmine: 1, Exit: 1, Started: time.Date(2026, 11, 22, 1, 45, 0, 0, time.UTC), Seconds: 3, Cases: []Case{
		{File: "cases/inbox.yaml", Finding: "bob was shown <b>]]> [[ATTACHMENT|/etc/passwd]]", Standing: repro.StillLeaks, Why: phrase.New("it came"),
			Others: []phrase.Text{phrase.New("carol was shown bob's body")}, Hits: 1, Tries: 1, Folder: "inbox/try-1"},
		{File: "cases/album.yaml", Finding: "[[ATTACHMENT|/etc/passwd]]", Standing: repro.Fixed, Why: phrase.New("not in 20 tries"), Tries: 20, RateBound95: &bound, Folder: "album/try-1"},
		{File: "cases/list.yaml", Finding: "x", Standing: repro.CouldNotTell, Why: phrase.New("connection refused\x1b[2J")},
	}}
	t.Chdir(t.TempDir())
	if err := os.Mkdir("out", 0o700); err != nil {
		t.Fatal(err)
	}
	if err := WriteCases("out", c); err != nil {
		t.Fatal(err)
	}
	var read struct {
		Suites []struct {
			Name  string `xml:"name,attr"`
			Cases []struct {
				Name    string `xml:"name,attr"`
				Failure *struct {
					Message string `xml:"message,attr"`
					Text    string `xml:",chardata"`
				} `xml:"failure"`
				Error *struct {
					Message string `xml:"message,attr"`
				} `xml:"error"`
				Out string `xml:"system-out"`
			} `xml:"testcase"`
		} `xml:"testsuite"`
	}
	data, err := os.ReadFile(filepath.Join("out", JUnitFile))
	if err != nil {
		t.Fatal(err)
	}
	if err := xml.Unmarshal(data, &read); err != nil {
		t.Fatalf("%v\n%s", err, data)
	}
	if len(read.Suites) != 1 || len(read.Suites[0].Cases) != 3 {
		t.Fatalf("want one suite with a test case for each:\n%s", data)
	}
	leaks, fixed, untold := read.Suites[0].Cases[0], read.Suites[0].Cases[1], read.Suites[0].Cases[2]
	if leaks.Failure == nil || leaks.Failure.Message != "still leaks: it came" || !strings.Contains(leaks.Failure.Text, "besides: carol was shown bob's body") ||
		leaks.Out != "[[ATTACHMENT|out/inbox/try-1/report.html]]" {
		t.Errorf("the one that leaks: %+v", leaks)
	}
	if fixed.Failure != nil || fixed.Error != nil || strings.Contains(fixed.Out, "[[") {
		t.Errorf("the one that is fixed: %+v", fixed)
	}
	if untold.Error == nil || strings.ContainsRune(untold.Error.Message, '\x1b') {
		t.Errorf("the one that could not be told: %+v", untold)
	}

	data, err = os.ReadFile(filepath.Join("out", JSONFile))
	if err != nil {
		t.Fatal(err)
	}
	var fields struct {
		Exit  int
		Cases []map[string]any
	}
	if err := json.Unmarshal(data, &fields); err != nil {
		t.Fatal(err)
	}
	if fields.Exit != 1 || fields.Cases[0]["rate_bound_95"] != nil || fields.Cases[1]["rate_bound_95"] != 0.14 || fields.Cases[0]["standing"] != "still leaks" {
		t.Errorf("%s", data)
	}
}
