package main

import (
	"context"
	"errors"
	"io/fs"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"notmine/checks"
	"notmine/checks/crowd"
	"notmine/checks/isolation"
	"notmine/checks/phrase"
	"notmine/checks/plan"
	"notmine/checks/record"
	"notmine/checks/repro"
	"notmine/checks/sight"
	"notmine/fixtures"
	"notmine/fixtures/webmail"
)

func TestRepeatable(t *testing.T) {
	for _, test := range []struct {
		levels []isolation.Level
		want   isolation.Level // "" for none
	}{
		{nil, ""},
		{[]isolation.Level{isolation.Note}, ""},
		{[]isolation.Level{isolation.Note, isolation.Risk, isolation.Leak, isolation.Suspect}, isolation.Leak},
		{[]isolation.Level{isolation.Note, isolation.Risk, isolation.Suspect}, isolation.Suspect},
		{[]isolation.Level{isolation.Risk}, isolation.Risk},
	} {
		var all []isolation.Finding
		for _, level := range slices.Concat(test.levels, test.levels) {
			all = append(all, isolation.Finding{Level: level, Round: len(all)})
		}
		got, ok := repeatable(all)
		if ok != (test.want != "") || got.Level != test.want || got.Round != max(0, slices.Index(test.levels, test.want)) {
			t.Errorf("of %v: %+v", test.levels, got)
		}
	}
}

func TestTake(t *testing.T) {
	measured := func(hits, rounds int) repro.Measured { return repro.Of(repro.Tries{Hits: hits, Rounds: rounds}) }
	shrunk := &repro.Shrunk{
		Plan:    &plan.Plan{Accounts: make([]plan.Account, 2), Phases: []plan.Phase{{Name: "together", Order: plan.Together}}},
		Finding: isolation.Finding{Phase: "together", View: "inbox"}, First: measured(20, 20), Last: measured(20, 20),
	}
	short := measured(20, 20)
	short.Why = phrase.New("the time is up")
	for _, test := range []struct {
		why  string
		r    checks.Repeated
		want string // in the error; "" for none
	}{
		{"shrunk", checks.Repeated{Measured: measured(20, 20), Shrunk: shrunk}, ""},
		{"never", checks.Repeated{Measured: measured(0, 60)}, "not reproduced: not in 60 tries"},
		{"not shrunk", checks.Repeated{Measured: short}, "not shrunk: the time is up"},
	} {
		c := new(caseFigures)
		c.take(&test.r)
		if got := strings.Join(c.Errors, "; "); (got == "") != (test.want == "") || !strings.Contains(got, test.want) {
			t.Errorf("%s: %q, want %q in it", test.why, got, test.want)
		}
		if c.Hits != test.r.Measured.Hits || c.Tries != test.r.Measured.Rounds || c.Low != test.r.Measured.Low || c.High != test.r.Measured.High {
			t.Errorf("%s: %+v", test.why, c)
		}
		if test.r.Shrunk != nil && !strings.HasPrefix(c.Said, "needs 2 accounts") {
			t.Errorf("%s: %+v", test.why, c)
		}
	}
}

// A case is held to half of the first rate, and not to what bad luck may make of
// four fifths of it.
func TestTakeCase(t *testing.T) {
	of := func(hits, rounds int) repro.Measured { return repro.Of(repro.Tries{Hits: hits, Rounds: rounds}) }
	short := of(2, 3)
	short.Why = phrase.New("the time is up")
	for _, test := range []struct {
		why        string
		first, now repro.Measured
		want       string // in the error; "" for none
	}{
		{"as often as before", of(20, 20), of(19, 20), ""},
		{"half as often", of(20, 20), of(10, 20), ""},
		{"less than half as often", of(20, 20), of(9, 20), "rarer when shrunk: in 9 of 20 tries, and in 20 of 20 before"},
		{"perhaps out of bad luck", of(9, 30), of(4, 30), ""},
		{"not at all", of(9, 30), of(0, 60), "rarer when shrunk: in 0 of 60 tries, and in 9 of 30 before"},
		{"in too few tries to know", of(20, 20), short, "the rate of its case is not known: the time is up"},
	} {
		c := new(caseFigures)
		c.takeCase(test.first, test.now)
		if got := strings.Join(c.Errors, "; "); got != test.want {
			t.Errorf("%s: %q, want %q", test.why, got, test.want)
		}
		if c.LastHits != test.now.Hits || c.LastTries != test.now.Rounds {
			t.Errorf("%s: %+v", test.why, c)
		}
	}
}

// keepRun writes the record of a run without findings into a folder. end is how it
// ended, "" for not at all.
func keepRun(t *testing.T, end string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	header := heldRun().Header
	header.Seed = 1
	w, file, err := record.Create(filepath.Join(dir, checks.RecordFile), nil)
	if err != nil {
		t.Fatal(err)
	}
	err = w.Append(record.Entry{Header: &header})
	if end != "" {
		err = errors.Join(err, w.Append(record.Entry{End: &record.End{At: begin, Why: end}}))
	}
	if err := errors.Join(err, file.Close()); err != nil {
		t.Fatal(err)
	}
	return dir
}

