package script

import (
	"fmt"
	"slices"
	"strings"

	"notmine/checks/plan"
	"notmine/checks/wire"
)

// What keys of placeholders are, or begin with, that are not the plan's.
const (
	captureKey = "capture "
	originKey  = "origin"
	nowKey     = "now"
	canaryKey  = "canary "
	pictureKey = "picture "
	peerKey    = "peer."
	secretKey  = "secret "
)

// Keys of the texts that would be taken for the beginning of a placeholder.
const (
	braces = `"{{"`
	brace  = `"{"`
)

// literal writes a text so that it is expanded to itself.
func literal(text string) string { return strings.ReplaceAll(text, "{{", "{{"+braces+"}}") }

// before writes a text so that a placeholder can stand behind it.
func before(text string) string {
	if rest, ok := strings.CutSuffix(text, "{"); ok {
		return rest + "{{" + brace + "}}"
	}
	return text
}

// expand puts values into the placeholders of a text that stands in a place with
// that coding.
func expand(text string, own coding, vars func(key string) (string, bool)) (string, error) {
	return plan.Expand(text, func(key string) (string, bool) {
		switch key {
		case braces:
			return "{{", true
		case brace:
			return "{", true
		}
		name, c := cutCoding(key, own)
		value, ok := vars(name)
		return c.encode(value), ok
	})
}

// expandURL is [expand] for an address, whose path and query are written in
// different ways.
func expandURL(text string, vars func(key string) (string, bool)) (string, error) {
	path, query, more := cutQuery(text)
	path, err := expand(path, percent, vars)
	if err != nil || !more {
		return path, err
	}
	query, err = expand(query, form, vars)
	return path + "?" + query, err
}

// cutQuery cuts an address before its query. A question mark inside of a
// placeholder begins none.
func cutQuery(text string) (path, query string, found bool) {
	inside := false
	for i := range len(text) {
		switch {
		case strings.HasPrefix(text[i:], "{{"):
			inside = true
		case strings.HasPrefix(text[i:], "}}"):
			inside = false
		case text[i] == '?' && !inside:
			return text[:i], text[i+1:], true
		}
	}
	return text, "", false
}

// value is what a placeholder stands for with each of the two accounts that were
// recorded.
type value struct {
	key           string
	viewer, owner string
	secret        bool // it must not be written down, even if both have the same
}

// pair writes what two accounts sent as one text with placeholders. Expanded with
// the values of either, it is byte by byte what that account sent.
type pair struct {
	values  []value // the longest first
	secrets []value // the same, with secrets before others
	budget  int     // steps that are left for one text
}

// mostSteps bounds the work for one text: what two accounts sent may be made so
// that there are very many ways to take it apart.
const mostSteps = 5000

func newPair(values []value) *pair {
	p := &pair{}
	for _, v := range values {
		if v.viewer != "" && v.owner != "" {
			p.values = append(p.values, v)
		}
	}
	slices.SortStableFunc(p.values, func(a, b value) int { return len(b.viewer) - len(a.viewer) })
	for _, wanted := range []bool{true, false} {
		for _, v := range p.values {
			if v.secret == wanted {
				p.secrets = append(p.secrets, v)
			}
		}
	}
	return p
}

// joint writes two texts, which stand behind a name, as one. It reports false when
// they differ in something that no value accounts for. Some accounts have their
// name for a password: the name decides which of both it is.
func (p *pair) joint(name, viewer, owner string, codings []coding) (string, bool) {
	p.budget = mostSteps
	values := p.values
	if wire.CredentialName(name) {
		values = p.secrets
	}
	return p.join(values, viewer, owner, codings)
}

func (p *pair) join(values []value, viewer, owner string, codings []coding) (string, bool) {
	if viewer == owner && !p.hides(viewer, codings) {
		return literal(viewer), true
	}
	for _, v := range values {
		for i, c := range codings {
			if p.budget--; p.budget < 0 {
				return "", false
			}
			if i > 0 && c.encode(v.viewer) == codings[0].encode(v.viewer) && c.encode(v.owner) == codings[0].encode(v.owner) {
				continue
			}
			head, tail, ok := strings.Cut(viewer, c.encode(v.viewer))
			ownHead, ownTail, own := strings.Cut(owner, c.encode(v.owner))
			if !ok || !own {
				continue
			}
			from, ok := p.join(values, head, ownHead, codings)
			if !ok {
				continue
			}
			to, ok := p.join(values, tail, ownTail, codings)
			if !ok {
				continue
			}
			key := v.key
			if i > 0 {
				key += "|" + string(c)
			}
			return before(from) + "{{" + key + "}}" + to, true
		}
	}
	return "", false
}

// leastSecret is how long a secret has to be to be looked for: a shorter one
// stands in many words.
const leastSecret = 4

// hides reports whether a secret of the plan stands in a text.
func (p *pair) hides(text string, codings []coding) bool {
	return slices.ContainsFunc(p.values, func(v value) bool {
		return v.secret && len(v.viewer) >= leastSecret && slices.ContainsFunc(codings, func(c coding) bool { return strings.Contains(text, c.encode(v.viewer)) })
	})
}

// checkKeys says what is wrong with the placeholders of a text, of which those of
// captures have to be known.
func checkKeys(text string, known map[string]bool) error {
	keys, err := plan.Keys(text)
	if err != nil {
		return err
	}
	for _, key := range keys {
		name, _ := cutCoding(key, plain)
		if capture, ok := strings.CutPrefix(name, captureKey); ok && !known[capture] {
			return fmt.Errorf("{{%s}}: no request before it captures %q", key, capture)
		}
	}
	return nil
}
