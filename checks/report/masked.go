package report

import (
	"net/url"
	"slices"
	"strings"

	"notmine/checks/phrase"
	"notmine/checks/plan"
)

// masked reports whether the reports show no more of the target than what
// leaked: texts of its pages may be somebody's, and reports are handed on.
func (s *story) masked() bool { return s.run.Header.Plan.Evidence != plan.Full }

// address returns a URL as the reports may show it: with the names in its query,
// and without their values.
func (s *story) address(written string) string {
	if !s.masked() || !strings.ContainsAny(written, "?#") {
		return written
	}
	u, err := url.Parse(written)
	if err != nil {
		before, _, _ := strings.Cut(written, "?")
		before, _, _ = strings.Cut(before, "#")
		return before + "?…"
	}
	var query []string
	for _, pair := range strings.Split(u.RawQuery, "&") {
		if name, _, ok := strings.Cut(pair, "="); ok {
			query = append(query, name+"=…")
		} else if pair != "" {
			query = append(query, "…")
		}
	}
	u.RawQuery, u.ForceQuery, u.Fragment, u.RawFragment = "", false, "", ""
	if len(query) == 0 {
		return u.String()
	}
	return u.String() + "?" + strings.Join(query, "&")
}

// nameShown returns the name that a page showed as its viewer's, if it is one of
// the plan's.
func (s *story) nameShown(name string) phrase.Text {
	if name == "" || !s.masked() || slices.ContainsFunc(s.run.Header.Plan.Accounts, func(a plan.OutlineAccount) bool {
		return strings.Contains(name, a.Shows)
	}) && len(name) < longestName {
		return phrase.Verbatim(name)
	}
	return phrase.New("(covered)")
}

// longestName is how much, in bytes, may stand around a name of the plan's, as in
// "Welcome, Alice!".
const longestName = 60
