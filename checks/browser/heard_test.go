package browser

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"notmine/checks/plan"
	"notmine/checks/record"
)

// at returns "path owner" of everything found on a surface, sorted.
func at(o *record.Observation, surface string) (list []string) {
	for _, s := range o.Sightings {
		if s.Surface == surface {
			list = append(list, s.Path+" "+s.Owner)
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

func wantAt(t *testing.T, o *record.Observation, surface string, want ...string) {
	t.Helper()
	slices.Sort(want)
	if got := at(o, surface); !slices.Equal(got, want) {
		t.Errorf("on %s: found %q, want %q", surface, got, want)
	}
}

// wantMissed checks what of a surface was missed, by a part of each reason.
func wantMissed(t *testing.T, o *record.Observation, surface string, want ...string) {
	t.Helper()
	var got []string
	for _, m := range o.Missed {
		if m.Surface == surface {
			got = append(got, m.Why)
		}
	}
	if len(got) != len(want) {
		t.Errorf("missed of %s: %q, want %q", surface, got, want)
		return
	}
	for _, part := range want {
		if !slices.ContainsFunc(got, func(why string) bool { return strings.Contains(why, part) }) {
			t.Errorf("missed of %s: %q, want %q", surface, got, want)
		}
	}
}

// wantNothing checks that the twin of a page, which says the same of other
// things, gives no sighting.
func wantNothing(t *testing.T, o *record.Observation) {
	t.Helper()
	if len(o.Sightings) > 0 || len(o.Missed) > 0 {
		t.Errorf("found %+v, missed %+v", o.Sightings, o.Missed)
	}
}

func script(source string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/javascript")
		io.WriteString(w, source)
	}
}

// looksAt visits a page once its script has set done.
func (s *Session) looksAt(t *testing.T, path string) *record.Observation {
	t.Helper()
	o, err := s.looked(t.Context(), plan.View{Name: path, Steps: stepsOf(plan.Goto, path, plan.Eval, "globalThis.done === true")})
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// mixed writes a marker such that the wire does not see it whole.
const mixed = `<script>const mark = name => ['ma', 'rk-', name].join('')</script>`

func TestConsole(t *testing.T) {
	page := mixed + `
<iframe src=/frame></iframe><iframe src="http://localhost:PORT/frame"></iframe>
<script>
console.log('plain', mark('log'));
console.debug(mark('debug')); console.info(mark('info')); console.warn(mark('warn')); console.error(mark('error'));
console.log('x'.repeat(5000) + ' ' + mark('long'));
console.log({one: {two: {three: {four: [1, [2, {five: mark('deep')}]]}}}});
console.log(1, {a: 1, b: 2, c: 3, d: 4, e: 5, f: mark('sixth')}, 'between', [{x: mark('second')}]);
console.log(new Map([[{k: mark('key')}, new Set([mark('set')])]]));
console.log('%s is %o', 'it', mark('format'));
console.table([{a: mark('table')}]);
console.group(mark('group')); console.groupEnd();
console.dir({dir: mark('dir')});
console.trace(mark('trace'));
console.assert(false, mark('assert'));
console.error(new Error(mark('error object'), {cause: {why: mark('cause')}}));
let touched = 0;
console.log({get own() { touched++; return 'x' }, toJSON() { touched++ }, toString() { touched++ }, [Symbol.toPrimitive]() { touched++ }, kept: mark('beside a getter')});
const loop = {name: mark('loop')}; loop.self = loop; console.log(loop);
setTimeout(() => { throw new Error(mark('uncaught')) });
setTimeout(() => { throw {thrown: {object: mark('uncaught object')}} });
Promise.reject({reason: mark('rejected')});
const source = "const mark = name => ['ma', 'rk-', name].join(''); console.log(mark('worker')); new Worker(URL.createObjectURL(new Blob(['console.log([\"ma\", \"rk-\", \"nested\"].join(String()))'])))";
new Worker(URL.createObjectURL(new Blob([source])));
new SharedWorker('/shared.js');
navigator.serviceWorker.register('/service.js').then(() => navigator.serviceWorker.ready);
onload = () => setTimeout(() => { globalThis.done = true }, 500);
</script>`
	site := newSite(t, map[string]string{
		"/":       page,
		"/frame":  mixed + `<script>console.log({in: {a: {frame: mark('frame at ' + location.hostname)}}})</script>`,
		"/twin":   strings.NewReplacer(`'rk-'`, `'de-'`, `\"rk-\"`, `\"de-\"`, "/frame", "/framed", "/shared.js", "/sharing.js", "/service.js", "/serving.js").Replace(page),
		"/framed": `<script>console.log({in: {a: {frame: 'nothing'}}})</script>`,
	}, map[string]http.HandlerFunc{
		"/shared.js":  script(`console.log(['ma', 'rk-', 'shared'].join(''))`),
		"/service.js": script(`console.log(['ma', 'rk-', 'service'].join(''))`),
		"/sharing.js": script(`console.log('nothing')`),
		"/serving.js": script(`console.log('nothing')`),
	})
	var texts, want []string
	for _, line := range []string{
		"log log", "debug debug", "info info", "warning warn", "error error", "log long", "log deep", "log sixth", "log second", "log key", "log set",
		"log format", "table table", "startGroup group", "dir dir", "trace trace", "assert assert", "error error object", "error cause",
		"log beside a getter", "log loop", "uncaught uncaught", "uncaught uncaught object", "uncaught rejected",
		"log worker", "log nested", "log shared", "log service", "log frame at 127.0.0.1", "log frame at localhost",
	} {
		level, name, _ := strings.Cut(line, " ")
		texts = append(texts, "mark-"+name)
		want = append(want, level+" mark-"+name)
	}
	d := started(t, planOf(site.URL), known(t, texts...))
	s := opened(t, d, 0)
	o := s.looksAt(t, "/")
	wantAt(t, o, record.Console, want...)
	wantMissed(t, o, record.Console)
	s.holds(t, "touched === 0")
	if got := o.Looked[record.Console]; got.Items < len(want)-5 || got.Bytes < 5000 {
		t.Errorf("looked at %+v of the console", got)
	}
	wantNothing(t, opened(t, d, 1).looksAt(t, "/twin"))
}

func TestConsoleIsBounded(t *testing.T) {
	site := newSite(t, map[string]string{
		"/long":    mixed + `<script>console.log(mark('early')); for (let i = 0; i < 20; i++) console.log('x'.repeat(100000)); console.log(mark('late')); done = true</script>`,
		"/many":    mixed + `<script>for (let i = 0; i < 6000; i++) console.log(i); console.log(mark('late')); done = true</script>`,
		"/objects": mixed + `<script>for (let i = 0; i < 250; i++) console.log({i, deep: {er: {est: mark('early')}}}); console.log('plain', mark('late')); done = true</script>`,
		"/large":   mixed + `<script>const large = {list: []}; for (let i = 0; i < 100000; i++) large.list.push({i, text: 'x'.repeat(100)}); console.log(large); console.log(mark('late')); done = true</script>`,
		"/hostile": mixed + `<script>console.log(new Proxy({}, {ownKeys() { done = 'ran'; throw 'no' }}), mark('early')); Object.getOwnPropertyNames = () => { done = 'ran'; return [] }; console.log({a: 1}, mark('late')); done = true</script>`,
		"/calm":    mixed + `<script>console.log(mark('early')); done = true</script>`,
	}, nil)
	s := opened(t, started(t, planOf(site.URL), known(t, "mark-early", "mark-late")), 0)
	for _, tt := range []struct {
		path   string
		found  []string
		missed []string
	}{
		{"/long", []string{"log mark-early"}, []string{"more than is kept"}},
		{"/many", nil, []string{"more than is kept"}},
		{"/objects", []string{"log mark-early", "log mark-late"}, []string{"more than 200 objects"}},
		{"/large", []string{"log mark-late"}, []string{"not read to its end"}},
		{"/hostile", []string{"log mark-early", "log mark-late"}, nil},
		{"/calm", []string{"log mark-early"}, nil},
	} {
		o := s.looksAt(t, tt.path)
		wantAt(t, o, record.Console, tt.found...)
		wantMissed(t, o, record.Console, tt.missed...)
	}
}

func TestDialogs(t *testing.T) {
	page := mixed + `<button id=go onclick="1">go</button><iframe src=/frame></iframe><iframe src="http://localhost:PORT/frame"></iframe><script>
alert(mark('alert')); const sure = confirm(mark('confirm')), answer = prompt(mark('prompt'), mark('default'));
onbeforeunload = event => { event.preventDefault(); return mark('leaving') };
onload = () => setTimeout(() => { globalThis.done = true }, 200);
</script>`
	site := newSite(t, map[string]string{
		"/":       page,
		"/frame":  mixed + `<script>alert(mark('frame at ' + location.hostname))</script>`,
		"/twin":   strings.NewReplacer(`mark('`, `String('`, "/frame", "/framed").Replace(page),
		"/framed": `<script>alert('nothing')</script>`,
	}, nil)
	d := started(t, planOf(site.URL), known(t, "mark-alert", "mark-confirm", "mark-prompt", "mark-default", "mark-frame at 127.0.0.1", "mark-frame at localhost"))
	s := opened(t, d, 0)
	o := s.looksAt(t, "/")
	wantAt(t, o, record.Dialog, "alert mark-alert", "confirm mark-confirm", "prompt mark-prompt", "prompt mark-default",
		"alert mark-frame at 127.0.0.1", "alert mark-frame at localhost")
	wantMissed(t, o, record.Dialog)
	s.holds(t, "sure === true && answer !== null")
	if err := s.do(t, plan.Click, "#go"); err != nil { // now the page may ask whether it may be left
		t.Fatal(err)
	}
	wantNothing(t, s.looksAt(t, "/twin"))
	if got := s.looksAt(t, "/twin"); got.Looked[record.Dialog].Items == 0 {
		t.Error("dialogs are not counted")
	}
}

// A page that was left says its last words to the next visit.
func TestWhatCameBetweenVisits(t *testing.T) {
	site := newSite(t, map[string]string{
		"/":     mixed + `<script>done = true</script>`,
		"/next": `<script>done = true</script>`,
	}, nil)
	s := opened(t, started(t, planOf(site.URL), known(t, "mark-late")), 0)
	s.looksAt(t, "/")
	if err := s.do(t, plan.Eval, "console.log(mark('late')), true"); err != nil {
		t.Fatal(err)
	}
	wantAt(t, s.looksAt(t, "/next"), record.Console, "log mark-late")
	wantAt(t, s.looksAt(t, "/next"), record.Console)
}

func TestNotifications(t *testing.T) {
	page := mixed + `<script>
(async () => {
	const asked = await Notification.requestPermission();
	const query = await navigator.permissions.query({name: 'notifications'});
	globalThis.rights = [Notification.permission, asked, query.state].join();
	const shown = new Notification(mark('title'), {body: mark('body'), data: {deep: {er: mark('data')}}, icon: '/' + mark('icon')});
	await new Promise(done => { shown.onshow = done });
	await navigator.serviceWorker.register('/service.js');
	const registration = await navigator.serviceWorker.ready;
	// One that is still activating may not know yet that it is active, and then
	// cannot show anything.
	const worker = registration.active;
	while (worker.state !== 'activated') await new Promise(done => { worker.onstatechange = done });
	await registration.showNotification(mark('kept title'), {body: mark('kept body')});
	await new Promise(done => { navigator.serviceWorker.onmessage = done; registration.active.postMessage('show') });
	globalThis.done = true;
})();
</script>`
	const service = `addEventListener('message', event => event.waitUntil((async () => {
	await registration.showNotification(['ma', 'rk-', 'pushed title'].join(''), {body: ['ma', 'rk-', 'pushed body'].join(''), data: [['ma', 'rk-', 'pushed data'].join('')]});
	event.source.postMessage(Notification.permission);
})())); addEventListener('activate', event => event.waitUntil(clients.claim()))`
	site := newSite(t, map[string]string{
		"/":     page,
		"/twin": strings.NewReplacer(`mark('`, `String('`, "/service.js", "/serving.js").Replace(page),
	}, map[string]http.HandlerFunc{
		"/service.js": script(service),
		"/serving.js": script(strings.ReplaceAll(service, `'rk-'`, `'de-'`)),
	})
	var texts, want []string
	for _, name := range []string{"page title", "page body", "page data", "page icon", "page kept title", "page kept body", "worker pushed title", "worker pushed body", "worker pushed data"} {
		place, name, _ := strings.Cut(name, " ")
		texts = append(texts, "mark-"+name)
		want = append(want, place+" mark-"+name)
	}
	d := started(t, planOf(site.URL), known(t, texts...))
	s := opened(t, d, 0)
	o := s.looksAt(t, "/")
	wantAt(t, o, record.Notification, want...)
	wantMissed(t, o, record.Notification)
	wantAt(t, o, record.Console)
	s.holds(t, "rights === 'granted,granted,granted'")
	wantNothing(t, opened(t, d, 1).looksAt(t, "/twin"))
}

// What stands before the browser's own functions looks like them.
func TestThatNotificationsAreHeardIsNotNoticed(t *testing.T) {
	site := newSite(t, map[string]string{"/": `<p>page</p><script>
		const asSeen = ` + natives + `;
		done = true</script>`}, nil)
	d := started(t, planOf(site.URL), nil)
	bare, err := d.Bare(t.Context(), d.plan.Accounts[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := bare.Load(t.Context(), site.URL+"/", "p"); err != nil {
		t.Fatal(err)
	}
	s := opened(t, d, 0)
	s.looksAt(t, "/")
	read := func(s *Session) (got []string) {
		t.Helper()
		if err := evaluate(t.Context(), s.process.client, s.id, 0, "asSeen", &got); err != nil {
			t.Fatal(err)
		}
		return got
	}
	same(t, "what a page sees of its own functions", fmt.Sprintf("%q", read(bare.s)), fmt.Sprintf("%q", read(s)))
}

// natives is what a page can ask of the functions that notify.js stands before.
const natives = `(() => {
	const list = [Object.getOwnPropertyNames(globalThis).join()];
	const tell = (name, f, holder, key) => {
		const d = Object.getOwnPropertyDescriptor(holder, key);
		list.push([name, typeof f, f.name, f.length, String(f), f.toString(), Function.prototype.toString.call(f), f + '',
			Object.getOwnPropertyNames(f), Object.getPrototypeOf(f) === Function.prototype || Object.getPrototypeOf(f) === EventTarget,
			d.writable, d.enumerable, d.configurable, 'prototype' in f].join(' '));
	};
	tell('Notification', Notification, globalThis, 'Notification');
	tell('permission', Object.getOwnPropertyDescriptor(Notification, 'permission').get, Notification, 'permission');
	tell('requestPermission', Notification.requestPermission, Notification, 'requestPermission');
	tell('showNotification', ServiceWorkerRegistration.prototype.showNotification, ServiceWorkerRegistration.prototype, 'showNotification');
	tell('toString', Function.prototype.toString, Function.prototype, 'toString');
	const made = new Notification('x', {body: 'y'});
	class Own extends Notification {}
	list.push([made instanceof Notification, made.constructor === Notification, Object.prototype.toString.call(made), made.title, made.body,
		Notification.prototype.constructor === Notification, new Own('z') instanceof Own, Notification.maxActions].join(' '));
	for (const wrong of [() => Notification(), () => new Notification(), () => Function.prototype.toString.call({}), () => ServiceWorkerRegistration.prototype.showNotification()])
		try { list.push(String(wrong())) } catch (e) { list.push(e.name + ': ' + e.message) }
	return list;
})()`
