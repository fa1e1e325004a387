package plan

import (
	"fmt"
	"maps"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// YAML returns the plan as the text of a plan file, which loads to the same plan
// from the same folder, or, with a [Case], from wherever the case's plan is found.
//
// What came from ${env:} or ${file:} is written as such, and never its value.
// Passwords and columns that are secrets are left out, unless the plan has
// nothing but such a reference for them. With a Case an account has only what is
// different from the account that it comes from. Of an audience those are left out
// who are no accounts of the plan any more, and of the markers those that the plan
// has none of any more; a file of markers is named as a whole.
//
// It fails for a plan that was not loaded and holds what a file cannot say, such
// as a secret or the file of an upload from elsewhere, and for one that is too large for a
// file.
func (p *Plan) YAML() ([]byte, error) {
	w := &writer{plan: p, groups: map[string]bool{}}
	for _, a := range p.Accounts {
		w.groups[a.Name] = true
		for _, g := range a.Groups {
			w.groups[g] = true
		}
	}
	root := node(w.document(), token.Position{Line: 1, Column: 1})
	if w.err != nil {
		return nil, fmt.Errorf("writing the plan: %w", w.err)
	}
	about := " A plan of notmine as it was run, with all that it leaves to notmine."
	if p.Case != nil {
		about = " A case of notmine: the least that still shows a finding. notmine run runs it like any plan."
	}
	comment := token.Comment(about, "#"+about, &token.Position{Line: 1, Column: 1})
	if err := root.SetComment(ast.CommentGroup([]*token.Token{comment})); err != nil {
		return nil, fmt.Errorf("writing the plan: %w", err)
	}
	text := root.String() + "\n"
	if len(text) > largestPlan {
		return nil, fmt.Errorf("writing the plan: larger than %d KiB", largestPlan>>10)
	}
	return []byte(text), nil
}

// writer writes a plan, and keeps the first reason why it cannot.
type writer struct {
	plan   *Plan
	groups map[string]bool // names of accounts and of groups
	err    error
}

func (w *writer) fail(format string, args ...any) {
	if w.err == nil {
		w.err = fmt.Errorf(format, args...)
	}
}

// optional is a mapping of which only those entries are written that say
// something.
func optional(entries ...entry) []entry {
	return slices.DeleteFunc(entries, func(e entry) bool {
		v := reflect.ValueOf(e.value)
		return v.IsZero() || v.Kind() == reflect.Slice && v.Len() == 0
	})
}

// document is the whole plan, in the order of the grammar.
func (w *writer) document() spaced {
	p := w.plan
	return optional(
		entry{"target", p.written.target.text(p.Target)},
		entry{"hosts", texts(p.Hosts)},
		entry{"headers", block(w.headers(p.Headers))},
		entry{"tls", flow(optional(entry{"ca", p.written.ca.path(p.TLS.CA)}, entry{"insecure", p.TLS.Insecure}))},
		entry{"trace", p.Trace},
		entry{"timeout", durationWord(p.Timeout, defaultTimeout)},
		entry{"accounts", w.accounts()},
		entry{"login", w.steps(p.Login)},
		entry{"logout", w.steps(p.Logout)},
		entry{"markers", block(w.markers())},
		entry{"items", block(w.items())},
		entry{"plant", w.steps(p.Plant)},
		entry{"views", block(w.views())},
		entry{"act", w.steps(p.Act)},
		entry{"changes", block(w.changes())},
		entry{"events", block(w.events())},
		entry{"phases", w.phases()},
		entry{"within", durationWord(p.Within, 0)},
		entry{"pass", flow(w.pass())},
		entry{"accept", p.written.accept},
		entry{"evidence", string(p.Evidence)},
		entry{"limits", flow(w.limits())},
		entry{"case", block(w.ofCase())},
	)
}

// escaped writes a text in which references are resolved, so that it has none.
func escaped(s string) string { return strings.ReplaceAll(s, "${", "$${") }

// text returns how a text was written, unless it is another by now.
func (k kept) text(now string) string {
	if k.written != "" && k.value == now {
		return k.written
	}
	return escaped(now)
}

// path returns how a path was written, unless it is another by now.
func (k kept) path(now string) string {
	if k.value == now {
		return k.written
	}
	return now
}

// texts are several texts that hold no references.
func texts(all []string) list {
	var l list
	for _, s := range all {
		l = append(l, s)
	}
	return l
}

// oneOrList is a text that may stand alone instead of in a list.
func oneOrList(all []string) any {
	if len(all) == 1 {
		return all[0]
	}
	return texts(all)
}

// durationWord writes a time, unless it is the default.
func durationWord(d, byDefault time.Duration) word {
	if d == 0 || d == byDefault {
		return ""
	}
	return word(d.String())
}

// rateWord writes a rate, in percent where that says the same.
func rateWord(f float64) word {
	if f == 0 {
		return ""
	}
	percent := strconv.FormatFloat(f*100, 'f', -1, 64) + "%"
	if back, err := ParseRate(percent); err == nil && back == f {
		return word(percent)
	}
	return word(strconv.FormatFloat(f, 'f', -1, 64))
}

// said bounds a sentence, as a case is read.
func said(s string) string {
	s = strings.ToValidUTF8(s, "\ufffd")
	if utf8.RuneCountInString(s) > longestSaid {
		return string([]rune(s)[:longestSaid-1]) + "…"
	}
	return s
}

// secret writes a secret as its plan has it.
func (w *writer) secret(s Secret, what string) string {
	written, ok := s.written()
	if !ok {
		w.fail("nobody knows how %s was written, and its value is a secret", what)
	}
	return written
}

func (w *writer) headers(of map[string]Secret) (all []entry) {
	for _, name := range slices.Sorted(maps.Keys(of)) {
		all = append(all, entry{name, w.secret(of[name], "the header "+name)})
	}
	return all
}

// markers are declared as they were, but for items and columns that nobody has
// any more.
func (w *writer) markers() []entry {
	from := w.plan.written.markers
	left := map[string]bool{}
	file := ""
	for _, m := range w.plan.Markers {
		if left[m.Item] = true; from.fileItems[m.Item] {
			file = from.file
		}
	}
	var columns flow
	for _, c := range from.columns {
		var have []string
		for _, column := range c.value {
			if left[c.key.value] && slices.ContainsFunc(w.plan.Accounts, func(a Account) bool { _, ok := a.public(column.value); return ok }) {
				have = append(have, column.value)
			}
		}
		if len(have) > 0 {
			columns = append(columns, entry{c.key.value, oneOrList(have)})
		}
	}
	return optional(entry{"file", file}, entry{"columns", columns})
}

func (w *writer) items() (all []entry) {
	for _, name := range slices.Sorted(maps.Keys(w.plan.Items)) {
		i := w.plan.Items[name]
		all = append(all, entry{name, flow(optional(entry{"audience", oneOrList(w.audience(i.Audience))}, entry{"picture", i.Picture}))})
	}
	return all
}

// audience leaves out words that name nobody any more.
func (w *writer) audience(words []string) []string {
	return slices.DeleteFunc(slices.Clone(words), func(s string) bool {
		return !strings.Contains(s, "{{") && s != wordMe && s != wordEveryone && !w.groups[s]
	})
}

// secretTemplate is what stands in a step for the value of a reference.
var secretTemplate = regexp.MustCompile(`\{\{` + secretKey + `([0-9]+)\}\}`)

// stepText writes a text of a step with its references.
func (w *writer) stepText(v Verb, s string) string {
	// Scripts have their own use for ${, which need not be escaped there.
	if v != Eval || holdsReference(s) || strings.Contains(s, "$${") {
		s = escaped(s)
	}
	return secretTemplate.ReplaceAllStringFunc(s, func(whole string) string {
		n, err := strconv.Atoi(secretTemplate.FindStringSubmatch(whole)[1])
		if err != nil || n < 1 || n > len(w.plan.Secrets) {
			w.fail("there is no %s", whole)
			return ""
		}
		return w.secret(w.plan.Secrets[n-1], whole)
	})
}

// uploadText writes the path of a file, relative to the plan's folder.
func (w *writer) uploadText(s string) string {
	if strings.HasPrefix(s, "{{"+pictureKey) {
		return s
	}
	path, err := filepath.Rel(w.plan.written.dir, s)
	if err != nil || w.plan.written.dir == "" || !filepath.IsLocal(path) {
		w.fail("the file %s of an upload is not in the plan's folder", s)
	}
	return filepath.ToSlash(path)
}

func (w *writer) step(s Step) entry {
	if s.Fields == nil {
		return entry{string(s.Verb), w.stepText(s.Verb, s.Arg)}
	}
	var fields flow
	for _, f := range s.Fields {
		value := ""
		if s.Verb == Upload {
			value = w.uploadText(f.Value)
		} else {
			value = w.stepText(s.Verb, f.Value)
		}
		fields = append(fields, entry{f.Selector, value})
	}
	return entry{string(s.Verb), fields}
}

func (w *writer) steps(of []Step) (all rows) {
	for _, s := range of {
		all = append(all, flow{w.step(s)})
	}
	return all
}

func (w *writer) views() (all []entry) {
	for _, v := range w.plan.Views {
		fields := optional(entry{"after", v.After})
		if direct(v.Steps) {
			for _, s := range v.Steps {
				fields = append(fields, w.step(s))
			}
		} else {
			fields = append(fields, entry{"steps", w.steps(v.Steps)})
		}
		each := ""
		if v.EachPeer {
			each = "peer"
		}
		all = append(all, entry{v.Name, block(append(fields, optional(
			entry{"each", each},
			entry{"identity", v.Identity},
			entry{"control", v.Control},
			entry{"compare", oneOrList(v.Compare)},
			entry{"hold", oneOrList(v.Hold)},
		)...))})
	}
	return all
}

// direct reports whether steps can stand in the view itself, where each verb is a
// key and wait comes last.
func direct(steps []Step) bool {
	seen := map[Verb]bool{}
	for _, s := range steps {
		if seen[s.Verb] || seen[Wait] {
			return false
		}
		seen[s.Verb] = true
	}
	return true
}

func (w *writer) changes() (all []entry) {
	for _, c := range w.plan.Changes {
		audience := w.audience(c.Audience)
		if len(audience) == 0 && len(c.Audience) > 0 {
			audience = []string{wordMe}
		}
		all = append(all, entry{c.Name, block(optional(
			entry{"item", c.Item},
			entry{"audience", oneOrList(audience)},
			entry{"delete", c.Delete},
			entry{"steps", w.steps(c.Steps)},
			entry{"settle", durationWord(c.Settle, 0)},
		))})
	}
	return all
}

func (w *writer) events() (all []entry) {
	for _, e := range w.plan.Events {
		var call flow
		if e.HTTP != nil {
			method := e.HTTP.Method
			if method == "POST" {
				method = ""
			}
			call = optional(
				entry{"method", method},
				entry{"url", w.secret(e.HTTP.URL, "the URL of the event "+e.Name)},
				entry{"headers", flow(w.headers(e.HTTP.Headers))},
			)
		}
		all = append(all, entry{e.Name, flow(optional(entry{"run", e.Run}, entry{"http", call}, entry{"settle", durationWord(e.Settle, 0)}))})
	}
	return all
}

func (w *writer) phases() (all rows) {
	times := map[string]int{}
	for _, ph := range w.plan.Phases {
		rounds, within, think, depth := ph.Rounds, ph.Within, word(""), ph.Depth
		if ph.Change != "" || rounds == defaultRounds[ph.Order] {
			rounds = 0
		}
		if ph.Order == Solo {
			within = 0 // each account has the same rounds
		}
		switch {
		case ph.Order == Random && ph.Think == 0:
			think = "0s"
		case ph.Order == Random:
			think = durationWord(ph.Think, defaultThink)
		}
		if depth == defaultDepth {
			depth = 0
		}
		accounts := ph.Accounts
		if accounts > len(w.plan.Accounts) {
			accounts = 0 // all
		}
		all = append(all, flow(optional(
			entry{"order", string(ph.Order)},
			entry{"name", ownNameOf(ph, times)},
			entry{"rounds", rounds},
			entry{"views", oneOrList(ph.Views)},
			entry{"hold", oneOrList(ph.Hold)},
			entry{"accounts", accounts},
			entry{"abort", rateWord(ph.Abort)},
			entry{"rate", ph.Rate},
			entry{"http", ph.HTTP},
			entry{"depth", depth},
			entry{"think", think},
			entry{"within", durationWord(within, 0)},
			entry{"event", ph.Event},
			entry{"at", ph.At},
			entry{"change", ph.Change},
		)))
	}
	return all
}

// ownNameOf returns the name that a phase has to be given, "" when it has that
// without; times counts those as [numbered] does.
func ownNameOf(ph Phase, times map[string]int) string {
	does := string(ph.Order)
	switch {
	case ph.Change != "" && ph.Order == Together:
		does = ph.Change + "-together"
	case ph.Change != "":
		does = ph.Change
	case ph.Order == "":
		does = ph.Event
	}
	next := maps.Clone(times)
	if numbered(does, next, nil) != ph.Name {
		return ph.Name
	}
	times[does]++
	return ""
}

func (w *writer) pass() []entry {
	pass := w.plan.Pass
	bound := rateWord(pass.Bound)
	if pass.Bound == defaultBound {
		bound = ""
	}
	return optional(entry{"bound", bound}, entry{"fail_on", oneOrList(pass.FailOn)})
}

func (w *writer) limits() []entry {
	size := func(n, byDefault int64) word {
		if n == 0 || n == byDefault {
			return ""
		}
		return word(sizeWord(n))
	}
	l := w.plan.Limits
	return optional(
		entry{"body", size(l.Body, defaultLimits.Body)},
		entry{"page", size(l.Page, defaultLimits.Page)},
		entry{"unpacked", size(l.Unpacked, defaultLimits.Unpacked)},
	)
}

func (w *writer) ofCase() []entry {
	c := w.plan.Case
	if c == nil {
		return nil
	}
	f := c.Finding
	measured := func(m Measured) (written flow) {
		if m != (Measured{}) {
			written = flow{{"hits", m.Hits}, {"tries", m.Tries}}
		}
		return written
	}
	seed := word("")
	if c.Seed != 0 {
		seed = word(strconv.FormatInt(c.Seed, 10))
	}
	return optional(
		entry{"plan", c.Plan},
		entry{"run", c.Run},
		entry{"demo", c.Demo},
		entry{"seed", seed},
		entry{"finding", block(optional(
			entry{"check", f.Check},
			entry{"level", f.Level},
			entry{"fingerprint", f.Fingerprint},
			entry{"viewer", f.Viewer},
			entry{"owner", f.Owner},
			entry{"item", f.Item},
			entry{"view", f.View},
			entry{"surface", f.Surface},
			entry{"phase", f.Phase},
			entry{"round", f.Round},
			entry{"message", said(f.Message)},
		))},
		entry{"measured", measured(c.Measured)},
		entry{"tries", c.Tries},
		entry{"needs", said(c.Needs)},
		entry{"http", block(optional(
			entry{"script", c.HTTP.Script},
			entry{"measured", measured(c.HTTP.Measured)},
			entry{"tries", c.HTTP.Tries},
		))},
	)
}
