package crowd

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"notmine/checks/marker"
	"notmine/checks/plan"
	"notmine/checks/record"
)

// newPicturePlan returns a plan of n accounts which upload two pictures each.
func newPicturePlan(n int, phases ...plan.Phase) *plan.Plan {
	p := newPlan(n, phases...)
	p.Items = map[string]plan.Item{"photo": {Picture: true}, "사진/cover": {Picture: true}, "note": {}, "unused": {Picture: true}}
	p.Plant = []plan.Step{
		{Verb: plan.Fill, Fields: []plan.Field{{Selector: "#n", Value: "{{canary note}}"}}},
		{Verb: plan.Upload, Fields: []plan.Field{{Selector: "#a", Value: "{{picture photo}}"}, {Selector: "#b", Value: "{{picture 사진/cover}}"}}},
		{Verb: plan.Click, Arg: "plant"},
	}
	return p
}

// temporary gives the test a folder of its own for temporary files.
func temporary(t *testing.T) string {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	return dir
}

func left(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Error(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// checkPicture checks a file that is uploaded: it lies in a private folder below
// dir and is the picture of a canary.
func checkPicture(t *testing.T, dir, path, canary string) {
	t.Helper()
	got, err := os.ReadFile(path)
	if err != nil {
		t.Error(err)
	}
	want, err := marker.Picture(canary)
	if err != nil {
		t.Error(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is not the picture of %s", path, canary)
	}
	if filepath.Base(path) != "photo.png" || !strings.HasPrefix(path, dir) {
		t.Errorf("the file is %s; its name says something, or it is elsewhere", path)
	}
	for _, f := range []struct {
		path string
		mode os.FileMode
	}{{path, 0o600}, {filepath.Dir(path), os.ModeDir | 0o700}, {filepath.Dir(filepath.Dir(path)), os.ModeDir | 0o700}} {
		if info, err := os.Stat(f.path); err != nil || info.Mode() != f.mode {
			t.Errorf("%s is open to others, or cannot be seen: %v, %v", f.path, info, err)
		}
	}
}

// Each account uploads pictures that carry its own tokens, from a private folder
// which is gone after the run.
func TestPicturesArePlanted(t *testing.T) {
	dir := temporary(t)
	p := newPicturePlan(3, together(1))
	ledger, err := Ledger(p, "20261122-014500-test")
	if err != nil {
		t.Fatal(err)
	}
	thrown := false
	r := play(t, p, func(c *call) error {
		if c.what == "visit" && c.account == "user002" && !thrown {
			thrown = true // a new session of the same account plants nothing again
			return &ThrownOutError{errors.New("out")}
		}
		if c.what != "plant" {
			return nil
		}
		if len(c.given) != 2 || c.given[0] == c.given[1] {
			t.Errorf("%s was given %q, want two files", c.account, c.given)
			return nil
		}
		for i, item := range []string{"photo", "사진/cover"} {
			entry, ok := ledger.Latest(c.account, item)
			if !ok || !entry.Picture {
				t.Errorf("the ledger has %+v for %s of %s", entry, item, c.account)
			}
			checkPicture(t, dir, c.given[i], entry.Text)
		}
		return nil
	}, nil)
	r.done(t, record.Done)
	if plants := r.fake.of("plant"); len(plants) != 3 {
		t.Errorf("planted %d times, want 3", len(plants))
	}
	if names := left(t, dir); len(names) > 0 {
		t.Errorf("left behind: %q", names)
	}
}

// The pictures are removed however the run ends.
func TestPicturesOfARunThatWasCutShort(t *testing.T) {
	dir := temporary(t)
	var stop context.CancelCauseFunc
	r := play(t, newPicturePlan(4, together(5)), func(c *call) error {
		if c.what == "plant" && len(left(t, dir)) != 1 {
			t.Errorf("in the folder for temporary files are %q, want one folder", left(t, dir))
		}
		if c.what == "visit" {
			stop(ErrInterrupted)
		}
		return nil
	}, func(cancel context.CancelCauseFunc, _ *Config) { stop = cancel })
	r.done(t, record.Interrupted)
	if names := left(t, dir); len(names) > 0 {
		t.Errorf("left behind: %q", names)
	}
}

// An account whose pictures cannot be made has not planted, and still looks.
func TestPicturesThatCannotBeMade(t *testing.T) {
	t.Setenv("TMPDIR", filepath.Join(t.TempDir(), "none"))
	r := play(t, newPicturePlan(2, together(2)), nil, nil)
	r.done(t, record.Done)
	if got := r.told.happened("user001"); !slices.Equal(got, []string{record.LoggedIn, record.PlantFailed, record.LoggedOut}) {
		t.Errorf("happened: %q", got)
	}
	if n := len(r.told.observations()); n != 2*2*2 || len(r.fake.of("plant")) != 0 {
		t.Errorf("%d visits and %d attempts to plant, want 8 and none", n, len(r.fake.of("plant")))
	}
	for _, e := range r.told.entries {
		if e.Session != nil && e.Session.What == record.PlantFailed && !strings.Contains(e.Session.Error, "making "+e.Session.Account+"'s photo: ") {
			t.Errorf("the error is %q", e.Session.Error)
		}
	}
}

func TestLedgerHoldsDeclaredPictures(t *testing.T) {
	p := newPicturePlan(2)
	print := marker.Print{1}
	p.Markers = []plan.Marker{
		{Text: "face.jpg", Owner: "user001", Item: "photo", Picture: "/plans/face.jpg", Print: print, Audience: []string{"user002"}},
		{Text: "a text", Owner: "user001", Item: "note"},
	}
	l, err := Ledger(p, "run")
	if err != nil {
		t.Fatal(err)
	}
	var planted, declared []marker.Entry
	for _, e := range l.Entries() {
		if e.Declared {
			declared = append(declared, e)
		} else {
			planted = append(planted, e)
		}
	}
	if len(planted) != 2*3 || len(declared) != 2 {
		t.Fatalf("%d canaries and %d declared markers, want 6 and 2", len(planted), len(declared))
	}
	for _, e := range planted {
		if e.Picture != (e.Item != "note") || e.Print != nil {
			t.Errorf("canary %+v", e)
		}
	}
	if e := declared[0]; !e.Picture || e.Print == nil || *e.Print != print || e.Text != "face.jpg" || !slices.Equal(e.Audience, marker.Audience{"user002"}) {
		t.Errorf("the declared picture is %+v", e)
	}
	if e := declared[1]; e.Picture || e.Print != nil {
		t.Errorf("the declared text is %+v", e)
	}
}
