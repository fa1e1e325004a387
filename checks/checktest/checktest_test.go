package checktest

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"notmine/checks/isolation"
	"notmine/checks/phrase"
	"notmine/checks/record"
)

// loud reports every observation whose title is not empty.
var loud = &isolation.Check{Name: "loud", Doc: "reports titles", Look: func(p *isolation.Pass, o *record.Observation) error {
	if o.Title != "" {
		f := isolation.In(o)
		f.Level = isolation.Note
		f.Item = o.Title
		f.Message = phrase.Verbatim(o.Title)
		p.Report(f)
	}
	return nil
}}

const header = `{"header":{"notmine":1,"run":"r","started":"2026-11-22T01:45:00Z","plan":{}}}` + "\n"

func TestCompare(t *testing.T) {
	tests := []struct {
		label, lines string
		want         []string
		reason       string
	}{
		{"met", `{"observation":{"title":"a // want \"b\""}} // want "^note: a"`, nil,
			"a mark is what stands after the last want, not what a page holds"},
		{"counted", `{"observation":{"title":"a"}} // want "a .2 visits.$"` + "\n" + `{"observation":{"title":"a"}}`, nil,
			"the same finding again is counted where it first was"},
		{"two on one line", `{"observation":{"title":"a"}} // want "a" "a"`, []string{`2: no finding matches "a"`},
			"one finding does not meet two expectations"},
		{"missing", "// a comment\n\n" + `{"observation":{}} // want "x"`, []string{`4: no finding matches "x"`},
			"a check that has gone silent must fail, at the line of the file"},
		{"surplus", `{"observation":{"title":"a"}}`, []string{"2: unexpected finding: note: a"},
			"a false alarm must fail"},
		{"other", `{"observation":{"title":"a"}} // want "b"`, []string{"2: unexpected finding: note: a", `2: no finding matches "b"`},
			"another finding is both"},
	}
	for _, tt := range tests {
		got, err := compare(loud, []byte(header+tt.lines+"\n"))
		if err != nil {
			t.Errorf("%s: %v", tt.label, err)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s: %s (-want +got):\n%s", tt.label, tt.reason, diff)
		}
	}
}

func TestUnreadable(t *testing.T) {
	tests := []struct{ label, lines, want string }{
		{"no JSON", "{", "line 2"},
		{"mark without quotes", `{"observation":{}} // want x`, "quoted regular expression"},
		{"no expression", `{"observation":{}} // want "("`, "after want"},
		{"mark on something else", `{"end":{"why":"done"}} // want "x"`, "only an observation"},
	}
	for _, tt := range tests {
		_, err := compare(loud, []byte(header+tt.lines))
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: error %v, want one with %q", tt.label, err, tt.want)
		}
	}
}
