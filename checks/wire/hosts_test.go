package wire

import (
	"net/url"
	"testing"
)

func TestHosts(t *testing.T) {
	for _, test := range []struct {
		why        string
		target     string
		listed     []string
		url        string
		allow, own bool
	}{
		{"the target", "http://x.test:8080", nil, "http://x.test:8080/a", true, true},
		{"in capitals, with a dot", "http://x.test:8080", nil, "http://X.Test.:8080/a", true, true},
		{"another port of its host", "http://x.test:8080", nil, "http://x.test:8081/", false, false},
		{"its usual port, when it named another", "http://x.test:8080", nil, "http://x.test/", false, false},
		{"sent on to https", "http://x.test", nil, "https://x.test/", true, true},
		{"back to http, without the headers", "https://x.test", nil, "http://x.test/", true, false},
		{"a part of its name", "http://x.test", nil, "http://a.x.test/", false, false},
		{"its name as a part", "http://x.test", nil, "http://x.test.evil.test/", false, false},
		{"listed", "http://x.test", []string{"cdn.test"}, "https://cdn.test:99/", true, false},
		{"listed with a port", "http://x.test", []string{"cdn.test:99"}, "https://cdn.test:99/", true, false},
		{"listed with another port", "http://x.test", []string{"cdn.test:99"}, "https://cdn.test/", false, false},
		{"loopback is a host like others", "http://x.test", nil, "http://localhost/", false, false},
		{"loopback in other words", "http://127.0.0.1:80", nil, "http://localhost/", false, false},
		{"an IPv6 address", "http://[::1]:80", nil, "http://[::1]/", true, true},
		{"an IPv6 address that is listed", "http://x.test", []string{"[::1]:90", "::2"}, "http://[::1]:90/", true, false},
		{"an international name", "http://x.test", []string{"한글.test"}, "http://xn--bj0bj06e.test/", true, false},
	} {
		target, err := url.Parse(test.target)
		if err != nil {
			t.Fatal(err)
		}
		h, err := newHosts(target, test.listed)
		if err != nil {
			t.Errorf("%s: %v", test.why, err)
			continue
		}
		u, err := url.Parse(test.url)
		if err != nil {
			t.Fatal(err)
		}
		if h.allow(u) != test.allow || h.target(u) != test.own {
			t.Errorf("%s: allow %v, target %v", test.why, h.allow(u), h.target(u))
		}
	}
}
