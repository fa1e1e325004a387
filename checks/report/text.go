package report

import (
	"bytes"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"notmine/checks/gate"
	"notmine/checks/phrase"
	"notmine/checks/record"
)

// TextOptions say how the summary is shown.
type TextOptions struct {
	Width int    // columns of the terminal; 0 is 80, and at least 40 are used
	Color bool   // whether the verdict is coloured
	Dir   string // run folder as the user typed it, for the paths that are named; "" to name none
	Quiet bool   // one line, the verdict and its sentence, however wide it is
}

const (
	usualWidth  = 80
	leastWidth  = 40
	mostReasons = 5
	mostLines   = 25
	labelWidth  = 10 // of the words before the rows
)

// Text writes the summary for a terminal: the verdict, who was shown whose,
// where, how often and since when, before and after what, what of it is accepted
// or known, what was looked at, and what to do next. It has at most 25 lines,
// whatever the run was, and ends with the verdict. A quiet one is one line.
func Text(w io.Writer, run *record.Run, r *gate.Result, o TextOptions) error {
	s, err := newStory(run, r)
	if err != nil {
		return err
	}
	if _, err := w.Write(s.summary(o)); err != nil {
		return fmt.Errorf("writing the summary: %w", err)
	}
	return nil
}

func (s *story) summary(o TextOptions) []byte {
	if o.Width == 0 {
		o.Width = usualWidth
	}
	t := &textPage{story: s, TextOptions: o, most: wholeText}
	t.Width = max(t.Width, leastWidth)
	if o.Quiet {
		fmt.Fprintf(&t.out, "%s  %s\n", t.paint(t.verdictWord()), visible(t.headline().String(), 400))
	} else {
		t.write()
	}
	return t.out.Bytes()
}

// textPage is a summary being written.
type textPage struct {
	*story
	TextOptions
	most textAmounts
	out  bytes.Buffer
}

// write tells the run, and, as long as that is too long, tells it again with
// less of what matters least.
func (t *textPage) write() {
	t.tell()
	for _, less := range shorter {
		if bytes.Count(t.out.Bytes(), []byte{'\n'}) <= mostLines {
			return
		}
		less(&t.most)
		t.out.Reset()
		t.tell()
	}
}

func (t *textPage) tell() {
	t.verdict()
	t.reasons()
	if len(t.pairs) > 0 || t.first != nil {
		t.out.WriteByte('\n')
		t.whose()
		t.where()
		t.since()
	}
	t.out.WriteByte('\n')
	if besides := t.besides(); len(besides) > 0 && !t.most.noBesides {
		t.row("besides", phrase.Join(besides, ", ").String())
	}
	t.known()
	t.happened()
	t.coverage()
	t.next()
	fmt.Fprintf(&t.out, "\nverdict: %s", t.paint(string(t.result.Verdict)))
	if spared := t.sparedLeaks(); !spared.IsZero() {
		fmt.Fprintf(&t.out, " (besides %v)", spared)
	}
	t.out.WriteByte('\n')
}

// verdict writes the first lines: one word and one sentence.
func (t *textPage) verdict() {
	word := t.verdictWord()
	indent := len(word) + 2
	for i, line := range wrap(visible(t.headline().String(), 400), t.Width-indent, wholeText.wrapped) {
		if i == 0 {
			fmt.Fprintf(&t.out, "%s  %s\n", t.paint(word), line)
			continue
		}
		fmt.Fprintf(&t.out, "%*s%s\n", indent, "", line)
	}
}

func (t *textPage) reasons() {
	reasons := t.further()
	for i, reason := range reasons {
		if i == t.most.reasons {
			t.row("", fmt.Sprintf("and %s", counted(len(reasons)-i, "more reason", "more reasons")))
			break
		}
		label := ""
		if i == 0 {
			label = "also"
		}
		t.row(label, visible(reason.String(), 400))
	}
	if cut := t.cutShort(); !cut.IsZero() {
		t.row("ended", visible(cut.String(), 200))
	}
}

