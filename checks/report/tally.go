package report

import (
	"notmine/checks/phrase"
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

// tried counts the visits that could show a leak in words.
func (t *tally) tried() phrase.Text { return phrase.New("%d visits", t.trials) }

// looked says how well a view was looked at in a phase; it is empty when that was
// well.
func (c cell) looked() phrase.Text {
	switch {
	case c.visits == 0:
		return phrase.New("never looked at")
	case c.reached == 0 && c.trouble != "":
		return phrase.New("never reached: %s", c.trouble)
	case c.reached == 0:
		return phrase.New("never reached")
	case c.trials == 0:
		return phrase.New("reached, but the accounts did not see their own there, so a leak could not be told")
	case c.reached < c.visits:
		return phrase.New("not reached %s: %s", phrase.New("%d times", c.visits-c.reached), c.trouble)
	case c.trials < c.reached:
		return phrase.New("reached, but with nothing of their own to be seen %s", phrase.New("%d times", c.reached-c.trials))
	}
	return phrase.Text{}
}
