package main

import (
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"notmine": main})
}

// TestCommand runs the scripts that need no browser.
func TestCommand(t *testing.T) { runScripts(t, "testdata/command") }

// TestBrowsers runs the scripts that drive real browsers.
func TestBrowsers(t *testing.T) { runScripts(t, "testdata/browsers") }

func runScripts(t *testing.T, dir string) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:                dir,
		Setup:              setUp,
		Cmds:               words,
		RequireUniqueNames: true,
	})
}
