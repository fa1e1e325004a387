package gate

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"notmine/checks/isolation"
	"notmine/checks/phrase"
	"notmine/checks/plan"
	"notmine/checks/record"
)

const (
	oldLeak = "6d1f00aa11bb22cc"
	newLeak = "99aa00aa11bb22cc"
)

// canaryOf is what the check canary says of alice's subject on the inbox.
func canaryOf(fingerprint, viewer string) isolation.Finding {
	return isolation.Finding{
		Check: "canary", Level: isolation.Leak, Fingerprint: fingerprint, Viewer: viewer, Owner: "alice", Item: "subject", View: "inbox",
	}
}

func of(level isolation.Level, fingerprint string) isolation.Finding {
	return isolation.Finding{Check: "stale", Level: level, Fingerprint: fingerprint, Viewer: "bob", View: "inbox"}
}

// until accepts a fingerprint until a day of November 2026; the run is of the 22nd.
func until(day int, fingerprints ...string) []plan.Accepted {
	expires, err := plan.ParseDate(time.Date(2026, 11, day, 0, 0, 0, 0, time.UTC).Format(time.DateOnly))
	if err != nil {
		panic(err)
	}
	var all []plan.Accepted
	for _, f := range fingerprints {
		all = append(all, plan.Accepted{Fingerprint: f, Reason: "rewritten in spring", Owner: "kim", Expires: expires})
	}
	return all
}

func baselineOf(level isolation.Level, fingerprints ...string) *record.Baseline {
	b := &record.Baseline{Run: "20261121-014500-last", Findings: map[string]string{}}
	for _, f := range fingerprints {
		b.Findings[f] = string(level)
	}
	return b
}

// leaking gives bob alice's subject in every nth round in company, beside his
// own or in its place.
func leaking(nth int, beside bool) func(*record.Run) {
	return func(run *record.Run) {
		company(run, func(o *record.Observation) {
			if o.Account != "bob" || o.Round%nth != 0 {
				return
			}
			own := o.Sightings
			leakTo(o)
			if beside {
				o.Sightings = append(o.Sightings, own...)
			}
		})
	}
}

