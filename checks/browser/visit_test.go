package browser

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"

	"notmine/checks/crowd"
	"notmine/checks/plan"
	"notmine/checks/record"
)

func TestWhatAPageShows(t *testing.T) {
	site := newSite(t, map[string]string{
		"/": `<title>  mark-title  of it</title><p>mark-text</p><p hidden>mark-hidden</p>
			<input value="mark-input"><textarea>mark-area</textarea><select><option>none<option selected>mark-option</select>
			<input type=password value="mark-password"><input type=hidden value="mark-field">
			<div id=host></div>
			<iframe src=/same></iframe>
			<iframe src="http://localhost:PORT/cross"></iframe>
			<script>const shadow = (el, html) => { const root = el.attachShadow({mode: 'open'}); root.innerHTML = html; return root };
				const root = shadow(document.querySelector('#host'), '<p>mark-shadow</p><div id=deep></div><input value="mark-shadowinput">');
				shadow(root.querySelector('#deep'), '<p>mark-deepshadow</p>')</script>`,
		"/same":        `<p>mark-same</p><input value="mark-sameinput"><iframe src=/nested></iframe>`,
		"/nested":      `<p>mark-nested</p>`,
		"/cross":       `<p>mark-cross</p><input value="mark-crossinput"><iframe src=/nestedcross></iframe><iframe src="http://127.0.0.1:PORT/back"></iframe>`,
		"/nestedcross": `<p>mark-nestedcross</p>`,
		"/back":        `<p>mark-back</p>`,
	}, nil)
	var all []string
	for _, place := range strings.Fields("title text hidden input area option password field shadow deepshadow shadowinput same sameinput nested cross crossinput nestedcross back") {
		all = append(all, "mark-"+place)
	}
	s := opened(t, started(t, planOf(site.URL), known(t, all...)), 0)
	o, err := s.looked(t.Context(), plan.View{Name: "all", Steps: stepsOf(plan.Goto, "/", plan.Eval, "document.readyState === 'complete'")})
	if err != nil {
		t.Fatal(err)
	}
	wantOwners(t, o, record.Title, "mark-title")
	wantOwners(t, o, record.Text, "mark-text", "mark-option", "mark-shadow", "mark-deepshadow", "mark-same", "mark-nested", "mark-cross", "mark-nestedcross", "mark-back")
	wantOwners(t, o, record.Form, "mark-input", "mark-area", "mark-option", "mark-field", "mark-shadowinput", "mark-sameinput", "mark-crossinput")
	if o.Title != "mark-title of it" || o.URL != site.URL+"/" || o.Status != 200 || len(o.Missed) > 0 {
		t.Errorf("title %q, URL %q, status %d, missed %q", o.Title, o.URL, o.Status, o.Missed)
	}
	if o.Start.IsZero() || o.End.Before(o.Start) {
		t.Errorf("from %v to %v", o.Start, o.End)
	}
}

func TestIdentity(t *testing.T) {
	site := newSite(t, map[string]string{
		"/":      `<b id=who>  Alice   Liddell </b><input id=field value="Alice"><svg><text id=drawn>Alice in SVG</text></svg><progress id=bar value=1></progress><script>fetch('/api/me')</script>`,
		"/plain": `<p>nobody</p>`,
	}, map[string]http.HandlerFunc{
		"/api/me": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			io.WriteString(w, `{"user": {"name": " 가 나 ", "id": 7}}`)
		},
	})
	s := opened(t, started(t, planOf(site.URL), nil), 0)
	for _, tt := range []struct{ path, identity, want string }{
		{"/", "#who", "Alice Liddell"},
		{"/", "#field", "Alice"},
		{"/", "#drawn", "Alice in SVG"},
		{"/", "#bar", "1"},
		{"/", "#none", ""},
		{"/", "/api/me#user.name", "가 나"},
		{"/", "/api/me#user.id", "7"},
		{"/", "/api/me#user.none", ""},
		{"/plain", "/api/me#user.name", ""},
	} {
		o, err := s.looked(t.Context(), plan.View{Name: "who", Steps: stepsOf(plan.Goto, tt.path), Identity: tt.identity})
		if err != nil || o.Identity != tt.want {
			t.Errorf("%s of %s is %q with error %v, want %q", tt.identity, tt.path, o.Identity, err, tt.want)
		}
	}
}

func TestParts(t *testing.T) {
	site := newSite(t, map[string]string{"/": `
		<table id=list><tr><th>from</th><th>subject</th></tr><tr><td> bob </td><td>two
		lines</td></tr></table><ul><li value=3>first</li><li>second</li></ul><input class=v value="typed"><svg><text class=d>drawn</text></svg>`}, nil)
	s := opened(t, started(t, planOf(site.URL), nil), 0)
	o, err := s.looked(t.Context(), plan.View{Name: "v", Steps: stepsOf(plan.Goto, "/"), Compare: []string{"#list tr", "li", ".v", ".d", ".none"}})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string][]string{
		"#list tr": {"from\tsubject", "bob\ttwo lines"}, "li": {"first", "second"}, ".v": {"typed"}, ".d": {"drawn"}, ".none": {},
	}
	if !reflect.DeepEqual(o.Parts, want) {
		t.Errorf("parts %q, want %q", o.Parts, want)
	}
}

