package sharedcache

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDirectives(t *testing.T) {
	for _, tt := range []struct {
		value string
		want  directives
	}{
		{"", directives{}},
		{" , ,", directives{}},
		{"no-store", directives{"no-store": ""}},
		{"Private, MAX-AGE=60", directives{"private": "", "max-age": "60"}},
		{`private="set-cookie, x-a", max-age="5"`, directives{"private": "set-cookie, x-a", "max-age": "5"}},
		{`a="\"q\\", b`, directives{"a": `"q\`, "b": ""}},
		{`a="open, no-store`, directives{"a": "open, no-store"}},
		{"max-age=1, max-age=9", directives{"max-age": "1"}},
		{"=5, max-age = 7", directives{"max-age": "7"}},
	} {
		if diff := cmp.Diff(tt.want, readDirectives(tt.value)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.value, diff)
		}
	}
}

func TestSeconds(t *testing.T) {
	for value, want := range map[string]int64{
		"60": 60, "0": 0, "-5": 0, "": 0, "soon": 0, "1.5": 0, "99999999999": longest, "99999999999999999999999": longest,
	} {
		got, ok := directives{"max-age": value}.seconds("max-age")
		if !ok || got != want {
			t.Errorf("max-age=%s: %d (%v), want %d", value, got, ok, want)
		}
	}
	if _, ok := (directives{}).seconds("max-age"); ok {
		t.Error("a directive that is not there has a value")
	}
}

func TestCacheStatus(t *testing.T) {
	got := readCacheStatus(`Origin; fwd=uri-miss; stored, "a, CDN"; hit; ttl=5, edge; hit=?0; key="x;hit"`)
	want := []hop{{name: "Origin", stored: true}, {name: "a, CDN", hit: true}, {name: "edge"}}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(hop{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Whatever an answer says, reading it neither fails nor grows, and a list that is
// well formed reads the same when it is written again.
func FuzzDirectives(f *testing.F) {
	for _, seed := range []string{`private="set-cookie", max-age=60`, `a="\"", b;c="x,y"`, `,,="`, `"\`, strings.Repeat("a,", 500)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, value string) {
		d := readDirectives(value)
		if len(d) > mostMembers {
			t.Fatalf("%d directives", len(d))
		}
		var again []string
		for name, v := range d {
			if strings.ContainsAny(name, `",=\`) {
				return // no token, which nobody can write down again
			}
			n, ok := d.seconds(name)
			if !ok || n < 0 || n > longest {
				t.Fatalf("%s=%q is %d seconds", name, v, n)
			}
			again = append(again, name+`="`+strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(v)+`"`)
		}
		if diff := cmp.Diff(d, readDirectives(strings.Join(again, ","))); diff != "" {
			t.Fatalf("%q reads otherwise when it is written again (-first +then):\n%s", value, diff)
		}
		if len(readCacheStatus(value)) > mostMembers {
			t.Fatal("too many caches")
		}
	})
}