func TestAccepted(t *testing.T) {
	old := []isolation.Finding{canaryOf(oldLeak, "bob")}
	both := []isolation.Finding{canaryOf(oldLeak, "bob"), canaryOf(newLeak, "carol")}
	few := leaking(50, true)
	for _, tt := range []struct {
		label    string
		change   func(*record.Run)
		findings []isolation.Finding
		accepted []plan.Accepted
		baseline *record.Baseline
		opts     Options
		verdict  Verdict
		exit     int
		reasons  []string
		leaks    Leaks
		reason   string
	}{
		{label: "not accepted", change: few, findings: old, verdict: Leak, exit: 1, leaks: Leaks{New: 1},
			reason: "nobody answers for it"},
		{label: "accepted", change: few, findings: old, accepted: until(30, oldLeak), verdict: Clean, exit: 0, leaks: Leaks{Accepted: 1},
			reason: "somebody does, and enough was looked at"},
		{label: "to other viewers", change: few, findings: []isolation.Finding{canaryOf(oldLeak, "bob"), canaryOf(oldLeak, "carol")}, accepted: until(30, oldLeak),
			verdict: Clean, exit: 0, leaks: Leaks{Accepted: 1}, reason: "a fingerprint holds no names"},
		{label: "on the last day", change: few, findings: old, accepted: until(22, oldLeak), verdict: Clean, exit: 0, leaks: Leaks{Accepted: 1},
			reason: "the whole day counts"},
		{label: "the day after", change: few, findings: old, accepted: until(21, oldLeak), verdict: Leak, exit: 1, leaks: Leaks{Expired: 1},
			reasons: []string{"leak 6d1f00aa11bb22cc was accepted until 2026-11-21 by kim"}, reason: "it was to be mended by then"},
		{label: "with a new one", change: few, findings: both, accepted: until(30, oldLeak), verdict: Leak, exit: 1, leaks: Leaks{New: 1, Accepted: 1},
			reason: "which it does not hide"},
		{label: "expired with a new one", change: few, findings: both, accepted: until(1, oldLeak), verdict: Leak, exit: 1, leaks: Leaks{New: 1, Expired: 1},
			reasons: []string{"leak 6d1f00aa11bb22cc was accepted until 2026-11-01 by kim"}, reason: "both fail"},
		{label: "both", change: few, findings: both, accepted: until(30, oldLeak, newLeak), verdict: Clean, exit: 0, leaks: Leaks{Accepted: 2},
			reason: "each has its entry"},
		{label: "another marker", change: func(run *record.Run) {
			few(run)
			company(run, func(o *record.Observation) {
				if o.Account == "alice" && o.Round == 7 {
					o.Sightings = append(o.Sightings, record.Sighting{Marker: 2, Owner: "bob", Item: "subject", Text: "bob's subject", Surface: record.Text})
				}
			})
		}, findings: old, accepted: until(30, oldLeak), verdict: Leak, exit: 1, leaks: Leaks{Accepted: 1},
			reasons: []string{"1 visit brought a marker to somebody outside its audience"}, reason: "no check spoke of it, and no entry does"},
		{label: "seldom looked", change: func(run *record.Run) { few(run); run.Header.Plan.Pass.Bound = 0.005 }, findings: old, accepted: until(30, oldLeak),
			verdict: Inconclusive, exit: 2, leaks: Leaks{Accepted: 1},
			reasons: []string{"no new leak in 450 exposures leaves room for a new leak rate of 0.664 % per visit; 0.5 % takes 598, about 50 more rounds"},
			reason:  "what is accepted says nothing about the rest"},
		{label: "interrupted", change: func(run *record.Run) { few(run); run.End.Why = record.Interrupted }, findings: old, accepted: until(30, oldLeak),
			verdict: Inconclusive, exit: 130, leaks: Leaks{Accepted: 1},
			reasons: []string{"the run was interrupted, and what it had seen until then was judged"}, reason: "it is no more than any other run"},
		{label: "in place of one's own", change: leaking(2, false), findings: old, accepted: until(30, oldLeak), verdict: Clean, exit: 0, leaks: Leaks{Accepted: 1},
			reason: "75 of 450 controls were displaced, and the finding says by what; 375 exposures are enough"},
		{label: "always in place of one's own", change: leaking(1, false), findings: old, accepted: until(30, oldLeak), opts: Options{Bound: 0.02},
			verdict: Inconclusive, exit: 2, leaks: Leaks{Accepted: 1}, reasons: []string{"bob never saw anything of their own in company"},
			reason: "whether bob is given other things nobody knows"},
		{label: "in place of everybody's own", change: func(run *record.Run) {
			company(run, func(o *record.Observation) {
				leakTo(o)
				if o.Account == "alice" {
					o.Sightings[0] = record.Sighting{Marker: 2, Owner: "bob", Item: "subject", Text: "bob's subject", Surface: record.Text}
				}
			})
		}, findings: []isolation.Finding{canaryOf(oldLeak, "bob"), canaryOf(oldLeak, "carol"),
			{Level: isolation.Leak, Fingerprint: oldLeak, Viewer: "alice", Owner: "bob", Item: "subject", View: "inbox"}},
			accepted: until(30, oldLeak), verdict: Inconclusive, exit: 2, leaks: Leaks{Accepted: 1},
			reasons: []string{"on view inbox the accounts did not see their own subject in 450 of 450 visits, so those visits prove nothing"},
			reason:  "nothing else could ever have been seen"},
		{label: "blind besides", change: func(run *record.Run) {
			leaking(10, false)(run)
			company(run, func(o *record.Observation) {
				if o.Account != "bob" && o.Round > 120 {
					o.Sightings = nil
				}
			})
		}, findings: old, accepted: until(30, oldLeak), verdict: Inconclusive, exit: 2, leaks: Leaks{Accepted: 1},
			reasons: []string{"on view inbox the accounts did not see their own subject in 75 of 450 visits, so those visits prove nothing"},
			reason:  "the leak explains 15 visits and not the other 60"},
		{label: "suspect", change: func(run *record.Run) { run.Header.Plan.Pass.FailOn = []string{"suspect"} },
			findings: []isolation.Finding{of(isolation.Suspect, newLeak)}, accepted: until(30, newLeak), verdict: Clean, exit: 0, leaks: Leaks{Accepted: 1},
			reason: "whatever the plan fails on can be accepted"},
		{label: "expired suspect", change: func(run *record.Run) { run.Header.Plan.Pass.FailOn = []string{"suspect"} },
			findings: []isolation.Finding{of(isolation.Suspect, newLeak), of(isolation.Suspect, oldLeak)}, accepted: slices.Concat(until(30, oldLeak), until(1, newLeak)),
			verdict: Leak, exit: 1, leaks: Leaks{Expired: 1, Accepted: 1},
			reasons: []string{"1 finding of level suspect, and the plan fails on that level", "suspect 99aa00aa11bb22cc was accepted until 2026-11-01 by kim"},
			reason:  "and fails again"},
		{label: "risk", findings: []isolation.Finding{of(isolation.Risk, newLeak)}, accepted: until(1, newLeak), verdict: Clean, exit: 0,
			reason: "it would not have failed the run in any case"},
		{label: "known", change: few, findings: old, baseline: baselineOf(isolation.Leak, oldLeak), verdict: Clean, exit: 0, leaks: Leaks{Known: 1},
			reason: "the last run had it"},
		{label: "known with a new one", change: few, findings: both, baseline: baselineOf(isolation.Leak, oldLeak), verdict: Leak, exit: 1, leaks: Leaks{New: 1, Known: 1},
			reason: "only new ones fail"},
		{label: "worse than known", change: few, findings: old, baseline: baselineOf(isolation.Suspect, oldLeak), verdict: Leak, exit: 1, leaks: Leaks{New: 1},
			reason: "that it is proven now is new"},
		{label: "known and accepted", change: few, findings: old, accepted: until(30, oldLeak), baseline: baselineOf(isolation.Leak, oldLeak),
			verdict: Clean, exit: 0, leaks: Leaks{Accepted: 1}, reason: "somebody answers for it"},
		{label: "known and expired", change: few, findings: old, accepted: until(1, oldLeak), baseline: baselineOf(isolation.Leak, oldLeak),
			verdict: Leak, exit: 1, leaks: Leaks{Expired: 1}, reasons: []string{"leak 6d1f00aa11bb22cc was accepted until 2026-11-01 by kim"},
			reason: "or no date would ever count"},
		{label: "another file", change: few, findings: old, accepted: until(1, oldLeak), opts: Options{Accepted: until(30, oldLeak)},
			verdict: Clean, exit: 0, leaks: Leaks{Accepted: 1}, reason: "it is judged by that one"},
		{label: "an empty file", change: few, findings: old, accepted: until(30, oldLeak), opts: Options{Accepted: []plan.Accepted{}},
			verdict: Leak, exit: 1, leaks: Leaks{New: 1}, reason: "which accepts nothing"},
		{label: "another baseline", change: few, findings: old, baseline: baselineOf(isolation.Leak, oldLeak), opts: Options{Baseline: baselineOf(isolation.Leak)},
			verdict: Leak, exit: 1, leaks: Leaks{New: 1}, reason: "which had nothing"},
	} {
		t.Run(tt.label, func(t *testing.T) {
			run := healthy()
			if tt.change != nil {
				tt.change(run)
			}
			run.Header.Plan.Accepted, run.Header.Baseline = tt.accepted, tt.baseline
			given := slices.Clone(tt.findings)
			got, err := Judge(run, tt.findings, tt.opts)
			if err != nil {
				t.Fatal(err)
			}
			if got.Verdict != tt.verdict || got.Exit != tt.exit {
				t.Errorf("%s, exit %d; want %s, exit %d: %s", got.Verdict, got.Exit, tt.verdict, tt.exit, tt.reason)
			}
			if want := strings.Join(tt.reasons, "; "); phrase.Join(got.Reasons, "; ").String() != want {
				t.Errorf("reasons %q, want %q", got.Reasons, want)
			}
			if got.Leaks != tt.leaks {
				t.Errorf("leaks %+v, want %+v: %s", got.Leaks, tt.leaks, tt.reason)
			}
			if diff := cmp.Diff(given, tt.findings); diff != "" {
				t.Errorf("the caller's findings were changed:\n%s", diff)
			}
		})
	}
}

