package wire

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"

	"golang.org/x/net/idna"
)

// hosts is where the browsers may talk to. Names are compared as they are
// written, in lower case: loopback has no privilege, and nothing is resolved.
type hosts struct {
	scheme, name, port string // of the target
	bare               bool   // the target's URL names no port
	any                map[string]bool
	exact              map[string]bool // host:port
}

func newHosts(target *url.URL, listed []string) (hosts, error) {
	if target == nil || target.Hostname() == "" || (target.Scheme != "http" && target.Scheme != "https") {
		return hosts{}, errors.New("reading the target: not an http or https URL with a host")
	}
	h := hosts{
		scheme: target.Scheme, bare: target.Port() == "",
		any: make(map[string]bool), exact: make(map[string]bool),
	}
	var err error
	if h.name, err = canonical(target.Hostname()); err != nil {
		return hosts{}, fmt.Errorf("reading the target's host: %w", err)
	}
	h.port = portOf(target)
	for _, entry := range listed {
		name, port, err := net.SplitHostPort(entry)
		if err != nil {
			name, port = strings.Trim(entry, "[]"), ""
		}
		if name, err = canonical(name); err != nil || name == "" {
			return hosts{}, fmt.Errorf("reading the host %q: not a host name or address", entry)
		}
		if port == "" {
			h.any[name] = true
		} else {
			h.exact[net.JoinHostPort(name, port)] = true
		}
	}
	return h, nil
}

// allow reports whether a URL may be talked to: the target's own host on the
// target's port, and the hosts that are listed. A target without a port is
// meant with both of its usual ones, because http sites send on to https.
func (h *hosts) allow(u *url.URL) bool {
	name, err := canonical(u.Hostname())
	if err != nil {
		return false
	}
	port := portOf(u)
	if name == h.name && (port == h.port || h.bare && (port == "80" || port == "443")) {
		return true
	}
	return h.any[name] || h.exact[net.JoinHostPort(name, port)]
}

// target reports whether a URL is the target itself, which alone is given the
// plan's headers and the traceparent. An https sibling of a target without a
// port is; the other way round it would send them in the clear.
func (h *hosts) target(u *url.URL) bool {
	name, err := canonical(u.Hostname())
	if err != nil || name != h.name {
		return false
	}
	port := portOf(u)
	return u.Scheme == h.scheme && port == h.port || h.bare && u.Scheme == "https" && port == "443"
}

// canonical is a host name as browsers send it: lower case, international names
// in ASCII, no trailing dot.
func canonical(name string) (string, error) {
	name = strings.ToLower(strings.TrimSuffix(name, "."))
	for i := range len(name) {
		if name[i] >= 0x80 {
			return idna.Lookup.ToASCII(name)
		}
	}
	return name, nil
}

func portOf(u *url.URL) string {
	switch {
	case u.Port() != "":
		return u.Port()
	case u.Scheme == "https":
		return "443"
	default:
		return "80"
	}
}
