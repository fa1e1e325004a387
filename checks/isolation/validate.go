package isolation

import (
	"errors"
	"fmt"
	"go/parser"
	"go/token"
	"regexp"
	"strings"
)

var checkName = regexp.MustCompile(`^[a-z][a-z0-9]*$`)

// Validate reports every mistake in a list of checks: a name that is no single
// lower-case word or comes twice, a missing Doc, nothing to run.
func Validate(checks []*Check) error {
	var mistakes []error
	names := map[string]bool{}
	for i, c := range checks {
		if c == nil {
			mistakes = append(mistakes, fmt.Errorf("check %d of the list is nil", i+1))
			continue
		}
		title, _, _ := strings.Cut(c.Doc, "\n")
		switch {
		case !checkName.MatchString(c.Name):
			mistakes = append(mistakes, fmt.Errorf("check %q: the name is not one lower-case word", c.Name))
		case names[c.Name]:
			mistakes = append(mistakes, fmt.Errorf("check %s: the name comes twice", c.Name))
		case strings.TrimSpace(title) == "":
			mistakes = append(mistakes, fmt.Errorf("check %s: its Doc has no title in the first line", c.Name))
		case c.Look == nil && c.Judge == nil:
			mistakes = append(mistakes, fmt.Errorf("check %s: it has neither Look nor Judge", c.Name))
		}
		names[c.Name] = true
	}
	return errors.Join(mistakes...)
}

// DocOf returns the package comment of a Go source file as a [Check.Doc],
// without the words "Package name" that it begins with. Checks embed their
// doc.go, so that their help and their package comment cannot differ. It is ""
// when there is no such comment, which [Validate] refuses.
func DocOf(source string) string {
	file, err := parser.ParseFile(token.NewFileSet(), "doc.go", source, parser.PackageClauseOnly|parser.ParseComments)
	if err != nil || file.Doc == nil {
		return ""
	}
	doc, _ := strings.CutPrefix(file.Doc.Text(), "Package "+file.Name.Name+" ")
	return doc
}
