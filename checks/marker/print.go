package marker

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"image"
	"math"
	"math/bits"
)

// Print is what a picture looks like, in a form that survives what services do
// to pictures: its 128 longest waves (see waves), and those of each crop that
// pages commonly show of it, four bits for each. The zero value is the print of
// a picture that shows too little to be told from others, such as a default
// avatar; it is near nothing.
type Print [len(crops) * cropBytes]byte

// crops are the shares of width and height that a page may show of a picture:
// all of it, and the middle that fits a box of 4:3, 3:4, 16:9 or 9:16 when all
// of the box is covered.
var crops = [...]struct{ width, height float64 }{{1, 1}, {3. / 4, 1}, {1, 3. / 4}, {9. / 16, 1}, {1, 9. / 16}}

const (
	cropBytes = 64

	// grain is the width and height in which a crop is compared.
	grain = 32
	// round is the part of a crop's width and height that is looked at: what
	// remains inside when it is cut to a circle.
	round = 0.7

	// mostOpposed is how many of 128 waves may lie the other way in pictures
	// that look alike. It passes one in 10⁷ of pictures that have nothing in
	// common, at the price of a few instructions.
	mostOpposed = 34
	// leastAlike is the least correlation of their waves. It tells pictures
	// that have much in common, such as portraits before white.
	leastAlike = 0.94

	// A picture has no print if its brightness deviates less than leastRelief
	// levels from the mean, or if in more than mostFlat of it the brightness
	// hardly changes from one spot to the next: by less than flatSlope of that
	// deviation.
	leastRelief = 4
	mostFlat    = 0.65
	flatSlope   = 0.03
)

// PrintOf returns the print of a picture.
func PrintOf(m image.Image) (p Print) {
	if m.Bounds().Empty() {
		return p
	}
	l := sample(m, 8*grain)
	for i, crop := range crops {
		spots := l.spots(round*crop.width, round*crop.height)
		if i == 0 && flat(&spots) {
			return Print{}
		}
		copy(p[i*cropBytes:], pack(waves(&spots)))
	}
	return p
}

// Near reports whether two pictures look alike: whether one, as it is, looks
// like the other or a crop of it.
func (p Print) Near(other Print) bool { return p.near(&other) }

func (p *Print) near(other *Print) bool {
	if *p == (Print{}) || *other == (Print{}) {
		return false
	}
	for i := range crops {
		if alike(p.crop(0), other.crop(i)) || i > 0 && alike(p.crop(i), other.crop(0)) {
			return true
		}
	}
	return false
}

func (p *Print) crop(i int) []byte { return p[i*cropBytes:][:cropBytes] }

// alike compares two crops: first which way their waves lie, which is quick.
func alike(a, b []byte) bool {
	opposed := 0
	for i := 0; i < cropBytes; i += 8 {
		signs := binary.BigEndian.Uint64(a[i:]) ^ binary.BigEndian.Uint64(b[i:])
		opposed += bits.OnesCount64(signs & 0x8888888888888888)
	}
	return opposed <= mostOpposed && correlation(a, b) >= leastAlike
}

// correlation is that of two crops' waves, -1 to 1.
func correlation(a, b []byte) float64 {
	var ab, aa, bb float64
	for i := range a {
		for _, shift := range []int{0, 4} {
			x, y := heights[a[i]>>shift&15], heights[b[i]>>shift&15]
			ab, aa, bb = ab+x*y, aa+x*x, bb+y*y
		}
	}
	return ab / math.Sqrt(aa*bb)
}

// heights are what four bits of a print stand for: a sign, and a height that
// grows with the square, since most waves are low.
var heights = func() (all [16]float64) {
	for i := range 8 {
		height := (float64(i) + .5) / 4
		all[i], all[8+i] = height*height, -height*height
	}
	return all
}()

