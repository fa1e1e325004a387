package marker

import "image"

// lattice is a picture as brightness on a small grid of samples, summed up so
// that the mean of any rectangle is read with a few look-ups, whatever the
// picture's size.
type lattice struct {
	w, h   int
	opaque bool
	luma   []int32 // sums of brightness (0 to 255, times the opacity) over all samples above and to the left
	alpha  []int32 // sums of opacity (0 to 255), likewise
}

// sample takes at most most×most samples of a picture.
func sample(m image.Image, most int) *lattice {
	b := m.Bounds()
	l := &lattice{w: min(b.Dx(), most), h: min(b.Dy(), most), opaque: true}
	stride := l.w + 1
	l.luma = make([]int32, stride*(l.h+1))
	l.alpha = make([]int32, stride*(l.h+1))
	at := colors(m)
	for y := range l.h {
		py := b.Min.Y + (2*y+1)*b.Dy()/(2*l.h)
		var luma, alpha int32 // of this row
		row := (y + 1) * stride
		for x := range l.w {
			r, g, b, a := at(b.Min.X+(2*x+1)*b.Dx()/(2*l.w), py)
			// Rec. 601, as JPEG has it.
			luma += int32((19595*r + 38470*g + 7471*b + 1<<15) >> 24)
			alpha += int32(a >> 8)
			l.opaque = l.opaque && a == 0xffff
			l.luma[row+x+1] = l.luma[row+x+1-stride] + luma
			l.alpha[row+x+1] = l.alpha[row+x+1-stride] + alpha
		}
	}
	return l
}

// colors reads pixels as RGBA of 16 bits, without allocation where the picture
// offers that.
func colors(m image.Image) func(x, y int) (r, g, b, a uint32) {
	if m, ok := m.(image.RGBA64Image); ok {
		return func(x, y int) (r, g, b, a uint32) {
			c := m.RGBA64At(x, y)
			return uint32(c.R), uint32(c.G), uint32(c.B), uint32(c.A)
		}
	}
	return func(x, y int) (r, g, b, a uint32) { return m.At(x, y).RGBA() }
}

// mean gives the mean brightness, 0 to 255, of the rectangle with these edges,
// in shares of the picture's width and height. It is not ok if the rectangle is
// not wholly inside of the picture or more than half transparent.
func (l *lattice) mean(left, top, right, bottom float64) (brightness float64, ok bool) {
	if left < 0 || top < 0 || right > 1 || bottom > 1 {
		return 0, false
	}
	x0, y0, x1, y1 := l.column(left), l.row(top), l.column(right), l.row(bottom)
	area := (x1.at() - x0.at()) * (y1.at() - y0.at())
	luma := l.sum(l.luma, x0, y0, x1, y1)
	if l.opaque {
		return luma / area, true
	}
	alpha := l.sum(l.alpha, x0, y0, x1, y1) / 255
	if alpha < area/2 {
		return 0, false
	}
	return luma / alpha, true
}

// edge is a place between two lines of the sums.
type edge struct {
	line int
	part float64 // of the way to the next line
}

func (e edge) at() float64 { return float64(e.line) + e.part }

func (l *lattice) column(share float64) edge { return edgeAt(share, l.w) }
func (l *lattice) row(share float64) edge    { return edgeAt(share, l.h) }

func edgeAt(share float64, size int) edge {
	at := share * float64(size)
	line := min(int(at), size-1)
	return edge{line, at - float64(line)}
}

// sum adds up a rectangle; samples that an edge cuts count for the part inside.
func (l *lattice) sum(sums []int32, x0, y0, x1, y1 edge) float64 {
	return l.corner(sums, x1, y1) - l.corner(sums, x0, y1) - l.corner(sums, x1, y0) + l.corner(sums, x0, y0)
}

// corner is the sum of all that is above and to the left of a point.
func (l *lattice) corner(sums []int32, x, y edge) float64 {
	i := y.line*(l.w+1) + x.line
	above := float64(sums[i])*(1-x.part) + float64(sums[i+1])*x.part
	i += l.w + 1
	below := float64(sums[i])*(1-x.part) + float64(sums[i+1])*x.part
	return above*(1-y.part) + below*y.part
}
