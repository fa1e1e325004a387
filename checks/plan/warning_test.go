package plan_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestWarnings(t *testing.T) {
	for _, row := range []struct {
		why   string
		files map[string]string
		want  []string // in the messages, in their order
	}{
		{
			"far from this machine, everything is worth a word",
			map[string]string{
				"plan.yaml": `target: http://staging.example.test
tls: {insecure: true}
accounts:
  - {name: alice, password: hunter2}
  - {name: bob, password: hunter3}
login: [{goto: /login}]
items: {note: {}}
markers: {file: m.csv}
views:
  inbox: {goto: /inbox}
`,
				"m.csv": "marker,owner,item\nabc,alice,memo\nlong enough,alice,memo\nlong enough,bob,memo\n",
			},
			[]string{
				"plan.yaml:2:6: with insecure", "plan.yaml:2:6: the target is http", "plan.yaml:4:29: a password stands in the plan",
				"plan.yaml:6:10: nothing in login proves", `plan.yaml:7:9: the item "note" is never planted`,
				`plan.yaml:10:3: the view "inbox" has neither control nor identity`,
				`m.csv:2:1: the marker "abc" is shorter`, `m.csv:4:1: the marker "long enough" belongs to two owners`,
			},
		},
		{
			"at home, passwords may stand in the plan",
			map[string]string{"plan.yaml": minimal + "accounts: [{name: a, password: x}, {name: b, password: y}]\nheaders: {X-User: '{{name}}'}\n"},
			nil,
		},
		{
			"the same warning of many markers is cut",
			map[string]string{
				"plan.yaml": minimal + "accounts: {make: {count: 8, login: 'u{{n}}'}}\nheaders: {X-User: '{{name}}'}\nmarkers: {columns: {id: n}}\n",
			},
			append(slicesRepeat("shorter than 4 characters", 5), "the same is true of 3 markers"),
		},
		{
			"nobody logs in",
			map[string]string{"plan.yaml": minimal + "accounts: {make: {count: 2, login: 'u{{n}}'}}\n"},
			[]string{"plan.yaml:1:1: without login"},
		},
	} {
		var got []string
		for _, w := range load(t, row.files).Warnings() {
			if strings.Contains(w.Show(), "hunter") {
				t.Errorf("%s: a warning shows a password:\n%s", row.why, w.Show())
			}
			_, base, _ := strings.Cut(w.String(), "plan.yaml:")
			if base == "" {
				base = w.String()
			} else {
				base = "plan.yaml:" + base
			}
			got = append(got, base)
		}
		if len(got) != len(row.want) {
			t.Errorf("%s: warnings (-want +got):\n%s", row.why, cmp.Diff(row.want, got))
			continue
		}
		for i, want := range row.want {
			if !strings.Contains(got[i], want) {
				t.Errorf("%s: got warning %q, want %q", row.why, got[i], want)
			}
		}
	}
}

func slicesRepeat(s string, n int) []string {
	return strings.Split(strings.Repeat(s+"\n", n)+s, "\n")[:n]
}
