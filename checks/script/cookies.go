package script

import (
	"net/http"
	"net/http/cookiejar"
	"net/netip"
	"net/url"
	"strings"
)

// jar keeps the cookies of a session as browsers do. The one of net/http decides
// which cookie goes where. What is in one is read and written here: net/http drops
// cookies with quotes, brackets or letters of other scripts, and puts others in
// quotes, and browsers do neither (RFC 6265bis, section 5).
type jar struct{ kept *cookiejar.Jar }

func newJar() (*jar, error) {
	kept, err := cookiejar.New(nil)
	return &jar{kept}, err
}

// longestCookie is how long a cookie's name and value may be, in bytes, by RFC
// 6265bis, section 5.7.
const longestCookie = 4096

// set keeps what an answer from an address sets.
func (j *jar) set(from *url.URL, answer http.Header) {
	var cookies []*http.Cookie
	for _, line := range answer["Set-Cookie"] {
		if c, ok := readCookie(line); ok {
			cookies = append(cookies, c)
		}
	}
	j.kept.SetCookies(trusted(from), cookies)
}

// cookies are those that go to an address.
func (j *jar) cookies(to *url.URL) []*http.Cookie { return j.kept.Cookies(trusted(to)) }

// header writes the header Cookie for an address; "" when none goes there.
func (j *jar) header(to *url.URL) string {
	var pairs []string
	for _, c := range j.cookies(to) {
		if c.Name == "" {
			pairs = append(pairs, c.Value)
		} else {
			pairs = append(pairs, c.Name+"="+c.Value)
		}
	}
	return strings.Join(pairs, "; ")
}

// readCookie reads a Set-Cookie. It returns false for what browsers ignore.
func readCookie(line string) (*http.Cookie, bool) {
	pair, attributes, _ := strings.Cut(line, ";")
	name, value, named := strings.Cut(pair, "=")
	if !named {
		name, value = "", pair
	}
	name, value = strings.TrimSpace(name), strings.TrimSpace(value)
	control := func(c rune) bool { return c < ' ' && c != '\t' || c == 0x7f }
	if name+value == "" || len(name)+len(value) > longestCookie || strings.ContainsFunc(pair, control) {
		return nil, false
	}
	c, err := http.ParseSetCookie("c=;" + attributes)
	if err != nil {
		return nil, false
	}
	c.Name, c.Value = name, value
	return c, true
}

// trusted is an address as a jar is to see it: what is on this machine may set and
// read secure cookies without TLS, in browsers (Chromium, net/cookies/cookie_util.cc,
// ProvisionalAccessScheme) and in curl (lib/cookie.c, since 7.79).
func trusted(u *url.URL) *url.URL {
	host := u.Hostname()
	ip, err := netip.ParseAddr(host)
	if host != "localhost" && !strings.HasSuffix(host, ".localhost") && (err != nil || !ip.IsLoopback()) {
		return u
	}
	safe := *u
	safe.Scheme = "https"
	return &safe
}
