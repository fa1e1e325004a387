package browser

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto"
	"github.com/gobwas/ws"

	"notmine/checks/crowd"
	"notmine/checks/plan"
	"notmine/checks/record"
)

// comes visits the page that stands there in some way.
func (s *Session) comes(t *testing.T, how string) (*record.Observation, error) {
	t.Helper()
	view := plan.View{Name: "inbox", Identity: "#who", Steps: stepsOf(plan.Goto, "/inbox", plan.Wait, "#list")}
	return s.Visit(t.Context(), crowd.Visit{View: view, How: how, Vars: s.driver.plan.Vars(s.account.Load(), nil, nil)})
}

// came is comes for what has to be possible.
func (s *Session) came(t *testing.T, how string) *record.Observation {
	t.Helper()
	o, err := s.comes(t, how)
	if err != nil {
		t.Fatalf("%s: %v", how, err)
	}
	return o
}

// impossible is comes for what must not be.
func (s *Session) impossible(t *testing.T, how string) {
	t.Helper()
	o, err := s.comes(t, how)
	if !errors.As(err, new(*crowd.NotPossibleError)) || errors.As(err, new(*crowd.TargetError)) {
		t.Errorf("%s: got %v, want that it is not possible", how, err)
	}
	if o.URL != "" || len(owners(o, record.Text)) > 0 {
		t.Errorf("%s: looked at %s, found %+v", how, o.URL, o.Sightings)
	}
}

func TestBackAndForward(t *testing.T) {
	site := newSite(t, map[string]string{
		"/inbox": `<p id=who>Alice</p><p id=list>mark-inbox</p><script>let n = 0; addEventListener('pageshow', e => { document.title = 'shown ' + ++n + ' ' + e.persisted })</script>`,
		"/login": `<p>mark-login</p><input id=id><input id=pw>`,
	}, nil)
	p := planOf(site.URL)
	p.Phases = []plan.Phase{{Order: plan.Handover}} // which a browser that can keep pages keeps them for
	p.Login = stepsOf(plan.Goto, "/login", plan.Fill, [][2]string{{"#id", "x"}, {"#pw", "y"}})
	s := opened(t, started(t, p, known(t, "mark-inbox", "mark-login")), 0)
	for _, how := range []string{record.Back, record.Forward, record.Reload, record.Offline, crowd.Stay} {
		s.impossible(t, how) // nothing was opened yet
	}
	for _, path := range []string{"/inbox", "/login"} {
		if err := s.do(t, plan.Goto, path); err != nil {
			t.Fatal(err)
		}
	}
	s.impossible(t, record.Forward)
	if err := s.Rest(t.Context()); err != nil { // is no page to go back to
		t.Fatal(err)
	}
	o := s.came(t, record.Back)
	wantOwners(t, o, record.Text, "mark-login")
	o = s.came(t, record.Back)
	wantOwners(t, o, record.Text, "mark-inbox")
	if o.How != record.Back && o.How != record.Restored {
		t.Errorf("it was come to by %q", o.How)
	}
	if kept := strings.HasSuffix(o.Title, "true"); kept != (o.How == record.Restored) {
		t.Errorf("the page, %q, was come to by %q", o.Title, o.How)
	}
	if o.Identity != "Alice" {
		t.Errorf("the name shown is %q", o.Identity)
	}
	s.impossible(t, record.Back)
	o = s.came(t, record.Forward)
	wantOwners(t, o, record.Text, "mark-login")
	if o.How != record.Forward {
		t.Errorf("it was come to by %q", o.How)
	}
	o = s.came(t, record.Reload)
	wantOwners(t, o, record.Text, "mark-login")
	if o.How != record.Reload || len(o.Exchanges) != 1 {
		t.Errorf("it was come to by %q, with %+v", o.How, o.Exchanges)
	}
}

