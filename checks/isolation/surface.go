package isolation

import (
	"slices"

	"notmine/checks/record"
)

// byVisibility are the surfaces, the plainest to a person first: what is in
// sight, what the page holds out of sight, what came over the network, and what
// only the browser keeps.
var byVisibility = []string{
	record.Text, record.Picture, record.Title, record.Form, record.Popup, record.Dialog, record.Notification, record.Download,
	record.Hidden, record.Attribute, record.Style, record.Script, record.Blob,
	record.Body, record.Stream, record.Head, record.Trailer,
	record.Console, record.Cookies, record.Storage, record.Database, record.Cache, record.History, record.Request,
}

// Visibility orders surfaces by how plain it is to a person that something is
// on them: 0 for the page's text, more for what is further from the eye.
func Visibility(surface string) int {
	if i := slices.Index(byVisibility, surface); i >= 0 {
		return i
	}
	return len(byVisibility)
}

// OfAnswer reports whether a surface is part of an answer of the target, so that
// the path of a sighting there is the answer's.
func OfAnswer(surface string) bool {
	switch surface {
	case record.Body, record.Stream, record.Head, record.Trailer, record.Download, record.Picture:
		return true
	}
	return false
}

// OfStore reports whether a surface is where the browser keeps things, so that what
// is there may have come in an earlier visit.
func OfStore(surface string) bool {
	switch surface {
	case record.Storage, record.Database, record.Cache, record.History, record.Cookies, record.Blob:
		return true
	}
	return false
}

// fresh reports whether a sighting was brought by its visit. What the browser
// kept may be from an earlier one, and what the page sent says nothing about
// what it was given just now.
func fresh(s record.Sighting) bool {
	switch s.Surface {
	case record.Cookies:
		return s.Exchange != 0
	case record.Storage, record.Database, record.Cache, record.History, record.Request:
		return false
	}
	return true
}
