package sharedcache

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"notmine/checks/phrase"
	"notmine/checks/record"
)

// answer is an answer of the target as a shared cache sees it.
type answer struct {
	record.Exchange
	header http.Header // of the fields that tell of caches
}

func newAnswer(x record.Exchange) answer {
	a := answer{x, http.Header{}}
	for _, f := range x.Caching {
		a.header.Add(f.Name, f.Value)
	}
	return a
}

// field returns all values of a field as one (RFC 9110 §5.3).
func (a answer) field(name string) string { return strings.Join(a.header.Values(name), ", ") }

// apart reports whether a cache that goes by the rules uses the answer for no
// other session: it varies by what tells sessions apart (RFC 9111 §4.1), or
// nobody else knows its address.
func (a answer) apart() bool {
	known := a.Auth != ""
	for _, c := range a.Cookies {
		known = known || c.Secret
	}
	for _, name := range split(a.field("Vary"), ',') {
		switch strings.ToLower(name) {
		case "*":
			return true
		case "cookie":
			for _, c := range a.Cookies {
				if c.Secret {
					return true
				}
			}
		case "authorization":
			if a.Auth != "" {
				return true
			}
		}
	}
	return !known && strings.Contains(a.URL, "***")
}

// kept says by which sign a shared cache gave the answer, nothing when there is none.
func (a answer) kept() phrase.Text {
	for _, h := range readCacheStatus(a.field("Cache-Status")) {
		if h.hit {
			return phrase.New("Cache-Status: a hit of %s", h.name)
		}
	}
	if age, err := strconv.Atoi(strings.TrimSpace(a.header.Get("Age"))); err == nil && age > 0 {
		return quoted("Age", strconv.Itoa(age))
	}
	for _, name := range []string{"X-Cache", "X-Cache-Status", "Cf-Cache-Status"} {
		if value := a.field(name); hit(value) {
			return quoted(name, value)
		}
	}
	if hits, err := strconv.Atoi(a.header.Get("X-Cache-Hits")); err == nil && hits > 0 {
		return quoted("X-Cache-Hits", strconv.Itoa(hits))
	}
	// Varnish names the request that filled its cache behind that of now.
	if len(strings.Fields(a.header.Get("X-Varnish"))) == 2 {
		return phrase.New("X-Varnish with two numbers")
	}
	return phrase.Text{}
}

// quoted is a field as it stood in the head of the answer.
func quoted(name, value string) phrase.Text { return phrase.New("%s: %s", name, value) }

// hit reports whether what a cache says of itself means that it answered:
// "HIT", "TCP_MEM_HIT", "Hit from cloudfront", "MISS, HIT", "STALE".
func hit(value string) bool {
	for _, member := range split(strings.ToUpper(value), ',') {
		word, _, _ := strings.Cut(member, " ")
		switch {
		case strings.HasSuffix(word, "HIT"), word == "STALE", word == "UPDATING", word == "REVALIDATED":
			return true
		}
	}
	return false
}

// stored says that a cache told that it keeps the answer.
func (a answer) stored() phrase.Text {
	for _, h := range readCacheStatus(a.field("Cache-Status")) {
		if h.stored {
			return phrase.New("%s says that it stored it", h.name)
		}
	}
	return phrase.Text{}
}

// reuse is what a shared cache may do with an answer.
type reuse int

const (
	never  reuse = iota // not store it, or not use it without asking the target again
	flight              // store it, stale at once: only requests that wait for it together may get it
	later               // store it and use it for later requests
)

// may says what RFC 9111 §3 lets a shared cache do with the answer, and why.
// Where part is not "", only that field of it matters.
func (a answer) may(part string) (reuse, phrase.Text) {
	if a.Method != http.MethodGet && a.Method != http.MethodHead || a.Status < 200 {
		return never, phrase.Text{}
	}
	// Caches close to the target go by these alone, when they are there (RFC 9213).
	for _, name := range []string{"Cdn-Cache-Control", "Surrogate-Control"} {
		if value := a.field(name); value != "" {
			d := readDirectives(value)
			if n, ok := d.seconds("max-age"); ok && n > 0 && !d.has("no-store") && !d.has("private") && !d.has("no-cache") {
				return later, quoted(name, value)
			}
		}
	}
	value := a.field("Cache-Control")
	d := readDirectives(value)
	if d.has("no-store") || forbids(d, "private", part) || forbids(d, "no-cache", part) {
		return never, phrase.Text{}
	}
	if value == "" && strings.EqualFold(strings.TrimSpace(a.header.Get("Pragma")), "no-cache") {
		return never, phrase.Text{}
	}
	if a.Auth != "" && !d.has("public") && !d.has("must-revalidate") && !d.has("s-maxage") {
		return never, phrase.Text{} // §3.5
	}
	said := quoted("Cache-Control", value)
	fresh, explicit := d.seconds("s-maxage")
	if !explicit {
		fresh, explicit = d.seconds("max-age")
	}
	if !explicit && a.header.Get("Expires") != "" {
		fresh, explicit = a.expires(), true
		said = quoted("Expires", a.header.Get("Expires"))
	}
	switch {
	case explicit && fresh > 0:
		return later, said
	case explicit && (d.has("must-revalidate") || d.has("proxy-revalidate") || d.has("s-maxage")):
		return never, phrase.Text{}
	case explicit:
		return flight, said
	case d.has("public"):
		return later, said
	case heuristic[a.Status]:
		if value == "" {
			return later, phrase.New("it says nothing of caches")
		}
		return later, said
	}
	return never, phrase.Text{}
}

// forbids reports whether a directive keeps the answer, or one field of it, from
// other sessions.
func forbids(d directives, name, part string) bool {
	if part == "" {
		return d.whole(name)
	}
	return d.of(name, part)
}

// expires is for how many seconds Expires calls the answer fresh (§4.2.1, §5.3).
func (a answer) expires() int64 {
	until, err := http.ParseTime(a.header.Get("Expires"))
	if err != nil {
		return 0
	}
	from, err := http.ParseTime(a.header.Get("Date"))
	if err != nil {
		from = a.Answered
	}
	return int64(until.Sub(from) / time.Second)
}

// heuristic are the statuses of answers that caches may keep although nothing
// says for how long (RFC 9110 §15.1).
var heuristic = map[int]bool{
	200: true, 203: true, 204: true, 206: true, 300: true, 301: true, 308: true,
	404: true, 405: true, 410: true, 414: true, 501: true,
}
