package browser

import (
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"notmine/checks/plan"
	"notmine/checks/record"
)

// Everything for which a page makes a browser ask, with a place in the answer.
var kinds = []struct {
	path    string // what the page asks for
	media   string
	body    string // MARK is the place
	page    string // HTML that asks for it
	script  string // or what the page does, and awaits
	surface string
}{
	{path: "style", media: "text/css", body: "/* MARK */", page: `<link rel="stylesheet" href="/kind/style">`, surface: record.Body},
	{path: "import", media: "text/css", body: "/* MARK */", page: `<style>@import "/kind/import";</style>`, surface: record.Body},
	{path: "script", media: "text/javascript", body: "// MARK", page: `<script src="/kind/script"></script>`, surface: record.Body},
	{path: "module", media: "text/javascript", body: "export default 'MARK'", script: `import('/kind/module')`, surface: record.Body},
	{path: "modulepreload", media: "text/javascript", body: "// MARK", page: `<link rel="modulepreload" href="/kind/modulepreload">`, surface: record.Body},
	{path: "json", media: "application/json", body: `"MARK"`, script: `import('/kind/json', {with: {type: 'json'}})`, surface: record.Body},
	{path: "preload", media: "application/json", body: `"MARK"`, page: `<link rel="preload" as="fetch" crossorigin href="/kind/preload">`, surface: record.Body},
	{path: "prefetch", media: "text/html", body: "MARK", page: `<link rel="prefetch" href="/kind/prefetch">`, surface: record.Body},
	{path: "frame", media: "text/html", body: "<p>MARK", page: `<iframe src="/kind/frame"></iframe>`, surface: record.Body},
	{path: "object", media: "text/html", body: "<p>MARK", page: `<object data="/kind/object" type="text/html"></object>`, surface: record.Body},
	{path: "embed", media: "text/html", body: "<p>MARK", page: `<embed src="/kind/embed" type="text/html">`, surface: record.Body},
	{path: "drawing", media: "image/svg+xml", body: `<svg xmlns="http://www.w3.org/2000/svg"><desc>MARK</desc></svg>`, page: `<img src="/kind/drawing">`, surface: record.Body},
	{path: "picture", media: "image/gif", body: gif + "MARK", page: `<img src="/kind/picture">`, surface: record.Picture},
	{path: "untyped", media: "text/plain", body: gif + "MARK", page: `<img src="/kind/untyped">`, surface: record.Picture},
	{path: "srcset", media: "image/gif", body: gif + "MARK", page: `<img srcset="/kind/srcset 1x">`, surface: record.Picture},
	{path: "background", media: "image/gif", body: gif + "MARK", page: `<p style="background: url(/kind/background)">.</p>`, surface: record.Picture},
	{path: "poster", media: "image/gif", body: gif + "MARK", page: `<video poster="/kind/poster"></video>`, surface: record.Picture},
	{path: "film", media: "video/mp4", body: "MARK", page: `<video src="/kind/film" preload="auto"></video>`, surface: record.Body},
	{path: "track", media: "text/vtt", body: "WEBVTT\n\nNOTE MARK\n", script: `new Promise(done => {
		const video = document.createElement('video'), track = document.createElement('track');
		track.default = true; track.onload = track.onerror = done; track.src = '/kind/track';
		video.append(track); document.body.append(video); track.track.mode = 'showing';
	})`, surface: record.Body},
	{path: "font", media: "font/woff2", body: "wOF2MARK", script: `new FontFace('f', 'url(/kind/font)').load().catch(() => {})`, surface: record.Body},
	{path: "worker", media: "text/javascript", body: "postMessage('MARK')", script: `new Promise(done => new Worker('/kind/worker').onmessage = done)`, surface: record.Body},
	{path: "by-worker", media: "text/plain", body: "MARK", script: `new Promise(done => new Worker(URL.createObjectURL(new Blob(
		["fetch('" + location.origin + "/kind/by-worker').then(r => r.text()).then(postMessage)"]))).onmessage = done)`, surface: record.Body},
	{path: "shared", media: "text/javascript", body: "onconnect = e => e.ports[0].postMessage('MARK')",
		script: `new Promise(done => new SharedWorker('/kind/shared').port.onmessage = done)`, surface: record.Body},
	{path: "xhr", media: "application/json", body: `"MARK"`, script: `xhr('GET', '/kind/xhr')`, surface: record.Body},
	{path: "fetch", media: "application/json", body: `"MARK"`, script: `get('/kind/fetch')`, surface: record.Body},
	{path: "keepalive", media: "text/plain", body: `MARK`, script: `get('/kind/keepalive', {method: 'POST', body: 'x', keepalive: true})`, surface: record.Body},
	{path: "lines", media: "application/x-ndjson", body: `"MARK"` + "\n", script: `get('/kind/lines')`, surface: record.Stream},
	{path: "file", media: "application/octet-stream", body: `MARK`, script: `get('/kind/file')`, surface: record.Download},
	{path: "form", media: "text/html", body: `MARK`, script: `new Promise(done => {
		document.body.insertAdjacentHTML('beforeend', '<iframe name="to"></iframe><form action="/kind/form" method="post" target="to"><input name="a" value="b"></form>');
		document.querySelector('[name=to]').onload = e => e.target.contentDocument.body.textContent && done();
		document.forms[document.forms.length - 1].submit();
	})`, surface: record.Body},
	{path: "ping", media: "text/plain", body: `MARK`, script: `new Promise(done => {
		document.body.insertAdjacentHTML('beforeend', '<a id="pinger" href="#x" ping="/kind/ping">x</a>');
		document.querySelector('#pinger').click();
		done(get('/asked?path=/kind/ping'));
	})`, surface: record.Body},
}

