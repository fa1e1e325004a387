package wire

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"notmine/checks/record"
)

func TestVisitsGetWhatIsTheirs(t *testing.T) {
	server := newTextServer(t, map[string]string{"/one": canary, "/two": "nothing", "/three": canary + " twice " + canary})
	l, c := open(t, newWire(t, server, nil), nil)
	visit := func(path string) Seen {
		l.Begin(Visit{})
		get(t, c, server.URL+path)
		return l.End(t.Context())
	}
	for path, want := range map[string][]string{
		"/one": {"alice subject body /one"}, "/two": nil, "/three": {"alice subject body /three"},
	} {
		seen := visit(path)
		if diff := cmp.Diff(want, found(seen)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", path, diff)
		}
		if len(seen.Exchanges) != 1 || seen.Exchanges[0].End.IsZero() {
			t.Errorf("%s: %+v", path, seen.Exchanges)
		}
		for _, s := range seen.Sightings {
			if s.Exchange != seen.Exchanges[0].ID || s.Marker != 1 || s.Text != canary {
				t.Errorf("%s: %+v", path, s)
			}
		}
	}

	get(t, c, server.URL+"/one") // between two visits: nothing is lost
	if seen := visit("/two"); len(seen.Exchanges) != 2 || len(seen.Sightings) != 1 {
		t.Errorf("the visit after a request in between: %+v", seen)
	}
	if seen := l.End(t.Context()); len(seen.Exchanges) != 0 {
		t.Errorf("a visit that asked for nothing: %+v", seen)
	}
}

func TestStreamBelongsToTheVisitInWhichItSpeaks(t *testing.T) {
	say := make(chan string)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream; charset=utf-8")
		w.(http.Flusher).Flush()
		for text := range say {
			fmt.Fprintf(w, "data: %s\n\n", text)
			w.(http.Flusher).Flush()
		}
	}))
	defer server.Close()
	l, c := open(t, newWire(t, server, func(c *Config) { c.BodyWait, c.AnswerWait = time.Hour, time.Hour }), nil)

	l.Begin(Visit{})
	res, err := c.Get(server.URL + "/events")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	events := bufio.NewReader(res.Body)
	read := func(want string) {
		t.Helper()
		line, err := events.ReadString('\n')
		if err != nil || line != "data: "+want+"\n" {
			t.Fatalf("the event did not come at once: %q, %v", line, err)
		}
		events.ReadString('\n')
	}
	say <- "hello"
	read("hello")
	first := l.End(t.Context()) // does not wait for an hour
	if len(first.Exchanges) != 1 || len(first.Sightings) != 0 || !first.Exchanges[0].End.IsZero() {
		t.Errorf("first visit: %+v", first)
	}

	for _, when := range []string{"first said in it", "said again"} {
		l.Begin(Visit{})
		say <- canary
		read(canary)
		seen := l.End(t.Context())
		if diff := cmp.Diff([]string{"alice subject stream /events"}, found(seen)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", when, diff)
		}
		if len(seen.Exchanges) != 1 || seen.Exchanges[0].ID != first.Exchanges[0].ID {
			t.Errorf("%s: %+v", when, seen.Exchanges)
		}
	}

	l.Begin(Visit{})
	if seen := l.End(t.Context()); len(seen.Exchanges) != 0 {
		t.Errorf("a silent stream is listed: %+v", seen.Exchanges)
	}
	l.Begin(Visit{})
	close(say)
	if rest, err := io.ReadAll(events); err != nil || len(rest) > 0 {
		t.Errorf("the end of the stream: %q, %v", rest, err)
	}
	if seen := l.End(t.Context()); len(seen.Exchanges) != 1 || seen.Exchanges[0].End.IsZero() || len(seen.Sightings) != 0 {
		t.Errorf("a stream that ended in silence: %+v", seen)
	}
}

// pending makes a line with exchanges that nobody serves.
func pending(t *testing.T, stages ...stage) (*Line, []*exchange) {
	target := &url.URL{Scheme: "http", Host: "target.test"}
	w, err := New(Config{Target: target})
	if err != nil {
		t.Fatal(err)
	}
	l := &Line{wire: w, ctx: context.Background(), settled: make(chan struct{}, 1), usual: make(map[string]time.Duration)}
	l.now = l.newVisit(Visit{})
	var exchanges []*exchange
	for range stages {
		exchanges = append(exchanges, l.start(nil, httptest.NewRequest("GET", "/", nil), target))
	}
	for i, s := range stages {
		exchanges[i].stage, exchanges[i].sized = s, true
	}
	return l, exchanges
}

