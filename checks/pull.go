package checks

import (
	"time"

	"notmine/checks/gate"
	"notmine/checks/isolation"
	"notmine/checks/phrase"
	"notmine/checks/plan"
	"notmine/checks/record"
	"notmine/checks/repro"
)

// notice takes in a breach when it is first seen.
func (h *hunt) notice(f isolation.Finding) {
	h.mu.Lock()
	h.found = h.found || h.symptom.Counts(f)
	h.mu.Unlock()
	if h.Found != nil {
		h.Found(f)
	}
}

// tell takes in an entry of the record. Of observations only those are kept that
// are needed to judge the pull, by numbers of their own: a hunt may take long. How
// requests were let through judges nothing.
func (h *hunt) tell(e record.Entry) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if e.Turn != nil || e.Barrier != nil || e.Searched != nil || e.Evidence != nil {
		return
	}
	if e.Observation != nil {
		o := *e.Observation
		o.N = len(h.seen.Observations) + 1
		e.Observation = &o
	}
	if err := h.seen.Add(e); err != nil && h.err == nil {
		h.err = err
	}
}

// count counts the rounds of the pull that is over and tells the bandit of them.
// away is what [crowd.Config] says of the target.
func (h *hunt) count(away string) {
	done := h.pull
	if done == nil {
		return
	}
	h.pull = nil
	t := repro.Tries{Took: time.Since(done.begun)}
	hits, rounds, reached, err := h.judge(done)
	if err != nil && h.err == nil {
		h.err = err
	}
	t.Hits, t.Rounds = len(hits), len(rounds)
	h.bandit.Tell(done.way, t)
	if h.ways[done.way].Look.Order == plan.Solo && h.alone == 0 {
		h.alone = len(h.seen.Observations)
	}
	h.seen.Observations = h.seen.Observations[:h.alone]
	if h.silent++; reached || away != "" {
		h.silent = 0
	}
	if h.silent >= silentMost {
		h.away = phrase.New("no visit of the last %s reached its view", phrase.New("%d tries", silentMost))
	}
}

// judge judges a pull together with what each account is shown alone, and returns
// the rounds with something suspicious and those in which a leak would have
// shown, and whether any visit reached its view.
func (h *hunt) judge(done *pull) (hits, rounds map[int]bool, reached bool, err error) {
	hits, rounds = map[int]bool{}, map[int]bool{}
	pass, err := isolation.NewPass(&h.seen)
	if err != nil {
		return nil, nil, false, err
	}
	findings, err := isolation.Apply(&h.seen, h.checks)
	if err != nil {
		return nil, nil, false, err
	}
	for _, o := range h.seen.Observations {
		if o.Phase != done.look {
			continue
		}
		reached = reached || o.Outcome == record.Seen
		if h.symptom.At(o.View) && (pass.Exposed(o) || pass.ExposedPlain(o)) {
			rounds[o.Round] = true
		}
	}
	for _, f := range findings {
		gate.Mark(&f, &h.seen.Header)
		if !h.suspicious(f, done.way) {
			continue
		}
		for _, n := range f.Visits {
			if o := h.seen.Observations[n-1]; o.Phase == done.look {
				hits[o.Round], rounds[o.Round] = true, true
			}
		}
		if h.symptom.Counts(f) && !h.found && !h.denied[f.Fingerprint] {
			if h.found, err = h.borneOut(); err != nil {
				return nil, nil, false, err
			}
			h.denied[f.Fingerprint] = !h.found
		}
	}
	return hits, rounds, reached, nil
}

// suspicious reports whether a finding speaks for the way that showed it. A risk
// is a property of the answers, and is there whatever way looks: it speaks for
// the first that showed it.
func (h *hunt) suspicious(f isolation.Finding, way int) bool {
	if f.Level == isolation.Note || f.Accepted != nil || f.Known != nil || !h.symptom.At(f.View) {
		return false
	}
	if f.Level != isolation.Risk {
		return true
	}
	first, known := h.risks[f.Fingerprint]
	if !known {
		h.risks[f.Fingerprint] = way
	}
	return !known || first == way
}

// borneOut reports whether the whole record has a leak that counts. That is
// asked where a pull by itself has one which could not be told while it went on.
func (h *hunt) borneOut() (bool, error) {
	run, err := record.ReadFile(h.file)
	if err != nil {
		return false, err
	}
	findings, err := isolation.Apply(run, h.checks)
	if err != nil {
		return false, err
	}
	for _, f := range findings {
		if gate.Mark(&f, &run.Header); h.symptom.Counts(f) {
			return true, nil
		}
	}
	return false, nil
}
