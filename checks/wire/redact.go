package wire

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"notmine/checks/marker"
	"notmine/checks/record"
)

// redaction takes out of one exchange what must not be shown.
type redaction struct {
	wire    *Wire
	planned http.Header
	full    bool     // all but credentials may be shown
	shown   []string // texts that are shown in any case
}

// span is a place in a text.
type span struct{ from, to int }

// shows reports whether a text is one of those that are shown.
func (r *redaction) shows(text string) bool {
	return slices.Contains(r.shown, bounded(text, maxFound))
}

// spans are the places of what is shown, in their order and apart from each
// other: where a shown text stands as it is, and the places that are given.
func (r *redaction) spans(text string, places []span) []span {
	all := slices.Clone(places)
	for _, shown := range r.shown {
		for at := 0; ; {
			i := strings.Index(text[at:], shown)
			if i < 0 {
				break
			}
			all = append(all, span{at + i, at + i + len(shown)})
			at += i + len(shown)
		}
	}
	slices.SortFunc(all, func(a, b span) int { return a.from - b.from })
	joined := all[:0]
	for _, s := range all {
		if last := len(joined) - 1; last >= 0 && s.from <= joined[last].to {
			joined[last].to = max(joined[last].to, s.to)
		} else {
			joined = append(joined, s)
		}
	}
	return joined
}

// outside applies change to what stands outside of what is shown.
func (r *redaction) outside(text string, places []span, change func(string) string) string {
	var b strings.Builder
	at := 0
	for _, s := range r.spans(text, places) {
		b.WriteString(change(text[at:s.from]))
		b.WriteString(text[s.from:s.to])
		at = s.to
	}
	b.WriteString(change(text[at:]))
	return strings.ToValidUTF8(b.String(), "�")
}

// cover puts a dot in the place of every letter and digit, so that white space
// and punctuation still tell a list of five rows from one of four.
func (r *redaction) cover(text string, places []span) string {
	return r.outside(text, places, dotted)
}

func dotted(text string) string {
	return strings.Map(func(c rune) rune {
		if unicode.IsSpace(c) || unicode.IsPunct(c) || c < unicode.MaxASCII && unicode.IsSymbol(c) {
			return c
		}
		return '•'
	}, text)
}

// body is a body as it may be shown.
func (r *redaction) body(text string, places []span) string {
	if !r.full {
		return r.cover(text, places)
	}
	return r.outside(text, places, r.uncredited)
}

// known masks the credentials that passed.
func (r *redaction) known(text string) string { return r.wire.Mask(text) }

// uncredited masks what is, or may be, a credential.
func (r *redaction) uncredited(text string) string {
	text = r.known(text)
	text = tag.ReplaceAllStringFunc(text, func(tag string) string {
		if name := nameIn.FindStringSubmatch(tag); name != nil && names(name[1]) || passwordIn.MatchString(tag) {
			return valueIn.ReplaceAllString(tag, `${1}"`+masked+`"`)
		}
		return tag
	})
	text = element.ReplaceAllStringFunc(text, func(element string) string {
		name, rest, _ := strings.Cut(element[1:], ">")
		if name, _, _ = strings.Cut(name, " "); !names(name) {
			return element
		}
		_, end, _ := strings.Cut(rest, "</")
		return element[:len(element)-len(rest)] + masked + "</" + end
	})
	return token.ReplaceAllStringFunc(unpaired(text, maxInside), func(run string) string {
		if _, canary := marker.Parse(run); canary || !credential(run) {
			return run
		}
		return masked
	})
}

// maxInside is how deep pairs of names and values are looked for inside of values.
// What stands deeper is masked.
const maxInside = 8

// unpaired masks the values of what is named like a credential, also inside of
// other values.
func unpaired(text string, inside int) string {
	return pair.ReplaceAllStringFunc(text, func(found string) string {
		part := pair.FindStringSubmatch(found)
		before, name, joint, value := part[1], part[2], part[3], part[4]
		quote := ""
		if value[0] == '"' || value[0] == '\'' {
			quote = value[:1]
		}
		switch {
		case !names(name) && inside > 0:
			value = quote + unpaired(value[len(quote):], inside-1)
		case !strings.Contains(value, masked):
			value = quote + masked + quote
		}
		return before + name + joint + value
	})
}

