package report

import (
	"fmt"

	"notmine/checks/record"
)

// tally counts visits by how they went.
type tally struct {
	visits, reached, exposures, leaking int
	trials                              int // exposures and leaking visits: those that could show a leak
}

// cell is one view in one phase.
type cell struct {
	phase, view string
	tally
	trouble string // why a visit did not reach the view, the first of them
}

func (t *tally) add(o *record.Observation, exposed, leaking bool) {
	t.visits++
	if o.Outcome == record.Seen {
		t.reached++
	}
	if exposed {
		t.exposures++
	}
	if leaking {
		t.leaking++
	}
	if exposed || leaking {
		t.trials++
	}
}

// looked says how well a view was looked at in a phase, when that was not well.
func (c cell) looked() string {
	switch {
	case c.visits == 0:
		return "never looked at"
	case c.reached == 0 && c.trouble != "":
		return "never reached: " + c.trouble
	case c.reached == 0:
		return "never reached"
	case c.trials == 0:
		return "reached, but the accounts did not see their own there, so a leak could not be told"
	case c.reached < c.visits:
		return fmt.Sprintf("not reached %s: %s", counted(c.visits-c.reached, "time", "times"), c.trouble)
	}
	return ""
}
