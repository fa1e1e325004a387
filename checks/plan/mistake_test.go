package plan_test

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"notmine/checks/plan"
)

var update = flag.Bool("update", false, "write what the tests see into their goldens")

// Every archive holds a plan with mistakes, the files that it names, and in
// "want" what is shown of it.
func TestMistakes(t *testing.T) {
	t.Setenv("PLAN_TEST_PIN", "1234-pin")
	archives, err := filepath.Glob("testdata/mistakes/*.txtar")
	if err != nil || len(archives) == 0 {
		t.Fatalf("no archives: %v", err)
	}
	for _, name := range archives {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			dir, files := t.TempDir(), map[string]*txtar.File{}
			writePictures(t, dir)
			for i, f := range archive.Files {
				files[f.Name] = &archive.Files[i]
				write(t, dir, f.Name, string(f.Data))
			}
			_, err = plan.Parse("plan.yaml", files["plan.yaml"].Data, dir)
			var mistakes plan.Mistakes
			if !errors.As(err, &mistakes) {
				t.Fatalf("got error %v, want Mistakes", err)
			}
			got := mistakes.Error() + "\n"
			for _, secret := range []string{"hunter", "hun,ter", "1234-pin"} {
				if strings.Contains(got, secret) {
					t.Errorf("the mistakes show the secret %q:\n%s", secret, got)
				}
			}
			if *update {
				files["want"].Data = []byte(got)
				if err := os.WriteFile(name, txtar.Format(archive), 0o666); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(string(files["want"].Data), got); diff != "" {
				t.Errorf("mistakes (-want +got):\n%s", diff)
			}
		})
	}
}

func write(t *testing.T, dir, name, data string) {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(data), 0o600); err != nil {
		t.Fatal(err)
	}
}
