package noninterference

import (
	"maps"

	"github.com/google/go-cmp/cmp"
)

// change is what differs between a baseline and a visit in company.
type change struct {
	gained   []key // rows that the viewer never showed alone
	replaced bool  // own rows gave way to others
}

// compare holds a visit in company against what its account shows alone and
// against what has been adopted since as its own.
func (known *knowledge) compare(base *baseline, g glance, adopted map[string]bool) change {
	before, after := map[string]int{}, map[string]int{}
	for _, row := range base.own {
		before[row.masked]++
	}
	for _, k := range g.keys {
		if k != (key{}) {
			after[k.masked]++
		}
	}
	// Most visits show what they always show: only the others are taken apart.
	if maps.Equal(before, after) {
		return change{}
	}
	d := differences(before, after)

	shapes := map[int]bool{} // of the rows that are gone, by their number of cells
	kept, moved := false, false
	for _, row := range base.own {
		if d.lost[row.masked] {
			shapes[row.cells] = true
			continue
		}
		kept = true
		if row.index < 0 || row.index >= len(g.keys) || g.keys[row.index].masked != row.masked {
			moved = true
		}
	}
	var c change
	likeLost := false
	for _, k := range g.keys {
		switch {
		case adopted[k.masked]:
			kept, moved = true, true
		case d.gained[k.masked] && known.maskedAlone[k.masked] != g.place.account:
			c.gained = append(c.gained, k)
			likeLost = likeLost || shapes[k.cells]
		}
	}
	c.replaced = likeLost && (!kept || !moved)
	return c
}

// difference collects the keys that only one of two multisets has.
type difference struct {
	path         cmp.Path
	lost, gained map[string]bool
}

func differences(before, after map[string]int) difference {
	d := difference{lost: map[string]bool{}, gained: map[string]bool{}}
	cmp.Equal(before, after, cmp.Reporter(&d))
	return d
}

// PushStep implements the reporter of go-cmp.
func (d *difference) PushStep(step cmp.PathStep) { d.path = append(d.path, step) }

// PopStep implements the reporter of go-cmp.
func (d *difference) PopStep() { d.path = d.path[:len(d.path)-1] }

// Report implements the reporter of go-cmp. A row that is only there more or
// less often is neither lost nor gained.
func (d *difference) Report(result cmp.Result) {
	step, ok := d.path.Last().(cmp.MapIndex)
	if result.Equal() || !ok {
		return
	}
	before, after := step.Values()
	switch name := step.Key().String(); {
	case !before.IsValid():
		d.gained[name] = true
	case !after.IsValid():
		d.lost[name] = true
	}
}
