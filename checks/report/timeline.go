package report

import (
	"fmt"
	"strings"
	"time"
)

// The time line's measures, in the units of its own picture.
const (
	lineWidth    = 960
	lineLeft     = 130 // of the names
	laneHeight   = 16
	mostLanes    = 40
	mostBins     = 240 // moments that are told apart
	lineTop      = 22  // of the phases' names
	minLineSpace = 60  // for a phase's name to be shown
)

// timeline is the run drawn as one lane an account: a tick where it visited, a
// larger mark where it was shown others' data.
type timeline struct {
	Width, Height int
	Lanes         []lane
	Bands         []band
	Marks         []mark
	More          int // accounts without a lane
	Seconds       string
}

// lane is one account. Visits and Leaks are paths of SVG, made of numbers only.
type lane struct {
	Name          string
	Y             int
	Visits, Leaks string
	Told          string // for those who hear it
}

// band is the time of one phase.
type band struct {
	Name   string // "" when there is no room for it
	X, W   int
	Odd    bool
	Height int
}

// mark is the time of an event or a change.
type mark struct {
	Told   string
	X, W   int
	Height int
}

// newTimeline draws the run; nil when there is nothing to draw. Accounts that
// were shown others' data come first.
func newTimeline(s *story) *timeline {
	if len(s.run.Observations) == 0 {
		return nil
	}
	from, to := s.run.Observations[0].Start, s.run.Observations[0].Start
	for _, o := range s.run.Observations {
		if o.Start.Before(from) {
			from = o.Start
		}
		if o.Start.After(to) {
			to = o.Start
		}
	}
	whole := max(to.Sub(from), time.Millisecond)
	const space = lineWidth - lineLeft - 10
	bin := func(t time.Time) int {
		b := int(float64(t.Sub(from)) / float64(whole) * (mostBins - 1))
		return min(max(b, 0), mostBins-1)
	}
	x := func(bin int) int { return lineLeft + bin*space/(mostBins-1) }

	names := s.viewers()
	known := map[string]bool{}
	for _, n := range names {
		known[n] = true
	}
	for _, a := range s.run.Header.Plan.Accounts {
		if !known[a.Name] {
			known[a.Name] = true
			names = append(names, a.Name)
		}
	}
	type marks struct {
		visits, leaks [mostBins]bool
		n, leaking    int
	}
	of := map[string]*marks{}
	for _, n := range names[:min(len(names), mostLanes)] {
		of[n] = &marks{}
	}
	for _, o := range s.run.Observations {
		m := of[o.Account]
		if m == nil {
			continue
		}
		m.n++
		m.visits[bin(o.Start)] = true
		if len(s.pass.Leaks(o)) > 0 {
			m.leaking++
			m.leaks[bin(o.Start)] = true
		}
	}
	t := &timeline{
		Width: lineWidth, More: max(0, len(names)-mostLanes),
		Seconds: fmt.Sprintf("%.1f s", whole.Seconds()),
	}
	for i, n := range names[:min(len(names), mostLanes)] {
		m := of[n]
		y := lineTop + i*laneHeight + laneHeight/2
		var visits, leaks strings.Builder
		for b := range mostBins {
			switch {
			case m.leaks[b]: // a diamond, so that its shape tells it as well as its colour
				fmt.Fprintf(&leaks, "M%d %dl4 6l-4 6l-4-6z", x(b), y-6)
			case m.visits[b]:
				fmt.Fprintf(&visits, "M%d %dv6", x(b), y-3)
			}
		}
		t.Lanes = append(t.Lanes, lane{
			Name: fit(visible(n, 40), 16), Y: y, Visits: visits.String(), Leaks: leaks.String(),
			Told: fmt.Sprintf("%s: %s, %s leaking", visible(n, 40), counted(m.n, "visit", "visits"), count(m.leaking)),
		})
	}
	t.Height = lineTop + len(t.Lanes)*laneHeight + 18
	for i, ph := range s.run.Phases {
		end := to
		if i+1 < len(s.run.Phases) {
			end = s.run.Phases[i+1].At
		}
		b := band{X: x(bin(ph.At)), Odd: i%2 == 1, Height: len(t.Lanes) * laneHeight}
		b.W = max(x(bin(end))-b.X, 1)
		if b.W >= minLineSpace {
			b.Name = fit(visible(s.run.Header.Plan.Phases[ph.Index].Name, 40), b.W/8)
		}
		t.Bands = append(t.Bands, b)
		if len(t.Bands) == mostBins {
			break
		}
	}
	for _, h := range s.result.Happened[:min(len(s.result.Happened), mostBins)] {
		end := h.At.Add(time.Duration(h.Seconds * float64(time.Second)))
		m := mark{X: x(bin(h.At)), Height: len(t.Lanes) * laneHeight}
		m.W = max(x(bin(end))-m.X, 2)
		m.Told = fmt.Sprintf("%s, %s into the run", nameOf(h), s.into(h))
		t.Marks = append(t.Marks, m)
	}
	return t
}
