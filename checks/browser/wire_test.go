package browser

import (
	"bytes"
	"compress/gzip"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"

	"notmine/checks/crowd"
	"notmine/checks/plan"
	"notmine/checks/record"
)

// Ways in which a browser reaches a target.
var ways = []string{"http", "https"}

// person is a session under test with all that was observed of it.
type person struct {
	*Session
	all map[int]record.Exchange // by ID, as last listed
}

func enter(t *testing.T, d *Driver, name string) *person {
	t.Helper()
	s, err := d.Open(t.Context(), plan.Account{Name: name})
	if err != nil {
		t.Fatal(err)
	}
	return &person{s.(*Session), map[int]record.Exchange{}}
}

// visit looks at a view with these steps.
func (p *person) visit(t *testing.T, steps ...plan.Step) *record.Observation {
	t.Helper()
	o, err := p.try(t, crowd.Visit{View: plan.View{Name: "view", Steps: steps}})
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func (p *person) try(t *testing.T, v crowd.Visit) (*record.Observation, error) {
	t.Helper()
	o, err := p.Visit(t.Context(), v)
	for _, e := range o.Exchanges {
		p.all[e.ID] = e
	}
	return o, err
}

func goTo(path string) plan.Step { return plan.Step{Verb: plan.Goto, Arg: path} }

// does is a step that waits, once the page's own scripts ran, for what an
// expression promises, and leaves it for told.
func does(expression string) plan.Step {
	return plan.Step{Verb: plan.Eval, Arg: `(async () => {
		while (document.readyState === 'loading') await new Promise(done => document.addEventListener('readystatechange', done, {once: true}));
		globalThis.answer = await (` + expression + `);
		return true;
	})()`}
}

// told reads what the page said last.
func (p *person) told(t *testing.T, into any) {
	t.Helper()
	var text string
	if err := evaluate(t.Context(), p.process.client, p.id, 0, "JSON.stringify(globalThis.answer)", &text); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(text), into); err != nil {
		t.Fatal(err)
	}
}

// came is a body as the page got it.
type came struct {
	Status int
	Bytes  int
	Sum    string
	Error  string
}

func asSent(status int, body []byte) came {
	return came{Status: status, Bytes: len(body), Sum: sum(body)}
}

// same holds what the page got against what was sent.
func same[T any](t *testing.T, what string, want, got T) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// sawAll holds all that the wire recorded of a session's traffic against all
// that the target sent.
func (p *person) sawAll(t *testing.T, s *service) {
	t.Helper()
	var recorded []string
	for _, e := range p.all {
		u, err := url.Parse(e.URL)
		if err != nil {
			t.Fatal(err)
		}
		recorded = append(recorded, fmt.Sprint(u.Path, " ", e.Status, " ", e.Bytes))
	}
	slices.Sort(recorded)
	same(t, "answers that the wire saw", s.sent(), recorded)
}

// exchange returns the exchange of a path, of which there is one.
func exchange(t *testing.T, o *record.Observation, path string) record.Exchange {
	t.Helper()
	var of []record.Exchange
	for _, e := range o.Exchanges {
		if u, err := url.Parse(e.URL); err == nil && u.Path == path {
			of = append(of, e)
		}
	}
	if len(of) != 1 {
		t.Fatalf("%d exchanges of %s in %+v", len(of), path, o.Exchanges)
	}
	return of[0]
}

var codings = map[string]func(io.Writer) io.WriteCloser{
	"gzip": func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) },
	"br":   func(w io.Writer) io.WriteCloser { return brotli.NewWriter(w) },
	"zstd": func(w io.Writer) io.WriteCloser {
		e, _ := zstd.NewWriter(w, zstd.WithEncoderConcurrency(1)) // fails for wrong options only
		return e
	},
}