// What follows a run goes on with its record, if that is whole and of the trial.
func TestKeptRun(t *testing.T) {
	for _, test := range []struct {
		why     string
		seed    uint64
		end     string
		refused bool
	}{
		{"whole", 1, record.Done, false},
		{"of a target that went away", 1, record.TargetFailed, false},
		{"of another seed", 2, record.Done, true},
		{"interrupted", 1, record.Interrupted, true},
		{"cut short", 1, "", true},
	} {
		dir := keepRun(t, test.end)
		d, err := keptRun(dir, test.seed)
		if (err != nil) != test.refused || err == nil && (d.dir != dir || d.header.Run != heldRun().Header.Run) {
			t.Errorf("%s: %+v, %v", test.why, d, err)
		}
	}
	for _, keep := range []string{"", t.TempDir()} {
		if _, err := (trial{seed: 1}).kept(keep, new(mechanism)); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("in %q nothing is kept: %v", keep, err)
		}
	}
	if _, err := (trial{seed: 1}).kept(keepRun(t, record.Done), nil); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("without figures a record is not gone on with: %v", err)
	}
}

// A trial that was run before is only followed, and told of once.
func TestFollowingWhatWasRun(t *testing.T) {
	all, err := trials("webmail/bfcache-after-logout", 1, false)
	if err != nil {
		t.Fatal(err)
	}
	known := &mechanism{Service: "webmail", Fault: "bfcache-after-logout", Rate: rates[0], Seed: 1, Accounts: 3, Visits: 9, Untried: "nothing was kept"}
	var told []*mechanism
	err = all[0].run(t.Context(), 3, keepRun(t, record.Done), known, &following{1, 1}, func(m *mechanism) error {
		told = append(told, m)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(told) != 1 || told[0].Visits != 9 || told[0].Case == nil || told[0].Hunt == nil {
		t.Fatalf("told of are %+v", told)
	}
	if known.Case != nil || known.Hunt != nil {
		t.Error("what was told before is changed while it may be read")
	}
}

// stagedOne stages the first of the trials of that name.
func stagedOne(t *testing.T, name string) (trial, *staged) {
	t.Helper()
	all, err := trials(name, 1, false)
	if err != nil {
		t.Fatal(err)
	}
	s, err := all[0].stage(3)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.close(); err != nil {
			t.Error(err)
		}
	})
	return all[0], s
}

// Each run begins with the service as it was at first, with the fault or without.
func TestAnew(t *testing.T) {
	one, s := stagedOne(t, "webmail/last-writer-current-user")
	mail := s.Service.(*webmail.Service)
	started := errors.New("started")
	start := func(context.Context, *plan.Plan, *sight.Finder) (crowd.Driver, error) { return nil, started }
	for _, fault := range []fixtures.Setting{{}, one.fault, {}} {
		if err := act(t.Context(), s.site.ControlURL, "failover"); err != nil {
			t.Fatal(err)
		}
		mail.Truth().Record(httptest.NewRequest("GET", "/inbox", nil), "alice", fixtures.Datum{Owner: "alice", Item: "subject"})
		if _, err := anew(start, s.site.ControlURL, fault)(t.Context(), s.plan, nil); !errors.Is(err, started) {
			t.Errorf("with fault %q: %v", fault.Name, err)
		}
		if got := mail.Faults.Setting().Name; got != fault.Name {
			t.Errorf("fault %q is on, want %q", got, fault.Name)
		}
		if n := mail.Truth().Report().Responses; n > 0 {
			t.Errorf("with fault %q: %d answers are not forgotten", fault.Name, n)
		}
	}
	for control, want := range map[string]string{s.site.ControlURL + "/nothing": "404", "http://127.0.0.1:1": "fault"} {
		_, err := anew(start, control, one.fault)(t.Context(), s.plan, nil)
		if err == nil || errors.Is(err, started) || !strings.Contains(err.Error(), want) {
			t.Errorf("with a control port at %s: %v, want %q in it", control, err, want)
		}
	}
}

// A case of any service is kept without passwords, and loads with them.
func TestKeep(t *testing.T) {
	for _, service := range []string{"webmail", "booking", "talk", "profiles", "family"} {
		_, s := stagedOne(t, service+"/healthy")
		smaller, view := *s.plan, s.plan.Views[0]
		smaller.Accounts = s.plan.Accounts[:2]
		f := isolation.Finding{
			Check: "canary", Level: isolation.Leak, Viewer: s.plan.Accounts[0].Name, Owner: s.plan.Accounts[1].Name, Item: view.Control,
			View: view.Name, Surface: record.Text, Phase: "together", Round: 1, Message: phrase.New("it leaks"),
		}
		again := &checks.Again{Finding: f}
		repeated := &checks.Repeated{Plan: &smaller, Measured: repro.Of(repro.Tries{Hits: 20, Rounds: 20})}
		file := filepath.Join(t.TempDir(), "case.yaml")
		kept, err := keep(again.CaseOf(repeated, record.Header{Run: "20261122-014500-test"}, s.plan.File), file)
		if err != nil {
			t.Errorf("%s: %v", service, err)
			continue
		}
		if kept.Case == nil || kept.Case.Finding.Phase != "together" || kept.Case.Measured != (plan.Measured{Hits: 20, Tries: 20}) {
			t.Errorf("%s: the case is %+v", service, kept.Case)
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if len(kept.Accounts) != 2 {
			t.Errorf("%s: %d accounts are kept", service, len(kept.Accounts))
			continue
		}
		for i, a := range kept.Accounts {
			if a.Password.Reveal() != s.plan.Accounts[i].Password.Reveal() {
				t.Errorf("%s: %s is loaded with another password", service, a.Name)
			}
			if strings.Contains(string(text), a.Password.Reveal()) {
				t.Errorf("%s: the password of %s stands in\n%s", service, a.Name, text)
			}
		}
	}
}
