package crowd

import (
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"time"

	"notmine/checks/plan"
	"notmine/checks/record"
)

// Schedule returns the turns of a phase, in their order. It depends on nothing
// but the plan, the phase and the seed.
func Schedule(p *plan.Plan, phase plan.Phase, seed int64) []record.Turn {
	name := fnv.New64a()
	name.Write([]byte(phase.Name))
	d := &draw{plan: p, phase: phase, rng: rand.New(rand.NewPCG(uint64(seed), name.Sum64()))}
	accounts := p.Accounts
	if phase.Accounts > 0 && phase.Accounts < len(accounts) {
		accounts = accounts[:phase.Accounts]
	}
	for _, a := range accounts {
		d.names = append(d.names, a.Name)
	}
	for _, v := range p.Views {
		if len(phase.Views) == 0 || slices.Contains(phase.Views, v.Name) {
			d.views = append(d.views, v)
		}
	}
	switch phase.Order {
	case plan.Solo:
		for _, who := range d.names {
			for round := 1; round <= phase.Rounds; round++ {
				d.add(record.Turn{Round: round, Looks: d.all(who)})
			}
		}
	default:
		for round := 1; round <= phase.Rounds; round++ {
			d.round(round)
		}
	}
	d.cut()
	return d.turns
}

// draw is a schedule in the making.
type draw struct {
	plan  *plan.Plan
	phase plan.Phase
	rng   *rand.Rand
	names []string // of the accounts that take part
	views []plan.View
	turns []record.Turn
}

func (d *draw) round(n int) {
	switch d.phase.Order {
	case plan.Sequential:
		for _, i := range circuit(len(d.names), d.rng) {
			d.add(record.Turn{Round: n, Looks: d.all(d.names[i])})
		}
	case plan.Together:
		d.together(n, 1)
	case plan.Storm:
		d.add(record.Turn{Round: n, Do: record.DoLogin, Held: true, Looks: d.each(plan.View{}, 1)})
		d.together(n, 1)
	case plan.Random:
		d.add(record.Turn{Round: n, Looks: d.roaming()})
	case plan.Devices:
		d.together(n, 2)
	case plan.Search:
		for _, view := range d.views {
			d.add(record.Turn{Round: n, Held: true, Looks: d.each(view, 1), Search: drawSearch(d.names, d.phase.Depth, d.rng)})
		}
	case plan.Fresh:
		names := d.shuffled()
		if n == 1 {
			// A service that has lost its latest members numbers those who come anew
			// from there. Whoever came last takes the place of who came first, and not
			// their own again, as half of a drawn order may.
			names = slices.Clone(d.names)
			slices.Reverse(names)
		}
		half := (len(names) + 1) / 2
		for some := range slices.Chunk(names, half) {
			turn := record.Turn{Round: n, Do: record.DoRenew}
			for _, who := range some {
				turn.Looks = append(turn.Looks, record.Look{Who: who})
			}
			d.add(turn)
			d.together(n, 1)
		}
	case plan.Handover:
		if len(d.names) < 2 {
			return // nobody is there to go on
		}
		if n == 1 {
			d.names = d.shuffled()
		}
		for i, from := range d.names { // to another one in each round, as long as there are others
			to := d.names[(i+1+(n-1)%(len(d.names)-1))%len(d.names)]
			d.add(record.Turn{Round: n, Do: record.DoHandover, Looks: []record.Look{{Who: from}, {Who: to}}})
		}
	case plan.Idle:
		for _, view := range d.views {
			who := d.shuffled()
			for _, actor := range who[:min(len(who), actors)] {
				watch := d.each(view, 1)
				d.add(record.Turn{Round: n, Held: true, Looks: watch})
				i := slices.IndexFunc(watch, func(l record.Look) bool { return l.Who == actor })
				d.add(record.Turn{Round: n, Do: record.DoAct, Looks: slices.Concat(watch[i:i+1], watch[:i], watch[i+1:])})
			}
		}
	}
}

func (d *draw) add(turn record.Turn) {
	turn.Phase = d.phase.Name
	d.turns = append(d.turns, turn)
}

// together adds a release of each view.
func (d *draw) together(round, devices int) {
	for _, view := range d.views {
		d.add(record.Turn{Round: round, Held: true, Looks: d.each(view, devices)})
	}
}

func (d *draw) shuffled() []string {
	names := slices.Clone(d.names)
	d.rng.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	return names
}

// all returns a look of one account at every view.
func (d *draw) all(who string) []record.Look {
	looks := make([]record.Look, len(d.views))
	for i, v := range d.views {
		looks[i] = record.Look{Who: who, View: v.Name}
	}
	return looks
}

