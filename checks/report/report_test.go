package report

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"notmine/checks/gate"
	"notmine/checks/phrase"
)

var update = flag.Bool("update", false, "write the golden files anew")

// pixel is a picture of one point.
const pixel = "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89" +
	"\x00\x00\x00\rIDATx\x9cc\xf8\xcf\xc0\xf0\x1f\x00\x05\x00\x01\xff\x89\x99=\x1d\x00\x00\x00\x00IEND\xaeB`\x82"

var pictureFolder = fstest.MapFS{
	"6d1f-bob-18.png":         &fstest.MapFile{Data: []byte(pixel)},
	"6d1f-bob-18-own.png":     &fstest.MapFile{Data: []byte(pixel)},
	"6d1f-bob-18.har":         &fstest.MapFile{Data: []byte("{}")},
	"99aa-dasom-28-own.png":   &fstest.MapFile{Data: []byte(pixel)},
	"99aa-dasom-28-shown.png": &fstest.MapFile{Data: []byte(pixel)},
}

// formats write a run as the tests look at it.
var formats = map[string]func(io.Writer, told) error{
	"txt": func(w io.Writer, t told) error {
		return Text(w, t.run, t.result, TextOptions{Width: 80, Dir: "notmine-runs/20261122-014500-7f3k"})
	},
	"quiet.txt": func(w io.Writer, t told) error {
		return Text(w, t.run, t.result, TextOptions{Dir: "notmine-runs/20261122-014500-7f3k", Quiet: true})
	},
	"json":            func(w io.Writer, t told) error { return JSON(w, t.result) },
	"xml":             func(w io.Writer, t told) error { return JUnit(w, t.run, t.result) },
	"sarif":           func(w io.Writer, t told) error { return SARIF(w, t.run, t.result, someChecks) },
	"annotations.txt": func(w io.Writer, t told) error { return Annotations(w, t.run, t.result) },
	"md": func(w io.Writer, t told) error {
		return Markdown(w, t.run, t.result, "notmine-runs/20261122-014500-7f3k")
	},
	"html": func(w io.Writer, t told) error {
		var page bytes.Buffer
		if err := HTML(&page, t.run, t.result, pictureFolder); err != nil {
			return err
		}
		_, err := io.WriteString(w, withoutOwn(page.String()))
		return err
	},
}

func TestGolden(t *testing.T) {
	for name, tell := range map[string]func() told{
		"leak": leakRun, "event": eventRun, "clean": cleanRun, "inconclusive": inconclusiveRun, "interrupted": interruptedRun,
	} {
		for ext, write := range formats {
			t.Run(name+"."+ext, func(t *testing.T) {
				var got, again bytes.Buffer
				if err := write(&got, tell()); err != nil {
					t.Fatal(err)
				}
				if err := write(&again, tell()); err != nil {
					t.Fatal(err)
				}
				if !bytes.Equal(got.Bytes(), again.Bytes()) {
					t.Error("the same run gave other bytes the second time")
				}
				golden := filepath.Join("testdata", name+"."+ext)
				if *update {
					if err := os.WriteFile(golden, got.Bytes(), 0o644); err != nil {
						t.Fatal(err)
					}
				}
				want, err := os.ReadFile(golden)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(string(want), got.String()); diff != "" {
					t.Errorf("%s differs (-want +got):\n%s", golden, diff)
				}
			})
		}
	}
}

// withoutOwn leaves out of a page what is in files of its own already.
func withoutOwn(page string) string {
	return strings.NewReplacer(pageStyle, "…", pageScript, "…").Replace(page)
}