// How pages, forms and answers of APIs write a name and its value.
var (
	tag        = regexp.MustCompile(`<[A-Za-z][^<>]*>`)
	nameIn     = regexp.MustCompile(`(?i)\s(?:name|id)\s*=\s*["']?([\w.\[\]:-]+)`)
	passwordIn = regexp.MustCompile(`(?i)\stype\s*=\s*["']?password`)
	valueIn    = regexp.MustCompile(`(?i)(\s(?:value|content)\s*=\s*)("[^"]*"|'[^']*'|[^\s>]+)`)
	element    = regexp.MustCompile(`<[A-Za-z][\w.:-]*(?: [^<>]*)?>[^<>]+</`)
	pair       = regexp.MustCompile(`(\\?["']?)([\w.\[\]-]{2,64})((?:\\?["']|&quot;|&#34;)?\s*[:=]\s*|%3[AaDd])("(?:[^"\\]|\\.)*"?|'(?:[^'\\]|\\.)*'?|\\"[^"]*"?|(?:&quot;|&#34;)[^&<>]*|[^\s"'<>,;&(){}\[\]]+)`)
	token      = regexp.MustCompile(`[A-Za-z0-9_+=~.-]{16,}`)
)

// Bounds of the heads in a copy.
const (
	maxCopiedHeads = 32 << 10 // bytes of one head
	maxCopiedValue = 4 << 10
)

// headers are the fields of a head in alphabetical order, and how many were too
// many.
func (r *redaction) headers(h http.Header) (fields []record.HeaderField, left int) {
	size := 0
	for _, name := range sortedNames(h) {
		for _, value := range h[name] {
			f := record.HeaderField{Name: bounded(name, maxName), Value: r.header(name, bounded(value, maxCopiedValue))}
			if size += len(f.Name) + len(f.Value); size > maxCopiedHeads {
				left++
				continue
			}
			fields = append(fields, f)
		}
	}
	return fields, left
}

func sortedNames(h http.Header) []string {
	all := make([]string, 0, len(h))
	for name := range h {
		all = append(all, name)
	}
	slices.Sort(all)
	return all
}

// header is the value of a header field as it may be shown.
func (r *redaction) header(name, value string) string {
	lower := strings.ToLower(name)
	switch {
	case lower == "cookie":
		pairs := strings.Split(value, ";")
		for i, pair := range pairs {
			pairs[i] = r.cookie(strings.TrimSpace(pair))
		}
		return strings.Join(pairs, "; ")
	case lower == "set-cookie":
		pair, attributes, _ := strings.Cut(value, ";")
		return r.cookie(pair) + r.attributes(attributes)
	case lower == "authorization" || strings.HasPrefix(lower, "proxy-") || r.planned[name] != nil:
		return r.mask(value)
	case slices.Contains(harmless, lower):
		return r.known(value)
	case names(name):
		return r.mask(value)
	case slices.Contains(addresses, lower):
		u, err := url.Parse(value)
		if err != nil {
			return r.mask(value)
		}
		return r.url(u)
	}
	return r.body(value, nil)
}

// mask is what stands for a value that must not be shown, with the texts in it
// that are.
func (r *redaction) mask(value string) string {
	return r.outside(value, nil, func(text string) string {
		if text == "" {
			return ""
		}
		return masked
	})
}

// cookie is a cookie's name and, masked, its value.
func (r *redaction) cookie(pair string) string {
	name, value, ok := strings.Cut(pair, "=")
	if !ok {
		return r.mask(pair)
	}
	return bounded(strings.TrimSpace(name), maxName) + "=" + r.mask(value)
}

// attributes are those of a cookie that tell how it is kept.
func (r *redaction) attributes(of string) string {
	var b strings.Builder
	for attribute := range strings.SplitSeq(of, ";") {
		name, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(attribute)), "=")
		if slices.Contains([]string{"expires", "max-age", "domain", "secure", "httponly", "samesite", "partitioned"}, strings.TrimSpace(name)) {
			b.WriteString("; " + strings.TrimSpace(attribute))
		}
	}
	return b.String()
}

// harmless are headers that say how an answer was made, kept and sent, or what a
// browser is, and nothing of whom it is about.
var harmless = append(lowered(cachingHeaders),
	"accept", "accept-encoding", "accept-language", "accept-ranges", "allow", "alt-svc", "connection", "content-encoding", "content-language",
	"content-length", "content-type", "cross-origin-opener-policy", "cross-origin-resource-policy", "host", "if-modified-since", "keep-alive",
	"priority", "referrer-policy", "retry-after", "sec-ch-ua", "sec-ch-ua-mobile", "sec-ch-ua-platform", "sec-fetch-dest", "sec-fetch-mode",
	"sec-fetch-site", "sec-fetch-user", "sec-purpose", "sec-websocket-extensions", "sec-websocket-version", "server",
	"strict-transport-security", "te", "timing-allow-origin", "traceparent", "trailer", "transfer-encoding", "upgrade",
	"upgrade-insecure-requests", "user-agent", "x-content-type-options", "x-frame-options", "x-powered-by", "x-xss-protection",
)

// addresses are headers that hold a URL.
var addresses = []string{"content-location", "location", "origin", "referer"}

func lowered(of []string) []string {
	all := make([]string, len(of))
	for i, name := range of {
		all[i] = strings.ToLower(name)
	}
	return all
}
