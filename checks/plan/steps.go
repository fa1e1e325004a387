package plan

import (
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// scope says which templates a text may hold besides the account's own.
type scope struct {
	canary bool
	peer   bool
}

// checkTemplates checks every {{…}} of a text against all accounts.
func (r *resolver) checkTemplates(t text, sc scope) {
	keys, err := Keys(t.value)
	if err != nil {
		r.mistake(t.spot, "%v", err)
		return
	}
	for _, key := range keys {
		item, canary := strings.CutPrefix(key, canaryKey)
		column, peer := strings.CutPrefix(key, peerKey)
		switch {
		case canary && !sc.canary:
			r.mistake(t.spot, "{{%s}} is only known in plant, act, changes and views", key)
		case canary && !r.isItem(item):
			r.mistake(t.spot, "{{%s}}: %q is not among the items%s", key, item, suggest(item, r.itemNames()))
		case canary && r.isPicture(item):
			r.adviseUpload(t.spot, item)
		case strings.HasPrefix(key, pictureKey):
			r.mistake(t.spot, "{{%s}} is a file, and only known in upload, in plant and in views", key)
		case peer && !sc.peer:
			r.mistake(t.spot, "{{%s}} is only known in act and in views with each: peer", key)
		case peer && (column == "password" || r.isSecret(column)):
			r.mistake(t.spot, "{{%s}}: nobody is given another's secrets", key)
		case canary:
		case peer:
			r.checkColumn(t.spot, key, column)
		case key != "password":
			r.checkColumn(t.spot, key, key)
		}
	}
}

// adviseUpload reports a {{canary ITEM}} of an item that is a picture.
func (r *resolver) adviseUpload(at spot, item string) {
	r.mistake(at, "{{canary %s}}: %q is a picture; upload it as {{picture %s}}", item, item, item)
}

// checkColumn checks that every account has a column.
func (r *resolver) checkColumn(at spot, key, column string) {
	own := []string{"name", "login", "shows"}
	if len(r.plan.Accounts) == 0 || slices.Contains(own, column) || r.common[column] {
		return
	}
	if r.columns[column] {
		for _, a := range r.plan.Accounts {
			if _, ok := a.value(column); !ok {
				r.mistake(at, "{{%s}}: the account %q has no column %q", key, a.Name, column)
				return
			}
		}
	}
	known := append(own, "password")
	for c := range r.common {
		known = append(known, c)
	}
	slices.Sort(known)
	r.mistake(at, "{{%s}} is not known%s known are %s, canary ITEM and peer.…", key, orSemicolon(suggest(key, known)), strings.Join(known, ", "))
}

// isSecret reports whether a column of any account came from a reference.
func (r *resolver) isSecret(column string) bool {
	return slices.ContainsFunc(r.plan.Accounts, func(a Account) bool {
		_, secret := a.Secrets[column]
		return secret
	})
}

func (r *resolver) resolveSteps() {
	r.planted = map[string]bool{}
	r.plan.Login = r.steps(r.doc.login, scope{})
	r.plan.Logout = r.steps(r.doc.logout, scope{})
	r.plan.Plant = r.steps(r.doc.plant, scope{canary: true})
	r.plan.Act = r.steps(r.doc.act, scope{canary: true, peer: true})
	for _, s := range slices.Concat(r.plan.Plant, r.plan.Act) {
		for _, item := range s.canaries() {
			r.planted[item] = true
		}
	}
}

// canaries returns the items whose canaries a step types or sends, as texts or
// as pictures.
func (s Step) canaries() []string {
	var items []string
	texts := []string{s.Arg}
	for _, f := range s.Fields {
		texts = append(texts, f.Value)
	}
	for _, t := range texts {
		keys, _ := Keys(t) // checked when the plan was read
		for _, key := range keys {
			for _, prefix := range []string{canaryKey, pictureKey} {
				if item, ok := strings.CutPrefix(key, prefix); ok {
					items = append(items, item)
				}
			}
		}
	}
	return items
}

// Planted returns the items whose canaries the plan plants or acts with, sorted.
// An item that is not among them has no canary anywhere.
func (p *Plan) Planted() []string {
	var items []string
	for _, s := range slices.Concat(p.Plant, p.Act) {
		items = append(items, s.canaries()...)
	}
	slices.Sort(items)
	return slices.Compact(items)
}

func (r *resolver) steps(written []step, sc scope) []Step {
	var steps []Step
	for _, w := range written {
		if w.verb == "" {
			continue // a mistake already
		}
		s := Step{Verb: w.verb, Line: w.at.line}
		if w.fields == nil {
			s.Arg = r.stepText(w.verb, w.arg, sc)
		}
		if w.verb == Goto {
			r.checkGoto(w.arg)
		}
		for _, f := range w.fields {
			field := Field{Selector: f.key.value}
			if holdsReference(f.key.value) || strings.Contains(f.key.value, "{{") {
				r.mistake(f.key.spot, "a selector of %s must not hold ${…} or {{…}}", w.verb)
			}
			if w.verb == Upload {
				field.Value = r.uploadPath(f.value, sc)
			} else {
				field.Value = r.stepText(w.verb, f.value, sc)
			}
			if w.verb == See && f.value.value == "" {
				r.mistake(f.value.spot, "see needs a text; every element holds the empty one")
			}
			s.Fields = append(s.Fields, field)
		}
		steps = append(steps, s)
	}
	return steps
}

// stepText checks a text of a step. What a reference in it names stays out of
// it: a {{secret N}} stands in its place.
func (r *resolver) stepText(v Verb, t text, sc scope) string {
	r.checkTemplates(t, sc)
	s, _ := r.references(t, v != Eval, func(value, reference string) string {
		r.plan.Secrets = append(r.plan.Secrets, writtenSecret(value, reference))
		return "{{" + secretKey + strconv.Itoa(len(r.plan.Secrets)) + "}}"
	})
	return s
}

// checkGoto checks that a goto stays with the target and the listed hosts.
func (r *resolver) checkGoto(t text) {
	if t.value == "" {
		return
	}
	if strings.HasPrefix(t.value, "/") && !strings.HasPrefix(t.value, "//") && !strings.HasPrefix(t.value, `/\`) {
		return
	}
	u, err := url.Parse(t.value)
	switch {
	case err != nil || u.Hostname() == "" || u.Scheme != "http" && u.Scheme != "https":
		r.mistake(t.spot, "goto needs a path that begins with / or a URL of the target or a listed host")
	case r.plan.Target != "" && !r.plan.allowedURL(u):
		r.mistake(t.spot, "goto leaves the target: %q is not among the hosts", printable(u.Host))
	}
}

// uploadPath checks a path for every account and returns it absolute, with its
// templates. That of a picture canary is known when the run begins.
func (r *resolver) uploadPath(t text, sc scope) string {
	keys, err := Keys(t.value)
	for _, key := range keys {
		if item, ok := strings.CutPrefix(key, pictureKey); ok {
			return r.uploadPicture(t, item, sc)
		}
		if item, ok := strings.CutPrefix(key, canaryKey); ok && r.isPicture(item) {
			r.adviseUpload(t.spot, item)
			return ""
		}
	}
	if err != nil {
		r.mistake(t.spot, "%v", err)
		return ""
	}
	if holdsReference(t.value) || slices.ContainsFunc(keys, func(key string) bool {
		return key == "password" || r.isSecret(key) || strings.HasPrefix(key, canaryKey) || strings.HasPrefix(key, peerKey)
	}) {
		r.mistake(t.spot, "a path may hold {{…}} of the account's name, login, shows and plain columns only")
		return ""
	}
	r.checkTemplates(t, scope{})
	seen := map[string]bool{}
	for i := range r.plan.Accounts {
		path, err := Expand(t.value, r.plan.Accounts[i].public)
		if err != nil {
			return "" // a mistake already
		}
		if seen[path] {
			continue
		}
		seen[path] = true
		f, err := r.open(path)
		if err != nil {
			r.mistake(t.spot, "the file %s: %v", path, err)
			return ""
		}
		f.Close()
	}
	return filepath.Join(r.dir, filepath.FromSlash(t.value))
}

// uploadPicture checks an upload of a picture canary.
func (r *resolver) uploadPicture(t text, item string, sc scope) string {
	key := "{{" + pictureKey + item + "}}"
	before, _, after, _, err := cutKey(t.value)
	switch {
	case err != nil:
		r.mistake(t.spot, "%v", err)
	case strings.TrimSpace(before+after) != "":
		r.mistake(t.spot, "%s is a whole path; nothing can stand beside it", key)
	case !sc.canary:
		r.mistake(t.spot, "%s is only known in plant and in views", key)
	case !r.isItem(item):
		r.mistake(t.spot, "%s: %q is not among the items%s", key, item, suggest(item, r.itemNames()))
	case !r.isPicture(item):
		r.mistake(t.spot, "%s: %q is no picture; list it with picture: true, or type it as {{canary %s}}", key, item, item)
	default:
		return key
	}
	return ""
}

// adviseLogin warns of logins that nothing proves.
func (r *resolver) adviseLogin() {
	switch {
	case len(r.plan.Login) == 0 && !slices.ContainsFunc(r.doc.headers, func(h pair[text]) bool { return strings.Contains(h.value.value, "{{") }):
		r.warn(r.doc.at, "without login, and without {{…}} in a header, all sessions are the same stranger to the target")
	case len(r.plan.Login) > 0 && !slices.ContainsFunc(r.plan.Login, func(s Step) bool { return s.Verb == See || s.Verb == Wait || s.Verb == Eval }):
		r.warn(r.doc.login[0].at, "nothing in login proves that it succeeded; end it with see")
	}
}
