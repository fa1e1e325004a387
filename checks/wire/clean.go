package wire

import (
	"net/url"
	"strings"

	"notmine/checks/marker"
)

// masked stands for what must not be written down.
const masked = "***"

const (
	maxURL   = 2048 // bytes of a cleaned URL
	maxPlain = 16   // characters in a row of what could be a token, from which on it counts as one
	maxWord  = 24   // the same for letters of one case alone, which are rather a word
	maxCamel = 32   // the same for letters with a few capitals, which are rather several words
)

// Clean writes a URL without what may be a credential, and bounded in length.
// It keeps scheme, host, path and the names of query parameters, and masks
//
//   - user and password, and the fragment;
//   - the value of a query parameter whose name says that it is a credential,
//     such as token, sessionid, api_key, code, sig or password;
//   - every other value and every segment of the path that looks like one: with
//     16 or more letters and digits in a row, mixed, or a UUID;
//   - parameters of a path segment, such as ;jsessionid=….
//
// Plain numbers, words and canaries stay.
func Clean(u *url.URL) string {
	var b strings.Builder
	if u.Scheme != "" {
		b.WriteString(u.Scheme + ":")
	}
	if u.Host != "" {
		b.WriteString("//")
		if u.User != nil {
			b.WriteString(masked + "@")
		}
		b.WriteString(u.Host)
	}
	if u.Opaque != "" {
		b.WriteString(masked) // data:, blob: and the like: the rest is their content
	}
	b.WriteString(cleanSegments(u.EscapedPath()))
	if u.RawQuery != "" {
		b.WriteString("?" + cleanQuery(u.RawQuery))
	}
	if u.Fragment != "" {
		b.WriteString("#" + masked)
	}
	return bounded(b.String(), maxURL)
}

// CleanURL is [Clean] of a URL as a browser writes it. Of what is no URL it
// tells nothing.
func CleanURL(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return masked
	}
	return Clean(u)
}

// cleanPath is the path of a URL, cleaned.
func cleanPath(u *url.URL) string {
	path := cleanSegments(u.EscapedPath())
	if path == "" {
		path = "/"
	}
	return bounded(path, maxURL)
}

func cleanSegments(path string) string {
	segments := strings.Split(path, "/")
	for i, segment := range segments {
		name, parameters, more := strings.Cut(segment, ";")
		if credential(name) {
			name = masked
		}
		if more {
			key, _, _ := strings.Cut(parameters, "=")
			if credential(key) {
				key = masked
			}
			name += ";" + key + "=" + masked
		}
		segments[i] = name
	}
	return strings.Join(segments, "/")
}

func cleanQuery(query string) string {
	pairs := strings.Split(query, "&")
	for i, pair := range pairs {
		key, value, ok := strings.Cut(pair, "=")
		switch {
		case credential(key):
			key = masked
			fallthrough
		case ok && value != "" && (names(key) || credential(value)):
			value = masked
		}
		if ok {
			key += "=" + value
		}
		pairs[i] = key
	}
	return strings.Join(pairs, "&")
}

// Parts of parameter names that say credential, and ends and whole names that
// do. Separators and capitals do not count.
var (
	credentialParts = []string{"token", "secret", "passw", "pwd", "sess", "oauth", "authoriz", "signature", "credential", "ticket", "jwt", "csrf", "xsrf", "apikey"}
	credentialEnds  = []string{"key", "sid", "sig", "code", "pass", "pin", "otp", "nonce", "state", "hash", "auth", "cookie", "pw"}
)

// names reports whether a parameter's name says that its value is a credential.
func names(key string) bool {
	if plain, err := url.QueryUnescape(key); err == nil {
		key = plain
	}
	key = strings.Map(func(r rune) rune {
		if strings.ContainsRune("-_.[] ", r) {
			return -1
		}
		return r
	}, strings.ToLower(key))
	for _, part := range credentialParts {
		if strings.Contains(key, part) {
			return true
		}
	}
	for _, end := range credentialEnds {
		if strings.HasSuffix(key, end) {
			return true
		}
	}
	return false
}

// credential reports whether a value looks like one.
func credential(value string) bool {
	if plain, err := url.PathUnescape(value); err == nil {
		value = plain
	}
	for run := range strings.FieldsFuncSeq(value, func(r rune) bool { return !alphanumeric(r) }) {
		if _, canary := marker.Parse(run); !canary && random(run) {
			return true
		}
	}
	return uuid(value)
}

func alphanumeric(r rune) bool {
	return r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
}

// random reports whether letters and digits in a row look like no word and no
// number.
func random(run string) bool {
	if len(run) < maxPlain {
		return false
	}
	var digits, upper, lower int
	for _, r := range run {
		switch {
		case r <= '9':
			digits++
		case r <= 'Z':
			upper++
		default:
			lower++
		}
	}
	switch letters := upper + lower; {
	case letters == 0:
		return false
	case digits > 0:
		return true
	default: // getUserAccount has few capitals, base64 as many as not
		few := min(upper, lower)
		return 4*few > letters || few == 0 && letters >= maxWord || letters >= maxCamel
	}
}

// uuid reports whether a UUID stands in a value.
func uuid(value string) bool {
	const form = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx"
	for i := 0; i+len(form) <= len(value); i++ {
		j := 0
		for j < len(form) && (form[j] == '-' && value[i+j] == '-' || form[j] == 'x' && hexDigit(value[i+j])) {
			j++
		}
		if j == len(form) {
			return true
		}
	}
	return false
}

func hexDigit(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}