// Every byte of these bodies belongs to a place, so that none can be missed.
func TestBodies(t *testing.T) {
	body := dense(0, 900)
	for _, way := range ways {
		t.Run(way, func(t *testing.T) {
			s := serveTarget(t, way)
			s.mux.HandleFunc("/plain", func(w http.ResponseWriter, r *http.Request) { w.Write(body) })
			s.mux.HandleFunc("/pieces", func(w http.ResponseWriter, r *http.Request) {
				for piece := range slices.Chunk(body, 1009) { // most ends are in the middle of a place
					w.Write(piece)
					flush(t, w)
				}
			})
			for coding, encoder := range codings {
				s.mux.HandleFunc("/"+coding, func(w http.ResponseWriter, r *http.Request) {
					if !strings.Contains(r.Header.Get("Accept-Encoding"), coding) {
						t.Errorf("the browser's %q does not ask for %s", r.Header.Get("Accept-Encoding"), coding)
					}
					w.Header().Set("Content-Encoding", coding)
					encoded := encoder(w)
					encoded.Write(body)
					encoded.Close()
				})
			}
			for _, status := range []int{http.StatusForbidden, http.StatusNotFound, http.StatusInternalServerError} {
				s.mux.HandleFunc(fmt.Sprint("/error/", status), func(w http.ResponseWriter, r *http.Request) {
					w.WriteHeader(status)
					w.Write(body)
				})
			}
			s.mux.HandleFunc("/changes-not", func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Etag", `"always"`)
				w.Header().Set("Cache-Control", "no-cache")
				if r.Header.Get("If-None-Match") != "" {
					w.WriteHeader(http.StatusNotModified)
					return
				}
				w.Write(body)
			})

			d := drive(t, s, nil)
			alice := enter(t, d, "alice")
			for path, status := range map[string]int{
				"/plain": 200, "/pieces": 200, "/gzip": 200, "/br": 200, "/zstd": 200,
				"/error/403": 403, "/error/404": 404, "/error/500": 500, "/changes-not": 200,
			} {
				var got came
				o := alice.visit(t, goTo("/"), does("get('"+path+"')"))
				alice.told(t, &got)
				same(t, "the browser's "+path, asSent(status, body), got)
				same(t, "places seen in "+path, placeNames(0, 900), found(o, record.Body, path))
				if e := exchange(t, o, path); e.Seen != int64(len(body)) || e.Error != "" || e.End.IsZero() {
					t.Errorf("%s is recorded as %+v", path, e)
				}
				if len(o.Missed) > 0 {
					t.Errorf("%s was not seen whole: %q", path, o.Missed)
				}
			}

			// What the browser has already is not sent again, and not seen again.
			var got came
			o := alice.visit(t, goTo("/"), does("get('/changes-not')"))
			alice.told(t, &got)
			same(t, "what the browser kept", asSent(200, body), got)
			if e := exchange(t, o, "/changes-not"); e.Status != 304 || e.Bytes != 0 {
				t.Errorf("recorded as %+v", e)
			}
			same(t, "places seen again", nil, found(o, record.Body, "/changes-not"))

			// An error page that is shown leaks as well.
			o = alice.visit(t, goTo("/error/403"))
			if o.Status != 403 {
				t.Errorf("status %d of an error page", o.Status)
			}
			same(t, "places in the body of an error page", placeNames(0, 900), found(o, record.Body, "/error/403"))
			same(t, "places on an error page", placeNames(0, 900), found(o, record.Text, ""))
			alice.sawAll(t, s)
		})
	}
}

func TestHTTP2ToBothSides(t *testing.T) {
	s := serveTarget(t, "https")
	s.mux.HandleFunc("/data", func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, places[0]) })
	alice := enter(t, drive(t, s, nil), "alice")
	o := alice.visit(t, goTo("/"), does("get('/data').then(() => performance.getEntriesByType('resource').find(e => e.name.endsWith('/data')).nextHopProtocol)"))
	var hop string
	alice.told(t, &hop)
	if hop != "h2" {
		t.Errorf("the browser spoke %s", hop)
	}
	for _, path := range []string{"/", "/data"} {
		if e := exchange(t, o, path); e.Proto != "HTTP/2.0" {
			t.Errorf("%s came by %s", path, e.Proto)
		}
		if a := s.asked(path); len(a) != 1 || a[0].proto != "HTTP/2.0" {
			t.Errorf("the target was asked for %s by %+v", path, a)
		}
	}
	same(t, "places", []string{"place 0"}, found(o, record.Body, "/data"))
}

