package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"notmine/checks"
	"notmine/checks/crowd"
	"notmine/checks/isolation"
	"notmine/checks/plan"
	"notmine/checks/record"
	"notmine/checks/script"
	"notmine/checks/sight"
)

// board is a service that shows everybody what alice wrote.
type board struct {
	mu    sync.Mutex
	texts map[string]string // by login
	away  bool
	reads int
	read  func(reads int) // is told how often it was read
}

func (b *board) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b.mu.Lock()
	defer b.mu.Unlock()
	who := ""
	if c, err := r.Cookie("who"); err == nil {
		who = c.Value
	}
	switch {
	case b.away:
		w.WriteHeader(http.StatusServiceUnavailable)
	case r.URL.Path == "/login":
		http.SetCookie(w, &http.Cookie{Name: "who", Value: r.PostFormValue("id"), Path: "/"})
	case r.URL.Path == "/write":
		b.texts[who] = r.PostFormValue("text")
	case r.URL.Path == "/read":
		b.reads++
		b.read(b.reads)
		fmt.Fprintf(w, "<p>%s<p>%s", b.texts[who], b.texts["alice"])
	}
}

const boardPlan = `target: %s
accounts:
  - {name: alice, login: alice, password: one-secret}
  - {name: bob, login: bob, password: another-one}
  - {name: carol, login: carol, password: a-third}
  - {name: dave, login: dave, password: a-fourth}
login: [{goto: /login}]
plant: [{fill: {"#text": "{{canary note}}"}}]
items: {note: {}}
views:
  read: {goto: /read, control: note}
  news: {goto: /news}
phases: [{order: together, rounds: 5}]
`

const boardScript = `
login: [{method: POST, url: /login, header: {Content-Type: application/x-www-form-urlencoded}, body: "id={{login}}"}]
plant: [{method: POST, url: /write, header: {Content-Type: application/x-www-form-urlencoded}, body: "text={{canary note}}"}]
views: {read: [{url: /read}], news: [{url: /news}]}
`

// A target that goes away while its finding is made small, one that is away now
// and then, and the user's Ctrl-C each leave the best case so far on the disk, and
// it is said why it is no smaller.
func TestReproThatIsCutShortWritesItsCase(t *testing.T) {
	for _, tt := range []struct {
		name     string
		away     func(run int) bool
		stopRun  int // with which the user stops
		stopRead int // likewise
		says     []string
		accounts int // of the case
	}{
		{
			name: "goes away", away: func(run int) bool { return run > 2 }, accounts: 2,
			says: []string{"needs 2 accounts", "what was kept before could not be tried any more: "},
		}, {
			name: "flaky", away: func(run int) bool { return run%3 == 0 }, accounts: 2,
			says: []string{"not needed: 2 other accounts", "nothing more can be left out"},
		}, {
			name: "Ctrl-C", stopRun: 3, accounts: 2,
			says: []string{"needs 2 accounts", "the rest was not tried", "(interrupted)"},
		}, {
			name: "Ctrl-C at first", stopRead: 12, accounts: 4,
			says: []string{"then it could not be tried: interrupted"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			ctx, cancel := context.WithCancelCause(t.Context())
			defer cancel(nil)
			b := &board{texts: map[string]string{}, read: func(reads int) {
				if reads == tt.stopRead {
					cancel(crowd.ErrInterrupted)
				}
			}}
			server := httptest.NewServer(b)
			defer server.Close()
			dir := t.TempDir()
			file := filepath.Join(dir, "board.yaml")
			if err := os.WriteFile(file, fmt.Appendf(nil, boardPlan, server.URL), 0o600); err != nil {
				t.Fatal(err)
			}
			p, err := plan.Load(file)
			if err != nil {
				t.Fatal(err)
			}
			s, err := script.Parse([]byte(boardScript))
			if err != nil {
				t.Fatal(err)
			}
			run := 0
			again := &checks.Again{
				Finding: isolation.Finding{
					Check: "canary", Level: isolation.Leak, View: "read", Phase: "together", Viewer: "bob", Owner: "alice", Item: "note",
					Surface: record.Text, Fingerprint: "6d1f000000000000",
				},
				Options: checks.Options{Dir: filepath.Join(dir, "tries"), Tool: "test", Seed: 1, Start: func(ctx context.Context, p *plan.Plan, finder *sight.Finder) (crowd.Driver, error) {
					run++
					b.mu.Lock()
					b.away = tt.away != nil && tt.away(run)
					b.mu.Unlock()
					if run == tt.stopRun {
						cancel(crowd.ErrInterrupted)
					}
					return checks.Script(s)(ctx, p, finder)
				}},
			}
			// No browser is there, so that nothing is tried with one at the end.
			flags := reproFlags{drivingFlags: drivingFlags{browser: filepath.Join(dir, "none"), quiet: true}, shrink: true, cases: filepath.Join(dir, "cases")}
			var stdout, stderr strings.Builder
			err = flags.again(ctx, again, p, record.Header{Run: "20261122-014500-brd1", Plan: plan.Outline{File: file}}, &stdout, &stderr)
			var coded *codeError
			if !errors.As(err, &coded) || coded.code != exitLeak || coded.err != nil {
				t.Fatalf("ended with %v, want exit code %d\n%s%s", err, exitLeak, &stdout, &stderr)
			}
			kept := filepath.Join(dir, "cases", "read-note-6d1f0000.yaml")
			for _, says := range append(tt.says, "case       "+kept) {
				if !strings.Contains(stdout.String(), says) {
					t.Errorf("it says\n%s\nwant %q in it", &stdout, says)
				}
			}
			c, err := plan.LoadWith(kept, plan.Given{})
			if err != nil {
				t.Fatal(err)
			}
			if len(c.Accounts) != tt.accounts || c.Case.Measured.Hits == 0 || c.Case.Tries < 20 {
				t.Errorf("the case has %d accounts, want %d, and is %+v", len(c.Accounts), tt.accounts, c.Case)
			}
		})
	}
}
