package sight

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"sync"

	"golang.org/x/image/bmp"
	"golang.org/x/image/draw"
	"golang.org/x/image/tiff"
	"golang.org/x/image/webp"

	"notmine/checks/marker"
)

const (
	// maxPixels is how many pixels a picture may have to be decoded: as many as
	// a large photo.
	maxPixels = 25_000_000
	// manyPixels are so many that one such picture is decoded at a time: it can
	// take 15 bytes a pixel.
	manyPixels = 4_000_000
	// maxScanned bounds the work for a progressive JPEG, which passes over its
	// pixels about ten times, and over and over if it is made to.
	maxScanned = 20 * maxPixels
	// minPixels is what a picture takes of the budget at least, in bytes: it
	// bounds the work for an archive of small ones.
	minPixels = 32 << 10
	// minSide is the shortest side of a picture that can show anything.
	minSide = 16
	// maxShown is the longest side of Match.Shown.
	maxShown = 256
)

// pictureKind is a format of pictures.
type pictureKind struct {
	name   string
	is     func(head []byte) bool
	config func(io.Reader) (image.Config, error)
	decode func(io.Reader) (image.Image, error) // the first picture if there are several; nil if there is no decoder
	notes  func(p []byte, in *inside)           // hands over what is written beside the pixels; nil if nothing can be
}

var pictureKinds = []pictureKind{
	{"JPEG", begin("\xff\xd8\xff"), jpeg.DecodeConfig, decodeJPEG, jpegNotes},
	{"PNG", begin(pngSign), png.DecodeConfig, png.Decode, pngNotes},
	{"GIF", begin("GIF87a", "GIF89a"), gif.DecodeConfig, gif.Decode, gifNotes},
	{"WebP", isWebP, webp.DecodeConfig, webp.Decode, webpNotes},
	{"BMP", isBMP, bmp.DecodeConfig, bmp.Decode, nil},
	{"TIFF", begin("II*\x00", "MM\x00*"), tiff.DecodeConfig, tiff.Decode, nil},
	{"AVIF", isBrand("avif", "avis"), nil, nil, nil},
	{"HEIC", isBrand("heic", "heix", "heim", "heis", "hevc", "mif1", "msf1"), nil, nil, nil},
	{"JPEG XL", begin("\x00\x00\x00\x0cJXL \r\n\x87\n"), nil, nil, nil},
	{"JPEG 2000", begin("\x00\x00\x00\x0cjP  \r\n\x87\n", "\xff\x4f\xff\x51"), nil, nil, nil},
}

// begin returns what knows a format by its first bytes.
func begin(signs ...string) func([]byte) bool {
	return func(head []byte) bool {
		for _, sign := range signs {
			if bytes.HasPrefix(head, []byte(sign)) {
				return true
			}
		}
		return false
	}
}

func isWebP(head []byte) bool {
	return len(head) >= 12 && string(head[:4]) == "RIFF" && string(head[8:12]) == "WEBP"
}

// isBMP looks for the size of the second header as well: two letters are not
// enough.
func isBMP(head []byte) bool {
	if len(head) < 18 || string(head[:2]) != "BM" {
		return false
	}
	size := head[14]
	return head[15] == 0 && head[16] == 0 && head[17] == 0 && (size == 40 || size == 108 || size == 124)
}

// isBrand returns what knows a format in a box file (ISO 14496-12) by its brand.
func isBrand(brands ...string) func([]byte) bool {
	return func(head []byte) bool {
		if len(head) < 12 || string(head[4:8]) != "ftyp" {
			return false
		}
		for _, brand := range brands {
			if string(head[8:12]) == brand {
				return true
			}
		}
		return false
	}
}

// kindOfPicture returns the format of what begins so, nil if it is no picture.
func kindOfPicture(head []byte) *pictureKind {
	for i := range pictureKinds {
		if pictureKinds[i].is(head) {
			return &pictureKinds[i]
		}
	}
	return nil
}

func isPicture(head []byte, _ string) bool { return kindOfPicture(head) != nil }

// openPicture hands over what is written beside the pixels, and looks at what
// the picture shows if that can be anybody's.
func openPicture(p []byte, in *inside) {
	kind := kindOfPicture(p)
	if kind.notes != nil {
		kind.notes(p, in)
	}
	if !in.finder.ledger.HasPictures() {
		return
	}
	if kind.decode == nil {
		in.missed(kind.withArticle() + " picture was not decoded")
		return
	}
	config, err := kind.config(bytes.NewReader(p))
	switch {
	case err != nil:
		in.missed(kind.withArticle() + " picture could not be decoded")
		return
	case min(config.Width, config.Height) < minSide:
		return
	case int64(config.Width)*int64(config.Height) > maxPixels:
		in.missed(fmt.Sprintf("a picture of more than %d megapixels was not decoded", maxPixels/1_000_000))
		return
	case !in.budget.take(max(minPixels, int64(config.Width)*int64(config.Height)*bytesPerPixel(config.ColorModel))):
		in.missed(in.why("a picture", errOverBudget))
		return
	}
	seen := in.finder.pictures.of(sha256.Sum256(p))
	seen.once.Do(func() {
		if config.Width*config.Height > manyPixels {
			bigPicture.Lock()
			defer bigPicture.Unlock()
		}
		m, err := kind.safely(p)
		if err != nil {
			seen.missed = kind.withArticle() + " picture could not be decoded"
			return
		}
		seen.read(m, in.finder.ledger)
	})
	in.showed(seen, "picture")
}