// A message belongs to the visit in which it came, while the stream stays open.
func TestEventStream(t *testing.T) {
	for _, way := range ways {
		for _, coding := range []string{"", "gzip", "br", "zstd"} {
			t.Run(strings.TrimSpace(way+" "+coding), func(t *testing.T) {
				s := serveTarget(t, way)
				say := make(chan string)
				s.mux.HandleFunc("/say", func(w http.ResponseWriter, r *http.Request) { say <- r.URL.Query().Get("what") })
				s.mux.HandleFunc("/events", func(w http.ResponseWriter, r *http.Request) {
					w.Header().Set("Content-Type", "text/event-stream")
					out := func(text string) { io.WriteString(w, text) }
					if coding != "" {
						w.Header().Set("Content-Encoding", coding)
						encoder := codings[coding](w).(interface {
							io.Writer
							Flush() error
						})
						out = func(text string) {
							io.WriteString(encoder, text)
							encoder.Flush()
						}
					}
					flush(t, w)
					for {
						select {
						case text := <-say:
							for _, piece := range []string{"id: 1\ndata: so ", text[:7], text[7:], "\n\n"} {
								out(piece)
								flush(t, w)
							}
						case <-r.Context().Done():
							return
						}
					}
				})
				alice := enter(t, drive(t, s, nil), "alice")
				alice.visit(t, goTo("/"), does(`new Promise((done, fail) => {
					globalThis.events = new EventSource('/events');
					events.onopen = done;
					events.onerror = () => fail(new Error('no stream'));
				}).then(() => 'open')`))
				for i, text := range places[:5] {
					o := alice.visit(t, does("new Promise(done => { events.onmessage = e => done(e.data); fetch('/say?what="+text+"') })"))
					var got string
					alice.told(t, &got)
					same(t, "the message", "so "+text, got)
					same(t, "places in the visit's stream", []string{placeName(i)}, found(o, record.Stream, "/events"))
					if e := exchange(t, o, "/events"); !e.End.IsZero() || e.Error != "" {
						t.Errorf("an open stream is recorded as %+v", e)
					}
				}
				o := alice.visit(t, does("events.close()"), does("get('/')"))
				same(t, "places after the stream", nil, found(o, record.Stream, ""))
				alice.sawAll(t, s)
			})
		}
	}
}

// secret is a value as session cookies have them.
func secret() string { return rand.Text() }

func TestRedirectsAndCookies(t *testing.T) {
	for _, way := range ways {
		t.Run(way, func(t *testing.T) {
			s := serveTarget(t, way)
			values := map[string]string{"one": secret(), "two": secret(), "three": secret(), "gone": secret()}
			hop := func(path, next string, cookies ...string) {
				s.mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
					for _, c := range cookies {
						w.Header().Add("Set-Cookie", c)
					}
					if next != "" {
						w.Header().Set("Location", next)
						w.WriteHeader(http.StatusFound)
					}
					fmt.Fprintf(w, "<p>%s</p>", places[len(path)])
				})
			}
			hop("/a", "/bb", "one="+values["one"]+"; Path=/; HttpOnly", "gone="+values["gone"]+"; Path=/")
			hop("/bb", s.URL+"/ccc", "two="+values["two"]+"; Path=/; SameSite=Lax", "one=replaced-"+values["one"]+"; Path=/; HttpOnly")
			hop("/ccc", "/dddd", "gone=; Path=/; Max-Age=0", "three="+values["three"]+"; Path=/dddd")
			hop("/dddd", "")

			d := drive(t, s, nil)
			alice := enter(t, d, "alice")
			o := alice.visit(t, goTo("/a"))
			digest := func(pairs ...string) (list []string) {
				for i := 0; i < len(pairs); i += 2 {
					list = append(list, pairs[i]+" "+d.wire.Digest(pairs[i], pairs[i+1]))
				}
				slices.Sort(list)
				return list
			}
			listed := func(cookies []record.Cookie) (list []string) {
				for _, c := range cookies {
					list = append(list, c.Name+" "+c.Digest)
				}
				slices.Sort(list)
				return list
			}
			replaced := "replaced-" + values["one"]
			for path, want := range map[string]struct {
				status     int
				sent, sets []string
			}{
				"/a":    {302, nil, digest("one", values["one"], "gone", values["gone"])},
				"/bb":   {302, digest("one", values["one"], "gone", values["gone"]), digest("two", values["two"], "one", replaced)},
				"/ccc":  {302, digest("one", replaced, "two", values["two"], "gone", values["gone"]), digest("gone", "", "three", values["three"])},
				"/dddd": {200, digest("one", replaced, "two", values["two"], "three", values["three"]), nil},
			} {
				e := exchange(t, o, path)
				if e.Status != want.status {
					t.Errorf("%s: status %d", path, e.Status)
				}
				same(t, "cookies sent to "+path, want.sent, listed(e.Cookies))
				same(t, "cookies set by "+path, want.sets, listed(e.SetCookies))
				same(t, "places in "+path, []string{placeName(len(path))}, found(o, record.Body, path))
			}
			same(t, "the browser's cookies", digest("one", replaced, "two", values["two"], "three", values["three"]), listed(o.Cookies))
			if o.Status != 200 || !strings.HasSuffix(o.URL, "/dddd") {
				t.Errorf("it ended at %s with status %d", o.URL, o.Status)
			}
			alice.sawAll(t, s)

			written, err := json.Marshal(o)
			if err != nil {
				t.Fatal(err)
			}
			for name, value := range values {
				if bytes.Contains(written, []byte(value)) {
					t.Errorf("the observation holds the value of %s", name)
				}
				if d.Mask(value) == value {
					t.Errorf("the value of %s would not be masked", name)
				}
			}
		})
	}
}

