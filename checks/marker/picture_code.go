package marker

import (
	"cmp"
	"math"
	"math/bits"
	"slices"
)

// payloadBits are the bits of a canary's payload.
const payloadBits = ownerBits + itemBits + versionBits + runBits

// word is the 65 bits of a payload, the lowest first, or a choice of them.
type word [2]uint64

func (w word) xor(v word) word { return word{w[0] ^ v[0], w[1] ^ v[1]} }
func (w word) zero() bool      { return w[0]|w[1] == 0 }

// lowest is the lowest bit that is set; there must be one.
func (w word) lowest() int {
	if w[0] != 0 {
		return bits.TrailingZeros64(w[0])
	}
	return 64 + bits.TrailingZeros64(w[1])
}

// odd reports whether an odd number of the bits that w and v share are set.
func (w word) odd(v word) bool {
	return bits.OnesCount64(w[0]&v[0]^w[1]&v[1])&1 == 1
}

// equation is what one tile says about the payload: the sum of some of its bits.
type equation struct {
	of   word // the bits that are summed
	flip bool // whether a bright tile means that the sum is even
}

// carries reports whether the tile is bright for a payload.
func (e equation) carries(payload word) bool { return e.of.odd(payload) != e.flip }

// code is a linear code, chosen at random once and for all: any 65 tiles whose
// equations are independent give the payload, and the tiles of a random code
// hardly ever depend on each other before that. So it does not matter which
// tiles a crop leaves. Every tile sums about half of the payload's bits, and
// two payloads differ in about half of the tiles.
var code = func() (all [tiles]equation) {
	var counter uint64
	next := func() uint64 {
		counter += 0x9e3779b97f4a7c15 // SplitMix64
		return mix(counter)
	}
	for i := range all {
		high := next()
		all[i] = equation{of: word{next(), high & 1}, flip: high>>63 == 1}
	}
	return all
}()

// doubt is how many bits of evidence are asked for beyond those that name the
// payload: the tiles of something else agree with any payload's so well with a
// chance of 2^-doubt at most.
const doubt = 43

// mostWrong says, of so many visible tiles, how many may be other than the
// payload's, or -1. Of n tiles that know nothing of the code, those of a certain
// payload differ in up to k with the chance of throwing a coin n times, and
// there are 2^65 payloads.
var mostWrong = func() (most [tiles + 1]int) {
	for n := range most {
		allowed := math.Exp2(float64(n - payloadBits - doubt))
		most[n] = -1
		for ways, sum := 1.0, 1.0; sum <= allowed; sum += ways {
			most[n]++
			ways *= float64(n-most[n]) / float64(most[n]+1)
		}
	}
	return most
}()

// read finds the payload whose tiles agree with what was seen of a mosaic. Of a
// tile that was seen, seen is how much brighter it is than the middle between
// dark and bright; of others it is NaN.
//
// The clearest tiles whose equations are independent are solved for the
// payload, and the others say whether it is right: ordered statistics decoding
// (Fossorier and Lin, IEEE Transactions on Information Theory 41(5), 1995)
// without its reprocessing, for which there are tiles enough to do without.
func read(seen *[tiles]float64) (payload word, ok bool) {
	payload, ok = solve(seen)
	if !ok {
		return word{}, false
	}
	visible, wrong := 0, 0
	for tile, bright := range layTiles(payload) {
		if v := seen[tile]; !math.IsNaN(v) {
			visible++
			if (v > 0) != bright {
				wrong++
			}
		}
	}
	if wrong > mostWrong[visible] {
		return word{}, false
	}
	return payload, true
}

// solve takes tiles, the clearest first, until their equations give the
// payload. It is not ok if they never do.
func solve(seen *[tiles]float64) (payload word, ok bool) {
	clearest := make([]int, 0, tiles)
	for _, tile := range carriers {
		if !math.IsNaN(seen[tile]) {
			clearest = append(clearest, tile)
		}
	}
	slices.SortStableFunc(clearest, func(a, b int) int {
		return cmp.Compare(math.Abs(seen[b]), math.Abs(seen[a]))
	})
	// rows[i] is an equation whose lowest bit is i, with the sum of its bits.
	var rows [payloadBits]struct {
		of  word
		odd bool
	}
	found := 0
	for _, tile := range clearest {
		of, odd := code[tile].of, (seen[tile] > 0) != code[tile].flip
		for !of.zero() {
			i := of.lowest()
			if rows[i].of.zero() {
				rows[i].of, rows[i].odd = of, odd
				found++
				break
			}
			of, odd = of.xor(rows[i].of), odd != rows[i].odd
		}
		if found == payloadBits {
			break
		}
	}
	if found < payloadBits {
		return word{}, false
	}
	// From the highest bit down: all bits of a row but its lowest are known.
	for i := payloadBits - 1; i >= 0; i-- {
		if rows[i].of.odd(payload) != rows[i].odd {
			payload[i/64] |= 1 << (i % 64)
		}
	}
	return payload, true
}
