package gate

import (
	"slices"
	"time"

	"notmine/checks/isolation"
	"notmine/checks/phrase"
	"notmine/checks/plan"
	"notmine/checks/record"
)

// FailsOn reports whether a finding of that level fails a run by its plan's
// pass, unless it is accepted or known.
func FailsOn(level isolation.Level, pass plan.Pass) bool {
	return level == isolation.Leak || slices.Contains(pass.FailOn, string(level))
}

// Fails reports whether a finding of a result fails the run.
func Fails(f *isolation.Finding, pass plan.Pass) bool {
	return FailsOn(f.Level, pass) && !spared(f)
}

// Spares reports whether a finding of a result would fail the run, and does not
// because it is accepted or known.
func Spares(f *isolation.Finding, pass plan.Pass) bool {
	return FailsOn(f.Level, pass) && spared(f)
}

func spared(f *isolation.Finding) bool { return f.Accepted != nil || f.Known != nil }

// spare marks the findings that are accepted, were, or are known, counts what
// became of the leaks, and notes which entries matched nothing.
func (r *Result) spare(run *record.Run, accepted []plan.Accepted, baseline *record.Baseline) {
	m := newMarks(accepted, baseline, run.Header.Started)
	found := map[string]bool{}
	for i := range r.Findings {
		m.put(&r.Findings[i])
		found[r.Findings[i].Fingerprint] = true
	}
	for _, a := range accepted {
		if !found[a.Fingerprint] {
			r.Unseen = append(r.Unseen, a)
		}
	}
	r.Leaks = leaks(r.Findings, run.Header.Plan.Pass)
}

// Mark says in a finding of the run that header begins whether it is accepted,
// was, or is known, for who looks on while the run goes on.
func Mark(f *isolation.Finding, header *record.Header) {
	newMarks(header.Plan.Accepted, header.Baseline, header.Started).put(f)
}

// marks are what findings are marked by. The day that counts is that of the
// run, so that a record is judged alike for ever.
type marks struct {
	accepted map[string]plan.Accepted // by fingerprint
	baseline *record.Baseline         // nil for none
	started  time.Time
}

func newMarks(accepted []plan.Accepted, baseline *record.Baseline, started time.Time) *marks {
	m := &marks{map[string]plan.Accepted{}, baseline, started}
	for _, a := range accepted {
		m.accepted[a.Fingerprint] = a
	}
	return m
}

// put marks a finding, in place of any marks that it has. An entry that expired
// outranks the baseline: somebody had said until when.
func (m *marks) put(f *isolation.Finding) {
	f.Accepted, f.Expired, f.Known = nil, nil, nil
	if a, ok := m.accepted[f.Fingerprint]; ok {
		entry := &isolation.Accepted{Reason: a.Reason, Owner: a.Owner, Expires: a.Expires}
		if a.Expires.Over(m.started) {
			f.Expired = entry
			return
		}
		f.Accepted = entry
	}
	if m.knew(f) {
		f.Known = &isolation.Known{Run: m.baseline.Run}
	}
}

// knew reports whether the baseline had a finding, and not as something lesser.
func (m *marks) knew(f *isolation.Finding) bool {
	if m.baseline == nil {
		return false
	}
	level, ok := m.baseline.Findings[f.Fingerprint]
	return ok && isolation.Severity(isolation.Level(level)) <= isolation.Severity(f.Level)
}

// leaks counts fingerprints. One of which any finding fails the run is counted
// as that.
func leaks(findings []isolation.Finding, pass plan.Pass) Leaks {
	type lot struct{ fails, expired, accepted bool }
	lots := map[string]lot{}
	for i := range findings {
		f := &findings[i]
		if !FailsOn(f.Level, pass) {
			continue
		}
		of := lots[f.Fingerprint]
		of.fails = of.fails || Fails(f, pass)
		of.expired = of.expired || f.Expired != nil
		of.accepted = of.accepted || f.Accepted != nil
		lots[f.Fingerprint] = of
	}
	var l Leaks
	for _, of := range lots {
		switch {
		case of.expired:
			l.Expired++
		case of.fails:
			l.New++
		case of.accepted:
			l.Accepted++
		default:
			l.Known++
		}
	}
	return l
}

// expired says of each fingerprint that fails the run until when it was
// accepted, and by whom.
func expired(findings []isolation.Finding, pass plan.Pass) []phrase.Text {
	var reasons []phrase.Text
	told := map[string]bool{}
	for i := range findings {
		f := &findings[i]
		if f.Expired == nil || !Fails(f, pass) || told[f.Fingerprint] {
			continue
		}
		told[f.Fingerprint] = true
		reasons = append(reasons, phrase.New("%s %s was accepted until %s by %s",
			phrase.Name(string(f.Level)), f.Fingerprint, f.Expired.Expires.String(), clipped(f.Expired.Owner)))
	}
	return reasons
}

// unspoken counts the visits that were given somebody else's marker of which no
// finding speaks: the check for it was not among those that were run.
func (t *tally) unspoken(findings []isolation.Finding) int {
	type thing struct{ viewer, view, owner, item string }
	told := map[thing]bool{}
	for _, f := range findings {
		if f.Level == isolation.Leak {
			told[thing{f.Viewer, f.View, f.Owner, f.Item}] = true
		}
	}
	visits := 0
	for o, leaks := range t.leaks {
		if slices.ContainsFunc(leaks, func(s record.Sighting) bool { return !told[thing{o.Account, o.View, s.Owner, s.Item}] }) {
			visits++
		}
	}
	return visits
}
