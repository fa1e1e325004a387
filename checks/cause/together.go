package cause

import (
	"math"
	"time"

	"notmine/checks/phrase"
)

// joined: it happens only among requests that overlap, and those of a moment go
// by the first or by the last of them.
func joined(s *scene) (Cause, bool) {
	if !s.company() {
		return Cause{}, false
	}
	var ranks, signs, spread, weight float64 // see below
	funnels, told, directed, moments, events, one := 0, 0, 0, 0, 0, 0
	for _, in := range s.moments() {
		owner, shown, leaking := top(in)
		if owner == "" {
			continue
		}
		moments++
		events += leaking
		one += shown
		if place := placeOf(in, owner); place >= 0 && shown >= 2 && most(shown, leaking) {
			funnels++
			if in[len(in)-1].at.Sub(in[0].at) < tellable {
				continue
			}
			// Where in the moment the owner asked, from 0, first, to 1, last.
			k := float64(len(in))
			told++
			ranks += float64(place)/(k-1) - 0.5
			spread += (k + 1) / (12 * (k - 1))
		}
		if d := direction(in); d != 0 {
			directed++
			signs += d
			weight += d * d
		}
	}
	if moments == 0 {
		return Cause{}, false
	}
	because := []phrase.Text{phrase.New("in %s, %d of %s were given that of one account, and each moment had its own",
		phrase.New("%d moments", moments), one, visits(events))}
	way := 0.0
	if told > 1 && math.Abs(ranks)/math.Sqrt(spread) >= 2 && math.Abs(ranks)/float64(told) >= 0.3 {
		way = ranks
	} else if weight > 0 && math.Abs(signs)/math.Sqrt(weight) >= 2.4 && math.Abs(signs)/float64(directed) >= 0.7 {
		way = signs
	}
	if calm := s.undisturbed(); calm > 0 {
		because = append(because, phrase.New("none of %s in which nobody else asked was given another's", visits(calm)))
	}
	switch {
	case way > 0:
		return Cause{LastWriter, append(because, phrase.New("the owner was the last, or later than the viewer, to ask"))}, true
	case way < 0:
		return Cause{CollapsedRequests, append(because, phrase.New("the owner was the first, or earlier than the viewer, to ask"))}, true
	case funnels > 1:
		because = append(because, phrase.New("whether the owner was the first or the last to ask cannot be told: the requests were too close"))
		return Cause{SharedAtOnce, because}, funnels >= leastFunnels && 10*one >= 9*events
	}
	return Cause{}, false
}

// tellable is how far apart two requests have to leave for it to be known which
// the target took first. Of requests that leave closer together a service written
// in Go often takes the last one first: its scheduler runs next what has become
// ready last.
const tellable = time.Millisecond

// leastFunnels is how many moments, each with an owner of its own, make a pattern
// where each was given the data of one.
const leastFunnels = 4

// company reports whether what was given was that of somebody who asked
// meanwhile, for whatever it was, and nobody who asked alone was given another's.
// One in fifty may seem to have been alone: requests outside of visits are not
// all recorded.
func (s *scene) company() bool {
	n, alone := 0, 0
	for _, l := range s.events {
		if l.alone {
			alone++
			continue
		}
		for _, owner := range l.owners {
			if s.asked.by(owner, l) {
				n++
				break
			}
		}
	}
	return 10*n >= 9*len(s.events) && n >= 3 && 50*alone <= len(s.events)
}

// undisturbed counts the visits in which nobody else asked.
func (s *scene) undisturbed() int {
	n := 0
	for _, l := range s.looks {
		if l.alone {
			n++
		}
	}
	return n
}

// top returns whose data most of the others in a moment were given, how many of
// them, and how many were given another's at all.
func top(in []*look) (owner string, shown, leaking int) {
	counts := map[string]int{}
	for _, l := range in {
		if len(l.owners) == 0 {
			continue
		}
		leaking++
		for _, who := range l.owners {
			counts[who]++
			if n := counts[who]; n > shown || n == shown && who < owner {
				owner, shown = who, n
			}
		}
	}
	return owner, shown, leaking
}

// placeOf returns where in a moment an account asked last; -1 when it did not.
func placeOf(in []*look, account string) int {
	place := -1
	for i, l := range in {
		if l.o.Account == account {
			place = i
		}
	}
	return place
}

// direction is 1 when all owners of a moment asked later than their viewers, -1
// when all asked earlier, as far as that can be told.
func direction(in []*look) float64 {
	sum, n := 0.0, 0.0
	for i, l := range in {
		for _, owner := range l.owners {
			if place := placeOf(in, owner); place >= 0 && in[place].at.Sub(l.at).Abs() >= tellable {
				n++
				if place > i {
					sum++
				} else {
					sum--
				}
			}
		}
	}
	if n == 0 {
		return 0
	}
	return sum / n
}

// swapped: two that asked together were given each other's.
func swapped(s *scene) (Cause, bool) {
	if s.accounts < 3 {
		return Cause{}, false
	}
	moments := s.moments()
	n, of := 0, 0
	for _, l := range s.events {
		if len(l.owners) != 1 {
			continue
		}
		of++
		for _, other := range moments[l.moment-1] {
			if other.o.Account == l.owners[0] && len(other.owners) == 1 && other.owners[0] == l.o.Account {
				n++
				break
			}
		}
	}
	// Both halves of a swap are one: half as many events tell anything.
	if of < 4 || !most(n, of) || chance(of/2, n/2, s.random()) >= rarely {
		return Cause{}, false
	}
	return Cause{Swapped, []phrase.Text{phrase.New("%d of %s were given the data of an account that was given theirs at the same moment", n, visits(of))}}, true
}