// whose writes who was shown whose, one row a viewer.
func (t *textPage) whose() {
	viewers := t.viewers()
	named := viewers[:min(len(viewers), t.most.viewers)]
	widest := 0
	for _, v := range named {
		widest = max(widest, columns(visible(v, 40)))
	}
	widest = min(widest, 20)
	for i, v := range named {
		label := ""
		if i == 0 {
			label = "shown"
		}
		var owners []string
		for _, p := range t.pairs {
			if p.viewer == v {
				owners = append(owners, fmt.Sprintf("%v %s", orSomebody(visible(p.owner, 30)), count(p.visits)))
			}
		}
		row := pad(visible(v, 40), widest) + " ← "
		t.line(label, row+listed(owners, t.Width-labelWidth-columns(row)))
	}
	if more := len(viewers) - len(named); more > 0 {
		t.line("", fmt.Sprintf("and %s", counted(more, "more viewer", "more viewers")))
	}
}

func (t *textPage) where() {
	for i, p := range t.places {
		if i == t.most.places {
			t.line("", fmt.Sprintf("and %s", counted(len(t.places)-i, "more view", "more views")))
			break
		}
		label := ""
		if i == 0 {
			label = "where"
		}
		row := fmt.Sprintf("%s: %s", visible(p.view, 40), counted(p.visits, "visit", "visits"))
		if len(p.surfaces) > 0 {
			row += ", in " + visible(strings.Join(p.surfaces, ", "), 80)
		}
		if len(p.paths) > 0 {
			row += ", from " + visible(p.paths[0], 60)
			if more := len(p.paths) - 1; more > 0 {
				row += fmt.Sprintf(" and %d more", more)
			}
		}
		t.line(label, row)
	}
}

func (t *textPage) since() {
	if f := t.first; f != nil {
		t.row("first", fmt.Sprintf("%s, round %d, %s UTC: %s",
			visible(f.Phase, 40), f.Round, clock(f.At), visible(f.Message.String(), 200)))
	}
	if len(t.stages) > 0 {
		at := t.stages[0]
		t.row("when", fmt.Sprintf("%s: %v", visible(at.view, 40), staged(at.stages)))
	}
	if causes := t.causes(t.failing); len(causes) > 0 {
		t.line("cause", visible(strings.Join(causes, ", "), 120))
	}
}

// known writes what is accepted, what an earlier run had found, and what is
// accepted without having been found.
func (t *textPage) known() {
	rows := t.accepted()
	for i, row := range rows {
		if i == t.most.accepted {
			t.line("", fmt.Sprintf("and %s more", count(len(rows)-i)))
			break
		}
		label := ""
		if i == 0 {
			label = "accepted"
		}
		t.line(label, visible(row, 400))
	}
	if prints, since := t.knownSince(); len(prints) > 0 {
		t.line("known", visible("since run "+since+": "+listed(prints, t.Width-labelWidth), 400))
	}
	if unseen := t.unseen(); len(unseen) > 0 && !t.most.noUnseen {
		t.row("unseen", visible("accepted, but not found this time: "+strings.Join(unseen, ", "), 400))
	}
}

// happened writes the events and changes, what each phase cost, and what a
// search was worth.
func (t *textPage) happened() {
	all := t.result.Happened
	for i, h := range all {
		if i == t.most.happened {
			t.line("", fmt.Sprintf("and %s more", count(len(all)-i)))
			break
		}
		label := ""
		if i == 0 {
			label = "happened"
		}
		t.line(label, fmt.Sprintf("%s: at %s for %s, %v", nameOf(h), t.into(h), seconds(h.Seconds), went(h)))
	}
	if line := costs(t.result.Phases, t.Width-labelWidth); line != "" && !t.most.noPhases {
		t.line("phases", line)
	}
	t.searches()
}

// withoutBrowser says how many of the visits were made without a browser.
func withoutBrowser(c gate.Coverage) string {
	if c.Plain == nil {
		return ""
	}
	return fmt.Sprintf(" (%s without a browser)", count(c.Plain.Visits))
}