func TestLongTextIsMissed(t *testing.T) {
	site := newSite(t, map[string]string{
		"/":      `<p>mark-begin</p><p id=long></p><p>mark-end</p><script>document.querySelector('#long').textContent = 'x'.repeat(1 << 20)</script>`,
		"/frame": `<p>short</p><iframe src="http://localhost:PORT/"></iframe>`,
	}, nil)
	s := opened(t, started(t, planOf(site.URL), known(t, "mark-begin", "mark-end")), 0)
	for _, path := range []string{"/", "/frame"} {
		o, err := s.looked(t.Context(), plan.View{Name: "v", Steps: stepsOf(plan.Goto, path, plan.Eval, "document.readyState === 'complete'")})
		if err != nil {
			t.Fatal(err)
		}
		wantOwners(t, o, record.Text, "mark-begin")
		if len(o.Missed) != 1 || !strings.Contains(o.Missed[0].Why, "longer than") {
			t.Errorf("%s: missed %q, want one reason", path, o.Missed)
		}
	}
}

func TestAPageThatRedirectsByScript(t *testing.T) {
	site := newSite(t, map[string]string{
		"/":    `<p>mark-first</p><script>location.replace('/end')</script>`,
		"/end": `<p id=end>mark-end</p>`,
	}, nil)
	s := opened(t, started(t, planOf(site.URL), known(t, "mark-first", "mark-end")), 0)
	o, err := s.looked(t.Context(), plan.View{Name: "v", Steps: stepsOf(plan.Goto, "/", plan.Wait, "#end")})
	if err != nil {
		t.Fatal(err)
	}
	wantOwners(t, o, record.Text, "mark-end")
	wantOwners(t, o, record.Body, "mark-first", "mark-end")
	if o.URL != site.URL+"/end" {
		t.Errorf("URL %q", o.URL)
	}
}

// An error page is read although the view was not reached.
func TestAFailedVisitTellsWhatItSaw(t *testing.T) {
	site := newSite(t, nil, map[string]http.HandlerFunc{"/": func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusInternalServerError)
		io.WriteString(w, "<p>mark-error</p>")
	}})
	p := planOf(site.URL)
	p.Timeout /= 20
	s := opened(t, started(t, p, known(t, "mark-error")), 0)
	o, err := s.looked(t.Context(), plan.View{Name: "v", Steps: stepsOf(plan.Goto, "/", plan.Wait, "#list")})
	var target *crowd.TargetError
	if !errors.As(err, &target) || o == nil {
		t.Fatalf("got %v, want a TargetError with an observation", err)
	}
	wantOwners(t, o, record.Text, "mark-error")
	if o.Status != http.StatusInternalServerError {
		t.Errorf("status %d", o.Status)
	}
}