// What a browser tells that had kept a page alive: of those that are tested
// with, the one without windows never does.
func TestARestoredPage(t *testing.T) {
	s := &Session{}
	s.nav.changed = make(chan struct{})
	for kind, want := range map[string]bool{"BackForwardCacheRestore": true, "Navigation": false} {
		s.event(&cdproto.Message{Method: "Page.frameNavigated", Params: []byte(`{"frame": {"id": "1", "url": "http://target.test/"}, "type": "` + kind + `"}`)})
		if kept, err := s.arrived(); kept != want || err != nil {
			t.Errorf("%s: kept %v, %v", kind, kept, err)
		}
	}
	s.event(&cdproto.Message{Method: "Page.frameNavigated", Params: []byte(`{"frame": {"id": "1", "url": "chrome-error://chromewebdata/", "unreachableUrl": "http://target.test/"}, "type": "Navigation"}`)})
	if _, err := s.arrived(); !errors.Is(err, errNoPage) {
		t.Errorf("of the browser's own page: %v", err)
	}
}

// A page within the page is gone back to without a document that comes.
func TestBackWithinAPage(t *testing.T) {
	site := newSite(t, map[string]string{
		"/app": `<p id=list></p><script>const show = () => { list.textContent = 'mark-' + (location.pathname.slice(1)) }; show(); onpopstate = show;
			const open = path => { history.pushState(null, '', path); show() }</script>`,
	}, nil)
	s := opened(t, started(t, planOf(site.URL), known(t, "mark-app", "mark-message")), 0)
	app := plan.View{Name: "app", Steps: stepsOf(plan.Goto, "/app", plan.Eval, "document.readyState === 'complete'", plan.Eval, "open('/message'), true")}
	if _, err := s.looked(t.Context(), app); err != nil {
		t.Fatal(err)
	}
	o := s.came(t, record.Back)
	wantOwners(t, o, record.Text, "mark-app")
	if o.How != record.Back || len(o.Exchanges) > 0 {
		t.Errorf("it was come to by %q, with %+v", o.How, o.Exchanges)
	}
	wantOwners(t, s.came(t, record.Forward), record.Text, "mark-message")
}

// What streams said between two visits is in the next of them, which does
// nothing but look.
func TestStay(t *testing.T) {
	say := map[string]chan string{"events": make(chan string), "socket": make(chan string)}
	site := newSite(t, map[string]string{
		"/inbox": `<p id=list></p><script>globalThis.heard = [];
			const hear = e => { heard.push(e.data) };
			new EventSource('/events').onmessage = hear;
			new WebSocket(location.origin.replace('http', 'ws') + '/socket').onmessage = hear</script>`,
	}, map[string]http.HandlerFunc{
		"/events": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/event-stream")
			for text := range say["events"] {
				fmt.Fprintf(w, "data: %s\n\n", text)
				w.(http.Flusher).Flush()
			}
		},
		"/socket": func(w http.ResponseWriter, r *http.Request) {
			conn, _, _, err := ws.UpgradeHTTP(r, w)
			if err != nil {
				t.Errorf("opening the socket: %v", err)
				return
			}
			defer conn.Close()
			for text := range say["socket"] {
				ws.WriteFrame(conn, ws.NewTextFrame([]byte(text)))
			}
		},
	})
	defer close(say["events"])
	defer close(say["socket"])
	s := opened(t, started(t, planOf(site.URL), known(t, "mark-events-1", "mark-socket-1", "mark-events-2", "mark-socket-2")), 0)
	n := 0
	speak := func(stream, text string) {
		say[stream] <- text
		n++
		eventually(t, "the page hears "+text, func() bool {
			var got int
			return evaluate(t.Context(), s.process.client, s.id, 0, "heard.length", &got) == nil && got == n
		})
	}
	if _, err := s.looked(t.Context(), plan.View{Name: "inbox", Steps: stepsOf(plan.Goto, "/inbox")}); err != nil {
		t.Fatal(err)
	}
	speak("events", "nothing")
	wantOwners(t, s.came(t, crowd.Stay), record.Stream)
	for _, round := range []string{"1", "2"} {
		speak("events", "mark-events-"+round)
		speak("socket", "mark-socket-"+round)
		o := s.came(t, crowd.Stay)
		wantOwners(t, o, record.Stream, "mark-events-"+round, "mark-socket-"+round)
		if o.How != "" || site.hit("/inbox") != 1 {
			t.Errorf("how %q, after %d loads", o.How, site.hit("/inbox"))
		}
	}
	wantOwners(t, s.came(t, crowd.Stay), record.Stream)
}