func TestDigestsTellSessionsApart(t *testing.T) {
	s := serveTarget(t, "https")
	s.mux.HandleFunc("/login", func(w http.ResponseWriter, r *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "sid", Value: secret(), Path: "/", HttpOnly: true, Secure: true})
	})
	s.mux.HandleFunc("/data", func(w http.ResponseWriter, r *http.Request) {})
	d := drive(t, s, nil)
	of := map[string]string{}
	for _, name := range []string{"alice", "bob"} {
		p := enter(t, d, name)
		first := p.visit(t, goTo("/login"), goTo("/"), does("get('/data')"))
		second := p.visit(t, goTo("/"), does("get('/data')"))
		login := exchange(t, first, "/login").SetCookies
		if len(login) != 1 {
			t.Fatalf("%s was given %v", name, login)
		}
		of[name] = login[0].Digest
		for _, e := range []record.Exchange{
			exchange(t, first, "/"), exchange(t, first, "/data"), exchange(t, second, "/"), exchange(t, second, "/data"),
		} {
			if len(e.Cookies) != 1 || e.Cookies[0].Digest != of[name] {
				t.Errorf("%s's %s has the cookies %v, want %s", name, e.URL, e.Cookies, of[name])
			}
		}
	}
	if of["alice"] == of["bob"] {
		t.Error("two sessions have one digest")
	}
}

func TestServiceWorker(t *testing.T) {
	for _, way := range ways {
		t.Run(way, func(t *testing.T) {
			s := serveTarget(t, way)
			s.mux.HandleFunc("/worker.js", func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "text/javascript")
				fmt.Fprintf(w, `// %s
				addEventListener('install', e => e.waitUntil((async () => {
					skipWaiting();
					await (await caches.open('kept')).addAll(['/kept']);
					await (await fetch('/own')).text();
				})()));
				addEventListener('activate', e => e.waitUntil(clients.claim()));
				addEventListener('fetch', e => {
					const path = new URL(e.request.url).pathname;
					if (path === '/kept') e.respondWith(caches.match('/kept'));
					if (path === '/through') e.respondWith(fetch('/asked-by-worker'));
				});`, places[0])
			})
			var changed atomic.Bool // the target has other data now
			for path, place := range map[string]int{"/kept": 1, "/own": 2, "/asked-by-worker": 3} {
				s.mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
					w.Header().Set("Content-Type", "text/html")
					now := place
					if changed.Load() {
						now = 4
					}
					fmt.Fprintf(w, "<!doctype html><p>%s</p>", places[now])
				})
			}
			alice := enter(t, drive(t, s, nil), "alice")
			o := alice.visit(t, goTo("/"), does(`navigator.serviceWorker.register('/worker.js').then(() => new Promise(done => {
				if (navigator.serviceWorker.controller) done();
				navigator.serviceWorker.oncontrollerchange = done;
			})).then(() => 'in control')`))
			for i, path := range []string{"/worker.js", "/kept", "/own"} {
				same(t, "places in "+path, []string{placeName(i)}, found(o, record.Body, path))
			}

			// The worker gives what it kept, whosever it was.
			changed.Store(true)
			o = alice.visit(t, goTo("/kept"))
			same(t, "places on a page that the worker kept", []string{"place 1"}, found(o, record.Text, ""))
			if len(o.Exchanges) > 0 {
				t.Errorf("a page from the worker's cache is recorded as %+v", o.Exchanges)
			}
			changed.Store(false)

			o = alice.visit(t, goTo("/through"))
			same(t, "places on a page that the worker fetched", []string{"place 3"}, found(o, record.Text, ""))
			same(t, "places in what the worker fetched", []string{"place 3"}, found(o, record.Body, "/asked-by-worker"))
			alice.sawAll(t, s)
		})
	}
}

