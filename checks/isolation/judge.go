package isolation

import (
	"fmt"

	"notmine/checks/marker"
	"notmine/checks/plan"
	"notmine/checks/record"
)

// Judge judges a run while it goes on, so that a leak is known while its page
// is still open. It is for one goroutine.
type Judge struct {
	checks []*Check
	pass   *Pass
	found  *findings
}

// NewJudge returns a judge of the run that header begins.
func NewJudge(header record.Header, checks ...*Check) *Judge {
	return &Judge{checks: checks, pass: newPass(&header), found: newFindings()}
}

// Marker takes in an entry of the ledger, which has to come before the first
// observation in which it is sighted.
func (j *Judge) Marker(e marker.Entry) error {
	if err := j.pass.Ledger.Load(e); err != nil {
		return fmt.Errorf("reading the ledger: %w", err)
	}
	return nil
}

// Phase takes in a phase that was made up while the run goes on, before the
// first observation of it.
func (j *Judge) Phase(ph plan.Phase) { j.pass.orders[ph.Name] = ph.Order }

// Observe looks at one observation, whose number has to be set, and returns
// what it shows for the first time: a breach that was not known, or one that
// now can be seen better than before.
func (j *Judge) Observe(o *record.Observation) ([]Finding, error) {
	if err := j.pass.admit(o); err != nil {
		return nil, err
	}
	var fresh []Finding
	for _, c := range j.checks {
		if c.Look == nil {
			continue
		}
		pass := j.pass.of(c, func(f Finding) {
			if j.found.add(f) {
				f.Fingerprint = f.fingerprint()
				fresh = append(fresh, f)
			}
		})
		if err := c.Look(pass, o); err != nil {
			return nil, fmt.Errorf("checking %s in observation %d: %w", c.Name, o.N, err)
		}
	}
	return fresh, nil
}

// Finish judges the whole run, which is over. What Observe found is found
// again, so that a run and its record give the same findings.
func (j *Judge) Finish(run *record.Run) ([]Finding, error) { return Apply(run, j.checks) }

// Apply judges a whole record. The same record and checks give the same
// findings in the same order: the worst level first, within a level the
// earliest.
func Apply(run *record.Run, checks []*Check) ([]Finding, error) {
	if err := Validate(checks); err != nil {
		return nil, err
	}
	base, err := NewPass(run)
	if err != nil {
		return nil, err
	}
	found := newFindings()
	for _, c := range checks {
		pass := base.of(c, func(f Finding) { found.add(f) })
		if c.Look != nil {
			for _, o := range run.Observations {
				if err := c.Look(pass, o); err != nil {
					return nil, fmt.Errorf("checking %s in observation %d: %w", c.Name, o.N, err)
				}
			}
		}
		if c.Judge != nil {
			if err := c.Judge(pass); err != nil {
				return nil, fmt.Errorf("checking %s: %w", c.Name, err)
			}
		}
	}
	return found.sorted(base), nil
}

// of returns the pass as check c sees it.
func (p *Pass) of(c *Check, report func(Finding)) *Pass {
	pass := *p
	pass.check = c.Name
	pass.report = report
	return &pass
}
