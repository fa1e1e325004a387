package plan

import (
	"net/url"
	"slices"
	"strings"
)

func (r *resolver) resolveEvents() {
	for _, e := range r.doc.events {
		if r.checkName(e.key.spot, e.key.value, "an event") {
			r.addEvent(e.key, e.value)
		}
	}
}

// addEvent resolves an event and returns its name, "" if it is none.
func (r *resolver) addEvent(name text, f eventFields) string {
	e := Event{Name: name.value, Settle: f.settle, Line: name.spot.line}
	if f.run.given() == (f.http != nil) {
		r.mistake(name.spot, "an event is one of run and http")
		return ""
	}
	before := len(r.mistakes) + r.unlisted
	if f.http != nil {
		e.HTTP = r.call(*f.http)
	} else {
		e.Run = f.run.value // the shell knows the environment itself
	}
	if before != len(r.mistakes)+r.unlisted {
		return ""
	}
	r.plan.Events = append(r.plan.Events, e)
	return e.Name
}

func (r *resolver) call(f callFields) *Call {
	c := &Call{Method: "POST"}
	if f.method.value != "" {
		c.Method = f.method.value
	}
	if written, ok := r.inline(f.url); ok && f.url.value != "" {
		u, err := url.Parse(written)
		if err != nil || u.Hostname() == "" || u.Scheme != "http" && u.Scheme != "https" {
			r.mistake(f.url.spot, "this has to be an http or https URL")
		}
		c.URL = writtenSecret(written, f.url.value)
	}
	for _, h := range f.headers {
		if !headerName.MatchString(h.key.value) {
			r.mistake(h.key.spot, "%q is no header name", h.key.value)
			continue
		}
		value, ok := r.inline(h.value)
		if !ok {
			continue
		}
		if strings.ContainsFunc(value, isControl) {
			r.mistake(h.value.spot, "a header's value must not hold control characters such as line ends")
			continue
		}
		if c.Headers == nil {
			c.Headers = map[string]Secret{}
		}
		c.Headers[h.key.value] = writtenSecret(value, h.value.value)
	}
	return c
}

func (r *resolver) resolveChanges() {
	for _, c := range r.doc.changes {
		if r.checkName(c.key.spot, c.key.value, "a change") {
			r.addChange(c.key, c.value)
		}
	}
}

func (r *resolver) addChange(name text, f changeFields) {
	c := Change{
		Name: name.value, Item: f.item.value, Delete: f.delete, Settle: f.settle, Line: name.spot.line,
		Steps: r.steps(f.steps, scope{canary: true}),
	}
	for _, word := range f.audience {
		if word.value != "" && r.checkAudience(word) {
			c.Audience = append(c.Audience, word.value)
		}
	}
	switch {
	case c.Item == "":
		return // a mistake already
	case !r.isItem(c.Item):
		r.mistake(f.item.spot, "%q is not among the items%s", c.Item, suggest(c.Item, r.itemNames()))
		return
	case !r.planted[c.Item]:
		r.mistake(f.item.spot, "%q is never planted, so nobody can tell what becomes of it", c.Item)
		return
	case c.Delete && c.Audience != nil:
		r.mistake(name.spot, "what is deleted has no audience")
	case len(c.Steps) == 0 && len(r.mistakes) == 0:
		r.mistake(name.spot, "the change %q has no steps", c.Name)
	}
	for _, s := range c.Steps {
		for _, item := range s.canaries() {
			if item != c.Item {
				r.mistake(name.spot, "a change of %q plants %q too; each item is changed on its own", c.Item, item)
			}
			c.Renews = true
		}
	}
	if c.Delete && c.Renews {
		r.mistake(name.spot, "a change that deletes cannot plant as well")
	}
	if !c.Delete && !c.Renews && c.Audience == nil {
		r.mistake(name.spot, "the change %q changes nothing: it has no audience, no delete, and plants nothing", c.Name)
	}
	r.plan.Changes = append(r.plan.Changes, c)
}

// AudienceAfter returns who may see what owner owns of an item after a change:
// nobody but the owner of what was deleted, who may still find it, and ok false
// when that stays as it was.
func (p *Plan) AudienceAfter(c Change, owner Account) (audience []string, ok bool) {
	switch {
	case c.Delete:
		return nil, true
	case c.Audience == nil:
		return nil, false
	}
	return p.resolveAudience(slices.Clone(c.Audience), owner), true
}
