package browser

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"notmine/checks/crowd"
	"notmine/checks/plan"
)

const fields = `
<input id=text value="old text"><input id=number type=number value=12><input id=email type=email value=old@x.test>
<input id=password type=password value="old secret"><input id=date type=date value=2008-07-22>
<textarea id=area>old
lines</textarea><div id=editable contenteditable><b>old</b> words</div>
<select id=choice><option value=1>one<option value=2>two two</select><input type=file id=file hidden>
<script>
const changed = {};
addEventListener('input', e => { changed[e.target.id] = (changed[e.target.id] || 0) + 1 }, true);
</script>`

func TestFields(t *testing.T) {
	path := filepath.Join(t.TempDir(), "photo.txt")
	if err := os.WriteFile(path, []byte("a picture"), 0o600); err != nil {
		t.Fatal(err)
	}
	site := newSite(t, map[string]string{"/": fields}, nil)
	s := opened(t, started(t, planOf(site.URL), nil), 0)
	for _, tt := range []struct {
		verb            plan.Verb
		selector, value string
		want            string
	}{
		{plan.Fill, "#text", "새 글 'and' \"new\"", `document.querySelector('#text').value === "새 글 'and' \"new\""`},
		{plan.Fill, "#text", "", `document.querySelector('#text').value === ''`},
		{plan.Fill, "#number", "42", `document.querySelector('#number').value === '42'`},
		{plan.Fill, "#email", "new@x.test", `document.querySelector('#email').value === 'new@x.test'`},
		{plan.Fill, "#password", "new secret", `document.querySelector('#password').value === 'new secret'`},
		{plan.Fill, "#date", "2026-11-22", `document.querySelector('#date').value === '2026-11-22'`},
		{plan.Fill, "#area", "new\nlines", `document.querySelector('#area').value === 'new\nlines'`},
		{plan.Fill, "#editable", "new words", `document.querySelector('#editable').innerText.trim() === 'new words'`},
		{plan.Fill, "#text", "{{shows}}", `document.querySelector('#text').value === 'Alice'`},
		{plan.Select, "#choice", "2", `document.querySelector('#choice').selectedIndex === 1`},
		{plan.Select, "#choice", "one", `document.querySelector('#choice').selectedIndex === 0`},
		{plan.Upload, "#file", path, `document.querySelector('#file').files[0].name === 'photo.txt'`},
	} {
		t.Run(string(tt.verb)+" "+tt.selector, func(t *testing.T) {
			if err := s.do(t, plan.Goto, "/", tt.verb, [2]string{tt.selector, tt.value}); err != nil {
				t.Fatal(err)
			}
			s.holds(t, tt.want)
			s.holds(t, "changed['"+tt.selector[1:]+"'] >= 1")
		})
	}
	if err := s.do(t, plan.Goto, "/", plan.Select, [2]string{"#choice", "three"}); err == nil || !strings.Contains(err.Error(), "no such option") {
		t.Errorf("choosing what is not there: %v", err)
	}
}

