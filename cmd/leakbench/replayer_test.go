package main

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"notmine/checks/plan"
	"notmine/checks/record"
	"notmine/fixtures"
	"notmine/fixtures/catalog"
	"notmine/fixtures/webmail"
)

// shop is a service whose form wants a token that it has hidden there, and a
// box ticked.
func shop() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /login", func(w http.ResponseWriter, r *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "form", Value: "f1"})
		fmt.Fprint(w, `<form action="/enter" method="post"><input type="hidden" name="token" value="t1"><input id="id" name="login">
			<input id="pw" name="pw" type="password"><input id="keep" name="keep" type="checkbox"><input name="ads" type="checkbox" value="1"><button id="go">in</button></form>`)
	})
	mux.HandleFunc("POST /enter", func(w http.ResponseWriter, r *http.Request) {
		form, err := r.Cookie("form")
		if err != nil || form.Value != "f1" || r.PostFormValue("token") != "t1" || r.PostFormValue("keep") != "on" || r.PostFormValue("ads") != "" ||
			r.PostFormValue("pw") != "pw of "+r.PostFormValue("login") {
			fmt.Fprint(w, `<p id="who">nobody</p>`)
			return
		}
		http.SetCookie(w, &http.Cookie{Name: "sid", Value: r.PostFormValue("login"), Path: "/"})
		http.Redirect(w, r, "/home", http.StatusSeeOther)
	})
	member := func(answer func(w http.ResponseWriter, who string)) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			sid, err := r.Cookie("sid")
			if err != nil {
				http.Redirect(w, r, "/login", http.StatusSeeOther)
				return
			}
			answer(w, sid.Value)
		}
	}
	mux.HandleFunc("GET /home", member(func(w http.ResponseWriter, who string) { fmt.Fprintf(w, `<p id="who"><b>%s</b></p>`, who) }))
	mux.HandleFunc("GET /orders/{id}", member(func(w http.ResponseWriter, _ string) { fmt.Fprint(w, "an order of alice's") }))
	mux.HandleFunc("GET /refused", member(func(w http.ResponseWriter, who string) {
		if who != "alice" {
			w.WriteHeader(http.StatusForbidden)
		}
		fmt.Fprint(w, "ok")
	}))
	mux.HandleFunc("GET /moved", member(func(w http.ResponseWriter, _ string) {
		w.Header().Set("Location", "/orders/1")
		w.WriteHeader(http.StatusFound)
	}))
	mux.HandleFunc("GET /news", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "for everybody") })
	return mux
}

