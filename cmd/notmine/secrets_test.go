package main

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"

	"github.com/rogpeppe/go-internal/testscript"

	"notmine/checks/plan"
)

// secrets are what a service handed out: the values of its cookies and the
// tokens in its forms.
type secrets struct {
	mu     sync.Mutex
	values map[string]string // value → what it is
}

func (s *secrets) add(value, what string) {
	if len(value) < 8 { // such as the language; nothing that anybody keeps secret
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.values[value] = what
}

var formToken = regexp.MustCompile(`name="csrf" value="([^"]+)"`)

// learn takes the secrets out of an answer.
func (s *secrets) learn(res *http.Response) error {
	for _, c := range res.Cookies() {
		s.add(c.Value, "the cookie "+c.Name)
	}
	if !strings.HasPrefix(res.Header.Get("Content-Type"), "text/html") {
		return nil
	}
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	for _, found := range formToken.FindAllSubmatch(body, -1) {
		s.add(string(found[1]), "a form's token")
	}
	res.Body = io.NopCloser(bytes.NewReader(body))
	return nil
}

func watch(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 0, "watch")
	service, err := url.Parse(ts.Getenv("URL"))
	ts.Check(err)
	known := &secrets{values: map[string]string{}}
	stateOf(ts).secrets = known
	proxy := httptest.NewServer(&httputil.ReverseProxy{
		Rewrite:        func(r *httputil.ProxyRequest) { r.SetURL(service); r.Out.Host = r.In.Host },
		ModifyResponse: known.learn,
		ErrorHandler:   func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) },
	})
	ts.Defer(func() {
		proxy.CloseClientConnections() // event streams do not end by themselves
		proxy.Close()
	})
	edit(ts, false, []string{ts.Getenv("PLAN"), ts.Getenv("URL"), proxy.URL})
	ts.Setenv("URL", proxy.URL)
}

// all returns the secrets of the service and the passwords of the plan, in the
// forms in which they could be written somewhere.
func (s *secrets) all(ts *testscript.TestScript) map[string]string {
	p, err := plan.Load(ts.Getenv("PLAN"))
	ts.Check(err)
	for _, a := range p.Accounts {
		s.add(a.Password.Reveal(), "the password of "+a.Name)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	kinds := map[string]int{}
	forms := map[string]string{}
	for value, what := range s.values {
		kind, _, _ := strings.Cut(what, " of ")
		kinds[kind]++
		for form, text := range written(value) {
			forms[text] = what + " " + form
		}
	}
	// A search for nothing would find nothing.
	for _, kind := range []string{"the password", "the cookie sid", "a form's token"} {
		if kinds[kind] < len(p.Accounts) {
			ts.Fatalf("only %d times %s was seen, for %d accounts", kinds[kind], kind, len(p.Accounts))
		}
	}
	return forms
}

// written returns a value as it is, percent-encoded, in hexadecimal, and in
// base64, there without what depends on its neighbours.
func written(value string) map[string]string {
	percent := ""
	for _, b := range []byte(value) {
		percent += fmt.Sprintf("%%%02X", b)
	}
	forms := map[string]string{
		"as it is": value, "percent-encoded": url.QueryEscape(value), "percent-encoded, every byte of it": percent,
		"in hexadecimal": hex.EncodeToString([]byte(value)),
	}
	for shift := range 3 {
		text := base64.RawStdEncoding.EncodeToString([]byte(strings.Repeat("\x00", shift) + value + strings.Repeat("\x00", 3)))
		whole := (shift + len(value)) / 3 * 4 // characters that the value alone decides, but for the first
		from := 0
		if shift > 0 {
			from = 4
		}
		forms[fmt.Sprintf("in base64, shifted by %d", shift)] = text[from:whole]
		forms[fmt.Sprintf("in base64 for URLs, shifted by %d", shift)] = strings.NewReplacer("+", "-", "/", "_").Replace(text[from:whole])
	}
	return forms
}

func secretless(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 1, "secretless DIR")
	forms := stateOf(ts).secrets.all(ts)
	files := 0
	ts.Check(filepath.WalkDir(ts.MkAbs(args[0]), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		files++
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return search(path, data, forms)
	}))
	if files < 4 {
		ts.Fatalf("only %d files in %s", files, args[0])
	}
}

func search(where string, data []byte, forms map[string]string) error {
	lower := bytes.ToLower(data)
	for text, what := range forms {
		if bytes.Contains(data, []byte(text)) || bytes.Contains(lower, []byte(strings.ToLower(text))) {
			return fmt.Errorf("%s holds %s", where, what)
		}
	}
	return nil
}

func secretlessProcesses(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 0, "secretless-processes")
	forms := stateOf(ts).secrets.all(ts)
	browsers := 0
	for _, line := range commandLines() {
		if strings.Contains(line, filepath.Join(ts.Getenv("TMPDIR"), "notmine-browser-")) {
			browsers++
		}
		ts.Check(search("the command line of a process", []byte(line), forms))
	}
	if browsers == 0 {
		ts.Fatalf("no browser of this script is running")
	}
}

// commandLines returns the command line of every process.
func commandLines() []string {
	var lines []string
	files, _ := filepath.Glob("/proc/[0-9]*/cmdline") // the pattern is well-formed
	for _, file := range files {
		if data, err := os.ReadFile(file); err == nil { // a process may have ended by now
			lines = append(lines, strings.ReplaceAll(string(data), "\x00", " "))
		}
	}
	return lines
}
