package wire

import (
	"compress/gzip"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestAsk(t *testing.T) {
	target := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/packed":
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			io.WriteString(z, "<p>"+canary)
			z.Close()
		case "/away":
			http.Redirect(w, r, "/packed", http.StatusFound)
		case "/cut":
			io.WriteString(w, "half")
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		case "/echo":
			body, _ := io.ReadAll(r.Body)
			io.WriteString(w, r.Method+" "+r.Header.Get("X-Plan")+" "+string(body))
		}
	}))
	defer target.Close()
	w := newWire(t, target, nil)
	l, err := w.Open(http.Header{"X-Plan": {"door"}})
	if err != nil {
		t.Fatal(err)
	}
	l.Begin(Visit{})
	for _, tt := range []struct {
		method, url, body string
		status            int
		text              string
		whole, fails      bool
	}{
		{"GET", target.URL + "/packed", "", 200, "<p>" + canary, true, false},
		{"GET", target.URL + "/away", "", 302, "", true, false},
		{"POST", target.URL + "/echo", "a=b", 200, "POST door a=b", true, false},
		{"POST", target.URL + "/echo", strings.Repeat("x", 40), 200, "POST door " + strings.Repeat("x", 22), false, false},
		{"GET", target.URL + "/cut", "", 200, "half", false, true},
		{"GET", "http://elsewhere.test/", "", 0, "", false, true},
	} {
		r, err := http.NewRequestWithContext(context.Background(), tt.method, tt.url, strings.NewReader(tt.body))
		if err != nil {
			t.Fatal(err)
		}
		keep := 32
		got, err := l.Ask(t.Context(), r, keep)
		if (err != nil) != tt.fails || (got == nil) != (tt.status == 0) {
			t.Errorf("%s: %+v, %v", tt.url, got, err)
			continue
		}
		if got == nil {
			continue
		}
		if got.Status != tt.status || !strings.HasPrefix(string(got.Text), tt.text) || len(got.Text) > keep || got.Whole != tt.whole {
			t.Errorf("%s: %d %q, whole: %v", tt.url, got.Status, got.Text, got.Whole)
		}
	}
	seen := l.End(t.Context())
	if len(seen.Exchanges) != 5 || len(seen.Sightings) != 1 || len(seen.Blocked) != 1 {
		t.Errorf("%d exchanges, %v, blocked %v", len(seen.Exchanges), found(seen), seen.Blocked)
	}
}

func TestNotes(t *testing.T) {
	target := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "sid", Value: "4f9a1b7c6d8e2035aa"})
		if r.URL.Path == "/long" {
			io.WriteString(w, strings.Repeat("long ", maxNoted))
		}
		io.Copy(w, r.Body)
	}))
	defer target.Close()
	if l, _ := open(t, newWire(t, target, nil), nil); l.Notes() != nil {
		t.Error("notes that nobody asked for")
	}
	w := newWire(t, target, func(c *Config) { c.Note = true })
	l, c := open(t, w, http.Header{"X-Plan": {"door"}})
	notes := l.Notes()
	notes.Begin("login")
	r, err := http.NewRequest(http.MethodPost, target.URL+"/form?x=1", strings.NewReader("pw=secret"))
	if err != nil {
		t.Fatal(err)
	}
	do(t, c, r)
	l.Begin(Visit{})
	notes.Begin("view")
	get(t, c, target.URL+"/long")
	l.End(t.Context())
	all := notes.All()
	if len(all) != 2 {
		t.Fatalf("%d notes", len(all))
	}
	form, long := all[0], all[1]
	if form.Part != "login" || form.Visit != 0 || form.Method != "POST" || form.URL.RequestURI() != "/form?x=1" || string(form.Body) != "pw=secret" ||
		string(form.Text) != "pw=secret" || form.Status != 200 || form.Cut || form.End.IsZero() || form.Header.Get("X-Plan") != "" || form.Answer.Get("Set-Cookie") == "" {
		t.Errorf("%+v", form)
	}
	if long.Part != "view" || long.Visit != 1 || len(long.Text) != maxNoted || !long.Cut {
		t.Errorf("%s, visit %d, %d bytes, cut: %v", long.Part, long.Visit, len(long.Text), long.Cut)
	}
	if !notes.Secret("a=4f9a1b7c6d8e2035aa") || notes.Secret("a=b") {
		t.Error("a credential that passed is not known, or one that did not")
	}
}
