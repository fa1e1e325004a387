package wire

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"notmine/checks/plan"
	"notmine/checks/record"
)

// copyOf makes a request as a visit of its own and returns the copy of it, with
// the exchange's ID.
func copyOf(t *testing.T, l *Line, c *http.Client, r *http.Request, shown ...string) (record.Copy, bool) {
	t.Helper()
	l.Begin(Visit{})
	do(t, c, r)
	seen := l.End(t.Context())
	if len(seen.Exchanges) != 1 {
		t.Fatalf("%d exchanges", len(seen.Exchanges))
	}
	return seen.Copies.Copy(seen.Exchanges[0].ID, shown)
}

// fieldOf returns the values of a header in a copy.
func fieldOf(half record.Half, name string) string {
	var values []string
	for _, f := range half.Headers {
		if f.Name == name {
			values = append(values, f.Value)
		}
	}
	return strings.Join(values, " | ")
}

// secretive serves a page that holds credentials wherever one can stand, and a
// marker among other people's words.
func secretive(t *testing.T) *httptest.Server {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		h := w.Header()
		h.Set("Content-Type", "text/html; charset=utf-8")
		h.Set("Cache-Control", "public, max-age=60")
		h.Add("Set-Cookie", "sid=s3cr3t-cookie-0000000001; Path=/; HttpOnly; SameSite=Lax")
		h.Add("Set-Cookie", "who=of "+canary+"; Path=/")
		h.Set("X-Csrf-Token", "s3cr3t-2")
		h.Set("X-Account", "Alice Kim, "+canary)
		h.Set("Location", "/next?q=alice+kim&token=s3cr3t-3")
		io.WriteString(w, "<ul>\n<li>first row</li>\n<li>"+canary+"</li>\n</ul>\n"+
			`<input type="hidden" name="csrf" value="s3cr3t-4"><meta content="s3cr3t-5" name="csrf-token">`+
			`<input value='s3cr3t-6' type=password> {"access_token": "s3cr3t-7", "url": "/x?code=s3cr3t-8"}`+
			`<sessionId>s3cr3t-9</sessionId> eyJhbGciOiJIUzI1NiJ9.s3cr3tPayload000010`+
			` <a href="/y?sid=s3cr3t-11">`)
	}))
	t.Cleanup(s.Close)
	return s
}

// ask is a request with credentials everywhere.
func ask(t *testing.T, server *httptest.Server) *http.Request {
	t.Helper()
	r := request(t, http.MethodPost, server.URL+"/list?name=alice+kim&token=s3cr3t-20",
		"Cookie", "sid=s3cr3t-cookie-0000000021; theme=dark", "Authorization", "Bearer s3cr3t-22", "Referer", server.URL+"/?key=s3cr3t-23&of=alice",
		"Content-Type", "application/x-www-form-urlencoded", "Accept", "text/html")
	form := "password=s3cr3t-24&note=" + canary + "&text=private+words"
	r.Body, r.ContentLength = io.NopCloser(strings.NewReader(form)), int64(len(form))
	return r
}

// all is a copy as one text.
func all(x record.Copy) string { return fmt.Sprintf("%+v", x) }

// No mode shows a credential, wherever it stood. Names stay.
func TestCopiesHoldNoCredentials(t *testing.T) {
	for _, evidence := range []plan.Evidence{"", plan.Masked, plan.Full} {
		server := secretive(t)
		l, c := open(t, newWire(t, server, func(c *Config) { c.Evidence = evidence }), http.Header{"X-Staging": {"s3cr3t door"}})
		x, ok := copyOf(t, l, c, ask(t, server), canary)
		if !ok {
			t.Fatalf("%q: there is no copy", evidence)
		}
		if text := all(x); strings.Contains(text, "s3cr3t") {
			i := strings.Index(text, "s3cr3t")
			t.Errorf("%q: a credential was kept: %.100q", evidence, text[max(0, i-50):])
		}
		for _, tt := range []struct{ what, got, want string }{
			{"Cookie", fieldOf(x.Request, "Cookie"), "sid=***; theme=***"},
			{"Authorization", fieldOf(x.Request, "Authorization"), "***"},
			{"X-Staging", fieldOf(x.Request, "X-Staging"), "***"},
			{"Accept", fieldOf(x.Request, "Accept"), "text/html"},
			{"Set-Cookie", fieldOf(x.Answer, "Set-Cookie"), "sid=***; HttpOnly; SameSite=Lax | who=***" + canary},
			{"X-Csrf-Token", fieldOf(x.Answer, "X-Csrf-Token"), "***"},
			{"Cache-Control", fieldOf(x.Answer, "Cache-Control"), "public, max-age=60"},
			{"type", x.Answer.Type, "text/html; charset=utf-8"},
			{"status", fmt.Sprint(x.Status), "200"},
		} {
			if tt.got != tt.want {
				t.Errorf("%q: %s is %q, want %q", evidence, tt.what, tt.got, tt.want)
			}
		}
		if x.Covered != (evidence != plan.Full) {
			t.Errorf("%q: the copy says of itself that it is covered: %v", evidence, x.Covered)
		}
	}
}