// What a page's scripts listen to comes before them.
func TestFieldsBeforeTheirScripts(t *testing.T) {
	site := newSite(t, map[string]string{
		"/field":  `<input id=text><script src=/late.js></script>`,
		"/choice": `<select id=choice><option>1<option>2</select><script src=/late.js defer></script>`,
		"/file":   `<input type=file id=file><script src=/late.js type=module></script>`,
	}, map[string]http.HandlerFunc{
		"/late.js": func(w http.ResponseWriter, r *http.Request) {
			time.Sleep(300 * time.Millisecond) // the fields are there by then, and nobody listens
			w.Header().Set("Content-Type", "text/javascript")
			io.WriteString(w, "window.changed = 0; addEventListener('input', () => window.changed++, true)")
		},
	})
	path := filepath.Join(t.TempDir(), "photo.txt")
	if err := os.WriteFile(path, []byte("a picture"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := opened(t, started(t, planOf(site.URL), nil), 0)
	for _, tt := range []struct {
		path            string
		verb            plan.Verb
		selector, value string
	}{
		{"/field", plan.Fill, "#text", "new"},
		{"/choice", plan.Select, "#choice", "2"},
		{"/file", plan.Upload, "#file", path},
	} {
		if err := s.do(t, plan.Goto, tt.path, tt.verb, [2]string{tt.selector, tt.value}); err != nil {
			t.Fatal(err)
		}
		s.holds(t, "changed === 1")
	}
}

// The path of a picture canary is known only when the run has begun.
func TestUploadOfAPicture(t *testing.T) {
	path := filepath.Join(t.TempDir(), "photo of alice.png")
	if err := os.WriteFile(path, []byte("a picture"), 0o600); err != nil {
		t.Fatal(err)
	}
	site := newSite(t, map[string]string{"/": fields}, nil)
	s := opened(t, started(t, planOf(site.URL), nil), 0)
	steps := stepsOf(plan.Goto, "/", plan.Upload, [2]string{"#file", "{{picture photo}}"})
	vars := func(key string) (string, bool) { return path, key == "picture photo" }
	if err := s.Do(t.Context(), steps, vars); err != nil {
		t.Fatal(err)
	}
	s.holds(t, `document.querySelector('#file').files[0].name === 'photo of alice.png' && document.querySelector('#file').files[0].size === 9`)
}

func TestPress(t *testing.T) {
	site := newSite(t, map[string]string{
		"/":     `<form action=/sent><input id=a name=a><input id=b name=b><button>send</button></form><script>let last = ''; addEventListener('keydown', e => last = e.key)</script>`,
		"/sent": `<p id=done>sent</p>`,
	}, nil)
	s := opened(t, started(t, planOf(site.URL), nil), 0)
	if err := s.do(t, plan.Goto, "/", plan.Fill, [2]string{"#a", "x"}, plan.Press, "y", plan.Press, "Tab", plan.Press, "ArrowDown"); err != nil {
		t.Fatal(err)
	}
	s.holds(t, `document.querySelector('#a').value === 'xy' && document.activeElement.id === 'b' && last === 'ArrowDown'`)
	if err := s.do(t, plan.Press, "Enter"); err != nil {
		t.Fatal(err)
	}
	s.holds(t, `location.pathname + location.search === '/sent?a=xy&b='`)
	if err := s.do(t, plan.Press, "NoSuchKey"); err == nil {
		t.Error("pressed a key that is not there")
	}
}

func TestClick(t *testing.T) {
	slow := make(chan struct{})
	site := newSite(t, map[string]string{
		"/covered": `<button id=go onclick="clicked = !document.querySelector('#over')">go</button>
			<div id=over style="position:fixed;inset:0;background:#fff"></div>
			<script>let clicked; setTimeout(() => document.querySelector('#over').remove(), 300)</script>`,
		"/late":     `<div id=box></div><script>let n = 0; setTimeout(() => { document.querySelector('#box').innerHTML = '<button id=go onclick="n++">go</button>' }, 100)</script>`,
		"/script":   `<button id=go onclick="n++">go</button><a id=hash href="#here" onclick="n++">here</a><script>let n = 0</script>`,
		"/link":     `<a id=go href=/slow>go</a><form action=/slow><button id=send>send</button></form><a id=none href=/none>none</a>`,
		"/below":    `<div style="height:5000px"></div><button id=go onclick="document.title = 'clicked'">go</button>`,
		"/label":    `<label for=box id=go>agree</label><input type=checkbox id=box>`,
		"/frame":    `<iframe id=f src=/inner style="margin:50px;border:7px solid"></iframe>`,
		"/inner":    `<button id=go onclick="parent.document.title = 'clicked'">go</button>`,
		"/shadow":   `<div id=host></div><script>document.querySelector('#host').attachShadow({mode: 'open'}).innerHTML = '<button id=go>go</button>'; document.querySelector('#host').shadowRoot.querySelector('#go').onclick = () => document.title = 'clicked'</script>`,
		"/moving":   `<button id=go style="position:absolute" onclick="document.title = 'clicked'">go</button><script>let x = 0; const go = document.querySelector('#go'); (function move() { go.style.left = (x += 5) + 'px'; if (x < 150) requestAnimationFrame(move) })()</script>`,
		"/arrived":  `<p id=there>there</p>`,
		"/disabled": `<button id=go style="visibility:hidden" onclick="document.title = 'clicked'">go</button><script>setTimeout(() => document.querySelector('#go').style.visibility = '', 100)</script>`,
	}, map[string]http.HandlerFunc{
		"/slow": func(w http.ResponseWriter, r *http.Request) {
			select {
			case <-slow:
			case <-time.After(300 * time.Millisecond):
			}
			http.Redirect(w, r, "/arrived", http.StatusFound)
		},
		"/none": func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusNoContent) },
	})
	defer close(slow)
	s := opened(t, started(t, planOf(site.URL), nil), 0)
	for _, tt := range []struct{ path, selector, want string }{
		{"/covered", "#go", "clicked === true"},
		{"/late", "#go", "n === 1"},
		{"/script", "#go", "n === 1"},
		{"/script", "#hash", "n === 1 && location.hash === '#here'"},
		{"/link", "#go", "location.pathname === '/arrived'"},
		{"/link", "#send", "location.pathname === '/arrived'"},
		{"/link", "#none", "location.pathname === '/link'"},
		{"/below", "#go", "document.title === 'clicked'"},
		{"/label", "#go", "document.querySelector('#box').checked"},
		{"/frame", "#go", "document.title === 'clicked'"},
		{"/shadow", "#go", "document.title === 'clicked'"},
		{"/moving", "#go", "document.title === 'clicked'"},
		{"/disabled", "#go", "document.title === 'clicked'"},
	} {
		t.Run(tt.path[1:]+" "+tt.selector, func(t *testing.T) {
			if err := s.do(t, plan.Goto, tt.path, plan.Click, tt.selector); err != nil {
				t.Fatal(err)
			}
			s.holds(t, tt.want)
		})
	}
}

