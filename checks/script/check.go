package script

import (
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/textproto"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/http/httpguts"

	"notmine/checks/plan"
)

// Bounds of a script.
const (
	mostRequests = 500 // of one part
	mostParts    = 100 // of one request
	longestText  = 1 << 20
)

var status = regexp.MustCompile(`^[2-5]xx$`)

// Check says what is wrong with the script, whoever wrote it: the first mistake,
// with the request that has it.
func (s *Script) Check() error {
	for part, requests := range s.parts() {
		if len(requests) > mostRequests {
			return fmt.Errorf("%s: more than %d requests", part, mostRequests)
		}
		if requests[0].Beside {
			return fmt.Errorf("%s, request 1: there is none before it to go beside", part)
		}
		for i := range requests {
			if err := requests[i].check(s.captured(part, i)); err != nil {
				return fmt.Errorf("%s, request %d: %w", part, i+1, err)
			}
		}
	}
	return nil
}

// captured returns the captures that a request may use: those of the requests
// before it in its own part that it does not go beside, and those of all other
// parts. Which of these come before is the plan's affair.
func (s *Script) captured(part string, request int) map[string]bool {
	known := map[string]bool{}
	for other, requests := range s.parts() {
		if other == part {
			for requests[request].Beside && request > 0 {
				request--
			}
			requests = requests[:request]
		}
		for _, r := range requests {
			for name := range r.Captures {
				known[name] = true
			}
		}
	}
	return known
}

// ownHeaders are those that a script does not say: credentials travel in the
// session's cookies and in captures, and the rest is HTTP's own.
var ownHeaders = []string{"Cookie", "Host", "Content-Length", "Transfer-Encoding", "Connection", "Upgrade", "Te", "Trailer", "Traceparent"}

func (r *Request) check(known map[string]bool) error {
	if !httpguts.ValidHeaderFieldName(r.method()) || strings.ToUpper(r.method()) != r.method() {
		return fmt.Errorf("%q is no method", r.Method)
	}
	if err := checkURL(r.URL); err != nil {
		return err
	}
	if r.Expect != "" && !status.MatchString(r.Expect) {
		return fmt.Errorf("expect is a class of statuses such as 2xx, not %q", r.Expect)
	}
	if strings.ContainsFunc(r.Dest, func(c rune) bool { return c < 'a' || c > 'z' }) {
		return fmt.Errorf("%q is no destination", r.Dest)
	}
	for name, value := range r.Header {
		switch {
		case !httpguts.ValidHeaderFieldName(name):
			return fmt.Errorf("%q is no header name", name)
		case slices.Contains(ownHeaders, textproto.CanonicalMIMEHeaderKey(name)):
			return fmt.Errorf("the header %s is not a script's to say", name)
		case !httpguts.ValidHeaderFieldValue(value):
			return fmt.Errorf("the header %s holds characters that none may hold", name)
		}
	}
	if r.Body != "" && len(r.Parts) > 0 {
		return errors.New("either body or parts")
	}
	if len(r.Parts) > mostParts {
		return fmt.Errorf("more than %d parts", mostParts)
	}
	for _, p := range r.Parts {
		if _, err := base64.StdEncoding.DecodeString(p.Data); err != nil {
			return fmt.Errorf("the part %q: data is no base64", p.Name)
		}
	}
	for text := range r.texts() {
		if strings.ContainsRune(text, 0) {
			return errors.New("a text with a zero byte, which is none")
		}
		if len(text) > longestText {
			return fmt.Errorf("a text longer than %d MiB", longestText>>20)
		}
		if err := checkKeys(text, known); err != nil {
			return err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(r.Captures)) {
		if err := r.Captures[name].check(); err != nil {
			return fmt.Errorf("the capture %q: %w", name, err)
		}
	}
	return nil
}

// checkURL says what is wrong with an address, which may hold placeholders behind
// its host.
func checkURL(address string) error {
	written, err := plan.Expand(address, func(string) (string, bool) { return "", true })
	if err != nil {
		return err
	}
	if strings.ContainsFunc(written, func(c rune) bool { return c <= ' ' || c == 0x7f }) {
		return fmt.Errorf("%q holds a space or the like, which an address has as %%20", address)
	}
	if strings.HasPrefix(address, "/") && !strings.HasPrefix(address, "//") {
		return nil
	}
	host, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(address, "https://"), "http://"), "/")
	u, err := url.Parse(address)
	switch {
	case err != nil && !strings.Contains(address, "{{"), !strings.HasPrefix(address, "http://") && !strings.HasPrefix(address, "https://"):
		return fmt.Errorf("%q is neither a path nor an address", address)
	case host == "", strings.ContainsAny(host, "{}@"), err == nil && u.User != nil:
		return fmt.Errorf("%q has no host that could be asked", address)
	}
	return nil
}

// check says what is wrong with a place.
func (p Place) check() error {
	ways := 0
	for _, way := range []bool{p.JSON != "", p.Field != "", p.Link != "", p.Cookie != "", p.Header != "" || p.After != ""} {
		if way {
			ways++
		}
	}
	switch {
	case ways != 1:
		return errors.New("one of json, field, link, cookie, header and after says where it stands")
	case p.JSON != "" && p.JSON[0] != '/':
		return errors.New("a JSON Pointer begins with /")
	case p.Before != "" && p.After == "" && p.Header == "":
		return errors.New("before goes with after")
	case p.Header != "" && http.CanonicalHeaderKey(p.Header) == "Set-Cookie":
		return errors.New("a cookie is captured by its name")
	}
	return nil
}
