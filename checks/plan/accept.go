package plan

import (
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/goccy/go-yaml/ast"
)

// Accepted is a finding that somebody knows of and answers for: until its last
// day it does not fail a run. It goes into the record.
type Accepted struct {
	Fingerprint string `json:"fingerprint"` // as findings have it
	Reason      string `json:"reason"`
	Owner       string `json:"owner"` // who answers for it
	Expires     Date   `json:"expires"`
}

// Date is a day in UTC, written as 2026-12-31.
type Date struct{ begin time.Time }

// ParseDate reads a day as it is written.
func ParseDate(written string) (Date, error) {
	begin, err := time.Parse(time.DateOnly, written)
	if err != nil {
		return Date{}, fmt.Errorf("%.40q is no date such as 2026-12-31", written)
	}
	return Date{begin}, nil
}

// Over reports whether the whole of the day was over at t.
func (d Date) Over(t time.Time) bool { return !t.Before(d.begin.AddDate(0, 0, 1)) }

// Equal reports whether d and e are the same day.
func (d Date) Equal(e Date) bool { return d.begin.Equal(e.begin) }

// String returns the day as it is written.
func (d Date) String() string { return d.begin.Format(time.DateOnly) }

// MarshalText writes the day for a record.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads the day out of a record.
func (d *Date) UnmarshalText(text []byte) (err error) {
	*d, err = ParseDate(string(text))
	return err
}

// The bounds of a file of accepted findings.
const (
	largestAccept = 1 << 20 // bytes
	longestReason = 1000    // characters
	longestOwner  = 200     // likewise
)

// fingerprintForm is how findings write a fingerprint: 64 bits in hex.
var fingerprintForm = regexp.MustCompile(`^[0-9a-f]{16}$`)

// IsFingerprint reports whether a text can be the fingerprint of a finding.
func IsFingerprint(text string) bool { return fingerprintForm.MatchString(text) }

// LoadAccepted reads a file of accepted findings, wherever it is. Everything
// that is wrong with its content is in one [Mistakes]; any other error means
// that it could not be read. It never returns nil without an error.
func LoadAccepted(path string) ([]Accepted, error) {
	data, err := readFile(path, largestAccept, "the accepted findings")
	if err != nil {
		return nil, err
	}
	return ParseAccepted(path, data)
}

// ParseAccepted decodes accepted findings that are already in memory: a list,
// which may be empty. file is their name in messages. Everything that is wrong
// with them is in one [Mistakes].
func ParseAccepted(file string, data []byte) ([]Accepted, error) {
	if len(data) > largestAccept {
		return nil, fmt.Errorf("reading the accepted findings %s: larger than %d KiB", file, largestAccept>>10)
	}
	r := &reader{src: &source{file: file}}
	accepted := r.accepted(file, data)
	if err := r.wrong(); err != nil {
		return nil, err
	}
	return accepted, nil
}

// accepted decodes a file of accepted findings; mistakes name that file, and
// not the one that r reads.
func (r *reader) accepted(file string, data []byte) []Accepted {
	defer func(own *source) { r.src = own }(r.src)
	written := withoutMark(data)
	r.src = newSource(file, written)
	all := []Accepted{}
	body := r.parseYAML(written)
	if body == nil {
		return all // nothing is accepted any more, unless there was a mistake
	}
	first := map[string]spot{}
	for _, a := range acceptedList.read(r, body) {
		of := a.fingerprint
		if of.value == "" {
			continue // a mistake already
		}
		if at, twice := first[of.value]; twice {
			r.mistake(of.spot, "the fingerprint %s is given twice, first in %v", of.value, at.position())
			continue
		}
		first[of.value] = of.spot
		all = append(all, Accepted{Fingerprint: of.value, Reason: a.reason.value, Owner: a.owner.value, Expires: a.expires})
	}
	return all
}

// resolveAccepted reads the file that the plan names.
func (r *resolver) resolveAccepted() {
	path := r.doc.accept
	if path.value == "" {
		return
	}
	if holdsReference(path.value) || strings.Contains(path.value, "{{") {
		r.mistake(path.spot, "a path must not hold ${…} or {{…}}")
		return
	}
	data, err := r.read(path.value, largestAccept)
	if err != nil {
		r.mistake(path.spot, "reading %s: %v", path.value, err)
		return
	}
	r.plan.Accepted = r.accepted(path.value, data)
	r.plan.written.accept = path.value
}

// acceptedFields is an entry as it was written.
type acceptedFields struct {
	fingerprint, reason, owner text
	expires                    Date
}

var acceptedKind = mapping(
	&record{name: "an accepted finding", doc: "The file that `accept` or `--accept` names is a list of these. A finding with such a fingerprint does not fail a run that starts before the date is over, in UTC."},
	nil, nil,
	required(value("fingerprint", "of the finding, as the reports have it", fingerprint, func(a *acceptedFields) *text { return &a.fingerprint })),
	required(value("reason", "why it is accepted, for whoever reads a report", atMost(longestReason, nonEmpty("reason")), func(a *acceptedFields) *text { return &a.reason })),
	required(value("owner", "who answers for it", atMost(longestOwner, nonEmpty("owner")), func(a *acceptedFields) *text { return &a.owner })),
	required(value("expires", "the last day on which it is accepted", day, func(a *acceptedFields) *Date { return &a.expires })),
)

var acceptedList = listOf(acceptedKind)

// fingerprint is the kind of a finding's fingerprint.
var fingerprint = kind[text]{&shape{name: "fingerprint", json: "string", pattern: fingerprintForm.String()}, func(r *reader, n ast.Node) text {
	t := text{spot: r.start(n)}
	written, _ := scalar(n)
	if !IsFingerprint(written) {
		r.mistake(t.spot, "a fingerprint is 16 digits of 0-9 and a-f, as findings have it")
		return t
	}
	t.value = written
	return t
}}

// day is the kind of a date such as 2026-12-31.
var day = kind[Date]{&shape{name: "date such as 2026-12-31", json: "string", pattern: `^[0-9]{4}-[0-9]{2}-[0-9]{2}$`}, func(r *reader, n ast.Node) Date {
	written, _ := scalar(n)
	d, err := ParseDate(written)
	if err != nil {
		r.mistake(r.start(n), "this has to be a date such as 2026-12-31")
	}
	return d
}}

// atMost bounds the characters of a text.
func atMost(characters int, k kind[text]) kind[text] {
	read := k.read
	k.read = func(r *reader, n ast.Node) text {
		t := read(r, n)
		if utf8.RuneCountInString(t.value) > characters {
			r.mistake(t.spot, "longer than %d characters", characters)
			t.value = ""
		}
		return t
	}
	return k
}
