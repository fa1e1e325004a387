package main

import (
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"testing"

	"notmine/checks"
	"notmine/checks/gate"
	"notmine/checks/isolation"
	"notmine/checks/plan"
	"notmine/checks/record"
	"notmine/checks/suite/noninterference"
	"notmine/fixtures"
	"notmine/fixtures/webmail"
)

// unmarkedRun runs the check noninterference, and no other, on a webmail whose
// plan has no canary and no marker.
func unmarkedRun(t *testing.T, mail *webmail.Service, options webmail.PlanOptions) (*gate.Result, *record.Run) {
	t.Helper()
	site, err := fixtures.Open(mail, "127.0.0.1:0", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer site.Close()
	dir := t.TempDir()
	file := filepath.Join(dir, "webmail.yaml")
	options.Unmarked = true
	if err := os.WriteFile(file, []byte(mail.Plan(site.URL, options)), 0o600); err != nil {
		t.Fatal(err)
	}
	p, err := plan.Load(file)
	if err != nil {
		t.Fatal(err)
	}
	result, err := checks.Run(t.Context(), p, checks.Options{
		Dir: filepath.Join(dir, "run"), Seed: 1, Start: checks.Browser("", false),
		Checks: []*isolation.Check{noninterference.Check},
	})
	if err != nil {
		t.Fatal(err)
	}
	run, err := record.ReadFile(filepath.Join(dir, "run", checks.RecordFile))
	if err != nil {
		t.Fatal(err)
	}
	if len(run.Markers) > 0 {
		t.Fatalf("the plan has %d markers, so the comparison was not alone", len(run.Markers))
	}
	return result, run
}

func TestComparisonAloneFindsTheMixedMailbox(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		lang    string
		arrival int
	}{
		{"ko", 0},
		{"en", 5}, // and mail arrives all the time
	} {
		t.Run(test.lang, func(t *testing.T) {
			t.Parallel()
			mail := newWebmail(t, webmail.Options{
				Seed: 2008, ArrivalEvery: test.arrival, Fault: fixtures.Setting{Name: webmail.LastWriterCurrentUser},
			})
			result, run := unmarkedRun(t, mail, webmail.PlanOptions{Together: 6, Lang: test.lang})
			if result.Verdict != gate.Leak || result.Exit != exitLeak {
				t.Errorf("verdict %s, exit %d; want a leak", result.Verdict, result.Exit)
			}
			truth := mail.Truth().Report()
			leaks, suspects := 0, 0
			for _, f := range result.Findings {
				if f.Level != isolation.Leak {
					suspects++
					continue
				}
				leaks++
				if f.Check != noninterference.Check.Name || f.View != "inbox" || f.Surface != record.Text {
					t.Errorf("a finding of %s on %s, in %s: %s", f.Check, f.View, f.Surface, f.Message)
				}
				if f.Owner == f.Viewer || !slices.ContainsFunc(truth.Leaks, func(l fixtures.Leak) bool {
					return l.Viewer == f.Viewer && l.Owner == f.Owner
				}) {
					t.Errorf("never served: %s", f.Message)
				}
			}
			// Each visit whose page had no other list than somebody else's says whose. One
			// that was given several shows the last of them. In a list stands also what
			// others wrote.
			named := map[int]string{} // owner by visit
			for _, f := range result.Findings {
				for _, n := range f.Visits {
					named[n] = f.Owner
				}
			}
			mixed := 0
			for _, o := range run.Observations {
				lists, whose := 0, map[string]bool{}
				for _, e := range o.Exchanges {
					if path.Base(e.URL) != "list" || e.Start.Before(o.Start) {
						continue
					}
					lists++
					for _, l := range truth.Leaks {
						if l.Path == "/api/list" && l.Traceparent == e.Trace {
							whose[l.Owner] = true
						}
					}
				}
				if o.View != "inbox" || lists != 1 || len(whose) == 0 {
					continue
				}
				if mixed++; !whose[named[o.N]] {
					t.Errorf("%s was shown a list with what is of %v in round %d of %s, and %q was named", o.Account, slices.Sorted(maps.Keys(whose)), o.Round, o.Phase, named[o.N])
				}
			}
			t.Logf("%d pairs of viewer and owner named, %d visits with nothing but somebody else's list, %d suspects", leaks, mixed, suspects)
			if mixed < len(run.Header.Plan.Accounts) {
				t.Errorf("there were only %d visits with nothing but somebody else's list", mixed)
			}
			if suspects > 0 {
				t.Errorf("%d findings name no owner", suspects)
			}
		})
	}
}

func TestComparisonAloneIsSilentOnTheHealthyTwin(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		lang    string
		arrival int
	}{
		{"ko", 5},
		{"en", 2},
	} {
		t.Run(test.lang, func(t *testing.T) {
			t.Parallel()
			mail := newWebmail(t, webmail.Options{Seed: 7, ArrivalEvery: test.arrival})
			result, run := unmarkedRun(t, mail, webmail.PlanOptions{Together: 14, Lang: test.lang})
			for _, f := range result.Findings {
				t.Errorf("%s: %s (round %d of %s)", f.Level, f.Message, f.Round, f.Phase)
			}
			if result.Verdict != gate.Clean || result.Exit != exitClean {
				t.Errorf("verdict %s, exit %d: %q", result.Verdict, result.Exit, result.Reasons)
			}
			if bound := result.Coverage.RateBound95; bound == nil || *bound > 0.01 {
				t.Errorf("the bound is %v, want one below 1 %%", bound)
			}
			// Silence means something only if there was something to be wrong about.
			first := map[string]int{}
			most := map[string]int{}
			for _, o := range run.Observations {
				for _, rows := range o.Parts {
					if first[o.Account] == 0 {
						first[o.Account] = len(rows)
					}
					most[o.Account] = max(most[o.Account], len(rows))
				}
			}
			for account, n := range first {
				if most[account] < n+3 {
					t.Errorf("no mail to speak of came to %s: %d rows, and at most %d", account, n, most[account])
				}
			}
		})
	}
}

func newWebmail(t *testing.T, options webmail.Options) *webmail.Service {
	t.Helper()
	mail, err := webmail.New(options)
	if err != nil {
		t.Fatal(err)
	}
	return mail
}
