package isolation

import (
	"slices"
	"testing"

	"notmine/checks/marker"
	"notmine/checks/record"
)

// A visit may show data of several owners: each finding has what is about it.
func TestEvidenceIsOfItsFinding(t *testing.T) {
	run := &record.Run{
		Header:  record.Header{Notmine: record.Version},
		Markers: []marker.Entry{{ID: 1, Owner: "alice", Item: "subject", Text: "hers", Declared: true, Version: 1}, {ID: 2, Owner: "carol", Item: "subject", Text: "theirs", Declared: true, Version: 1}},
	}
	p, err := NewPass(run)
	if err != nil {
		t.Fatal(err)
	}
	page := record.Evidence{Observation: 3, File: "evidence/page.webp"}
	hers := record.Evidence{Observation: 3, File: "evidence/hers.webp", Own: true, Owner: "alice"}
	carried := record.Evidence{Observation: 3, File: "evidence/hers.har", Marker: 1}
	for owner, want := range map[string][]string{"alice": {page.File, hers.File, carried.File}, "carol": {page.File}, "": {page.File}} {
		var got []string
		for _, e := range []record.Evidence{page, hers, carried} {
			if p.shows(e, Finding{Owner: owner, Item: "subject"}) {
				got = append(got, e.File)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("a finding of %q's has %q, want %q", owner, got, want)
		}
	}
}
