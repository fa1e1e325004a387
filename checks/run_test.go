package checks_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"notmine/checks"
	"notmine/checks/crowd"
	"notmine/checks/gate"
	"notmine/checks/marker"
	"notmine/checks/plan"
	"notmine/checks/record"
	"notmine/checks/sight"
	"notmine/fixtures/pictures"
)

// album is a service that keeps a photo for each account, with the driver of its
// sessions: no browser, and no wire.
type album struct {
	ledger *marker.Ledger
	shows  func(viewer string, round int) []string // whose photos the page shows
	api    bool                                    // photos come in answers that are kept
	t      *testing.T
	finder *sight.Finder // what the run would have looked with

	mu        sync.Mutex
	photos    map[string]image.Image // by account
	rounds    map[string]int         // visits so far
	exchanges int
	marked    [][]string // of each screenshot
}

func (a *album) Open(_ context.Context, account plan.Account) (crowd.Session, error) {
	return &visitor{album: a, name: account.Name}, nil
}
func (a *album) Mask(text string) string { return text }
func (a *album) Product() string         { return "Album/1" }
func (a *album) Close() error            { return nil }

// visitor is a session at the album.
type visitor struct {
	*album
	name   string
	copies crowd.Copies
}

// answers are kept of a visit, by the ID of the exchange.
type answers map[int]record.Copy

func (a answers) Copy(id int, shown []string) (record.Copy, bool) {
	x, ok := a[id]
	x.Answer.Text += strings.Join(shown, " ")
	return x, ok
}

func (v *visitor) Copies() crowd.Copies { return v.copies }

func (v *visitor) Plain() (crowd.Plain, error) {
	return nil, errors.New("the album has nothing without a browser")
}

func (v *visitor) Become(account plan.Account) error {
	v.name = account.Name
	return nil
}

