package browser

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"notmine/checks/plan"
	"notmine/checks/record"
)

// opening is what a page needs to open a database; it is ready when f was done.
const opening = `<script>
	document.ready = false;
	const opened = (name, version, stores = []) => new Promise((done, fail) => {
		const open = indexedDB.open(name, version);
		open.onupgradeneeded = () => { for (const [store, how] of stores) open.result.createObjectStore(store, how) };
		open.onsuccess = () => done(open.result);
		open.onerror = () => fail(open.error);
	});
	const put = (db, store, value, key) => new Promise((done, fail) => {
		const tx = db.transaction(store, 'readwrite');
		tx.objectStore(store).put(value, key);
		tx.oncomplete = done;
		tx.onerror = () => fail(tx.error);
	});
	const mark = which => 'mark' + '-' + which;
	const bytes = text => new TextEncoder().encode(text);
</script>`

// storing is a page that is ready when a script has stored something.
func storing(script string) string {
	return opening + `<script>(async () => { ` + script + ` })().then(() => { document.ready = true }, e => { document.title = e })</script>`
}

// TestWhatTheBrowserKeeps has one page for each place where a page can keep
// something; each is visited by a session that has kept nothing before.
func TestWhatTheBrowserKeeps(t *testing.T) {
	tests := []struct {
		name, script string
		want         []string
	}{
		{"local", `localStorage.setItem('user', mark('one')); localStorage.setItem(mark('two'), 'x'); localStorage.setItem('getItem', mark('three'))`,
			[]string{"storage local:user mark-one", "storage local:mark-two mark-two", "storage local:getItem mark-three"}},
		{"session", `sessionStorage.setItem('state', '{"name": "\\u006dark-one"}')`, []string{"storage session:state mark-one"}},
		{"database", `const db = await opened('mail', 1, [['letters', {keyPath: 'id'}], ['drafts', {}], ['empty', {}]]);
			await put(db, 'letters', {id: mark('one'), body: {lines: ['a', mark('two')]}});
			await put(db, 'drafts', mark('three'), mark('four'))`,
			[]string{"database mail/letters mark-one", "database mail/letters mark-two", "database mail/drafts mark-three", "database mail/drafts mark-four"}},
		{"kinds", `const db = await opened('kinds', 1, [['all', {autoIncrement: true}]]);
			const cycle = {a: new Map([[mark('one'), new Set([mark('two')])]])}; cycle.self = cycle;
			for (const value of [cycle, new Blob([mark('three')]), [bytes(mark('four')).buffer], bytes('x' + mark('five')).subarray(1),
				new File(['x'], mark('six')), new Error(mark('seven')), 8888777, 10n ** 20n, new Date(Date.UTC(2008, 6, 22)), /x/, null, undefined, true, new Date(NaN),
				await crypto.subtle.generateKey({name: 'AES-GCM', length: 128}, false, ['encrypt'])])
				await put(db, 'all', value)`,
			[]string{"database kinds/all mark-one", "database kinds/all mark-two", "database kinds/all mark-three", "database kinds/all mark-four",
				"database kinds/all mark-five", "database kinds/all mark-six", "database kinds/all mark-seven", "database kinds/all 8888777",
				"database kinds/all 100000000000000000000", "database kinds/all 2008-07-22"}},
		{"cache", `const cache = await caches.open('v1');
			await cache.put('/kept/letter?user=' + mark('one'), new Response(mark('two'), {headers: {'X-User': mark('three'), 'Content-Type': 'text/plain'}}));
			await cache.put('/kept/state', new Response(new Blob([bytes('{"name":"\\u006dark-four"}')]), {headers: {'Content-Type': 'application/json'}}))`,
			[]string{"cache /kept/letter mark-one", "cache /kept/letter mark-two", "cache /kept/letter mark-three", "cache /kept/state mark-four"}},
		{"cookie", `document.cookie = 'who=' + mark('one')`, []string{"cookie who mark-one", "cookie held mark-two"}},
		{"drawing", `document.body.append(document.createElement('canvas')); document.querySelector('canvas').getContext('2d').fillRect(0, 0, 9, 9)`, nil},
		{"revoked", `const url = URL.createObjectURL(new Blob(['x'])); document.body.innerHTML = '<a href="' + url + '">x</a>'; URL.revokeObjectURL(url)`, nil},
	}
	pages := map[string]string{}
	for _, tt := range tests {
		pages["/"+tt.name] = "<p>page</p>" + storing(tt.script)
		pages["/around/"+tt.name] = `<p>page</p><iframe src="http://localhost:PORT/` + tt.name + `"></iframe>
			<script>document.ready = false; onmessage = () => { document.ready = true }</script>`
	}
	for path, page := range pages {
		if !strings.HasPrefix(path, "/around") {
			pages[path] = strings.Replace(page, "document.ready = true", "document.ready = true; parent.postMessage('ready', '*')", 1)
		}
	}
	var marks []string
	for _, which := range strings.Fields("one two three four five six seven") {
		marks = append(marks, "mark-"+which)
	}
	marks = append(marks, "8888777", "100000000000000000000", "2008-07-22")
	site := newSite(t, pages, nil)
	d := started(t, planOf(site.URL), known(t, marks...))
	twin := started(t, planOf(site.URL), known(t, "of-nobody"))
	for _, tt := range tests {
		for _, path := range []string{"/" + tt.name, "/around/" + tt.name} {
			t.Run(path[1:], func(t *testing.T) {
				s, clean := opened(t, d, 0), opened(t, twin, 0)
				defer s.Close()
				defer clean.Close()
				if tt.name == "cookie" {
					site.cookies(t, s, &http.Cookie{Name: "held", Value: "mark-two", HttpOnly: true})
					if path != "/cookie" {
						return // a frame of another site has no cookies of its own
					}
				}
				o := looking(t, s, path)
				o.Sightings = slices.DeleteFunc(o.Sightings, func(found record.Sighting) bool { return found.Surface == record.Script })
				wantFound(t, o, tt.want...)
				wantMissed := 0
				if tt.name == "revoked" {
					wantMissed = 1
				}
				if len(o.Missed) != wantMissed {
					t.Errorf("missed %+v, want %d", o.Missed, wantMissed)
				}
				o = looking(t, clean, path)
				wantFound(t, o)
			})
		}
	}
}

