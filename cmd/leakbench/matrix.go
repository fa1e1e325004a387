package main

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"notmine/checks/record"
	"notmine/fixtures/surfaces"
)

// mark is what became of a cell. The larger, the worse.
type mark int

const (
	cannot   mark = iota // it cannot occur
	found                // every viewer's record has it, named right
	misnamed             // it is on the right surface, with a wrong path or wrapping
	missed               // it is not there
)

func (m mark) String() string { return [...]string{"·", "✓", "~", "✗"}[m] }

// matrix is what was recorded of cells, held against what should have been.
type matrix struct {
	cells    []surfaces.Cell
	owners   map[string]string        // viewer → whose data it was shown
	marks    map[string]mark          // by view
	said     map[string]string        // of cells that were missed or misnamed
	invented []string                 // sightings of what was not shown
	took     map[string]time.Duration // by place, the longest visit
	visits   int
	findings int
}

func newMatrix(cells []surfaces.Cell, owners map[string]string) *matrix {
	m := &matrix{cells: cells, owners: owners, marks: map[string]mark{}, said: map[string]string{}, took: map[string]time.Duration{}}
	for _, c := range cells {
		if c.Why() == "" {
			m.marks[c.View()] = missed
			m.said[c.View()] = "no visit of everybody's"
		}
	}
	return m
}

// hold holds a record against the cells whose views are in it.
func (m *matrix) hold(run *record.Run) {
	m.visits += len(run.Observations)
	byView := map[string][]*record.Observation{}
	for _, o := range run.Observations {
		byView[o.View] = append(byView[o.View], o)
		for _, s := range o.Sightings {
			// What an account planted itself is seen on its way.
			if s.Owner != m.owners[o.Account] && s.Owner != o.Account {
				m.invented = append(m.invented, fmt.Sprintf("%s saw %s's %s: %s", o.Account, s.Owner, s.Item, where(o.View, s)))
			}
		}
	}
	for _, c := range m.cells {
		visits := byView[c.View()]
		viewers := map[string]bool{}
		worst, said := found, ""
		for _, o := range visits {
			place := c.Place.String()
			m.took[place] = max(m.took[place], o.End.Sub(o.Start))
			viewers[o.Account] = true
			if got, text := m.judge(c, o); got > worst {
				worst, said = got, text
			}
		}
		if len(viewers) == len(m.owners) {
			m.marks[c.View()], m.said[c.View()] = worst, said
		}
	}
}

// judge says what became of a cell in one visit, and what was seen instead.
func (m *matrix) judge(c surfaces.Cell, o *record.Observation) (mark, string) {
	var near, elsewhere []string
	for _, s := range o.Sightings {
		if s.Owner != m.owners[o.Account] || s.Item != c.Wrapping.Item {
			continue
		}
		switch {
		case s.Surface != c.Place.Surface:
			elsewhere = append(elsewhere, where(o.View, s))
		case s.Path == c.Path() && slices.Equal(s.Wrapping, c.Says()):
			return found, ""
		default:
			near = append(near, where(o.View, s))
		}
	}
	if len(near) > 0 {
		return misnamed, "it says " + strings.Join(near, "; ")
	}
	text := "it says nothing of it"
	if len(elsewhere) > 0 {
		text = "it says only " + strings.Join(elsewhere, "; ")
	}
	for _, miss := range o.Missed {
		text += fmt.Sprintf(" (missed on %s %s: %s)", miss.Surface, miss.Path, miss.Why)
	}
	if o.Error != "" {
		text += " (" + o.Error + ")"
	}
	return missed, text
}

// where says what a sighting says. The view is left out of its path.
func where(view string, s record.Sighting) string {
	return fmt.Sprintf("%s at %q in %v", s.Surface, strings.ReplaceAll(s.Path, view, "…"), s.Wrapping)
}