// A page may move between pointing and pressing. What then lies there is not
// clicked, nor does it hear of it.
func TestAClickThatMisses(t *testing.T) {
	site := newSite(t, map[string]string{"/": `<button id=go>go</button><label id=label>a<input id=box type=checkbox></label><script>
		const heard = [];
		for (const type of ['pointerdown', 'mousedown', 'mouseup', 'click']) addEventListener(type, e => heard.push(type + ' ' + e.target.id));
		const cover = on => {
			document.querySelector('#other')?.remove();
			if (on) document.body.insertAdjacentHTML('beforeend', '<button id=other style="position:fixed;inset:0;width:100%;height:100%"></button>');
		};</script>`}, nil)
	s := opened(t, started(t, planOf(site.URL), nil), 0)
	if err := s.do(t, plan.Goto, "/"); err != nil {
		t.Fatal(err)
	}
	tell := func(js string) {
		t.Helper()
		if err := evaluate(t.Context(), s.process.client, s.id, 0, js, nil); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct {
		selector string
		covered  bool
		heard    string
	}{
		{"#go", false, "pointerdown go,mousedown go,mouseup go,click go"},
		{"#go", true, ""},
		{"#box", false, "pointerdown box,mousedown box,mouseup box,click box"},
		{"#box", true, ""},
	} {
		var at *point
		if err := s.run(t.Context(), &at, "point", test.selector, form{}); err != nil {
			t.Fatal(err)
		}
		tell(fmt.Sprintf("heard.length = 0; cover(%v)", test.covered))
		hit, err := s.clickAt(t.Context(), *at)
		if err != nil || hit == test.covered {
			t.Errorf("%s, covered %v: hit %v, error %v", test.selector, test.covered, hit, err)
		}
		s.holds(t, fmt.Sprintf("heard.join() === %q", test.heard))
		tell("heard.length = 0; cover(false); document.querySelector('#go').click()")
		s.holds(t, "heard.join() === 'click go'") // nothing stands in the way any more
	}
}

func TestSeeWaitEval(t *testing.T) {
	site := newSite(t, map[string]string{
		"/":       `<p id=text hidden>  two   words </p><input id=in value="a value"><script>setTimeout(() => { document.querySelector('#text').hidden = false; window.later = true }, 100)</script>`,
		"/moved":  `<script>location.replace('/moving')</script>`,
		"/moving": `<script>setTimeout(() => location = '/end', 50)</script><p>elsewhere</p>`,
		"/end":    `<p id=text>the end</p>`,
	}, nil)
	s := opened(t, started(t, planOf(site.URL), nil), 0)
	for name, steps := range map[string][]any{
		"wait":          {plan.Wait, "#text"},
		"see":           {plan.See, [2]string{"#text", "two words"}},
		"see a value":   {plan.See, [2]string{"#in", "a value"}},
		"eval":          {plan.Eval, "window.later"},
		"eval promised": {plan.Eval, "new Promise(done => setTimeout(() => done(window.later), 10))"},
	} {
		if err := s.do(t, append([]any{plan.Goto, "/"}, steps...)...); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := s.do(t, plan.Goto, "/", plan.Eval, "no.such.name"); err == nil || !strings.Contains(err.Error(), "ReferenceError") {
		t.Errorf("an expression that fails: %v", err)
	}
	// A page that goes on by script is looked at where it ends.
	if err := s.do(t, plan.Goto, "/moved", plan.See, [2]string{"#text", "the end"}); err != nil {
		t.Error(err)
	}
}

func TestGotoAddresses(t *testing.T) {
	site := newSite(t, nil, nil)
	asked := make(chan string, 1)
	site.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/favicon.ico" {
			asked <- r.RequestURI
		}
	})
	p := planOf(site.URL + "/base")
	s := opened(t, started(t, p, nil), 0)
	for to, want := range map[string]string{
		"/inbox":            "/base/inbox",
		"inbox?a=1&b=%20":   "/base/inbox?a=1&b=%20",
		"/a%2Fb/%EA%B0%80":  "/base/a%2Fb/%EA%B0%80",
		"/가":                "/base/%EA%B0%80",
		"/to/{{login}}#x":   "/base/to/alice",
		site.URL + "/whole": "/whole",
	} {
		if err := s.do(t, plan.Goto, to); err != nil {
			t.Errorf("%s: %v", to, err)
			continue
		}
		if got := <-asked; got != want {
			t.Errorf("goto %s asked for %s, want %s", to, got, want)
		}
	}
	if err := s.do(t, plan.Goto, "/to/%zz-{{shows}}"); err == nil || strings.Contains(err.Error(), "Alice") {
		t.Errorf("an address that is none: %v", err)
	}
}

