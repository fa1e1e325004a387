package report

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"notmine/checks/gate"
	"notmine/checks/isolation"
	"notmine/checks/record"
)

// mostResults is how many results of a run GitHub's code scanning keeps.
const mostResults = 5000

// SARIF writes the result as SARIF 2.1.0, as GitHub's code scanning reads it:
//
//   - a rule for each check and the level of what it found, and one for each of
//     checks that found nothing; a finding of a check that is not among them has
//     a rule without help;
//   - a result for each finding, those that fail the run first: at the plan's
//     line of the view that showed it, with the finding's fingerprint, so that an
//     alert stays the same alert from run to run, and with the owner's and the
//     viewer's side as the two threads of a code flow; one that is accepted or
//     known is suppressed;
//   - a notification for each reason why the run is inconclusive. Its invocation
//     was not successful then: code scanning refuses it, and would close the
//     alerts of whatever a successful one did not find.
//
// https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning
func SARIF(w io.Writer, run *record.Run, r *gate.Result, checks []*isolation.Check) error {
	s, err := newStory(run, r)
	if err != nil {
		return err
	}
	rules := newSARIFRules(checks)
	results, left := s.sarifResults(rules)
	log := sarifLog{Schema: sarifSchema, Version: sarifVersion, Runs: []sarifRun{{
		Tool: sarifTool{sarifDriver{
			Name: "notmine", Version: visible(run.Header.Tool, 100), Language: sarifLanguage,
			Rules: rules.all(), Notifications: sarifNotices,
		}},
		Language:          sarifLanguage,
		NewlineSequences:  []string{"\n"},
		AutomationDetails: sarifReference{s.automationID()},
		Invocations:       []sarifInvocation{s.sarifInvocation(left)},
		Results:           results,
	}}}
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	out.SetIndent("", "  ")
	if err := out.Encode(log); err != nil {
		return fmt.Errorf("encoding SARIF: %w", err)
	}
	return nil
}

// automationID is a category, which is the plan's, and the run's id in it. Code
// scanning compares a run with the last one of its category.
func (s *story) automationID() string {
	plan := strings.Trim(planPath(s.result.Run.Plan), "./")
	if i := strings.LastIndexByte(plan, '.'); i > strings.LastIndexByte(plan, '/') {
		plan = plan[:i]
	}
	return fmt.Sprintf("notmine/%s/%s", plan, strings.ReplaceAll(visible(s.result.Run.ID, 100), "/", "-"))
}

// The notifications that an invocation may have.
const (
	noticeInconclusive = "inconclusive"
	noticeCut          = "ended-early"
	noticeLeft         = "left-out"
)

var sarifNotices = []sarifRule{
	{ID: noticeInconclusive, ShortDescription: sarifText{Text: "The run does not say whether sessions are mixed up."}},
	{ID: noticeCut, ShortDescription: sarifText{Text: "The run ended before it was done."}},
	{ID: noticeLeft, ShortDescription: sarifText{Text: "There are more findings than code scanning keeps."}},
}

// sarifInvocation tells how the run itself went; left is how many findings are
// no result.
func (s *story) sarifInvocation(left int) sarifInvocation {
	r := s.result
	took := time.Duration(r.Run.Seconds * float64(time.Second))
	in := sarifInvocation{
		ExecutionSuccessful: r.Verdict != gate.Inconclusive,
		ExitCode:            r.Exit,
		ExitCodeDescription: visible(string(r.Verdict), 40),
		StartTimeUTC:        sarifTime(r.Run.Started),
		EndTimeUTC:          sarifTime(r.Run.Started.Add(took)),
		Notifications:       []sarifNotification{},
	}
	add := func(id, level, text string) {
		in.Notifications = append(in.Notifications, sarifNotification{sarifReference{id}, level, inertText(text, 400)})
	}
	if r.Verdict == gate.Inconclusive {
		add(noticeInconclusive, "error", sentence(s.doubt().String()))
		for i, reason := range r.Reasons {
			if i > 0 { // the first is the doubt
				add(noticeInconclusive, "error", sentence(reason.String()))
			}
		}
	}
	if cut := s.cutShort().String(); cut != "" {
		add(noticeCut, "warning", sentence(cut))
	}
	if left > 0 {
		add(noticeLeft, "warning", fmt.Sprintf("%s more in %s.", counted(left, "finding is", "findings are"), JSONFile))
	}
	return in
}

// sarifResults tells of the findings, as many as are kept, and how many are left.
func (s *story) sarifResults(rules *sarifRules) (results []sarifResult, left int) {
	findings := s.gravestFirst()
	left = max(0, len(findings)-mostResults)
	results = []sarifResult{} // code scanning wants the list also when it is empty
	for _, f := range findings[:len(findings)-left] {
		results = append(results, s.sarifResult(f, rules))
	}
	return results, left
}

