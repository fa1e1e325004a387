package checks_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"notmine/checks"
	"notmine/checks/crowd"
	"notmine/checks/plan"
	"notmine/checks/record"
	"notmine/checks/repro"
	"notmine/checks/script"
	"notmine/checks/sight"
)

// always shows alice's photo to bob as well.
func always(_, _ int, viewer string) []string {
	if viewer == "bob" {
		return []string{"alice", "bob"}
	}
	return []string{viewer}
}

// crowded returns a plan with accounts and a view that the finding does not need.
func crowded() *plan.Plan {
	p := albumPlan(4, "alice", "bob", "carol", "dave")
	p.Views = append(p.Views, plan.View{Name: "news"})
	return p
}

// repeatAlbum repeats a finding of the album.
func repeatAlbum(t *testing.T, ctx context.Context, again *checks.Again, r checks.Repeating) *checks.Repeated {
	t.Helper()
	again.Finding.Viewer, again.Finding.Owner, again.Finding.Item = "bob", "alice", "photo"
	r.Shrink = true
	repeated, err := again.Repeat(ctx, crowded(), r)
	if err != nil {
		t.Fatal(err)
	}
	if repeated.Measured.Hits < 20 || repeated.Measured.Hits != repeated.Measured.Rounds {
		t.Fatalf("%s; want it in each of 20 tries or more", repeated.Measured.Text())
	}
	return repeated
}

// names are those of a plan's accounts.
func names(p *plan.Plan) (all []string) {
	for _, a := range p.Accounts {
		all = append(all, a.Name)
	}
	return all
}

// A finding becomes a case with what it needs; the case says that it still leaks,
// and of a service that is mended that it is fixed.
func TestRepeatToACase(t *testing.T) {
	again := againAt(t, always)
	repeated := repeatAlbum(t, t.Context(), again, checks.Repeating{})
	c := again.CaseOf(repeated, record.Header{Run: "20261122-014500-albm"}, "../album.yaml")
	if got := names(c); !slices.Equal(got, []string{"alice", "bob"}) || len(c.Views) != 1 {
		t.Errorf("the case has the accounts %v and %d views, and needs alice, bob and one", got, len(c.Views))
	}
	if c.Case.Tries != 20 || c.Case.Measured.Hits != c.Case.Measured.Tries || c.Case.Plan != "../album.yaml" || !strings.HasPrefix(c.Case.Needs, "2 accounts") {
		t.Errorf("the case is %+v", c.Case)
	}
	stood := checks.RunCase(t.Context(), c, againAt(t, always).Options, nil)
	if stood.Standing != repro.StillLeaks || stood.Tries.Hits == 0 || stood.Dir == "" {
		t.Errorf("%s: %s, %+v; want still leaks", stood.Standing, stood.Why, stood.Tries)
	}
	stood = checks.RunCase(t.Context(), c, againAt(t, bobAsWell()).Options, nil)
	if stood.Standing != repro.Fixed || stood.Tries.Rounds != 20 || stood.Dir == "" || stood.Failed {
		t.Errorf("%s: %s, %+v; want fixed after 20 tries", stood.Standing, stood.Why, stood.Tries)
	}
	stood = checks.RunCase(t.Context(), c, againAt(t, func(int, int, string) []string { return nil }).Options, nil)
	if stood.Standing != repro.CouldNotTell || !stood.Failed {
		t.Errorf("%s: %s; want that nothing could be told where nobody sees their own", stood.Standing, stood.Why)
	}
}

// A finding that does not come is looked for with all that came before it, unless
// that is nothing more: the same again would tell nothing new.
func TestRepeatOfWhatDoesNotCome(t *testing.T) {
	before := plan.Phase{Name: "before", Order: plan.Sequential, Rounds: 1}
	for _, test := range []struct {
		name  string
		more  []plan.Phase
		whole int // times that it is tried as a whole
	}{{"nothing before", nil, 0}, {"a phase before", []plan.Phase{before}, 1}} {
		again := againAt(t, bobAsWell())
		again.Finding.Viewer, again.Finding.Owner, again.Finding.Item = "bob", "alice", "photo"
		p := albumPlan(1, "alice", "bob")
		p.Phases = append(test.more, p.Phases...)
		runs, whole, start := 0, 0, again.Start
		again.Start = func(ctx context.Context, p *plan.Plan, finder *sight.Finder) (crowd.Driver, error) {
			runs++
			return start(ctx, p, finder)
		}
		repeated, err := again.Repeat(t.Context(), p, checks.Repeating{Shrink: true, Whole: func(repro.Measured) { whole++ }})
		if err != nil {
			t.Fatal(err)
		}
		if got := repeated.Measured.Text().String(); got != "not in 60 tries: rate below 4.9 %" || whole != test.whole || runs != 1+test.whole {
			t.Errorf("%s: %s; %d runs, %d as a whole, want %d", test.name, got, runs, whole, test.whole)
		}
		if n := len(repeated.Plan.Phases); n != 1+test.whole {
			t.Errorf("%s: what was measured has %d phases", test.name, n)
		}
	}
}

