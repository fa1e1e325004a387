package report

import (
	"fmt"
	"strconv"
	"strings"

	"notmine/checks/gate"
	"notmine/checks/plan"
	"notmine/checks/record"
)

// scheduleRow is one phase of the plan: what was to be done in it, and what was.
type scheduleRow struct {
	N, Name, Does, With                             string
	Began, Took, Rounds, Visits, Exposures, Leaking string
	Leaks                                           bool
}

// orderWords say what an order is, for those who did not write the plan.
var orderWords = map[plan.Order]string{
	plan.Solo:       "each account alone",
	plan.Sequential: "one after the other, each after each",
	plan.Together:   "everybody at once, from one barrier",
	plan.Storm:      "everybody logs in at once",
	plan.Random:     "everybody at their own pace",
	plan.Devices:    "each account on two devices",
	plan.Fresh:      "new browser profiles among warm ones",
	plan.Handover:   "one logs out and the next logs in, in the same browser",
	plan.Idle:       "everybody watches while one acts",
}

// phase is a phase of the plan and what came of it.
type phase struct {
	plan.Phase
	n      int // its place in the plan, from 1
	counts gate.Phase
	begun  *record.Phase // its first entry in the record; nil when there is none
}

// phases are the plan's, those that began first and in the order in which they did.
func (s *story) phases() []phase {
	first := map[int]*record.Phase{}
	var order []int
	for i := range s.run.Phases {
		begun := &s.run.Phases[i]
		if first[begun.Index] == nil {
			first[begun.Index] = begun
			order = append(order, begun.Index)
		}
	}
	for i := range s.run.Header.Plan.Phases {
		if first[i] == nil {
			order = append(order, i)
		}
	}
	var all []phase
	for _, i := range order {
		ph := phase{Phase: s.run.Header.Plan.Phases[i], n: i + 1, begun: first[i]}
		if i < len(s.result.Phases) {
			ph.counts = s.result.Phases[i]
		}
		all = append(all, ph)
	}
	return all
}

// again is the command that runs the same schedule.
func (s *story) again() string {
	return fmt.Sprintf("notmine run %s --seed %d", argument(s.result.Run.Plan), s.result.Run.Seed)
}

// argument is a text as one word of a shell: commands are copied from reports,
// and a record may be forged.
func argument(text string) string {
	if strings.HasPrefix(text, "-") {
		text = "./" + text
	}
	plain := func(r rune) bool {
		return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("-_./:@%+=,", r)
	}
	if text != "" && strings.IndexFunc(text, func(r rune) bool { return !plain(r) }) < 0 {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}

func (p *page) addSchedule(s *story) {
	p.Seed, p.Again = strconv.FormatInt(s.result.Run.Seed, 10), visible(s.again(), 300)
	all := s.phases()
	p.ScheduleLeft = max(0, len(all)-p.most.rows)
	for _, ph := range all[:min(len(all), p.most.rows)] {
		row := scheduleRow{
			N: count(ph.n), Name: visible(ph.Name, 100), Does: visible(ph.does(), 160), With: visible(ph.with(), 300),
			Began: "never", Took: "–", Rounds: "–",
			Visits: count(ph.counts.Visits), Exposures: count(ph.counts.Exposures), Leaking: count(ph.counts.LeakingVisits),
			Leaks: ph.counts.LeakingVisits > 0,
		}
		if ph.begun != nil {
			row.Began, row.Took = seconds(ph.begun.At.Sub(s.result.Run.Started).Seconds()), seconds(ph.counts.Seconds)
		}
		switch planned := max(ph.Rounds, ph.counts.Rounds); {
		case ph.Change != "": // it has no rounds
		case planned > ph.counts.Rounds:
			row.Rounds = fmt.Sprintf("%s of %s", count(ph.counts.Rounds), count(planned))
		case planned > 0:
			row.Rounds = count(planned)
		}
		p.Schedule = append(p.Schedule, row)
	}
}

// does says what is done in a phase.
func (ph phase) does() string {
	switch {
	case ph.Change != "" && ph.Order == plan.Together:
		return fmt.Sprintf("change %s, by everybody at once", ph.Change)
	case ph.Change != "":
		return fmt.Sprintf("change %s, by one after the other", ph.Change)
	case ph.Order == "":
		return fmt.Sprintf("event %s", ph.Event)
	case ph.Event != "":
		return fmt.Sprintf("%s: %s; event %s before round %d", ph.Order, orderWords[ph.Order], ph.Event, ph.At)
	}
	return fmt.Sprintf("%s: %s", ph.Order, orderWords[ph.Order])
}

// with says what a phase has besides its order.
func (ph phase) with() string {
	var all []string
	add := func(is bool, form string, args ...any) {
		if is {
			all = append(all, fmt.Sprintf(form, args...))
		}
	}
	add(len(ph.Views) > 0, "of the views %s", few(ph.Views, mostOf))
	add(ph.Accounts > 0, "of the first %s", counted(ph.Accounts, "account", "accounts"))
	add(len(ph.Hold) > 0, "held at %s", few(ph.Hold, mostOf))
	add(ph.Abort > 0, "%s %% of the visits cut off", percent(ph.Abort))
	add(ph.HTTP > 0, "%s besides", counted(ph.HTTP, "session without a browser", "sessions without a browser"))
	add(ph.Rate > 0, "at most %s a second", counted(ph.Rate, "visit", "visits"))
	add(ph.Think > 0, "up to %s before a visit", seconds(ph.Think.Seconds()))
	add(ph.Within > 0, "no new round after %s", seconds(ph.Within.Seconds()))
	return strings.Join(all, "; ")
}

// short says why a phase was not made as it was planned; "" when it was.
func (s *story) short(ph phase) string {
	last := len(s.run.Phases) > 0 && s.run.Phases[len(s.run.Phases)-1].Index == ph.n-1
	over := s.run.End == nil || s.run.End.Why != record.Done
	switch {
	case ph.counts.Away != "" && ph.counts.Rounds > 0:
		return fmt.Sprintf("given up after %s: %s", rounds(ph), ph.counts.Away)
	case ph.counts.Away != "":
		return ph.counts.Away
	case ph.begun == nil:
		return "the run was over before it"
	case ph.counts.Rounds >= ph.Rounds, ph.Change != "":
		return ""
	case last && over:
		return fmt.Sprintf("the run ended after %s", rounds(ph))
	case ph.Within > 0:
		return fmt.Sprintf("its time, %s, was over after %s", seconds(ph.Within.Seconds()), rounds(ph))
	}
	return fmt.Sprintf("it ended after %s", rounds(ph))
}

// rounds says how many of its rounds a phase had.
func rounds(ph phase) string {
	return fmt.Sprintf("%s of %s", count(ph.counts.Rounds), counted(ph.Rounds, "round", "rounds"))
}
