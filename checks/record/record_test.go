package record

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"notmine/checks/marker"
	"notmine/checks/plan"
)

func example() []Entry {
	at := time.Date(2026, 11, 22, 1, 45, 0, 0, time.UTC)
	return []Entry{
		{Header: &Header{Notmine: Version, Tool: "test", Run: "20261122-014500-7f3k", Seed: 1, Started: at, System: System{OS: "linux/amd64", CPUs: 8, Go: "go1.26.0"},
			Plan: plan.Outline{File: "mail.yaml", Phases: []plan.Phase{{Name: "solo", Order: plan.Solo, Rounds: 2}}}}},
		{Marker: &marker.Entry{ID: 1, Text: "qzn0", Owner: "alice", Item: "subject", Version: 1}},
		{Phase: &Phase{Index: 0, At: at}},
		{Session: &Session{Account: "alice", What: LoggedIn, At: at}},
		{Observation: &Observation{Account: "alice", Phase: "solo", Round: 1, View: "inbox", Start: at, End: at.Add(time.Second),
			Parts: map[string][]string{"#list tr": {"제목\t방금"}}}},
		{Evidence: &Evidence{Observation: 1, File: "evidence/a.png"}},
		{End: &End{At: at, Why: Done}},
	}
}

func write(t testing.TB, mask func(string) string, entries ...Entry) []byte {
	t.Helper()
	var b bytes.Buffer
	w := NewWriter(&b, mask)
	for _, e := range entries {
		if err := w.Append(e); err != nil {
			t.Fatal(err)
		}
	}
	return b.Bytes()
}

func TestRoundTrip(t *testing.T) {
	entries := example()
	run, err := Read(bytes.NewReader(write(t, nil, entries...)))
	if err != nil {
		t.Fatal(err)
	}
	want := &Run{
		Header: *entries[0].Header, Markers: []marker.Entry{*entries[1].Marker}, Phases: []Phase{*entries[2].Phase},
		Sessions: []Session{*entries[3].Session}, Observations: []*Observation{entries[4].Observation},
		Evidence: map[int][]Evidence{1: {{Observation: 1, File: "evidence/a.png"}}}, End: entries[6].End,
	}
	if diff := cmp.Diff(want, run); diff != "" {
		t.Errorf("what was read differs from what was written (-want +got):\n%s", diff)
	}
}

// A run that is killed leaves any prefix of its record behind.
func TestTornAnywhere(t *testing.T) {
	whole := write(t, nil, example()...)
	first := bytes.IndexByte(whole, '\n')
	for cut := first; cut < len(whole); cut++ {
		run, err := Read(bytes.NewReader(whole[:cut]))
		if err != nil {
			t.Fatalf("cut at byte %d of %d: %v", cut, len(whole), err)
		}
		last := whole[bytes.LastIndexByte(whole[:cut], '\n')+1 : cut]
		if torn := len(last) > 0 && whole[cut] != '\n'; run.Torn != torn {
			t.Fatalf("cut at byte %d: Torn = %v, want %v", cut, run.Torn, torn)
		}
	}
}

// What was drawn for a search, and how it went, are read as they were written.
func TestSearchRoundTrip(t *testing.T) {
	turn := Turn{Phase: "search", Round: 2, Held: true, Looks: []Look{{Who: "alice", View: "inbox"}, {Who: "bob", View: "inbox"}},
		Search: &Search{Accounts: []string{"bob", "alice"}, Changes: []float64{0.1 + 0.2}}}
	went := Searched{Phase: "search", Round: 2, View: "inbox", Sessions: 2, Steps: 4, Known: 3, Changes: []int{1}, Order: []string{"alice", "bob"}, Slow: 1, Loose: 2, Late: 3, Lost: 4}
	run, err := Read(bytes.NewReader(write(t, nil, example()[0], Entry{Turn: &turn}, Entry{Searched: &went})))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]Turn{turn}, run.Turns); diff != "" {
		t.Errorf("drawn (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]Searched{went}, run.Searched); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
}

func TestRefused(t *testing.T) {
	header := string(write(t, nil, example()[0]))
	for _, tt := range []struct{ label, in, want, reason string }{
		{"empty", "", "not a notmine record", "an empty file is no run"},
		{"other JSON", `{"a":1}` + "\n", "not a notmine record", "the first line has to be the header"},
		{"text", "hello\n", "not a notmine record", "somebody gave another file"},
		{"newer", strings.Replace(header, `"notmine":1`, `"notmine":2`, 1), "format 2", "a newer format may mean other things by the same names"},
		{"damaged", header + "{\n" + "{}\n", "line 2", "only the last line may be torn"},
		{"two headers", header + header, "line 2", "two records in one file are not one run"},
		{"unknown phase", header + `{"phase":{"index":7}}` + "\n", "phase 7", "an index is never trusted"},
		{"gap", header + `{"observation":{"n":2}}` + "\n", "observation 2", "a line was taken out"},
	} {
		_, err := Read(strings.NewReader(tt.in))
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: error %v, want one with %q (%s)", tt.label, err, tt.want, tt.reason)
		}
	}
	if _, err := Read(strings.NewReader("hello")); !errors.Is(err, ErrNotARecord) {
		t.Errorf("error %v is not ErrNotARecord", err)
	}
}

// A phase that was made up stands in the record, and is one of those of the run.
func TestPhasesAreMadeUp(t *testing.T) {
	first, second := example()[0], Entry{Phase: &Phase{Index: 0, Made: &plan.Phase{Name: "together-2", Order: plan.Together, Rounds: 3}}}
	before := len(first.Header.Plan.Phases)
	second.Phase.Index = before
	run, err := Read(bytes.NewReader(write(t, nil, first, second)))
	if err != nil {
		t.Fatal(err)
	}
	if !run.MadeUp() {
		t.Error("no phase is told to be made up")
	}
	if got := run.Header.Plan.Phases; len(got) != before+1 || got[before].Name != "together-2" || got[before].Rounds != 3 {
		t.Errorf("the run has the phases %+v", got)
	}
}

func TestMask(t *testing.T) {
	entries := example()
	o := entries[4].Observation
	o.Title, o.Identity, o.Error, o.URL = "my hunter2", "hunter2", "hunter2", "/hunter2"
	o.Parts["#list tr"][0] = "hunter2\tx"
	o.Exchanges = []Exchange{{URL: "/x?hunter2", Error: "hunter2"}}
	o.Sightings = []Sighting{{Path: "/hunter2"}}
	entries[3].Session.Error = "hunter2"
	out := write(t, func(s string) string { return strings.ReplaceAll(s, "hunter2", "•••") }, entries...)
	if bytes.Contains(out, []byte("hunter2")) {
		t.Errorf("the record holds the secret:\n%s", out)
	}
}

func TestCreateNeverOverwrites(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run.jsonl")
	_, f, err := Create(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, error %v, want 0600", info.Mode(), err)
	}
	if _, _, err := Create(path, nil); err == nil {
		t.Error("the record was created a second time")
	}
}

func FuzzRead(f *testing.F) {
	whole := write(f, nil, example()...)
	f.Add(whole)
	f.Add(whole[:len(whole)/2])
	f.Add([]byte("{}\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		run, err := Read(bytes.NewReader(data))
		if (run == nil) == (err == nil) {
			t.Errorf("run %v, error %v: want exactly one of them", run, err)
		}
	})
}