// gif is the smallest picture that browsers show.
var gif = func() string {
	b, err := base64.StdEncoding.DecodeString("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
	if err != nil {
		panic(err)
	}
	return string(b)
}()

// Whatever a page makes the browser ask for passes the wire, which names it right.
func TestKindsOfRequests(t *testing.T) {
	for _, way := range ways {
		t.Run(way, func(t *testing.T) {
			s := serveTarget(t, way)
			asked := make(map[string]chan struct{})
			page := testPage + `<p>kinds</p>`
			for i, kind := range kinds {
				path := "/kind/" + kind.path
				came := make(chan struct{})
				asked[path] = came
				page += "\n" + kind.page
				s.mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
					w.Header().Set("Content-Type", kind.media)
					io.WriteString(w, strings.ReplaceAll(kind.body, "MARK", places[i]))
					select {
					case <-came:
					default:
						close(came)
					}
				})
			}
			s.mux.HandleFunc("/asked", func(w http.ResponseWriter, r *http.Request) { <-asked[r.URL.Query().Get("path")] })
			s.mux.HandleFunc("/kinds", func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "text/html; charset=utf-8")
				io.WriteString(w, page)
			})
			alice := enter(t, drive(t, s, nil), "alice")
			steps := []plan.Step{goTo("/kinds")}
			for _, kind := range kinds {
				if kind.script != "" {
					steps = append(steps, does("("+kind.script+").then(() => true)"))
				} else {
					steps = append(steps, does("get('/asked?path=/kind/"+kind.path+"')"))
				}
			}
			o := alice.visit(t, steps...)
			for i, kind := range kinds {
				path := "/kind/" + kind.path
				var on []string
				for _, surface := range []string{record.Body, record.Picture, record.Stream, record.Download} {
					for range found(o, surface, path) {
						on = append(on, surface)
					}
				}
				if strings.Join(on, " ") != kind.surface {
					t.Errorf("%s (%s): found as %q, want %s", path, placeName(i), on, kind.surface)
				}
				t.Logf("%-22s %-26s %s", path, kind.media, on)
			}
			for _, m := range o.Missed {
				if strings.HasPrefix(m.Path, "/kind/") {
					t.Errorf("missed %+v", m)
				}
			}
			for _, surface := range []string{record.Body, record.Picture, record.Head, record.Request} {
				if o.Looked[surface].Items == 0 || o.Looked[surface].Bytes == 0 {
					t.Errorf("looked at %+v of %s", o.Looked[surface], surface)
				}
			}
		})
	}
}

// What a page sends tells what it was given, in whatever way it sends it.
func TestSentBodies(t *testing.T) {
	s := serveTarget(t, "https")
	took := make(chan string, 10)
	s.mux.HandleFunc("/take/", func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		took <- r.URL.Path
	})
	s.mux.HandleFunc("/taken", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, <-took) })
	alice := enter(t, drive(t, s, nil), "alice")
	for i, send := range []string{
		"fetch('/take/fetch', {method: 'POST', body: text})",
		"fetch('/take/keepalive', {method: 'POST', body: text, keepalive: true})",
		"xhr('PUT', '/take/xhr', text)",
		"navigator.sendBeacon('/take/beacon', text)",
		"fetch('/take/parts', {method: 'POST', body: (() => { const f = new FormData(); f.append('a', new Blob([text]), 'a.txt'); return f })()})",
		"fetch('/take/stream', {method: 'POST', duplex: 'half', body: new Blob([text]).stream()})",
	} {
		o := alice.visit(t, goTo("/"), does("(async () => { const text = '"+places[i]+"'; await ("+send+"); return (await fetch('/taken')).text() })()"))
		var path string
		alice.told(t, &path)
		same(t, "places in what "+path+" was sent", []string{placeName(i)}, found(o, record.Request, path))
	}
}

// A stream that a page fetches is told with the visit in which it speaks, and
// keeps no visit waiting.
func TestFetchedStream(t *testing.T) {
	for _, way := range ways {
		t.Run(way, func(t *testing.T) {
			s := serveTarget(t, way)
			say := make(chan string)
			s.mux.HandleFunc("/say", func(w http.ResponseWriter, r *http.Request) { say <- r.URL.Query().Get("what") })
			s.mux.HandleFunc("/talk", func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "text/plain")
				flush(t, w)
				for {
					select {
					case text := <-say:
						io.WriteString(w, text)
						flush(t, w)
					case <-r.Context().Done():
						return
					}
				}
			})
			alice := enter(t, drive(t, s, nil), "alice")
			alice.visit(t, goTo("/"), does(`fetch('/talk').then(res => { globalThis.talk = res.body.pipeThrough(new TextDecoderStream()).getReader(); return 'open' })`))
			for i := range 5 {
				o := alice.visit(t, does("(async () => { fetch('/say?what="+places[i]+"'); return (await talk.read()).value })()"))
				var got string
				alice.told(t, &got)
				same(t, "what came", places[i], got)
				same(t, "places in the visit's stream", []string{placeName(i)}, found(o, record.Body, "/talk"))
			}
		})
	}
}
