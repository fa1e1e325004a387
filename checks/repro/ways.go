package repro

import (
	"cmp"
	"slices"
	"time"

	"notmine/checks/phrase"
	"notmine/checks/plan"
)

// Way is one way of looking for what somebody saw: an order with its modifiers,
// and what has to happen before.
type Way struct {
	Name   string
	Text   phrase.Text  // what is done
	Why    phrase.Text  // what a service may have that shows in it
	Likely bool         // the symptom speaks for it
	Before []plan.Phase // events and changes, in their order
	Look   plan.Phase   // how it is looked then; its rounds are for the hunt to say

	kind string // what [sooner] calls it
	of   string // event or change that it is about; "" for none
}

// Unexercised is something that a hunt could not do.
type Unexercised struct{ What, Why phrase.Text }

// How a hunt looks. Each try of a way is short, so that there are many.
const (
	fewFollow    = 4 // accounts, where each follows each other: their square
	fewDisturbed = 4 // accounts that change something, or watch one of them act
	fewHanding   = 3 // accounts that hand a browser over, each to each
	halfAborted  = 0.5
	someAborted  = 0.2
	manyPlain    = 40 // sessions without a browser
	thinking     = 200 * time.Millisecond
	searchDepth  = 2
	duringRound  = 3 // before which an event is done in mid-phase: connections are warm by then
)

// sooner are the kinds of ways in which such symptoms have been seen, the first
// the most: by the mechanisms of which incidents are known, and what shows them.
var sooner = map[Saw][]string{
	SawText:     {"together", "sequential", "aborts", "every", "crowd"},
	SawPicture:  {"together", "every", "crowd", "change", "changes-event", "event"},
	SawName:     {"together", "pair", "storm", "sequential", "event"},
	SawCookie:   {"storm", "fresh", "sequential", "aborts", "event-storm"},
	SawDownload: {"every", "aborts", "crowd", "together"},
	SawStream:   {"idle", "together", "aborts", "during"},
}

// soonerSinceDeploy are those of what is new since a release: it is a restart, with
// caches that are cold, pages that browsers keep from before, and code that
// nobody has used together yet.
var soonerSinceDeploy = []string{"together", "fresh", "event-fresh", "handover", "storm"}

// Ways returns all ways of looking for a symptom that a plan has what they need
// for, and what it has not. The symptom says which come first, and leaves none out.
func Ways(p *plan.Plan, s Symptom) ([]Way, []Unexercised) {
	b := &wayfinder{plan: p, views: viewsFor(p, s.View)}
	b.orders()
	for _, c := range changesInOrder(p) {
		b.change(c)
	}
	for _, e := range p.Events {
		b.event(e)
	}
	b.handover()
	b.lacking(s)
	var speaks [][]string // for kinds
	if s.SinceDeploy {
		speaks = append(speaks, soonerSinceDeploy)
	}
	if s.Saw != "" {
		speaks = append(speaks, sooner[s.Saw])
	}
	const behind = 100 // more than all lists together are long
	ranks := map[string]int{}
	for i := range b.ways {
		w := &b.ways[i]
		w.Likely = s.After != "" && w.of == s.After
		if !w.Likely {
			ranks[w.Name] = behind
		}
		for _, kinds := range speaks {
			at := slices.Index(kinds, w.kind)
			if at < 0 {
				at = len(kinds)
			} else {
				w.Likely = true
			}
			ranks[w.Name] += at
		}
	}
	slices.SortStableFunc(b.ways, func(a, b Way) int { return cmp.Compare(ranks[a.Name], ranks[b.Name]) })
	return b.ways, b.missing
}

// viewsFor returns the names of the views that are looked at for one: itself,
// and those it comes after. Of none that is nothing, which is all.
func viewsFor(p *plan.Plan, name string) []string {
	var views []string
	for _, v := range p.Views {
		if v.Name == name {
			for _, before := range p.Before(v) {
				views = append(views, before.Name)
			}
			views = append(views, name)
		}
	}
	return views
}

// changesInOrder returns a plan's changes, those that delete last: what is gone
// cannot be changed.
func changesInOrder(p *plan.Plan) []plan.Change {
	changes := slices.Clone(p.Changes)
	slices.SortStableFunc(changes, func(a, b plan.Change) int {
		switch {
		case a.Delete == b.Delete:
			return 0
		case b.Delete:
			return -1
		}
		return 1
	})
	return changes
}

// wayfinder collects ways, in the order in which they are tried when nothing
// speaks for any: what showed most of the known mechanisms first, and what
// changes something for all that come after last.
type wayfinder struct {
	plan    *plan.Plan
	views   []string
	ways    []Way
	missing []Unexercised
}

