package marker

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"math/bits"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"golang.org/x/image/draw"

	"notmine/fixtures/pictures"
)

// atOnce calls f for the numbers below n.
func atOnce(n int, f func(i int)) {
	var group sync.WaitGroup
	limit := make(chan struct{}, runtime.GOMAXPROCS(0))
	for i := range n {
		limit <- struct{}{}
		group.Go(func() {
			defer func() { <-limit }()
			f(i)
		})
	}
	group.Wait()
}

// drawn returns the canary of one owner's photo, and its picture.
func drawn(t testing.TB, owner int) (canary string, m image.Image) {
	t.Helper()
	canary = Mint(fmt.Sprint("owner ", owner), "photo", 1, 7)
	p, err := Picture(canary)
	if err != nil {
		t.Fatal(err)
	}
	m, err = png.Decode(bytes.NewReader(p))
	if err != nil {
		t.Fatal(err)
	}
	return canary, m
}

// Whatever is done to a picture canary that services do, all of 200 are read;
// of what they do one after another, all of 50.
func TestPictureCanariesAreRead(t *testing.T) {
	canaries, originals := make([]string, 200/fewer), make([]image.Image, 200/fewer)
	for i := range canaries {
		canaries[i], originals[i] = drawn(t, i)
	}
	for i, what := range slices.Concat(single, combined) {
		n := len(canaries)
		if i >= len(single) {
			n /= 4
		}
		var read atomic.Int32
		atOnce(n, func(i int) {
			switch got, ok := ReadPicture(what.do(t, originals[i])); {
			case ok && got == canaries[i]:
				read.Add(1)
			case ok:
				t.Errorf("%s: %s was read as %s", what.name, canaries[i], got)
			}
		})
		t.Logf("%-45s %d of %d", what.name, read.Load(), n)
		if int(read.Load()) < n {
			t.Errorf("%s: read %d of %d", what.name, read.Load(), n)
		}
	}
}

// No picture without a canary passes for one, be it of sixteen by sixteen tiles.
func TestNoPictureCanary(t *testing.T) {
	atOnce(2000/fewer, func(i int) {
		kind := pictures.Kinds[i%len(pictures.Kinds)]
		if canary, ok := ReadPicture(kind.Draw(uint64(i))); ok {
			t.Errorf("%s %d was read as %s", kind.Name, i, canary)
		}
	})
	for _, m := range []image.Image{
		image.NewRGBA(image.Rect(0, 0, 0, 0)), image.NewRGBA(image.Rect(0, 0, 1, 4000)), image.NewNRGBA(image.Rect(-9, -9, 90, 90)),
		image.NewUniform(color.White),
	} {
		if canary, ok := ReadPicture(m); ok {
			t.Errorf("%v was read as %s", m.Bounds(), canary)
		}
	}
}

// Not even tiles that were made to look like a picture canary pass for one if
// they carry no payload: all pilots stand right, all others are random.
func TestRandomTilesAreNoCanary(t *testing.T) {
	var tried atomic.Int32
	const n = 200 / fewer
	atOnce(n, func(i int) {
		r := rand.New(rand.NewPCG(uint64(i), 1))
		m := image.NewGray(image.Rect(0, 0, side, side))
		for tile := range tiles {
			m.Pix[tile] = uint8(60 + 130*r.IntN(2))
		}
		for i, tile := range pilots {
			m.Pix[tile] = 60 + 130*uint8(uint32(pilotPattern)>>i&1)
		}
		if _, _, ways := (frame{sample(m, mostSamples), 1, 1}).pilots(); len(ways) > 0 {
			tried.Add(1)
		}
		if canary, ok := ReadPicture(m); ok {
			t.Errorf("random tiles were read as %s", canary)
		}
	})
	if tried.Load() != n {
		t.Errorf("%d of %d were taken for picture canaries at first: this proves nothing", tried.Load(), n)
	}
}

// wantPixels begins the SHA-256 of a certain picture's pixels.
const wantPixels = "0b029a95a2fbdc79"

// What one release draws the next must still read, and draw alike.
func TestPictureIsStable(t *testing.T) {
	p, err := Picture("qzn26t5k6ht0ddppmh5r")
	if err != nil {
		t.Fatal(err)
	}
	m, err := png.Decode(bytes.NewReader(p))
	if err != nil {
		t.Fatal(err)
	}
	// The pixels, since the encoder may come to pack them better.
	rgba := image.NewRGBA(m.Bounds())
	draw.Draw(rgba, rgba.Rect, m, image.Point{}, draw.Src)
	sum := sha256.Sum256(rgba.Pix)
	if got := hex.EncodeToString(sum[:8]); got != wantPixels {
		t.Errorf("the pixels are %s, want %s", got, wantPixels)
	}
	if len(p) > 60<<10 {
		t.Errorf("the picture has %d bytes", len(p))
	}
}