func TestTargetThatDiesInMidBody(t *testing.T) {
	body := dense(0, 50)
	for _, way := range ways {
		t.Run(way, func(t *testing.T) {
			s := serveTarget(t, way)
			die := make(chan struct{})
			s.mux.HandleFunc("/die", func(w http.ResponseWriter, r *http.Request) { die <- struct{}{} })
			dying := func(path string, send func(w http.ResponseWriter)) {
				s.mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
					send(w)
					flush(t, w)
					<-die
					panic(http.ErrAbortHandler)
				})
			}
			dying("/dies/sized", func(w http.ResponseWriter) {
				w.Header().Set("Content-Length", "100000")
				w.Write(body)
			})
			dying("/dies/open", func(w http.ResponseWriter) { w.Write(body) })
			dying("/dies/gzip", func(w http.ResponseWriter) {
				w.Header().Set("Content-Encoding", "gzip")
				z := gzip.NewWriter(w)
				z.Write(body)
				z.Flush()
			})
			dying("/dies/page", func(w http.ResponseWriter) {
				w.Header().Set("Content-Type", "text/html")
				w.Header().Set("Content-Length", "100000")
				fmt.Fprintf(w, "<!doctype html><p>%s</p><script>fetch('/die')</script>", body)
			})
			alice := enter(t, drive(t, s, nil), "alice")
			for _, path := range []string{"/dies/sized", "/dies/open", "/dies/gzip"} {
				o := alice.visit(t, goTo("/"), does(`(async () => {
					const res = await fetch('`+path+`'), reader = res.body.getReader(), pieces = [];
					let bytes = 0, error = '';
					try {
						for (;;) {
							const {done, value} = await reader.read();
							if (done) break;
							pieces.push(value);
							if ((bytes += value.length) === `+fmt.Sprint(len(body))+`) fetch('/die');
						}
					} catch (e) { error = e.name }
					return {...await told(res.status, await join(pieces)), error};
				})()`))
				want := asSent(200, body)
				want.Error = "TypeError" // which is how fetch tells a network error
				var got came
				alice.told(t, &got)
				same(t, "what came of "+path, want, got)
				same(t, "places seen of "+path, placeNames(0, 50), found(o, record.Body, path))
				e := exchange(t, o, path)
				reason := "the target closed the connection too early"
				if way == "https" {
					reason = "the target reset the stream too early"
				}
				if e.Error != reason || e.Seen != int64(len(body)) || e.End.IsZero() {
					t.Errorf("%s is recorded as %+v", path, e)
				}
			}
			o := alice.visit(t, goTo("/dies/page"))
			if e := exchange(t, o, "/dies/page"); e.Error == "" {
				t.Errorf("the page is recorded as %+v", e)
			}
			same(t, "places seen of a page that broke off", placeNames(0, 50), found(o, record.Body, "/dies/page"))
			same(t, "places shown by a page that broke off", placeNames(0, 50), found(o, record.Text, ""))
			alice.sawAll(t, s)
		})
	}
}