// each returns a look of every account at one view, on each of its devices, in
// an order of its own.
func (d *draw) each(view plan.View, devices int) []record.Look {
	var looks []record.Look
	for _, who := range d.names {
		for device := 1; device <= devices; device++ {
			look := record.Look{Who: who, View: view.Name}
			if devices > 1 {
				look.Device = device
			}
			looks = append(looks, look)
		}
	}
	if view.Name != "" {
		looks = append(looks, d.plain(func(who string) []record.Look { return []record.Look{{Who: who, View: view.Name}} })...)
	}
	d.rng.Shuffle(len(looks), func(i, j int) { looks[i], looks[j] = looks[j], looks[i] })
	return looks
}

// plain returns the looks of the sessions without a browser, which are spread
// over the accounts.
func (d *draw) plain(of func(who string) []record.Look) []record.Look {
	var looks []record.Look
	for i := range d.phase.HTTP {
		for _, look := range of(d.names[i%len(d.names)]) {
			look.Plain = i/len(d.names) + 1
			looks = append(looks, look)
		}
	}
	return looks
}

// roaming returns every account's looks at all views, each in an order of its
// own and with a time to think before each.
func (d *draw) roaming() []record.Look {
	own := func(who string) []record.Look {
		looks := d.all(who)
		d.rng.Shuffle(len(looks), func(i, j int) { looks[i], looks[j] = looks[j], looks[i] })
		for i := range looks {
			if d.phase.Think > 0 {
				looks[i].Think = time.Duration(d.rng.Int64N(int64(d.phase.Think)))
			}
		}
		return looks
	}
	var looks []record.Look
	for _, who := range d.shuffled() {
		looks = append(looks, own(who)...)
	}
	return append(looks, d.plain(own)...)
}

// cut draws which looks are cut off, and where: at one of the requests that the
// view holds, which are those that bring data, or at what a script asks for. All
// that can be done to a view is done to it once before anything is done again:
// it is one of them that leaves something behind.
func (d *draw) cut() {
	if d.phase.Abort <= 0 {
		return
	}
	decks := map[string][]cutting{} // by view, what is still to be done
	for _, turn := range d.turns {
		for i := range turn.Looks {
			look := &turn.Looks[i]
			if look.View == "" || d.rng.Float64() >= d.phase.Abort {
				continue
			}
			deck := decks[look.View]
			if len(deck) == 0 {
				deck = d.cuttings(look.View)
			}
			look.Cut, look.CutPattern = deck[0].where, deck[0].pattern
			decks[look.View] = deck[1:]
		}
	}
}

// cutting is one way to cut a look off.
type cutting struct{ where, pattern string }

// cuttings returns all ways to cut a look at a view off, in an order of their own.
func (d *draw) cuttings(view string) (all []cutting) {
	at := slices.IndexFunc(d.views, func(v plan.View) bool { return v.Name == view })
	patterns := slices.DeleteFunc(holds(d.views[at]), func(p string) bool { return p == Every })
	if len(patterns) == 0 {
		patterns = []string{First}
	}
	if len(patterns) == 1 {
		patterns = append(patterns, Fetch)
	}
	for _, pattern := range patterns {
		for _, where := range []string{record.AbortedRequest, record.AbortedBefore, record.AbortedAnswer} {
			all = append(all, cutting{where, pattern})
		}
	}
	d.rng.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all
}

// holds returns the patterns of the requests of a view that wait.
func holds(view plan.View) []string {
	if len(view.Hold) == 0 {
		return []string{First}
	}
	return slices.Clone(view.Hold)
}

// actors is how many act at each view in a round of idle, one after the other.
const actors = 2

// circuit returns a closed walk over n places in which each follows each other
// exactly once: n(n-1)+1 places, the last the same as the first. It is an
// Eulerian circuit of the complete directed graph, found as Hierholzer does
// (C. Hierholzer, Math. Annalen 6, 1873), with the ways out of each place in a
// drawn order. One place is a walk by itself.
func circuit(n int, rng *rand.Rand) []int {
	if n == 0 {
		return nil
	}
	out := make([][]int, n)
	for from := range out {
		for to := range n {
			if to != from {
				out[from] = append(out[from], to)
			}
		}
		rng.Shuffle(len(out[from]), func(i, j int) { out[from][i], out[from][j] = out[from][j], out[from][i] })
	}
	var walk []int
	stack := []int{rng.IntN(n)}
	for len(stack) > 0 {
		at := stack[len(stack)-1]
		if ways := out[at]; len(ways) > 0 {
			stack = append(stack, ways[0])
			out[at] = ways[1:]
			continue
		}
		walk = append(walk, at)
		stack = stack[:len(stack)-1]
	}
	slices.Reverse(walk)
	return walk
}
