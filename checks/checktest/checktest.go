// Package checktest runs a check over recorded runs in which the findings that
// it must make are marked, as analysistest does for source files.
//
// A test record is a record like any other, JSON Lines with the header first,
// in which a line may end with what the check must find there:
//
//	{"observation":{…}} // want "leak: bob was shown alice's subject on inbox .3 visits."
//
// Each string is a regular expression. It has to match "level: message" of a
// finding whose first witness is the observation on that line; " (n visits)"
// follows when there was more than one. An expectation without a finding and a
// finding without an expectation both fail the test, so that a record without
// marks says that the check must stay silent. Lines that are empty or begin
// with // are passed over. Observations may leave out their number.
package checktest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"notmine/checks/isolation"
	"notmine/checks/record"
)

// Run applies check to each of the records in files.
func Run(t *testing.T, check *isolation.Check, files ...string) {
	t.Helper()
	for _, file := range files {
		t.Run(file, func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			problems, err := compare(check, data)
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range problems {
				t.Errorf("%s:%s", file, p)
			}
		})
	}
}

// marked is a record with its marks taken off.
type marked struct {
	run   *record.Run
	lines []int                    // of each observation
	wants map[int][]*regexp.Regexp // line → what must be found there
}

// compare returns what is missing and what is too much, each as "line: text".
func compare(check *isolation.Check, data []byte) ([]string, error) {
	m, err := parse(data)
	if err != nil {
		return nil, err
	}
	findings, err := isolation.Apply(m.run, []*isolation.Check{check})
	if err != nil {
		return nil, err
	}
	var problems []string
	for _, f := range findings {
		line := m.lines[f.Witness[0]-1]
		text := fmt.Sprintf("%s: %s", f.Level, f.Message)
		if f.Count > 1 {
			text += fmt.Sprintf(" (%d visits)", f.Count)
		}
		if !m.meet(line, text) {
			problems = append(problems, fmt.Sprintf("%d: unexpected finding: %s", line, text))
		}
	}
	for _, line := range m.lines {
		for _, want := range m.wants[line] {
			problems = append(problems, fmt.Sprintf("%d: no finding matches %q", line, want))
		}
	}
	return problems, nil
}

// meet strikes out the first expectation of line that text meets.
func (m *marked) meet(line int, text string) bool {
	for i, want := range m.wants[line] {
		if want.MatchString(text) {
			m.wants[line] = append(m.wants[line][:i:i], m.wants[line][i+1:]...)
			return true
		}
	}
	return false
}

func parse(data []byte) (*marked, error) {
	m := &marked{wants: map[int][]*regexp.Regexp{}}
	var plain bytes.Buffer
	for i, line := range strings.Split(string(data), "\n") {
		n := i + 1
		text, marks, _ := cutLast(line, " // want ")
		text = strings.TrimSpace(text)
		if text == "" || strings.HasPrefix(text, "//") {
			continue
		}
		wants, err := expectations(marks)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		var e record.Entry
		if err := json.Unmarshal([]byte(text), &e); err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		switch {
		case e.Observation != nil:
			m.lines = append(m.lines, n)
			m.wants[n] = wants
			e.Observation.N = len(m.lines)
		case len(wants) > 0:
			return nil, fmt.Errorf("line %d: only an observation can be marked", n)
		}
		if err := json.NewEncoder(&plain).Encode(e); err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
	}
	run, err := record.Read(&plain)
	if err != nil {
		return nil, err
	}
	m.run = run
	return m, nil
}

func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}

// expectations reads quoted regular expressions.
func expectations(marks string) ([]*regexp.Regexp, error) {
	var wants []*regexp.Regexp
	for rest := strings.TrimSpace(marks); rest != ""; rest = strings.TrimSpace(rest) {
		quoted, err := strconv.QuotedPrefix(rest)
		if err != nil {
			return nil, errors.New("after want: a quoted regular expression was expected")
		}
		text, err := strconv.Unquote(quoted)
		if err != nil {
			return nil, fmt.Errorf("after want: %w", err)
		}
		want, err := regexp.Compile(text)
		if err != nil {
			return nil, fmt.Errorf("after want: %w", err)
		}
		wants = append(wants, want)
		rest = rest[len(quoted):]
	}
	return wants, nil
}
