package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io"
	"net/http"
	"net/http/httptest"
	"text/tabwriter"
	"time"

	_ "image/jpeg"

	_ "golang.org/x/image/webp"

	"notmine/checks/browser"
	"notmine/checks/marker"
	"notmine/checks/plan"
	"notmine/checks/sight"
	"notmine/fixtures/pictures"
)

const (
	pictureCanaries  = 200
	declaredPictures = 200
	otherPictures    = 2000
)

// pictureScore is what is still known of pictures after one change.
type pictureScore struct {
	read  int // picture canaries whose canary was read
	near  int // declared pictures that look like themselves
	wrong int // pictures that passed for another's, or for a canary that they are not
}

// scorePictures has a real browser do to pictures what services do, and counts
// what is known of them afterwards.
func scorePictures(ctx context.Context, to io.Writer) (err error) {
	canaries, prints, files, err := drawPictures()
	if err != nil {
		return err
	}
	studio := pictures.NewStudio(files)
	load, stop, err := openStudio(ctx, studio)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stop()) }()

	table := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
	fmt.Fprintf(table, "done by a browser\tcanaries read of %d\tdeclared near of %d\twrong\n", pictureCanaries, declaredPictures)
	var short error
	for change, what := range pictures.Changes {
		if err := load(studio.Path(change)); err != nil {
			return fmt.Errorf("changing pictures (%s): %w", what.Name, err)
		}
		made, err := studio.Made(change)
		if err != nil {
			return err
		}
		s, err := judgePictures(made, canaries, prints)
		if err != nil {
			return fmt.Errorf("reading pictures (%s): %w", what.Name, err)
		}
		fmt.Fprintf(table, "%s\t%d\t%d\t%d\n", what.Name, s.read, s.near, s.wrong)
		if s.read < pictureCanaries || s.wrong > 0 {
			short = errors.Join(short, fmt.Errorf("%s: %d of %d canaries read, %d wrong", what.Name, s.read, pictureCanaries, s.wrong))
		}
	}
	if err := table.Flush(); err != nil {
		return err
	}
	read, near := otherwise(prints)
	fmt.Fprintf(to, "\n%d pictures without a canary: %d passed for one, %d looked like a declared one\n", otherPictures, read, near)
	if read+near > 0 {
		short = errors.Join(short, fmt.Errorf("%d of %d pictures without a canary passed for one, %d for a declared one", read, otherPictures, near))
	}
	return short
}

// drawPictures draws picture canaries and pictures to declare, as PNG files in
// this order.
func drawPictures() (canaries []string, prints []marker.Print, files [][]byte, err error) {
	for i := range pictureCanaries {
		canary := marker.Mint(fmt.Sprint("owner ", i), "photo", 1, 1)
		file, err := marker.Picture(canary)
		if err != nil {
			return nil, nil, nil, err
		}
		canaries, files = append(canaries, canary), append(files, file)
	}
	for i := range uint64(declaredPictures) {
		m := pictures.Photo(i)
		if i%2 == 1 {
			m = pictures.Face(i)
		}
		var file bytes.Buffer
		if err := png.Encode(&file, m); err != nil {
			return nil, nil, nil, fmt.Errorf("encoding a picture: %w", err)
		}
		prints, files = append(prints, marker.PrintOf(m)), append(files, file.Bytes())
	}
	return canaries, prints, files, nil
}

// openStudio serves a studio and returns how to open one of its pages in a
// browser, and how to end both.
func openStudio(ctx context.Context, studio http.Handler) (load func(path string) error, stop func() error, err error) {
	site := httptest.NewServer(studio)
	finder, err := sight.NewFinder(marker.NewLedger(1, nil))
	if err != nil {
		site.Close()
		return nil, nil, err
	}
	p := &plan.Plan{Target: site.URL, Accounts: []plan.Account{{Name: "studio"}}, Timeout: time.Minute}
	driver, err := browser.New(ctx, browser.Config{Plan: p, Finder: finder})
	if err != nil {
		site.Close()
		return nil, nil, err
	}
	stop = func() error {
		defer site.Close()
		return driver.Close()
	}
	bare, err := driver.Bare(ctx, p.Accounts[0])
	if err != nil {
		return nil, nil, errors.Join(err, stop())
	}
	return func(path string) error { return bare.Load(ctx, site.URL+path, "#done") }, stop, nil
}

// judgePictures looks at what one change made of the pictures.
func judgePictures(made [][]byte, canaries []string, prints []marker.Print) (s pictureScore, err error) {
	for i, file := range made {
		m, _, err := image.Decode(bytes.NewReader(file))
		if err != nil {
			return s, fmt.Errorf("decoding picture %d: %w", i, err)
		}
		canary, read := marker.ReadPicture(m)
		switch {
		case !read:
		case i < len(canaries) && canary == canaries[i]:
			s.read++
		default:
			s.wrong++
		}
		of := marker.PrintOf(m)
		for j := range prints {
			switch near := of.Near(prints[j]); {
			case near && i == len(canaries)+j:
				s.near++
			case near:
				s.wrong++
			}
		}
	}
	return s, nil
}

// otherwise counts, of pictures of all kinds that are nobody's, those from which
// a canary is read and those that look like a declared one.
func otherwise(prints []marker.Print) (read, near int) {
	for i := range otherPictures {
		// The declared ones have the lower seeds.
		m := pictures.Kinds[i%len(pictures.Kinds)].Draw(uint64(declaredPictures + i))
		if _, ok := marker.ReadPicture(m); ok {
			read++
		}
		of := marker.PrintOf(m)
		for j := range prints {
			if of.Near(prints[j]) {
				near++
				break
			}
		}
	}
	return read, near
}
