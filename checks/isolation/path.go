package isolation

import (
	"net/url"
	"regexp"
	"slices"
	"strings"

	"notmine/checks/marker"
	"notmine/checks/plan"
)

// PathOf returns the path of a URL as a record holds it, "/" when it has none.
func PathOf(raw string) string {
	if u, err := url.Parse(raw); err == nil && u.Path != "" {
		return u.Path
	}
	return "/"
}

var number = regexp.MustCompile(`[0-9]+`)

// Alike is the path of a URL without what differs between accounts and items,
// which are names of accounts, canaries and numbers: answers of the same kind
// have the same.
func (p *Pass) Alike(raw string) string {
	segments := strings.Split(PathOf(raw), "/")
	for i, segment := range segments {
		named := slices.ContainsFunc(p.Header.Plan.Accounts, func(a plan.OutlineAccount) bool {
			return segment != "" && (segment == a.Name || segment == a.Login)
		})
		if _, canary := marker.Parse(segment); canary || named {
			segments[i] = "…"
			continue
		}
		segments[i] = number.ReplaceAllString(segment, "0")
	}
	return strings.Join(segments, "/")
}
