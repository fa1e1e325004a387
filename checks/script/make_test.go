package script

import (
	"bytes"
	"context"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/textproto"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"notmine/checks/crowd"
	"notmine/checks/plan"
	"notmine/checks/record"
	"notmine/checks/sight"
	"notmine/checks/wire"
)

// walker is a driver whose sessions ask for what a browser would ask for in the
// mailbox.
type walker struct {
	t     *testing.T
	plan  *plan.Plan
	wire  *wire.Wire
	sends func(account string) string // what a page's script sends besides; "" for nothing
}

func newWalker(t *testing.T, p *plan.Plan, sends func(string) string) func(*sight.Finder) crowd.Driver {
	return func(finder *sight.Finder) crowd.Driver {
		target, err := url.Parse(p.Target)
		if err != nil {
			t.Fatal(err)
		}
		w, err := wire.New(wire.Config{Target: target, Finder: finder, Note: true})
		if err != nil {
			t.Fatal(err)
		}
		return &walker{t: t, plan: p, wire: w, sends: sends}
	}
}

func (w *walker) Mask(text string) string { return text }
func (w *walker) Product() string         { return "a walker" }
func (w *walker) Close() error            { return w.wire.Close() }

func (w *walker) Open(_ context.Context, account plan.Account) (crowd.Session, error) {
	line, err := w.wire.Open(nil)
	if err != nil {
		return nil, err
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	client := &http.Client{Jar: jar, Transport: &http.Transport{
		Proxy: http.ProxyURL(&url.URL{Scheme: "http", Host: line.Addr()}), DisableCompression: true,
	}}
	return &walking{walker: w, line: line, client: client, name: account.Name}, nil
}

// walking is one of its sessions.
type walking struct {
	*walker
	line   *wire.Line
	client *http.Client
	name   string
	inbox  string
}

func (s *walking) Notes() *wire.Notes                                 { return s.line.Notes() }
func (s *walking) Become(plan.Account) error                          { return nil }
func (s *walking) Rest(context.Context) error                         { s.inbox = ""; return nil }
func (s *walking) Evidence(context.Context, []string) ([]byte, error) { return nil, errPage }
func (s *walking) Copies() crowd.Copies                               { return nil }
func (s *walking) Plain() (crowd.Plain, error)                        { return nil, errPage }
func (s *walking) Close() error                                       { return s.line.Close() }

// ask asks as a browser does.
func (s *walking) ask(ctx context.Context, method, path, dest string, body io.Reader, headers ...string) (string, error) {
	r, err := http.NewRequestWithContext(ctx, method, s.plan.Target+path, body)
	if err != nil {
		return "", err
	}
	r.Header.Set("Sec-Fetch-Dest", dest)
	r.Header.Set("User-Agent", "a walker")
	r.Header.Set("Accept-Language", "ko")
	if method != http.MethodGet {
		r.Header.Set("Origin", s.plan.Target)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	answer, err := s.client.Do(r)
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode >= 400 {
		err = errors.New(answer.Status)
	}
	return string(text), err
}

func (s *walking) Do(ctx context.Context, steps []plan.Step, vars crowd.Vars) error {
	of := func(key string) string { value, _ := vars(key); return value }
	if same(steps, s.plan.Login) {
		page, err := s.ask(ctx, "GET", "/login", "document", nil)
		if err != nil {
			return err
		}
		token := regexp.MustCompile(`value="([^"]*)"`).FindStringSubmatch(page)[1]
		form := "id=" + of("login") + "&pw=" + url.QueryEscape(of("password")) + "&csrf=" + token
		_, err = s.ask(ctx, "POST", "/login", "document", strings.NewReader(form), "Content-Type", formType)
		return err
	}
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	if err := m.WriteField("subject", of("canary subject")); err != nil {
		return err
	}
	part, err := m.CreatePart(textproto.MIMEHeader{"Content-Disposition": {`form-data; name="photo"; filename="photo.png"`}, "Content-Type": {"image/png"}})
	if err != nil {
		return err
	}
	data, err := os.ReadFile(of("picture photo"))
	if err != nil {
		return err
	}
	part.Write(data)
	m.Close()
	_, err = s.ask(ctx, "POST", "/compose", "document", &b, "Content-Type", m.FormDataContentType())
	return err
}

func (s *walking) Visit(ctx context.Context, v crowd.Visit) (*record.Observation, error) {
	o := &record.Observation{Start: time.Now()}
	defer func() { o.End = time.Now() }()
	if v.View.After != "" && s.inbox == "" {
		s.line.Begin(wire.Visit{})
		if err := s.open(ctx); err != nil {
			return o, err
		}
		s.line.End(ctx)
	}
	visit := wire.Visit{}
	for _, h := range v.Holds {
		visit.Holds = append(visit.Holds, h)
	}
	s.line.Begin(visit)
	var err error
	switch v.View.Name {
	case "inbox":
		err = s.open(ctx)
		o.Identity = shownAs(s.name)
	case "list":
		token := regexp.MustCompile(`content="([^"]*)"`).FindStringSubmatch(s.inbox)[1]
		if text := s.sends(s.name); text != "" {
			s.ask(ctx, "GET", "/card-of?x="+text, "document", nil) // which is not found
		}
		_, err = s.ask(ctx, "GET", "/api/list", "empty", nil, "X-Api-Token", token)
	case "card":
		_, err = s.ask(ctx, "GET", "/people/"+s.name+"/card?_="+time.Now().Format("20060102"), "document", nil)
		s.inbox = ""
	}
	s.line.End(ctx).Carry(o)
	return o, err
}

func (s *walking) open(ctx context.Context) (err error) {
	s.inbox, err = s.ask(ctx, "GET", "/inbox", "document", nil)
	s.ask(ctx, "GET", "/style.css", "style", nil)
	return err
}

// made runs a plan with a walker and makes a script of that.
func made(t *testing.T, sends func(string) string) (*plan.Plan, *Script, string) {
	t.Helper()
	_, target := newMailbox(t, false)
	p := mailPlan(target)
	var recorder *Recorder
	got := run(t, p, func(finder *sight.Finder) crowd.Driver {
		recorder = NewRecorder(newWalker(t, p, sends)(finder), p)
		return recorder
	})
	if all := got.failures(); len(all) > 0 {
		t.Fatal(all)
	}
	viewer, ok := recorder.Recording("alice")
	owner, both := recorder.Recording("bob")
	if !ok || !both {
		t.Fatal("nothing is recorded")
	}
	s, why := Make(viewer, owner, p, Wanted{Surface: record.Text, Name: true})
	return p, s, why.String()
}

func nothing(string) string { return "" }

func TestMake(t *testing.T) {
	p, s, why := made(t, nothing)
	if s == nil {
		t.Fatal(why)
	}
	data, err := s.YAML()
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"alice", "bob", "pass", "visitor", "qzn", "style.css", "walker", "Accept-Language"} {
		if strings.Contains(strings.ReplaceAll(string(data), "{{password}}", ""), secret) {
			t.Errorf("%s stands in\n%s", secret, data)
		}
	}
	for _, want := range []string{"{{password}}", "{{login}}", "{{capture csrf}}", "{{canary subject}}", "picture: photo", "X-Api-Token", "{{origin}}", "identity:"} {
		if !strings.Contains(string(data), want) {
			t.Errorf("%s does not stand in\n%s", want, data)
		}
	}
	again, err := Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	got := run(t, p, playing(t, p, again))
	if all := got.failures(); len(all) > 0 {
		t.Fatalf("%q\n%s", all, data)
	}
	if list := got.given("list"); list["alice bob subject"]+list["bob alice subject"] != 3 {
		t.Errorf("the finding does not come: %v\n%s", list, data)
	}
}

// A page that sends something of its own cannot be done without.
func TestMakeRefuses(t *testing.T) {
	_, s, why := made(t, func(account string) string { return "own-" + account[:1] })
	if s != nil || !strings.Contains(why, "sends a x of its own, which no answer before it gave") {
		t.Errorf("made %v: %s", s, why)
	}
}