func (b *wayfinder) add(w Way) {
	w.Look.Name, w.Look.Views = w.Name, slices.Clone(b.views)
	w.kind = cmp.Or(w.kind, w.Name)
	if w.Look.Accounts >= len(b.plan.Accounts) {
		w.Look.Accounts = 0
	}
	b.ways = append(b.ways, w)
}

// few returns a phase in which a change is made by no more accounts than need be.
func (b *wayfinder) few(c plan.Change) plan.Phase {
	ph := plan.Phase{Name: c.Name, Change: c.Name}
	if len(b.plan.Accounts) > fewDisturbed {
		ph.Accounts = fewDisturbed
	}
	return ph
}

// orders adds the ways that only look.
func (b *wayfinder) orders() {
	every := []string{"every"}
	logsIn := len(b.plan.Login) > 0
	b.add(Way{Name: "together", Look: plan.Phase{Order: plan.Together},
		Text: phrase.New("everybody looks at the same moment"),
		Why:  phrase.New("what a service keeps in one place for all requests is another's when they overlap")})
	b.add(Way{Name: "sequential", Look: plan.Phase{Order: plan.Sequential, Accounts: fewFollow},
		Text: phrase.New("each account looks directly after each other"),
		Why:  phrase.New("a cache, or a connection that is used again, gives the next one what was made for the last")})
	b.add(Way{Name: "aborts", Look: plan.Phase{Order: plan.Together, Abort: halfAborted},
		Text: phrase.New("everybody looks, and half of the loads are cut off"),
		Why:  phrase.New("an answer that nobody waits for any more goes to whoever is next")})
	b.add(Way{Name: "every", Look: plan.Phase{Order: plan.Together, Hold: every},
		Text: phrase.New("each request of a page is sent at the same moment as the others' like it"),
		Why:  phrase.New("files, jobs and answers that are named after the time or the address are the same for all who ask at once")})
	b.add(Way{Name: "crowd", Look: plan.Phase{Order: plan.Together, Hold: every, HTTP: manyPlain, Abort: someAborted},
		Text: phrase.New("many sessions without a browser look beside the browsers, and some loads are cut off"),
		Why:  phrase.New("queues, pools and time-outs are only used under load")})
	if logsIn {
		b.add(Way{Name: "storm", Look: plan.Phase{Order: plan.Storm},
			Text: phrase.New("everybody logs in at the same moment, then looks"),
			Why:  phrase.New("sessions that are made at the same moment may be given the same id or cookie")})
		b.add(Way{Name: "fresh", Look: plan.Phase{Order: plan.Fresh},
			Text: phrase.New("new browser profiles look for the first time while others are warm"),
			Why:  phrase.New("what is only asked for at first may be kept for whoever comes new after that")})
	}
	if len(b.plan.Accounts) > 2 {
		b.add(Way{Name: "pair", Look: plan.Phase{Order: plan.Together, Accounts: 2},
			Text: phrase.New("only two accounts look at the same moment"),
			Why:  phrase.New("with nobody else in the queue, what the one leaves behind meets the other")})
	}
	if logsIn {
		b.add(Way{Name: "devices", Look: plan.Phase{Order: plan.Devices},
			Text: phrase.New("each account looks on two devices at once"),
			Why:  phrase.New("what belongs to an account may be kept by device, and mixed up between them")})
	}
	b.add(Way{Name: "random", Look: plan.Phase{Order: plan.Random, Think: thinking},
		Text: phrase.New("everybody goes through the views at their own pace"),
		Why:  phrase.New("one view may disturb another that is asked for at the same moment")})
	b.add(Way{Name: "search", Look: plan.Phase{Order: plan.Search, Depth: searchDepth},
		Text: phrase.New("requests are let through one at a time, in drawn orders"),
		Why:  phrase.New("some mix-ups need one order of requests, which the same moment seldom gives")})
	b.add(Way{Name: "solo", Look: plan.Phase{Order: plan.Solo},
		Text: phrase.New("each account looks alone"),
		Why:  phrase.New("a cache without the user in its key needs no company; and it is what the others are compared with")})
	if len(b.plan.Act) > 0 {
		b.add(Way{Name: "idle", Look: plan.Phase{Order: plan.Idle, Accounts: fewDisturbed},
			Text: phrase.New("pages stay open while one account acts"),
			Why:  phrase.New("what is sent to open pages may go to those that it is not for")})
	}
}

