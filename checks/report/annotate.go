package report

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"unicode"

	"notmine/checks/gate"
	"notmine/checks/isolation"
	"notmine/checks/record"
)

// mostAnnotations is how many annotations of a level GitHub shows of a step.
const mostAnnotations = 10

// Annotations writes the workflow commands by which GitHub marks the plan's lines
// in a build and in a pull request: an error for each of the first leaks, a
// warning for each of the first other findings that fail the run, a warning when
// the run is inconclusive, and a notice when there are more. Nothing is written
// about a run that passes.
//
// GitHub's runner reads commands on stdout and on stderr, one a line:
// https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands.
// What comes from the target can end neither its line nor its field.
func Annotations(w io.Writer, run *record.Run, r *gate.Result) error {
	s, err := newStory(run, r)
	if err != nil {
		return err
	}
	var out bytes.Buffer
	shown, left := map[string]int{}, 0
	if r.Verdict == gate.Inconclusive {
		shown["warning"]++
		s.annotate(&out, "warning", 0, "notmine: inconclusive", s.headline().String())
	}
	for _, f := range s.gravestFirst() {
		if !s.failing(f) {
			continue
		}
		command := "warning"
		if f.Level == isolation.Leak {
			command = "error"
		}
		if shown[command] == mostAnnotations {
			left++
			continue
		}
		shown[command]++
		title, text := fmt.Sprintf("notmine: %s on %s", f.Level, f.View), visible(f.Message.String(), 300)+" ("+visible(detail(f), 400)+")"
		if about := acceptance(f).String(); about != "" { // it expired
			text += "; it " + about
		}
		s.annotate(&out, command, s.planLine(f.View, f.Phase), title, text)
	}
	if left > 0 {
		s.annotate(&out, "notice", 0, "notmine", fmt.Sprintf("%s more in %s", counted(left, "finding is", "findings are"), JSONFile))
	}
	if _, err := w.Write(out.Bytes()); err != nil {
		return fmt.Errorf("writing the annotations: %w", err)
	}
	return nil
}

// annotate writes one command; line 0 is of the plan as a whole.
func (s *story) annotate(out *bytes.Buffer, command string, line int, title, text string) {
	fmt.Fprintf(out, "::%s file=%s,line=%d,title=%s::%s\n",
		command, property(planPath(s.result.Run.Plan)), max(1, line), property(visible(title, 120)), data(visible(text, 1000)))
}

// The runner's own escapes (ActionCommand.cs of actions/runner). It takes them
// back with a percent sign the last, so a percent sign has to go first.
var (
	dataEscapes     = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	propertyEscapes = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)

func data(text string) string { return dataEscapes.Replace(unmarked(text)) }

func property(text string) string { return propertyEscapes.Replace(unmarked(text)) }

// Commandless returns a writer to w for whatever else is printed in a build on
// GitHub, such as a summary in which the target is quoted: the runner finds no
// command in it. Each Write begins a line.
func Commandless(w io.Writer) io.Writer { return commandless{w} }

type commandless struct{ to io.Writer }

func (c commandless) Write(p []byte) (int, error) {
	var out bytes.Buffer
	for line := range strings.Lines(unmarked(string(p))) {
		// A command stands at the beginning of its line, but for white space.
		if text := strings.TrimLeftFunc(line, unicode.IsSpace); strings.HasPrefix(text, "::") {
			line = line[:len(line)-len(text)] + ": :" + text[len("::"):]
		}
		out.WriteString(line)
	}
	if _, err := c.to.Write(out.Bytes()); err != nil {
		return 0, err
	}
	return len(p), nil
}

// unmarked breaks the mark of the commands of old, which stands anywhere in a line.
func unmarked(text string) string { return strings.ReplaceAll(text, "##[", "## [") }
