package checks

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"notmine/checks/browser"
	"notmine/checks/crowd"
	"notmine/checks/gate"
	"notmine/checks/marker"
	"notmine/checks/plan"
	"notmine/checks/record"
	"notmine/checks/report"
	"notmine/checks/sight"
)

// The report is opened in a real browser: it loads nothing, complains of nothing,
// and everything on it that can be used works, with little on it and with much.
func TestReportInABrowser(t *testing.T) {
	for _, tt := range []struct{ accounts, rounds, findings int }{{8, 5, 0}, {8, 5, 1}, {200, 50, 500}} {
		t.Run(fmt.Sprintf("%d accounts, %d visits, %d findings", tt.accounts, tt.accounts*tt.rounds, tt.findings), func(t *testing.T) {
			page := pageOf(t, tt.accounts, tt.rounds, tt.findings)
			if len(page) > mostPage {
				t.Errorf("the page has %d bytes without pictures", len(page))
			}
			var asked []string
			var mu sync.Mutex
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				mu.Lock()
				asked = append(asked, r.URL.Path)
				mu.Unlock()
				w.Header().Set("Content-Type", "text/html; charset=utf-8")
				w.Write(page)
			}))
			defer server.Close()
			reader := openedFor(t, server.URL)
			do := func(steps ...plan.Step) {
				t.Helper()
				if err := reader.Do(t.Context(), steps, nil); err != nil {
					t.Error(err)
				}
			}
			view := plan.View{Name: "report", Steps: []plan.Step{{Verb: plan.Goto, Arg: "/report.html"}, {Verb: plan.Wait, Arg: "#run"}}}
			o, err := reader.Visit(t.Context(), crowd.Visit{View: view})
			if err != nil {
				t.Fatal(err)
			}
			is := func(expression string) plan.Step { return plan.Step{Verb: plan.Eval, Arg: expression} }
			click := func(selector string) plan.Step { return plan.Step{Verb: plan.Click, Arg: selector} }
			press := func(key string) plan.Step { return plan.Step{Verb: plan.Press, Arg: key} }
			// shows tells which language is to be read, here and in what a script says.
			shows := func(spoken, silent string) plan.Step {
				return is(fmt.Sprintf("(seen => seen(%[1]q) && !seen(%[2]q) && document.documentElement.lang === %[1]q)"+
					"(lang => document.querySelector('h1 span[lang=' + lang + ']').checkVisibility())", spoken, silent))
			}
			do(
				shows("en", "ko"), is("document.title === document.title.replace(/[가-힣]/g, '')"),
				click("#korean"), shows("ko", "en"), is("/[가-힣]/.test(document.title) && /[가-힣]/.test(document.querySelector('#line-in').title)"),
				click("#english"), shows("en", "ko"), is("!/[가-힣]/.test(document.title) && !/[가-힣]/.test(document.querySelector('#line-in').title)"),
			)
			do(
				is(fmt.Sprintf("document.querySelectorAll('.card').length === %d", tt.findings)),
				is("getComputedStyle(document.querySelector('.line')).display === 'grid'"),
				click("#line-in"), click("#line-in"),
				is("4 * document.querySelector('#plot').viewBox.baseVal.width <= document.querySelector('#plot').dataset.whole"),
				click("#line .names"), press("ArrowRight"),
				is("document.querySelector('#plot').viewBox.baseVal.x > 0"),
				press("0"),
				is("document.querySelector('#plot').viewBox.baseVal.width == document.querySelector('#plot').dataset.whole"),
			)
			if tt.findings > 0 {
				do(
					is("[...document.querySelectorAll('.matrix button')].every(b => !b.disabled)"),
					click(".matrix td button"),
					is(`(b => b.getAttribute('aria-pressed') === 'true' && (shown => shown.length > 0 &&
						shown.every(c => c.dataset.viewer === b.dataset.viewer && c.dataset.owner === b.dataset.owner))([...document.querySelectorAll('.card:not([hidden])')]))
						(document.querySelector('.matrix td button'))`),
					press("ArrowLeft"), press("Enter"), // the viewer
					is("document.activeElement.closest('th') && document.activeElement.getAttribute('aria-pressed') === 'true'"),
					click("#all"),
					is(fmt.Sprintf("document.querySelectorAll('.card:not([hidden])').length === %d", tt.findings)),
					click("#line .names"), press("]"),
					is("document.querySelector('#told').textContent.includes('shown: ')"),
					click("#korean"), is("/[가-힣]/.test(document.querySelector('#told').textContent)"), click("#english"),
					click("#line .names"), press("Enter"),
					is("document.activeElement.matches('.card') && document.activeElement.querySelector('details').open"),
				)
				// What the pointer is over is told, and a click on a leak opens its finding.
				// A rectangle in the time line stands where the first leak is.
				do(
					click("#line-whole"), is("document.querySelector('#told').textContent = '', true"),
					is(`!!(document.querySelector('#here') || (([, x, y], plot) => {
						const here = document.createElementNS('http://www.w3.org/2000/svg', 'rect');
						for (const [name, value] of Object.entries({id: 'here', x, y: y - 2, width: plot.dataset.whole / 500, height: 4})) here.setAttribute(name, value);
						return plot.appendChild(here);
					})(document.querySelector('.leaking').getAttribute('d').match(/M(\d+) (\d+)/).map(Number), document.querySelector('#plot')))`),
					is(`(({left, top, width, height}) => document.querySelector('#here').dispatchEvent(new PointerEvent('pointermove',
						{clientX: left + width / 2, clientY: top + height / 2, bubbles: true})))(document.querySelector('#here').getBoundingClientRect())`),
					is("document.querySelector('#told').textContent.includes('shown: ')"),
					is("document.activeElement.blur(), true"), click("#here"),
					is("document.activeElement.matches('.card') && document.activeElement.querySelector('details').open"),
				)
			}
			if tt.findings > 1 {
				do(
					is("(window.at = document.activeElement.id) !== ''"), press("n"),
					is("document.activeElement.matches('.card') && document.activeElement.id !== window.at"), press("p"),
					is("document.activeElement.id === window.at"),
				)
			}
			if said := o.Looked[record.Console]; said.Items > 0 {
				t.Errorf("it wrote to the console: %+v", said)
			}
			if !slices.Equal(asked, []string{"/report.html"}) || len(o.Blocked) > 0 {
				t.Errorf("it loaded %v, and wanted %v", asked, o.Blocked)
			}
		})
	}
}

