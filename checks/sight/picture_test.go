package sight

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"math"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"golang.org/x/image/bmp"
	"golang.org/x/image/draw"
	"golang.org/x/image/tiff"

	"notmine/checks/marker"
)

// face is the picture that bob has declared: soft blobs, like a photo.
func face() image.Image { return blobs(1, 256, 256) }

// blobs draws a picture that differs from seed to seed.
func blobs(seed int64, width, height int) image.Image {
	m := image.NewNRGBA(image.Rect(0, 0, width, height))
	random := noise(int(seed) + 40)[seed:]
	for y := range height {
		for x := range width {
			var c [3]float64
			for i := range 6 {
				cx, cy := float64(random[3*i])/255, float64(random[3*i+1])/255
				d := math.Hypot(float64(x)/float64(width)-cx, float64(y)/float64(height)-cy)
				c[i%3] += 200 * math.Exp(-d*d*float64(10+random[3*i+2]/8))
			}
			m.SetNRGBA(x, y, color.NRGBA{uint8(min(c[0], 255)), uint8(min(c[1], 255)), uint8(min(c[2], 255)), 255})
		}
	}
	return m
}

// drawn is a finder of a ledger in which alice's photo is a picture canary and
// bob's face a declared picture.
func drawn(t testing.TB) *Finder {
	t.Helper()
	l := people(t)
	face := marker.PrintOf(face())
	for _, e := range []marker.Entry{
		{Owner: "alice", Item: "photo", Picture: true},
		{Owner: "bob", Item: "face", Text: "bob.jpg", Declared: true, Picture: true, Print: &face},
	} {
		if _, err := l.Add(e); err != nil {
			t.Fatal(err)
		}
	}
	return finder(t, l)
}

// photo is alice's picture canary.
func photo(t testing.TB) image.Image { return canaryPicture(t, photoCanary) }

var photoCanary = marker.Mint("alice", "photo", 1, thisRun)

