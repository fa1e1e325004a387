package wire

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// spy is a hold that notes what is called, in which order.
type spy struct {
	pattern string
	arrive  func(context.Context) error

	mu    sync.Mutex
	calls []string
}

func (s *spy) note(call string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = append(s.calls, call)
}

func (s *spy) Pattern() string { return s.pattern }
func (s *spy) Sent()           { s.note("sent") }
func (s *spy) Arrive(ctx context.Context) error {
	s.note("arrive")
	if s.arrive == nil {
		return nil
	}
	return s.arrive(ctx)
}
func (s *spy) Answered(context.Context) error {
	s.note("answered")
	return errors.New("an error here keeps nothing back")
}

func TestNoneGoesBeforeAllArrived(t *testing.T) {
	const parties = 12
	var arrived, served atomic.Int32
	open1 := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if n := arrived.Load(); n != parties {
			t.Errorf("a request was let go when %d had arrived", n)
		}
		served.Add(1)
	}))
	defer server.Close()
	w := newWire(t, server, nil)
	var all sync.WaitGroup
	for range parties {
		l, c := open(t, w, nil)
		hold := &spy{pattern: "first", arrive: func(ctx context.Context) error {
			if arrived.Add(1) == parties {
				close(open1)
			}
			select {
			case <-open1:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		}}
		l.Begin(Visit{Holds: []Hold{hold}})
		all.Go(func() {
			if res, err := c.Get(server.URL + "/"); err == nil {
				res.Body.Close()
			}
			e := only(t, l.End(context.Background()), "/")
			if e.Held != "first" || e.Sent.Before(e.Start) || e.Answered.Before(e.Sent) {
				t.Errorf("recorded: %+v", e)
			}
			if diff := cmp.Diff([]string{"arrive", "sent", "answered"}, hold.calls); diff != "" {
				t.Errorf("calls (-want +got):\n%s", diff)
			}
		})
	}
	all.Wait()
	if served.Load() != parties {
		t.Errorf("%d requests were served", served.Load())
	}
}

func TestAnswerWaitsForAnswered(t *testing.T) {
	server := newTextServer(t, map[string]string{"/": "x"})
	l, c := open(t, newWire(t, server, nil), nil)
	handOn := make(chan struct{})
	there := make(chan struct{})
	l.Begin(Visit{Holds: []Hold{slow{there, handOn}}})
	came := make(chan struct{})
	go func() {
		defer close(came)
		if res, err := c.Get(server.URL + "/"); err == nil {
			res.Body.Close()
		}
	}()
	<-there
	select {
	case <-came:
		t.Error("the browser had the answer already")
	default:
	}
	close(handOn)
	<-came
}

// slow hands an answer on when it is told to.
type slow struct{ there, handOn chan struct{} }

func (slow) Pattern() string              { return "first" }
func (slow) Arrive(context.Context) error { return nil }
func (slow) Sent()                        {}
func (s slow) Answered(ctx context.Context) error {
	close(s.there)
	<-s.handOn
	return nil
}

func TestRequestsAreNeverLost(t *testing.T) {
	server := newTextServer(t, map[string]string{"/": "here"})
	gone := httptest.NewServer(nil)
	gone.Close()
	w := newWire(t, server, func(c *Config) { c.Hosts = []string{"127.0.0.1"} })
	for _, test := range []struct {
		why    string
		url    string
		arrive func(context.Context) error
		status int
		calls  []string
	}{
		{"the barrier gave up", server.URL, func(context.Context) error { return errors.New("gave up") }, 200, []string{"arrive", "answered"}},
		{"the target is gone", gone.URL, nil, 502, []string{"arrive", "sent", "answered"}},
	} {
		l, c := open(t, w, nil)
		hold := &spy{pattern: "first", arrive: test.arrive}
		l.Begin(Visit{Holds: []Hold{hold}})
		if got := get(t, c, test.url+"/"); got.Status != test.status {
			t.Errorf("%s: status %d", test.why, got.Status)
		}
		if diff := cmp.Diff(test.calls, hold.calls); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.why, diff)
		}
	}
	t.Run("the visit ends", func(t *testing.T) {
		l, c := open(t, w, nil)
		there := make(chan struct{})
		l.Begin(Visit{Holds: []Hold{&spy{pattern: "first", arrive: func(ctx context.Context) error {
			close(there)
			<-ctx.Done()
			return context.Cause(ctx)
		}}}})
		go func() {
			<-there
			ctx, cancel := context.WithCancel(context.Background())
			cancel()
			l.End(ctx)
		}()
		if got := get(t, c, server.URL+"/"); string(got.Body) != "here" {
			t.Errorf("got %+v", got)
		}
	})
}

func TestEachHoldIsUsedOnce(t *testing.T) {
	server := newTextServer(t, nil)
	l, c := open(t, newWire(t, server, nil), nil)
	l.Begin(Visit{Holds: []Hold{&spy{pattern: "/api/*"}, &spy{pattern: "first"}, &spy{pattern: "/api/list*"}}})
	ask := func(method, path string, headers ...string) {
		req, _ := http.NewRequest(method, server.URL+path, nil)
		for i := 0; i < len(headers); i += 2 {
			req.Header.Set(headers[i], headers[i+1])
		}
		do(t, c, req)
	}
	ask("GET", "/ahead", "Sec-Purpose", "prefetch")
	ask("GET", "/inbox")
	ask("GET", "/style.css")
	ask("OPTIONS", "/api/list", "Access-Control-Request-Method", "PUT")
	ask("GET", "/api/list")
	ask("GET", "/api/list")
	ask("GET", "/api/list")
	var got []string
	for _, e := range l.End(t.Context()).Exchanges {
		got = append(got, e.Held)
	}
	want := []string{"", "first", "", "", "/api/*", "/api/list*", ""}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("held (-want +got):\n%s", diff)
	}
}

func TestMatches(t *testing.T) {
	for _, test := range []struct {
		pattern, url string
		want         bool
		why          string
	}{
		{"/inbox", "/inbox", true, "the same"},
		{"/inbox", "/inbox/2", false, "more than the pattern"},
		{"/inbox", "/inbox?page=2", true, "the path alone"},
		{"/inbox?page=2", "/inbox?page=2", true, "path and query"},
		{"/inbox?page=2", "/inbox?page=3", false, "another query"},
		{"/api/*", "/api/a/b", true, "a star goes across slashes"},
		{"/api/*", "/api/", true, "a star for nothing"},
		{"*/list", "/a/list", true, "a star in front"},
		{"/a*b*c", "/abc", true, "stars for nothing"},
		{"/a*b*c", "/acb", false, "in another order"},
		{"/a*ab", "/ab", false, "the ends must not overlap"},
		{"*", "/", true, "all"},
		{"/A", "/a", false, "capitals count"},
		{"/메일/*", "/%EB%A9%94%EC%9D%BC/1", true, "as people write it"},
		{"/%EB%A9%94%EC%9D%BC/*", "/%EB%A9%94%EC%9D%BC/1", true, "as it is sent"},
	} {
		u, err := url.Parse("http://x.test" + test.url)
		if err != nil {
			t.Fatal(err)
		}
		if got := matches(test.pattern, u); got != test.want {
			t.Errorf("%s: matches(%q, %q) = %v", test.why, test.pattern, test.url, got)
		}
	}
}