func (t *textPage) coverage() {
	c := t.result.Coverage
	parts := []string{
		fmt.Sprintf("%s of %s", count(c.Sessions), counted(c.Accounts, "account", "accounts")),
		counted(c.Visits, "visit", "visits") + withoutBrowser(c),
		counted(c.Exposures, "exposure", "exposures"),
		fmt.Sprintf("%s of %s", count(c.PairsSeen), counted(c.PairsPossible, "pair", "pairs")),
	}
	if spread := t.medianSpread(); spread > 0 {
		parts = append(parts, "barrier spread "+milliseconds(spread))
	}
	t.row("looked at", strings.Join(parts, ", "))
	if len(c.Blocked) > 0 && !t.most.noRefused {
		t.line("refused", fmt.Sprintf("not in the plan's hosts: %v", listedNames(c.Blocked, 3)))
	}
	if some, all := t.exercised(); all > 0 && !t.most.noSurfaces {
		t.line("surfaces", fmt.Sprintf("%d of %d were exercised", some, all))
	}
	if len(c.Missed) > 0 && !t.most.noMissed {
		m := c.Missed[0]
		missed := fmt.Sprintf("%s in %s: %s", visible(m.Surface, 40), counted(m.Visits, "visit", "visits"), visible(m.Why, 100))
		if more := len(c.Missed) - 1; more > 0 {
			missed += fmt.Sprintf(", and %d more", more)
		}
		t.line("missed", missed)
	}
}

// listedNames names the first, and how many are left.
func listedNames(names []string, most int) phrase.Text {
	var shown []string
	for _, name := range names[:min(most, len(names))] {
		shown = append(shown, visible(name, 40))
	}
	list := phrase.Join(verbatim(shown), ", ")
	if left := len(names) - len(shown); left > 0 {
		return phrase.New("%s, and %d more", list, left)
	}
	return list
}

// next says what to do now.
func (t *textPage) next() {
	if f := t.first; f != nil && !t.most.noExplain {
		t.line("explain", fmt.Sprintf("notmine help %s", argument(visible(f.Check, 40))))
	}
	if t.Dir == "" {
		return
	}
	// Paths are not cut: they are there to be copied.
	t.whole("open", filepath.Join(t.Dir, HTMLFile))
	if t.result.Verdict != gate.Clean && !t.most.noAgain {
		t.whole("again", fmt.Sprintf("notmine judge %s", argument(filepath.Join(t.Dir, "run.jsonl"))))
	}
}

// row writes a text behind its label, over several lines if it has to be.
func (t *textPage) row(label, text string) {
	for i, line := range wrap(text, t.Width-labelWidth, t.most.wrapped) {
		if i > 0 {
			label = ""
		}
		fmt.Fprintf(&t.out, "%s%s\n", pad(label, labelWidth), line)
	}
}

// line writes a text behind its label, cut to one line.
func (t *textPage) line(label, text string) {
	t.whole(label, fit(text, t.Width-labelWidth))
}

// whole writes a text behind its label as it is, cleaned.
func (t *textPage) whole(label, text string) {
	fmt.Fprintf(&t.out, "%s%s\n", pad(label, labelWidth), visible(text, 4096))
}

// paint colours a word as the verdict asks for.
func (t *textPage) paint(word string) string {
	if !t.Color {
		return word
	}
	color := map[gate.Verdict]string{gate.Leak: "31", gate.Clean: "32", gate.Inconclusive: "33"}[t.result.Verdict]
	return "\x1b[1;" + color + "m" + word + "\x1b[0m"
}

// listed joins parts with commas as far as they fit into limit columns and says
// how many are left. The first part is always there.
func listed(parts []string, limit int) string {
	list := ""
	for i, part := range parts {
		next := part
		if i > 0 {
			next = list + ", " + part
		}
		more := ""
		if left := len(parts) - i - 1; left > 0 {
			more = fmt.Sprintf(" and %d more", left)
		}
		if i > 0 && columns(next+more) > limit {
			return fmt.Sprintf("%s and %d more", list, len(parts)-i)
		}
		list = next
	}
	return list
}

// wrap breaks a text at its blanks into lines of at most limit columns; a word
// that is longer is cut. It gives at most so many lines.
func wrap(text string, limit, most int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		switch {
		case line == "":
			line = fit(word, limit)
		case columns(line)+1+columns(word) <= limit:
			line += " " + word
		case len(lines) == most-1:
			return append(lines, fit(line+" "+word, limit)) // too long, so it is cut
		default:
			lines = append(lines, line)
			line = fit(word, limit)
		}
	}
	return append(lines, line)
}