// gravestFirst returns the findings for a format that does not take all: those
// that fail the run first, then those that would if they were not accepted or
// known, and the gravest of each kind before the others.
func (s *story) gravestFirst() []*isolation.Finding {
	var findings []*isolation.Finding
	for i := range s.result.Findings {
		findings = append(findings, &s.result.Findings[i])
	}
	slices.SortStableFunc(findings, func(a, b *isolation.Finding) int {
		return cmp.Or(
			cmp.Compare(rank(s.failing(a)), rank(s.failing(b))),
			cmp.Compare(rank(s.spared(a)), rank(s.spared(b))),
			cmp.Compare(isolation.Severity(a.Level), isolation.Severity(b.Level)),
		)
	})
	return findings
}

func (s *story) sarifResult(f *isolation.Finding, rules *sarifRules) sarifResult {
	id, index := rules.of(f)
	text := sentence(visible(f.Message.String(), 300)) + " " + sentence(visible(initial(detail(f)), 400))
	if f.Cause != "" {
		text += " " + sentence("Likely cause: "+visible(f.Cause, 100))
	}
	about := acceptance(f).String()
	if about != "" {
		text += " " + sentence(visible(initial(about), 300))
	}
	result := sarifResult{
		RuleID: id, RuleIndex: index, Level: sarifLevel(f.Level),
		Message:             inertText(text, 1000),
		Locations:           []sarifLocation{s.sarifLocation(f.View, f.Phase)},
		PartialFingerprints: map[string]string{"primaryLocationLineHash": visible(f.Fingerprint, 100)},
		OccurrenceCount:     max(0, f.Count),
		CodeFlows:           s.sarifFlows(f),
	}
	if s.spared(f) {
		result.Suppressions = []sarifSuppression{{Kind: "external", Status: "accepted", Justification: visible(about, 300)}}
	}
	return result
}

// sarifLocation is where the plan names a view, or the phase of what is no view
// of the plan, such as a login.
func (s *story) sarifLocation(view, phase string) sarifLocation {
	return sarifLocation{PhysicalLocation: sarifPhysicalLocation{
		ArtifactLocation: sarifArtifactLocation{planURI(s.result.Run.Plan)},
		Region:           sarifRegion{s.planLine(view, phase)},
	}}
}

// sarifFlows shows the visits that prove a finding as those of two threads: its
// owner's and its viewer's. There is none without such a visit.
func (s *story) sarifFlows(f *isolation.Finding) []sarifCodeFlow {
	var visits []*record.Observation
	for _, n := range f.Witness[:min(len(f.Witness), mostWitnesses)] {
		if o := s.observation(n); o != nil && !slices.Contains(visits, o) {
			visits = append(visits, o)
		}
	}
	breach := s.breach(f)
	slices.SortStableFunc(visits, func(a, b *record.Observation) int { return a.Start.Compare(b.Start) })
	side := func(account, message string) (sarifThreadFlow, bool) {
		t := sarifThreadFlow{ID: visible(account, 100), Message: inertText(message, 200)}
		for i, o := range visits {
			if o.Account != account {
				continue
			}
			at := s.sarifLocation(o.View, o.Phase)
			text, importance := visited(o), "important"
			if o == breach {
				text, importance = text+": "+s.brought(o, f), "essential"
			}
			message := inertText(sentence(text), 500)
			at.Message = &message
			t.Locations = append(t.Locations, sarifThreadFlowLocation{
				Location: at, ExecutionOrder: i + 1, ExecutionTimeUTC: sarifTime(o.Start), Importance: importance,
			})
		}
		return t, len(t.Locations) > 0
	}
	flow := sarifCodeFlow{Message: inertText(sentence(visible(f.Message.String(), 300)), 400)}
	if f.Owner != "" && f.Owner != f.Viewer {
		if t, ok := side(f.Owner, "The owner: "+f.Owner); ok {
			flow.ThreadFlows = append(flow.ThreadFlows, t)
		}
	}
	if t, ok := side(f.Viewer, "The viewer: "+f.Viewer); ok {
		flow.ThreadFlows = append(flow.ThreadFlows, t)
	}
	if len(flow.ThreadFlows) == 0 {
		return nil
	}
	return []sarifCodeFlow{flow}
}

// visited says in a few words which visit an observation is of.
func visited(o *record.Observation) string {
	return fmt.Sprintf("%s looks at %s (visit %d, phase %s, round %d, %s UTC)",
		visible(o.Account, 60), visible(o.View, 60), o.N, visible(o.Phase, 60), o.Round, clock(o.Start))
}

// brought says what the visit of a finding brought, and in which answer.
func (s *story) brought(o *record.Observation, f *isolation.Finding) string {
	text := visible(f.Message.String(), 150)
	if x := carrier(o, f); x != nil {
		text += ", carried by " + visible(x.Method+" "+s.address(x.URL), 120)
		if x.Status > 0 {
			text += fmt.Sprintf(", status %d", x.Status)
		}
	}
	return text
}

// sarifRules are the rules that results name, in the order of the checks.
type sarifRules struct {
	checks []*isolation.Check
	rules  []sarifRule
	index  map[string]int // of a rule's id
	found  map[string]bool
}