// change adds the ways that a change is about.
func (b *wayfinder) change(c plan.Change) {
	b.add(Way{Name: "after-" + c.Name, Look: plan.Phase{Order: plan.Together}, Before: []plan.Phase{b.few(c)}, kind: "change", of: c.Name,
		Text: phrase.New("the change %s is made, then everybody looks", c.Name),
		Why:  phrase.New("a copy from before may still show what is no longer to be seen")})
	if !c.Renews {
		return
	}
	together := plan.Phase{Name: c.Name + "-together", Order: plan.Together, Rounds: 1, Change: c.Name}
	b.add(Way{Name: "after-" + together.Name, Look: plan.Phase{Order: plan.Together}, Before: []plan.Phase{together}, kind: "change-together", of: c.Name,
		Text: phrase.New("everybody makes the change %s at the same moment, then looks", c.Name),
		Why:  phrase.New("what is stored at the same moment may be stored as another's")})
}

// event adds the ways that an event is about.
func (b *wayfinder) event(e plan.Event) {
	happens := plan.Phase{Name: e.Name, Event: e.Name}
	if changes := changesInOrder(b.plan); len(changes) > 0 {
		var before []plan.Phase
		for _, c := range changes {
			before = append(before, b.few(c))
		}
		b.add(Way{Name: "changes-" + e.Name, Look: plan.Phase{Order: plan.Together}, Before: append(before, happens), kind: "changes-event", of: e.Name,
			Text: phrase.New("changes are made, then comes %s, then everybody looks", e.Name),
			Why:  phrase.New("a copy that is restored may be older than who may see it")})
	}
	b.add(Way{Name: "after-" + e.Name, Look: plan.Phase{Order: plan.Together}, Before: []plan.Phase{happens}, kind: "event", of: e.Name,
		Text: phrase.New("after %s everybody looks", e.Name),
		Why:  phrase.New("numbers, places and rights may be given out anew, in another order")})
	if len(b.plan.Login) > 0 {
		b.add(Way{Name: "fresh-after-" + e.Name, Look: plan.Phase{Order: plan.Fresh}, Before: []plan.Phase{happens}, kind: "event-fresh", of: e.Name,
			Text: phrase.New("after %s new browser profiles look for the first time", e.Name),
			Why:  phrase.New("who comes first to caches and counters that are empty may be given what was another's")})
		b.add(Way{Name: "storm-after-" + e.Name, Look: plan.Phase{Order: plan.Storm}, Before: []plan.Phase{happens}, kind: "event-storm", of: e.Name,
			Text: phrase.New("after %s everybody logs in at the same moment", e.Name),
			Why:  phrase.New("a service that has just begun may make the same sessions again, or fill its tables crosswise")})
	}
	b.add(Way{Name: "during-" + e.Name, Look: plan.Phase{Order: plan.Together, Event: e.Name, At: duringRound}, kind: "during", of: e.Name,
		Text: phrase.New("%s comes while everybody looks", e.Name),
		Why:  phrase.New("what was under way when a connection broke may be answered on the next")})
}

// handover adds the way that comes last: it leaves nobody as they were.
func (b *wayfinder) handover() {
	if len(b.plan.Login) > 0 && len(b.plan.Logout) > 0 {
		b.add(Way{Name: "handover", Look: plan.Phase{Order: plan.Handover, Accounts: fewHanding},
			Text: phrase.New("one account logs out and another logs in, in the same browser"),
			Why:  phrase.New("what a browser keeps may outlive the logout")})
	}
}

// lacking notes what the plan has not what it needs for.
func (b *wayfinder) lacking(s Symptom) {
	without := func(why phrase.Text, is bool, orders ...plan.Order) {
		for _, order := range orders {
			if is {
				b.missing = append(b.missing, Unexercised{phrase.Name(string(order)), why})
			}
		}
	}
	noLogin := len(b.plan.Login) == 0
	without(phrase.New("the plan has no login"), noLogin, plan.Storm, plan.Devices, plan.Fresh, plan.Handover)
	without(phrase.New("the plan has no logout"), !noLogin && len(b.plan.Logout) == 0, plan.Handover)
	without(phrase.New("the plan has no act"), len(b.plan.Act) == 0, plan.Idle)
	if len(b.plan.Changes) == 0 {
		b.missing = append(b.missing, Unexercised{phrase.New("what comes after changes"), phrase.New("the plan has none")})
	}
	if len(b.plan.Events) == 0 {
		b.missing = append(b.missing, Unexercised{phrase.New("what comes after events, such as a restart or a restore"), phrase.New("the plan has none")})
	}
	var others []phrase.Text
	for _, v := range b.plan.Views {
		if s.View != "" && !slices.Contains(b.views, v.Name) {
			others = append(others, phrase.New("the view %s", v.Name))
		}
	}
	if len(others) > 0 {
		b.missing = append(b.missing, Unexercised{listed(others), phrase.New("only %s was to be looked at", s.View)})
	}
}
