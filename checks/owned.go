package checks

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"slices"

	"golang.org/x/image/draw"

	"notmine/checks/marker"
	"notmine/checks/plan"
)

// ownSide is the longest side of an owner's picture in the evidence, in pixels:
// that of the picture which stands beside it, see [record.Sighting].
const ownSide = 256

// owned returns the owner's own picture of a marker, small and as a PNG: of a
// canary the one that was planted, of a declared picture the plan's file.
func owned(p *plan.Plan, e marker.Entry) ([]byte, error) {
	if !e.Declared {
		drawn, err := marker.Picture(e.Text)
		if err != nil {
			return nil, err
		}
		picture, err := png.Decode(bytes.NewReader(drawn))
		if err != nil {
			return nil, fmt.Errorf("decoding the picture of a canary: %w", err)
		}
		return small(picture)
	}
	i := slices.IndexFunc(p.Markers, func(m plan.Marker) bool {
		return m.Picture != "" && e.Print != nil && m.Owner == e.Owner && m.Item == e.Item && m.Text == e.Text && m.Print == *e.Print
	})
	if i < 0 {
		return nil, fmt.Errorf("the plan declares no picture for %s's %s", e.Owner, e.Item)
	}
	picture, err := p.Markers[i].Image()
	if err != nil {
		return nil, err
	}
	return small(picture)
}

// small scales a picture down to what evidence needs, as a PNG.
func small(m image.Image) ([]byte, error) {
	size := m.Bounds().Size()
	if longest := max(size.X, size.Y); longest > ownSide {
		to := image.NewNRGBA(image.Rect(0, 0, max(1, size.X*ownSide/longest), max(1, size.Y*ownSide/longest)))
		draw.BiLinear.Scale(to, to.Bounds(), m, m.Bounds(), draw.Src, nil)
		m = to
	}
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		return nil, fmt.Errorf("encoding a picture: %w", err)
	}
	return b.Bytes(), nil
}