// A service worker answers while the network is away. Without one, there is
// nothing to look at, and the browser's own page is nobody's.
func TestOffline(t *testing.T) {
	site := newSite(t, map[string]string{
		"/inbox": `<p id=who>Alice</p><p id=page>mark-page</p><script>
			globalThis.ready = navigator.serviceWorker.register('/worker.js').then(() => navigator.serviceWorker.ready);
			document.title = navigator.onLine ? 'there' : 'away';
			fetch('/part').then(res => res.text(), () => 'no part').then(text => { page.insertAdjacentHTML('afterend', '<p id=list>' + text) })</script>`,
		"/plain": `<p id=list>mark-plain</p>`,
	}, map[string]http.HandlerFunc{
		"/worker.js": script(`
			oninstall = () => skipWaiting();
			onactivate = e => e.waitUntil(clients.claim());
			onfetch = e => {
				if (new URL(e.request.url).pathname === '/plain') return;
				e.respondWith(fetch(e.request).then(async res => { await (await caches.open('kept')).put(e.request.url, res.clone()); return res }, () => caches.match(e.request.url)))
			}`),
		"/part": script("mark-part"),
	})
	s := opened(t, started(t, planOf(site.URL), known(t, "mark-page", "mark-part", "mark-plain")), 0)
	inbox := plan.View{Name: "inbox", Identity: "#who", Steps: stepsOf(plan.Goto, "/inbox", plan.Eval, "ready", plan.Eval, "!!navigator.serviceWorker.controller")}
	o, err := s.looked(t.Context(), inbox)
	if err != nil {
		t.Fatal(err)
	}
	if o.Worker != 0 {
		t.Errorf("a worker that was not there yet gave %d answers", o.Worker)
	}
	if o, err = s.looked(t.Context(), plan.View{Name: "inbox", Steps: stepsOf(plan.Goto, "/inbox", plan.Wait, "#list")}); err != nil {
		t.Fatal(err)
	}
	if o.Worker != 2 {
		t.Errorf("a worker gave %d answers, want the page and its part", o.Worker)
	}
	hits := site.hit("/inbox")

	o = s.came(t, record.Offline)
	wantOwners(t, o, record.Text, "mark-page", "mark-part")
	if o.How != record.Offline || o.Worker != 2 || o.Identity != "Alice" || o.Title != "away" || len(o.Exchanges) > 0 || site.hit("/inbox") != hits {
		t.Errorf("how %q, %d answers of the worker, %q, %q, with %+v", o.How, o.Worker, o.Identity, o.Title, o.Exchanges)
	}
	if o = s.came(t, record.Reload); o.Title != "there" || len(o.Exchanges) == 0 || site.hit("/inbox") == hits {
		t.Errorf("the network is there again: %q, with %+v", o.Title, o.Exchanges)
	}

	if err := s.do(t, plan.Goto, "/plain"); err != nil {
		t.Fatal(err)
	}
	s.impossible(t, record.Offline)
	wantOwners(t, s.came(t, record.Reload), record.Text, "mark-plain")
}

func TestBecome(t *testing.T) {
	var asked []string
	site := newSite(t, nil, map[string]http.HandlerFunc{"/inbox": func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.Header.Get("X-Who")+" "+r.Header.Get("Cookie"))
		http.SetCookie(w, &http.Cookie{Name: "seen", Value: "yes-by-alice"})
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprint(w, "<p id=list>here")
	}})
	p := planOf(site.URL)
	p.Headers = map[string]plan.Secret{"X-Who": plan.NewSecret("{{login}}")}
	s := opened(t, started(t, p, nil), 0)
	for _, account := range p.Accounts {
		if err := s.Become(account); err != nil {
			t.Fatal(err)
		}
		if _, err := s.looked(t.Context(), plan.View{Name: "inbox", Steps: stepsOf(plan.Goto, "/inbox")}); err != nil {
			t.Fatal(err)
		}
	}
	if len(asked) != 2 || asked[0] != "alice " || asked[1] != "bob seen=yes-by-alice" {
		t.Errorf("the target was asked as %q", asked)
	}
}

