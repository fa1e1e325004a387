package wire

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gobwas/ws"
	"github.com/google/go-cmp/cmp"

	"notmine/checks/record"
)

// left is a target that tells what it got of each request to /work, and answers
// none of them before the one who asked has left.
type left struct {
	*httptest.Server
	got chan string // "method bytes whole" or "method bytes broken"
}

func (l *left) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != "/work" {
		io.WriteString(w, "here")
		return
	}
	body, err := io.ReadAll(r.Body)
	how := "whole"
	if err != nil {
		how = "broken"
	}
	<-r.Context().Done()
	l.got <- strings.Join([]string{r.Method, http.StatusText(200), how, strings.Repeat("x", len(body))}, " ")
}

func TestCutBeforeTheAnswer(t *testing.T) {
	body := strings.Repeat("a", 40)
	for _, test := range []struct {
		where, method, body string
		chunked             bool
		want                string // what the target gets
	}{
		{record.AbortedRequest, "POST", body, false, "POST OK broken " + strings.Repeat("x", 20)},
		{record.AbortedRequest, "POST", "a", false, "POST OK broken "},
		{record.AbortedRequest, "GET", "", false, "GET OK whole "},
		{record.AbortedBefore, "POST", body, false, "POST OK whole " + strings.Repeat("x", 40)},
		{record.AbortedBefore, "POST", body, true, "POST OK whole " + strings.Repeat("x", 40)},
		{record.AbortedBefore, "GET", "", false, "GET OK whole "},
	} {
		target := &left{got: make(chan string, 10)}
		for name, server := range servers(t, target) {
			t.Run(strings.Join([]string{name, test.where, test.method, test.want}, "/"), func(t *testing.T) {
				w := newWire(t, server, nil)
				l, c := open(t, w, nil)
				get(t, c, server.URL+"/warm") // the browser's connection is not new, and could be asked again
				done := make(chan struct{})
				l.Begin(Visit{Cut: Cut{Where: test.where, Pattern: "/work", Done: func() { close(done) }}})
				ask := func() error {
					var body io.Reader
					if test.body != "" {
						body = strings.NewReader(test.body)
					}
					if test.chunked {
						body = io.MultiReader(body)
					}
					req, err := http.NewRequest(test.method, server.URL+"/work", body)
					if err != nil {
						t.Fatal(err)
					}
					req.Header.Set("X-Long", strings.Repeat("long ", 500)) // in more than one TLS record, if those may be short
					res, err := c.Do(req)
					if err == nil {
						res.Body.Close()
					}
					return err
				}
				if err := ask(); err == nil {
					t.Error("the browser got an answer")
				}
				if got := <-target.got; got != test.want {
					t.Errorf("the target got %q, want %q", got, test.want)
				}
				<-done
				if got := string(get(t, c, server.URL+"/else").Body); got != "here" {
					t.Errorf("the next request got %q", got)
				}
				seen := l.End(t.Context())
				e := only(t, seen, "/work")
				if e.Aborted != test.where || e.Status != 0 || e.Error != errCut.Error() || e.Sent.IsZero() {
					t.Errorf("recorded: %+v", e)
				}
				if e := only(t, seen, "/else"); e.Aborted != "" || e.Error != "" {
					t.Errorf("recorded of another request: %+v", e)
				}
				if len(target.got) > 0 {
					t.Errorf("the target was asked again: %q", <-target.got)
				}
			})
		}
	}
}

