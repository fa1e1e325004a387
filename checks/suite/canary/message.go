package canary

import (
	"slices"
	"strings"

	"notmine/checks/phrase"
	"notmine/checks/record"
)

// message says in a sentence who was given whose what, and where: on the first
// surface of the group, and on which others as well.
func message(o *record.Observation, group []record.Sighting) phrase.Text {
	told := given(o.Account, thing(group[0]), o.View, group[0])
	if others := further(group); !others.IsZero() {
		return phrase.New("%s (%s as well)", told, others)
	}
	return told
}

// thing says whose it is, and what. In Korean it ends in a noun, 항목, since
// what follows it in a sentence depends on its last sound.
func thing(s record.Sighting) phrase.Text {
	switch {
	case s.Owner == "" && s.Earlier:
		return phrase.New("somebody's %s of an earlier run", s.Item)
	case s.Owner == "":
		return phrase.New("somebody's %s", s.Item)
	case s.Earlier:
		return phrase.New("%s's %s of an earlier run", s.Owner, s.Item)
	}
	return phrase.New("%s's %s", s.Owner, s.Item)
}

// given says how a view gave an account a thing on a surface.
func given(account string, thing phrase.Text, view string, s record.Sighting) phrase.Text {
	switch s.Surface {
	case record.Text:
		return phrase.New("%s was shown %s on %s", account, thing, view)
	case record.Title:
		return phrase.New("%s was shown %s in the title of %s", account, thing, view)
	case record.Form:
		return phrase.New("%s was shown %s in a form of %s", account, thing, view)
	case record.Picture:
		return phrase.New("%s was shown %s in a picture on %s", account, thing, view)
	case record.Popup:
		return phrase.New("%s was shown %s in a window that %s opened", account, thing, view)
	case record.Dialog, record.Notification:
		return phrase.New("%s was shown %s in a %s on %s", account, thing, phrase.Name(s.Surface), view)
	case record.Hidden:
		return phrase.New("%s was sent %s in %s of %s", account, thing, at(phrase.New("hidden text"), s.Path), view)
	case record.Attribute:
		return phrase.New("%s was sent %s in %s of %s", account, thing, at(phrase.New("an attribute"), s.Path), view)
	case record.Script:
		return phrase.New("%s was sent %s in %s of %s", account, thing, at(phrase.New("a script"), s.Path), view)
	case record.Style:
		return phrase.New("%s was sent %s in %s of %s", account, thing, at(phrase.New("a style"), s.Path), view)
	case record.Console:
		return phrase.New("%s was sent %s in %s of %s", account, thing, at(phrase.New("the console"), s.Path), view)
	case record.Blob:
		return phrase.New("%s was given %s in %s on %s", account, thing, at(phrase.New("a blob"), s.Path), view)
	case record.Cookies:
		return phrase.New("%s was given %s in %s on %s", account, thing, at(phrase.New("a cookie"), s.Path), view)
	case record.Download:
		return phrase.New("%s was given %s in %s on %s", account, thing, at(phrase.New("a download"), member(s.Wrapping)), view)
	case record.Storage:
		return phrase.New("%s has %s in %s after %s", account, thing, at(phrase.New("the browser's storage"), s.Path), view)
	case record.Database:
		return phrase.New("%s has %s in %s after %s", account, thing, at(phrase.New("a database of the browser"), s.Path), view)
	case record.Cache:
		return phrase.New("%s has %s in %s after %s", account, thing, at(phrase.New("the cache of a service worker"), s.Path), view)
	case record.History:
		return phrase.New("%s has %s in the history of %s", account, thing, view)
	case record.Request:
		return phrase.New("%s was made to send %s in a request on %s", account, thing, view)
	default:
		return phrase.New("%s was sent %s in a %s on %s", account, thing, phrase.Name(s.Surface), view)
	}
}

// at says where on a surface something is, if that is known.
func at(surface phrase.Text, path string) phrase.Text {
	if path == "" {
		return surface
	}
	return phrase.New("%s (%s)", surface, path)
}

// member names the file inside an archive, the innermost one.
func member(wrapping []string) string {
	for i := len(wrapping) - 1; i >= 0; i-- {
		if name, ok := strings.CutPrefix(wrapping[i], "zip "); ok {
			return name
		}
	}
	return ""
}

// further names the other surfaces of the same thing in the same visit.
func further(group []record.Sighting) phrase.Text {
	told := []string{group[0].Surface}
	var all phrase.Text
	for _, s := range group {
		if slices.Contains(told, s.Surface) {
			continue
		}
		told = append(told, s.Surface)
		if all.IsZero() {
			all = phrase.Name(s.Surface)
		} else {
			all = phrase.New("%s and %s", all, phrase.Name(s.Surface))
		}
	}
	return all
}
