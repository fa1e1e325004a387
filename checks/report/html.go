package report

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"io/fs"

	"notmine/checks/gate"
	"notmine/checks/record"
)

//go:embed report.html.tmpl
var pageSource string

//go:embed report.css
var pageStyle string

//go:embed report.js
var pageScript string

var pageTemplate = template.Must(template.New("report").Funcs(pageWords).Parse(pageSource))

// HTML writes the result as one page that opens from disk and loads nothing: one
// style and one script, which its policy knows by their hashes, and pictures
// inside. It is in English and in Korean, and shows the one that its reader chose.
// It can be read without the script. What came from the target is text and
// nothing else. evidence is the run's evidence folder; nil when there is none.
//
// The page has at most 5 MB, whatever the record holds: at most 500 findings, 50 of
// them with more than their facts, 400 rows of each table, 20,000 visits on
// the time line, and 30 pictures of 2 MiB together before encoding. When that is
// more than 5 MB it tells half as much of everything, and again, until it is not.
// It says what it left out.
func HTML(w io.Writer, run *record.Run, r *gate.Result, evidence fs.FS) error {
	s, err := newStory(run, r)
	if err != nil {
		return err
	}
	var out bytes.Buffer
	for most := fullPage; ; most = most.half() {
		out.Reset()
		if err := pageTemplate.Execute(&out, newPage(s, evidence, most)); err != nil {
			return fmt.Errorf("writing the page: %w", err)
		}
		if out.Len() <= mostPageBytes || most == most.half() {
			break
		}
	}
	if _, err := w.Write(out.Bytes()); err != nil {
		return fmt.Errorf("writing the page: %w", err)
	}
	return nil
}

// policy is the page's Content-Security-Policy: nothing but its own style, its
// own script, and the pictures inside it.
func policy(style, script string) string {
	hash := func(text string) string {
		sum := sha256.Sum256([]byte(text))
		return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
	}
	return "default-src 'none'; style-src " + hash(style) + "; script-src " + hash(script) +
		"; img-src data:; base-uri 'none'; form-action 'none'"
}
