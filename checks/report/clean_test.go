package report

import (
	"encoding/xml"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func TestVisible(t *testing.T) {
	for _, test := range []struct {
		in, want, why string
	}{
		{"받은 편지함", "받은 편지함", "every script is text"},
		{"a\tb\r\nc", "a b  c", "one line stays one line"},
		{"\x1b[31mred", "␛[31mred", "an escape sequence does nothing and can be seen"},
		{"\u009b31m", "‹U+009B›31m", "the one-byte form of the same"},
		{"user\u202egnp.exe", "user‹U+202E›gnp.exe", "the direction of text is not turned"},
		{"ali\u200bce", "ali‹U+200B›ce", "a name with nothing in it is not alice"},
		{"ali\u3164ce", "ali‹U+3164›ce", "a letter that is blank neither"},
		{"\xff\xfe", "��", "invalid bytes"},
		{"\ufffe\U0001ffff", "��", "what XML does not allow"},
		{"\x00\x7f", "␀␡", "pictures of controls"},
		{"abcdefghijklmnopqrstuvwxyz", "abcdefghijklmnopqrst…", "cut after twenty"},
		{"\u202e\u202e\u202e\u202e", "‹U+202E›‹U+202E›…", "marks count for what they take"},
	} {
		if got := visible(test.in, 20); got != test.want {
			t.Errorf("visible(%q) = %q, want %q: %s", test.in, got, test.want, test.why)
		}
	}
}

func FuzzVisible(f *testing.F) {
	f.Add(hostile, 50)
	f.Add("받은 편지함", 3)
	f.Add("", 0)
	f.Fuzz(func(t *testing.T, s string, limit int) {
		limit = max(limit, 0) % 1000
		got := visible(s, limit)
		if !utf8.ValidString(got) {
			t.Fatalf("%q is not UTF-8", got)
		}
		for _, r := range got {
			if acts(r) || nonCharacter(r) {
				t.Fatalf("%q still holds %U", got, r)
			}
		}
		if visible(got, len(got)) != got {
			t.Fatalf("%q is not clean when it is cleaned again", got)
		}
		var out strings.Builder
		if err := xml.EscapeText(&out, []byte(got)); err != nil || strings.Count(out.String(), "�") != strings.Count(got, "�") {
			t.Fatalf("XML does not take %q", got)
		}
		for _, columnsOf := range []int{1, 7, 40} {
			if n := columns(fit(got, columnsOf)); n > columnsOf {
				t.Fatalf("fit to %d columns, it takes %d: %q", columnsOf, n, got)
			}
		}
	})
}

func TestFit(t *testing.T) {
	for _, test := range []struct {
		in    string
		limit int
		want  string
		why   string
	}{
		{"abc", 3, "abc", "it fits"},
		{"abcd", 3, "ab…", "the sign takes a column too"},
		{"받은편지", 8, "받은편지", "Korean letters take two columns each"},
		{"받은편지", 7, "받은편…", "no letter is cut in half"},
		{"받은편지", 6, "받은…", "a column stays free rather than one too many"},
		{"e\u0301e\u0301e\u0301", 3, "e\u0301e\u0301e\u0301", "marks take none"},
	} {
		if got := fit(test.in, test.limit); got != test.want {
			t.Errorf("fit(%q, %d) = %q, want %q: %s", test.in, test.limit, got, test.want, test.why)
		}
	}
}

func TestNumbers(t *testing.T) {
	for _, test := range []struct{ got, want, why string }{
		{count(0), "0", "none"},
		{count(999), "999", "no comma yet"},
		{count(3184), "3,184", "thousands"},
		{count(1234567), "1,234,567", "millions"},
		{count(-123456), "-123,456", "no comma after the sign"},
		{percent(0.075), "7.5", "one decimal"},
		{percent(0.0530), "5.3", "one decimal"},
		{percent(1), "100", "no decimal where there is none"},
		{percent(0.00094), "0.094", "two digits that say something"},
		{percent(0.0000012345), "0.00012", "however small"},
		{percent(0), "0", "nothing"},
		{milliseconds(400 * time.Microsecond), "0.4 ms", "tenths"},
		{milliseconds(1234 * time.Millisecond), "1234 ms", "no tenths when they say nothing"},
	} {
		if test.got != test.want {
			t.Errorf("got %s, want %s: %s", test.got, test.want, test.why)
		}
	}
}
