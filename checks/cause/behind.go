package cause

import "notmine/checks/phrase"

// behind: each is shown who asked some requests before, and how many changes at
// times, because more answers are lost or the connection is made anew. Where it
// never changes, see ordered.
func behind(s *scene) (Cause, bool) {
	n, of, stretches := s.stretched()
	if stretches < 2 || of < leastBehind*stretches || !most(n, of) {
		return Cause{}, false
	}
	return Cause{OffByOne, []phrase.Text{phrase.New(
		"in %d of %s it belonged to the account that asked up to %s before, always the same number for a while (it changed %s)",
		n, visits(of), phrase.New("%d requests", mostBehind), phrase.New("%d times", stretches-1))}}, true
}

// leastBehind is how many visits of a stretch, on average, tell that its answers
// are behind: by chance one of four accounts fits one of three numbers once in
// nine stretches of as many.
const leastBehind = 6

// stretched splits the looks, in order, into the fewest stretches in each of
// which answers are a certain number of requests behind, as far as that pays: a
// new stretch has to make three more looks right. It returns for how many of the
// events that is right, in which nobody else asked.
func (s *scene) stretched() (n, of, stretches int) {
	const price = 3
	type way struct {
		right, n, turns int // looks that are right, events of them, and turns to another number
	}
	better := func(a, b way) bool { return a.right-price*a.turns > b.right-price*b.turns }
	var ways [mostBehind + 1]way
	for i, l := range s.looks {
		shown := l.only()
		if shown == "" || !l.alone {
			continue
		}
		event := len(l.owners) > 0
		if event {
			of++
		}
		best := ways[0]
		for _, w := range ways[1:] {
			if better(w, best) {
				best = w
			}
		}
		for lag := range ways {
			w := ways[lag]
			if turn := (way{best.right, best.n, best.turns + 1}); better(turn, w) {
				w = turn
			}
			if i >= lag && s.looks[i-lag].o.Account == shown {
				w.right++
				if event {
					w.n++
				}
			}
			ways[lag] = w
		}
	}
	best := ways[0]
	for _, w := range ways[1:] {
		if better(w, best) {
			best = w
		}
	}
	return best.n, of, best.turns + 1
}
