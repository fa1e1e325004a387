package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

func TestColors(t *testing.T) {
	for _, test := range []struct {
		environment     map[string]string
		colors, escapes bool
		why             string
	}{
		{nil, true, true, "nobody says otherwise"},
		{map[string]string{"TERM": "xterm-256color"}, true, true, "a usual terminal"},
		{map[string]string{"TERM": "dumb"}, false, false, "it would show the sequences"},
		{map[string]string{"NO_COLOR": "1"}, false, true, "whatever its value"},
		{map[string]string{"NO_COLOR": "0"}, false, true, "whatever its value"},
		{map[string]string{"NO_COLOR": ""}, true, true, "an empty one says nothing"},
		{map[string]string{"NO_COLOR": "1", "TERM": "dumb"}, false, false, "both"},
	} {
		getenv := func(name string) string { return test.environment[name] }
		if got := colors(getenv); got != test.colors {
			t.Errorf("%v: colours %t, want %t: %s", test.environment, got, test.colors, test.why)
		}
		if got := escapes(getenv); got != test.escapes {
			t.Errorf("%v: escape sequences %t, want %t: %s", test.environment, got, test.escapes, test.why)
		}
	}
}

func TestNoTerminal(t *testing.T) {
	f, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if terminalOf(f) != nil || terminalOf(&bytes.Buffer{}) != nil {
		t.Error("a file or a buffer is taken for a terminal")
	}
}
