package main

import (
	"os"
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
	path := filepath.Join(dir, "webmail.yaml")
	options.Unmarked = true
	if err := os.WriteFile(path, []byte(mail.Plan(site.URL, options)), 0o600); err != nil {
		t.Fatal(err)
	}
	p, err := plan.Load(path)
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
			result, _ := unmarkedRun(t, mail, webmail.PlanOptions{Together: 6, Lang: test.lang})
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
			// Not all that were served were seen: the view of a message comes past
			// the list too, and compares nothing there.
			pairs := map[[2]string]bool{}
			for _, l := range truth.Leaks {
				if l.Path == "/api/list" {
					pairs[[2]string{l.Viewer, l.Owner}] = true
				}
			}
			t.Logf("%d pairs of viewer and owner named, %d served, %d suspects", leaks, len(pairs), suspects)
			if leaks < len(pairs)/2 {
				t.Errorf("%d pairs of viewer and owner were named, of %d that were served", leaks, len(pairs))
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
