package script

import (
	"encoding/base64"
	"iter"
	"maps"
	"net/http"
	"slices"
)

// Script is what the sessions of a plan do without a browser. A part that is empty
// is one that the plan has no steps for.
type Script struct {
	Login   []Request            `yaml:"login,omitempty"`
	Logout  []Request            `yaml:"logout,omitempty"`
	Plant   []Request            `yaml:"plant,omitempty"`
	Act     []Request            `yaml:"act,omitempty"`
	Changes map[string][]Request `yaml:"changes,omitempty"` // by the name of the change
	Views   map[string][]Request `yaml:"views,omitempty"`   // by the name of the view, without those it comes after
}

// Request is one request. Its texts hold placeholders; see the package.
type Request struct {
	Method string `yaml:"method,omitempty"` // "" is GET
	URL    string `yaml:"url"`              // a path of the target's host, or an address of a listed host
	// Dest is what a browser wants the answer for, as the header Sec-Fetch-Dest has
	// it: "" is a document, "empty" what a script of the page asks for.
	Dest   string            `yaml:"dest,omitempty"`
	Beside bool              `yaml:"beside,omitempty"` // at the same time as the one before it
	Header map[string]string `yaml:"header,omitempty"` // besides the plan's, cookies and what a driver adds
	Body   string            `yaml:"body,omitempty"`
	Parts  []Part            `yaml:"parts,omitempty"`  // of multipart/form-data, in place of Body
	Expect string            `yaml:"expect,omitempty"` // class of the answer's status, such as "3xx"; "" is 2xx
	// Captures are what later requests of the session take from the answer, by name.
	// Of a view, the one called identity is the name that the page shows.
	Captures map[string]Place `yaml:"captures,omitempty"`
}

// Part is a part of a form with files.
type Part struct {
	Name    string `yaml:"name"`
	Value   string `yaml:"value,omitempty"`   // text, when it is no file
	File    string `yaml:"file,omitempty"`    // name of the file
	Type    string `yaml:"type,omitempty"`    // its media type
	Picture string `yaml:"picture,omitempty"` // item whose picture canary it is
	Data    string `yaml:"data,omitempty"`    // or what is in it, in base64
	Empty   bool   `yaml:"empty,omitempty"`   // it is where a file could have been chosen, and none was
}

// isFile reports whether the part is a file, or the place of one.
func (p *Part) isFile() bool { return p.File != "" || p.Data != "" || p.Picture != "" || p.Empty }

// identityCapture is the capture that says whose a visit was.
const identityCapture = "identity"

// method returns the method that is sent.
func (r *Request) method() string {
	if r.Method == "" {
		return http.MethodGet
	}
	return r.Method
}

// reads reports whether a method is one that changes nothing.
func reads(method string) bool {
	return method == http.MethodGet || method == http.MethodHead || method == http.MethodOptions
}

// parts are all lists of requests with what each is called, in the order in which
// a session comes to them.
func (s *Script) parts() iter.Seq2[string, []Request] {
	return func(yield func(string, []Request) bool) {
		for _, p := range []struct {
			name     string
			requests []Request
		}{{partLogin, s.Login}, {partPlant, s.Plant}, {partAct, s.Act}, {partLogout, s.Logout}} {
			if len(p.requests) > 0 && !yield(p.name, p.requests) {
				return
			}
		}
		for _, name := range slices.Sorted(maps.Keys(s.Changes)) {
			if !yield(partChange+name, s.Changes[name]) {
				return
			}
		}
		for _, name := range slices.Sorted(maps.Keys(s.Views)) {
			if !yield(partView+name, s.Views[name]) {
				return
			}
		}
	}
}

// What the parts of a script are called.
const (
	partLogin  = "login"
	partPlant  = "plant"
	partAct    = "act"
	partLogout = "logout"
	partChange = "change "
	partView   = "view "
)

// texts are all texts of a request that are sent.
func (r *Request) texts() iter.Seq[string] {
	return func(yield func(string) bool) {
		all := []string{r.URL, r.Body}
		for _, name := range slices.Sorted(maps.Keys(r.Header)) {
			all = append(all, r.Header[name])
		}
		for _, p := range r.Parts {
			all = append(all, p.Name, p.Value, p.File, p.Type)
		}
		for _, text := range all {
			if !yield(text) {
				return
			}
		}
	}
}

// written are all texts that are written down of a request.
func (r *Request) written() iter.Seq[string] {
	return func(yield func(string) bool) {
		for text := range r.texts() {
			if !yield(text) {
				return
			}
		}
		for _, p := range r.Parts {
			if data, err := base64.StdEncoding.DecodeString(p.Data); err == nil && !yield(string(data)) {
				return
			}
		}
		for _, name := range slices.Sorted(maps.Keys(r.Captures)) {
			p := r.Captures[name]
			for _, text := range []string{name, p.JSON, p.Field, p.Link, p.Cookie, p.Header, p.After, p.Before} {
				if !yield(text) {
					return
				}
			}
		}
	}
}
