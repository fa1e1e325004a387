package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"
)

// validate holds a file against the official schema, and sees that a reader
// found in it what it has: the schema is of the whole of what was read.
func validate(t *testing.T, name string, file []byte) *sarif.Report {
	t.Helper()
	read, err := sarif.FromBytes(file)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if err := read.Validate(); err != nil {
		t.Errorf("%s: %v", name, err)
	}
	again, err := json.Marshal(read)
	if err != nil {
		t.Fatal(err)
	}
	var ours, theirs any
	for text, value := range map[*any][]byte{&ours: file, &theirs: again} {
		if err := json.Unmarshal(value, text); err != nil {
			t.Fatal(err)
		}
	}
	if lost := missing(ours, theirs, ""); lost != "" {
		t.Errorf("%s: the reader knows no %s", name, lost)
	}
	return read
}

// missing returns the path of a value that is in a and not in b; "" for none.
func missing(a, b any, path string) string {
	switch a := a.(type) {
	case map[string]any:
		in, ok := b.(map[string]any)
		if !ok {
			return path
		}
		for name, value := range a {
			if lost := missing(value, in[name], path+"/"+name); lost != "" {
				return lost
			}
		}
	case []any:
		in, ok := b.([]any)
		if !ok || len(in) != len(a) {
			return path
		}
		for i := range a {
			if lost := missing(a[i], in[i], path); lost != "" {
				return lost
			}
		}
	default:
		if !cmp.Equal(a, b) {
			return path
		}
	}
	return ""
}

// manyFindings is a run with n findings of every level, each its own.
func manyFindings(n int) told {
	t := leakRun()
	of := t.result.Findings
	t.result.Findings = nil
	for i := range n {
		f := of[i%len(of)]
		f.Fingerprint, f.Count = fmt.Sprintf("%016x", i), i+1
		t.result.Findings = append(t.result.Findings, f)
	}
	return t
}

func TestSARIFKeepsToTheSchema(t *testing.T) {
	goldens, err := filepath.Glob("testdata/*.sarif")
	if err != nil || len(goldens) < 5 {
		t.Fatalf("the golden files are %q: %v", goldens, err)
	}
	for _, golden := range goldens {
		file, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		validate(t, golden, file)
	}
	for name, told := range map[string]told{"hostile": hostileRun(), "500 findings": manyFindings(500)} {
		var out bytes.Buffer
		if err := SARIF(&out, told.run, told.result, someChecks); err != nil {
			t.Fatal(err)
		}
		read := validate(t, name, out.Bytes())
		if got, want := len(read.Runs[0].Results), len(told.result.Findings); got != want {
			t.Errorf("%s: %d results of %d findings", name, got, want)
		}
	}
	var broken bytes.Buffer
	if err := SARIF(&broken, leakRun().run, leakRun().result, someChecks); err != nil {
		t.Fatal(err)
	}
	read, err := sarif.FromBytes(bytes.Replace(broken.Bytes(), []byte(`"startLine": 27`), []byte(`"startLine": 0`), 1))
	if err != nil {
		t.Fatal(err)
	}
	if read.Validate() == nil {
		t.Error("a line 0 passes, so nothing is held against the schema")
	}
}