// What was given to somebody else was given, accepted or not.
func TestAcceptedNumbers(t *testing.T) {
	findings := []isolation.Finding{canaryOf(oldLeak, "bob")}
	run := healthy()
	leaking(2, false)(run)
	failing, err := Judge(run, findings, Options{})
	if err != nil {
		t.Fatal(err)
	}
	run.Header.Plan.Accepted = until(30, oldLeak)
	accepted, err := Judge(run, findings, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(failing.Phases, accepted.Phases); diff != "" || accepted.Phases[1].LeakingVisits != 75 {
		t.Errorf("%d leaking visits, want 75 (-failing +accepted):\n%s", accepted.Phases[1].LeakingVisits, diff)
	}
	if rate := accepted.Coverage.Rate95; rate == nil || *rate != *failing.Coverage.Rate95 {
		t.Errorf("rate %+v, want %+v", rate, failing.Coverage.Rate95)
	}
	if accepted.Coverage.RateBound95 != nil {
		t.Errorf("a bound of all leaks, %v, for a run that had some", *accepted.Coverage.RateBound95)
	}
	if bound, want := accepted.Coverage.NewRateBound95, rounded(UpperBound(375)); bound == nil || *bound != want {
		t.Errorf("bound of new leaks %v, want %v of 375 exposures", bound, want)
	}
	if failing.Coverage.NewRateBound95 != nil || failing.Coverage.RateBound95 != nil {
		t.Error("a bound for a run that fails")
	}
	// Without a marker in company the finding is a leak still.
	identity, err := Judge(withAccepted(healthy()), findings, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if identity.Coverage.RateBound95 != nil || identity.Coverage.NewRateBound95 == nil {
		t.Errorf("bounds %v and %v, want the second alone", identity.Coverage.RateBound95, identity.Coverage.NewRateBound95)
	}
	// An accepted suspect is none.
	suspect := withAccepted(healthy())
	suspect.Header.Plan.Pass.FailOn = []string{"suspect"}
	doubtful, err := Judge(suspect, []isolation.Finding{of(isolation.Suspect, oldLeak)}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if doubtful.Coverage.RateBound95 == nil || doubtful.Coverage.NewRateBound95 != nil {
		t.Errorf("bounds %v and %v, want the first alone", doubtful.Coverage.RateBound95, doubtful.Coverage.NewRateBound95)
	}
}

func withAccepted(run *record.Run) *record.Run {
	run.Header.Plan.Accepted = until(30, oldLeak)
	return run
}

func TestAcceptedMarks(t *testing.T) {
	run := healthy()
	run.Header.Plan.Accepted = slices.Concat(until(30, newLeak, "0000000000000001"), until(1, oldLeak, "0000000000000002"))
	run.Header.Baseline = baselineOf(isolation.Leak, newLeak, oldLeak, "aaaa00aa11bb22cc")
	got, err := Judge(run, []isolation.Finding{
		canaryOf(newLeak, "bob"), canaryOf(oldLeak, "bob"), canaryOf("aaaa00aa11bb22cc", "bob"), canaryOf("bbbb00aa11bb22cc", "bob"),
	}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	var marks []string
	for _, f := range got.Findings {
		mark := f.Fingerprint[:4]
		if f.Accepted != nil {
			mark += " accepted until " + f.Accepted.Expires.String() + " by " + f.Accepted.Owner + " (" + f.Accepted.Reason + ")"
		}
		if f.Expired != nil {
			mark += " expired " + f.Expired.Expires.String()
		}
		if f.Known != nil {
			mark += " known " + f.Known.Run
		}
		if Fails(&f, run.Header.Plan.Pass) {
			mark += " fails"
		}
		marks = append(marks, mark)
	}
	want := []string{
		"99aa accepted until 2026-11-30 by kim (rewritten in spring) known 20261121-014500-last",
		"6d1f expired 2026-11-01 fails",
		"aaaa known 20261121-014500-last",
		"bbbb fails",
	}
	if diff := cmp.Diff(want, marks); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	var unseen []string
	for _, a := range got.Unseen {
		unseen = append(unseen, a.Fingerprint)
	}
	if diff := cmp.Diff([]string{"0000000000000001", "0000000000000002"}, unseen); diff != "" {
		t.Errorf("not found, in the order of the file (-want +got):\n%s", diff)
	}
	// Whoever looks on while the run goes on is told the same.
	for _, f := range got.Findings {
		early := canaryOf(f.Fingerprint, "bob")
		if Mark(&early, &run.Header); cmp.Diff(f, early) != "" {
			t.Errorf("marked while the run went on (-afterwards +then):\n%s", cmp.Diff(f, early))
		}
	}
	// What was marked before is judged anew.
	again, err := Judge(run, got.Findings, Options{Accepted: []plan.Accepted{}, Baseline: baselineOf(isolation.Leak)})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range again.Findings {
		if f.Accepted != nil || f.Expired != nil || f.Known != nil {
			t.Errorf("%s is still marked: %+v", f.Fingerprint, f)
		}
	}
}

func TestOwnBaseline(t *testing.T) {
	run := healthy()
	baseline := baselineOf(isolation.Leak, oldLeak)
	baseline.Run = run.Header.Run
	if _, err := Judge(run, nil, Options{Baseline: baseline}); err == nil || !strings.Contains(err.Error(), "cannot be its own baseline") {
		t.Errorf("a run that is held against itself is never red; got error %v", err)
	}
}
