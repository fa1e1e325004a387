package report

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"notmine/checks/gate"
	"notmine/checks/phrase"
	"notmine/checks/plan"
	"notmine/checks/record"
)

// scheduleRow is one phase of the plan: what was to be done in it, and what was.
type scheduleRow struct {
	N, Name                          string
	Does, With, Began, Rounds        bilingual
	Took, Visits, Exposures, Leaking string
	Leaks                            bool
}

// orderWords say what an order is, for those who did not write the plan.
var orderWords = map[plan.Order]phrase.Text{
	plan.Solo:       phrase.New("each account alone"),
	plan.Sequential: phrase.New("one after the other, each after each"),
	plan.Together:   phrase.New("everybody at once, from one barrier"),
	plan.Storm:      phrase.New("everybody logs in at once"),
	plan.Random:     phrase.New("everybody at their own pace"),
	plan.Devices:    phrase.New("each account on two devices"),
	plan.Fresh:      phrase.New("new browser profiles among warm ones"),
	plan.Handover:   phrase.New("one logs out and the next logs in, in the same browser"),
	plan.Idle:       phrase.New("everybody watches while one acts"),
	plan.Search:     phrase.New("everybody at once, requests let through one at a time in a drawn order"),
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
	what := "run " + argument(s.result.Run.Plan)
	if s.run.MadeUp() {
		what = "hunt " + argument(s.result.Run.Plan)
	}
	switch s.run.Header.Demo { // whose plan is gone
	case record.DemoLeaky:
		what = "demo"
	case record.DemoFixed:
		what = "demo --fixed"
	}
	return fmt.Sprintf("notmine %s --seed %d", what, s.result.Run.Seed)
}

// repeat is the command that repeats the finding of a number, in the run's folder.
func repeat(n int) string { return fmt.Sprintf("notmine repro . %d", n) }

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
			N: count(ph.n), Name: visible(ph.Name, 100), Does: inBoth(ph.does(), 160), With: inBoth(ph.with(), 300), Took: "–",
			Visits: count(ph.counts.Visits), Exposures: count(ph.counts.Exposures), Leaking: count(ph.counts.LeakingVisits),
			Leaks: ph.counts.LeakingVisits > 0,
		}
		began, rounds := phrase.New("never"), phrase.Verbatim("–")
		if ph.begun != nil {
			began = phrase.Verbatim(seconds(ph.begun.At.Sub(s.result.Run.Started).Seconds()))
			row.Took = seconds(ph.counts.Seconds)
		}
		switch planned := max(ph.Rounds, ph.counts.Rounds); {
		case ph.Change != "": // it has no rounds
		case planned > ph.counts.Rounds:
			rounds = phrase.New("%d of %d", ph.counts.Rounds, planned)
		case planned > 0:
			rounds = phrase.New("%d", planned)
		}
		row.Began, row.Rounds = inBoth(began, 40), inBoth(rounds, 40)
		p.Schedule = append(p.Schedule, row)
	}
}

// does says what is done in a phase.
func (ph phase) does() phrase.Text {
	order := phrase.Name(string(ph.Order))
	switch {
	case ph.Change != "" && ph.Order == plan.Together:
		return phrase.New("change %s, by everybody at once", ph.Change)
	case ph.Change != "":
		return phrase.New("change %s, by one after the other", ph.Change)
	case ph.Order == "":
		return phrase.New("event %s", ph.Event)
	case ph.Event != "":
		return phrase.New("%s: %s; event %s before round %d", order, orderWords[ph.Order], ph.Event, ph.At)
	}
	return phrase.New("%s: %s", order, orderWords[ph.Order])
}

// with says what a phase has besides its order.
func (ph phase) with() phrase.Text {
	var all []phrase.Text
	add := func(is bool, what phrase.Text) {
		if is {
			all = append(all, what)
		}
	}
	add(len(ph.Views) > 0, phrase.New("of the views %s", few(verbatim(ph.Views), mostOf)))
	add(ph.Depth > 0, phrase.New("to depth %d", ph.Depth))
	add(ph.Accounts > 0, phrase.New("of the first %s", phrase.New("%d accounts", ph.Accounts)))
	add(len(ph.Hold) > 0, phrase.New("held at %s", few(verbatim(ph.Hold), mostOf)))
	add(ph.Abort > 0, phrase.New("%s %% of the visits cut off", percent(ph.Abort)))
	add(ph.HTTP > 0, phrase.New("%d sessions without a browser besides", ph.HTTP))
	add(ph.Rate > 0, phrase.New("at most %s a second", phrase.New("%d visits", ph.Rate)))
	add(ph.Think > 0, phrase.New("up to %s before a visit", seconds(ph.Think.Seconds())))
	add(ph.Within > 0, phrase.New("no new round after %s", seconds(ph.Within.Seconds())))
	return phrase.Join(all, "; ")
}

// short says why a phase was not made as it was planned; it is empty when it was.
func (s *story) short(ph phase) phrase.Text {
	last := len(s.run.Phases) > 0 && s.run.Phases[len(s.run.Phases)-1].Index == ph.n-1
	over := s.run.End == nil || s.run.End.Why != record.Done
	switch {
	case ph.counts.Away != "" && ph.counts.Rounds > 0:
		return phrase.New("given up after %s: %s", rounds(ph), ph.counts.Away)
	case ph.counts.Away != "":
		return phrase.Verbatim(ph.counts.Away)
	case ph.begun == nil:
		return phrase.New("the run was over before it")
	case ph.counts.Rounds >= ph.Rounds, ph.Change != "":
		return phrase.Text{}
	case last && over:
		return phrase.New("the run ended after %s", rounds(ph))
	case ph.Within+ph.begun.Within > 0:
		within := cmp.Or(ph.begun.Within, ph.Within)
		return phrase.New("its time, %s, was over after %s", seconds(within.Seconds()), rounds(ph))
	}
	return phrase.New("it ended after %s", rounds(ph))
}

// rounds says how many of its rounds a phase had.
func rounds(ph phase) phrase.Text {
	return phrase.New("%d of %s", ph.counts.Rounds, phrase.New("%d rounds", ph.Rounds))
}
