package plan

import (
	"fmt"
	"strings"
)

// Reference returns every field of a plan, and of the files that have mappings
// of their own, with what it takes and means, as Markdown: one table for each
// mapping.
func Reference() string {
	var b strings.Builder
	seen := map[*record]bool{}
	var write func(s *shape)
	write = func(s *shape) {
		if s == nil {
			return
		}
		write(s.elem)
		for _, e := range s.either {
			write(e)
		}
		rec := s.record
		if rec == nil || seen[rec] {
			return
		}
		seen[rec] = true
		fmt.Fprintf(&b, "## %s\n\n", heading(rec.name))
		if rec.doc != "" {
			fmt.Fprintf(&b, "%s\n\n", rec.doc)
		}
		b.WriteString("| field | takes | |\n|---|---|---|\n")
		for _, f := range rec.fields {
			needed := ""
			if f.required {
				needed = " (required)"
			}
			fmt.Fprintf(&b, "| `%s`%s | %s | %s |\n", f.name, needed, cell(takes(f.shape)), cell(f.doc))
		}
		if rec.rest != nil {
			fmt.Fprintf(&b, "| *any other* | %s | a column |\n", rec.rest.name)
		}
		b.WriteString("\n")
		for _, f := range rec.fields {
			write(f.shape)
		}
	}
	write(planKind.shape)
	write(acceptedList.shape)
	return strings.TrimSuffix(b.String(), "\n")
}

// heading is a record's name; one without an article is that of its field.
func heading(name string) string {
	if !strings.Contains(name, " ") {
		return "`" + name + "`"
	}
	return strings.ToUpper(name[:1]) + name[1:]
}

// takes says what a field takes, in a word or two.
func takes(s *shape) string {
	if s.record != nil {
		return "mapping"
	}
	return s.name
}

// cell escapes what would end a cell of a table.
func cell(s string) string { return strings.ReplaceAll(s, "|", `\|`) }
