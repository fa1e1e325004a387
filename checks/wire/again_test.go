package wire

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"notmine/checks/record"
)

// asker is a target that notes what it is asked.
type asker struct {
	mu    sync.Mutex
	asked []string
	given string // as a cookie in the next answer
}

func (a *asker) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.asked = append(a.asked, fmt.Sprintf("%s %s cookie=%s auth=%s none-match=%s trace=%s plan=%s", r.Method, r.URL.RequestURI(),
		r.Header.Get("Cookie"), r.Header.Get("Authorization"), r.Header.Get("If-None-Match"), r.Header.Get("Traceparent"), r.Header.Get("X-Plan")))
	if a.given != "" {
		w.Header().Add("Set-Cookie", a.given)
		a.given = ""
	}
	switch r.URL.Path {
	case "/style":
		w.Header().Set("Content-Type", "text/css")
	case "/gone":
		http.NotFound(w, r)
		return
	default:
		w.Header().Set("Content-Type", "text/html")
	}
	io.WriteString(w, "<p>"+canary)
}

func (a *asker) take() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	asked := a.asked
	a.asked = nil
	return asked
}

// remembered makes requests in a visit and returns those that can be made again.
func remembered(t *testing.T, l *Line, c *http.Client, requests ...*http.Request) []*Request {
	t.Helper()
	l.Begin(Visit{Remember: true})
	for _, r := range requests {
		do(t, c, r)
	}
	return l.End(t.Context()).Requests
}

func request(t *testing.T, method, url string, headers ...string) *http.Request {
	t.Helper()
	r, err := http.NewRequest(method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return r
}

func TestAgain(t *testing.T) {
	for _, secure := range []bool{false, true} {
		target := &asker{}
		server := httptest.NewUnstartedServer(target)
		if secure {
			server.StartTLS()
		} else {
			server.Start()
		}
		defer server.Close()
		w := newWire(t, server, nil)
		l, c := open(t, w, http.Header{"X-Plan": {"of alice"}})
		requests := remembered(t, l, c,
			request(t, "GET", server.URL+"/inbox?page=2&q=%7E", "Cookie", "sid=one; lang=ko", "Upgrade-Insecure-Requests", "1", "If-None-Match", `"x"`),
			request(t, "POST", server.URL+"/send"),
			request(t, "GET", server.URL+"/style"),
			request(t, "GET", server.URL+"/gone"),
			request(t, "GET", server.URL+"/api/list", "Cookie", "sid=one", "Authorization", "Bearer abc"))
		target.take()
		if len(requests) != 3 || !requests[0].Document() || requests[1].Document() || requests[0].Status() != 200 || requests[1].Status() != 404 {
			t.Fatalf("remembered: %v", requests)
		}

		other, _ := open(t, w, http.Header{"X-Plan": {"of alice"}})
		other.Begin(Visit{Trace: "00-1"})
		for _, r := range requests {
			if status, err := other.Again(t.Context(), r); status != r.Status() || err != nil {
				t.Errorf("again: %d, %v", status, err)
			}
		}
		want := []string{
			"GET /inbox?page=2&q=%7E cookie=sid=one; lang=ko auth= none-match= trace=00-1 plan=of alice",
			"GET /gone cookie= auth= none-match= trace=00-1 plan=of alice",
			"GET /api/list cookie=sid=one auth=Bearer abc none-match= trace=00-1 plan=of alice",
		}
		if diff := cmp.Diff(want, target.take()); diff != "" {
			t.Errorf("TLS %v: asked again (-want +got):\n%s", secure, diff)
		}
		seen := other.End(t.Context())
		if diff := cmp.Diff([]string{"alice subject body /api/list", "alice subject body /inbox"}, found(seen)); diff != "" {
			t.Errorf("found in what was asked again (-want +got):\n%s", diff)
		}
		if len(seen.Exchanges) != 3 || seen.Exchanges[0].Trace != "00-1" || seen.Exchanges[0].End.IsZero() || seen.Document == nil {
			t.Errorf("exchanges: %+v", seen.Exchanges)
		}
	}
}

// A target that gives a new session with an answer expects it from then on.
func TestAgainTakesCookies(t *testing.T) {
	target := &asker{}
	server := httptest.NewServer(target)
	defer server.Close()
	w := newWire(t, server, nil)
	l, c := open(t, w, nil)
	r := remembered(t, l, c, request(t, "GET", server.URL+"/", "Cookie", "sid=one; lang=ko; last=x"))
	other, _ := open(t, w, nil)
	for _, given := range []string{"sid=two; Path=/", "last=; Max-Age=0", "new=1", ""} {
		target.given = given
		if _, err := other.Again(t.Context(), r[0]); err != nil {
			t.Fatal(err)
		}
	}
	var cookies []string
	for _, asked := range target.take()[1:] {
		_, rest, _ := strings.Cut(asked, "cookie=")
		sent, _, _ := strings.Cut(rest, " auth=")
		cookies = append(cookies, sent)
	}
	want := []string{"sid=one; lang=ko; last=x", "sid=two; lang=ko; last=x", "sid=two; lang=ko", "sid=two; lang=ko"}
	if diff := cmp.Diff(want, cookies); diff != "" {
		t.Errorf("cookies (-want +got):\n%s", diff)
	}
}

// A request that is made again waits at the holds, may be cut off, and ends with
// its line.
func TestAgainIsPartOfItsVisit(t *testing.T) {
	target := &asker{}
	server := httptest.NewServer(target)
	defer server.Close()
	w := newWire(t, server, nil)
	l, c := open(t, w, nil)
	r := remembered(t, l, c, request(t, "GET", server.URL+"/inbox"))
	other, _ := open(t, w, nil)

	arrived, letGo := make(chan struct{}), make(chan struct{})
	hold := &spy{pattern: "/inbox", arrive: func(context.Context) error {
		close(arrived)
		<-letGo
		return nil
	}}
	other.Begin(Visit{Holds: []Hold{hold}})
	answered := make(chan int)
	go func() {
		status, _ := other.Again(t.Context(), r[0])
		answered <- status
	}()
	<-arrived
	if before := len(target.take()); before != 1 { // the browser's
		t.Errorf("%d requests came to the target before the hold let go", before)
	}
	close(letGo)
	if status := <-answered; status != 200 {
		t.Errorf("after the hold: %d", status)
	}
	other.End(t.Context())

	other.Begin(Visit{Cut: Cut{Where: record.AbortedBefore, Pattern: "first"}})
	if status, err := other.Again(t.Context(), r[0]); err == nil {
		t.Errorf("what was cut off was answered with %d", status)
	}
	if seen := other.End(t.Context()); len(seen.Exchanges) != 1 || seen.Exchanges[0].Aborted != record.AbortedBefore {
		t.Errorf("cut off: %+v", seen.Exchanges)
	}

	if err := other.Close(); err != nil {
		t.Fatal(err)
	}
	if status, err := other.Again(t.Context(), r[0]); err == nil {
		t.Errorf("a closed line answered with %d", status)
	}
}
