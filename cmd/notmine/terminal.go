package main

import (
	"io"
	"os"

	"golang.org/x/term"
)

// terminalOf returns the terminal that w writes to; nil when it is none.
func terminalOf(w io.Writer) *os.File {
	if f, ok := w.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		return f
	}
	return nil
}

// escapes reports whether the terminal of an environment acts on escape
// sequences. One that is called dumb shows them as they are.
func escapes(getenv func(string) string) bool { return getenv("TERM") != "dumb" }

// colors reports whether the terminal of an environment is written to in colour.
// NO_COLOR says that it is not, unless it is empty: https://no-color.org.
func colors(getenv func(string) string) bool { return escapes(getenv) && getenv("NO_COLOR") == "" }