// pack puts waves into four bits each, by their heights beside the usual one.
func pack(waves [2 * cropBytes]float64) []byte {
	var power float64
	for _, height := range waves {
		power += height * height
	}
	usual := math.Sqrt(power / float64(len(waves)))
	packed := make([]byte, cropBytes)
	for i, height := range waves {
		four := byte(min(7, 4*math.Sqrt(math.Abs(height)/usual)))
		if height < 0 {
			four |= 8
		}
		packed[i/2] |= four << (i % 2 * 4)
	}
	return packed
}

// MarshalText writes a print in hexadecimal digits.
func (p Print) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, p[:]), nil }

// UnmarshalText reads what MarshalText wrote.
func (p *Print) UnmarshalText(text []byte) error {
	if len(text) != hex.EncodedLen(len(p)) {
		return fmt.Errorf("reading a print: it has %d digits, not %d", len(text), hex.EncodedLen(len(p)))
	}
	var read Print
	if _, err := hex.Decode(read[:], text); err != nil {
		return fmt.Errorf("reading a print: %w", err)
	}
	*p = read
	return nil
}

// spots is the brightness of a picture's middle in 32 × 32 spots.
type spots [grain][grain]float64

// spots looks at the middle of a picture, of these shares of its width and
// height.
func (l *lattice) spots(width, height float64) (s spots) {
	for y := range s {
		top := .5 + height*(float64(y)/grain-.5)
		for x := range s[y] {
			left := .5 + width*(float64(x)/grain-.5)
			s[y][x], _ = l.mean(left, top, left+width/grain, top+height/grain)
		}
	}
	return s
}

// flat reports whether a picture shows too little to be told from others.
func flat(s *spots) bool {
	var sum, squares float64
	for _, row := range s {
		for _, v := range row {
			sum, squares = sum+v, squares+v*v
		}
	}
	mean := sum / (grain * grain)
	relief := math.Sqrt(max(0, squares/(grain*grain)-mean*mean))
	return relief < leastRelief || level(s, flatSlope*relief) > mostFlat
}

// level is the part of a picture in which the brightness changes by slope at
// most from one spot to the next.
func level(s *spots, slope float64) float64 {
	n := 0
	for y := range grain - 1 {
		for x := range grain - 1 {
			if math.Abs(s[y][x+1]-s[y][x]) <= slope && math.Abs(s[y+1][x]-s[y][x]) <= slope {
				n++
			}
		}
	}
	return float64(n) / (grain - 1) / (grain - 1)
}

// waves gives the 128 longest waves of a picture's discrete cosine transform,
// all but its brightness. They are what remains when a picture is made smaller,
// brighter or coarser (Zauner, "Implementation and Benchmarking of Perceptual
// Image Hash Functions", 2010, section 3.2.1, has the signs of 64). A wave
// counts for more the shorter it is: pictures hold less of the short ones
// (Field, Journal of the Optical Society of America A 4(12), 1987), and these
// tell one from another.
func waves(s *spots) (heights [2 * cropBytes]float64) {
	var rows [waveCount][grain]float64 // by the wave along x, then y
	for y := range s {
		for u := range rows {
			for x, v := range s[y] {
				rows[u][y] += v * cosines[u][x]
			}
		}
	}
	for i, wave := range longest {
		for y, v := range rows[wave.u] {
			heights[i] += v * cosines[wave.v][y]
		}
		heights[i] *= math.Hypot(float64(wave.u), float64(wave.v))
	}
	return heights
}

// waveCount is how many waves along one side are told apart.
const waveCount = 16

// cosines are waves of 0, 1, 2, … half turns along the spots of one side.
var cosines = func() (all [waveCount][grain]float64) {
	for u := range all {
		for x := range all[u] {
			all[u][x] = math.Cos(math.Pi / grain * (float64(x) + .5) * float64(u))
			if u == 0 {
				all[u][x] /= math.Sqrt2 // as the transform has it
			}
		}
	}
	return all
}()

// longest are the numbers of the 128 longest waves, by half turns along x and y.
var longest = func() (all [2 * cropBytes]struct{ u, v int }) {
	i := 0
	for sum := 1; i < len(all); sum++ {
		for u := 0; u <= sum && i < len(all); u++ {
			all[i] = struct{ u, v int }{u, sum - u}
			i++
		}
	}
	return all
}()
