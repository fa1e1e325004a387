package repro

import (
	"fmt"
	"slices"
	"strings"

	"notmine/checks/isolation"
	"notmine/checks/plan"
	"notmine/checks/record"
)

// Symptom is what somebody saw of a stranger's, as far as it is known. The zero
// value is of somebody who only knows that it happened.
type Symptom struct {
	Viewer, Owner string // names of accounts; "" when it is not known whose
	View          string // where it was seen; "" when that is not known
	Saw           Saw
	SinceDeploy   bool   // it was never seen before the last release
	After         string // event or change of the plan after which it was seen; "" for none
}

// Saw is what something looked like to whoever saw it; "" is not known.
type Saw string

// What may be seen.
const (
	SawText     Saw = "text"
	SawPicture  Saw = "picture"
	SawName     Saw = "name" // somebody was called by another's name
	SawCookie   Saw = "cookie"
	SawDownload Saw = "download"
	SawStream   Saw = "stream" // a message or a notification that came by itself
)

// Saws are all of them, in the order in which they are explained.
var Saws = []Saw{SawText, SawPicture, SawName, SawCookie, SawDownload, SawStream}

// Check returns an error for a symptom that a plan cannot show: what it names is
// not there.
func (s Symptom) Check(p *plan.Plan) error {
	accounts := namesOf(p.Accounts, func(a plan.Account) string { return a.Name })
	views := namesOf(p.Views, func(v plan.View) string { return v.Name })
	happenings := slices.Concat(namesOf(p.Events, func(e plan.Event) string { return e.Name }), namesOf(p.Changes, func(c plan.Change) string { return c.Name }))
	for _, named := range []struct {
		what, name string
		among      []string
	}{
		{"viewer", s.Viewer, accounts}, {"owner", s.Owner, accounts}, {"view", s.View, views},
		{"after", s.After, happenings}, {"saw", string(s.Saw), namesOf(Saws, func(s Saw) string { return string(s) })},
	} {
		if named.name != "" && !slices.Contains(named.among, named.name) {
			return fmt.Errorf("%s %q: there is %s", named.what, named.name, listedPlainly(named.among))
		}
	}
	switch {
	case s.Viewer != "" && s.Viewer == s.Owner:
		return fmt.Errorf("viewer and owner are both %s, who may see what is their own", s.Viewer)
	case len(p.Accounts) < 2:
		return fmt.Errorf("the plan has %d accounts, and it takes two to mix them up", len(p.Accounts))
	}
	return nil
}

func namesOf[E any](of []E, name func(E) string) []string {
	var all []string
	for _, e := range of {
		all = append(all, name(e))
	}
	return all
}

// listedPlainly lists names in an error.
func listedPlainly(names []string) string {
	if len(names) == 0 {
		return "none in the plan"
	}
	if more := len(names) - mostNamed; more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:mostNamed], ", "), more)
	}
	return strings.Join(names, ", ")
}

// Counts reports whether a finding ends the hunt: a leak that nobody has accepted,
// on the view that is named. What a login or a change was given counts on any.
func (s Symptom) Counts(f isolation.Finding) bool {
	return f.Level == isolation.Leak && f.Accepted == nil && f.Known == nil && s.At(f.View)
}

// At reports whether a view is one where it may have been seen.
func (s Symptom) At(view string) bool {
	return s.View == "" || view == s.View || view == record.LoginView || view == record.ChangeView
}

// Is reports whether a finding is what was described, as far as it was.
func (s Symptom) Is(f isolation.Finding) bool {
	return (s.Viewer == "" || f.Viewer == s.Viewer) &&
		(s.Owner == "" || f.Owner == s.Owner) &&
		(s.View == "" || f.View == s.View) &&
		(s.Saw == "" || s.Saw == sawIn(f))
}

// sawIn is what a finding looked like.
func sawIn(f isolation.Finding) Saw {
	switch f.Check {
	case "identity":
		return SawName
	case "sharedtoken":
		return SawCookie
	}
	switch f.Surface {
	case record.Picture, record.Blob:
		return SawPicture
	case record.Cookies:
		return SawCookie
	case record.Download:
		return SawDownload
	case record.Stream, record.Notification:
		return SawStream
	}
	return SawText
}

// mostAccounts is how many take part in a hunt. Two show each mechanism in
// principle, and more make what depends on time more likely, up to here.
const mostAccounts = 8

// Gathered returns a plan of those who take part in the hunt: the viewer and the
// owner first, then the first others of the plan. It has no phases: they are
// made up as the hunt goes. The plan itself is not changed.
func (s Symptom) Gathered(p *plan.Plan) *plan.Plan {
	gathered := clone(p)
	gathered.Phases, gathered.Within = nil, 0
	place := func(a plan.Account) int {
		if i := slices.Index([]string{s.Viewer, s.Owner}, a.Name); i >= 0 {
			return i
		}
		return 2
	}
	slices.SortStableFunc(gathered.Accounts, func(a, b plan.Account) int { return place(a) - place(b) })
	for n := len(gathered.Accounts); n > mostAccounts; n-- {
		leave(gathered, n-1)
	}
	return gathered
}
