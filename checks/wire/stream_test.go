package wire

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"notmine/checks/record"
)

// speaker is a target that sends what it is told to.
func speaker(t *testing.T, media string) (server *httptest.Server, say func(string)) {
	words, said := make(chan string), make(chan struct{})
	server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", media)
		w.(http.Flusher).Flush()
		for {
			select {
			case text := <-words:
				io.WriteString(w, text)
				w.(http.Flusher).Flush()
				said <- struct{}{}
			case <-r.Context().Done():
				return
			}
		}
	}))
	t.Cleanup(server.Close)
	return server, func(text string) { words <- text; <-said }
}

// A body of no known length that goes quiet is a stream: what it said is told,
// with what stood at its very end, and what it says later belongs to later
// visits, also if a visit's end cut it in two.
func TestFetchedStreams(t *testing.T) {
	for media, surface := range map[string]string{
		"text/plain": "body", "application/x-ndjson": "stream", "application/grpc-web+proto": "stream", "text/event-stream": "stream",
	} {
		t.Run(media, func(t *testing.T) {
			server, say := speaker(t, media)
			l, c := open(t, newWire(t, server, func(c *Config) { c.AnswerWait, c.BodyWait = 10*time.Millisecond, time.Hour }), nil)
			l.Begin(Visit{})
			res, err := c.Get(server.URL + "/talk")
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			hear := func(text string) {
				t.Helper()
				say(text)
				p := make([]byte, len(text))
				if _, err := io.ReadFull(res.Body, p); err != nil || string(p) != text {
					t.Fatalf("%q came, want %q: %v", p, text, err)
				}
			}
			yes := []string{"alice subject " + surface + " /talk"}
			for i, visit := range []struct {
				words []string
				want  []string
			}{
				{[]string{"hello "}, nil},
				{[]string{"and ", canary}, yes},
				{[]string{canary[:7]}, nil},
				{[]string{canary[7:]}, yes},
				{[]string{" " + canary[:3]}, nil},
				{[]string{canary[3:6]}, nil},
				{[]string{canary[6:], strings.Repeat(" and so on", 2*reach/10)}, yes},
				{[]string{" the end"}, nil},
				{nil, nil},
				{[]string{"\n", canary, "\n", canary}, yes},
			} {
				bytes := 0
				for _, text := range visit.words {
					hear(text)
					bytes += len(text)
				}
				seen := l.End(t.Context()) // in an hour, if it waits for the body
				l.Begin(Visit{})
				if diff := cmp.Diff(visit.want, found(seen)); diff != "" {
					t.Errorf("visit %d (-want +got):\n%s", i, diff)
				}
				want := record.Amount{Items: min(1, bytes), Bytes: int64(bytes)}
				if got := seen.Looked[surface]; got != want {
					t.Errorf("visit %d: looked at %+v, want %+v", i, got, want)
				}
				if len(seen.Missed) > 0 {
					t.Errorf("visit %d: missed %q", i, seen.Missed)
				}
			}
		})
	}
}

// An archive that is slow in coming is not a stream: it makes sense as a whole.
func TestSlowFilesAreReadWhole(t *testing.T) {
	server, say := speaker(t, "application/zip")
	l, c := open(t, newWire(t, server, func(c *Config) { c.AnswerWait, c.BodyWait = 10*time.Millisecond, time.Hour }), nil)
	l.Begin(Visit{})
	res, err := c.Get(server.URL + "/export")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	say("PK\x03\x04 the first half")
	io.ReadFull(res.Body, make([]byte, 18))
	l.End(t.Context())
	l.mu.Lock()
	e := l.now.exchanges[0]
	l.mu.Unlock()
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.stage != endless || e.answer.scan == nil || e.answer.across != nil {
		t.Errorf("its scan was ended by a visit's end")
	}
}

func TestEndWaitsForWhatFlows(t *testing.T) {
	const quiet, wait = 300 * time.Millisecond, 2 * time.Second
	for _, test := range []struct {
		why   string
		sized bool
		sent  int           // bytes at a time
		every time.Duration // from the time on at which End is called
		want  time.Duration
	}{
		{"nothing came but the head", false, 0, 0, quiet},
		{"nothing came of a known length", true, 0, 0, wait},
		{"a word now and then", false, 40, 100 * time.Millisecond, 309 * time.Millisecond},
		{"a message often", false, 200, 50 * time.Millisecond, 417 * time.Millisecond},
		{"a download", false, 16 << 10, 10 * time.Millisecond, wait},
		{"a slow download", false, 8 << 10, 250 * time.Millisecond, wait},
		{"a slow one of a known length", true, 40, 100 * time.Millisecond, wait},
	} {
		t.Run(test.why, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l, exchanges := pending(t, waiting)
				e := exchanges[0]
				e.answered(&http.Response{StatusCode: 200, Header: http.Header{}, Body: http.NoBody, Request: &http.Request{},
					ContentLength: map[bool]int64{true: 1 << 30, false: -1}[test.sized]})
				begin := time.Now()
				var target sync.WaitGroup
				target.Go(func() {
					for test.sent > 0 && time.Since(begin) < 2*wait {
						time.Sleep(test.every)
						e.passed(test.sent)
					}
				})
				l.End(t.Context())
				if got := time.Since(begin); got.Round(time.Millisecond) != test.want {
					t.Errorf("waited %v, want %v", got, test.want)
				}
				target.Wait()
			})
		})
	}
}

// What is looked at no further is told again whenever more of it passed.
func TestStreamThatIsTooLong(t *testing.T) {
	server, say := speaker(t, "text/event-stream")
	l, c := open(t, newWire(t, server, func(c *Config) { c.MaxSeen = 100 }), nil)
	l.Begin(Visit{})
	res, err := c.Get(server.URL + "/events")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	in := bufio.NewReader(res.Body)
	too := []record.Missed{{Surface: record.Stream, Path: "/events", Why: whyLong}}
	for i, visit := range []struct {
		bytes int
		want  []record.Missed
	}{{60, nil}, {60, nil}, {200, too}, {0, nil}, {1, too}} {
		if visit.bytes > 0 {
			say(strings.Repeat("x", visit.bytes))
			in.Discard(visit.bytes)
		}
		seen := l.End(t.Context())
		l.Begin(Visit{})
		if diff := cmp.Diff(visit.want, seen.Missed); diff != "" {
			t.Errorf("visit %d: missed (-want +got):\n%s", i, diff)
		}
	}
}

// A message is read by itself, and told once for each visit in which it came.
func TestMessagesAreCounted(t *testing.T) {
	l, exchanges := pending(t, endless)
	l.wire = newWire(t, newTextServer(t, nil), func(c *Config) { c.MaxSeen = 200_000 }) // more than a visit's messages
	e := exchanges[0]
	e.answer.messages, e.answer.surface = true, record.Stream
	for visit := range 3 {
		for i := range 2 * maxSightings {
			if err := e.answer.look(fmt.Appendf(nil, `{"n":%d,"from":%q}`, i, canary)); err != nil {
				t.Fatalf("visit %d, message %d: %v", visit, i, err)
			}
			e.answer.messageEnd()
		}
		seen := l.End(t.Context())
		if len(seen.Sightings) != 1 || len(seen.Missed) > 0 || seen.Looked[record.Stream].Items != 2*maxSightings {
			t.Errorf("visit %d: %d sightings, missed %q, looked at %+v", visit, len(seen.Sightings), seen.Missed, seen.Looked)
		}
	}
}
