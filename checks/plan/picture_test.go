package plan_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/draw"
	"image/gif"
	"image/jpeg"
	"image/png"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"notmine/checks/marker"
	"notmine/checks/plan"
	"notmine/fixtures/pictures"
)

// writePictures puts a folder of pictures, good ones and bad ones, into dir.
func writePictures(t *testing.T, dir string) {
	t.Helper()
	for name, data := range pictureFiles() {
		write(t, filepath.Join(dir, "photos"), name, string(data))
	}
}

// pictureFiles are drawn once for all tests.
var pictureFiles = sync.OnceValue(func() map[string][]byte {
	flat := image.NewGray(image.Rect(0, 0, 64, 64))
	draw.Draw(flat, flat.Bounds(), image.NewUniform(color.Gray{200}), image.Point{}, draw.Src)
	var alice, bob, bobGIF, plain bytes.Buffer
	err := errors.Join(
		png.Encode(&alice, pictures.Photo(1)),
		jpeg.Encode(&bob, pictures.Photo(2), nil),
		gif.Encode(&bobGIF, pictures.Photo(2), nil),
		png.Encode(&plain, flat),
	)
	if err != nil {
		panic(err)
	}
	return map[string][]byte{
		"alice.png": alice.Bytes(),
		"bob.jpg":   bob.Bytes(),
		"bob.gif":   bobGIF.Bytes(),
		"flat.png":  plain.Bytes(),
		"vast.png":  vastPNG(),
		"torn.jpg":  bob.Bytes()[:bob.Len()/2],
	}
})

// vastPNG returns the head of a PNG that claims 100,000 by 100,000 pixels.
func vastPNG() []byte {
	head := []byte("IHDR\x00\x01\x86\xa0\x00\x01\x86\xa0\x08\x06\x00\x00\x00")
	b := append([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0d"), head...)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(head))
}

func TestDeclaredPictures(t *testing.T) {
	dir := t.TempDir()
	writePictures(t, dir)
	write(t, dir, "plan.yaml", minimal+`
accounts: [{name: alice, cover: photos/bob.gif}, {name: bob, cover: ""}]
items: {photo: {picture: true, audience: everyone}, cover: {picture: true}}
markers: {file: data/markers.csv, columns: {cover: cover}}
`)
	write(t, dir, "data/markers.csv", "marker,owner,item,audience\n"+
		"../photos/alice.png,alice,photo,\n"+
		"../photos/alice.png,alice,photo,\n"+ // twice is once
		"../photos/bob.jpg,bob,photo,me\n"+
		"../photos/alice.png,alice,note,\n") // no picture, by its item
	p, err := plan.Load(filepath.Join(dir, "plan.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	want := []struct{ text, owner, item, audience, file string }{
		{"alice.png", "alice", "photo", "everyone", "photos/alice.png"},
		{"bob.jpg", "bob", "photo", "me", "photos/bob.jpg"},
		{"../photos/alice.png", "alice", "note", "", ""},
		{"bob.gif", "alice", "cover", "", "photos/bob.gif"},
	}
	if len(p.Markers) != len(want) {
		t.Fatalf("got markers %+v, want %d", p.Markers, len(want))
	}
	for i, w := range want {
		m := p.Markers[i]
		if m.Text != w.text || m.Owner != w.owner || m.Item != w.item || strings.Join(m.Audience, " ") != w.audience {
			t.Errorf("marker %d: got %+v, want %+v", i, m, w)
		}
		if w.file == "" {
			if m.Picture != "" || m.Print != (marker.Print{}) {
				t.Errorf("marker %d is a text, and has the picture %q", i, m.Picture)
			}
			continue
		}
		if m.Picture != filepath.Join(dir, w.file) {
			t.Errorf("marker %d: got file %q, want %q", i, m.Picture, w.file)
		}
		picture, err := m.Image()
		if err != nil || marker.PrintOf(picture) != m.Print {
			t.Errorf("marker %d: its file has another print, or cannot be read: %v", i, err)
		}
	}
	if p.Markers[0].Print.Near(p.Markers[1].Print) {
		t.Error("two different photos have like prints")
	}
	var warnings []string
	for _, w := range p.Warnings() {
		warnings = append(warnings, w.String())
	}
	wantWarnings := []string{
		"markers.csv:5:1: the marker \"../photos/alice.png\" is looked for as a text",
		"plan.yaml:6:52: the picture \"photos/bob.gif\" looks like one of another owner's",
	}
	for _, want := range wantWarnings {
		if !strings.Contains(strings.Join(warnings, "\n"), want) {
			t.Errorf("got warnings %q, want %q", warnings, want)
		}
	}
}

// A file that was a picture when the plan was read need not be one later.
func TestAPictureThatIsGone(t *testing.T) {
	dir := t.TempDir()
	writePictures(t, dir)
	m := plan.Marker{Owner: "alice", Item: "photo", Picture: filepath.Join(dir, "photos", "vast.png")}
	for name, want := range map[string]string{
		"vast.png": "reading alice's photo: 100000 × 100000 pixels",
		"none.png": "reading alice's photo: ",
		".":        "reading alice's photo: not a regular file",
	} {
		m.Picture = filepath.Join(dir, "photos", name)
		if _, err := m.Image(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got error %v, want %q", name, err, want)
		}
	}
}
