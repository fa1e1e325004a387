package script

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func TestYAML(t *testing.T) {
	s := parse(t, byHand)
	s.Changes = map[string][]Request{"hide": {{Method: "PUT", URL: "/x?y={{now}}", Body: "a: b\n\"{{\"{{\"}} 'c' # no\n\ttab", Header: map[string]string{"Content-Type": "text/plain"}}}}
	data, err := s.YAML()
	if err != nil {
		t.Fatal(err)
	}
	again, err := Parse(data)
	if err != nil {
		t.Fatalf("%v\n%s", err, data)
	}
	if diff := cmp.Diff(s, again); diff != "" {
		t.Errorf("(-written +read)\n%s%s", diff, data)
	}
}

func TestParseRefuses(t *testing.T) {
	for text, says := range map[string]string{
		"login:\n- {url: /x, verb: GET}":                              "verb",
		"login:\n- {url: /x}\n- {url: x}":                             "login, request 2",
		"views: {a: [{url: //x.test/y}]}":                             "view a, request 1",
		"views: {a: [{url: 'http://u:p@x.test/'}]}":                   "no host that could be asked",
		"views: {a: [{url: 'http://{{login}}/'}]}":                    "no host that could be asked",
		"views: {a: [{url: /x, expect: 200}]}":                        "expect",
		"views: {a: [{url: /x, beside: true}]}":                       "there is none before it",
		"views: {a: [{url: '/{{capture token}}'}]}":                   `no request before it captures "token"`,
		"views: {a: [{url: '/{{login'}]}":                             "{{ without }}",
		"views: {a: [{url: /x, header: {Cookie: a=b}}]}":              "Cookie",
		"views: {a: [{url: /x, header: {'X Y': a}}]}":                 "no header name",
		"views: {a: [{url: /x, header: {X-Y: \"a\\r\\nZ: b\"}}]}":     "characters",
		"views: {a: [{url: /x, method: 'GE T'}]}":                     "no method",
		"views: {a: [{url: /x, dest: 'a b'}]}":                        "no destination",
		"views: {a: [{url: /x, body: a, parts: [{name: b}]}]}":        "either body or parts",
		"views: {a: [{url: /x, parts: [{name: b, data: '!'}]}]}":      "no base64",
		"views: {a: [{url: /x, captures: {c: {field: a, link: b}}}]}": `the capture "c"`,
		"views: {a: [{url: /x, captures: {c: {json: a}}}]}":           "JSON Pointer",
		"views: {a: [{url: /x y}]}":                                   "which an address has as %20",
		"views: {a: [{url: /x, expect: 1xx}]}":                        "expect",
		`views: {a: [{url: /x, method: POST, body: "a\0b"}]}`:         "zero byte",
		"views: {a: [{url: /x, dest: empty, captures: {c: {json: /a}}}, {url: '/{{capture c}}', dest: empty, beside: true}]}": `no request before it captures "c"`,
		"views: {a: &x [{url: /x}], b: *x}":                              "not allowed",
		"views: " + strings.Repeat("[", 50):                              "nested too deeply",
		"views: {a: [{url: /" + strings.Repeat("x", longestText) + "}]}": "longer than",
	} {
		if _, err := Parse([]byte(text)); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%.60s: %v, want it to say %q", text, err, says)
		}
	}
}

// Whatever a page sends is read again as it was written.
func TestYAMLKeepsTexts(t *testing.T) {
	for _, text := range []string{
		" begins with a space\nand goes on", "\n\nbegins with lines", "ends with lines\n\n", "ends with spaces  \n  ", "a\r\nb\rc", "\ttab\n\ttab",
		"\u2028\u2029\u0085", "\x1b[31m", "# no comment", "- no list", "'", `"`, `\`, "~", "null", "true", "1e3", "0x10", "a: b", "{", "{{\"{{\"}}", "%", "@", "`", "|", ">", "|-\na", "&a", "*a", "!a", "---", "...\n---\n", "한글\n 한글", "\ufeffx", " ", "\n", "\r", "a #b", "a\n#b\n", "2026-11-22", "=", "<<", "😀\n",
	} {
		readAgain(t, text)
	}
}

// readAgain writes a script with a text wherever one may stand, and reads it.
func readAgain(t *testing.T, text string) {
	t.Helper()
	s := &Script{Views: map[string][]Request{"v": {
		{Method: "POST", URL: "/x", Body: literal(text), Captures: map[string]Place{"c": {After: "x" + text, Before: text}}},
		{Method: "POST", URL: "/x", Parts: []Part{{Name: literal(text), Value: literal(text)}}},
	}}}
	data, err := s.YAML()
	if err != nil {
		t.Errorf("%q: %v", text, err)
		return
	}
	again, err := Parse(data)
	if err != nil {
		t.Errorf("%q: %v\n%s", text, err, data)
		return
	}
	if diff := cmp.Diff(s, again); diff != "" {
		t.Errorf("%q: (-written +read)\n%s%s", text, diff, data)
	}
}

func FuzzYAML(f *testing.F) {
	f.Add(" a\r\n\tb: c # d\n")
	f.Fuzz(func(t *testing.T, text string) {
		if utf8.ValidString(text) && !strings.Contains(text, "\x00") {
			readAgain(t, text)
		}
	})
}
