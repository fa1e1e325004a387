package marker

import (
	"image"
	"math"
	"math/bits"
)

const (
	// mostSamples bounds the samples of a picture's width and height: eight for
	// a tile's edge.
	mostSamples = 8 * side
	// fewestPixels is the least width and height that can show all tiles.
	fewestPixels = side
	// inside is the part of a tile's width and height that is looked at; the
	// rest has run into the neighbours.
	inside = 0.7
	// leastContrast is how much brighter bright tiles must be than dark ones.
	leastContrast = 8
	// mostPilotsWrong of 24 may be other than they should. Of tiles that know
	// nothing of pilots, one arrangement in 162 passes, in one of eight ways up.
	mostPilotsWrong = 4
)

// shares are the parts of a mosaic's width or height that a picture may show:
// all of it, a crop around its middle, or more, when the picture has a margin.
// They are near enough to each other to read what lies between: four thirds and
// sixteen ninths, which are usual, are hit exactly. A picture that was
// stretched needs nothing: tiles are found by their share of it.
var shares = []float64{
	1, 3. / 4, 9. / 16, .95, .9, .85, .8, .708, 2. / 3, .63, .595, .53, .5,
	1.06, 1.12, 4. / 3, 16. / 9,
}

// ReadPicture reads the canary that a picture shows. It reads what [Picture]
// drew after it was made smaller (down to 32 pixels), encoded with loss, cut to
// a circle, stretched, cropped around its middle to half of its width or height,
// turned or mirrored, made brighter, darker or grey. It does not look for a
// picture within a larger one.
//
// A picture that has nothing to do with canaries passes for one with a chance
// of less than 10⁻⁹: each of the 4,624 ways in which one could be shown is
// taken only if it agrees with some canary so well that chance does it once in
// 2⁴³.
func ReadPicture(m image.Image) (canary string, ok bool) {
	if b := m.Bounds(); b.Dx() < fewestPixels || b.Dy() < fewestPixels {
		return "", false
	}
	l := sample(m, mostSamples)
	for _, height := range shares {
		for _, width := range shares {
			f := frame{l, width, height}
			dark, bright, ways := f.pilots()
			for _, way := range ways {
				if payload, ok := f.read(way, dark, bright); ok {
					return canaryOf(payload), true
				}
			}
		}
	}
	return "", false
}

// frame is the assumption that a picture shows these shares of a mosaic.
type frame struct {
	*lattice
	width, height float64
}

// tile gives the brightness of a tile, if the picture shows it.
func (f frame) tile(tile int) (brightness float64, ok bool) {
	edges := func(i int, share float64) (from, to float64) {
		middle := .5 + ((float64(i)+.5)/side-.5)/share
		half := inside / 2 / side / share
		return middle - half, middle + half
	}
	left, right := edges(tile%side, f.width)
	top, bottom := edges(tile/side, f.height)
	return f.mean(left, top, right, bottom)
}

// pilots looks at the pilots and returns how bright dark and bright ones are
// and in which ways they could lie, which are none as a rule.
func (f frame) pilots() (dark, bright float64, lies []int) {
	var seen [24]float64
	var middle float64
	for i, tile := range pilots {
		brightness, ok := f.tile(tile)
		if !ok {
			return 0, 0, nil
		}
		seen[i] = brightness
		middle += brightness / float64(len(seen))
	}
	var pattern uint32
	for i, brightness := range seen {
		if brightness > middle {
			pattern |= 1 << i
			bright += brightness
		} else {
			dark += brightness
		}
	}
	n := bits.OnesCount32(pattern)
	if n == 0 || n == len(seen) {
		return 0, 0, nil
	}
	dark, bright = dark/float64(len(seen)-n), bright/float64(n)
	if bright-dark < leastContrast {
		return 0, 0, nil
	}
	for way, turned := range pilotWays {
		if bits.OnesCount32(pattern^turned) <= mostPilotsWrong {
			lies = append(lies, way)
		}
	}
	return dark, bright, lies
}

// read reads a mosaic that lies in one of the eight ways, whole or cut to a
// circle.
func (f frame) read(way int, dark, bright float64) (payload word, ok bool) {
	var whole, round [tiles]float64
	for tile := range whole {
		row, column := turn(tile/side, tile%side, way)
		whole[tile], round[tile] = math.NaN(), math.NaN()
		if brightness, ok := f.tile(row*side + column); ok {
			whole[tile] = brightness - (dark+bright)/2
			x := (float64(column) + .5 - side/2) / f.width
			y := (float64(row) + .5 - side/2) / f.height
			if math.Hypot(x, y) < side/2-.4 {
				round[tile] = whole[tile]
			}
		}
	}
	if payload, ok = read(&whole); ok {
		return payload, true
	}
	return read(&round)
}

// turn gives the place of a tile in a picture that was turned or mirrored in
// one of the eight ways.
func turn(row, column, way int) (int, int) {
	if way&1 != 0 {
		column = side - 1 - column
	}
	if way&2 != 0 {
		row = side - 1 - row
	}
	if way&4 != 0 {
		row, column = column, row
	}
	return row, column
}

// pilotWays are the patterns of the pilots in all eight ways.
var pilotWays = func() (ways [8]uint32) {
	number := make(map[int]int)
	for i, tile := range pilots {
		number[tile] = i
	}
	for way := range ways {
		for i, tile := range pilots {
			row, column := turn(tile/side, tile%side, way)
			ways[way] |= pilotPattern >> i & 1 << number[row*side+column]
		}
	}
	return ways
}()