// shopPlan is a plan for a shop that listens.
func shopPlan(t *testing.T, target string) *plan.Plan {
	t.Helper()
	file := filepath.Join(t.TempDir(), "shop.yaml")
	text := "target: " + target + `
accounts:
  - {name: alice, password: pw of alice}
  - {name: bob, password: pw of bob}
  - {name: eve, password: guessed}
login:
  - goto: /login
  - fill: {"#id": "{{login}}", "#pw": "{{password}}"}
  - click: "#keep"
  - click: "#go"
  - see: {"#who": "{{shows}}"}
views:
  home: {goto: /home, identity: "#who"}
`
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	p, err := plan.Load(file)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestReplayersRule(t *testing.T) {
	server := httptest.NewServer(shop())
	defer server.Close()
	p := shopPlan(t, server.URL)
	var got replay
	addresses := []string{"/home", "/orders/17", "/orders/18?page=2&as=pdf", "/orders/19?as=pdf&page=1", "/refused", "/moved", "/news", "/nowhere"}
	alike := func(at string) string { return at[:strings.LastIndex(at, "/")+1] + "…" }
	if err := got.send(t.Context(), p, &p.Accounts[0], &p.Accounts[1], addresses, alike); err != nil {
		t.Fatal(err)
	}
	want := replay{Requests: 3 * 6, Gone: 3 * 2, Public: 3 * 1, Bypassed: []string{"/orders/…", "/orders/…?as&page"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	err := got.send(t.Context(), p, &p.Accounts[0], &p.Accounts[2], addresses, alike)
	if err == nil || !strings.Contains(err.Error(), "logging eve in") || strings.Contains(err.Error(), "guessed") {
		t.Errorf("with a wrong password: %v", err)
	}
}

func TestTraffic(t *testing.T) {
	const target = "http://127.0.0.1:8080"
	page := func(url string) record.Exchange {
		return record.Exchange{Method: "GET", URL: target + url, Status: 200, Type: "text/html"}
	}
	with := func(e record.Exchange, change func(*record.Exchange)) record.Exchange { change(&e); return e }
	own := &record.Observation{Account: "alice", Exchanges: []record.Exchange{
		page("/inbox"), page("/inbox"), page("/message?id=7"), page("/file/***"), page("/file/***"),
		with(page("/post"), func(e *record.Exchange) { e.Method = "POST" }),
		with(page("/away"), func(e *record.Exchange) { e.Status = 304 }),
		with(page("/app.js"), func(e *record.Exchange) { e.Type = "text/javascript" }),
		with(page("/font"), func(e *record.Exchange) { e.Type = "font/woff2" }),
		with(page("/stream"), func(e *record.Exchange) { e.Type = "text/event-stream" }),
		with(page("/photo"), func(e *record.Exchange) { e.Type = "image/png" }),
		with(page(""), func(e *record.Exchange) { e.URL = "http://127.0.0.1:80801/other" }),
	}}
	handed := &record.Observation{Account: "alice", Before: "bob", Exchanges: []record.Exchange{page("/handed")}}
	bobs := &record.Observation{Account: "bob", Exchanges: []record.Exchange{page("/bobs")}}
	got, masked := traffic(&record.Run{Observations: []*record.Observation{own, handed, bobs}}, "alice", target)
	if diff := cmp.Diff([]string{"/inbox", "/message?id=7", "/photo"}, got); diff != "" || masked != 1 {
		t.Errorf("%d masked, -want +got:\n%s", masked, diff)
	}
	many := &record.Observation{Account: "alice"}
	for i := range 2 * mostReplayed {
		many.Exchanges = append(many.Exchanges, page(fmt.Sprint("/message?id=", i)))
	}
	if got, _ := traffic(&record.Run{Observations: []*record.Observation{many}}, "alice", target); len(got) != mostReplayed {
		t.Errorf("%d requests, want at most %d", len(got), mostReplayed)
	}
}

// The replayer gets into every service without a browser, and finds the cache
// that leaves the user out, which is not in the healthy twin.
func TestReplayServices(t *testing.T) {
	for _, s := range catalog.Services {
		for _, fault := range []string{"", webmail.CacheKeyNoUser} {
			if s.Name == "surfaces" || fault != "" && s.Name != "webmail" {
				continue
			}
			t.Run(s.Name+"/"+fault, func(t *testing.T) {
				got, err := replayService(t, s, fault)
				if err != nil {
					t.Fatal(err)
				}
				want := replay{Requests: timesReplayed}
				if fault != "" {
					want.Bypassed = []string{"/api/list"}
				}
				if s.Name != "webmail" {
					want = replay{Gone: timesReplayed}
				}
				if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
					t.Errorf("-want +got:\n%s", diff)
				}
			})
		}
	}
}

// replayService asks a service for the list of a mailbox.
func replayService(t *testing.T, s catalog.Service, fault string) (got replay, err error) {
	stand, err := s.Make(catalog.Options{Accounts: 4, Seed: 1, Fault: fixtures.Setting{Name: fault}})
	if err != nil {
		return got, err
	}
	site, err := fixtures.Open(stand, "127.0.0.1:0", "127.0.0.1:0")
	if err != nil {
		return got, err
	}
	defer func() { err = errors.Join(err, site.Close()) }()
	p, err := loadPlan(t.TempDir(), s.Name, stand, site)
	if err != nil {
		return got, err
	}
	return got, got.send(t.Context(), p, &p.Accounts[0], &p.Accounts[3], []string{"/api/list"}, func(at string) string { return at })
}