func TestCutInTheAnswer(t *testing.T) {
	text := strings.Repeat("0123456789", 100)
	handler := http.NewServeMux()
	handler.HandleFunc("/known", func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, text) })
	handler.HandleFunc("/byte", func(w http.ResponseWriter, r *http.Request) {
		w.(http.Flusher).Flush()
		io.WriteString(w, "b")
	})
	handler.HandleFunc("/pieces", func(w http.ResponseWriter, r *http.Request) {
		for piece := range strings.SplitSeq(strings.TrimSuffix(strings.ReplaceAll(text, "9", "9,"), ","), ",") {
			io.WriteString(w, piece)
			w.(http.Flusher).Flush()
		}
	})
	handler.HandleFunc("/events", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		io.WriteString(w, "data: hello\n\n")
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	})
	handler.HandleFunc("/huge", func(w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil { // it has no end of its own
			if _, err := io.WriteString(w, text); err != nil {
				return
			}
		}
	})
	handler.HandleFunc("/nothing", func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusNoContent) })
	handler.HandleFunc("/redirect", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/known", http.StatusFound) })
	for name, server := range servers(t, handler) {
		t.Run(name, func(t *testing.T) {
			w := newWire(t, server, nil)
			for path, want := range map[string][2]int{ // bytes at least and at most; none: not even a head
				"/known": {500, 500}, "/byte": {1, 1}, "/pieces": {500, 500}, "/events": {7, 7},
				"/huge": {maxBehind - 2*bufferSize, maxBehind + 2*bufferSize}, "/nothing": {}, "/redirect": {},
			} {
				l, c := open(t, w, nil)
				l.Begin(Visit{Cut: Cut{Where: record.AbortedAnswer, Pattern: path}})
				res, err := c.Get(server.URL + path)
				if (err != nil) != (want == [2]int{}) {
					t.Fatalf("%s: %v", path, err)
				}
				if err == nil {
					body, err := io.ReadAll(res.Body)
					res.Body.Close()
					if err == nil && path != "/byte" {
						t.Errorf("%s: the answer came to its end", path)
					}
					if len(body) < want[0] || len(body) > want[1] || path != "/events" && path != "/byte" && !strings.HasPrefix(strings.Repeat(text, 300), string(body[:500])) {
						t.Errorf("%s: %d bytes went on, want %v", path, len(body), want)
					}
				}
				if e := only(t, l.End(t.Context()), path); e.Aborted != record.AbortedAnswer || e.Error != errCut.Error() {
					t.Errorf("%s: recorded %+v", path, e)
				}
				if got := string(get(t, c, server.URL+"/known").Body); got != text {
					t.Errorf("%s: the next request got %d bytes", path, len(got))
				}
			}
		})
	}
}

// A socket is cut off in the first that it says.
func TestCutInASocket(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, _, _, err := ws.UpgradeHTTP(r, w)
		if err != nil {
			t.Errorf("opening the socket: %v", err)
			return
		}
		defer conn.Close()
		conn.Write(ws.MustCompileFrame(ws.NewTextFrame([]byte("how are you?"))))
		io.Copy(io.Discard, conn)
	}))
	defer server.Close()
	w := newWire(t, server, nil)
	l, c := open(t, w, nil)
	l.Begin(Visit{Cut: Cut{Where: record.AbortedAnswer, Pattern: "/socket"}})
	req, _ := http.NewRequest("GET", server.URL+"/socket", nil)
	for name, value := range map[string]string{
		"Connection": "Upgrade", "Upgrade": "websocket", "Sec-Websocket-Version": "13", "Sec-Websocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
	} {
		req.Header.Set(name, value)
	}
	res, err := c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	got, _ := io.ReadAll(res.Body) // the connection ends, or this would not
	if res.StatusCode != http.StatusSwitchingProtocols || len(got) != 7 {
		t.Errorf("status %d, and %d bytes of the socket's 14", res.StatusCode, len(got))
	}
	if e := only(t, l.End(t.Context()), "/socket"); e.Aborted != record.AbortedAnswer {
		t.Errorf("recorded: %+v", e)
	}
}

// Others on the same connection, and other sessions, notice nothing of a cut.
func TestCutHarmsNobodyElse(t *testing.T) {
	for _, where := range []string{record.AbortedRequest, record.AbortedBefore, record.AbortedAnswer} {
		more := make(chan struct{})
		var open2 sync.WaitGroup
		for name, server := range servers(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/cut" {
				w.Header().Set("Content-Length", "32")
			}
			io.WriteString(w, "the first half, ")
			w.(http.Flusher).Flush()
			if r.URL.Path == "/cut" {
				<-r.Context().Done()
				return
			}
			<-more
			io.WriteString(w, "the other")
		})) {
			t.Run(name+" "+where, func(t *testing.T) {
				w := newWire(t, server, nil)
				l, c := open(t, w, nil)
				_, other := open(t, w, nil)
				l.Begin(Visit{Cut: Cut{Where: where, Pattern: "/cut"}})
				var bodies []*http.Response
				for _, c := range []*http.Client{c, other} {
					res, err := c.Get(server.URL + "/long")
					if err != nil {
						t.Fatal(err)
					}
					bodies = append(bodies, res)
				}
				if res, err := c.Get(server.URL + "/cut"); err == nil {
					io.Copy(io.Discard, res.Body)
					res.Body.Close()
				}
				if e := only(t, l.End(cancelled()), "/cut"); e.Aborted != where {
					t.Errorf("recorded: %+v", e)
				}
				open2.Go(func() { more <- struct{}{}; more <- struct{}{} })
				for _, res := range bodies {
					body, err := io.ReadAll(res.Body)
					res.Body.Close()
					if string(body) != "the first half, the other" || err != nil {
						t.Errorf("another got %q, %v", body, err)
					}
				}
				open2.Wait()
			})
		}
	}
}

