package isolation

import (
	"slices"
	"testing"

	"notmine/checks/record"
)

func TestEverySurfaceHasAVisibility(t *testing.T) {
	if len(byVisibility) != len(record.Surfaces) {
		t.Errorf("%d surfaces are ordered, there are %d", len(byVisibility), len(record.Surfaces))
	}
	for _, surface := range record.Surfaces {
		if !slices.Contains(byVisibility, surface) {
			t.Errorf("%s has no place in the order", surface)
		}
	}
}

// The browser keeps what an earlier visit brought; that proves nothing about
// this one.
func TestWhatTheBrowserKeptIsNoControl(t *testing.T) {
	p := newPass(&record.Header{})
	for _, test := range []struct {
		sighting record.Sighting
		want     bool
	}{
		{record.Sighting{Surface: record.Text}, true},
		{record.Sighting{Surface: record.Picture, Exchange: 3}, true},
		{record.Sighting{Surface: record.Script}, true},
		{record.Sighting{Surface: record.Cookies, Exchange: 3}, true},
		{record.Sighting{Surface: record.Cookies}, false},
		{record.Sighting{Surface: record.Storage}, false},
		{record.Sighting{Surface: record.Database}, false},
		{record.Sighting{Surface: record.Cache}, false},
		{record.Sighting{Surface: record.History}, false},
		{record.Sighting{Surface: record.Request, Exchange: 3}, false},
	} {
		test.sighting.Owner, test.sighting.Item = "bob", "subject"
		o := &record.Observation{Account: "bob", Sightings: []record.Sighting{test.sighting}}
		if got := p.Own(o, "subject"); got != test.want {
			t.Errorf("%s (exchange %d): own %v, want %v", test.sighting.Surface, test.sighting.Exchange, got, test.want)
		}
	}
}