// What did not leak is covered, so that the row in which the marker stands can
// still be told; in full it is there.
func TestCopiesAreCovered(t *testing.T) {
	server := secretive(t)
	l, c := open(t, newWire(t, server, nil), nil)
	x, _ := copyOf(t, l, c, ask(t, server), canary)
	for _, tt := range []struct{ what, got, want string }{
		{"the query", x.URL[strings.Index(x.URL, "?"):], "?name=•••••%20•••&token=***"},
		{"X-Account", fieldOf(x.Answer, "X-Account"), "••••• •••, " + canary},
		{"Location", fieldOf(x.Answer, "Location"), "/next?q=•••••%20•••&token=***"},
		{"the form", x.Request.Text, "••••••••=••••••-••&••••=" + canary + "&••••=•••••••+•••••"},
		{"the page", x.Answer.Text[:len("<••>\n<••>••••• •••</••>\n<••>"+canary)], "<••>\n<••>••••• •••</••>\n<••>" + canary},
	} {
		if tt.got != tt.want {
			t.Errorf("%s is %q, want %q", tt.what, tt.got, tt.want)
		}
	}
	if strings.Count(x.Answer.Text, canary) != 1 {
		t.Errorf("the page is %q", x.Answer.Text)
	}
	hidden, _ := copyOf(t, l, c, ask(t, server))
	if strings.Contains(all(hidden), canary) {
		t.Errorf("a marker that nobody asked for is shown: %s", all(hidden))
	}
	l, c = open(t, newWire(t, server, func(c *Config) { c.Evidence = plan.Full }), nil)
	x, _ = copyOf(t, l, c, ask(t, server), canary)
	for what, in := range map[string]string{
		"<li>first row</li>": x.Answer.Text, "private+words": x.Request.Text, "Alice Kim": fieldOf(x.Answer, "X-Account"), "name=alice+kim": x.URL,
		`name="csrf" value="***"`: x.Answer.Text, `"access_token": "***"`: x.Answer.Text, "<sessionId>***</sessionId>": x.Answer.Text,
	} {
		if !strings.Contains(in, what) {
			t.Errorf("in full there is no %q in %q", what, in)
		}
	}
}

// Nothing is kept when nobody wants it, when nothing was sighted, and once the
// next visit is over.
func TestNothingIsKeptForNothing(t *testing.T) {
	server := secretive(t)
	w := newWire(t, server, func(c *Config) { c.Evidence = plan.None })
	l, c := open(t, w, nil)
	l.Begin(Visit{})
	do(t, c, ask(t, server))
	for _, e := range l.now.exchanges {
		e.mu.Lock()
		if e.heads.request != nil || len(e.answer.around)+len(e.request.around) > 0 {
			t.Error("heads or bodies are kept although no evidence is wanted")
		}
		e.mu.Unlock()
	}
	if seen := l.End(t.Context()); seen.Copies != nil || len(seen.Sightings) == 0 {
		t.Errorf("copies %v of %d sightings", seen.Copies, len(seen.Sightings))
	}
	plain := newTextServer(t, map[string]string{"/": "nobody's words"})
	l, c = open(t, newWire(t, plain, nil), nil)
	l.Begin(Visit{})
	get(t, c, plain.URL+"/")
	if seen := l.End(t.Context()); seen.Copies != nil {
		t.Error("there are copies of what nothing was sighted in")
	}
	if x, ok := (*Copies)(nil).Copy(1, nil); ok {
		t.Errorf("no copies hold %v", x)
	}
}

// A body is text in any character set, or none. Wrapped markers are shown as
// they stand there.
func TestCopiedBodies(t *testing.T) {
	korean := "\xb1\xe8\xc3\xb6\xbc\xf6" // 김철수 in EUC-KR
	long := strings.Repeat("<p>a row of words</p>\n", 20_000)
	type body struct{ media, text, note, want string }
	bodies := map[string]body{
		"/euc-kr":  {"text/plain; charset=euc-kr", korean + " " + canary, "", "••• " + canary},
		"/binary":  {"application/x-thing", "\x01\x00\x02 " + canary, noText, ""},
		"/a.png":   {"image/png", "\x89PNG\r\n\x1a\n " + canary, noText, ""},
		"/invalid": {"text/plain", "\xff\xfe " + canary, "", "•• " + canary},
		"/escaped": {"application/json", `{"a":"` + canary[:3] + fmt.Sprintf(`\u%04x`, canary[3]) + canary[4:] + `","b":"c"}`, "",
			`{"•":"` + canary[:3] + fmt.Sprintf(`\u%04x`, canary[3]) + canary[4:] + `","•":"•"}`},
		"/long": {"text/html", long[:300_000] + canary + long[300_000:], "what stands around the markers in a long body, at most 64 KiB of it", ""},
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", bodies[r.URL.Path].media)
		io.WriteString(w, bodies[r.URL.Path].text)
	}))
	defer server.Close()
	l, c := open(t, newWire(t, server, nil), nil)
	for path, b := range bodies {
		x, ok := copyOf(t, l, c, request(t, http.MethodGet, server.URL+path), canary)
		if !ok || x.Answer.Note != b.note {
			t.Errorf("%s: a copy %v with the note %q", path, ok, x.Answer.Note)
		}
		if path != "/long" && x.Answer.Text != b.want {
			t.Errorf("%s: %q, want %q", path, x.Answer.Text, b.want)
		}
		if path == "/long" && (!strings.Contains(x.Answer.Text, canary) || !strings.HasPrefix(x.Answer.Text, leftOut) || len(x.Answer.Text) > 64<<10) {
			t.Errorf("%s: %d bytes", path, len(x.Answer.Text))
		}
	}
}