func TestEndWaits(t *testing.T) {
	for _, test := range []struct {
		why    string
		stages []stage
		then   func(*Line, []*exchange)
		want   time.Duration
	}{
		{"nothing is under way", nil, nil, 0},
		{"all is over", []stage{over, over}, nil, 0},
		{"streams never end", []stage{endless, over}, nil, 0},
		{"nobody answers", []stage{waiting, over}, nil, 300 * time.Millisecond},
		{"a body flows on and on", []stage{flowing, waiting}, nil, 2 * time.Second},
		{"a body ends", []stage{flowing}, func(_ *Line, e []*exchange) {
			time.Sleep(time.Second)
			e[0].finish("")
		}, time.Second},
		{"an answer comes in time, and its body takes longer", []stage{waiting}, func(_ *Line, e []*exchange) {
			time.Sleep(200 * time.Millisecond)
			e[0].answered(&http.Response{StatusCode: 200, Header: http.Header{}, Body: http.NoBody, Request: &http.Request{}})
			time.Sleep(time.Second)
			e[0].finish("")
		}, 1200 * time.Millisecond},
		{"the request fails", []stage{waiting}, func(_ *Line, e []*exchange) {
			time.Sleep(100 * time.Millisecond)
			e[0].finish("connecting failed")
		}, 100 * time.Millisecond},
		{"it is an earlier visit's", []stage{flowing, waiting}, func(l *Line, e []*exchange) {
			for _, e := range e {
				e.mu.Lock()
				e.old = true
				e.mu.Unlock()
			}
			l.settle()
		}, 0},
	} {
		t.Run(test.why, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l, exchanges := pending(t, test.stages...)
				begin := time.Now()
				if test.then != nil {
					go test.then(l, exchanges)
				}
				seen := l.End(t.Context())
				if got := time.Since(begin); got != test.want {
					t.Errorf("waited %v, want %v", got, test.want)
				}
				if len(seen.Exchanges) != len(exchanges) {
					t.Errorf("%d exchanges, want %d", len(seen.Exchanges), len(exchanges))
				}
			})
		})
	}
	t.Run("the caller has no time", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			l, _ := pending(t, flowing)
			ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
			defer cancel()
			begin := time.Now()
			l.End(ctx)
			if got := time.Since(begin); got != 50*time.Millisecond {
				t.Errorf("waited %v", got)
			}
		})
	})
}

func TestExchangeIsListedAgainWhenNewsCome(t *testing.T) {
	for _, test := range []struct {
		why  string
		then func(*exchange)
		want int
	}{
		{"nothing happened", func(*exchange) {}, 0},
		{"it ended well", func(e *exchange) { e.finish("") }, 1},
		{"it broke off", func(e *exchange) { e.finish("the target closed the connection too early") }, 1},
		{"a marker came", func(e *exchange) { e.sightings = append(e.sightings, record.Sighting{Owner: "alice"}) }, 1},
		{"something could not be read", func(e *exchange) { e.answer.miss(whyTorn) }, 1},
	} {
		l, exchanges := pending(t, endless)
		l.End(t.Context())
		test.then(exchanges[0])
		if seen := l.End(t.Context()); len(seen.Exchanges) != test.want {
			t.Errorf("%s: listed %d times, want %d", test.why, len(seen.Exchanges), test.want)
		}
	}
}

func TestRequestsOfAVisitAreBounded(t *testing.T) {
	l, _ := pending(t)
	for range maxExchanges + 3 {
		l.start(nil, httptest.NewRequest("GET", "/", nil), &url.URL{Scheme: "http", Host: "target.test"}).finish("")
	}
	seen := l.End(t.Context())
	if len(seen.Exchanges) != maxExchanges || len(seen.Missed) != 1 || seen.Missed[0].Why != whyRequests {
		t.Errorf("%d exchanges, missed %q", len(seen.Exchanges), seen.Missed)
	}
}

func TestKeep(t *testing.T) {
	mux := http.NewServeMux()
	mux.HandleFunc("/me", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		w.Write(encode("gzip", []byte(`{"name":"alice"}`)))
	})
	mux.HandleFunc("/me/huge", func(w http.ResponseWriter, r *http.Request) { w.Write(make([]byte, maxKept+1)) })
	mux.HandleFunc("/me/error", func(w http.ResponseWriter, r *http.Request) { http.Error(w, "no", http.StatusForbidden) })
	server := httptest.NewServer(mux)
	defer server.Close()
	l, c := open(t, newWire(t, server, nil), nil)
	l.Begin(Visit{Keep: []string{"/me", "/me/*"}})
	for _, path := range []string{"/me", "/me/huge", "/me/error"} {
		get(t, c, server.URL+path)
	}
	seen := l.End(t.Context())
	if diff := cmp.Diff(map[string][]byte{"/me": []byte(`{"name":"alice"}`)}, seen.Kept); diff != "" {
		t.Errorf("kept (-want +got):\n%s", diff)
	}
	if len(seen.Missed) != 1 || seen.Missed[0].Path != "/me/huge" {
		t.Errorf("missed: %q", seen.Missed)
	}
	l.Begin(Visit{})
	get(t, c, server.URL+"/me")
	if seen := l.End(t.Context()); len(seen.Kept) > 0 {
		t.Errorf("kept unasked: %v", seen.Kept)
	}
}

