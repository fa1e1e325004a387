package gate

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"notmine/checks/isolation"
	"notmine/checks/plan"
	"notmine/checks/record"
)

// A result that was written is the baseline of the next run.
func TestReadBaseline(t *testing.T) {
	result, err := Judge(healthy(), []isolation.Finding{
		of(isolation.Note, oldLeak), of(isolation.Leak, oldLeak), of(isolation.Suspect, oldLeak), of(isolation.Risk, newLeak),
	}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(result)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "results.json")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := ReadBaseline(path)
	if err != nil {
		t.Fatal(err)
	}
	want := &record.Baseline{Run: "20261122-014500-test", Findings: map[string]string{oldLeak: "leak", newLeak: "risk"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the worst level of each (-want +got):\n%s", diff)
	}
	if _, err := ReadBaseline(path + ".gz"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got error %v, want that there is no such file", err)
	}
	if _, err := ReadBaseline(filepath.Dir(path)); err == nil || !strings.Contains(err.Error(), "not a regular file") {
		t.Errorf("got error %v, want a folder refused", err)
	}
}

func TestForeignBaseline(t *testing.T) {
	const run = `"notmine":1,"run":{"id":"20261121-014500-last"}`
	for _, tt := range []struct{ data, want, why string }{
		{``, "not a results.json", "nothing"},
		{`{"header":{}}` + "\n" + `{"end":{}}`, "not a results.json", "a record"},
		{`{}`, "format 0", "anything else"},
		{`{"notmine":2,"run":{"id":"a"}}`, "format 2", "of a later notmine"},
		{`{"notmine":1,"findings":[]}`, "without the id", "of no run"},
		{`{"notmine":1,"run":{"id":"` + strings.Repeat("a", 101) + `"}}`, "without the id", "of a run that no notmine names so"},
		{`{` + run + `,"findings":[{"fingerprint":"6d1f00aa11bb22cc","level":"leak"},{"fingerprint":"6d1f","level":"leak"}]}`, "finding 2", "no fingerprint"},
		{`{` + run + `,"findings":[{"fingerprint":"6d1f00aa11bb22cc","level":"catastrophe"}]}`, "finding 1", "a level above all"},
		{`{` + run + `,"findings":{}}`, "not a results.json", "no list"},
		{`{` + run + strings.Repeat(" ", largestBaseline), "larger than 64 MiB", "an endless file"},
		{strings.Repeat(`{"a":`, 100_000), "not a results.json", "without a bottom"},
	} {
		got, err := parseBaseline(strings.NewReader(tt.data))
		if err == nil || !strings.Contains(err.Error(), tt.want) || got != nil {
			t.Errorf("%s: got %v and error %.200v, want %q", tt.why, got, err, tt.want)
		}
	}
	if got, err := parseBaseline(strings.NewReader(`{` + run + `}`)); err != nil || len(got.Findings) != 0 {
		t.Errorf("a clean run: got %v and error %v", got, err)
	}
}

func FuzzParseBaseline(f *testing.F) {
	f.Add([]byte(`{"notmine":1,"run":{"id":"a"},"findings":[{"fingerprint":"6d1f00aa11bb22cc","level":"leak"},{"fingerprint":"6d1f00aa11bb22cc","level":"note"}]}`))
	f.Add([]byte(`{"notmine":1,"run":{"id":"a"},"findings":[null,{}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		baseline, err := parseBaseline(bytes.NewReader(data))
		if err != nil {
			return
		}
		if baseline.Run == "" || len(baseline.Run) > longestRunID {
			t.Errorf("run %q", baseline.Run)
		}
		for fingerprint, level := range baseline.Findings {
			if !plan.IsFingerprint(fingerprint) || isolation.Severity(isolation.Level(level)) < 0 {
				t.Errorf("finding %q of level %q", fingerprint, level)
			}
		}
	})
}
