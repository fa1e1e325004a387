package wire

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"hash/maphash"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"notmine/checks/marker"
	"notmine/checks/record"
)

// Digest is what the record holds in place of a credential: equal for the same
// name and value within a run, and nothing can be learned from it without the
// run's key. It is an HMAC-SHA-256, of which 16 hexadecimal digits are kept.
func (w *Wire) Digest(name, value string) string {
	mac := hmac.New(sha256.New, w.config.Key)
	mac.Write([]byte(name + "\x00" + value))
	return hex.EncodeToString(mac.Sum(nil)[:8])
}

// IsSecret reports whether text was a credential that passed: an Authorization,
// or the value of a cookie or of one of the plan's headers if it looks random or
// if its name says that it is one. A cookie that holds a language or the name
// of its user is none, and masking it would take from the record what checks
// compare. The wire remembers the latest 100,000.
func (w *Wire) IsSecret(text string) bool { return w.secrets.has(text) }

// Mask puts dots in the place of every such credential in a text. It finds them
// where they stand alone between spaces, quotes, brackets and the like, and
// between the separators of cookies, queries and paths.
func (w *Wire) Mask(text string) string {
	if w.secrets.empty() {
		return text
	}
	return w.secrets.mask(text, `"'<>()[]{},; `+"`\t\r\n", ":?&/|#", "=")
}

// dots is what a masked credential reads as, here as in a plan's secrets.
const dots = "•••"

// Bounds of what is remembered and recorded of credentials.
const (
	minSecret  = 6 // shorter values are words such as "ko" or "dark"
	maxSecrets = 100_000
	maxCookies = 200 // of one request or answer
	maxName    = 128 // bytes of a cookie's name or domain
)

// secrets remembers credentials, the latest of them, by a hash of which nobody
// outside of the process knows the seed.
type secrets struct {
	seed maphash.Seed
	mu   sync.RWMutex
	set  map[uint64]struct{}
	ring []uint64
	next int // place in the ring of the oldest, once it is full
}

func newSecrets() *secrets {
	return &secrets{seed: maphash.MakeSeed(), set: make(map[uint64]struct{})}
}

func (s *secrets) add(text string) {
	if len(text) < minSecret {
		return
	}
	h := maphash.String(s.seed, text)
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.set[h]; ok {
		return
	}
	s.set[h] = struct{}{}
	if len(s.ring) < maxSecrets {
		s.ring = append(s.ring, h)
		return
	}
	delete(s.set, s.ring[s.next])
	s.ring[s.next] = h
	s.next = (s.next + 1) % maxSecrets
}

// note remembers a value that its name or its looks give away as a credential,
// and reports whether it is one.
func (s *secrets) note(name, value string) bool {
	value = strings.Trim(value, `"`)
	if !Credential(name, value) {
		return false
	}
	s.add(value)
	if plain, err := url.PathUnescape(value); err == nil && plain != value {
		s.add(plain)
	}
	return true
}

// Credential reports whether the name of a value or its looks give it away as a
// credential: one that says so, with a value that is not only a short word, or
// letters and digits that are no word and no number. A canary is none.
func Credential(name, value string) bool {
	if _, canary := marker.Parse(value); canary {
		return false
	}
	return names(name) && (len(value) >= maxPlain || strings.ContainsAny(value, "0123456789")) || credential(value)
}

// CredentialName reports whether a name says that what it names is a credential.
func CredentialName(name string) bool { return names(name) }

func (s *secrets) has(text string) bool {
	if len(text) < minSecret {
		return false
	}
	h := maphash.String(s.seed, text)
	s.mu.RLock()
	defer s.mu.RUnlock()
	_, ok := s.set[h]
	return ok
}

func (s *secrets) empty() bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return len(s.set) == 0
}

// mask looks at the pieces between the first separators, and where a piece is
// no credential, at the pieces of it between the next ones.
func (s *secrets) mask(text string, separators ...string) string {
	var b strings.Builder // of text up to done, once something was masked
	done := 0
	for at := 0; at <= len(text); {
		end := len(text)
		if i := strings.IndexAny(text[at:], separators[0]); i >= 0 {
			end = at + i
		}
		piece := text[at:end]
		safe := piece
		switch {
		case s.has(piece):
			safe = dots
		case len(separators) > 1 && len(piece) >= minSecret:
			safe = s.mask(piece, separators[1:]...)
		}
		if safe != piece {
			b.WriteString(text[done:at])
			b.WriteString(safe)
			done = end
		}
		at = end + 1
	}
	if done == 0 {
		return text
	}
	b.WriteString(text[done:])
	return b.String()
}

// requestCookies reads the credentials of a request.
func (w *Wire) requestCookies(h http.Header) []record.Cookie {
	for _, value := range h["Authorization"] {
		w.secrets.add(value)
		if _, credential, ok := strings.Cut(value, " "); ok {
			w.secrets.add(strings.TrimSpace(credential))
		}
	}
	var cookies []record.Cookie
	for _, line := range h["Cookie"] {
		for pair := range strings.SplitSeq(line, ";") {
			if pair = strings.TrimSpace(pair); pair != "" && len(cookies) < maxCookies {
				cookies = append(cookies, w.cookie(pair))
			}
		}
	}
	return cookies
}

// authorization returns the digest of a request's Authorization, "" without one.
func (w *Wire) authorization(h http.Header) string {
	value := h.Get("Authorization")
	if value == "" {
		return ""
	}
	return w.Digest("Authorization", value)
}

// setCookies reads the credentials that an answer gives. It is more lenient
// than net/http, as browsers are: a value with odd characters is one too.
func (w *Wire) setCookies(h http.Header) []record.Cookie {
	var cookies []record.Cookie
	for _, line := range h["Set-Cookie"] {
		if len(cookies) == maxCookies {
			break
		}
		pair, attributes, _ := strings.Cut(line, ";")
		c := w.cookie(strings.TrimSpace(pair))
		for attribute := range strings.SplitSeq(attributes, ";") {
			name, value, _ := strings.Cut(strings.TrimSpace(attribute), "=")
			switch strings.ToLower(strings.TrimSpace(name)) {
			case "httponly":
				c.HTTPOnly = true
			case "domain":
				c.Domain = bounded(strings.TrimSpace(value), maxName)
			}
		}
		cookies = append(cookies, c)
	}
	return cookies
}

// cookie reads "name=value", or a value alone, which has the empty name.
func (w *Wire) cookie(pair string) record.Cookie {
	name, value, ok := strings.Cut(pair, "=")
	if !ok {
		name, value = "", pair
	}
	name, value = strings.TrimSpace(name), strings.TrimSpace(value)
	return record.Cookie{Name: bounded(name, maxName), Digest: w.Digest(name, value), Secret: w.secrets.note(name, value)}
}
