package sight

import (
	"encoding/json"
	"html"
	"strings"
	"testing"
	"unicode/utf8"
)

// unwrap decodes chunks and returns the text with all that was recorded of it.
func unwrap(u unwrapper, chunks ...string) *unwrapped {
	out := &unwrapped{}
	d := u.open()
	for _, chunk := range chunks {
		d.decode(out, []byte(chunk))
	}
	d.end(out)
	return out
}

func TestHTMLReferences(t *testing.T) {
	for _, test := range []struct{ why, wrapped, want string }{
		{"no reference", "Tom & Jerry; 100%", "Tom & Jerry; 100%"},
		{"named", "&lt;&amp;&gt;&apos;", "<&>'"},
		{"without semicolon", "&copy 2026 &ltkim", "© 2026 <kim"},
		{"parameters of an address", "?a=1&b=2&copy=3", "?a=1&b=2©=3"},
		{"decimal, hexadecimal", "&#44608;&#XBBFC;&#xc218", "김민수"},
		{"two characters of one name", "&NotEqualTilde;", "≂̸"},
		{"many zeros", "&#" + strings.Repeat("0", 30) + "65;", "A"},
		{"zeros without end are no reference", "&#" + strings.Repeat("0", 99) + "65;", "\ufffd" + strings.Repeat("0", 53) + "65;"},
		{"unknown", "&kim;", "&kim;"},
		{"once only", "&amp;lt;", "&lt;"},
		{"one after the other", "&&amp&amp;&", "&&&&"},
	} {
		if got := string(unwrap(htmlReferences, test.wrapped).text); got != test.want {
			t.Errorf("%s: %q unwraps to %q, want %q", test.why, test.wrapped, got, test.want)
		}
	}
}

