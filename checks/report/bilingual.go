package report

import (
	"encoding/json"
	"html/template"

	"notmine/checks/phrase"
)

// bilingual is a text of the page in both of its languages, cleaned.
type bilingual struct{ english, korean string }

// inBoth tells a text in both languages, each cut after limit characters.
func inBoth(text phrase.Text, limit int) bilingual {
	return bilingual{visible(text.String(), limit), visible(text.In(phrase.Korean), limit)}
}

// English returns the text in English.
func (b bilingual) English() string { return b.english }

// Korean returns the text in Korean, which is that in English where a text is
// the same in both.
func (b bilingual) Korean() string { return b.korean }

// HTML returns the text as the page holds it, escaped: in both languages side by
// side, of which the style shows one, or once when it is the same in both.
func (b bilingual) HTML() template.HTML {
	english, korean := template.HTMLEscapeString(b.english), template.HTMLEscapeString(b.korean)
	if english == korean {
		return template.HTML(english)
	}
	return template.HTML(`<span lang="en">` + english + `</span><span lang="ko">` + korean + `</span>`)
}

// MarshalJSON returns the text as the page's script takes it: English, Korean.
func (b bilingual) MarshalJSON() ([]byte, error) { return json.Marshal([2]string{b.english, b.korean}) }

// mostSaid is how long a text of the template itself may be, with what is put
// into it.
const mostSaid = 600

// pageWords are by what the template says its own texts: "say" as an element
// holds them, "both" for attributes.
var pageWords = template.FuncMap{
	"say":  func(form string, args ...any) template.HTML { return templated(form, args...).HTML() },
	"both": templated,
}

// templated tells a text of the template.
func templated(form string, args ...any) bilingual {
	return inBoth(phrase.New(form, args...), mostSaid)
}

// fact is a name and what it is.
type fact struct{ Name, Value bilingual }

// facts are a list of them.
type facts []fact

// add adds a fact whose value is cut after limit characters, unless it is empty.
func (f *facts) add(name, value phrase.Text, limit int) {
	if !value.IsZero() {
		*f = append(*f, fact{inBoth(name, 60), inBoth(value, limit)})
	}
}

// verbatim are texts that are the same in each language, such as names.
func verbatim(texts []string) []phrase.Text {
	all := make([]phrase.Text, len(texts))
	for i, text := range texts {
		all[i] = phrase.Verbatim(text)
	}
	return all
}

// named are texts of names that notmine itself has: surfaces and causes.
func named(names []string) []phrase.Text {
	all := make([]phrase.Text, len(names))
	for i, name := range names {
		all[i] = phrase.Name(name)
	}
	return all
}

// few names the first of some texts and counts the rest.
func few(texts []phrase.Text, most int) phrase.Text {
	list := phrase.Join(texts[:min(len(texts), most)], ", ")
	if left := len(texts) - most; left > 0 {
		return phrase.New("%s and %d more", list, left)
	}
	return list
}

// whose names owners, of whom nobody may know who they are.
func whose(owners []string) []phrase.Text {
	all := make([]phrase.Text, len(owners))
	for i, owner := range owners {
		all[i] = orSomebody(owner)
	}
	return all
}

// orSomebody names an owner whom nobody knows.
func orSomebody(owner string) phrase.Text {
	if owner == "" {
		return phrase.New("somebody")
	}
	return phrase.Verbatim(owner)
}