func TestDocument(t *testing.T) {
	server := newTextServer(t, nil)
	l, c := open(t, newWire(t, server, nil), nil)
	ask := func(path string, headers ...string) {
		req, _ := http.NewRequest("GET", server.URL+path, nil)
		for i := 0; i < len(headers); i += 2 {
			req.Header.Set(headers[i], headers[i+1])
		}
		do(t, c, req)
	}
	for _, test := range []struct {
		why  string
		ask  func()
		want string
	}{
		{"the last navigation", func() {
			ask("/list", "Sec-Fetch-Dest", "document")
			ask("/message", "Sec-Fetch-Dest", "document")
			ask("/frame", "Sec-Fetch-Dest", "iframe", "Upgrade-Insecure-Requests", "1")
			ask("/ahead", "Sec-Fetch-Dest", "document", "Sec-Purpose", "prefetch")
			ask("/api")
		}, "/message"},
		{"where browsers do not say what it is for", func() {
			ask("/plain", "Upgrade-Insecure-Requests", "1")
			ask("/style.css")
		}, "/plain"},
		{"no navigation", func() { ask("/api") }, ""},
	} {
		l.Begin(Visit{})
		test.ask()
		got := ""
		if d := l.End(t.Context()).Document; d != nil {
			got = strings.TrimPrefix(d.URL, server.URL)
			if d.Status != http.StatusOK {
				t.Errorf("%s: status %d", test.why, d.Status)
			}
		}
		if got != test.want {
			t.Errorf("%s: %q, want %q", test.why, got, test.want)
		}
	}
}

func TestBodyOfKnownLengthPassesAtOnce(t *testing.T) {
	release := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "10")
		io.WriteString(w, "first")
		w.(http.Flusher).Flush()
		<-release
		io.WriteString(w, "other")
	}))
	defer server.Close()
	_, c := open(t, newWire(t, server, nil), nil)
	half := make(chan string)
	go func() {
		defer close(half)
		res, err := c.Get(server.URL)
		if err != nil {
			return
		}
		defer res.Body.Close()
		p := make([]byte, 5)
		io.ReadFull(res.Body, p)
		half <- string(p)
	}()
	select {
	case got := <-half:
		if got != "first" {
			t.Errorf("got %q", got)
		}
	case <-time.After(10 * time.Second):
		t.Error("the first half waits for the other")
	}
	close(release)
}

// A browser that goes on to where a redirect leads may not want its body.
func TestRedirectIsSeenWhole(t *testing.T) {
	left := make(chan struct{})
	page := `<a href="/next">` + canary + `</a>`
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", "/next")
		w.Header().Set("Content-Length", strconv.Itoa(len(page)))
		w.WriteHeader(http.StatusFound)
		w.(http.Flusher).Flush()
		select {
		case <-left: // which it has not by now, if it is told only of the whole
			<-r.Context().Done()
		case <-time.After(200 * time.Millisecond):
		}
		io.WriteString(w, page)
	}))
	defer server.Close()
	l, c := open(t, newWire(t, server, nil), nil)
	l.Begin(Visit{})
	res, err := c.Get(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	close(left)
	seen := l.End(t.Context())
	if got := found(seen); len(got) != 1 || !strings.Contains(got[0], "alice subject body") {
		t.Errorf("seen %q", got)
	}
	if x := only(t, seen, "/"); x.Seen != int64(len(page)) {
		t.Errorf("%d bytes were looked at, want %d", x.Seen, len(page))
	}
}

func TestMessagesDoNotJoin(t *testing.T) {
	server := newTextServer(t, nil)
	l, err := newWire(t, server, nil).Open(nil)
	if err != nil {
		t.Fatal(err)
	}
	e := l.start(nil, httptest.NewRequest("GET", "/", nil), &url.URL{Scheme: "http", Host: "x.test"})
	e.answer.messages = true
	for _, message := range []string{canary[:8], canary[8:]} {
		e.answer.look([]byte(message))
		e.answer.messageEnd()
	}
	e.finish("")
	if got := found(l.End(t.Context())); len(got) > 0 {
		t.Errorf("two messages were read as one: %v", got)
	}
}
