package sight

import (
	"image"
	"image/color"
)

// picture looks at a picture in a document. One that is a JPEG is handed over as
// such; one that is packed as any other stream is put together from its pixels.
func (f *pdfFile) picture(o *pdfObject) {
	p, left := f.decode(o)
	if left == "DCTDecode" || left == "DCT" {
		f.member("image/jpeg", p)
		return
	}
	ledger := f.in.finder.ledger
	d := o.dict()
	width, height := f.number(d["Width"], 0), f.number(d["Height"], 0)
	if !ledger.HasPictures() || min(width, height) < minSide || width*height > maxPixels || d["ImageMask"] == true {
		return
	}
	size := image.Pt(int(width), int(height))
	components, palette := f.colors(d["ColorSpace"])
	if left != "" || components == 0 || f.number(d["BitsPerComponent"], 0) != 8 || len(p) < size.X*size.Y*components {
		f.in.missed("a picture in a PDF document was not decoded")
		return
	}
	if !f.in.budget.take(max(minPixels, int64(4*size.X*size.Y))) {
		f.fail(errOverBudget)
		return
	}
	m := image.NewNRGBA(image.Rectangle{Max: size})
	for i := range size.X * size.Y {
		pixel := p[i*components : (i+1)*components]
		if palette != nil {
			at := 3 * int(pixel[0])
			if at+3 > len(palette) {
				continue
			}
			pixel = palette[at : at+3]
		}
		m.SetNRGBA(i%size.X, i/size.X, pdfColor(pixel))
	}
	seen := new(seenPicture)
	seen.read(m, ledger)
	f.in.showed(seen, "pdf", "picture")
}

// colors returns how many components a colour has, 0 if that is not known, and
// the palette of an indexed colour space as RGB (8.6).
func (f *pdfFile) colors(v any) (components int, palette []byte) {
	switch v := f.resolve(v).(type) {
	case pdfName:
		switch v {
		case "DeviceGray", "CalGray", "G":
			return 1, nil
		case "DeviceRGB", "CalRGB", "RGB":
			return 3, nil
		case "DeviceCMYK", "CMYK":
			return 4, nil
		}
	case pdfArray:
		if len(v) < 2 {
			return 0, nil
		}
		switch f.name(v[0]) {
		case "CalGray":
			return 1, nil
		case "CalRGB":
			return 3, nil
		case "ICCBased":
			if o := f.streamOf(v[1]); o != nil {
				if n := int(f.number(o.dict()["N"], 0)); n == 1 || n == 3 || n == 4 {
					return n, nil
				}
			}
		case "Indexed":
			if base, _ := f.baseColors(v[1]); base != 3 || len(v) < 4 {
				return 0, nil
			}
			if o := f.streamOf(v[3]); o != nil {
				palette, _ = f.decode(o)
			} else if s, isString := f.resolve(v[3]).(pdfString); isString {
				palette = s
			}
			return 1, palette
		}
	}
	return 0, nil
}

// baseColors is colors for what an indexed colour space is based on, which is no
// indexed one.
func (f *pdfFile) baseColors(v any) (int, []byte) {
	if a := f.array(v); len(a) > 0 && f.name(a[0]) == "Indexed" {
		return 0, nil
	}
	return f.colors(v)
}

// pdfColor returns the colour of one, three or four components.
func pdfColor(p []byte) color.NRGBA {
	switch len(p) {
	case 1:
		return color.NRGBA{p[0], p[0], p[0], 255}
	case 4:
		r, g, b := color.CMYKToRGB(p[0], p[1], p[2], p[3])
		return color.NRGBA{r, g, b, 255}
	}
	return color.NRGBA{p[0], p[1], p[2], 255}
}