func TestAfter(t *testing.T) {
	site := newSite(t, map[string]string{
		"/list":   `<a id=first href=/detail>mark-list</a>`,
		"/detail": `<p id=text>mark-detail</p>`,
		"/other":  `<p>other</p>`,
	}, nil)
	p := planOf(site.URL)
	list := plan.View{Name: "list", Steps: stepsOf(plan.Goto, "/list", plan.Wait, "#first")}
	detail := plan.View{Name: "detail", After: "list", Steps: stepsOf(plan.Click, "#first", plan.Wait, "#text")}
	other := plan.View{Name: "other", Steps: stepsOf(plan.Goto, "/other")}
	p.Views = []plan.View{list, detail, other}
	s := opened(t, started(t, p, known(t, "mark-list", "mark-detail")), 0)
	for _, tt := range []struct {
		before string
		view   plan.View
		hits   int // of the list since the start
	}{
		{"", detail, 1},
		{"", list, 2},
		{"the session stands at the list", detail, 2},
		{"the session stands at the detail", detail, 3},
		{"", other, 3},
		{"the session stands elsewhere", detail, 4},
		{"", list, 5},
	} {
		o, err := s.looked(t.Context(), tt.view)
		if err != nil {
			t.Fatalf("%s %s: %v", tt.view.Name, tt.before, err)
		}
		if got := site.hit("/list"); got != tt.hits {
			t.Errorf("%s %s: the list was asked for %d times, want %d", tt.view.Name, tt.before, got, tt.hits)
		}
		if tt.view.Name == "detail" {
			wantOwners(t, o, record.Text, "mark-detail")
			passed := slices.Contains(owners(o, record.Body), "mark-list")
			if on := strings.Contains(tt.before, "stands at the list"); passed == on {
				t.Errorf("%s %s: the list's body belongs to the visit: %v", tt.view.Name, tt.before, passed)
			}
		}
	}
	// After a rest it stands nowhere.
	if err := s.Rest(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := s.looked(t.Context(), detail); err != nil || site.hit("/list") != 6 {
		t.Errorf("after a rest: error %v, the list was asked for %d times, want 6", err, site.hit("/list"))
	}
}

func TestThrownOut(t *testing.T) {
	gate := func(w http.ResponseWriter, r *http.Request) {
		if c, err := r.Cookie("in"); err != nil || c.Value != "yes" {
			http.Redirect(w, r, "/login", http.StatusFound)
			return
		}
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprint(w, `<p id=list>list</p>`)
	}
	site := newSite(t, map[string]string{
		"/login": `<form action=/in><input id=name name=name><input id=pw type=password><button id=submit>in</button></form>`,
		"/half":  `<p id=name hidden></p><p id=text>no form</p>`,
		"/find":  `<input id=name placeholder=search><script>setTimeout(() => document.body.insertAdjacentHTML('beforeend', '<p id=text>late</p>'), 900)</script>`,
	}, map[string]http.HandlerFunc{
		"/in": func(w http.ResponseWriter, r *http.Request) {
			http.SetCookie(w, &http.Cookie{Name: "in", Value: "yes", Path: "/"})
			http.Redirect(w, r, "/list", http.StatusFound)
		},
		"/list": gate,
	})
	p := planOf(site.URL)
	p.Login = stepsOf(plan.Goto, "/login", plan.Fill, [][2]string{{"#name", "{{login}}"}, {"#pw", "x"}}, plan.Click, "#submit", plan.See, [2]string{"#list", "list"})
	s := opened(t, started(t, p, nil), 0)
	views := []plan.View{
		{Name: "goto alone", Steps: stepsOf(plan.Goto, "/list")},
		{Name: "wait", Steps: stepsOf(plan.Goto, "/list", plan.Wait, "#list")},
		{Name: "see", Steps: stepsOf(plan.Goto, "/list", plan.See, [2]string{"#list", "list"})},
		{Name: "click", Steps: stepsOf(plan.Goto, "/list", plan.Click, "#list")},
		{Name: "fill", Steps: stepsOf(plan.Goto, "/list", plan.Fill, [2]string{"#list", "x"})},
		{Name: "wait, then see", Steps: stepsOf(plan.Goto, "/list", plan.Wait, "#list", plan.See, [2]string{"#list", "list"})},
	}
	for _, v := range views {
		o, err := s.looked(t.Context(), v)
		var out *crowd.ThrownOutError
		if !errors.As(err, &out) || o == nil || o.URL != site.URL+"/login" {
			t.Errorf("%s: got %v, want a ThrownOutError", v.Name, err)
		}
	}
	// The login form in its own place is no logout, nor is a hidden one.
	for _, v := range []plan.View{
		{Name: "the form itself", Steps: stepsOf(plan.Goto, "/login", plan.Fill, [2]string{"#name", "x"})},
		{Name: "a field like one of its own", Steps: stepsOf(plan.Goto, "/find", plan.Wait, "#text")},
		{Name: "hidden", Steps: stepsOf(plan.Goto, "/half", plan.Wait, "#text")},
		{Name: "hidden, goto alone", Steps: stepsOf(plan.Goto, "/half")},
	} {
		if _, err := s.looked(t.Context(), v); err != nil {
			t.Errorf("%s: %v", v.Name, err)
		}
	}
	if err := s.Do(t.Context(), p.Login, p.Vars(&p.Accounts[0], nil, nil)); err != nil {
		t.Fatal(err)
	}
	for _, v := range views[:4] {
		if _, err := s.looked(t.Context(), v); err != nil {
			t.Errorf("logged in, %s: %v", v.Name, err)
		}
	}
}

func TestSessionsKeepTheirOwn(t *testing.T) {
	site := newSite(t, map[string]string{"/": `<p>page</p>`}, nil)
	d := started(t, planOf(site.URL), nil)
	first, second := opened(t, d, 0), opened(t, d, 1)
	view := plan.View{Name: "v", Steps: stepsOf(plan.Goto, "/")}
	if err := first.do(t, plan.Goto, "/", plan.Eval, `document.cookie = 'who=alice; path=/', localStorage.setItem('who', 'alice'), true`); err != nil {
		t.Fatal(err)
	}
	o, err := first.looked(t.Context(), view)
	if err != nil {
		t.Fatal(err)
	}
	if len(o.Cookies) != 1 || o.Cookies[0].Name != "who" || strings.Contains(o.Cookies[0].Digest, "alice") {
		t.Errorf("the first session's cookies: %+v", o.Cookies)
	}
	first.holds(t, `localStorage.getItem('who') === 'alice'`)
	if o, err = second.looked(t.Context(), view); err != nil {
		t.Fatal(err)
	}
	if len(o.Cookies) != 0 {
		t.Errorf("the second session's cookies: %+v", o.Cookies)
	}
	second.holds(t, `document.cookie === '' && localStorage.getItem('who') === null`)
	if err := first.Close(); err != nil {
		t.Error(err)
	}
	again := opened(t, d, 0)
	if o, err = again.looked(t.Context(), view); err != nil || len(o.Cookies) != 0 {
		t.Errorf("a new session of the same account has cookies %+v, error %v", o.Cookies, err)
	}
}
