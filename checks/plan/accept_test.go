package plan_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"notmine/checks/plan"
)

func date(t *testing.T, written string) plan.Date {
	t.Helper()
	d, err := plan.ParseDate(written)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestParseAccepted(t *testing.T) {
	// YAML takes some fingerprints for numbers, of several kinds.
	const file = `# what is known
- {fingerprint: 6d1f00aa11bb22cc, reason: "the old list, gone in spring", owner: kim, expires: 2026-12-31}
- fingerprint: 0102030405060708
  reason: >
    계정이
    바뀝니다
  owner: mail team
  expires: "2027-02-28"
- {fingerprint: 12345678901234e5, reason: 7, owner: 8, expires: '2024-02-29'}
- {fingerprint: 9999999999999999, reason: "${env:HOME} is not resolved", owner: "{{kim}}", expires: 2026-12-31}
`
	got, err := plan.ParseAccepted("accept.yaml", []byte("\ufeff"+strings.ReplaceAll(file, "\n", "\r\n")))
	if err != nil {
		t.Fatal(err)
	}
	want := []plan.Accepted{
		{Fingerprint: "6d1f00aa11bb22cc", Reason: "the old list, gone in spring", Owner: "kim", Expires: date(t, "2026-12-31")},
		{Fingerprint: "0102030405060708", Reason: "계정이 바뀝니다\n", Owner: "mail team", Expires: date(t, "2027-02-28")},
		{Fingerprint: "12345678901234e5", Reason: "7", Owner: "8", Expires: date(t, "2024-02-29")},
		{Fingerprint: "9999999999999999", Reason: "${env:HOME} is not resolved", Owner: "{{kim}}", Expires: date(t, "2026-12-31")},
	}
	for i := range got {
		got[i].Reason = strings.ReplaceAll(got[i].Reason, "\r", "")
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("accepted (-want +got):\n%s", diff)
	}
}

// A file whose last entry was taken out accepts nothing, unlike no file at all.
func TestNothingAccepted(t *testing.T) {
	for _, data := range []string{"", "# all mended\n", "[]\n"} {
		got, err := plan.ParseAccepted("accept.yaml", []byte(data))
		if err != nil || got == nil || len(got) > 0 {
			t.Errorf("%q: %v, %v; want an empty list", data, got, err)
		}
	}
}

func TestAcceptedBounds(t *testing.T) {
	entry := func(reason, owner string) string {
		return "- {fingerprint: 6d1f00aa11bb22cc, reason: " + reason + ", owner: " + owner + ", expires: 2026-12-31}\n"
	}
	for _, row := range []struct {
		why, data, want string
	}{
		{"an endless file", strings.Repeat("#\n", 1<<20), "larger than 1024 KiB"},
		{"an endless reason", entry(strings.Repeat("가", 1001), "kim"), "longer than 1000 characters"},
		{"an endless name", entry("known", strings.Repeat("k", 201)), "longer than 200 characters"},
		{"no list", "fingerprint: 6d1f00aa11bb22cc\n", "has to be a list of accepted findings"},
		{"two lists", entry("known", "kim") + "---\n" + entry("known", "kim"), "one YAML document"},
		{"bytes that are no text", "- \xff", "not UTF-8"},
		{"entries that multiply", "- &a [x, x]\n- *a\n", "anchors"},
	} {
		got, err := plan.ParseAccepted("accept.yaml", []byte(row.data))
		if err == nil || !strings.Contains(err.Error(), row.want) || !strings.Contains(err.Error(), "accept.yaml") {
			t.Errorf("%s: got error %.300v, want %q of accept.yaml", row.why, err, row.want)
		}
		if got != nil {
			t.Errorf("%s: accepted %v all the same", row.why, got)
		}
	}
	if _, err := plan.ParseAccepted("accept.yaml", []byte(entry(strings.Repeat("가", 1000), "kim"))); err != nil {
		t.Errorf("a long reason: %v", err)
	}
}

func TestLoadAccepted(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "accept.yaml", "- {fingerprint: 6d1f00aa11bb22cc, reason: known, owner: kim, expires: 2026-12-31}\n")
	got, err := plan.LoadAccepted(filepath.Join(dir, "accept.yaml"))
	if err != nil || len(got) != 1 {
		t.Errorf("got %v and error %v, want one entry", got, err)
	}
	if _, err := plan.LoadAccepted(filepath.Join(dir, "none.yaml")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got error %v, want that there is no such file", err)
	}
	if _, err := plan.LoadAccepted(dir); err == nil || !strings.Contains(err.Error(), "not a regular file") {
		t.Errorf("got error %v, want a folder refused", err)
	}
}

