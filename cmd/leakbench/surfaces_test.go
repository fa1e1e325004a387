package main

import (
	"strings"
	"testing"

	"notmine/checks/record"
	"notmine/fixtures/surfaces"
)

// Every place is looked at once, and every wrapping once in a body and once in
// storage, with another's data and with one's own.
func TestSurfaces(t *testing.T) {
	for _, broken := range []bool{true, false} {
		m, err := surfacesRun(t.Context(), surfaces.Sample(), broken)
		if err != nil {
			t.Fatal(err)
		}
		var text strings.Builder
		m.printTrouble(&text, "data")
		if text.Len() > 0 || m.err("data") != nil {
			t.Errorf("another's data: %v, %s%s", broken, m.totals(), &text)
		}
		if leaks := m.findings > 0; leaks != broken {
			t.Errorf("another's data: %v, %d findings", broken, m.findings)
		}
		if m.count(found) < 60 {
			t.Errorf("another's data: %v, only %d cells: this proves little", broken, m.count(found))
		}
	}
}

// cell is one of the table.
func cell(t *testing.T, view string) surfaces.Cell {
	t.Helper()
	for _, c := range surfaces.Cells() {
		if c.View() == view {
			return c
		}
	}
	t.Fatalf("no cell is called %s", view)
	return surfaces.Cell{}
}

func TestMatrix(t *testing.T) {
	const view = "storage/base64-json/local"
	right := record.Sighting{Owner: "alice", Item: surfaces.Name, Surface: record.Storage, Path: "local:saved", Wrapping: []string{"base64", "json"}}
	change := func(f func(*record.Sighting)) record.Sighting {
		s := right
		f(&s)
		return s
	}
	own := change(func(s *record.Sighting) { s.Owner = "bob" })

	for _, test := range []struct {
		why     string
		account string // "" is bob
		seen    []record.Sighting
		missed  []record.Missed
		err     string
		mark    mark
		said    string
	}{
		{why: "as it should be", seen: []record.Sighting{right}, mark: found},
		{why: "beside others", seen: []record.Sighting{change(func(s *record.Sighting) { s.Surface, s.Path = "body", "/x" }), right}, mark: found},
		{why: "another path", seen: []record.Sighting{change(func(s *record.Sighting) { s.Path = "session:saved" })}, mark: misnamed, said: `storage at "session:saved" in [base64 json]`},
		{why: "no path", seen: []record.Sighting{change(func(s *record.Sighting) { s.Path = "" })}, mark: misnamed, said: `at ""`},
		{why: "the wrappings in another order", seen: []record.Sighting{change(func(s *record.Sighting) { s.Wrapping = []string{"json", "base64"} })}, mark: misnamed, said: "[json base64]"},
		{why: "one wrapping of two", seen: []record.Sighting{change(func(s *record.Sighting) { s.Wrapping = []string{"base64"} })}, mark: misnamed, said: "[base64]"},
		{why: "another surface", seen: []record.Sighting{change(func(s *record.Sighting) { s.Surface = "text" })}, mark: missed, said: `only text at "local:saved"`},
		{why: "another item", seen: []record.Sighting{change(func(s *record.Sighting) { s.Item = "note" })}, mark: missed, said: "nothing"},
		{why: "one's own", seen: []record.Sighting{own}, mark: missed, said: "nothing"},
		{why: "nothing", mark: missed, said: "nothing"},
		{why: "what could not be looked at", missed: []record.Missed{{Surface: "storage", Why: "too much"}}, mark: missed, said: "(missed on storage : too much)"},
		{why: "a visit that failed", err: "no such page", mark: missed, said: "(no such page)"},
		{why: "a visit by somebody who has it already", account: "alice", seen: []record.Sighting{own}, mark: missed, said: "no visit of everybody's"},
	} {
		c := cell(t, view)
		m := newMatrix([]surfaces.Cell{c}, map[string]string{"bob": "alice"})
		if test.account != "" {
			m.owners = map[string]string{"bob": "alice", "alice": "bob"}
		} else {
			test.account = "bob"
		}
		m.hold(&record.Run{Observations: []*record.Observation{
			{N: 1, Account: test.account, View: view, Sightings: test.seen, Missed: test.missed, Error: test.err},
		}})
		if m.marks[view] != test.mark || !strings.Contains(m.said[view], test.said) {
			t.Errorf("%s: %v, %q; want %v, %q", test.why, m.marks[view], m.said[view], test.mark, test.said)
		}
		if wrong := m.err("data") != nil; wrong != (test.mark != found) {
			t.Errorf("%s: the end is %v", test.why, m.err("data"))
		}
	}
}

