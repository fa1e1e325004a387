package script

import (
	"net/http"
	"regexp"
	"slices"
	"strings"

	"notmine/checks/phrase"
	"notmine/checks/wire"
)

// told says that a credential stands in the script, where one does.
func (m *maker) told(viewer, owner Recording) phrase.Text {
	secrets := m.credentials(viewer, owner)
	tells := func(text string) bool {
		return slices.ContainsFunc(secrets, func(s string) bool { return strings.Contains(text, s) }) ||
			viewer.Secret != nil && viewer.Secret(text) || owner.Secret != nil && owner.Secret(text)
	}
	for part, requests := range m.script.parts() {
		for _, r := range requests {
			for text := range r.written() {
				if slices.ContainsFunc(readings(text), tells) {
					return phrase.New("a credential would stand in what %s sends", called(part))
				}
			}
		}
	}
	return phrase.Text{}
}

// How a character is written in addresses and forms, and in JSON.
var (
	inPercent = regexp.MustCompile(`%[0-9A-Fa-f]{2}`)
	inEscapes = regexp.MustCompile(`\\(?:u[0-9A-Fa-f]{4}|.)`)
)

// readings are a text as it stands, and as somebody reads it who undoes its escapes.
// What is none between them stays: a body has many values, each with its own.
func readings(text string) []string {
	percent := func(text string) string {
		return inPercent.ReplaceAllStringFunc(text, percent.decode)
	}
	return []string{text, percent(text), percent(strings.ReplaceAll(text, "+", " ")), inEscapes.ReplaceAllStringFunc(text, inJSON.decode)}
}

// credentials are those of two recordings: secrets of the plan, and what passed as
// a cookie or an authorization.
func (m *maker) credentials(of ...Recording) []string {
	var all []string
	add := func(text string, least int) {
		if len(text) >= least && !slices.Contains(all, text) {
			all = append(all, text)
		}
	}
	for _, r := range of {
		for _, part := range r.Parts {
			public := []string{part.Values["login"], part.Values["name"], part.Values["shows"]}
			if password := part.Values["password"]; !slices.Contains(public, password) {
				add(password, leastSecret)
			}
			for key, v := range part.Values {
				if strings.HasPrefix(key, secretKey) || m.secretColumn(key) {
					add(v, leastCredential)
				}
			}
			for _, n := range part.Notes {
				for _, c := range cookiesOf(n) {
					if wire.Credential(c.Name, c.Value) {
						add(c.Value, leastCredential)
					}
				}
				if _, credential, ok := strings.Cut(n.Header.Get("Authorization"), " "); ok {
					add(strings.TrimSpace(credential), leastCredential)
				}
			}
		}
	}
	return all
}

// leastCredential is how long another credential than a password has to be to be
// looked for.
const leastCredential = 6

// cookiesOf are those that a request had and those that its answer set.
func cookiesOf(n wire.Note) (all []*http.Cookie) {
	lines := slices.Clone(n.Answer["Set-Cookie"])
	for _, line := range n.Header["Cookie"] {
		lines = append(lines, strings.Split(line, ";")...)
	}
	for _, line := range lines {
		if c, ok := readCookie(line); ok {
			all = append(all, c)
		}
	}
	return all
}
