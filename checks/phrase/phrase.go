// Package phrase makes the sentences that notmine tells people. A sentence
// remembers its form and what was put into it, so that a report can tell it in
// another language; everything else reads it in English.
//
// Forms are whole sentences or clauses, because words change their order from
// one language to the next: what varies is put into them, never glued to them.
// Each is written where it is said, in English, and has its Korean in one of the
// tables here; a test holds the two together.
package phrase

import (
	"fmt"
	"slices"
	"strings"

	"golang.org/x/text/language"
	"golang.org/x/text/message"
)

// Languages that a text can be told in.
var (
	English = language.English
	Korean  = language.Korean
)

// Text is a text in words. The zero Text is empty.
type Text struct {
	form string
	args []any
}

// New makes a text of a form in English, as that of [fmt.Sprintf], and what is
// put into it, which may be texts. Counts are put in as integers: they are
// written with separators, and a noun after them takes its number, as in "%d
// visits".
func New(form string, args ...any) Text {
	if false {
		_ = fmt.Sprintf(form, args...) // so that go vet holds forms against what is put into them
	}
	return Text{form, args}
}

// Name makes a text of a name that notmine itself has for something: a surface,
// a cause, an order, a level, a verdict, a side of an event, an end of a run, a
// way to come to a page. Any other name stays what it is in each language.
func Name(name string) Text {
	if named[name] {
		return Text{form: name}
	}
	return Verbatim(name)
}

// Verbatim makes a text that is the same in each language: a name, or what a
// page or a program said.
func Verbatim(text string) Text {
	if text == "" {
		return Text{}
	}
	return New("%s", text)
}

// Join puts texts behind each other, with a separator that is the same in each
// language. Empty ones are left out.
func Join(texts []Text, separator string) Text {
	var args []any
	for _, t := range texts {
		if !t.IsZero() {
			args = append(args, t)
		}
	}
	if len(args) == 0 {
		return Text{}
	}
	return New(strings.Join(slices.Repeat([]string{"%s"}, len(args)), strings.ReplaceAll(separator, "%", "%%")), args...)
}

// IsZero reports whether the text is empty.
func (t Text) IsZero() bool { return t.form == "" }

// Equal reports whether two texts read the same.
func (t Text) Equal(other Text) bool { return t.String() == other.String() }

// String returns the text in English.
func (t Text) String() string { return t.In(English) }

// In returns the text in a language; in English, where there is no other.
func (t Text) In(tongue language.Tag) string {
	if t.form == "" {
		return ""
	}
	args := slices.Clone(t.args)
	for i, arg := range args {
		if nested, ok := arg.(Text); ok {
			args[i] = nested.In(tongue)
		}
	}
	return message.NewPrinter(tongue, message.Catalog(forms)).Sprintf(t.form, args...)
}

// MarshalText returns the text in English.
func (t Text) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// UnmarshalText takes a text as it was written, in English.
func (t *Text) UnmarshalText(text []byte) error {
	*t = Verbatim(string(text))
	return nil
}