func TestCutVisits(t *testing.T) {
	site := newSite(t, map[string]string{
		"/form":  `<form method=post action=/send><input name=text value=hello><button id=send>send</button></form>`,
		"/inbox": `<p id=frame>frame</p><script>fetch('/api').then(res => res.text()).then(text => { document.body.insertAdjacentHTML('beforeend', '<p id=list>' + text) }, () => { document.body.insertAdjacentHTML('beforeend', '<p id=failed>failed') })</script>` + fmt.Sprintf("<!-- %2000d -->", 0),
	}, map[string]http.HandlerFunc{
		"/api":  func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "what the script asks for") },
		"/send": func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "<p id=list>sent") },
	})
	p := planOf(site.URL)
	p.Timeout = time.Hour // is not waited out
	s := opened(t, started(t, p, nil), 0)
	inbox := stepsOf(plan.Goto, "/inbox", plan.Wait, "#list")
	for _, where := range []string{record.AbortedRequest, record.AbortedBefore, record.AbortedAnswer} {
		for _, test := range []struct {
			pattern, path string
			steps         []plan.Step
			reached       bool
		}{
			{"first", "/inbox", inbox, false},
			{crowd.Fetch, "/api", inbox, false},
			{crowd.Fetch, "/api", stepsOf(plan.Goto, "/inbox", plan.Wait, "#failed"), true},
			{crowd.Submit, "/send", stepsOf(plan.Goto, "/form", plan.Click, "#send", plan.Wait, "#list"), false},
			{"/never", "", inbox, true},
		} {
			before := site.hit(test.path)
			o, err := s.Visit(t.Context(), crowd.Visit{
				View: plan.View{Name: "inbox", Steps: test.steps}, Cut: where, CutPattern: test.pattern,
				Vars: p.Vars(&p.Accounts[0], nil, nil),
			})
			if test.reached != (err == nil) || err != nil && !errors.As(err, new(*crowd.AbortedError)) || errors.As(err, new(*crowd.TargetError)) {
				t.Errorf("%s, %s: got %T %v", where, test.path, err, err)
			}
			for _, e := range o.Exchanges {
				if cut := test.path != "" && e.URL == site.URL+test.path; cut != (e.Aborted == where) || !cut && e.Aborted != "" {
					t.Errorf("%s, %s: recorded %+v", where, test.path, e)
				}
			}
			if after := site.hit(test.path); test.path != "" && after > before+1 {
				t.Errorf("%s, %s: it was asked for %d times", where, test.path, after-before)
			}
		}
	}
}

// A browser that can show windows behaves in its own ways: it asks a person for
// passwords, has pages of its own beside ours, and keeps pages alive for Back.
func TestBrowserWithWindows(t *testing.T) {
	path, err := Find("", true)
	if err != nil {
		t.Fatal(err) // .ci/browser windows installs one
	}
	site := newSite(t, map[string]string{
		"/inbox": `<p id=who>Alice</p><p id=list>mark-inbox</p><script>addEventListener('pageshow', e => { document.title = 'kept ' + e.persisted })</script>`,
		"/other": `<p>mark-other</p>`,
	}, nil)
	p := planOf(site.URL)
	p.Phases = []plan.Phase{{Order: plan.Handover}}
	d := startedWith(t, Config{Plan: p, Finder: known(t, "mark-inbox", "mark-other"), Path: path})
	s, other := opened(t, d, 0), opened(t, d, 1)
	for _, s := range []*Session{s, other} {
		wantOwners(t, looking(t, s, "/inbox"), record.Text, "mark-inbox")
		wantOwners(t, looking(t, s, "/other"), record.Text, "mark-other")
		o := s.came(t, record.Back)
		wantOwners(t, o, record.Text, "mark-inbox")
		if o.How != record.Restored || o.Title != "kept true" {
			t.Errorf("the page, %q, was come to by %q", o.Title, o.How)
		}
	}
}