func TestWriteAllFormats(t *testing.T) {
	dir := t.TempDir()
	leak := leakRun()
	if err := os.CopyFS(filepath.Join(dir, "evidence"), pictureFolder); err != nil {
		t.Fatal(err)
	}
	for range 2 { // a report is written over when a record is judged again
		if err := Write(dir, leak.run, leak.result, someChecks, nil); err != nil {
			t.Fatal(err)
		}
	}
	for name, golden := range map[string]string{HTMLFile: "leak.html", JSONFile: "leak.json", JUnitFile: "leak.xml", SARIFFile: "leak.sarif"} {
		got, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		want, err := os.ReadFile(filepath.Join("testdata", golden))
		if err != nil {
			t.Fatal(err)
		}
		if withoutOwn(string(got)) != string(want) {
			t.Errorf("%s in the run folder is not what %s holds", name, golden)
		}
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if mode := info.Mode().Perm(); mode != 0o600 {
			t.Errorf("%s has mode %o, others could read it", name, mode)
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != 5 {
		t.Errorf("%d entries in the run folder, want four reports and the evidence: %v", len(entries), entries)
	}
}

func TestWriteSomeFormats(t *testing.T) {
	clean := cleanRun()
	for _, test := range []struct {
		formats []string
		want    []string
		err     bool
		why     string
	}{
		{[]string{"junit"}, []string{JUnitFile}, false, "only what was asked for"},
		{[]string{"json", "html", "sarif"}, []string{HTMLFile, JSONFile, SARIFFile}, false, "several"},
		{[]string{}, nil, false, "an empty list asks for none, unlike nil"},
		{[]string{"json", "pdf"}, nil, true, "a wrong name is found before anything is written"},
	} {
		dir := t.TempDir()
		if err := Write(dir, clean.run, clean.result, someChecks, test.formats); (err != nil) != test.err {
			t.Errorf("%v: error %v (%s)", test.formats, err, test.why)
		}
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, e := range entries {
			got = append(got, e.Name())
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%v: %s\n%s", test.formats, test.why, diff)
		}
	}
}

// The record names the files of its evidence, and a record may be forged.
func TestEvidenceStaysInItsFolder(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "evidence"), 0o700); err != nil {
		t.Fatal(err)
	}
	secret := pixel + "the secret"
	if err := os.WriteFile(filepath.Join(dir, "secret.png"), []byte(secret), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("../secret.png", filepath.Join(dir, "evidence", "link.png")); err != nil {
		t.Fatal(err)
	}
	leak := leakRun()
	leak.result.Findings = leak.result.Findings[:1]
	leak.result.Findings[0].Evidence = []string{
		"secret.png", "evidence/../secret.png", "evidence/link.png", filepath.Join(dir, "secret.png"), "evidence/..", "evidence/", `evidence/..\secret.png`,
	}
	if err := Write(dir, leak.run, leak.result, someChecks, []string{"html"}); err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(filepath.Join(dir, HTMLFile))
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(page), "data:image") {
		t.Error("a picture from outside of the evidence folder is in the page")
	}
	if n := strings.Count(string(page), "not in the evidence folder") + strings.Count(string(page), "could not be read"); n != 7 {
		t.Errorf("the page explains %d of 7 pictures that it does not show", n)
	}
}

func TestPicturesAreBounded(t *testing.T) {
	folder := fstest.MapFS{
		"huge.png": &fstest.MapFile{Data: append([]byte(pixel), make([]byte, mostPictureBytes)...)},
		"text.png": &fstest.MapFile{Data: []byte("<script>alert(1)</script>")},
		"pipe.png": &fstest.MapFile{Data: []byte(pixel), Mode: fs.ModeNamedPipe},
		"one.png":  &fstest.MapFile{Data: []byte(pixel)},
	}
	p := newPictures(folder)
	for _, test := range []struct{ file, gone, why string }{
		{"evidence/huge.png", "at most 2 MB", "too large to embed"},
		{"evidence/text.png", "not a picture", "its name says nothing about its content"},
		{"evidence/pipe.png", "could not be read", "reading a pipe would wait for ever"},
		{"evidence/none.png", "could not be read", "it was deleted"},
		{"evidence/one.png", "", "fine"},
	} {
		pic := p.show(test.file, 1)
		if !strings.Contains(pic.Gone.english, test.gone) || (pic.Src == "") != (test.gone != "") {
			t.Errorf("%s: %q, source of %d bytes: %s", test.file, pic.Gone, len(pic.Src), test.why)
		}
	}
	if pic := p.show("evidence/one.png", 2); pic.Card != 1 || pic.Src != "" {
		t.Errorf("the second card that needs a picture shows %+v, want a link to the first", pic)
	}
	for i := range mostPictures {
		name := fmt.Sprintf("%d.png", i)
		folder[name] = &fstest.MapFile{Data: []byte(pixel)}
		pic := p.show("evidence/"+name, 3)
		if full := i == mostPictures-1; (pic.Src == "") != full {
			t.Errorf("picture %d: %q, shown %t", i+2, pic.Gone, pic.Src != "")
		}
	}
}

func TestJSONIsTheResult(t *testing.T) {
	want := leakRun().result
	want.Findings[0].Message = phrase.Verbatim(`<b>받은 편지함</b> & "` + hostile)
	var out bytes.Buffer
	if err := JSON(&out, want); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), "<b>받은 편지함</b> & ") || !strings.HasSuffix(out.String(), "}\n") {
		t.Error("markup or Korean is escaped, or the end of the line is missing")
	}
	var got gate.Result
	if err := json.Unmarshal(out.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	want.Findings[0].Message = phrase.Verbatim(strings.ToValidUTF8(want.Findings[0].Message.String(), "\ufffd"))
	if diff := cmp.Diff(*want, got); diff != "" {
		t.Errorf("what is read back is another result (-want +got):\n%s", diff)
	}
}

// A record whose sightings name no marker of its ledger was tampered with.
func TestForgedLedgerIsAnError(t *testing.T) {
	forged := cleanRun()
	forged.run.Observations[0].Sightings[0].Marker = 99
	for ext, write := range formats {
		if ext == "json" {
			continue // it takes the result alone
		}
		var out bytes.Buffer
		if err := write(&out, forged); err == nil {
			t.Errorf("%s: written without an error", ext)
		}
		if out.Len() > 0 {
			t.Errorf("%s: %d bytes written in spite of the error", ext, out.Len())
		}
	}
}