// The plan's own file is confined to its folder, and comes into the outline.
func TestPlanNamesAccepted(t *testing.T) {
	const with = minimal + "accounts: [{name: a}, {name: b}]\naccept: accept.yaml\n"
	p := load(t, map[string]string{
		"plan.yaml":   with,
		"accept.yaml": "- {fingerprint: 6d1f00aa11bb22cc, reason: known, owner: kim, expires: 2026-12-31}\n",
	})
	written, err := json.Marshal(p.Outline())
	if err != nil {
		t.Fatal(err)
	}
	if want := `"accepted":[{"fingerprint":"6d1f00aa11bb22cc","reason":"known","owner":"kim","expires":"2026-12-31"}]`; !strings.Contains(string(written), want) {
		t.Errorf("the outline is %s, want it to hold %s", written, want)
	}
	var read plan.Outline
	if err := json.Unmarshal(written, &read); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(p.Accepted, read.Accepted); diff != "" {
		t.Errorf("read back (-want +got):\n%s", diff)
	}
	for _, path := range []string{"../accept.yaml", "/etc/hostname", "none.yaml", ".", "'{{name}}.yaml'", "${env:HOME}"} {
		_, err := plan.Parse("plan.yaml", []byte(strings.Replace(with, "accept.yaml", path, 1)), t.TempDir())
		var mistakes plan.Mistakes
		if !errors.As(err, &mistakes) || len(mistakes) != 1 || mistakes[0].Line != 4 || mistakes[0].Column != 9 {
			t.Errorf("accept: %s: got error %v, want one mistake at 4:9", path, err)
		}
	}
}

func TestDate(t *testing.T) {
	last := date(t, "2026-12-31")
	seoul := time.FixedZone("KST", 9*60*60)
	for _, row := range []struct {
		at   time.Time
		over bool
		why  string
	}{
		{time.Date(2026, 12, 30, 23, 0, 0, 0, time.UTC), false, "the day before"},
		{time.Date(2026, 12, 31, 0, 0, 0, 0, time.UTC), false, "its first moment"},
		{time.Date(2026, 12, 31, 23, 59, 59, 999_999_999, time.UTC), false, "its last moment"},
		{time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC), true, "the next day"},
		{time.Date(2027, 1, 1, 8, 59, 0, 0, seoul), false, "still the last day in UTC"},
		{time.Date(2027, 1, 1, 9, 0, 0, 0, seoul), true, "not any more"},
	} {
		if got := last.Over(row.at); got != row.over {
			t.Errorf("%v is over at %v: %v, want %v: %s", last, row.at, got, row.over, row.why)
		}
	}
	for _, written := range []string{"", "2026-13-01", "2026-02-30", "2026-1-1", "20261231", "2026-12-31T00:00:00Z", "never", strings.Repeat("9", 1000)} {
		if d, err := plan.ParseDate(written); err == nil || len(err.Error()) > 100 {
			t.Errorf("%.20q is the date %v, and its error %.200v", written, d, err)
		}
	}
	if err := json.Unmarshal([]byte(`"31 December"`), &last); err == nil {
		t.Error("a record may hold any date")
	}
}

func FuzzParseAccepted(f *testing.F) {
	f.Add([]byte("- {fingerprint: 6d1f00aa11bb22cc, reason: known, owner: kim, expires: 2026-12-31}\n"))
	f.Add([]byte("- fingerprint: 0102030405060708\n  reason: |\n    a\n    b\n  owner: 'k'\n  expires: 2026-12-31\n- x: {}\n"))
	f.Add([]byte("# nothing\n"))
	f.Add([]byte("- [1]\n- {fingerprint: 1e5, expires: 2026-12-31, owner: *a, password: x}\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		accepted, err := plan.ParseAccepted("accept.yaml", data)
		if err == nil {
			seen := map[string]bool{}
			for _, a := range accepted {
				if !plan.IsFingerprint(a.Fingerprint) || seen[a.Fingerprint] || a.Reason == "" || a.Owner == "" || a.Expires == (plan.Date{}) {
					t.Errorf("accepted without a mistake: %+v", a)
				}
				seen[a.Fingerprint] = true
			}
			return
		}
		var mistakes plan.Mistakes
		if errors.As(err, &mistakes) {
			_ = mistakes.Error()
			for _, m := range mistakes {
				if m.Message == "" || m.File != "accept.yaml" || m.Line < 0 || m.Column < 0 {
					t.Errorf("a mistake without message or place: %#v", m)
				}
			}
		}
	})
}