// print prints the matrix: a row for each place, a column for each wrapping.
func (m *matrix) print(to io.Writer) {
	var columns []string
	for _, c := range m.cells {
		if !slices.Contains(columns, c.Wrapping.Name) {
			columns = append(columns, c.Wrapping.Name)
		}
	}
	deepest, widest := 0, 0
	for _, name := range columns {
		deepest = max(deepest, len(name))
	}
	for _, c := range m.cells {
		widest = max(widest, len(c.Place.String()))
	}
	for depth := range deepest {
		fmt.Fprint(to, strings.Repeat(" ", widest))
		for _, name := range columns {
			letter := " "
			if at := depth - (deepest - len(name)); at >= 0 {
				letter = name[at : at+1]
			}
			fmt.Fprint(to, " ", letter)
		}
		fmt.Fprintln(to)
	}
	for at := 0; at < len(m.cells); {
		place := m.cells[at].Place
		fmt.Fprintf(to, "%-*s", widest, place)
		for ; at < len(m.cells) && m.cells[at].Place == place; at++ {
			fmt.Fprint(to, " ", m.marks[m.cells[at].View()])
		}
		fmt.Fprintln(to)
	}
}

// printSlow lists the places whose visits took long.
func (m *matrix) printSlow(to io.Writer) {
	const long = time.Second
	for _, place := range slices.Sorted(maps.Keys(m.took)) {
		if m.took[place] >= long {
			fmt.Fprintf(to, "slow: %s, up to %v\n", place, m.took[place].Round(10*time.Millisecond))
		}
	}
}

// count counts the cells that something became of.
func (m *matrix) count(what mark) (n int) {
	for _, c := range m.cells {
		if m.marks[c.View()] == what {
			n++
		}
	}
	return n
}

func (m *matrix) totals() string {
	return fmt.Sprintf("%d cells found (%v), %d missed (%v), %d misnamed (%v); %d cannot occur (%v)",
		m.count(found), found, m.count(missed), missed, m.count(misnamed), misnamed, m.count(cannot), cannot)
}

// err says that not everything is as it should be.
func (m *matrix) err(what string) error {
	var wrong error
	if n := m.count(missed) + m.count(misnamed); n > 0 {
		wrong = fmt.Errorf("%s: %d cells were missed or misnamed", what, n)
	}
	if n := len(m.invented); n > 0 {
		wrong = errors.Join(wrong, fmt.Errorf("%s: %d sightings of what was not shown", what, n))
	}
	return wrong
}

// printTrouble lists the cells that were missed or misnamed. What became of many
// cells of one place in the same way is one line.
func (m *matrix) printTrouble(to io.Writer, what string) {
	type trouble struct {
		place string
		mark  mark
		said  string
	}
	var order []trouble
	wrappings := map[trouble][]string{}
	for _, c := range m.cells {
		got := m.marks[c.View()]
		if got != missed && got != misnamed {
			continue
		}
		t := trouble{c.Place.String(), got, fmt.Sprintf("want %q in %v: %s", strings.ReplaceAll(c.Path(), c.View(), "…"), c.Says(), m.said[c.View()])}
		if wrappings[t] == nil {
			order = append(order, t)
		}
		wrappings[t] = append(wrappings[t], c.Wrapping.Name)
	}
	if len(order)+len(m.invented) == 0 {
		return
	}
	fmt.Fprintf(to, "\n%s, what is wrong:\n", what)
	for _, t := range order {
		fmt.Fprintf(to, "%v %s %s: %.400s\n", t.mark, t.place, strings.Join(wrappings[t], ","), t.said)
	}
	for _, text := range m.invented {
		fmt.Fprintf(to, "! %s\n", text)
	}
}

// printReasons lists why cells cannot occur.
func (m *matrix) printReasons(to io.Writer) {
	var order []string
	type reason struct{ places, wrappings []string }
	reasons := map[string]*reason{}
	for _, c := range m.cells {
		why := c.Why()
		if why == "" {
			continue
		}
		r := reasons[why]
		if r == nil {
			r = &reason{}
			reasons[why] = r
			order = append(order, why)
		}
		if !slices.Contains(r.places, c.Place.String()) {
			r.places = append(r.places, c.Place.String())
		}
		if !slices.Contains(r.wrappings, c.Wrapping.Name) {
			r.wrappings = append(r.wrappings, c.Wrapping.Name)
		}
	}
	if len(order) == 0 {
		return
	}
	fmt.Fprintf(to, "\nwhat cannot occur, and why (%v):\n", cannot)
	for _, why := range order {
		r := reasons[why]
		fmt.Fprintf(to, "- %s\n    %s\n    in %s\n", why, strings.Join(r.places, " "), strings.Join(r.wrappings, " "))
	}
}
