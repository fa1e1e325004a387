package sharedcache

import (
	"strconv"
	"strings"
)

// mostMembers bounds how many members of a list are read: an answer may say anything.
const mostMembers = 100

// split cuts a field's value at a separator that does not stand in a quoted
// string (RFC 9110 §5.6). Empty members are left out.
func split(value string, separator byte) []string {
	var members []string
	begin, quoted := 0, false
	for i := 0; i <= len(value) && len(members) < mostMembers; i++ {
		switch {
		case i == len(value) || value[i] == separator && !quoted:
			if member := strings.Trim(value[begin:i], " \t"); member != "" {
				members = append(members, member)
			}
			begin = i + 1
		case value[i] == '"':
			quoted = !quoted
		case value[i] == '\\' && quoted && i+1 < len(value):
			i++
		}
	}
	return members
}

// parameter reads name=value, the value plain or quoted. Names are in lower case.
func parameter(member string) (name, value string) {
	name, value, _ = strings.Cut(member, "=")
	return strings.ToLower(strings.TrimSpace(name)), unquoted(strings.TrimSpace(value))
}

// unquoted takes a quoted string's quotes and escapes away.
func unquoted(s string) string {
	inner, ok := strings.CutPrefix(s, `"`)
	if !ok {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(inner); i++ {
		switch {
		case inner[i] == '"':
			return b.String()
		case inner[i] == '\\' && i+1 < len(inner):
			i++
		}
		b.WriteByte(inner[i])
	}
	return b.String()
}

// directives are those of a Cache-Control (RFC 9111 §5.2) or of a field that is
// written like one: name in lower case → value. Of a directive that comes twice
// the first counts (§4.2.1).
type directives map[string]string

func readDirectives(value string) directives {
	d := directives{}
	for _, member := range split(value, ',') {
		name, value := parameter(member)
		if _, known := d[name]; !known && name != "" {
			d[name] = value
		}
	}
	return d
}

func (d directives) has(name string) bool {
	_, ok := d[name]
	return ok
}

// whole reports whether a directive holds of the answer as a whole, and not only
// of the fields that it names, as in private="set-cookie".
func (d directives) whole(name string) bool {
	fields, ok := d[name]
	return ok && fields == ""
}

// of reports whether a directive holds of a field of the answer.
func (d directives) of(name, field string) bool {
	fields, ok := d[name]
	if !ok || fields == "" {
		return ok
	}
	for _, other := range split(fields, ',') {
		if strings.EqualFold(other, field) {
			return true
		}
	}
	return false
}

// longest is the greatest number of seconds that is told apart (RFC 9111 §1.2.2).
const longest = 1 << 31

// seconds returns the value of a directive. One that is no number says that the
// answer is stale (§4.2.1).
func (d directives) seconds(name string) (n int64, ok bool) {
	value, ok := d[name]
	if !ok {
		return 0, false
	}
	n, err := strconv.ParseInt(value, 10, 64)
	switch {
	case err != nil && len(value) > 9 && strings.Trim(value, "0123456789") == "":
		return longest, true
	case err != nil || n < 0:
		return 0, true
	}
	return min(n, longest), true
}

// hop is what one cache says of itself in a Cache-Status (RFC 9211).
type hop struct {
	name        string
	hit, stored bool
}

func readCacheStatus(value string) []hop {
	var hops []hop
	for _, member := range split(value, ',') {
		parts := split(member, ';')
		if len(parts) == 0 {
			continue
		}
		h := hop{name: unquoted(parts[0])}
		for _, part := range parts[1:] {
			switch name, value := parameter(part); name {
			case "hit":
				h.hit = value != "?0"
			case "stored":
				h.stored = value != "?0"
			}
		}
		hops = append(hops, h)
	}
	return hops
}
