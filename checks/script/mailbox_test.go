package script

import (
	"bytes"
	"context"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"notmine/checks/crowd"
	"notmine/checks/marker"
	"notmine/checks/plan"
	"notmine/checks/record"
	"notmine/checks/sight"
)

// mailbox is a service with a login form, a token in it, an API with a token of its
// own, and a bug: who asks for the list last is whose list both are given.
type mailbox struct {
	fixed bool

	mu       sync.Mutex
	count    int
	forms    map[string]string // token of the form → who has it, by cookie
	sessions map[string]string // cookie → login
	tokens   map[string]string // cookie → token of the API
	subjects map[string]string // login → subject
	photos   map[string][]byte
	last     string
	meeting  chan struct{}
	posts    []string // bodies of forms, as they came
}

func newMailbox(t testing.TB, fixed bool) (*mailbox, string) {
	m := &mailbox{
		fixed: fixed, forms: map[string]string{}, sessions: map[string]string{}, tokens: map[string]string{},
		subjects: map[string]string{}, photos: map[string][]byte{},
	}
	server := httptest.NewServer(m)
	t.Cleanup(server.Close)
	return m, server.URL
}

// random makes a token that looks like one.
func (m *mailbox) random(kind string) string {
	m.count++
	return fmt.Sprintf("%s%016xQ%dz", kind, uint64(m.count)*0x9e3779b97f4a7c15, m.count)
}

// meet waits until another is there too.
func (m *mailbox) meet(ctx context.Context) {
	m.mu.Lock()
	if m.meeting != nil {
		close(m.meeting)
		m.meeting = nil
		m.mu.Unlock()
		return
	}
	here := make(chan struct{})
	m.meeting = here
	m.mu.Unlock()
	select {
	case <-here:
	case <-ctx.Done():
	}
}

func cookieOf(r *http.Request, name string) string {
	c, err := r.Cookie(name)
	if err != nil {
		return ""
	}
	return c.Value
}

