package browser

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"net/http/httptest"
	"testing"

	_ "image/jpeg"

	_ "golang.org/x/image/webp"

	"notmine/checks/marker"
	"notmine/fixtures/pictures"
)

// What a real browser makes of a picture canary still carries it, and what it
// makes of a declared picture still looks like it.
func TestPicturesSurviveABrowser(t *testing.T) {
	const n = 4
	var canaries []string
	var prints []marker.Print
	var files [][]byte
	for i := range n {
		canaries = append(canaries, marker.Mint(fmt.Sprint("owner ", i), "photo", 1, 1))
		file, err := marker.Picture(canaries[i])
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	for i := range uint64(n) {
		face := pictures.Face(i)
		var file bytes.Buffer
		if err := png.Encode(&file, face); err != nil {
			t.Fatal(err)
		}
		prints, files = append(prints, marker.PrintOf(face)), append(files, file.Bytes())
	}
	studio := pictures.NewStudio(files)
	site := httptest.NewServer(studio)
	t.Cleanup(site.Close)
	d := started(t, planOf(site.URL), nil)
	bare, err := d.Bare(t.Context(), d.plan.Accounts[0])
	if err != nil {
		t.Fatal(err)
	}
	for change, what := range pictures.Changes {
		t.Run(what.Name, func(t *testing.T) {
			if err := bare.Load(t.Context(), site.URL+studio.Path(change), "#done"); err != nil {
				t.Fatal(err)
			}
			made, err := studio.Made(change)
			if err != nil {
				t.Fatal(err)
			}
			for i, file := range made {
				m, _, err := image.Decode(bytes.NewReader(file))
				if err != nil {
					t.Fatal(err)
				}
				canary, _ := marker.ReadPicture(m)
				var want string
				if i < n {
					want = canaries[i]
				}
				if canary != want {
					t.Errorf("picture %d was read as %q, want %q", i, canary, want)
				}
				for j, print := range prints {
					if near := marker.PrintOf(m).Near(print); near != (i == n+j) {
						t.Errorf("picture %d is near declared picture %d: %v", i, j, near)
					}
				}
			}
		})
	}
}
