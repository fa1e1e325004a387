package plan_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"notmine/checks/plan"
)

func TestBounds(t *testing.T) {
	for _, row := range []struct {
		why, data, want string
	}{
		{"an endless file", strings.Repeat("#\n", 1<<20), "larger than 1024 KiB"},
		{"lists in lists overflow a parser's stack", "a: " + strings.Repeat("[", 1<<19), "nested too deeply"},
		{"and so do blocks", strings.Repeat("- ", 1<<19), "nested too deeply"},
		{"and blocks on lines of their own", nested(200), "nested too deeply"},
		{"keys of one mapping are read by recursion", strings.Repeat("a: b\n", 100_000), "more than 2000 keys"},
		{"more accounts than any crowd has", minimal + "accounts: {make: {count: 10001, login: \"u{{n}}\"}}", "from 1 to 10000"},
		{"bytes that are no text", "target: \xff", "not UTF-8"},
		{"two plans in one file", minimal + "---\n" + minimal, "one YAML document"},
		{"nothing at all", "# later\n", "the plan is empty"},
		{"a text without an end", minimal + "login: [{click: " + strings.Repeat("x", 20_000) + "}]", "longer than 16384 bytes"},
	} {
		_, err := plan.Parse("plan.yaml", []byte(row.data), t.TempDir())
		if err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: got error %.300v, want %q", row.why, err, row.want)
		}
	}
}

func nested(levels int) string {
	var b strings.Builder
	for i := range levels {
		b.WriteString(strings.Repeat(" ", i) + "a:\n")
	}
	return b.String()
}

// A flood of mistakes is cut, and says so.
func TestManyMistakes(t *testing.T) {
	_, err := plan.Parse("plan.yaml", []byte("login:\n"+strings.Repeat("  - {jump: a}\n", 500)), t.TempDir())
	var mistakes plan.Mistakes
	if !errors.As(err, &mistakes) || len(mistakes) != 101 {
		t.Fatalf("got %d mistakes, want 100 and what remains", len(mistakes))
	}
	if last := mistakes[100].Error(); !strings.HasPrefix(last, "plan.yaml: ") || !strings.HasSuffix(last, " more mistakes") {
		t.Errorf("got last mistake %q, want the number of the others", last)
	}
	var one *plan.Mistake
	if !errors.As(err, &one) || one.Line != 1 && one.Line != 2 {
		t.Errorf("got %v as the one mistake, want the first", one)
	}
}

// Links out of the folder are as good as absolute paths, and refused as well.
func TestLinksOutOfTheFolder(t *testing.T) {
	outside := filepath.Join(t.TempDir(), "key")
	write(t, filepath.Dir(outside), "key", "hunter2")
	dir := t.TempDir()
	if err := os.Symlink(outside, filepath.Join(dir, "key")); err != nil {
		t.Fatal(err)
	}
	_, err := plan.Parse("plan.yaml", []byte(minimal+"accounts: [{name: a, password: '${file:key}'}, {name: b}]\n"), dir)
	if err == nil || !strings.Contains(err.Error(), "${file:key}") || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("got error %v, want the link refused", err)
	}
}

func TestMissingPlan(t *testing.T) {
	_, err := plan.Load(filepath.Join(t.TempDir(), "none.yaml"))
	if !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got error %v, want that there is no such file", err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(plan.Template())
	f.Add([]byte(minimal + "accounts: [{name: 김민지, password: 'x'}, {name: b, 'c d': e}]\nlogin: [{fill: {a: '{{secret 1}}'}}]\n"))
	f.Add([]byte(minimal + "accounts: {make: {count: 2, login: 'u{{n}}'}}\nheaders:\n  X: |\n    a\n    b\nitems: {a: {audience: '{{n}}'}}\n"))
	f.Add([]byte("a: &a [*a]\n? [b]: c\n--- !!x\n<<: d\n"))
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := plan.Parse("plan.yaml", data, dir)
		if err == nil {
			if len(p.Accounts) < 2 || len(p.Views) == 0 || len(p.Phases) == 0 || p.Target == "" {
				t.Errorf("a plan without mistakes lacks what it needs: %+v", p)
			}
			for _, w := range p.Warnings() {
				_ = w.Show()
			}
			return
		}
		var mistakes plan.Mistakes
		if errors.As(err, &mistakes) {
			_ = mistakes.Error()
			for _, m := range mistakes {
				if m.Message == "" || m.Line < 0 || m.Column < 0 {
					t.Errorf("a mistake without message or place: %#v", m)
				}
			}
		}
	})
}
