package suite

import (
	"os"
	"strings"
	"testing"

	"notmine/checks/isolation"
)

func TestChecks(t *testing.T) {
	if err := isolation.Validate(Checks); err != nil {
		t.Error(err)
	}
	for _, c := range Checks {
		for _, heading := range []string{"# How it happens", "# What it cannot see"} {
			if !strings.Contains(c.Doc, heading) {
				t.Errorf("the Doc of %s has no %q", c.Name, heading)
			}
		}
	}
}

// A check that has a folder and is not in the list would never run.
func TestEveryFolderIsListed(t *testing.T) {
	listed := map[string]bool{}
	for _, c := range Checks {
		listed[c.Name] = true
	}
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.IsDir() && !listed[e.Name()] {
			t.Errorf("folder %s has no check of that name in Checks", e.Name())
		}
	}
}