func TestDialogsDoNotHang(t *testing.T) {
	site := newSite(t, map[string]string{
		"/":      `<script>alert('hello')</script><p id=after>after</p><button id=go onclick="sure = confirm('sure?'); said = prompt('what?'); alert('done')">go</button><script>let sure, said</script>`,
		"/leave": `<input id=in><script>addEventListener('beforeunload', e => { e.preventDefault(); e.returnValue = 'stay?' })</script>`,
	}, nil)
	s := opened(t, started(t, planOf(site.URL), nil), 0)
	if err := s.do(t, plan.Goto, "/", plan.Wait, "#after", plan.Click, "#go", plan.Eval, "sure === true && said === ''"); err != nil {
		t.Error(err)
	}
	if err := s.do(t, plan.Goto, "/leave", plan.Fill, [2]string{"#in", "typed"}, plan.Goto, "/", plan.Wait, "#after"); err != nil {
		t.Error(err)
	}
	s.holds(t, "location.pathname === '/'")
}

func TestAStepIsLate(t *testing.T) {
	site := newSite(t, map[string]string{"/": `<p>nothing</p>`}, map[string]http.HandlerFunc{
		"/never": func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
	})
	p := planOf(site.URL)
	p.Timeout = 400 * time.Millisecond
	p.Accounts[0].Password = plan.NewSecret("hidden-value")
	s := opened(t, started(t, p, nil), 0)
	for _, tt := range []struct {
		names string
		steps []any
	}{
		{"fill #missing (line 2)", []any{plan.Goto, "/", plan.Fill, [2]string{"#missing", "{{password}}"}}},
		{"see #missing (line 2)", []any{plan.Goto, "/", plan.See, [2]string{"#missing", "{{password}}"}}},
		{"click #missing (line 2)", []any{plan.Goto, "/", plan.Click, "#missing"}},
		{"wait #missing (line 2)", []any{plan.Goto, "/", plan.Wait, "#missing"}},
		{"upload #missing (line 2)", []any{plan.Goto, "/", plan.Upload, [2]string{"#missing", "{{password}}"}}},
		{"select #missing (line 2)", []any{plan.Goto, "/", plan.Select, [2]string{"#missing", "{{password}}"}}},
		{"eval false (line 2)", []any{plan.Goto, "/", plan.Eval, "false"}},
		{"goto /never (line 1)", []any{plan.Goto, "/never?key={{password}}"}},
	} {
		err := s.do(t, tt.steps...)
		var target *crowd.TargetError
		if !errors.As(err, &target) {
			t.Errorf("%s: got %v, want a TargetError", tt.names, err)
			continue
		}
		if !strings.Contains(err.Error(), tt.names) || !strings.Contains(err.Error(), "not done within 400ms") || strings.Contains(err.Error(), "hidden-value") {
			t.Errorf("%s: the error says %q", tt.names, err)
		}
	}
}

func TestAStepThatIsCutShortIsNotTheTargets(t *testing.T) {
	site := newSite(t, map[string]string{"/": `<p>nothing</p>`}, nil)
	s := opened(t, started(t, planOf(site.URL), nil), 0)
	if err := s.do(t, plan.Goto, "/"); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := withDeadline(t.Context(), time.Hour)
	defer cancel.stop()
	cancel.cancel(crowd.ErrInterrupted)
	err := s.Do(ctx, stepsOf(plan.Wait, "#missing"), nil)
	var target *crowd.TargetError
	if !errors.Is(err, crowd.ErrInterrupted) || errors.As(err, &target) {
		t.Errorf("got %v, want only that it was interrupted", err)
	}
}

// A single sign-on that the plan's hosts do not list: the error names it.
func TestAForgottenHostIsNamed(t *testing.T) {
	sso := newSite(t, map[string]string{"/": `<p id=who>Alice</p>`}, nil)
	site := newSite(t, map[string]string{"/": fmt.Sprintf(`<script>location = %q</script>`, sso.URL)}, nil)
	p := planOf(site.URL)
	p.Timeout = 2 * time.Second
	s := opened(t, started(t, p, nil), 0)
	err := s.do(t, plan.Goto, "/", plan.See, [2]string{"#who", "Alice"})
	if want := "the plan's hosts do not list " + strings.TrimPrefix(sso.URL, "http://"); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("error %v, want one with %q", err, want)
	}
	if n := sso.hit("/"); n != 0 {
		t.Errorf("the forgotten host was asked %d times", n)
	}
}