// A case in which something else leaks than it did is not fixed.
func TestCaseWithAnotherLeak(t *testing.T) {
	again := againAt(t, always)
	c := again.CaseOf(repeatAlbum(t, t.Context(), again, checks.Repeating{}), record.Header{}, "")
	c.Case.Finding.View = "elsewhere"
	stood := checks.RunCase(t.Context(), c, againAt(t, always).Options, nil)
	if stood.Standing != repro.StillLeaks || len(stood.Others) == 0 || !strings.Contains(stood.Why.String(), "not as it was, but bob was shown alice's photo") {
		t.Errorf("%s: %s, others %v", stood.Standing, stood.Why, stood.Others)
	}
}

// A script that a target has no use for tells nothing, and the case goes on with
// the sessions that it would have had without.
func TestCaseWhoseScriptDoesNotTell(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	s, err := script.Parse([]byte("plant: [{method: POST, url: /photo}]\nviews: {album: [{url: /album}], news: [{url: /news}]}\n"))
	if err != nil {
		t.Fatal(err)
	}
	p := crowded()
	p.Target = server.URL
	p.Case = &plan.Case{
		Tries: 20, HTTP: plan.HTTPCase{Tries: 300},
		Finding: plan.Expected{Check: "canary", Level: "leak", View: "album", Phase: "together", Viewer: "bob", Owner: "alice"},
	}
	for _, test := range []struct {
		shows func(run, round int, viewer string) []string
		want  repro.Standing
	}{{always, repro.StillLeaks}, {bobAsWell(), repro.Fixed}} {
		stood := checks.RunCase(t.Context(), p, againAt(t, test.shows).Options, s)
		if stood.Standing != test.want || stood.Scripted {
			t.Errorf("%s: %s, by the script: %v; want %s, not by the script", stood.Standing, stood.Why, stood.Scripted, test.want)
		}
	}
}

// A target that goes away, one that is away now and then, and the user's Ctrl-C
// each leave the best case so far, and the shrinking says why it is not smaller.
func TestRepeatCutShort(t *testing.T) {
	away := errors.New("connection refused")
	for _, test := range []struct {
		name   string
		starts func(run int) error
		stop   int // candidates after which the user stops
		says   string
		small  bool // all that is not needed is left out
	}{
		{"goes away", func(run int) error {
			if run > 2 {
				return away
			}
			return nil
		}, 0, "connection refused", false},
		{"flaky", func(run int) error {
			if run > 1 && run%3 == 0 {
				return away
			}
			return nil
		}, 0, "nothing more can be left out", true},
		{"Ctrl-C", func(int) error { return nil }, 1, "interrupted", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			ctx, cancel := context.WithCancelCause(t.Context())
			defer cancel(nil)
			again := againAt(t, always)
			start, run := again.Start, 0
			again.Start = func(ctx context.Context, p *plan.Plan, finder *sight.Finder) (crowd.Driver, error) {
				run++
				if err := test.starts(run); err != nil {
					return nil, err
				}
				return start(ctx, p, finder)
			}
			judged := 0
			repeated := repeatAlbum(t, ctx, again, checks.Repeating{Judged: func(repro.Candidate) {
				if judged++; judged == test.stop {
					cancel(crowd.ErrInterrupted)
				}
			}})
			if why := repeated.Shrunk.Why.String(); !strings.Contains(why, test.says) {
				t.Errorf("it says %q, want %q", why, test.says)
			}
			c := again.CaseOf(repeated, record.Header{}, "")
			if smaller := len(c.Accounts) < 4; !smaller {
				t.Error("nothing that was left out before is left out of the case")
			}
			if small := len(c.Accounts) == 2 && len(c.Views) == 1; small != test.small {
				t.Errorf("the case has %d accounts and %d views", len(c.Accounts), len(c.Views))
			}
			if m := c.Case.Measured; m.Hits == 0 || c.Case.Tries < 20 {
				t.Errorf("the case has no rate: %+v", c.Case)
			}
			if stood := checks.RunCase(t.Context(), c, againAt(t, always).Options, nil); stood.Standing != repro.StillLeaks {
				t.Errorf("the case says %s: %s", stood.Standing, stood.Why)
			}
		})
	}
}