func canaryPicture(t testing.TB, canary string) image.Image {
	t.Helper()
	p, err := marker.Picture(canary)
	if err != nil {
		t.Fatal(err)
	}
	m, err := png.Decode(bytes.NewReader(p))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func scaled(m image.Image, side int) image.Image {
	small := image.NewNRGBA(image.Rect(0, 0, side, side))
	draw.CatmullRom.Scale(small, small.Bounds(), m, m.Bounds(), draw.Src, nil)
	return small
}

func encode(encode func(*bytes.Buffer) error) []byte {
	var b bytes.Buffer
	if err := encode(&b); err != nil {
		panic(err)
	}
	return b.Bytes()
}

func pngOf(m image.Image) []byte {
	return encode(func(b *bytes.Buffer) error { return png.Encode(b, m) })
}

func jpegOf(m image.Image) []byte {
	return encode(func(b *bytes.Buffer) error { return jpeg.Encode(b, m, &jpeg.Options{Quality: 50}) })
}

func TestPictures(t *testing.T) {
	photo := photo(t)
	webp, err := os.ReadFile("testdata/photo.webp")
	if err != nil {
		t.Fatal(err)
	}
	inGIF := encode(func(b *bytes.Buffer) error { return gif.Encode(b, photo, nil) })
	alice, bob, none := []string{"alice's photo (picture)"}, []string{"bob's face (picture)"}, []string{}
	for _, test := range []struct {
		why  string
		body []byte
		want []string
	}{
		{"a canary, PNG", pngOf(photo), alice},
		{"JPEG of 48 pixels", jpegOf(scaled(photo, 48)), alice},
		{"WebP", webp, alice},
		{"GIF", inGIF, alice},
		{"BMP", encode(func(b *bytes.Buffer) error { return bmp.Encode(b, photo) }), alice},
		{"TIFF", encode(func(b *bytes.Buffer) error { return tiff.Encode(b, photo, nil) }), alice},
		{"TIFF, deflated", encode(func(b *bytes.Buffer) error {
			return tiff.Encode(b, photo, &tiff.Options{Compression: tiff.Deflate, Predictor: true})
		}), alice},
		{"a declared picture", jpegOf(scaled(face(), 120)), bob},
		{"in an archive", zipped(member{"me.png", string(pngOf(photo))}), []string{"alice's photo (zip me.png picture)"}},
		{"a thumbnail in Exif", withThumbnail(jpegOf(scaled(photo, 160))), []string{"alice's photo (metadata picture)"}},
		{"of an earlier run", pngOf(canaryPicture(t, marker.Mint("bob", "photo", 2, 3))), []string{"bob's photo earlier (picture)"}},
		{"of nobody we know", pngOf(canaryPicture(t, marker.Mint("zoe", "photo", 2, 3))), []string{"'s  earlier (picture)"}},
		{"another picture", jpegOf(blobs(2, 256, 256)), none},
		{"a plain one", pngOf(image.NewNRGBA(image.Rect(0, 0, 200, 200))), none},
		{"too small to show anything", pngOf(scaled(photo, minSide-1)), none},
	} {
		t.Run(test.why, func(t *testing.T) {
			f := drawn(t)
			for _, time := range []string{"at first", "again"} {
				o := openWhole(f, "", test.body)
				if got := show(o.matches); !slices.Equal(got, test.want) {
					t.Errorf("found %q %s, want %q", got, time, test.want)
				}
				o.wantMissed(t)
				for _, m := range o.matches {
					config, err := png.DecodeConfig(bytes.NewReader(m.Shown))
					if err != nil || max(config.Width, config.Height) > maxShown {
						t.Errorf("shown as PNG of %d × %d: %v, want at most %d", config.Width, config.Height, err, maxShown)
					}
					if m.Text != photoCanary && m.Text != "bob.jpg" && !m.Earlier {
						t.Errorf("text %q", m.Text)
					}
				}
			}
		})
	}
}

// withThumbnail returns a JPEG of something else with that in its Exif.
func withThumbnail(thumbnail []byte) []byte {
	exif := append([]byte(exifSign+"II*\x00\x08\x00\x00\x00"), thumbnail...)
	return insert(jpegOf(blobs(5, 64, 64)), 2, segment(0xe1, exif))
}

func segment(kind byte, p []byte) []byte {
	head := []byte{0xff, kind, 0, 0}
	binary.BigEndian.PutUint16(head[2:], uint16(len(p)+2))
	return append(head, p...)
}

func insert(p []byte, at int, what ...[]byte) []byte {
	return slices.Concat(p[:at], slices.Concat(what...), p[at:])
}

func TestPicturesMissed(t *testing.T) {
	huge := bytes.Clone(pngOf(face()))
	binary.BigEndian.PutUint32(huge[16:], 100_000)
	binary.BigEndian.PutUint32(huge[20:], 100_000)
	binary.BigEndian.PutUint32(huge[29:], crc32.ChecksumIEEE(huge[12:29]))
	large := drawn(t)
	large.MaxUnpacked = 1 << 20
	for _, test := range []struct {
		why    string
		finder *Finder
		body   []byte
		want   []string
	}{
		{"one that claims 100,000 × 100,000 pixels", drawn(t), huge, []string{"a picture of more than 25 megapixels was not decoded"}},
		{"one that takes more than the budget", large, pngOf(blobs(4, 600, 600)), []string{"a picture unpacks to more than 1 MiB"}},
		{"a torn one", drawn(t), pngOf(face())[:2000], []string{"a PNG picture could not be decoded"}},
		{"AVIF", drawn(t), []byte("\x00\x00\x00\x20ftypavif\x00\x00\x00\x00mif1"), []string{"an AVIF picture was not decoded"}},
		{"HEIC", drawn(t), []byte("\x00\x00\x00\x20ftypheic\x00\x00\x00\x00mif1"), []string{"a HEIC picture was not decoded"}},
		{"AVIF when no marker is a picture", finder(t, people(t)), []byte("\x00\x00\x00\x20ftypavif\x00\x00\x00\x00mif1"), nil},
		{"a huge one when no marker is a picture", finder(t, people(t)), huge, nil},
	} {
		t.Run(test.why, func(t *testing.T) {
			var o *opened
			peak := allocated(func() { o = openWhole(test.finder, "", test.body) })
			o.wantMissed(t, test.want...)
			if peak > 4<<20 {
				t.Errorf("%d bytes allocated", peak)
			}
		})
	}
}

// TestManyScans puts scan behind scan, each of which passes over all pixels.
func TestManyScans(t *testing.T) {
	p := jpegOf(image.NewGray(image.Rect(0, 0, 1600, 1600)))
	if _, err := decodeJPEG(bytes.NewReader(p)); err != nil {
		t.Fatal(err)
	}
	start, end := bytes.Index(p, []byte("\xff\xda")), bytes.LastIndex(p, []byte("\xff\xd9"))
	p = insert(p, end, bytes.Repeat(p[start:end], 1000))
	if _, err := decodeJPEG(bytes.NewReader(p)); !errors.Is(err, errManyScans) {
		t.Errorf("decoding a thousand scans: %v, want %v", err, errManyScans)
	}
}

func chunk(kind string, p []byte) []byte {
	c := binary.BigEndian.AppendUint32(nil, uint32(len(p)))
	c = append(append(c, kind...), p...)
	return binary.BigEndian.AppendUint32(c, crc32.ChecksumIEEE(c[4:]))
}

func TestMetadata(t *testing.T) {
	small := image.NewPaletted(image.Rect(0, 0, 8, 8), color.Palette{color.Black, color.White})
	inPNG, inJPEG := pngOf(small), jpegOf(small)
	inGIF := encode(func(b *bytes.Buffer) error { return gif.Encode(b, small, nil) })
	webp, err := os.ReadFile("testdata/photo.webp")
	if err != nil {
		t.Fatal(err)
	}
	const behindIHDR = 33
	xmp := "<x:xmpmeta>" + letter + "</x:xmpmeta>"
	extended := func(offset int, text string) []byte {
		head := extendedSign + strings.Repeat("A", 32) + "\x00\x00\x01\x00"
		return segment(0xe1, append(binary.BigEndian.AppendUint32([]byte(head), uint32(offset)), text...))
	}
	blocks := func(text string) (p []byte) {
		for block := range slices.Chunk([]byte(text), 20) {
			p = append(append(p, byte(len(block))), block...)
		}
		return append(p, 0)
	}
	chunked := binary.LittleEndian.AppendUint32([]byte("EXIF"), uint32(len(letter)))
	chunked = append(chunked, letter...)
	gifEnd := len(inGIF) - 1
	for _, test := range []struct {
		why  string
		body []byte
	}{
		{"a comment in JPEG", insert(inJPEG, 2, segment(0xfe, []byte(letter)))},
		{"Exif", insert(inJPEG, 2, segment(0xe1, []byte(exifSign+letter)))},
		{"IPTC", insert(inJPEG, 2, segment(0xed, []byte("Photoshop 3.0\x008BIM"+letter)))},
		{"XMP in several segments, not in order", insert(inJPEG, 2, extended(40, xmp[40:]), extended(0, xmp[:40]))},
		{"text in PNG", insert(inPNG, behindIHDR, chunk("tEXt", []byte("Title\x00"+letter)))},
		{"compressed text in PNG", insert(inPNG, behindIHDR, chunk("zTXt", append([]byte("Title\x00\x00"), zlibbed([]byte(letter))...)))},
		{"international text in PNG", insert(inPNG, behindIHDR, chunk("iTXt", []byte("XML\x00\x00\x00ko\x00t\x00"+letter)))},
		{"compressed international text in PNG", insert(inPNG, behindIHDR, chunk("iTXt", append([]byte("XML\x00\x01\x00ko\x00제목\x00"), zlibbed([]byte(letter))...)))},
		{"a profile in PNG", insert(inPNG, behindIHDR, chunk("iCCP", append([]byte("sRGB\x00\x00"), zlibbed([]byte(letter))...)))},
		{"a comment in GIF, cut into blocks", insert(inGIF, gifEnd, []byte("\x21\xfe"), blocks(letter))},
		{"a comment in front of the pixels", insert(inGIF, 13+colorTable(inGIF[10]), []byte("\x21\xfe"), blocks(letter))},
		{"XMP in GIF", insert(inGIF, gifEnd, []byte("\x21\xff\x0bXMP DataXMP"+letter+"\x01\x00"))},
		{"Exif in WebP", append(bytes.Clone(webp), chunked...)},
	} {
		t.Run(test.why, func(t *testing.T) {
			o := openWhole(empty(t), "", test.body)
			o.wantPiece(t, "metadata", letter)
			o.wantMissed(t)
		})
	}

	f := empty(t)
	f.MaxUnpacked = 1 << 20
	bomb := insert(inPNG, behindIHDR, chunk("zTXt", append([]byte("Title\x00\x00"), zlibbed(make([]byte, 64<<20))...)))
	openWhole(f, "", bomb).wantMissed(t, "metadata of a picture unpacks to more than 1 MiB")
}

// TestPicturesOnce gives one picture to many at the same time.
func TestPicturesOnce(t *testing.T) {
	f := drawn(t)
	body := pngOf(photo(t))
	var group sync.WaitGroup
	for range 16 {
		group.Go(func() {
			if o := openWhole(f, "", body); len(o.matches) != 1 {
				t.Errorf("found %q", show(o.matches))
			}
		})
	}
	group.Wait()
	if n := len(f.pictures.young); n != 1 {
		t.Errorf("%d pictures are remembered, want 1", n)
	}
	once := allocated(func() { openWhole(f, "", body) })
	if size := uint64(512 * 512 * 4); once > size/2 {
		t.Errorf("looking again at a known picture allocates %d bytes", once)
	}
	for i := range 3 * maxSeen {
		f.pictures.of([32]byte{byte(i), byte(i >> 8), 1})
	}
	if n := len(f.pictures.young) + len(f.pictures.old); n > 2*maxSeen {
		t.Errorf("%d pictures are remembered, want at most %d", n, 2*maxSeen)
	}
}

func BenchmarkPicture(b *testing.B) {
	f := drawn(b)
	for _, side := range []int{48, 256, 1000, 3464} {
		for name, m := range map[string]image.Image{"canary": photo(b), "other": blobs(7, 256, 256)} {
			for format, body := range map[string][]byte{"jpeg": jpegOf(scaled(m, side)), "png": pngOf(scaled(m, side))} {
				b.Run(fmt.Sprintf("%s/%s/%dpx", name, format, side), func(b *testing.B) {
					b.ReportAllocs()
					for b.Loop() {
						f.pictures = pictures{}
						openWhole(f, "", body)
					}
				})
			}
		}
	}
	body := pngOf(photo(b))
	b.Run("known", func(b *testing.B) {
		for b.Loop() {
			openWhole(f, "", body)
		}
	})
	unseen := finder(b, people(b))
	b.Run("no-pictures-in-the-ledger", func(b *testing.B) {
		for b.Loop() {
			openWhole(unseen, "", body)
		}
	})
}
