package marker

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"math"
	"testing"

	"golang.org/x/image/draw"
)

// transformation is something that services and pages do to pictures.
type transformation struct {
	name string
	do   func(*testing.T, image.Image) image.Image
}

var (
	box     = &draw.Kernel{Support: .5, At: func(float64) float64 { return 1 }}
	lanczos = &draw.Kernel{Support: 3, At: func(t float64) float64 {
		if t == 0 {
			return 1
		}
		return 3 * math.Sin(math.Pi*t) * math.Sin(math.Pi*t/3) / (math.Pi * math.Pi * t * t)
	}}
)

// single are the transformations one by one.
var single = []transformation{
	{"as it is", chain()},
	{"48 pixels, nearest", chain(resize(48, 48, draw.NearestNeighbor))},
	{"48 pixels, bilinear without averaging", chain(resize(48, 48, draw.ApproxBiLinear))},
	{"48 pixels, bilinear", chain(resize(48, 48, draw.BiLinear))},
	{"48 pixels, box", chain(resize(48, 48, box))},
	{"48 pixels, bicubic", chain(resize(48, 48, draw.CatmullRom))},
	{"48 pixels, Lanczos", chain(resize(48, 48, lanczos))},
	{"47 pixels, bilinear", chain(resize(47, 47, draw.BiLinear))},
	{"100 pixels, nearest", chain(resize(100, 100, draw.NearestNeighbor))},
	{"1024 pixels, bicubic", chain(resize(1024, 1024, draw.CatmullRom))},
	{"JPEG 50", chain(compress(50))},
	{"circle, transparent", chain(circle(color.Transparent))},
	{"circle, white", chain(circle(color.White))},
	{"circle, black", chain(circle(color.Black))},
	{"stretched to 4:3", chain(resize(512, 384, draw.BiLinear))},
	{"stretched to 3:4", chain(resize(384, 512, draw.BiLinear))},
	{"stretched to 16:9", chain(resize(512, 288, draw.BiLinear))},
	{"4:3, middle square", chain(resize(640, 480, draw.BiLinear), middle)},
	{"3:4, middle square", chain(resize(480, 640, draw.BiLinear), middle)},
	{"16:9, middle square", chain(resize(640, 360, draw.BiLinear), middle)},
	{"9:16, middle square", chain(resize(360, 640, draw.BiLinear), middle)},
	{"brighter", chain(adjust(1, 40))},
	{"darker", chain(adjust(1, -40))},
	{"less contrast", chain(adjust(.5, 60))},
	{"more contrast", chain(adjust(1.5, -60))},
	{"grey", chain(grey(.299, .587, .114))},
	{"grey, mean of the colours", chain(grey(1./3, 1./3, 1./3))},
}

// combined are the transformations that services do one after another.
var combined = []transformation{
	{"48 pixels, JPEG 50", chain(resize(48, 48, draw.BiLinear), compress(50))},
	{"48 pixels by nearest, JPEG 50", chain(resize(48, 48, draw.NearestNeighbor), compress(50))},
	{"JPEG 50, 48 pixels by Lanczos, JPEG 50", chain(compress(50), resize(48, 48, lanczos), compress(50))},
	{"200 pixels, JPEG 75, 48 pixels, JPEG 50", chain(resize(200, 200, draw.CatmullRom), compress(75), resize(48, 48, draw.BiLinear), compress(50))},
	{"circle, 48 pixels", chain(circle(color.Transparent), resize(48, 48, draw.BiLinear))},
	{"white circle, 48 pixels, JPEG 50", chain(circle(color.White), resize(48, 48, draw.BiLinear), compress(50))},
	{"black circle, 48 pixels, JPEG 50", chain(circle(color.Black), resize(48, 48, draw.BiLinear), compress(50))},
	{"grey, 48 pixels, JPEG 50", chain(grey(.299, .587, .114), resize(48, 48, draw.BiLinear), compress(50))},
	{"less contrast, 48 pixels, JPEG 50", chain(adjust(.5, 60), resize(48, 48, draw.BiLinear), compress(50))},
	{"4:3, middle square, 48 pixels, JPEG 50", chain(resize(640, 480, draw.BiLinear), middle, resize(48, 48, draw.BiLinear), compress(50))},
	{"16:9, middle square, 48 pixels, JPEG 50", chain(resize(640, 360, draw.BiLinear), middle, resize(48, 48, draw.BiLinear), compress(50))},
	{"4:3, middle circle, 48 pixels, JPEG 50", chain(resize(640, 480, draw.BiLinear), middle, circle(color.White), resize(48, 48, draw.BiLinear), compress(50))},
	{"3:2, middle circle, 48 pixels", chain(resize(600, 400, draw.BiLinear), middle, circle(color.Transparent), resize(48, 48, draw.BiLinear))},
	{"mirrored, 48 pixels, JPEG 50", chain(turned(1), resize(48, 48, draw.BiLinear), compress(50))},
	{"turned by a quarter, circle, 48 pixels", chain(turned(5), circle(color.White), resize(48, 48, draw.BiLinear))},
	{"margin, 64 pixels", chain(margin(30), resize(64, 64, draw.BiLinear))},
	{"32 pixels, JPEG 50", chain(resize(32, 32, draw.BiLinear), compress(50))},
}

