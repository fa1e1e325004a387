package report

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// junitElement is what Jenkins' schema for JUnit files says of an element:
// src/main/resources/org/jenkinsci/plugins/xunit/types/model/xsd/junit-10.xsd in
// the repository jenkinsci/xunit-plugin.
type junitElement struct {
	required, optional, children []string
	text                         bool
}

var junitSchema = map[string]junitElement{
	"testsuites": {optional: []string{"name", "time", "tests", "failures", "errors"}, children: []string{"testsuite"}},
	"testsuite": {
		required: []string{"name", "tests", "failures", "errors"},
		optional: []string{"group", "time", "skipped", "timestamp", "hostname", "id", "package", "file", "log", "url"},
		children: []string{"testsuite", "properties", "testcase", "system-out", "system-err"},
	},
	"testcase": {
		required: []string{"name"}, optional: []string{"time", "classname", "group"},
		children: []string{"skipped", "error", "failure", "rerunFailure", "rerunError", "flakyFailure", "flakyError", "system-out", "system-err"},
	},
	"properties": {children: []string{"property"}},
	"property":   {required: []string{"name", "value"}},
	"failure":    {optional: []string{"type", "message"}, text: true},
	"error":      {optional: []string{"type", "message"}, text: true},
	"skipped":    {optional: []string{"type", "message"}, text: true},
	"system-out": {text: true},
	"system-err": {text: true},
}

// junitTime is the schema's pattern of a number of seconds.
var junitTime = regexp.MustCompile(`^(([0-9]{0,3},)*[0-9]{3}|[0-9]{0,3})*(\.[0-9]*)?$`)

// junitBreaches are what a file has against the schema.
func junitBreaches(content []byte) []string {
	var breaches, open []string
	breach := func(words ...string) { breaches = append(breaches, strings.Join(words, " ")) }
	for d := xml.NewDecoder(bytes.NewReader(content)); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return breaches
		}
		if err != nil {
			return append(breaches, err.Error())
		}
		switch token := token.(type) {
		case xml.StartElement:
			name := token.Name.Local
			element, known := junitSchema[name]
			switch {
			case !known:
				breach("there is no element", name)
			case len(open) == 0 && name != "testsuites":
				breach("the root is", name)
			case len(open) > 0 && !slices.Contains(junitSchema[open[len(open)-1]].children, name):
				breach(open[len(open)-1], "has no", name)
			}
			var has []string
			for _, a := range token.Attr {
				has = append(has, a.Name.Local)
				if !slices.Contains(slices.Concat(element.required, element.optional), a.Name.Local) {
					breach(name, "has no attribute", a.Name.Local)
				}
				if a.Name.Local == "time" && !junitTime.MatchString(a.Value) {
					breach(name, "took", a.Value)
				}
			}
			for _, attribute := range element.required {
				if !slices.Contains(has, attribute) {
					breach(name, "is without", attribute)
				}
			}
			open = append(open, name)
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			if len(open) > 0 && !junitSchema[open[len(open)-1]].text && len(bytes.TrimSpace(token)) > 0 {
				breach(open[len(open)-1], "has no text")
			}
		}
	}
}

func TestJUnitKeepsToTheSchema(t *testing.T) {
	for name, tell := range allRuns {
		told := tell()
		var out bytes.Buffer
		if err := JUnit(&out, told.run, told.result); err != nil {
			t.Fatal(err)
		}
		for _, breach := range junitBreaches(out.Bytes()) {
			t.Errorf("%s: %s", name, breach)
		}
	}
}

// What the schema forbids has to be seen.
func TestJUnitBreachesAreSeen(t *testing.T) {
	const suite = `<testsuite name="a" tests="1" failures="0" errors="0">`
	for _, test := range []struct{ content, want string }{
		{`<testsuites skipped="1"/>`, "testsuites has no attribute skipped"},
		{`<testsuite name="a" tests="1" failures="0" errors="0"/>`, "the root is testsuite"},
		{`<testsuites>` + suite + `<testcase/></testsuite></testsuites>`, "testcase is without name"},
		{`<testsuites>` + suite + `<testcase name="a" time="1e3"/></testsuite></testsuites>`, "testcase took 1e3"},
		{`<testsuites>` + suite + `<testcase name="a"><properties/></testcase></testsuite></testsuites>`, "testcase has no properties"},
		{`<testsuites>` + suite + `loose</testsuite></testsuites>`, "testsuite has no text"},
		{`<testsuites><other/></testsuites>`, "there is no element other"},
	} {
		if got := junitBreaches([]byte(test.content)); !slices.Equal(got, []string{test.want}) {
			t.Errorf("%s: %q, want %q", test.content, got, test.want)
		}
	}
}
