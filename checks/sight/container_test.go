package sight

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"notmine/checks/marker"
)

func squeezed(s string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	must(w.Write([]byte(s)))
	must(0, w.Close())
	return b.String()
}

// archived is an archive of one member that is not compressed.
func archived(name, s string) string {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	member := must(w.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store}))
	must(member.Write([]byte(s)))
	must(0, w.Close())
	return b.String()
}

// Containers are opened wherever they stand, and however the body was cut.
func TestContainers(t *testing.T) {
	alice := marker.Mint("alice", "subject", 1, thisRun)
	long := hexed(string(randomBytes(seeded(), 3*block))) // it can be compressed to one half
	f := finder(t, people(t))
	for _, test := range []struct {
		why, body string
		want      string
	}{
		{"a body that calls itself something else", squeezed(alice), "gzip"},
		{"over many blocks", squeezed(long + " " + alice + " " + long), "gzip"},
		{"in base64", `{"data":"` + b64(squeezed("hello "+alice)) + `"}`, "base64 gzip"},
		{"in base64 over many blocks", `<a href="data:;base64,` + b64(squeezed(long+" "+alice+" "+long)) + `">`, "base64 gzip"},
		{"in base64 with escaped slashes", strings.ReplaceAll(`{"data":"`+b64(squeezed(long+" "+alice))+`"}`, "/", `\/`), "json base64 gzip"},
		{"in short base64 with escaped slashes", strings.ReplaceAll(`{"data":"`+b64(squeezed(alice+long[:1600]))+`"}`, "/", `\/`), "json base64 gzip"},
		{"in base64 in lines", lines(b64(squeezed(long+" "+alice)), 76, "\r\n"), "base64 gzip"},
		{"in hex", hexed(squeezed("hello " + alice)), "hex gzip"},
		{"stored as it is, which is no second place", archived("a.txt", alice), "zip a.txt"},
		{"in each other", squeezed(b64(squeezed(`{"u":"` + percent(references(alice)) + `"}`))), "gzip base64 gzip percent html"},
	} {
		want := []string{"alice's subject (" + test.want + ")"}
		if got := show(f.Find("text/plain", []byte(test.body))); !cmp.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", test.why, got, want)
		}
		for _, size := range []int{7919, 64 << 10} {
			s := f.Stream("text/plain")
			for chunk := range slices.Chunk([]byte(test.body), size) {
				s.write(chunk)
			}
			s.Flush()
			if got := show(s.Take()); !cmp.Equal(got, want) {
				t.Errorf("%s, in chunks of %d: got %q, want %q", test.why, size, got, want)
			}
			if missed := s.Missed(); missed != nil {
				t.Errorf("%s: missed %q", test.why, missed)
			}
		}
	}
}

// What is beyond a bound is told once, and what is in front of it is found.
func TestMissed(t *testing.T) {
	alice := marker.Mint("alice", "subject", 1, thisRun)
	f := finder(t, people(t))
	f.MaxUnpacked = 1 << 20
	nested := alice
	for range maxNested + 1 {
		nested = squeezed(nested)
	}
	for _, test := range []struct {
		why, body   string
		found, want []string
	}{
		{"a bomb", squeezed(alice + strings.Repeat(" ", 2<<20)), []string{"alice's subject (gzip)"}, []string{"a gzip body unpacks to more than 1 MiB"}},
		{"too deep", nested, nil, []string{"what lies more than 6 deep in archives"}},
		{"too long", archived("a.txt", alice+strings.Repeat("\x00", 2<<20)), []string{"alice's subject (zip a.txt)"}, nil},
	} {
		s := f.Stream("")
		for chunk := range slices.Chunk([]byte(test.body), 50_000) {
			s.write(chunk)
		}
		s.Flush()
		s.Flush()
		if diff := cmp.Diff(test.found, show(s.Take()), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s: found (-want +got):\n%s", test.why, diff)
		}
		missed := s.Missed()
		if test.want == nil && len(missed) > 0 {
			continue
		}
		if diff := cmp.Diff(test.want, missed); diff != "" {
			t.Errorf("%s: missed (-want +got):\n%s", test.why, diff)
		}
		if again := s.Missed(); again != nil {
			t.Errorf("%s: missed again: %q", test.why, again)
		}
	}
}