func TestUntrustedCertificate(t *testing.T) {
	s := serveTarget(t, "https")
	s.mux.HandleFunc("/data", func(w http.ResponseWriter, r *http.Request) {})
	alice := enter(t, drive(t, s, func(p *plan.Plan) { p.TLS.CA = "" }), "alice")
	o, err := alice.try(t, crowd.Visit{View: plan.View{Name: "view", Steps: []plan.Step{goTo("/data")}}})
	e := exchange(t, o, "/data")
	for _, part := range []string{"certificate of 127.0.0.1", "unknown authority", "tls: {ca: FILE}"} {
		if !strings.Contains(e.Error, part) {
			t.Errorf("%q does not speak of %q", e.Error, part)
		}
	}
	if e.Status != 0 || o.Status != 0 {
		t.Errorf("status %d and %d from a target that was not talked to", e.Status, o.Status)
	}
	if err == nil || !strings.Contains(err.Error(), e.Error) {
		t.Errorf("the visit ended with %v", err)
	}
	if len(s.sent()) > 0 {
		t.Errorf("the target was asked for %q", s.sent())
	}
}

// Whatever a page sends reaches the target as it is, and the answers are seen,
// those too that the page itself never sees.
func TestRequestBodies(t *testing.T) {
	body := dense(0, 300)
	for _, way := range ways {
		t.Run(way, func(t *testing.T) {
			s := serveTarget(t, way)
			received := make(chan string, 10)
			s.mux.HandleFunc("/take/", func(w http.ResponseWriter, r *http.Request) {
				got, err := io.ReadAll(r.Body)
				if err != nil {
					t.Error(err)
				}
				received <- fmt.Sprintf("%s %s %d %s", r.Method, r.URL.Path, len(got), sum(got))
				w.Write(body)
			})
			alice := enter(t, drive(t, s, nil), "alice")
			alice.visit(t, goTo("/"), does(`(async () => {
				globalThis.small = new TextEncoder().encode('무엇이든 보낸다');
				globalThis.big = new Uint8Array(3_000_000).map((_, i) => i * i >> 3);
				return [await sum(small), await sum(big)];
			})()`))
			var sums []string
			alice.told(t, &sums)
			for i, send := range []struct{ method, path, how, does string }{
				{"POST", "/take/fetch", "small", "get('/take/fetch', {method: 'POST', body: small})"},
				{"PUT", "/take/big", "big", "get('/take/big', {method: 'PUT', body: big})"},
				{"POST", "/take/xhr", "big", "xhr('POST', '/take/xhr', big)"},
				{"DELETE", "/take/away", "small", "xhr('DELETE', '/take/away', small)"},
			} {
				o := alice.visit(t, does(send.does))
				var got came
				alice.told(t, &got)
				same(t, "the answer to "+send.path, asSent(200, body), got)
				same(t, "places in the answer to "+send.path, placeNames(0, 300), found(o, record.Body, send.path))
				length, digest := len("무엇이든 보낸다"), sums[0]
				if send.how == "big" {
					length, digest = 3_000_000, sums[1]
				}
				same(t, fmt.Sprint("request ", i), fmt.Sprintf("%s %s %d %s", send.method, send.path, length, digest), <-received)
			}

			o := alice.visit(t, does("navigator.sendBeacon('/take/beacon', small)"))
			same(t, "the beacon", fmt.Sprintf("POST /take/beacon %d %s", len("무엇이든 보낸다"), sums[0]), <-received)
			// A beacon goes when the browser likes: perhaps in the next visit.
			for len(found(o, record.Body, "/take/beacon")) == 0 {
				o = alice.visit(t, does("get('/')"))
			}
			same(t, "places in the answer to the beacon", placeNames(0, 300), found(o, record.Body, "/take/beacon"))
			alice.sawAll(t, s)
		})
	}
}

