package plan

import (
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// Case is what a plan says that shrinking has ended with: which finding it is
// about, and what is expected of it. Of a case the plan has only what the finding
// needs.
type Case struct {
	// Plan is the path of the plan that the case was made from, as it is written:
	// relative to the folder of the case's own file, or absolute. The paths of the
	// case are relative to its folder, and its accounts are where passwords come
	// from. "" when these are given otherwise, see [Given].
	Plan     string
	Run      string // id of the run with the finding; "" when unknown
	Demo     string // "leaky" or "fixed" when the target is the built-in demonstration; else ""
	Seed     int64  // of the schedules
	Finding  Expected
	Measured Measured
	// Tries is how many rounds without the finding it takes to say that it is
	// fixed, 1 at least.
	Tries int
	Needs string // what mattered and what did not, in a sentence
	// HTTP is the same without a browser, if that suffices.
	HTTP HTTPCase
}

// HTTPCase is a case that needs no browser: a script that its sessions play.
type HTTPCase struct {
	// Script is the path of the script, relative to the case's own folder and
	// inside it; "" for none.
	Script   string
	Measured Measured // with the script
	Tries    int      // with the script, as those of [Case]
}

// Expected is the finding of a case, in the words of reports. Viewer and Owner
// are names of accounts of the case, the owner's may also be anybody else's.
type Expected struct {
	Check       string
	Level       string // "leak", "suspect" or "risk"
	Fingerprint string // as findings have it; "" when unknown
	Viewer      string
	Owner       string // "" when unknown
	Item        string // "" when unknown
	View        string // a view of the plan, or in brackets what is none: "(login)"
	Surface     string // "" when it is on none
	Phase       string // of the plan
	Round       int    // in which it came first; 0 when unknown
	Message     string
}

// Measured is how often the finding of a case came when that was measured: in
// Hits of Tries rounds. Without any tries it was not measured.
type Measured struct{ Hits, Tries int }

// caseFields is a case as it was written.
type caseFields struct {
	at              spot
	plan, run, demo text
	seed            int64
	finding         expectedFields
	measured        measuredFields
	tries           number
	needs           text
	http            httpCaseFields
}

type httpCaseFields struct {
	script   text
	measured measuredFields
	tries    number
}

type expectedFields struct {
	at                                             spot
	check, level, fingerprint, viewer, owner, item text
	view, surface, phase, message                  text
	round                                          number
}

type measuredFields struct {
	at          spot
	hits, tries number
}

// The bounds of what a case says.
const (
	longestSaid = 2000          // characters of a sentence
	mostTries   = 1_000_000_000 // rounds
)

var caseKind = mapping(
	&record{name: "case", doc: "A plan with a case is what `notmine repro` ends with: the least that still shows a finding. " +
		"Its accounts are a list, in which each entry has a `name` and only those fields and columns that the account of that name has not in the case's plan. " +
		"Its paths are relative to the folder of that plan, and stay inside it."},
	func(c *caseFields, at spot) { c.at = at }, nil,
	value("plan", "the plan that the case was made from, wherever it is; passwords, and all that an account's entry does not say, come from the accounts of that plan, of which nothing else is read; leave it out where accounts are given otherwise, as with `--accounts`",
		nonEmpty("path"), func(c *caseFields) *text { return &c.plan }),
	value("run", "id of the run that had the finding", atMost(longestName, nonEmpty("id")), func(c *caseFields) *text { return &c.run }),
	value("demo", "the target is the built-in demonstration, with its fault or without it", oneOf("leaky", "fixed"), func(c *caseFields) *text { return &c.demo }),
	value("seed", "seed of the schedules", wholeNumber, func(c *caseFields) *int64 { return &c.seed }),
	required(value("finding", "the finding that is expected", expectedKind, func(c *caseFields) *expectedFields { return &c.finding })),
	value("measured", "how often it came when that was measured", measuredKind, func(c *caseFields) *measuredFields { return &c.measured }),
	required(value("tries", "how many rounds without the finding it takes to say that it is fixed", between(1, mostTries), func(c *caseFields) *number { return &c.tries })),
	value("needs", "what mattered and what did not, in a sentence", atMost(longestSaid, anyText), func(c *caseFields) *text { return &c.needs }),
	value("http", "the same without a browser, if that suffices", httpCaseKind, func(c *caseFields) *httpCaseFields { return &c.http }),
)

var httpCaseKind = mapping(
	&record{name: "a case without a browser"}, nil, nil,
	required(value("script", "file with the requests of its sessions, in the folder of the case", nonEmpty("path"), func(h *httpCaseFields) *text { return &h.script })),
	value("measured", "how often it came with the script", measuredKind, func(h *httpCaseFields) *measuredFields { return &h.measured }),
	required(value("tries", "how many rounds of the script without the finding it takes to say that it is fixed", between(1, mostTries), func(h *httpCaseFields) *number { return &h.tries })),
)

var expectedKind = mapping(
	&record{name: "finding", doc: "In the words of reports, where `viewer` and `owner` are accounts of the case."},
	func(e *expectedFields, at spot) { e.at = at }, nil,
	required(value("check", "the check that reports it", atMost(longestName, nonEmpty("check")), func(e *expectedFields) *text { return &e.check })),
	required(value("level", "how sure it is", oneOf("leak", "suspect", "risk"), func(e *expectedFields) *text { return &e.level })),
	value("fingerprint", "of the finding, as the reports have it", fingerprint, func(e *expectedFields) *text { return &e.fingerprint }),
	required(value("viewer", "the account that saw it", nonEmpty("account"), func(e *expectedFields) *text { return &e.viewer })),
	value("owner", "whose it is: an account, or anybody else; default unknown", atMost(longestName, anyText), func(e *expectedFields) *text { return &e.owner }),
	value("item", "what of the owner's it is; default unknown", atMost(longestName, anyText), func(e *expectedFields) *text { return &e.item }),
	required(value("view", "the view on which it shows, or `(login)`", nonEmpty("view"), func(e *expectedFields) *text { return &e.view })),
	value("surface", "where on that view, such as `text` or `body`", atMost(longestName, anyText), func(e *expectedFields) *text { return &e.surface }),
	required(value("phase", "the phase in which it comes, by its name", nonEmpty("phase"), func(e *expectedFields) *text { return &e.phase })),
	value("round", "the round in which it came first; default unknown", between(0, mostRounds), func(e *expectedFields) *number { return &e.round }),
	value("message", "what the report says of it", atMost(longestSaid, anyText), func(e *expectedFields) *text { return &e.message }),
)

var measuredKind = mapping(
	&record{name: "measured"},
	func(m *measuredFields, at spot) { m.at = at }, nil,
	required(value("hits", "rounds in which it came", between(0, mostTries), func(m *measuredFields) *number { return &m.hits })),
	required(value("tries", "rounds in which it could have come", between(0, mostTries), func(m *measuredFields) *number { return &m.tries })),
)

// wholeNumber is the kind of a number that may be any, such as a seed.
var wholeNumber = kind[int64]{&shape{name: "whole number", json: "integer"}, func(r *reader, n ast.Node) int64 {
	written, _ := scalar(n)
	i, err := strconv.ParseInt(written, 10, 64)
	if err != nil {
		r.mistake(r.start(n), "this has to be a whole number of 64 bits")
	}
	return i
}}

// resolved returns the case that was written.
func (c *caseFields) resolved() *Case {
	f := c.finding
	return &Case{
		Plan: c.plan.value, Run: c.run.value, Demo: c.demo.value, Seed: c.seed,
		Finding: Expected{
			Check: f.check.value, Level: f.level.value, Fingerprint: f.fingerprint.value, Viewer: f.viewer.value, Owner: f.owner.value,
			Item: f.item.value, View: f.view.value, Surface: f.surface.value, Phase: f.phase.value, Round: f.round.value, Message: f.message.value,
		},
		Measured: Measured{c.measured.hits.value, c.measured.tries.value},
		Tries:    c.tries.value, Needs: c.needs.value,
		HTTP: HTTPCase{
			Script: c.http.script.value, Tries: c.http.tries.value,
			Measured: Measured{c.http.measured.hits.value, c.http.measured.tries.value},
		},
	}
}

// resolveCase checks what the case expects against the plan.
func (r *resolver) resolveCase() {
	c := r.doc.ofCase
	if c == nil {
		return
	}
	r.plan.Case = c.resolved()
	f := c.finding
	for _, m := range []measuredFields{c.measured, c.http.measured} {
		if m.hits.value > m.tries.value {
			r.mistake(m.hits.spot, "there are only %d tries", m.tries.value)
		}
	}
	if script := c.http.script; script.given() && !filepath.IsLocal(script.value) {
		r.mistake(script.spot, "the script has to be in the folder of the case, by a path relative to it")
	}
	if _, ok := r.byName[f.viewer.value]; f.viewer.given() && !ok && len(r.plan.Accounts) > 0 {
		r.mistake(f.viewer.spot, "there is no account %q%s", f.viewer.value, suggest(f.viewer.value, accountNames(r.plan.Accounts)))
	}
	if f.view.given() && !strings.HasPrefix(f.view.value, "(") && !slices.Contains(r.viewNames(), f.view.value) {
		r.mistake(f.view.spot, "there is no view %q%s", f.view.value, suggest(f.view.value, r.viewNames()))
	}
	names := make([]string, len(r.plan.Phases))
	for i, ph := range r.plan.Phases {
		names[i] = ph.Name
	}
	// Without one of the phases, which is a mistake already, the names of others
	// may be different.
	complete := len(r.doc.phases) == 0 || len(names) == len(r.doc.phases)
	if f.phase.given() && complete && !slices.Contains(names, f.phase.value) {
		r.mistake(f.phase.spot, "there is no phase %q%s", f.phase.value, suggest(f.phase.value, names))
	}
}

// accountNames returns names for suggestions, of a large crowd not all.
func accountNames(accounts []Account) []string {
	var names []string
	for _, a := range accounts[:min(len(accounts), 1000)] {
		names = append(names, a.Name)
	}
	return names
}

// LoadCase reads what the plan at path says of a case, and nothing else of it;
// nil when it is no case. So a case can be told whose accounts have to be given.
// Mistakes in that part are in one [Mistakes].
func LoadCase(path string) (*Case, error) {
	data, err := readFile(path, largestPlan, "the plan")
	if err != nil {
		return nil, err
	}
	r := &reader{src: newSource(path, withoutMark(data))}
	var c *caseFields
	if at := r.part(r.parseYAML(withoutMark(data)), "case"); at != nil {
		fields := caseKind.read(r, at)
		c = &fields
	}
	if err := r.wrong(); err != nil || c == nil {
		return nil, err
	}
	return c.resolved(), nil
}