func newSARIFRules(checks []*isolation.Check) *sarifRules {
	return &sarifRules{checks: checks, rules: []sarifRule{}, index: map[string]int{}, found: map[string]bool{}}
}

// of returns the rule that a finding breaks. Check and level make a rule
// together, because severity and precision are a rule's and follow from the level.
func (r *sarifRules) of(f *isolation.Finding) (id string, index int) {
	name, level := visible(f.Check, 60), visible(string(f.Level), 20)
	id = "notmine." + name + "." + level
	index, known := r.index[id]
	if known {
		return id, index
	}
	index = len(r.rules)
	r.index[id], r.found[f.Check] = index, true
	rule := sarifRule{
		ID: id, Name: name + " (" + level + ")",
		DefaultConfiguration: &sarifConfiguration{sarifLevel(f.Level)},
		Properties:           sarifProperties(f.Level),
	}
	describe(&rule, initial(level)+": ", name, r.check(f.Check))
	r.rules = append(r.rules, rule)
	return id, index
}

// all returns the rules of the results and of the checks without any.
func (r *sarifRules) all() []sarifRule {
	for _, c := range r.checks {
		if r.found[c.Name] {
			continue
		}
		rule := sarifRule{ID: "notmine." + c.Name, Name: c.Name, Properties: sarifProperties("")}
		describe(&rule, "", c.Name, c)
		r.rules = append(r.rules, rule)
	}
	return r.rules
}

func (r *sarifRules) check(name string) *isolation.Check {
	i := slices.IndexFunc(r.checks, func(c *isolation.Check) bool { return c.Name == name })
	if i < 0 {
		return nil
	}
	return r.checks[i]
}

// describe explains a rule by the doc of its check, which may be nil. Code
// scanning shows the short description as the title of an alert, and cuts the
// full one after 1,024 characters.
func describe(rule *sarifRule, before, name string, check *isolation.Check) {
	if check == nil {
		rule.ShortDescription.Text = before + "found by the check " + name + "."
		rule.FullDescription, rule.Help = &rule.ShortDescription, &rule.ShortDescription
		return
	}
	doc := strings.TrimSpace(check.Doc)
	title, _, _ := strings.Cut(doc, "\n\n")
	about, _, _ := strings.Cut(doc, "\n# ")
	rule.ShortDescription.Text = visible(before+name+" "+unwrapped(title), 255)
	rule.FullDescription = &sarifText{Text: visible(initial(unwrapped(about)), 1000)}
	// A doc's headings and paragraphs are Markdown as they are.
	rule.Help = &sarifText{Text: initial(doc), Markdown: initial(doc)}
}

// unwrapped is a text on one line.
func unwrapped(text string) string { return strings.Join(strings.Fields(text), " ") }

// sarifLevel is SARIF's word for a level.
func sarifLevel(l isolation.Level) string {
	switch l {
	case isolation.Leak:
		return "error"
	case isolation.Suspect:
		return "warning"
	}
	return "note"
}

// sarifProperties are a rule's, for findings of that level; "" is of none. Code
// scanning takes above 9.0 for critical, from 7.0 for high, from 4.0 for medium.
func sarifProperties(l isolation.Level) *sarifRuleProperties {
	p := &sarifRuleProperties{Tags: []string{"security", "session-isolation", "external/cwe/cwe-488"}}
	switch l {
	case isolation.Leak:
		p.Precision, p.ProblemSeverity, p.SecuritySeverity = "very-high", "error", "9.1"
	case isolation.Suspect:
		p.Precision, p.ProblemSeverity, p.SecuritySeverity = "medium", "warning", "6.0"
	case isolation.Risk:
		p.Precision, p.ProblemSeverity, p.SecuritySeverity = "high", "recommendation", "4.0"
	case isolation.Note:
		p.Precision, p.ProblemSeverity, p.SecuritySeverity = "high", "recommendation", "1.0"
	}
	return p
}

func sarifTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// placeholder is what a message would have for its first argument.
var placeholder = regexp.MustCompile(`\{([0-9])`)

// inertText is a cleaned text as a message in which nothing is a link or stands
// for an argument (SARIF 2.1.0, 3.11.5 and 3.11.6).
func inertText(text string, limit int) sarifText {
	text = strings.ReplaceAll(visible(text, limit), "](", "] (")
	return sarifText{Text: placeholder.ReplaceAllString(text, "{ $1")}
}

// sentence ends a text as a sentence ends.
func sentence(text string) string {
	text = strings.TrimSpace(text)
	if r, _ := utf8.DecodeLastRuneInString(text); strings.ContainsRune(".!?…", r) {
		return text
	}
	return text + "."
}

// initial begins a text with a capital letter.
func initial(text string) string {
	r, size := utf8.DecodeRuneInString(text)
	if size == 0 {
		return ""
	}
	return string(unicode.ToUpper(r)) + text[size:]
}