func TestPictureOfNoCanary(t *testing.T) {
	for _, text := range []string{"", "alice", "qzn26t5k6ht0ddppmh50"} {
		if _, err := Picture(text); err == nil {
			t.Errorf("a picture of %q was drawn", text)
		}
	}
	lower, err := Picture("qzn26t5k6ht0ddppmh5r")
	if err != nil {
		t.Fatal(err)
	}
	upper, err := Picture(strings.ToUpper("qzn26t5k6ht0ddppmh5r"))
	if err != nil || !bytes.Equal(lower, upper) {
		t.Errorf("capitals give another picture (error %v)", err)
	}
}

// Whichever tiles are seen, and however many of the unclear ones are wrong, read
// never gives another payload; with a few wrong it gives the right one.
func TestReadCorrects(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		canary := Mint(fmt.Sprint(r.Uint64()), "photo", 1, 7)
		want := payloadOf(canary)
		if canaryOf(want) != canary {
			t.Fatalf("%s becomes %s", canary, canaryOf(want))
		}
		var seen [tiles]float64
		for tile, bright := range layTiles(want) {
			seen[tile] = 2*r.Float64() - .5 // some are wrong, and unclear
			if !bright {
				seen[tile] = -seen[tile]
			}
		}
		for _, tile := range r.Perm(tiles)[:r.IntN(70)] {
			seen[tile] = math.NaN()
		}
		if got, ok := read(&seen); ok && got != want {
			t.Fatalf("%s was read as %s", canary, canaryOf(got))
		}
		for tile, bright := range layTiles(want) {
			if !math.IsNaN(seen[tile]) && (seen[tile] > 0) != bright && r.IntN(5) > 0 {
				seen[tile] = -seen[tile]
			}
		}
		if got, ok := read(&seen); !ok || got != want {
			t.Errorf("%s with a few unclear tiles wrong was not read", canary)
		}
	}
}

// The stated chance of a false reading rests on these.
func TestChanceOfFalseReading(t *testing.T) {
	ways := float64(len(shares) * len(shares) * 8 * 2)
	if chance := ways * math.Exp2(-doubt); chance >= 1e-9 || ways != 4624 {
		t.Errorf("%.0f ways give a chance of %.2g", ways, chance)
	}
	// Of 128 tiles, the sum of the first few binomial coefficients by hand:
	// 1 + 128 + 8128 + 341376 is below 2^(128-65-43), 10668000 more is not.
	if mostWrong[128] != 3 || mostWrong[107] != -1 || mostWrong[108] != 0 {
		t.Errorf("of 128, 107 and 108 tiles %d, %d and %d may be wrong, want 3, -1 and 0", mostWrong[128], mostWrong[107], mostWrong[108])
	}
	for i, way := range pilotWays {
		for _, other := range pilotWays[:i] {
			if agree := len(pilots) - bits.OnesCount32(way^other); agree > 14 {
				t.Errorf("two ways to lie agree in %d pilots", agree)
			}
		}
	}
}

// FuzzReadPicture holds that no picture makes it fail.
func FuzzReadPicture(f *testing.F) {
	_, m := drawn(f, 1)
	small := image.NewRGBA(image.Rect(0, 0, 32, 32))
	draw.BiLinear.Scale(small, small.Rect, m, m.Bounds(), draw.Src, nil)
	f.Add(small.Pix, 32)
	f.Add([]byte{}, 0)
	f.Fuzz(func(t *testing.T, pix []byte, width int) {
		width = max(1, min(width, len(pix)/4))
		m := &image.NRGBA{Pix: pix, Stride: 4 * width, Rect: image.Rect(0, 0, width, len(pix)/4/width)}
		if canary, ok := ReadPicture(m); ok {
			if _, ok := Parse(canary); !ok {
				t.Errorf("read %q", canary)
			}
		}
		PrintOf(m)
	})
}

func BenchmarkReadPicture(b *testing.B) { benchmarkPictures(b, func(m image.Image) { ReadPicture(m) }) }
func BenchmarkPrintOf(b *testing.B)     { benchmarkPictures(b, func(m image.Image) { PrintOf(m) }) }

func benchmarkPictures(b *testing.B, look func(image.Image)) {
	_, canary := drawn(b, 1)
	for _, of := range []struct {
		name string
		m    image.Image
	}{{"canary", canary}, {"photo", pictures.Photo(1)}} {
		for _, size := range []image.Point{{48, 48}, {256, 256}, {4000, 3000}} {
			m := image.NewRGBA(image.Rectangle{Max: size})
			draw.ApproxBiLinear.Scale(m, m.Rect, of.m, of.m.Bounds(), draw.Src, nil)
			b.Run(fmt.Sprintf("%s/%dx%d", of.name, size.X, size.Y), func(b *testing.B) {
				for b.Loop() {
					look(m)
				}
			})
		}
	}
}
