package sight

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"notmine/checks/marker"
)

// opened is what came out of a body and of everything in it.
type opened struct {
	pieces  map[string]string // as they are, by their wrapping
	matches []Match
	missed  []string
}

// openWhole opens a body, and what is in it to a depth of four.
func openWhole(f *Finder, media string, p []byte) *opened {
	o := &opened{pieces: make(map[string]string)}
	o.open(f, &budget{f.MaxUnpacked}, nil, media, p)
	return o
}

func (o *opened) open(f *Finder, b *budget, wrapping []string, media string, p []byte) {
	const deepest = 4
	kind := openerOf(p[:min(len(p), headOfBody)], media)
	o.pieces[strings.Join(wrapping, " > ")] += string(p)
	if kind == nil || len(wrapping) == deepest {
		return
	}
	kind.open(p, &inside{
		finder: f,
		budget: b,
		member: func(name, media string, p []byte) {
			if name == "" {
				name = kind.name
			}
			o.open(f, b, append(slices.Clone(wrapping), name), media, p)
		},
		match: func(m Match) {
			m.Wrapping = append(slices.Clone(wrapping), m.Wrapping...)
			o.matches = append(o.matches, m)
		},
		missed: func(why string) { o.missed = append(o.missed, why) },
	})
}

// empty is a finder of a ledger without markers.
func empty(t testing.TB) *Finder { return finder(t, marker.NewLedger(thisRun, nil)) }

// wantPiece checks that a text came out with that wrapping.
func (o *opened) wantPiece(t *testing.T, wrapping, text string) {
	t.Helper()
	if !strings.Contains(o.pieces[wrapping], text) {
		t.Errorf("%q was not found in %q; there is %q, missed: %q", text, wrapping, o.pieces, o.missed)
	}
}

// wantMissed checks that nothing else was missed.
func (o *opened) wantMissed(t *testing.T, want ...string) {
	t.Helper()
	if !slices.Equal(o.missed, want) {
		t.Errorf("missed %q, want %q", o.missed, want)
	}
}

func TestOpenerOf(t *testing.T) {
	for _, test := range []struct{ why, media, head, want string }{
		{"text", "text/html", "<!doctype html>", ""},
		{"nothing", "", "", ""},
		{"Korean text", "", "안녕하세요", ""},
		{"a text that begins like zlib", "text/plain", "x^2 + y^2 is no header, and x\x01 is none", ""},
		{"a text that begins like bzip2", "", "BZh is how it begins", ""},
		{"a font", "font/woff2", "wOF2\x00\x01\x00\x00\x00\x00\x10\x20", ""},
		{"a WebAssembly module", "application/wasm", "\x00asm\x01\x00\x00\x00", ""},
		{"an MP4", "", "\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00", ""},
		{"gzip", "text/html", "\x1f\x8b\x08\x00\x00", "gzip"},
		{"zstd", "", "\x28\xb5\x2f\xfd\x04", "zstd"},
		{"zip", "application/octet-stream", "PK\x03\x04\x14", "zip"},
		{"an empty zip", "", "PK\x05\x06\x00", "zip"},
		{"pdf", "application/octet-stream", "%PDF-1.7\n", "pdf"},
		{"pdf behind junk", "application/pdf", "\r\njunk\n%PDF-1.7\n", "pdf"},
		{"a text about pdf", "text/plain", "a file begins with %PDF-1.7", ""},
		{"tar", "", strings.Repeat("\x00", 257) + "ustar\x0000", "tar"},
		{"png", "text/html", "\x89PNG\r\n\x1a\n", "picture"},
		{"webp", "", "RIFF\x10\x00\x00\x00WEBPVP8 ", "picture"},
		{"avif", "", "\x00\x00\x00\x20ftypavif\x00\x00\x00\x00", "picture"},
		{"a text that begins like a bitmap", "", "BMW and other cars of 2026", ""},
	} {
		name := ""
		if o := openerOf([]byte(test.head), test.media); o != nil {
			name = o.name
		}
		if name != test.want {
			t.Errorf("%s: openerOf(%q, %q) is %q, want %q", test.why, test.head, test.media, name, test.want)
		}
	}
}

func TestClosed(t *testing.T) {
	for head, want := range map[string]string{
		"Rar!\x1a\x07\x01\x00":                         "a RAR archive was not opened",
		"7z\xbc\xaf\x27\x1c\x00\x04":                   "a 7z archive was not opened",
		"\xfd7zXZ\x00\x00\x04":                         "an xz body was not unpacked",
		"BZh91AY&SY\x00\x01\x80":                       "a bzip2 body was not unpacked",
		"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\x00\x00\x00": "a compound document was not opened",
	} {
		openWhole(empty(t), "", []byte(head)).wantMissed(t, want)
	}
}

// FuzzOpen opens what begins like anything. It must end, without a panic, and
// hand over no more than the budget and what was there.
func FuzzOpen(f *testing.F) {
	for _, seed := range seeds(f) {
		f.Add(seed)
	}
	finder := drawn(f)
	finder.MaxUnpacked = 1 << 20
	f.Fuzz(func(t *testing.T, p []byte) {
		const most = 1 << 21 // names, strings and notes are not unpacked
		o := openWhole(finder, "", p)
		total := 0
		for _, piece := range o.pieces {
			total += len(piece)
		}
		if total > most+64*len(p) {
			t.Errorf("%d bytes came out of %d", total, len(p))
		}
		for _, why := range o.missed {
			if len(why) > 100 || bytes.ContainsFunc([]byte(why), func(r rune) bool { return r < ' ' || r > '~' }) {
				t.Errorf("missed %q, want plain words", why)
			}
		}
	})
}
