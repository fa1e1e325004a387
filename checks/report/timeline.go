package report

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"notmine/checks/phrase"
)

// The time line's measures. Its plot is as wide as the run is long, in
// milliseconds, and is stretched to the page; heights are pixels.
const (
	mostLanes  = 200
	wideLane   = 18 // pixels, of up to fewLanes accounts
	narrowLane = 12
	fewLanes   = 24
	thinnest   = 1000 // parts of the run that are told apart before anybody zooms
	mostWords  = 24   // of names in the plot
	mostOwners = 4    // that are told of one visit
)

// timeline is the run drawn as one lane an account: a bar for each visit, so that
// what overlapped can be seen, and a dot where others' data was shown.
type timeline struct {
	Whole  int // milliseconds
	Height int // pixels
	Lane   int // pixels
	Lanes  []lane
	Bands  []band
	Marks  []mark
	Data   lineData
	Said   bilingual // how long it is, and how much

	More, VisitsLeft int // accounts without a lane, and visits that are not drawn
}

// lane is one account. Visits and Leaks are paths of SVG, made of numbers only.
type lane struct {
	Name          string
	Y             int // its middle
	Visits, Leaks string
	Leaking       bool
	Told          bilingual // for those who hear it
}

// band is the time of one phase, in milliseconds.
type band struct {
	Name string
	X, W int
	Odd  bool
}

// To is where the band ends.
func (b band) To() int { return b.X + b.W }

// Left is where it begins, in percent of the run.
func (b band) Left(whole int) string {
	return strconv.FormatFloat(100*float64(b.X)/float64(whole), 'f', 2, 64)
}

// Room reports whether its name has room in the whole run, drawn on a page.
func (b band) Room(whole int) bool {
	const page, letter = 800, 7 // pixels
	return page*b.W/whole > letter*len([]rune(b.Name))
}

// mark is the time of an event or a change, in milliseconds.
type mark struct {
	Told bilingual
	X, W int
}

// lineData is what the time line tells of a visit that is pointed at. Visits are
// rows of lane, start and length in milliseconds, view, phase, round, number,
// card and words: places in the lists, but for the times, the round, the number,
// and the card, which is 0 when there is none.
type lineData struct {
	Started string      `json:"started"`
	Lanes   []string    `json:"lanes"`
	Views   []string    `json:"views"`
	Phases  []string    `json:"phases"`
	Words   []bilingual `json:"words"` // whose data it was; the first are none
	Visits  [][9]int    `json:"visits"`
}

// newTimeline draws the run; nil when there is nothing to draw. Accounts that
// were shown others' data come first. Cards are by the number of an observation.
func newTimeline(s *story, cards map[int]int, most amounts) *timeline {
	if len(s.run.Observations) == 0 {
		return nil
	}
	from, to := s.run.Observations[0].Start, s.run.Observations[0].End
	for _, o := range s.run.Observations {
		if o.Start.Before(from) {
			from = o.Start
		}
		for _, end := range []time.Time{o.Start, o.End} {
			if end.After(to) {
				to = end
			}
		}
	}
	whole := int(max(to.Sub(from).Milliseconds(), 1))
	at := func(t time.Time) int { return min(max(int(t.Sub(from).Milliseconds()), 0), whole) }

	names := s.viewers()
	for _, a := range s.run.Header.Plan.Accounts {
		if !slices.Contains(names, a.Name) {
			names = append(names, a.Name)
		}
	}
	t := &timeline{
		Whole: whole, Lane: wideLane, More: max(0, len(names)-mostLanes), Data: lineData{Started: clock(from), Words: []bilingual{{}}},
		Said: inBoth(phrase.New("%s from left to right, %s.", seconds(float64(whole)/1000), phrase.New("%d visits", len(s.run.Observations))), 200),
	}
	names = names[:min(len(names), mostLanes)]
	if len(names) > fewLanes {
		t.Lane = narrowLane
	}
	t.Height = len(names) * t.Lane
	t.addVisits(s, names, cards, most.visits, at)
	t.addBands(s, to, most.rows, at)
	for _, h := range s.result.Happened[:min(len(s.result.Happened), most.rows)] {
		m := mark{X: at(h.At), Told: inBoth(phrase.New("%s, %s into the run", nameOf(h), s.into(h)), 100)}
		m.W = max(at(h.At.Add(time.Duration(h.Seconds*float64(time.Second))))-m.X, whole/thinnest*4, 1)
		t.Marks = append(t.Marks, m)
	}
	return t
}

// addVisits draws the lanes. Of more than most visits those are left out in which
// nothing was shown.
func (t *timeline) addVisits(s *story, names []string, cards map[int]int, most int, at func(time.Time) int) {
	lanes, views, phases, words := indexOf(names), map[string]int{}, map[string]int{}, map[bilingual]int{{}: 0}
	index := func(known map[string]int, list *[]string, text string, limit int) int {
		i, ok := known[text]
		if !ok {
			i = len(*list)
			known[text] = i
			*list = append(*list, visible(text, limit))
		}
		return i
	}
	visits, leaks := make([]strings.Builder, len(names)), make([]strings.Builder, len(names))
	n, leaking, drawn := make([]int, len(names)), make([]int, len(names)), 0
	for _, o := range s.run.Observations {
		i, ok := lanes[o.Account]
		if !ok {
			continue
		}
		n[i]++
		owners := s.shown[o.N]
		if len(owners) == 0 && drawn >= most {
			t.VisitsLeft++
			continue
		}
		drawn++
		x, y := at(o.Start), i*t.Lane+t.Lane/2
		w := max(at(o.End)-x, 1)
		fmt.Fprintf(&visits[i], "M%d %dh%d", x, y, max(w, t.Whole/thinnest))
		var shown bilingual
		if len(owners) > 0 {
			leaking[i]++
			fmt.Fprintf(&leaks[i], "M%d %dh0", x+w/2, y)
			shown = inBoth(few(whose(owners), mostOwners), 120)
		}
		word, known := words[shown]
		if !known {
			word = len(t.Data.Words)
			words[shown], t.Data.Words = word, append(t.Data.Words, shown)
		}
		t.Data.Visits = append(t.Data.Visits, [9]int{
			i, x, w, index(views, &t.Data.Views, o.View, mostWords), index(phases, &t.Data.Phases, o.Phase, mostWords), o.Round, o.N,
			cards[o.N], word,
		})
	}
	for i, name := range names {
		l := lane{
			Name: fit(visible(name, 40), 18), Y: i*t.Lane + t.Lane/2, Visits: visits[i].String(), Leaks: leaks[i].String(), Leaking: leaking[i] > 0,
			Told: inBoth(phrase.New("%s: %s, %d leaking", visible(name, 40), phrase.New("%d visits", n[i]), leaking[i]), 100),
		}
		t.Data.Lanes = append(t.Data.Lanes, visible(name, 40))
		t.Lanes = append(t.Lanes, l)
	}
}

func (t *timeline) addBands(s *story, to time.Time, most int, at func(time.Time) int) {
	for i, ph := range s.run.Phases[:min(len(s.run.Phases), most)] {
		end := to
		if i+1 < len(s.run.Phases) {
			end = s.run.Phases[i+1].At
		}
		b := band{X: at(ph.At), Odd: i%2 == 1, Name: visible(s.run.Header.Plan.Phases[ph.Index].Name, mostWords)}
		b.W = max(at(end)-b.X, 1)
		t.Bands = append(t.Bands, b)
	}
}

// indexOf returns the places of names in their list.
func indexOf(names []string) map[string]int {
	places := make(map[string]int, len(names))
	for i, name := range names {
		places[name] = i
	}
	return places
}