// cancelled is a context that leaves no time to wait.
func cancelled() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}

func TestCutWaitsAtTheBarrierFirst(t *testing.T) {
	target := &left{got: make(chan string, 1)}
	server := httptest.NewServer(target)
	defer server.Close()
	l, c := open(t, newWire(t, server, nil), nil)
	arrived, release := make(chan struct{}), make(chan struct{})
	hold := &spy{pattern: "first", arrive: func(context.Context) error { close(arrived); <-release; return nil }}
	l.Begin(Visit{Holds: []Hold{hold}, Cut: Cut{Where: record.AbortedBefore, Pattern: "first"}})
	over := make(chan error)
	go func() {
		_, err := c.Get(server.URL + "/work")
		over <- err
	}()
	<-arrived
	select {
	case err := <-over:
		t.Errorf("it was cut at the barrier: %v", err)
	default:
	}
	close(release)
	if err := <-over; err == nil {
		t.Error("it was not cut")
	}
	<-target.got
	e := only(t, l.End(t.Context()), "/work")
	if e.Aborted != record.AbortedBefore || e.Held != "first" {
		t.Errorf("recorded: %+v", e)
	}
	if diff := cmp.Diff([]string{"arrive", "sent", "answered"}, hold.calls); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
}

// The answer is left half way through the time that it took before.
func TestCutComesHalfWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, exchanges := pending(t, waiting)
		e := exchanges[0]
		e.rec.Sent = time.Now()
		e.rec.Answered = e.rec.Sent.Add(80 * time.Millisecond)
		l.took(e)
		l.Begin(Visit{Cut: Cut{Where: record.AbortedBefore, Pattern: "first"}})
		again := l.start(nil, httptest.NewRequest("GET", "/", nil), e.to)
		ctx := again.cut.during(t.Context())
		begin := time.Now()
		again.cut.wrote(nil)
		<-ctx.Done()
		if got := time.Since(begin); got != 40*time.Millisecond {
			t.Errorf("left after %v, want 40ms", got)
		}
	})
}

// No cut outlasts its visit, and a target that fails by itself is not cut.
func TestCutIsOfItsVisit(t *testing.T) {
	target := &left{got: make(chan string, 1)}
	server := httptest.NewServer(target)
	defer server.Close()
	l, c := open(t, newWire(t, server, nil), nil)
	l.Begin(Visit{Cut: Cut{Where: record.AbortedAnswer, Pattern: "first"}})
	over := make(chan error)
	go func() {
		_, err := c.Get(server.URL + "/work") // never answered
		over <- err
	}()
	eventuallySent(l)
	l.End(cancelled())
	if err := <-over; err == nil {
		t.Error("an answer came")
	}
	<-target.got
	if e := only(t, l.End(t.Context()), "/work"); e.Aborted != record.AbortedAnswer {
		t.Errorf("recorded: %+v", e)
	}

	gone := httptest.NewServer(nil)
	w := newWire(t, gone, nil)
	gone.Close()
	l, c = open(t, w, nil)
	l.Begin(Visit{Cut: Cut{Where: record.AbortedAnswer, Pattern: "first"}})
	if got := get(t, c, gone.URL); got.Status != http.StatusBadGateway {
		t.Errorf("status %d", got.Status)
	}
	if e := l.End(t.Context()).Exchanges[0]; e.Aborted != "" || e.Error == "" {
		t.Errorf("recorded of a target that is gone: %+v", e)
	}
}

// eventuallySent waits until the line's one request went to the target.
func eventuallySent(l *Line) {
	for {
		l.mu.Lock()
		all := l.now.exchanges
		l.mu.Unlock()
		if len(all) > 0 && !all[0].snapshot().Sent.IsZero() {
			return
		}
		time.Sleep(time.Millisecond)
	}
}