// chain does one thing after another.
func chain(steps ...func(*testing.T, image.Image) image.Image) func(*testing.T, image.Image) image.Image {
	return func(t *testing.T, m image.Image) image.Image {
		for _, step := range steps {
			m = step(t, m)
		}
		return m
	}
}

func resize(w, h int, by draw.Scaler) func(*testing.T, image.Image) image.Image {
	return func(_ *testing.T, m image.Image) image.Image {
		to := image.NewRGBA(image.Rect(0, 0, w, h))
		by.Scale(to, to.Rect, m, m.Bounds(), draw.Src, nil)
		return to
	}
}

func compress(quality int) func(*testing.T, image.Image) image.Image {
	return func(t *testing.T, m image.Image) image.Image {
		t.Helper()
		var b bytes.Buffer
		if err := jpeg.Encode(&b, m, &jpeg.Options{Quality: quality}); err != nil {
			t.Fatal(err)
		}
		m, err := jpeg.Decode(&b)
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
}

// circle puts a colour around the largest circle that fits.
func circle(around color.Color) func(*testing.T, image.Image) image.Image {
	return func(_ *testing.T, m image.Image) image.Image {
		outside := color.NRGBAModel.Convert(around).(color.NRGBA)
		return each(m, func(x, y float64, c color.NRGBA) color.NRGBA {
			if math.Hypot(x-.5, y-.5) > .5 {
				return outside
			}
			return c
		})
	}
}

// middle is the largest square around the middle.
func middle(_ *testing.T, m image.Image) image.Image {
	b := m.Bounds()
	size := min(b.Dx(), b.Dy())
	at := b.Min.Add(image.Pt((b.Dx()-size)/2, (b.Dy()-size)/2))
	to := image.NewRGBA(image.Rect(0, 0, size, size))
	draw.Draw(to, to.Rect, m, at, draw.Src)
	return to
}

// turned turns or mirrors in one of the eight ways.
func turned(way int) func(*testing.T, image.Image) image.Image {
	return func(_ *testing.T, m image.Image) image.Image {
		last := m.Bounds().Dx() - 1
		to := image.NewRGBA(image.Rect(0, 0, last+1, last+1))
		for row := range last + 1 {
			for column := range last + 1 {
				x, y := column, row
				if way&1 != 0 {
					x = last - x
				}
				if way&2 != 0 {
					y = last - y
				}
				if way&4 != 0 {
					x, y = y, x
				}
				to.Set(x, y, m.At(column, row))
			}
		}
		return to
	}
}

// margin puts white around.
func margin(wide int) func(*testing.T, image.Image) image.Image {
	return func(_ *testing.T, m image.Image) image.Image {
		b := m.Bounds()
		to := image.NewRGBA(image.Rect(0, 0, b.Dx()+2*wide, b.Dy()+2*wide))
		draw.Draw(to, to.Rect, image.White, image.Point{}, draw.Src)
		draw.Draw(to, to.Rect.Inset(wide), m, b.Min, draw.Src)
		return to
	}
}

func adjust(contrast, brightness float64) func(*testing.T, image.Image) image.Image {
	return func(_ *testing.T, m image.Image) image.Image {
		turn := func(v uint8) uint8 {
			return uint8(math.Max(0, math.Min(255, float64(v)*contrast+brightness)))
		}
		return each(m, func(_, _ float64, c color.NRGBA) color.NRGBA {
			return color.NRGBA{turn(c.R), turn(c.G), turn(c.B), c.A}
		})
	}
}

func grey(red, green, blue float64) func(*testing.T, image.Image) image.Image {
	return func(_ *testing.T, m image.Image) image.Image {
		return each(m, func(_, _ float64, c color.NRGBA) color.NRGBA {
			v := uint8(red*float64(c.R) + green*float64(c.G) + blue*float64(c.B))
			return color.NRGBA{v, v, v, c.A}
		})
	}
}

// each gives every pixel another colour. x and y are shares of the picture.
func each(m image.Image, change func(x, y float64, c color.NRGBA) color.NRGBA) image.Image {
	b := m.Bounds()
	to := image.NewNRGBA(image.Rect(0, 0, b.Dx(), b.Dy()))
	draw.Draw(to, to.Rect, m, b.Min, draw.Src)
	for y := range b.Dy() {
		for x := range b.Dx() {
			p := to.Pix[to.PixOffset(x, y):][:4:4]
			c := change((float64(x)+.5)/float64(b.Dx()), (float64(y)+.5)/float64(b.Dy()), color.NRGBA{p[0], p[1], p[2], p[3]})
			p[0], p[1], p[2], p[3] = c.R, c.G, c.B, c.A
		}
	}
	return to
}