// Each store is read as far as the bounds go, and says what was left.
func TestMuchIsKept(t *testing.T) {
	patiently(t)
	site := newSite(t, map[string]string{"/": storing(`
		for (let n = 0; n < 2100; n++) sessionStorage.setItem('key' + n, n === 0 ? mark('one') : 'x');
		localStorage.setItem('long', 'x'.repeat(1 << 20) + mark('three'));
		const db = await opened('db', 1, [['many', {}]]);
		const tx = db.transaction('many', 'readwrite');
		for (let n = 0; n < 201; n++) tx.objectStore('many').put(mark(n === 0 ? 'one' : n === 200 ? 'three' : 'two'), n);
		await new Promise(done => { tx.oncomplete = done });
		const cache = await caches.open('c');
		for (let n = 0; n < 201; n++) await cache.put('/' + n, new Response(mark('two')));
		await cache.put('/big', new Response('x'.repeat(2 << 20)))`)}, nil)
	s := opened(t, started(t, planOf(site.URL), known(t, "mark-one", "mark-two", "mark-three")), 0)
	o := looking(t, s, "/")
	var missed []string
	for _, m := range o.Missed {
		missed = append(missed, m.Surface+" "+m.Why)
	}
	wantLines(t, missed, []string{
		"cache more than 200 entries", "database more than 200 entries",
		"storage longer than 1048576 bytes", "storage more than 2000 items",
	})
	wantOwners(t, o, record.Database, "mark-one", "mark-two")
	wantOwners(t, o, record.Cache, "mark-two")
}

// patiently gives the reading of what is kept all the time that it needs on this
// machine.
func patiently(t *testing.T) {
	before := install
	t.Cleanup(func() { install = before })
	install += "globalThis.notmine.patience = 60_000;"
}

// A database that an upgrade keeps from being opened does not hold the visit, and
// a page that wants to upgrade is not held by the visit.
func TestBlockedDatabase(t *testing.T) {
	site := newSite(t, map[string]string{
		"/blocked": storing(`window.first = await opened('db', 1, [['s', {}]]);
			await put(first, 's', mark('one'), 1); indexedDB.open('db', 2)`) + `<p id=text>mark-two</p>`,
		"/upgrade": storing(`const db = await opened('own', 1, [['s', {}]]); await put(db, 's', mark('one'), 1); db.close()`),
	}, nil)
	d := started(t, planOf(site.URL), known(t, "mark-one", "mark-two"))
	s := opened(t, d, 0)
	o := looking(t, s, "/blocked")
	wantOwners(t, o, record.Text, "mark-two")
	if len(o.Missed) != 1 || o.Missed[0] != (record.Missed{Surface: record.Database, Path: "db", Why: "the database was blocked, or slow"}) {
		t.Errorf("missed %+v", o.Missed)
	}
	s = opened(t, d, 0)
	o = looking(t, s, "/upgrade")
	wantOwners(t, o, record.Database, "mark-one")
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := s.Do(ctx, stepsOf(plan.Eval, "opened('own', 2).then(() => true)"), nil); err != nil {
		t.Errorf("the page could not upgrade its database: %v", err)
	}
}

// Without a right to it, nothing is read, and nothing fails.
func TestNothingIsKept(t *testing.T) {
	site := newSite(t, map[string]string{
		"/": `<p>mark-one</p><iframe sandbox="allow-scripts" srcdoc="<p>mark-two</p>"></iframe>`,
	}, nil)
	s := opened(t, started(t, planOf(site.URL), known(t, "mark-one", "mark-two")), 0)
	o := looking(t, s, "/")
	wantOwners(t, o, record.Text, "mark-one", "mark-two")
	if len(o.Missed) > 0 {
		t.Errorf("missed %+v", o.Missed)
	}
	for _, surface := range []string{record.Storage, record.Database, record.Cache, record.Cookies} {
		if o.Looked[surface].Items != 0 {
			t.Errorf("looked at %+v on %s", o.Looked[surface], surface)
		}
	}
}
