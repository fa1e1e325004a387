package browser

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"notmine/checks/plan"
	"notmine/checks/record"
)

// looking visits a page of a site once it has loaded, and its scripts have set
// document.ready if it says that they will.
func looking(t *testing.T, s *Session, path string) *record.Observation {
	t.Helper()
	o, err := s.looked(t.Context(), plan.View{Name: path, Steps: stepsOf(
		plan.Goto, path, plan.Eval, "document.readyState === 'complete' && document.ready !== false",
	)})
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return o
}

// wantFound compares what the page held, which is all but what passed on the
// wire, with lines of "surface path owner".
func wantFound(t *testing.T, o *record.Observation, want ...string) {
	t.Helper()
	var got []string
	for _, s := range o.Sightings {
		if s.Exchange == 0 {
			got = append(got, strings.Join([]string{s.Surface, s.Path, s.Owner}, " "))
		}
	}
	wantLines(t, got, want)
}

const closedRoots = `<script>
	const shadow = (el, html) => { const root = el.attachShadow({mode: 'closed'}); root.innerHTML = html; return root };
</script>`

func TestClosedShadowTrees(t *testing.T) {
	site := newSite(t, map[string]string{
		"/one":   closedRoots + `<div id=host></div><script>shadow(host, '<p>mark-one</p>')</script>`,
		"/text":  closedRoots + `<div id=host></div><script>shadow(host, '').append('mark-one')</script>`,
		"/named": closedRoots + `<x-card id=host></x-card><script>shadow(host, '<p>mark-one</p>')</script>`,
		"/declared": `<div><template shadowrootmode=closed><p>mark-one</p>
			<div><template shadowrootmode=closed><b>mark-two</b></template></div></template></div>`,
		"/nested": closedRoots + `<div id=host></div><script>
			const outer = shadow(host, '<p>mark-one</p><div id=open></div><div id=closed></div>');
			const open = outer.querySelector('#open').attachShadow({mode: 'open'});
			open.innerHTML = '<p>mark-two</p><section></section>';
			shadow(open.querySelector('section'), '<p>mark-three</p>');
			shadow(outer.querySelector('#closed'), '<p hidden id=dark>mark-four</p>')</script>`,
		"/slots": closedRoots + `<div id=host>light <b>mark-two</b><i slot=none>mark-three</i></div><script>
			shadow(host, '<p>mark-one <slot></slot></p>')</script>`,
		"/hidden": closedRoots + `<div id=host hidden></div><script>shadow(host, '<p>mark-one</p>')</script>`,
		"/held": closedRoots + `<div id=host></div><script>shadow(host,
			'<input name=field value="mark-one"><img alt="mark-two"><script type="application/json">"mark-three"</' + 'script><style>b::before { content: "mark-four" }</style><b>x</b>')</script>`,
		"/frame":       `<iframe src=/one></iframe>`,
		"/cross":       `<iframe src="http://localhost:PORT/one"></iframe>`,
		"/crossnested": `<iframe src="http://localhost:PORT/back"></iframe>`,
		"/back":        `<iframe src="http://127.0.0.1:PORT/nested"></iframe>`,
		"/holds":       closedRoots + `<div id=host></div><script>shadow(host, '<iframe src="http://localhost:PORT/one"></iframe><iframe src="/named"></iframe>')</script>`,
		"/moved":       closedRoots + `<p>none</p><iframe id=f></iframe><script>const div = document.createElement('div'); shadow(div, '<p>mark-one</p>'); f.contentDocument.body.append(div)</script>`,
	}, nil)
	marks := []string{"mark-one", "mark-two", "mark-three", "mark-four"}
	d := started(t, planOf(site.URL), known(t, marks...))
	s := opened(t, d, 0)
	for _, tt := range []struct {
		path string
		want []string
	}{
		{"/one", []string{"text  mark-one"}},
		{"/text", []string{"text  mark-one"}},
		{"/named", []string{"text  mark-one"}},
		{"/declared", []string{"text  mark-one", "text  mark-two"}},
		{"/nested", []string{"text  mark-one", "text  mark-two", "text  mark-three", "hidden p#dark mark-four"}},
		{"/slots", []string{"text  mark-one", "text  mark-two", "hidden i mark-three"}},
		{"/hidden", []string{"hidden p mark-one"}},
		{"/held", []string{"form field mark-one", "attribute img[alt] mark-two", "script application/json mark-three", "style style mark-four", "style b::before mark-four"}},
		{"/frame", []string{"text /one mark-one"}},
		{"/cross", []string{"text /one mark-one"}},
		{"/crossnested", []string{"text /nested mark-one", "text /nested mark-two", "text /nested mark-three", "hidden p#dark mark-four"}},
		{"/holds", []string{"text /one mark-one", "text /named mark-one"}},
		{"/moved", []string{"text about: mark-one"}},
	} {
		t.Run(tt.path[1:], func(t *testing.T) {
			o := looking(t, s, tt.path)
			// The scripts that make the trees hold the same texts.
			o.Sightings = slices.DeleteFunc(o.Sightings, func(found record.Sighting) bool {
				return found.Surface == record.Script && found.Path != "application/json"
			})
			wantFound(t, o, tt.want...)
			if len(o.Missed) > 0 {
				t.Errorf("missed %v", o.Missed)
			}
		})
	}
}

// What there is too much of is said, never dropped.
func TestManyClosedShadowTrees(t *testing.T) {
	site := newSite(t, map[string]string{
		"/many": closedRoots + fmt.Sprintf(`<p>page</p><script>for (let n = 0; n < %d; n++) { const el = document.createElement('div'); document.body.append(el); shadow(el, n === 10 ? 'mark-' + 'one' : 'x') }</script>`, maxShadows+1),
		"/deep": closedRoots + fmt.Sprintf(`<div id=host></div><script>let el = host; for (let n = 0; n <= %d; n++) el = shadow(el, (n === 10 ? 'mark-' + 'one' : '') + '<div></div>').querySelector('div')</script>`, maxShadowDepth),
	}, nil)
	s := opened(t, started(t, planOf(site.URL), known(t, "mark-one")), 0)
	for path, why := range map[string]string{"/many": "more than 500 closed shadow trees", "/deep": "closed shadow trees deeper than 16 inside each other"} {
		o := looking(t, s, path)
		wantFound(t, o, "text  mark-one")
		if len(o.Missed) != 1 || o.Missed[0].Why != why {
			t.Errorf("%s: missed %+v, want %q", path, o.Missed, why)
		}
	}
}
