package plan

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	_ "image/gif"
	_ "image/jpeg"
	_ "image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"

	_ "golang.org/x/image/webp"

	"notmine/checks/marker"
)

// The bounds of declared pictures. Decoding one takes up to eight bytes a pixel.
const (
	largestPicture = 16 << 20 // bytes of a file
	mostPixels     = 25_000_000
	allPixels      = 4_000_000_000 // of all pictures together
	mostPictures   = 10_000
)

// Image reads and decodes the file of a declared picture.
func (m Marker) Image() (image.Image, error) {
	f, err := os.Open(m.Picture)
	if err != nil {
		return nil, fmt.Errorf("reading %s's %s: %w", m.Owner, m.Item, err)
	}
	defer f.Close()
	left := int64(mostPixels)
	picture, err := decodePicture(f, &left)
	if err != nil {
		return nil, fmt.Errorf("reading %s's %s: %w", m.Owner, m.Item, err)
	}
	return picture, nil
}

// decodePicture decodes a PNG, JPEG, GIF (its first frame) or WebP file. Its
// pixels are taken off those that are left.
func decodePicture(f *os.File, left *int64) (image.Image, error) {
	data, err := readBounded(f, largestPicture)
	if err != nil {
		return nil, reason(err)
	}
	head, _, err := image.DecodeConfig(bytes.NewReader(data))
	switch {
	case errors.Is(err, image.ErrFormat):
		return nil, errors.New("neither PNG nor JPEG, GIF or WebP")
	case err != nil:
		return nil, err
	case head.Width <= 0 || head.Height <= 0 || head.Width > mostPixels/head.Height:
		return nil, fmt.Errorf("%d × %d pixels; a picture has at most %d megapixels", head.Width, head.Height, mostPixels/1_000_000)
	}
	if *left -= int64(head.Width) * int64(head.Height); *left < 0 {
		return nil, errTooMany
	}
	picture, _, err := image.Decode(bytes.NewReader(data))
	return picture, err
}

// errTooMany says that no more pictures are read.
var errTooMany = fmt.Errorf("a plan declares at most %d pictures, of %d megapixels together", mostPictures, allPixels/1_000_000)

// errFlat says that a picture shows too little to be told from others.
var errFlat = errors.New("it is nearly uniform and would match others")

// pictures reads the pictures that a plan declares as markers, each file once.
type pictures struct {
	looks map[string]look // by path in the plan's folder
	left  int64           // pixels that may still be decoded
	all   []Marker        // declared so far
}

// look is what a picture looks like, or why nobody can say.
type look struct {
	print marker.Print
	err   error
}

// look returns what the picture in a file of the plan's folder looks like.
func (r *resolver) look(path string) (marker.Print, error) {
	known, ok := r.pictures.looks[path]
	switch {
	case ok:
	case len(r.pictures.looks) == mostPictures:
		known.err = errTooMany
	default:
		known.print, known.err = r.printOf(path)
		r.pictures.looks[path] = known
	}
	return known.print, known.err
}

func (r *resolver) printOf(path string) (print marker.Print, err error) {
	f, err := r.open(path)
	if err != nil {
		return print, err
	}
	defer f.Close()
	picture, err := decodePicture(f, &r.pictures.left)
	if err != nil {
		return print, err
	}
	if print = marker.PrintOf(picture); print == (marker.Print{}) {
		return print, errFlat
	}
	return print, nil
}

// declarePicture adds one marker that is a picture; what is written is its path
// in dir, which is relative to the plan's folder.
func (r *resolver) declarePicture(written text, dir string, m Marker, found *declarations) {
	path := filepath.FromSlash(strings.TrimSpace(written.value))
	if !filepath.IsAbs(path) {
		path = filepath.Join(dir, path)
	}
	print, err := r.look(path)
	if err != nil {
		r.mistake(written.spot, "the picture %s of %s: %v", written.value, m.Owner, err)
		return
	}
	r.declared[m.Item] = true
	m.Text, m.Picture, m.Print = filepath.Base(path), filepath.Join(r.dir, path), print
	key := declaration{m.Picture, m.Owner, m.Item}
	if found.seen[key] {
		return
	}
	found.seen[key] = true
	if slices.ContainsFunc(r.pictures.all, func(other Marker) bool {
		return other.Owner != m.Owner && other.Print.Near(print)
	}) {
		found.alike = append(found.alike, written)
	}
	r.pictures.all = append(r.pictures.all, m)
	r.plan.Markers = append(r.plan.Markers, m)
}
