package marker

import (
	"encoding/json"
	"image"
	"image/color"
	"strings"
	"sync/atomic"
	"testing"

	"golang.org/x/image/draw"

	"notmine/fixtures/pictures"
)

// declarable draws pictures that people upload: photographs and portraits.
func declarable(i int) image.Image {
	if i%2 == 0 {
		return pictures.Photo(uint64(i))
	}
	return pictures.Face(uint64(i))
}

// A picture looks like itself after what services do to it. Where they make it
// so bright or dark that much of it has one colour, most do.
func TestPrintsSurvive(t *testing.T) {
	const n = 200 / fewer
	originals, prints := make([]image.Image, n), make([]Print, n)
	atOnce(n, func(i int) {
		originals[i] = declarable(i)
		prints[i] = PrintOf(originals[i])
	})
	clipped := map[string]bool{"brighter": true, "darker": true, "more contrast": true}
	for _, what := range single {
		var near atomic.Int32
		atOnce(n, func(i int) {
			p := PrintOf(what.do(t, originals[i]))
			if p.Near(prints[i]) && prints[i].Near(p) {
				near.Add(1)
			}
			if other := (i + 1) % n; p.Near(prints[other]) {
				t.Errorf("%s: picture %d is near picture %d", what.name, i, other)
			}
		})
		t.Logf("%-45s %d of %d", what.name, near.Load(), n)
		want := n
		if clipped[what.name] {
			want = n * 8 / 10
		}
		if int(near.Load()) < want {
			t.Errorf("%s: %d of %d are near, want %d", what.name, near.Load(), n, want)
		}
	}
}

// Of different pictures no two look alike, of different people no two portraits.
func TestPrintsDiffer(t *testing.T) {
	prints := make([]Print, 600/fewer)
	atOnce(len(prints), func(i int) { prints[i] = PrintOf(declarable(i)) })
	for i, p := range prints {
		if !p.Near(p) {
			t.Errorf("picture %d is not near itself", i)
		}
		for j, other := range prints[:i] {
			if p.Near(other) {
				t.Errorf("picture %d is near picture %d", i, j)
			}
		}
	}
}

func TestNoPrint(t *testing.T) {
	blank := image.NewRGBA(image.Rect(0, 0, 64, 64))
	draw.Draw(blank, blank.Rect, image.NewUniform(color.RGBA{200, 220, 240, 255}), image.Point{}, draw.Src)
	for name, m := range map[string]image.Image{
		"blank": blank, "nothing": image.NewRGBA(image.Rectangle{}), "transparent": image.NewNRGBA(image.Rect(0, 0, 9, 9)),
		"one colour without end": image.NewUniform(color.Black),
		"default avatar":         pictures.Avatar(1), "another": pictures.Avatar(2),
	} {
		p := PrintOf(m)
		if p != (Print{}) || p.Near(p) {
			t.Errorf("%s has a print, or is near itself", name)
		}
	}
}

func TestPrintText(t *testing.T) {
	want := PrintOf(pictures.Photo(1))
	text, err := json.Marshal(Entry{Print: &want})
	if err != nil {
		t.Fatal(err)
	}
	var got Entry
	if err := json.Unmarshal(text, &got); err != nil || *got.Print != want {
		t.Errorf("%s is read as %v with error %v", text, got.Print, err)
	}
	for _, wrong := range []string{"", "00", strings.Repeat("g", 2*len(want)), strings.Repeat("0", 2*len(want)+2)} {
		p := want
		if err := p.UnmarshalText([]byte(wrong)); err == nil || p != want {
			t.Errorf("%.10q is read as a print, with error %v", wrong, err)
		}
	}
}

// Every picture that a page loads is held against all that were declared.
func BenchmarkByPrint(b *testing.B) {
	prints := make([]Print, 100)
	for i := range prints {
		prints[i] = PrintOf(declarable(i))
	}
	l := NewLedger(7, nil)
	for i := range 5000 {
		p := prints[i%len(prints)]
		for j := range p { // as different as pictures are
			p[j] ^= byte(i/len(prints)) * 37
		}
		if _, err := l.Add(Entry{Owner: "alice", Item: "photo", Text: "photo.png", Declared: true, Picture: true, Print: &p}); err != nil {
			b.Fatal(err)
		}
	}
	p := PrintOf(declarable(len(prints)))
	for b.Loop() {
		l.ByPrint(p)
	}
}
