// Package report tells the result of a run: to a person at a terminal, as a page
// that opens from disk, and to the machines of a build.
//
// Everything in a record may come from the target that was under test, so it is
// treated as hostile in every format: cleaned of what acts on a terminal or
// hides in a text, cut to a length, escaped, and never run. The same record and
// result give the same bytes.
package report

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"notmine/checks/gate"
	"notmine/checks/isolation"
	"notmine/checks/record"
)

// Formats are the names of the formats that [Write] knows, in alphabetical order.
var Formats = []string{"html", "json", "junit", "sarif"}

// The names of the files in a run folder.
const (
	HTMLFile  = "report.html"
	JSONFile  = "results.json"
	JUnitFile = "junit.xml"
	SARIFFile = "results.sarif"

	evidenceFolder = "evidence"
)

// Write writes the reports of a run into its folder, those of formats or, when
// that is nil, all. Each file appears whole or not at all and is readable by its
// owner only. Pictures are read from the folder's own evidence folder and from
// nowhere else. The checks are those that judged the run, which [SARIF] explains.
// It is an error to ask for a format that is not in [Formats]; nothing is written
// then.
func Write(dir string, run *record.Run, r *gate.Result, checks []*isolation.Check, formats []string) error {
	if formats == nil {
		formats = Formats
	}
	for _, format := range formats {
		if !slices.Contains(Formats, format) {
			return fmt.Errorf("writing reports: unknown format %q; there are %s", format, strings.Join(Formats, ", "))
		}
	}
	for _, format := range formats {
		var err error
		switch format {
		case "html":
			err = writeHTML(dir, run, r)
		case "json":
			err = writeFile(dir, JSONFile, func(w io.Writer) error { return JSON(w, r) })
		case "junit":
			err = writeFile(dir, JUnitFile, func(w io.Writer) error { return junitXML(w, run, r, dir) })
		case "sarif":
			err = writeFile(dir, SARIFFile, func(w io.Writer) error { return SARIF(w, run, r, checks) })
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func writeHTML(dir string, run *record.Run, r *gate.Result) error {
	var evidence fs.FS
	// A root, for neither a path nor a symbolic link must lead out of the folder.
	root, err := os.OpenRoot(filepath.Join(dir, evidenceFolder))
	switch {
	case err == nil:
		defer root.Close()
		evidence = root.FS()
	case !errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("opening the evidence: %w", err)
	}
	return writeFile(dir, HTMLFile, func(w io.Writer) error { return HTML(w, run, r, evidence) })
}

// writeFile writes a file beside where it will be and moves it there when it is
// whole, so that nobody ever reads half a report.
func writeFile(dir, name string, write func(io.Writer) error) (err error) {
	var content bytes.Buffer
	if err := write(&content); err != nil {
		return fmt.Errorf("writing %s: %w", name, err)
	}
	f, err := os.CreateTemp(dir, "."+name+"-*") // CreateTemp gives mode 0600
	if err != nil {
		return fmt.Errorf("writing %s: %w", name, err)
	}
	defer func() {
		if err != nil {
			os.Remove(f.Name())
		}
	}()
	if _, err := f.Write(content.Bytes()); err != nil {
		f.Close()
		return fmt.Errorf("writing %s: %w", name, err)
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("writing %s: %w", name, err)
	}
	if err := os.Rename(f.Name(), filepath.Join(dir, name)); err != nil {
		return fmt.Errorf("writing %s: %w", name, err)
	}
	return nil
}