func TestOtherHostsGetNothing(t *testing.T) {
	s := serveTarget(t, "http")
	other, secure := serveTarget(t, "http"), serveTarget(t, "https")
	udp, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer udp.Close()
	s.mux.HandleFunc("/page", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprintf(w, `<!doctype html><title>page</title>
			<link rel="preconnect" href="%[1]s"><link rel="preconnect" href="%[2]s"><link rel="prefetch" href="%[1]s/prefetched">
			<img src="%[1]s/picture.png"><img src="%[2]s/picture.png"><iframe src="%[1]s/frame"></iframe>
			<script src="%[1]s/script.js"></script>`, other.URL, secure.URL)
	})
	d := drive(t, s, nil)
	alice := enter(t, d, "alice")
	o := alice.visit(t, goTo("/page"), does(fmt.Sprintf(`(async () => {
		const failed = async promise => { try { await promise; return 'reached' } catch (e) { return 'refused' } };
		const socket = url => new Promise((done, fail) => { const s = new WebSocket(url); s.onopen = done; s.onerror = fail });
		const stream = url => new Promise((done, fail) => { const s = new EventSource(url); s.onopen = done; s.onerror = () => { s.close(); fail() } });
		return Promise.all([
			failed(fetch(%[2]q)), failed(socket(%[1]q.replace('http', 'ws'))), failed(socket(%[2]q.replace('http', 'ws'))),
			failed(stream(%[1]q)), failed(import(%[2]q)),
		]);
	})()`, other.URL, secure.URL)))
	var got []string
	alice.told(t, &got)
	same(t, "attempts", []string{"refused", "refused", "refused", "refused", "refused"}, got)
	want := []string{other.host(), secure.host()}
	slices.Sort(want)
	same(t, "blocked hosts", want, o.Blocked)

	// WebRTC would go past every proxy: its first word is to ask a server on UDP.
	words := make(chan string, 1)
	s.mux.HandleFunc("/word", func(w http.ResponseWriter, r *http.Request) {
		first := make([]byte, 1500)
		n, err := udp.Read(first)
		if err != nil {
			t.Error(err)
		}
		words <- string(first[:n])
	})
	alice.visit(t, goTo("/"), does(fmt.Sprintf(`(async () => {
		const peer = new RTCPeerConnection({iceServers: [{urls: 'stun:%s'}]});
		peer.createDataChannel('x');
		const gathered = new Promise(done => peer.onicegatheringstatechange = () => peer.iceGatheringState === 'complete' && done());
		await peer.setLocalDescription(await peer.createOffer());
		await Promise.race([gathered, get('/word')]);
	})()`, udp.LocalAddr())))
	end, err := net.Dial("udp", udp.LocalAddr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer end.Close()
	const nobody = "nobody spoke before"
	fmt.Fprint(end, nobody)
	if first := <-words; first != nobody {
		t.Errorf("the browser sent %q past the wire", first)
	}
	for _, o := range []*service{other, secure} {
		if o.mu.Lock(); o.conns > 0 {
			t.Errorf("%s got %d connections", o.URL, o.conns)
		}
		o.mu.Unlock()
	}
}

func TestTraceAndHeadersGoToTheTargetAlone(t *testing.T) {
	for _, way := range ways {
		t.Run(way, func(t *testing.T) {
			s, listed := serveTarget(t, way), serveTarget(t, "http")
			s.mux.HandleFunc("/data", func(w http.ResponseWriter, r *http.Request) {})
			listed.mux.HandleFunc("/picture", func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "image/svg+xml")
				io.WriteString(w, `<svg xmlns="http://www.w3.org/2000/svg"><desc>`+places[0]+`</desc></svg>`)
			})
			d := drive(t, s, func(p *plan.Plan) {
				p.Hosts = []string{listed.host()}
				p.Headers = map[string]plan.Secret{"X-Staging-Key": plan.NewSecret("open-{{name}}")}
			})
			alice := enter(t, d, "alice")
			const trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
			o, err := alice.try(t, crowd.Visit{Trace: trace, View: plan.View{Name: "view", Steps: []plan.Step{
				goTo("/"), does("get('/data')"),
				does("new Promise((done, fail) => { const i = new Image(); i.onload = () => done('shown'); i.onerror = () => fail(new Error('not shown')); i.src = '" + listed.URL + "/picture' })"),
			}}})
			if err != nil {
				t.Fatal(err)
			}
			for _, path := range []string{"/", "/data"} {
				a := s.asked(path)[0].header
				if a.Get("Traceparent") != trace || a.Get("X-Staging-Key") != "open-alice" {
					t.Errorf("the target was asked for %s with %v", path, a)
				}
				if e := exchange(t, o, path); e.Trace != trace {
					t.Errorf("%s is recorded with trace %q", path, e.Trace)
				}
			}
			a := listed.asked("/picture")[0].header
			if a.Get("Traceparent") != "" || a.Get("X-Staging-Key") != "" {
				t.Errorf("the other host was asked with %v", a)
			}
			if e := exchange(t, o, "/picture"); e.Trace != "" {
				t.Errorf("the other host's exchange is recorded with trace %q", e.Trace)
			}
			same(t, "places", []string{"place 0"}, found(o, record.Body, "/picture"))
		})
	}
}
