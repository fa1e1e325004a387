package report

import (
	"net/url"
	"path"
	"strings"
)

// planPath is the plan's file as a build names its files: with forward slashes,
// relative where the plan's name is.
func planPath(file string) string {
	file = strings.ReplaceAll(visible(file, 300), `\`, "/")
	if file == "" {
		return "plan"
	}
	return path.Clean(file)
}

// planURI is the plan's file as a reference that may stand in a link: relative,
// or beneath file: when its path is a whole one, from which code scanning takes
// the path of the checkout.
func planURI(file string) string {
	file = planPath(file)
	escaped := strings.ReplaceAll((&url.URL{Path: file}).EscapedPath(), ":", "%3A")
	if strings.HasPrefix(file, "/") {
		return "file://" + escaped
	}
	return escaped
}

// planLine is the line of the plan where a view stands, or, of what is no view of
// the plan, the phase in which it was looked at. It is 1 when the record tells
// neither.
func (s *story) planLine(view, phase string) int {
	for _, v := range s.run.Header.Plan.Views {
		if v.Name == view {
			return max(1, v.Line)
		}
	}
	for _, ph := range s.run.Header.Plan.Phases {
		if ph.Name == phase {
			return max(1, ph.Line)
		}
	}
	return 1
}