func TestJSONEscapes(t *testing.T) {
	for _, test := range []struct{ why, wrapped, want string }{
		{"no escape", `{"a":1}`, `{"a":1}`},
		{"of one letter", `\"\\\/\b\f\n\r\t\v\0\'`, "\"\\/\b\f\n\r\t\v\x00'"},
		{"of four digits", `\uAE40\ubbfc`, "김민"},
		{"a pair", `\ud83d\ude00!`, "😀!"},
		{"JavaScript's", `\x4b\u{1F600}\u{ae40}`, "K😀김"},
		{"halves of pairs", `\ud83d! \ude00 \ud83d\n \ud83d\u0041 \ud83d\u12`, `\ud83d! \ude00 \ud83d` + "\n" + ` \ud83dA \ud83d\u12`},
		{"two first halves", `\ud83d\ud83d\ude00`, `\ud83d😀`},
		{"not hexadecimal", `\u00g0\xg\u{}\u{110000}\u{1234567}`, `\u00g0\xg\u{}\u{110000}\u{1234567}`},
		{"an escape breaks off at another", `\u00\n\x\t`, `\u00` + "\n" + `\x` + "\t"},
		{"unknown", `\q\`, `\q\`},
		{"once only", `\\u0041\\\u0041`, `\u0041\A`},
	} {
		if got := string(unwrap(jsonEscapes, test.wrapped).text); got != test.want {
			t.Errorf("%s: %q unwraps to %q, want %q", test.why, test.wrapped, got, test.want)
		}
	}
}

func TestOrigin(t *testing.T) {
	// in:  ab&amp;cd&#32Kim
	// out: ab&cd Kim
	u := unwrap(htmlReferences, "ab&amp;cd&#32Kim")
	for _, test := range []struct {
		why               string
		from, to, in, to2 int64
		ok                bool
	}{
		{"before any form", 0, 2, 0, 2, false},
		{"the form", 2, 3, 2, 7, true},
		{"around the form", 1, 4, 1, 8, true},
		{"behind a form that ends in a sign", 3, 5, 7, 9, false},
		{"behind a form that ends in a digit", 6, 9, 9, 16, true},
		{"further behind", 7, 9, 14, 16, false},
	} {
		in, to, ok := u.origin(test.from, test.to)
		if in != test.in || to != test.to2 || ok != test.ok {
			t.Errorf("%s: origin(%d, %d) = %d, %d, %v, want %d, %d, %v",
				test.why, test.from, test.to, in, to, ok, test.in, test.to2, test.ok)
		}
	}
	u.forget(6)
	if in, to, ok := u.origin(6, 9); in != 9 || to != 16 || !ok {
		t.Errorf("after forgetting: origin(6, 9) = %d, %d, %v, want 9, 16, true", in, to, ok)
	}
}

func TestUnwrappersOf(t *testing.T) {
	for _, test := range []struct{ why, contentType, want string }{
		{"a page", "text/html; charset=utf-8", "html json"},
		{"capitals and spaces", " Text/HTML ;x=y", "html json"},
		{"data", "application/vnd.api+json", "html json"},
		{"a script", "text/javascript", "html json"},
		{"markup of pictures", "image/svg+xml", "html json"},
		{"plain text may be JSON, but shows references as they are", "text/plain", "json"},
		{"unknown: everything", "", "html json"},
		{"nonsense: everything", "x", "html json"},
		{"a picture", "image/webp", ""},
		{"a film", "video/mp4", ""},
		{"a font", "font/woff2", ""},
		{"anything binary", "application/octet-stream", ""},
		{"style", "text/css", ""},
	} {
		var names []string
		for _, u := range unwrappersOf(test.contentType) {
			names = append(names, u.name)
		}
		if got := strings.Join(names, " "); got != test.want {
			t.Errorf("%s: %q is unwrapped as %q, want %q", test.why, test.contentType, got, test.want)
		}
	}
}

// FuzzHTMLReferences holds the streaming decoder against the standard library's,
// which sees the whole text.
func FuzzHTMLReferences(f *testing.F) {
	f.Add("&lt;R&amp;D&gt;", uint8(3))
	f.Add("&#44608;&#xbbfc&#0;&#128;", uint8(9))
	f.Add("&notit;&ampamp;&&", uint8(4))
	f.Fuzz(func(t *testing.T, text string, cut uint8) {
		n := min(int(cut), len(text))
		out := unwrap(htmlReferences, text[:n], text[n:])
		if out.in != int64(len(text)) || out.out != int64(len(out.text)) {
			t.Errorf("%q: %d bytes became %d, of %d and %d", text, out.in, out.out, len(text), len(out.text))
		}
		for _, word := range strings.SplitAfter(text, "&") {
			if len(word) >= maxReference {
				return // longer references are no references here
			}
		}
		if want := html.UnescapeString(text); string(out.text) != want {
			t.Errorf("%q unwraps to %q, want %q", text, out.text, want)
		}
	})
}

// FuzzJSONEscapes holds the streaming decoder against the standard library's,
// which takes whole and valid strings only.
func FuzzJSONEscapes(f *testing.F) {
	f.Add(`\uae40\ud83d\ude00\n`, uint8(3))
	f.Add(`\\u0041\/\"`, uint8(1))
	f.Add(`\ud83d\u0041\x4b\u{1f600}`, uint8(7))
	f.Fuzz(func(t *testing.T, text string, cut uint8) {
		n := min(int(cut), len(text))
		out := unwrap(jsonEscapes, text[:n], text[n:])
		if out.in != int64(len(text)) || out.out != int64(len(out.text)) {
			t.Errorf("%q: %d bytes became %d, of %d and %d", text, out.in, out.out, len(text), len(out.text))
		}
		var want string
		if !utf8.ValidString(text) || json.Unmarshal([]byte(`"`+text+`"`), &want) != nil || strings.Contains(want, "\ufffd") {
			return // not JSON, or half a surrogate pair
		}
		if string(out.text) != want {
			t.Errorf("%q unwraps to %q, want %q", text, out.text, want)
		}
	})
}
