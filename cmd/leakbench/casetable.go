package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"notmine/checks/repro"
)

// caseSummary is the sum over what followed the runs.
type caseSummary struct {
	Cases      int `json:"cases"` // mechanisms of which one was wanted
	Reproduced int `json:"reproduced"`
	AsNeeded   int `json:"as_needed"`
	Still      int `json:"still"` // cases that say so with the fault
	Fixed      int `json:"fixed"` // and without

	Hunts      int `json:"hunts"` // of mechanisms
	Hunted     int `json:"hunted"`
	TwinHunts  int `json:"twin_hunts"`
	TwinHunted int `json:"twin_hunted"` // that found something, which is nobody's

	// Medians, in seconds: of repeating and shrinking what was reproduced, of the
	// hunts that found something, and of the same mechanisms' default runs.
	Repeating float64 `json:"repeating"`
	Hunting   float64 `json:"hunting"`
	Running   float64 `json:"running"`
}

func (c *corpus) sumCases() *caseSummary {
	var s caseSummary
	var repeating, hunting, running []float64
	for _, m := range c.Mechanisms {
		if f := m.Case; f != nil {
			s.Cases++
			s.Reproduced += count(f.reproduced())
			s.AsNeeded += count(f.asNeeded())
			s.Still += count(f.Still == repro.StillLeaks)
			s.Fixed += count(f.Fixed == repro.Fixed)
			if f.reproduced() {
				repeating = append(repeating, f.Seconds)
			}
		}
		if h := m.Hunt; h != nil && h.Unwanted == "" {
			s.Hunts++
			if s.Hunted += count(h.Found); h.Found {
				hunting, running = append(hunting, h.Seconds), append(running, m.Seconds)
			}
		}
	}
	for _, m := range c.Twins {
		if m.Hunt != nil {
			s.TwinHunts++
			s.TwinHunted += count(m.Hunt.Found)
		}
	}
	s.Repeating, s.Hunting, s.Running = median(repeating), median(hunting), median(running)
	if s == (caseSummary{}) {
		return nil
	}
	return &s
}

// cases is the sum as two of a list; "" without any.
func (s summary) cases() string {
	c := s.Cases
	if c == nil {
		return ""
	}
	return fmt.Sprintf(`- cases: %d of %d reproduced, %d shrunk to what is needed, %d still leak, %d say fixed without the bug; repeated and shrunk in a median of %.0f s
- hunts: %d of %d found it, in a median of %.0f s where the default phases take %.0f s; on healthy services %d of %d found something
`,
		c.Reproduced, c.Cases, c.AsNeeded, c.Still, c.Fixed, c.Repeating,
		c.Hunted, c.Hunts, c.Hunting, c.Running, c.TwinHunted, c.TwinHunts)
}

// caseTable has a row for each mechanism that was followed.
func (c *corpus) caseTable() string {
	rows := [][]string{{"mechanism", "service", "came again in", "its case needs (and came in)", "no more than the bug needs", "case still leaks", "fixed without the bug", "repeating and shrinking took", "hunt found it after (by)", "default phases took"}}
	for _, m := range inOrder(c.Mechanisms) {
		if m.Case == nil && m.Hunt == nil {
			continue
		}
		rows = append(rows, slices.Concat([]string{m.Fault, m.Service}, m.Case.cells(), []string{m.Hunt.cell(), seconds(m.Seconds)}))
	}
	if len(rows) == 1 {
		return ""
	}
	return markdown(rows)
}

// followed says in a line what became of what followed a run.
func (m *mechanism) followed(name string) string {
	said := "hunt: " + m.Hunt.cell()
	if c := m.Case; c != nil && c.reproduced() {
		said = fmt.Sprintf("reproduced in %s tries, then %s (%s); its case %s, and on the twin %s; %s",
			rate(c.Hits, c.Tries), c.Left, rate(c.LastHits, c.LastTries), cmp.Or(c.Still, "was not run"), cmp.Or(c.Fixed, "was not run"), said)
	} else if c != nil {
		said = strings.Join(c.Errors, "; ") + "; " + said
	}
	return name + ": " + said
}

func seconds(n float64) string { return fmt.Sprintf("%.0f s", n) }

// cells are those of a case's row; c may be nil, of one that was not wanted.
func (c *caseFigures) cells() []string {
	if c == nil {
		return make([]string, 6)
	}
	if !c.reproduced() || c.Left.Accounts == 0 {
		return []string{"no: " + strings.Join(c.Errors, "; "), "", "", "", "", seconds(c.Seconds)}
	}
	return []string{
		rate(c.Hits, c.Tries), fmt.Sprintf("%s (%s)", c.Left, rate(c.LastHits, c.LastTries)),
		yesOr(c.asNeeded(), strings.Join(c.Needs, ", ")), standing(c.Still, repro.StillLeaks), standing(c.Fixed, repro.Fixed), seconds(c.Seconds),
	}
}

func rate(hits, tries int) string { return fmt.Sprintf("%d of %d", hits, tries) }

// standing says whether a case says what it should.
func standing(got, want repro.Standing) string {
	if got == "" {
		return "not run"
	}
	return yesOr(got == want, string(got))
}

// cell is that of a hunt's row; h may be nil, of one that was not wanted.
func (h *huntFigures) cell() string {
	switch {
	case h == nil:
		return ""
	case h.Unwanted != "":
		return "not hunted: " + h.Unwanted
	case h.Found:
		return fmt.Sprintf("%s (%s)", seconds(h.Seconds), h.Way)
	case h.Ways == 0:
		return "could not: " + strings.Join(h.Errors, "; ")
	}
	return fmt.Sprintf("not in %s: %s", seconds(h.Seconds), h.excluded())
}

// excluded says what a hunt without a finding excludes.
func (h *huntFigures) excluded() string {
	said := fmt.Sprintf("of %d ways", h.Ways-len(h.Unknown))
	if h.Bound > 0 {
		said += fmt.Sprintf(" rates above %.1f %% per round", 100*h.Bound)
	}
	if len(h.Unknown) > 0 {
		said += "; nothing is known of " + strings.Join(h.Unknown, ", ")
	}
	return said
}

// twinHuntTable has a row for each healthy service that was hunted on.
func (c *corpus) twinHuntTable() string {
	rows := [][]string{{"hunt on a healthy service", "found", "excludes", "took"}}
	for _, m := range inOrder(c.Twins) {
		h := m.Hunt
		switch {
		case h == nil:
		case h.Found || h.Ways == 0:
			rows = append(rows, []string{m.Service, strings.Join(h.Errors, "; "), "", seconds(h.Seconds)})
		default:
			rows = append(rows, []string{m.Service, "nothing", h.excluded(), seconds(h.Seconds)})
		}
	}
	if len(rows) == 1 {
		return ""
	}
	return markdown(rows)
}