// mostPage is how large a report may be without its pictures.
const mostPage = 3 << 20

// openedFor starts a browser and opens a session.
func openedFor(t *testing.T, target string) crowd.Session {
	t.Helper()
	p := &plan.Plan{Target: target, Timeout: 30 * time.Second, Accounts: []plan.Account{{Name: "reader"}}}
	finder, err := sight.NewFinder(marker.NewLedger(1, nil))
	if err != nil {
		t.Fatal(err)
	}
	driver, err := browser.New(t.Context(), browser.Config{Plan: p, Finder: finder})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { driver.Close() })
	session, err := driver.Open(t.Context(), p.Accounts[0])
	if err != nil {
		t.Fatal(err)
	}
	return session
}

// pageOf makes a record of accounts that looked at their inbox together, in which
// as many pairs of them as findings are wanted were shown another's, and returns
// its report.
func pageOf(t *testing.T, accounts, rounds, findings int) []byte {
	t.Helper()
	begin := time.Date(2026, 11, 22, 1, 45, 0, 0, time.UTC)
	header := record.Header{Notmine: record.Version, Run: "20261122-014500-test", Started: begin, Plan: plan.Outline{
		File: "mail.yaml", Target: "http://mail.example.test", Items: map[string]plan.Item{"subject": {}},
		Views:  []plan.View{{Name: "inbox", Control: "subject"}},
		Phases: []plan.Phase{{Name: "together", Order: plan.Together, Rounds: rounds}},
	}}
	name := func(i int) string { return fmt.Sprintf("user%03d", i%accounts) }
	var entries []record.Entry
	for i := range accounts {
		header.Plan.Accounts = append(header.Plan.Accounts, plan.OutlineAccount{Name: name(i), Login: name(i)})
		entries = append(entries,
			record.Entry{Marker: &marker.Entry{ID: i + 1, Text: "letter of " + name(i), Owner: name(i), Item: "subject", Declared: true}},
			record.Entry{Session: &record.Session{Account: name(i), What: record.LoggedIn, At: begin}})
	}
	entries = append(entries, record.Entry{Phase: &record.Phase{Index: 0, At: begin}})
	n := 0
	for round := range rounds {
		for i := range accounts {
			n++
			at := begin.Add(time.Duration(round)*time.Second + time.Duration(i)*time.Millisecond)
			sighting := func(owner int) record.Sighting {
				return record.Sighting{Marker: owner%accounts + 1, Owner: name(owner), Item: "subject", Text: "letter of " + name(owner), Surface: record.Body, Path: "/inbox", Exchange: n}
			}
			o := &record.Observation{
				N: n, Account: name(i), Phase: "together", Round: round + 1, View: "inbox", Start: at, End: at.Add(400 * time.Millisecond),
				Sightings: []record.Sighting{sighting(i)},
				Exchanges: []record.Exchange{{
					ID: n, Method: "GET", URL: "http://mail.example.test/inbox", Status: 200, Start: at, Sent: at, Answered: at.Add(90 * time.Millisecond), End: at.Add(95 * time.Millisecond),
					Caching: []record.HeaderField{{Name: "Cache-Control", Value: "no-store"}},
				}},
			}
			if n <= findings {
				o.Sightings = append(o.Sightings, sighting(i+round+1))
			}
			entries = append(entries, record.Entry{Observation: o})
		}
	}
	entries = append(entries, record.Entry{End: &record.End{At: begin.Add(time.Duration(rounds) * time.Second), Why: record.Done}})

	dir := t.TempDir()
	writer, file, err := record.Create(filepath.Join(dir, RecordFile), func(s string) string { return s })
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range slices.Concat([]record.Entry{{Header: &header}}, entries) {
		if err := writer.Append(e); err != nil {
			t.Fatal(err)
		}
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	var pages [2][]byte // the same record gives the same bytes
	for i := range pages {
		result, err := Judge(dir, nil, []string{"html"}, gate.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if got := len(result.Findings); got != findings {
			t.Fatalf("%d findings, want %d", got, findings)
		}
		if pages[i], err = os.ReadFile(filepath.Join(dir, report.HTMLFile)); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(pages[0], pages[1]) {
		t.Error("the same record gave another page the second time")
	}
	return pages[0]
}