func TestWhichIsCut(t *testing.T) {
	server := newTextServer(t, nil)
	w := newWire(t, server, nil)
	for pattern, want := range map[string]string{
		"first": "GET /inbox", "fetch": "GET /api/list", "submit": "POST /login", "/api/*": "GET /api/list", "/never": "", "": "",
	} {
		l, c := open(t, w, nil)
		hold := &spy{pattern: pattern}
		l.Begin(Visit{Cut: Cut{Where: record.AbortedBefore, Pattern: pattern}, Holds: []Hold{hold}})
		for _, ask := range []struct{ method, path, dest string }{
			{"GET", "/inbox", "document"}, {"GET", "/style.css", "style"}, {"OPTIONS", "/api/list", "document"}, {"HEAD", "/style.css", "style"},
			{"GET", "/api/list", "empty"}, {"GET", "/api/list", "empty"}, {"POST", "/login", "document"}, {"POST", "/login", "document"},
		} {
			req, _ := http.NewRequest(ask.method, server.URL+ask.path, nil)
			if ask.method == "OPTIONS" {
				req.Header.Set("Access-Control-Request-Method", "PUT")
			}
			req.Header.Set("Sec-Fetch-Dest", ask.dest)
			if res, err := c.Do(req); err == nil {
				res.Body.Close()
			}
		}
		var cut, held []string
		for _, e := range l.End(t.Context()).Exchanges {
			u, err := url.Parse(e.URL)
			if err != nil {
				t.Fatal(err)
			}
			if e.Aborted != "" {
				cut = append(cut, e.Method+" "+u.Path)
			}
			if e.Held != "" {
				held = append(held, e.Method+" "+u.Path)
			}
		}
		for what, got := range map[string][]string{"cut": cut, "held": held} {
			if strings.Join(got, ", ") != want {
				t.Errorf("%q: %s: %q, want %q", pattern, what, got, want)
			}
		}
	}
}

// While the network is away, nothing reaches the target, on connections that
// were open before as on new ones; afterwards all is as it was.
func TestAway(t *testing.T) {
	for name, server := range servers(t, site(nil)) {
		t.Run(name, func(t *testing.T) {
			w := newWire(t, server, nil)
			l, c := open(t, w, nil)
			for _, fresh := range []*http.Client{c, client(t, w, l)} {
				l.Begin(Visit{Away: true})
				if res, err := fresh.Get(server.URL + "/text"); err == nil {
					res.Body.Close()
					t.Errorf("an answer came: %s", res.Status)
				}
				if seen := l.End(t.Context()); len(seen.Exchanges) > 0 || len(seen.Blocked) > 0 || len(seen.Missed) > 0 {
					t.Errorf("the network was away: %+v", seen)
				}
				l.Begin(Visit{})
				if got := get(t, fresh, server.URL+"/text"); !bytes.Contains(got.Body, []byte(canary)) {
					t.Errorf("the network is back: %+v", got)
				}
				if seen := l.End(t.Context()); len(seen.Exchanges) != 1 {
					t.Errorf("the network is back: %+v", seen.Exchanges)
				}
			}
		})
	}
}

// What a line's account before had sent with its requests goes with none of the
// next one's, not even with one that had begun to wait.
func TestBecome(t *testing.T) {
	var mu sync.Mutex
	var got []http.Header
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		got = append(got, r.Header)
	}))
	defer server.Close()
	w := newWire(t, server, nil)
	l, c := open(t, w, http.Header{"X-Token": {"alice-secret-1"}, "X-Only-Alice": {"yes"}})
	get(t, c, server.URL+"/before")
	arrived, release := make(chan struct{}), make(chan struct{})
	l.Begin(Visit{Holds: []Hold{&spy{pattern: "first", arrive: func(context.Context) error { close(arrived); <-release; return nil }}}})
	var waiting sync.WaitGroup
	waiting.Go(func() {
		if res, err := c.Get(server.URL + "/held"); err == nil {
			res.Body.Close()
		}
	})
	<-arrived
	l.Become(http.Header{"X-Token": {"bob-secret-22"}})
	close(release)
	waiting.Wait()
	get(t, c, server.URL+"/after")
	for i, want := range []string{"alice-secret-1", "bob-secret-22", "bob-secret-22"} {
		if got[i].Get("X-Token") != want || (got[i].Get("X-Only-Alice") != "") != (i == 0) {
			t.Errorf("request %d went with %v", i, got[i])
		}
	}
	if masked := w.Mask("bob-secret-22 alice-secret-1"); strings.Contains(masked, "secret") {
		t.Errorf("a header is not hidden: %q", masked)
	}
}