// Do uploads what the steps upload.
func (v *visitor) Do(_ context.Context, steps []plan.Step, vars crowd.Vars) error {
	for _, step := range steps {
		if step.Verb != plan.Upload {
			continue
		}
		path, err := plan.Expand(step.Fields[0].Value, vars)
		if err != nil {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		photo, err := png.Decode(bytes.NewReader(data))
		if err != nil {
			return err
		}
		v.mu.Lock()
		v.photos[v.name] = photo
		v.mu.Unlock()
	}
	return nil
}

// Visit is shown thumbnails of the photos, as a page would be.
func (v *visitor) Visit(ctx context.Context, visit crowd.Visit) (*record.Observation, error) {
	o := &record.Observation{Start: time.Now(), Identity: v.name}
	defer func() { o.End = time.Now() }()
	for _, h := range visit.Holds {
		if err := h.Arrive(ctx); err != nil {
			return o, err
		}
		h.Sent()
		if err := h.Answered(ctx); err != nil {
			return o, err
		}
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.rounds[v.name]++
	v.copies = nil
	exchange := 0
	if v.api {
		v.exchanges++
		exchange = v.exchanges
		x := record.Exchange{ID: exchange, Method: "GET", URL: "http://album.test/api?of=" + v.name, Status: 200, Start: o.Start, Sent: o.Start}
		o.Exchanges = append(o.Exchanges, x)
		v.copies = answers{exchange: {Exchange: x, Answer: record.Half{Text: "given to " + v.name + ": "}}}
	}
	for _, owner := range v.shows(v.name, v.rounds[v.name]) {
		thumbnail := image.NewRGBA(image.Rect(0, 0, 120, 120))
		photo := v.photos[owner]
		for y := range 120 {
			for x := range 120 {
				b := photo.Bounds()
				thumbnail.Set(x, y, photo.At(b.Min.X+(2*x+1)*b.Dx()/240, b.Min.Y+(2*y+1)*b.Dy()/240))
			}
		}
		for _, s := range v.sightings(thumbnail, "/photos/"+owner) {
			s.Exchange = exchange
			o.Sightings = append(o.Sightings, s)
		}
	}
	return o, nil
}

// sightings are the markers that a picture shows.
func (a *album) sightings(m image.Image, path string) []record.Sighting {
	entries := a.ledger.ByPrint(marker.PrintOf(m))
	if canary, ok := marker.ReadPicture(m); ok {
		entries = append(entries, a.ledger.ByText(canary)...)
	}
	var all []record.Sighting
	for _, e := range entries {
		var shown bytes.Buffer
		if err := png.Encode(&shown, m); err != nil {
			a.t.Error(err)
		}
		all = append(all, record.Sighting{
			Marker: e.ID, Owner: e.Owner, Item: e.Item, Text: e.Text,
			Surface: record.Picture, Path: path, Wrapping: []string{"picture"}, Shown: shown.Bytes(),
		})
	}
	return all
}

func (v *visitor) Rest(context.Context) error { return nil }
func (v *visitor) Close() error               { return nil }

func (v *visitor) Evidence(_ context.Context, mark []string) ([]byte, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.marked = append(v.marked, mark)
	if v.name == "carol" {
		return nil, errors.New("the page has gone")
	}
	return []byte("\x89PNG of a page"), nil
}

// albumPlan returns a plan for accounts that own a photo.
func albumPlan(rounds int, names ...string) *plan.Plan {
	p := &plan.Plan{
		File: "album.yaml", Target: "http://album.test", Timeout: 15 * time.Second,
		Items: map[string]plan.Item{"photo": {Picture: true}},
		Plant: []plan.Step{{Verb: plan.Upload, Fields: []plan.Field{{Selector: "#photo", Value: "{{picture photo}}"}}}},
		Views: []plan.View{{Name: "album", Control: "photo"}},
		Phases: []plan.Phase{
			{Name: "together", Order: plan.Together, Rounds: rounds},
		},
		Pass:   plan.Pass{Bound: 0.5},
		Limits: plan.Limits{Body: 1 << 20, Page: 1 << 20, Unpacked: 1 << 20},
	}
	for _, name := range names {
		p.Accounts = append(p.Accounts, plan.Account{Name: name, Login: name, Shows: name})
	}
	return p
}

// runAlbum runs a plan against an album and returns the result with its record.
func runAlbum(t *testing.T, p *plan.Plan, a *album) (*gate.Result, *record.Run, string) {
	t.Helper()
	const id = "20261122-014500-albm"
	ledger, err := crowd.Ledger(p, id)
	if err != nil {
		t.Fatal(err)
	}
	a.t, a.ledger, a.rounds = t, ledger, map[string]int{}
	if a.photos == nil {
		a.photos = map[string]image.Image{}
	}
	dir := t.TempDir()
	result, err := checks.Run(t.Context(), p, checks.Options{
		Dir: dir, ID: id, Tool: "test", Seed: 1,
		Start: func(_ context.Context, _ *plan.Plan, finder *sight.Finder) (crowd.Driver, error) {
			a.finder = finder
			return a, nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	run, err := record.ReadFile(filepath.Join(dir, checks.RecordFile))
	if err != nil {
		t.Fatal(err)
	}
	if run.Header.System != record.ThisSystem() {
		t.Errorf("the record is of %+v", run.Header.System)
	}
	return result, run, dir
}

// own is a page that shows everybody's own photo, and nobody else's.
func own(viewer string, _ int) []string { return []string{viewer} }

// evidence returns what a record names of one kind, with the pictures.
func evidence(t *testing.T, run *record.Run, dir string, of func(record.Evidence) bool) []image.Image {
	t.Helper()
	var all []image.Image
	for n := range len(run.Observations) + 1 {
		for _, e := range run.Evidence[n] {
			if !of(e) {
				continue
			}
			f, err := os.Open(filepath.Join(dir, filepath.FromSlash(e.File)))
			if err != nil {
				t.Fatal(err)
			}
			m, err := png.Decode(f)
			f.Close()
			if err != nil {
				t.Fatalf("%s: %v", e.File, err)
			}
			if info, err := os.Stat(f.Name()); err != nil || info.Mode() != 0o600 {
				t.Errorf("%s can be read by others: %v, %v", e.File, info.Mode(), err)
			}
			if s := m.Bounds().Size(); s.X > 256 || s.Y > 256 {
				t.Errorf("%s has %v pixels", e.File, s)
			}
			all = append(all, m)
		}
	}
	return all
}

// The kinds of evidence.
func isShot(e record.Evidence) bool    { return e.Marker == 0 && !e.Own }
func isOwnPage(e record.Evidence) bool { return e.Marker == 0 && e.Own }
func isArchive(e record.Evidence) bool { return strings.HasSuffix(e.File, record.ArchiveEnd) }
func isPair(e record.Evidence) bool    { return e.Marker > 0 && !isArchive(e) }
func isShown(e record.Evidence) bool   { return isPair(e) && !e.Own }
func isOwn(e record.Evidence) bool     { return isPair(e) && e.Own }

// The control of a view may be a picture: it holds when the account's own is
// among those that were shown.
func TestAPictureIsAControl(t *testing.T) {
	a := &album{shows: own}
	result, run, _ := runAlbum(t, albumPlan(4, "alice", "bob", "carol"), a)
	if result.Verdict != gate.Clean || result.Coverage.Exposures != 12 {
		t.Errorf("got %s with %d exposures (%q), want clean with 12", result.Verdict, result.Coverage.Exposures, result.Reasons)
	}
	if run.Header.Plan.Limits.Body != 1<<20 || !run.Header.Plan.Items["photo"].Picture {
		t.Errorf("the record's plan has limits %v and items %v", run.Header.Plan.Limits, run.Header.Plan.Items)
	}
	if a.finder.MaxUnpacked != 1<<20 {
		t.Errorf("bodies may unpack to %d bytes, want the plan's 1 MiB", a.finder.MaxUnpacked)
	}
	result, _, _ = runAlbum(t, albumPlan(4, "alice", "bob", "carol"), &album{
		shows: func(string, int) []string { return nil },
	})
	if result.Verdict != gate.Inconclusive || result.Coverage.Exposures != 0 {
		t.Errorf("got %s with %d exposures where no photo was shown", result.Verdict, result.Coverage.Exposures)
	}
}

// What an account hides in mid-run is a leak from then on, also to the judge who
// looks on while the run goes on.
func TestHidden(t *testing.T) {
	names := []string{"alice", "bob", "carol"}
	p := albumPlan(2, names...)
	p.Items["photo"] = plan.Item{Picture: true, Audience: []string{"everyone"}}
	p.Changes = []plan.Change{{Name: "hide", Item: "photo", Audience: []string{"me"}}}
	p.Phases = append(p.Phases, plan.Phase{Name: "hide", Change: "hide", Accounts: 1},
		plan.Phase{Name: "together-2", Order: plan.Together, Rounds: 2})
	a := &album{shows: func(string, int) []string { return names }}
	result, run, _ := runAlbum(t, p, a)
	if len(run.Changes) != 1 || run.Changes[0].Account != "alice" || run.Changes[0].Error != "" {
		t.Fatalf("changes: %+v", run.Changes)
	}
	for _, ph := range result.Phases {
		if want := map[string]int{"together-2": 4}[ph.Name]; ph.LeakingVisits != want {
			t.Errorf("%d visits leaked in %s, want %d", ph.LeakingVisits, ph.Name, want)
		}
	}
	for _, f := range result.Findings {
		if f.Owner != "alice" || f.Phase != "together-2" {
			t.Errorf("finding: %s (%s)", f.Message, f.Phase)
		}
	}
	if result.Verdict != gate.Leak || len(a.marked) == 0 {
		t.Errorf("verdict %s, and %d screenshots were taken while the run went on", result.Verdict, len(a.marked))
	}
	if len(result.Happened) != 1 || result.Happened[0].Made != 1 || result.Happened[0].Settled == nil {
		t.Errorf("happened: %+v", result.Happened)
	}
}

// Somebody else's photo is a leak, and both pictures are kept side by side.
func TestBothPicturesAreKept(t *testing.T) {
	a := &album{shows: func(viewer string, round int) []string {
		if viewer != "alice" && round == 2 {
			return []string{viewer, "alice"}
		}
		return []string{viewer}
	}}
	result, run, dir := runAlbum(t, albumPlan(3, "alice", "bob", "carol"), a)
	if result.Verdict != gate.Leak || len(result.Findings) != 2 {
		t.Fatalf("got %s with findings %+v, want alice's photo at bob and carol", result.Verdict, result.Findings)
	}
	alices, _ := a.ledger.Latest("alice", "photo")
	for _, f := range result.Findings {
		if f.Owner != "alice" || f.Item != "photo" || f.Surface != record.Picture || f.Path != "/photos/alice" {
			t.Errorf("finding %+v", f)
		}
		of := run.Evidence[f.Witness[0]]
		kinds := []string{}
		for _, e := range of {
			if isPair(e) && e.Marker != alices.ID {
				t.Errorf("%s is of marker %d, want %d", e.File, e.Marker, alices.ID)
			}
			if isOwnPage(e) {
				continue // which is of both viewers
			}
			if !strings.HasPrefix(e.File, "evidence/"+f.Fingerprint[:8]+"-"+f.Viewer+"-") {
				t.Errorf("%s does not say whose it is", e.File)
			}
			if !slices.Contains(f.Evidence, e.File) {
				t.Errorf("the finding of %s does not name %s", f.Viewer, e.File)
			}
			kinds = append(kinds, fmt.Sprint(isShot(e), e.Own))
		}
		want := []string{"false false", "false true", "true false"} // shown, own, the page
		if f.Viewer == "carol" {
			want = want[:2] // no screenshot could be taken
		}
		if slices.Sort(kinds); !slices.Equal(kinds, want) {
			t.Errorf("%s: evidence %v, want %v", f.Viewer, kinds, want)
		}
	}
	for _, pictures := range [][]image.Image{evidence(t, run, dir, isShown), evidence(t, run, dir, isOwn)} {
		if len(pictures) != 2 {
			t.Fatalf("%d pictures on one side, want 2", len(pictures))
		}
		for _, m := range pictures {
			if got, _ := marker.ReadPicture(m); got != alices.Text {
				t.Errorf("a picture shows %q, want %q", got, alices.Text)
			}
		}
	}
	for _, mark := range a.marked {
		if !slices.Equal(mark, []string{"/photos/alice"}) {
			t.Errorf("marked %q on the page, want the picture's path", mark)
		}
	}
}

// The page of the owner is taken when it shows the same thing on the same view
// the next time, and stands beside the viewer's.
func TestTheOwnersPageIsKept(t *testing.T) {
	a := &album{shows: func(viewer string, round int) []string {
		switch {
		case viewer == "bob" && round == 1:
			return []string{"bob", "alice"}
		case viewer == "alice" && round < 3:
			return nil // not to be seen on the own page yet
		}
		return []string{viewer}
	}}
	result, run, dir := runAlbum(t, albumPlan(4, "alice", "bob", "carol"), a)
	if len(result.Findings) == 0 || result.Findings[0].Viewer != "bob" {
		t.Fatalf("findings %+v, want alice's photo at bob", result.Findings)
	}
	f := result.Findings[0]
	var pages []record.Evidence
	for _, e := range run.Evidence[f.Witness[0]] {
		if isOwnPage(e) {
			pages = append(pages, e)
		}
	}
	if len(pages) != 1 || pages[0].Owner != "alice" || !slices.Contains(f.Evidence, pages[0].File) {
		t.Fatalf("the owner's pages are %+v, and the finding has %q", pages, f.Evidence)
	}
	if content, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(pages[0].File))); err != nil || string(content) != "\x89PNG of a page" {
		t.Errorf("%s holds %q (%v)", pages[0].File, content, err)
	}
	if len(a.marked) != 2 || !slices.Equal(a.marked[1], []string{"/photos/alice"}) {
		t.Errorf("marked %q, want alice's photo on bob's page and then on the own", a.marked)
	}
}

// The exchange that carried it is kept with the owner's own beside it, and nothing
// at all when no evidence is wanted.
func TestExchangesAreKept(t *testing.T) {
	for _, want := range []plan.Evidence{plan.Masked, plan.None} {
		p := albumPlan(3, "alice", "bob", "carol")
		p.Evidence = want
		result, run, dir := runAlbum(t, p, &album{api: true, shows: func(viewer string, round int) []string {
			if viewer == "bob" && round == 2 {
				return []string{"bob", "alice"}
			}
			return []string{viewer}
		}})
		if len(result.Findings) == 0 || result.Findings[0].Viewer != "bob" {
			t.Fatalf("findings %+v, want alice's photo at bob", result.Findings)
		}
		f := result.Findings[0]
		i := slices.IndexFunc(run.Evidence[f.Witness[0]], isArchive)
		if want == plan.None {
			if len(run.Evidence) > 0 || len(f.Evidence) > 0 {
				t.Errorf("evidence %+v although none was wanted", run.Evidence)
			}
			continue
		}
		if i < 0 {
			t.Fatalf("evidence %+v, with no exchange", run.Evidence[f.Witness[0]])
		}
		e := run.Evidence[f.Witness[0]][i]
		if want := fmt.Sprintf("evidence/%.8s-bob-%d.har", f.Fingerprint, f.Witness[0]); e.File != want || !slices.Contains(f.Evidence, e.File) {
			t.Errorf("the exchange is in %s, want %s, and the finding has %q", e.File, want, f.Evidence)
		}
		content, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(e.File)))
		if err != nil {
			t.Fatal(err)
		}
		canary := run.Markers[slices.IndexFunc(run.Markers, func(m marker.Entry) bool { return m.Owner == "alice" })].Text
		for _, want := range []string{`"version": "1.2"`, "given to bob: " + canary, "given to alice: " + canary} {
			if !strings.Contains(string(content), want) {
				t.Errorf("the archive has no %q:\n%s", want, content)
			}
		}
	}
}

// Of a declared picture, the owner's own is the plan's file, made small.
func TestADeclaredPictureIsKept(t *testing.T) {
	photo := pictures.Photo(7)
	large := image.NewRGBA(image.Rect(0, 0, 3*photo.Rect.Dx(), 3*photo.Rect.Dy()))
	for y := range large.Rect.Dy() {
		for x := range large.Rect.Dx() {
			large.Set(x, y, photo.At(x/3, y/3))
		}
	}
	var file bytes.Buffer
	if err := png.Encode(&file, large); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "alice.png")
	for _, gone := range []bool{false, true} {
		if err := os.WriteFile(path, file.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		p := albumPlan(2, "alice", "bob")
		p.Plant = nil
		p.Views[0].Control, p.Views[0].Identity = "", "#who"
		p.Markers = []plan.Marker{{Text: "alice.png", Owner: "alice", Item: "photo", Picture: path, Print: marker.PrintOf(large)}}
		a := &album{
			photos: map[string]image.Image{"alice": photo, "bob": pictures.Photo(8)},
			shows: func(viewer string, round int) []string {
				if gone {
					os.Remove(path)
				}
				return []string{"alice", "bob"}
			},
		}
		result, run, dir := runAlbum(t, p, a)
		if result.Verdict != gate.Leak || len(result.Findings) != 1 || result.Findings[0].Viewer != "bob" {
			t.Fatalf("got %s with findings %+v, want alice's photo at bob", result.Verdict, result.Findings)
		}
		print := marker.PrintOf(photo)
		for _, m := range evidence(t, run, dir, isPair) {
			if !marker.PrintOf(m).Near(print) {
				t.Error("a picture of the evidence does not look like alice's")
			}
		}
		owns := evidence(t, run, dir, isOwn)
		if len(evidence(t, run, dir, isShown)) != 1 || len(owns) != map[bool]int{false: 1, true: 0}[gone] {
			t.Errorf("evidence is %+v; the plan's file was gone: %v", run.Evidence, gone)
		}
	}
}

// A service that leaks everything fills no disk.
func TestEvidenceIsBounded(t *testing.T) {
	var names []string
	for i := range 60 {
		names = append(names, fmt.Sprintf("user%02d", i))
	}
	_, run, dir := runAlbum(t, albumPlan(2, names...), &album{
		api:   true,
		shows: func(viewer string, _ int) []string { return []string{viewer, "user00"} },
	})
	if n, m := len(evidence(t, run, dir, isShown)), len(evidence(t, run, dir, isOwn)); n != 40 || m != 40 {
		t.Errorf("kept %d pictures and %d of their owners, want 40 of 59", n, m)
	}
	count := map[string]int{}
	for _, of := range run.Evidence {
		for _, e := range of {
			for name, is := range map[string]func(record.Evidence) bool{"shots": isShot, "own pages": isOwnPage, "archives": isArchive} {
				if is(e) {
					count[name]++
				}
			}
		}
	}
	for _, name := range []string{"shots", "own pages", "archives"} {
		if count[name] != 40 {
			t.Errorf("kept %d %s, want 40 of 59", count[name], name)
		}
	}
	files, err := os.ReadDir(filepath.Join(dir, "evidence"))
	if err != nil || len(files) > 5*40 {
		t.Errorf("%d files of evidence (%v), want at most 40 of a kind", len(files), err)
	}
}