// One visit that misses a cell is enough, whatever the other visits show.
func TestMatrixTakesTheWorst(t *testing.T) {
	c := cell(t, "title/plain/title")
	sees := func(account, owner string) *record.Observation {
		return &record.Observation{Account: account, View: c.View(), Sightings: []record.Sighting{{Owner: owner, Item: surfaces.Note, Surface: record.Title}}}
	}
	m := newMatrix([]surfaces.Cell{c}, map[string]string{"bob": "alice", "alice": "bob"})
	m.hold(&record.Run{Observations: []*record.Observation{sees("bob", "alice"), {Account: "alice", View: c.View()}}})
	if m.marks[c.View()] != missed {
		t.Errorf("one of two visits saw nothing, and the cell is %v", m.marks[c.View()])
	}
	m.hold(&record.Run{Observations: []*record.Observation{sees("bob", "alice"), sees("alice", "bob")}})
	if m.marks[c.View()] != found {
		t.Errorf("both visits saw it, and the cell is %v", m.marks[c.View()])
	}
}

// A sighting of somebody's who was not shown is a false accusation.
func TestMatrixInvented(t *testing.T) {
	c := cell(t, "title/plain/title")
	m := newMatrix([]surfaces.Cell{c}, map[string]string{"bob": "bob"})
	m.hold(&record.Run{Observations: []*record.Observation{{Account: "bob", View: c.View(), Sightings: []record.Sighting{
		{Owner: "bob", Item: surfaces.Note, Surface: record.Title},
		{Owner: "alice", Item: surfaces.Name, Surface: record.Text},
	}}}})
	if len(m.invented) != 1 || m.err("data") == nil {
		t.Errorf("invented %q, %v", m.invented, m.err("data"))
	}
}

func TestMatrixPrints(t *testing.T) {
	cells, err := chosen("title/*,body/document", "plain,gzip,html")
	if err != nil {
		t.Fatal(err)
	}
	m := newMatrix(cells, map[string]string{"bob": "alice"})
	m.marks["title/plain/title"], m.said["title/plain/title"] = found, ""
	m.marks["body/html/document"], m.said["body/html/document"] = misnamed, `it says body at "/" in []`
	var text strings.Builder
	m.print(&text)
	m.printTrouble(&text, "data")
	m.printReasons(&text)
	for _, line := range []string{
		"n l p\n", // the last letters of plain, html and gzip, one below the other
		"title/title   ✓ ✗ ·\n",
		"body/document ✗ ~ ·\n",
		"~ body/document html: want \"/cell/…\" in [html]: it says body at \"/\" in []\n",
		"✗ body/document plain: want \"/cell/…\" in []: no visit of everybody's\n",
		"- a single line of a page is text, and compressed data is none\n    title/title\n    in gzip\n",
	} {
		if !strings.Contains(text.String(), line) {
			t.Errorf("%q is not in\n%s", line, &text)
		}
	}
}

func TestChosen(t *testing.T) {
	if cells, err := chosen("storage/*", "base64*"); err != nil || len(cells) != 2*6 {
		t.Errorf("%d cells, %v", len(cells), err)
	}
	for _, pattern := range []string{"[", "nowhere/*"} {
		if _, err := chosen(pattern, "*"); err == nil {
			t.Errorf("%q: no error", pattern)
		}
	}
}
