package browser

import (
	"slices"
	"strings"
	"testing"

	"notmine/checks/plan"
	"notmine/checks/record"
)

// The plan says how much of a body is looked at; what lies beyond is missed.
func TestTheBodyLimitIsThePlans(t *testing.T) {
	site := newSite(t, map[string]string{
		"/": "<p>near mark-near</p><!--" + strings.Repeat("x", 64<<10) + "--><!-- mark-far -->",
	}, nil)
	for _, limit := range []int64{16 << 10, 1 << 20} {
		p := planOf(site.URL)
		p.Limits.Body = limit
		s := opened(t, started(t, p, known(t, "mark-near", "mark-far")), 0)
		o, err := s.looked(t.Context(), plan.View{Name: "page", Steps: stepsOf(plan.Goto, "/")})
		if err != nil {
			t.Fatal(err)
		}
		found := func(text string) bool {
			return slices.ContainsFunc(o.Sightings, func(s record.Sighting) bool { return s.Surface == record.Body && s.Text == text })
		}
		missed := slices.ContainsFunc(o.Missed, func(m record.Missed) bool { return m.Surface == record.Body && m.Path == "/" })
		if whole := limit > 64<<10; !found("mark-near") || found("mark-far") != whole || missed == whole {
			t.Errorf("with a limit of %d bytes the body gave %+v, and missed was %+v", limit, o.Sightings, o.Missed)
		}
	}
}
