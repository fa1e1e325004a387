package sight

import (
	"encoding/json"
	"html"
	"strings"
	"testing"
	"unicode/utf8"
)

// unwrapOnce returns a text with its escapes unwrapped once.
func unwrapOnce(text string) string {
	to := &view{outer: &view{text: []byte(text), valid: true}, layer: escapes}
	w := &window{near: len(text), most: 4 * len(text)}
	escapes.show(w, to, to.outer)
	if to.text == nil {
		return text
	}
	return string(to.text)
}

func TestReferences(t *testing.T) {
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
		if got := unwrapOnce(test.wrapped); got != test.want {
			t.Errorf("%s: %q unwraps to %q, want %q", test.why, test.wrapped, got, test.want)
		}
	}
}

func TestEscapes(t *testing.T) {
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
		{"percent", "%41%zz%e", "A%zz%e"},
		{"percent as escape writes it", "%u00e9%uD83D%uDE00%u12", "é😀%u12"},
		{"shifted", "\x0e1h\x0f!\x0e!", "김!\x0e!"},
	} {
		if got := unwrapOnce(test.wrapped); got != test.want {
			t.Errorf("%s: %q unwraps to %q, want %q", test.why, test.wrapped, got, test.want)
		}
	}
}

func TestOrigin(t *testing.T) {
	// in:  ab&amp;cd&#32Kim
	// out: ab&cd Kim
	u := &view{outer: &view{text: []byte("ab&amp;cd&#32Kim")}, layer: escapes}
	escapes.show(&window{near: 100, most: 100}, u, &view{text: u.outer.text, valid: true})
	for _, test := range []struct {
		why               string
		from, to, in, end int
		ok                bool
	}{
		{"before any form", 0, 2, 0, 2, false},
		{"the form", 2, 3, 2, 7, true},
		{"around the form", 1, 4, 1, 8, true},
		{"behind a form that ends in a sign", 3, 5, 7, 9, false},
		{"behind a form that ends in a digit", 6, 9, 9, 16, true},
		{"further behind", 7, 9, 14, 16, false},
	} {
		in, end, _, ok := u.origin(test.from, test.to, nil)
		if in != test.in || end != test.end || ok != test.ok {
			t.Errorf("%s: origin(%d, %d) = %d, %d, %v, want %d, %d, %v",
				test.why, test.from, test.to, in, end, ok, test.in, test.end, test.ok)
		}
	}
}

// FuzzReferences holds the reader of references against the standard library's.
func FuzzReferences(f *testing.F) {
	f.Add("&lt;R&amp;D&gt;")
	f.Add("&#44608;&#xbbfc&#0;&#128;")
	f.Add("&notit;&ampamp;&&")
	f.Fuzz(func(t *testing.T, text string) {
		if strings.ContainsAny(text, "\\%\x0e") {
			return // other escapes
		}
		for _, word := range strings.SplitAfter(text, "&") {
			if len(word) >= maxReference {
				return // longer references are no references here
			}
		}
		if got, want := unwrapOnce(text), html.UnescapeString(text); got != want {
			t.Errorf("%q unwraps to %q, want %q", text, got, want)
		}
	})
}

// FuzzEscapes holds the reader of escapes against the standard library's, which
// takes whole and valid strings only.
func FuzzEscapes(f *testing.F) {
	f.Add(`\uae40\ud83d\ude00\n`)
	f.Add(`\\u0041\/\"`)
	f.Add(`\ud83d\u0041\x4b\u{1f600}`)
	f.Fuzz(func(t *testing.T, text string) {
		var want string
		if strings.ContainsAny(text, "&%\x0e") || !utf8.ValidString(text) ||
			json.Unmarshal([]byte(`"`+text+`"`), &want) != nil || strings.Contains(want, "\ufffd") {
			return // other escapes, not JSON, or half a surrogate pair
		}
		if got := unwrapOnce(text); got != want {
			t.Errorf("%q unwraps to %q, want %q", text, got, want)
		}
	})
}