func (m *mailbox) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	r.ParseMultipartForm(1 << 20)
	m.mu.Lock()
	defer m.mu.Unlock()
	if r.Method == http.MethodPost {
		m.posts = append(m.posts, string(body))
	}
	who := m.sessions[cookieOf(r, "sid")]
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	switch {
	case r.URL.Path == "/login" && r.Method == http.MethodGet:
		token, visitor := m.random("f"), m.random("v")
		m.forms[token] = visitor
		http.SetCookie(w, &http.Cookie{Name: "visitor", Value: visitor, Path: "/"})
		fmt.Fprintf(w, `<form method=post><input type="hidden" name="csrf" value="%s"><input name=id><input name=pw></form>`, token)
	case r.URL.Path == "/login":
		if m.forms[r.PostFormValue("csrf")] != cookieOf(r, "visitor") || r.PostFormValue("pw") != passwordOf(r.PostFormValue("id")) {
			http.Error(w, "no", http.StatusForbidden)
			return
		}
		sid := m.random("s")
		m.sessions[sid], m.tokens[sid] = r.PostFormValue("id"), m.random("t")
		http.SetCookie(w, &http.Cookie{Name: "sid", Value: sid, Path: "/", HttpOnly: true})
		http.Redirect(w, r, "/inbox?at="+m.tokens[sid][:8], http.StatusFound)
	case who == "":
		http.Redirect(w, r, "/login", http.StatusFound)
	case r.URL.Path == "/compose":
		m.subjects[who] = r.PostFormValue("subject")
		if f, _, err := r.FormFile("photo"); err == nil {
			m.photos[who], _ = io.ReadAll(f)
		}
		w.WriteHeader(http.StatusCreated)
	case r.URL.Path == "/inbox":
		fmt.Fprintf(w, `<meta name="api" content="%s"><p>Hello <b id="who">%s</b>! <a href="/people/%s/card">me</a>`,
			m.tokens[cookieOf(r, "sid")], html.EscapeString(shownAs(who)), who)
	case r.URL.Path == "/api/list":
		if r.Header.Get("X-Api-Token") != m.tokens[cookieOf(r, "sid")] {
			http.Error(w, "no", http.StatusForbidden)
			return
		}
		m.last = who
		m.mu.Unlock()
		m.meet(r.Context())
		m.mu.Lock()
		if !m.fixed {
			who = m.last
		}
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"items": [{"id": "id-of-%s", "subject": %q}]}`, who, m.subjects[who])
	case r.URL.Path == "/people/"+who+"/card":
		fmt.Fprintf(w, "<p>%s", m.subjects[who])
	default:
		http.NotFound(w, r)
	}
}

func passwordOf(login string) string { return "pass word&" + login }
func shownAs(login string) string {
	return strings.ToUpper(login[:1]) + login[1:] + " O'Hara"
}

// mailPlan is a plan for the mailbox; what its steps say, only a browser would know.
func mailPlan(target string) *plan.Plan {
	p := &plan.Plan{
		Target: target, Timeout: 5 * time.Second,
		Login: []plan.Step{{Verb: plan.Goto, Arg: "/login"}, {Verb: plan.Fill, Fields: []plan.Field{{Selector: "#id", Value: "{{login}}"}}}},
		Plant: []plan.Step{{Verb: plan.Fill, Fields: []plan.Field{{Selector: "#s", Value: "{{canary subject}}"}}}, {Verb: plan.Upload, Fields: []plan.Field{{Selector: "#p", Value: "{{picture photo}}"}}}},
		Items: map[string]plan.Item{"subject": {}, "photo": {Picture: true}},
		Views: []plan.View{
			{Name: "inbox", Steps: []plan.Step{{Verb: plan.Goto, Arg: "/inbox"}}, Identity: "#who"},
			{Name: "list", After: "inbox", Steps: []plan.Step{{Verb: plan.Click, Arg: "#list"}}, Control: "subject", Hold: []string{"/api/list"}},
			{Name: "card", After: "inbox", Steps: []plan.Step{{Verb: plan.Click, Arg: "#card"}}},
		},
		Phases: []plan.Phase{{Name: "together", Order: plan.Together, Rounds: 3}},
	}
	for _, name := range []string{"alice", "bob"} {
		p.Accounts = append(p.Accounts, plan.Account{Name: name, Login: name, Shows: shownAs(name), Password: plan.NewSecret(passwordOf(name))})
	}
	return p
}

// ran is what came of a run.
type ran struct {
	sessions     []record.Session
	observations []*record.Observation
	barriers     []record.Barrier
	end          record.End
}

// run runs a plan with a driver.
func run(t testing.TB, p *plan.Plan, start func(*sight.Finder) crowd.Driver) *ran {
	t.Helper()
	ledger, err := crowd.Ledger(p, "20261122-014500-mail")
	if err != nil {
		t.Fatal(err)
	}
	finder, err := sight.NewFinder(ledger)
	if err != nil {
		t.Fatal(err)
	}
	driver := start(finder)
	t.Cleanup(func() { driver.Close() })
	all := &ran{}
	var mu sync.Mutex
	all.end, err = crowd.Run(t.Context(), crowd.Config{
		Plan: p, Driver: driver, Ledger: ledger, Run: marker.RunTag("20261122-014500-mail"), Seed: 1,
		Record: func(e record.Entry) error {
			mu.Lock()
			defer mu.Unlock()
			switch {
			case e.Session != nil:
				all.sessions = append(all.sessions, *e.Session)
			case e.Observation != nil:
				all.observations = append(all.observations, e.Observation)
			case e.Barrier != nil:
				all.barriers = append(all.barriers, *e.Barrier)
			}
			return nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// given lists who was given whose items in the body of an answer of a view.
func (r *ran) given(view string) map[string]int {
	all := map[string]int{}
	for _, o := range r.observations {
		for _, s := range o.Sightings {
			if o.View == view && s.Surface == record.Body {
				all[o.Account+" "+s.Owner+" "+s.Item]++
			}
		}
	}
	return all
}

func (r *ran) failures() (all []string) {
	for _, s := range r.sessions {
		if s.Error != "" {
			all = append(all, s.Account+" "+s.What+": "+s.Error)
		}
	}
	for _, o := range r.observations {
		if o.Error != "" {
			all = append(all, o.Account+" "+o.View+": "+o.Error)
		}
	}
	return all
}
