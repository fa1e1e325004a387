package report

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"notmine/checks/isolation"
	"notmine/checks/phrase"
)

func markdown(t *testing.T, told told) string {
	t.Helper()
	var out bytes.Buffer
	if err := Markdown(&out, told.run, told.result, "out"); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// What a record says stands in code spans; what stands outside of them is ours.
func TestMarkdownIsInert(t *testing.T) {
	told := hostileRun()
	told.result.Findings[0].Message = phrase.Verbatim("` | [x](https://evil.example.test) <img src=x> @somebody #1 \\` \\| www.evil.example.test")
	told.result.Findings[0].View = `\`
	told.result.Findings[1].Expired = &isolation.Accepted{Reason: hostile, Owner: hostile}
	text := markdown(t, told)
	if len(text) > 256<<10 {
		t.Errorf("%d bytes, and GitHub takes 1 MiB of all that a step writes", len(text))
	}
	span := regexp.MustCompile("`[^`]+`")
	ours := regexp.MustCompile(`^[A-Za-z0-9 ,.:;|*#()\-–]*$`)
	rows := 0
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if outside := span.ReplaceAllString(line, ""); !ours.MatchString(outside) || strings.Contains(outside, "www") {
			t.Errorf("outside of a code span: %q", outside)
		}
		if strings.HasPrefix(line, "| ") {
			rows++
			if n := strings.Count(line, "|"); n != 9 {
				t.Errorf("%d cells: %s", n-1, line)
			}
		}
	}
	if want := mostSummaryRows + 1; rows != want {
		t.Errorf("%d rows, want %d", rows, want)
	}
	if want := fmt.Sprintf("\nand %d more findings in results.json\n", len(told.result.Findings)-mostSummaryRows); !strings.Contains(text, want) {
		t.Error("how many rows are left out is not told")
	}
}

func TestCode(t *testing.T) {
	for _, test := range []struct{ in, want, why string }{
		{"bob's inbox", "`bob's inbox`", "as it is"},
		{"a`b|c", "`a´b¦c`", "neither the span nor the cell ends"},
		{" \n ", "–", "an empty span is none"},
		{"한글\u202e", "`한글‹U+202E›`", "cleaned like everything"},
	} {
		if got := code(test.in, 100); got != test.want {
			t.Errorf("code(%q) = %q, want %q: %s", test.in, got, test.want, test.why)
		}
	}
}
