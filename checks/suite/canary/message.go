package canary

import (
	"fmt"
	"strings"

	"notmine/checks/record"
)

// message says in a sentence who was given whose what, and where.
func message(o *record.Observation, s record.Sighting) string {
	thing := "somebody's " + s.Item
	if s.Owner != "" {
		thing = s.Owner + "'s " + s.Item
	}
	if s.Earlier {
		thing += " of an earlier run"
	}
	return fmt.Sprintf("%s %s", o.Account, given(thing, o.View, s))
}

// given says how a view gave somebody a thing on a surface.
func given(thing, view string, s record.Sighting) string {
	at := "" // where on the surface
	if s.Path != "" {
		at = " (" + s.Path + ")"
	}
	switch s.Surface {
	case record.Text:
		return fmt.Sprintf("was shown %s on %s", thing, view)
	case record.Title:
		return fmt.Sprintf("was shown %s in the title of %s", thing, view)
	case record.Form:
		return fmt.Sprintf("was shown %s in a form of %s", thing, view)
	case record.Picture:
		return fmt.Sprintf("was shown %s in a picture on %s", thing, view)
	case record.Popup:
		return fmt.Sprintf("was shown %s in a window that %s opened", thing, view)
	case record.Dialog, record.Notification:
		return fmt.Sprintf("was shown %s in a %s on %s", thing, s.Surface, view)
	case record.Hidden:
		return fmt.Sprintf("was sent %s in hidden text%s of %s", thing, at, view)
	case record.Attribute:
		return fmt.Sprintf("was sent %s in an attribute%s of %s", thing, at, view)
	case record.Script, record.Style:
		return fmt.Sprintf("was sent %s in a %s%s of %s", thing, s.Surface, at, view)
	case record.Blob:
		return fmt.Sprintf("was given %s in a blob%s on %s", thing, at, view)
	case record.Console:
		return fmt.Sprintf("was sent %s in the console%s of %s", thing, at, view)
	case record.Cookies:
		return fmt.Sprintf("was given %s in a cookie%s on %s", thing, at, view)
	case record.Storage:
		return fmt.Sprintf("has %s in the browser's storage%s after %s", thing, at, view)
	case record.Database:
		return fmt.Sprintf("has %s in a database of the browser%s after %s", thing, at, view)
	case record.Cache:
		return fmt.Sprintf("has %s in the cache of a service worker%s after %s", thing, at, view)
	case record.History:
		return fmt.Sprintf("has %s in the history of %s", thing, view)
	case record.Request:
		return fmt.Sprintf("was made to send %s in a request on %s", thing, view)
	case record.Download:
		return fmt.Sprintf("was given %s in a download%s on %s", thing, member(s.Wrapping), view)
	default:
		return fmt.Sprintf("was sent %s in a %s on %s", thing, s.Surface, view)
	}
}

// member names the file inside an archive, the innermost one.
func member(wrapping []string) string {
	for i := len(wrapping) - 1; i >= 0; i-- {
		if name, ok := strings.CutPrefix(wrapping[i], "zip "); ok {
			return " (" + name + ")"
		}
	}
	return ""
}