// bigPicture is held while one of manyPixels is decoded.
var bigPicture sync.Mutex

// withArticle returns the name of the format.
func (k *pictureKind) withArticle() string {
	if k.name == "AVIF" {
		return "an " + k.name
	}
	return "a " + k.name
}

// safely decodes a picture with a decoder that was not written for enemies.
func (k *pictureKind) safely(p []byte) (m image.Image, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("decoding a %s picture: %v", k.name, cause)
		}
	}()
	return k.decode(bytes.NewReader(p))
}

var errManyScans = errors.New("too many scans")

// decodeJPEG refuses a picture that would be passed over too often.
func decodeJPEG(r io.Reader) (image.Image, error) {
	p, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	config, err := jpeg.DecodeConfig(bytes.NewReader(p))
	if err != nil {
		return nil, err
	}
	// In compressed data ff is followed by 00: what looks like the start of a
	// scan is one, or stands in a thumbnail.
	scans := bytes.Count(p, []byte("\xff\xda"))
	if scans*config.Width*config.Height > maxScanned {
		return nil, errManyScans
	}
	return jpeg.Decode(bytes.NewReader(p))
}

// bytesPerPixel returns what a decoded picture takes.
func bytesPerPixel(model color.Model) int64 {
	switch model {
	case color.GrayModel:
		return 1
	case color.Gray16Model:
		return 2
	case color.YCbCrModel:
		return 3
	case color.RGBA64Model, color.NRGBA64Model:
		return 8
	}
	if _, isPalette := model.(color.Palette); isPalette {
		return 1
	}
	return 4
}

// seenPicture is what is known of a picture, whoever was given it.
type seenPicture struct {
	once   sync.Once
	canary string // "" without
	print  marker.Print
	shown  []byte // small, if it shows a marker
	missed string // why it was not decoded
}

// read looks for markers.
func (s *seenPicture) read(m image.Image, ledger *marker.Ledger) {
	s.canary, _ = marker.ReadPicture(m)
	s.print = marker.PrintOf(m)
	if s.canary != "" || len(ledger.ByPrint(s.print)) > 0 {
		s.shown = shrink(m)
	}
}

// showed reports the markers that a picture shows, as the ledger has them now.
func (in *inside) showed(s *seenPicture, wrapping ...string) {
	if s.missed != "" {
		in.missed(s.missed)
		return
	}
	ledger := in.finder.ledger
	m := Match{Wrapping: wrapping, Shown: s.shown}
	if s.canary != "" {
		m.Text = s.canary
		entries := ledger.ByText(s.canary)
		for _, m.Entry = range entries {
			m.Owner, m.Item = m.Entry.Owner, m.Entry.Item
			in.match(m)
		}
		if token, ok := marker.Parse(s.canary); ok && entries == nil {
			m.Earlier = true
			m.Owner, m.Item, _ = ledger.Resolve(token)
			in.match(m)
		}
		return
	}
	if s.shown == nil {
		return
	}
	entries := ledger.ByPrint(s.print)
	for _, m.Entry = range entries[:min(len(entries), maxOwners)] {
		m.Text, m.Owner, m.Item = m.Entry.Text, m.Entry.Owner, m.Entry.Item
		in.match(m)
	}
}

// shrink draws a picture anew, at most maxShown pixels a side, as PNG. Nothing of
// the picture's own bytes is in it.
func shrink(m image.Image) []byte {
	size := m.Bounds().Size()
	if longest := max(size.X, size.Y); longest > maxShown {
		size = image.Pt(max(1, size.X*maxShown/longest), max(1, size.Y*maxShown/longest))
	}
	small := image.NewNRGBA(image.Rectangle{Max: size})
	draw.ApproxBiLinear.Scale(small, small.Bounds(), m, m.Bounds(), draw.Src, nil)
	var p bytes.Buffer
	if err := png.Encode(&p, small); err != nil {
		return nil // never: the picture has a size, and a buffer takes everything
	}
	return p.Bytes()
}

// maxSeen is how many pictures each of the two generations of [pictures] has.
// With a small picture of those that show a marker, some hundred kilobytes each,
// and a print of the others, that is some hundred megabytes at the very most.
const maxSeen = 512

// pictures remembers what pictures showed, so that a thumbnail that fifty
// sessions are given is decoded once. When the young generation is full the old
// one is forgotten. The zero value is ready for use.
type pictures struct {
	mu         sync.Mutex
	young, old map[[sha256.Size]byte]*seenPicture
}

// of returns what is known of a picture, which may be nothing yet.
func (c *pictures) of(key [sha256.Size]byte) *seenPicture {
	c.mu.Lock()
	defer c.mu.Unlock()
	if s := c.young[key]; s != nil {
		return s
	}
	s := c.old[key]
	if s == nil {
		s = new(seenPicture)
	}
	c.enter(key, s)
	return s
}

func (c *pictures) enter(key [sha256.Size]byte, s *seenPicture) {
	if c.young == nil || len(c.young) == maxSeen {
		c.young, c.old = make(map[[sha256.Size]byte]*seenPicture), c.young
	}
	c.young[key] = s
}
