package report

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"notmine/checks/gate"
	"notmine/checks/record"
)

// mostSummaryRows is how many findings the table of a build's summary has. With its
// texts cut, a summary takes less than 200 KB; GitHub takes 1 MiB of a step.
const mostSummaryRows = 50

// Markdown writes the summary for the page of a build, as GitHub shows the file
// that GITHUB_STEP_SUMMARY names: the verdict, a table of the findings, those that
// fail the run first, and how much was looked at. dir is the run folder as the
// user typed it.
//
// Every text that a record may hold stands in a code span, where neither markup
// nor a link, a name or a number of an issue does anything.
func Markdown(w io.Writer, run *record.Run, r *gate.Result, dir string) error {
	s, err := newStory(run, r)
	if err != nil {
		return err
	}
	var out bytes.Buffer
	fmt.Fprintf(&out, "### notmine: %s\n\n%s\n\n", s.verdictWord(), code(s.headline().String(), 400))
	if reasons := s.further(); len(reasons) > 0 {
		for _, reason := range reasons[:min(len(reasons), mostReasons)] {
			fmt.Fprintf(&out, "- %s\n", code(reason.String(), 400))
		}
		if more := len(reasons) - mostReasons; more > 0 {
			fmt.Fprintf(&out, "- and %s\n", counted(more, "more reason", "more reasons"))
		}
		out.WriteByte('\n')
	}
	if cut := s.cutShort(); !cut.IsZero() {
		fmt.Fprintf(&out, "Ended early: %s\n\n", code(cut.String(), 200))
	}
	s.markdownFindings(&out)
	c := r.Coverage
	fmt.Fprintf(&out, "Looked at: %s of %s, %s, %s, %s of %s of viewer and owner.\n\n",
		count(c.Sessions), counted(c.Accounts, "account", "accounts"), counted(c.Visits, "visit", "visits")+withoutBrowser(c),
		counted(c.Exposures, "exposure", "exposures"), count(c.PairsSeen), counted(c.PairsPossible, "pair", "pairs"))
	fmt.Fprintf(&out, "Run %s of the plan %s with seed %d; its reports are in %s.\n",
		code(r.Run.ID, 100), code(planPath(r.Run.Plan), 300), r.Run.Seed, code(dir, 1000))
	if _, err := w.Write(out.Bytes()); err != nil {
		return fmt.Errorf("writing the summary: %w", err)
	}
	return nil
}

func (s *story) markdownFindings(out *bytes.Buffer) {
	findings := s.gravestFirst()
	if len(findings) == 0 {
		return
	}
	out.WriteString("| level | finding | view | surface | visits | first | likely cause | check |\n|---|---|---|---|--:|---|---|---|\n")
	for _, f := range findings[:min(len(findings), mostSummaryRows)] {
		level := code(string(f.Level), 20)
		if s.failing(f) {
			level = "**" + level + "**"
		}
		surface := f.Surface
		if f.Path != "" {
			surface += " " + f.Path
		}
		found := code(f.Message.String(), 300)
		if about := acceptance(f).String(); about != "" {
			found += " " + code(about, 300)
		}
		fmt.Fprintf(out, "| %s | %s | %s | %s | %s | %s | %s | %s |\n", level, found, code(f.View, 60), code(surface, 120),
			count(f.Count), code(fmt.Sprintf("%s, round %d, %s", f.Phase, f.Round, clock(f.At)), 100), code(f.Cause, 60), code(f.Check, 60))
	}
	if more := len(findings) - mostSummaryRows; more > 0 {
		fmt.Fprintf(out, "\nand %s in %s\n", counted(more, "more finding", "more findings"), JSONFile)
	}
	out.WriteByte('\n')
}

// spanEscapes are of what ends a code span or a table's cell, in spite of any
// backslash before it.
var spanEscapes = strings.NewReplacer("`", "´", "|", "¦")

// code is a text as a code span; a dash for none.
func code(text string, limit int) string {
	text = strings.TrimSpace(visible(text, limit))
	if text == "" {
		return "–"
	}
	return "`" + spanEscapes.Replace(text) + "`"
}
