package effects_test

import (
	"path/filepath"
	"testing"

	"notmine/checks/checktest"
	"notmine/checks/suite/effects"
)

func TestCheck(t *testing.T) {
	files, err := filepath.Glob("testdata/*.jsonl")
	if err != nil || len(files) == 0 {
		t.Fatalf("no test records: %v", err)
	}
	checktest.Run(t, effects.Check, files...)
}