// However much a target says, a copy stays small, and so does a visit.
func TestCopiesAreBounded(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for i := range 200 {
			w.Header().Add(fmt.Sprintf("X-Field-%d", i), strings.Repeat("v", 300))
		}
		io.WriteString(w, canary+strings.Repeat(" words", 10_000))
	}))
	defer server.Close()
	l, c := open(t, newWire(t, server, nil), nil)
	l.Begin(Visit{})
	const visits = 30
	for i := range visits {
		get(t, c, server.URL+fmt.Sprint("/", i))
	}
	seen := l.End(t.Context())
	size, copies := 0, 0
	for _, e := range seen.Exchanges {
		x, ok := seen.Copies.Copy(e.ID, nil)
		if !ok {
			continue
		}
		copies++
		heads := 0
		for _, f := range x.Answer.Headers {
			heads += len(f.Name) + len(f.Value)
		}
		if heads > maxCopiedHeads || x.Answer.Left == 0 || !slices.IsSortedFunc(x.Answer.Headers, func(a, b record.HeaderField) int { return strings.Compare(a.Name, b.Name) }) {
			t.Fatalf("%d bytes of head, %d fields left out", heads, x.Answer.Left)
		}
	}
	for _, x := range seen.Copies.exchanges {
		for _, p := range x.answer.pieces {
			size += len(p.Text)
		}
	}
	if copies != visits || size == 0 || size > maxAroundVisit {
		t.Errorf("%d copies with %d bytes of bodies", copies, size)
	}
}

// Of a WebSocket there are the messages with a marker in them, of both sides.
func TestCopiedMessages(t *testing.T) {
	server := newTextServer(t, nil)
	l, err := newWire(t, server, nil).Open(nil)
	if err != nil {
		t.Fatal(err)
	}
	e := l.start(nil, httptest.NewRequest("GET", "/", nil), &url.URL{Scheme: "http", Host: "x.test"})
	e.answer.messages, e.request.messages = true, true
	for side, messages := range map[*side][]string{
		&e.answer:  {"nothing", `{"for": "` + canary + `"}`, "nothing more", canary},
		&e.request: {"got " + canary},
	} {
		for _, message := range messages {
			side.look([]byte(message))
			side.messageEnd()
		}
	}
	seen := l.End(t.Context())
	x, ok := seen.Copies.Copy(e.rec.ID, []string{canary})
	if !ok || x.Request.Text != "" || x.Answer.Text != "" {
		t.Fatalf("the copy is %+v", x)
	}
	var got []string
	for _, m := range x.Messages {
		got = append(got, fmt.Sprint(m.Sent, " ", m.Text))
	}
	want := []string{"true ••• " + canary, `false {"•••": "` + canary + `"}`, "false " + canary}
	if !slices.Equal(got, want) {
		t.Errorf("messages %q, want %q", got, want)
	}
	e.finish("")
}

// A value inside a value inside a value may be a credential, and a target that
// nests them without end costs no time without end.
func TestNestedPairs(t *testing.T) {
	for in, want := range map[string]string{
		`url="/a?to=/b&token=abc"`:    `url="/a?to=/b&token=***"`,
		`{"data": {"apiKey": "abc"}}`: `{"data": {"apiKey": "***"}}`,
		`aa=bb=cc=token=abc`:          `aa=bb=cc=token=***`,
		`note: "pin: 1234"`:           `note: "pin: ***"`,
		`{\"token\":\"abc\"}`:         `{\"token\":***}`,
		`&quot;token&quot;:&quot;abc`: `&quot;token&quot;:***`,
		`next=%2Fa%3Fcode%3Dabc`:      `next=%2Fa%3Fcode%3D***`,
	} {
		if got := unpaired(in, maxInside); got != want {
			t.Errorf("%s became %s, want %s", in, got, want)
		}
	}
	if got := unpaired(strings.Repeat("aa=", 20_000)+"x", maxInside); strings.Count(got, "aa=") > maxInside+1 || !strings.HasSuffix(got, masked) {
		t.Errorf("%d names deep: %.80s", strings.Count(got, "aa="), got)
	}
}
