package isolation

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
	"time"

	"notmine/checks/record"
)

// Authorization stands for the name of the cookie where a session's credential
// is sent as the header of that name.
const Authorization = "Authorization"

// Credential is what an account is logged in with: the value of one cookie, or
// of the Authorization header, of which the record has the digest.
type Credential struct {
	Name   string // of the cookie, or [Authorization]
	Digest string
	Owner  string // who was first to send it while logged in
	Uses   []Use  // of all accounts, in order of time
	// Until is when its owner logged out after having used it last, on each of the
	// devices that used it; zero when that was not seen of one.
	Until time.Time
}

// Use is one time at which an account had a credential.
type Use struct {
	Account string
	At      time.Time
	Visit   *record.Observation // in which it was seen
	In      bool                // while the account was logged in
	How     Had
	Path    string // URL path of the answer that gave it, or of the request that sent it
}

// Had is how an account had a credential.
type Had int

// The ways, the strongest first.
const (
	Given Had = iota // an answer to it set the cookie
	Sent             // its browser sent it
	Held             // its browser had it at the end of a visit
)

// Kept is a login that left the credential as it was before: whoever knew it
// then is logged in now (CWE-384, session fixation).
type Kept struct {
	Account string
	Name    string
	Visit   *record.Observation // the first after the login
}

// Credentials tells what the accounts of a run are logged in with, in the order
// of first use, and which logins left it unchanged.
//
// A cookie is a credential when it looks like one (see [record.Cookie]), scripts
// cannot read it or a login set it, and its values tell accounts or logins
// apart. Where logins give anything new, only what they give counts: the rest
// belongs to the browser, such as what balances load or tells visitors apart.
// What guards forms (CSRF) and what well-known proxies set never counts.
//
// Only what passed while an account was logged in makes it an owner.
func Credentials(run *record.Run) (credentials []*Credential, kept []Kept) {
	c := collector{times: newTimes(run), names: map[string]*cookieName{}, digests: map[digest]*Credential{}}
	for _, o := range run.Observations {
		c.observe(o)
	}
	return c.credentials()
}

// device is one of an account's devices, which log in and out on their own. An
// account's only session is that of its first.
type device struct {
	account string
	number  int // from 1
}

func deviceOf(account string, number int) device { return device{account, max(number, 1)} }

func (u Use) device() device { return deviceOf(u.Account, u.Visit.Device) }

// times are the logins and logouts on each device, in order of time.
type times map[device][]record.Session

func newTimes(run *record.Run) times {
	t := times{}
	for _, s := range run.Sessions {
		if s.What == record.LoggedIn || s.What == record.LoggedOut {
			on := deviceOf(s.Account, s.Device)
			t[on] = append(t[on], s)
		}
	}
	for _, sessions := range t {
		slices.SortStableFunc(sessions, func(a, b record.Session) int { return a.At.Compare(b.At) })
	}
	return t
}

// last returns a device's latest login or logout at or before a time.
func (t times) last(on device, at time.Time) (s record.Session, ok bool) {
	for _, other := range t[on] {
		if other.At.After(at) {
			break
		}
		s, ok = other, true
	}
	return s, ok
}

func (t times) in(on device, at time.Time) bool {
	s, ok := t.last(on, at)
	return ok && s.What == record.LoggedIn
}

// logins is how often the account had logged in on a device at a time.
func (t times) logins(on device, at time.Time) int {
	n := 0
	for _, s := range t[on] {
		if s.What == record.LoggedIn && !s.At.After(at) {
			n++
		}
	}
	return n
}

// out returns a device's first logout at or after a time, zero without one.
func (t times) out(on device, at time.Time) time.Time {
	for _, s := range t[on] {
		if s.What == record.LoggedOut && !s.At.Before(at) {
			return s.At
		}
	}
	return time.Time{}
}

// allOut returns when the last of devices logged out after a time of its own,
// zero when one did not.
func (t times) allOut(after map[device]time.Time) (until time.Time) {
	for on, at := range after {
		out := t.out(on, at)
		if out.IsZero() {
			return out
		}
		if out.After(until) {
			until = out
		}
	}
	return until
}

// user says who was at the browser when an exchange of o began: in a handover
// the first visit lists the logout of the one before as well.
func (t times) user(o *record.Observation, at time.Time) string {
	if o.Before != "" {
		if s, ok := t.last(deviceOf(o.Before, o.Device), o.Start); ok && s.What == record.LoggedOut && !at.After(s.At) {
			return o.Before
		}
	}
	return o.Account
}

type digest struct{ name, digest string }

// login is one login of an account: the number of it on that device.
type login struct{ device, number int }

// cookieName is what was learned of all cookies of one name.
type cookieName struct {
	closed bool // scripts cannot read it
	secret bool
	given  bool // a login set it
	born   bool // a login gave a new value
	kept   []Kept
	values map[string]map[login]map[string]bool // account → its login → digests while logged in
}

type collector struct {
	times   times
	names   map[string]*cookieName
	digests map[digest]*Credential
	order   []*Credential
}

func (c *collector) name(name string) *cookieName {
	n := c.names[name]
	if n == nil {
		n = &cookieName{values: map[string]map[login]map[string]bool{}}
		c.names[name] = n
	}
	return n
}

// had notes that an account had a cookie.
func (c *collector) had(cookie record.Cookie, u Use) {
	n := c.name(cookie.Name)
	n.closed = n.closed || cookie.HTTPOnly
	n.secret = n.secret || cookie.Secret
	on := u.device()
	if s, ok := c.times.last(on, u.Visit.Start); ok && s.What == record.LoggedIn && u.Account == u.Visit.Account {
		u.In = u.At.After(s.At) // what comes before, in a visit that lists it, is the login itself
	} else {
		u.In = c.times.in(on, u.At)
	}
	if u.In && u.How != Given {
		by := login{on.number, c.times.logins(on, u.At)}
		of := n.values[u.Account]
		if of == nil {
			of = map[login]map[string]bool{}
			n.values[u.Account] = of
		}
		if of[by] == nil {
			of[by] = map[string]bool{}
		}
		of[by][cookie.Digest] = true
	}
	at := digest{cookie.Name, cookie.Digest}
	known := c.digests[at]
	if known == nil {
		known = &Credential{Name: cookie.Name, Digest: cookie.Digest}
		c.digests[at] = known
		c.order = append(c.order, known)
	}
	known.Uses = append(known.Uses, u)
}

// observe takes in one visit, and the login before it when its exchanges are there.
func (c *collector) observe(o *record.Observation) {
	for _, x := range o.Exchanges {
		u := Use{Account: c.times.user(o, x.Start), At: x.Start, Visit: o, Path: PathOf(x.URL)}
		for _, cookie := range sent(x) {
			u.How = Sent
			c.had(cookie, u)
		}
		for _, cookie := range x.SetCookies {
			u.How, u.At = Given, cmp.Or(x.Answered, x.Start)
			c.had(cookie, u)
		}
	}
	for _, cookie := range o.Cookies {
		c.had(cookie, Use{Account: o.Account, At: o.End, Visit: o, How: Held})
	}
	c.login(o)
}

// sent returns the cookies of a request, and its Authorization as one of them.
func sent(x record.Exchange) []record.Cookie {
	if x.Auth == "" {
		return x.Cookies
	}
	return append(slices.Clone(x.Cookies), record.Cookie{Name: Authorization, Digest: x.Auth, Secret: true, HTTPOnly: true})
}

// login compares what was sent before a login with what was there after it. The
// exchanges of a login are listed in the first visit that follows.
func (c *collector) login(o *record.Observation) {
	in, ok := c.times.last(deviceOf(o.Account, o.Device), o.Start)
	if !ok || in.What != record.LoggedIn {
		return
	}
	before, after := map[digest]bool{}, map[digest]bool{}
	found, asked := false, false // exchanges of the login; the request that logs in
	for _, x := range o.Exchanges {
		if c.times.user(o, x.Start) != o.Account {
			continue
		}
		if x.Start.After(in.At) {
			note(after, sent(x))
			continue
		}
		found = true
		if !asked {
			note(before, sent(x))
		}
		asked = asked || x.Method != http.MethodGet
		if asked {
			for _, cookie := range x.SetCookies {
				c.name(cookie.Name).given = true
			}
		}
	}
	if !found {
		return
	}
	note(after, o.Cookies)
	kept := map[string]bool{}
	for d := range after {
		kept[d.name] = kept[d.name] || before[d]
	}
	for name, same := range kept {
		n := c.name(name)
		if same {
			n.kept = append(n.kept, Kept{o.Account, name, o})
		} else {
			n.born = true
		}
	}
}

func note(into map[digest]bool, cookies []record.Cookie) {
	for _, cookie := range cookies {
		into[digest{cookie.Name, cookie.Digest}] = true
	}
}

// credentials picks those that sessions rest on.
func (c *collector) credentials() (credentials []*Credential, kept []Kept) {
	born := false
	for name, n := range c.names {
		born = born || n.born && n.candidate(name)
	}
	for name, n := range c.names {
		if !born && n.candidate(name) {
			kept = append(kept, n.kept...)
		}
	}
	slices.SortFunc(kept, func(a, b Kept) int {
		return cmp.Or(cmp.Compare(a.Visit.N, b.Visit.N), cmp.Compare(a.Name, b.Name))
	})
	for _, credential := range c.order {
		n := c.names[credential.Name]
		if !n.candidate(credential.Name) || born && !n.born {
			continue
		}
		slices.SortStableFunc(credential.Uses, func(a, b Use) int { return a.At.Compare(b.At) })
		last := map[device]time.Time{}
		for _, u := range credential.Uses {
			if !u.In || u.How == Given {
				continue
			}
			if credential.Owner == "" {
				credential.Owner = u.Account
			}
			if u.Account == credential.Owner {
				last[u.device()] = u.At
			}
		}
		if credential.Owner == "" {
			continue
		}
		credential.Until = c.times.allOut(last)
		credentials = append(credentials, credential)
	}
	return credentials, kept
}

// candidate reports whether a session may rest on cookies of that name.
func (n *cookieName) candidate(name string) bool {
	return n.secret && (n.closed || n.given) && !otherwiseUsed(name) && (n.tellsAccounts() || n.tellsLogins())
}

// tellsAccounts reports whether at least half of the accounts had a value that
// nobody else had. Of a variant or a server that few values name, most have not.
func (n *cookieName) tellsAccounts() bool {
	had := map[string]int{} // digest → accounts
	own := map[string]map[string]bool{}
	for account, logins := range n.values {
		own[account] = map[string]bool{}
		for _, digests := range logins {
			for d := range digests {
				own[account][d] = true
			}
		}
		for d := range own[account] {
			had[d]++
		}
	}
	single := 0
	for _, digests := range own {
		for d := range digests {
			if had[d] == 1 {
				single++
				break
			}
		}
	}
	return len(own) > 1 && 2*single >= len(own)
}

// tellsLogins reports whether each login brought another value, for three in
// four of the accounts that logged in more than once.
func (n *cookieName) tellsLogins() bool {
	several, apart := 0, 0
	for _, logins := range n.values {
		if len(logins) < 2 {
			continue
		}
		several++
		values, distinct := 0, map[string]bool{}
		for _, digests := range logins {
			values += len(digests)
			for d := range digests {
				distinct[d] = true
			}
		}
		if values == len(distinct) {
			apart++
		}
	}
	return several > 0 && 4*apart >= 3*several
}

// Names of cookies that guard forms, and of those that proxies set to balance
// load, to know robots or to count visitors, as their vendors document them.
var (
	guardParts  = []string{"csrf", "xsrf", "requestverificationtoken", "authenticity"}
	proxyNames  = []string{"route", "serverid", "srvname", "ingresscookie", "gclb"} // nginx, HAProxy, Kubernetes, Google
	proxyBegins = []string{
		"__cf_bm", "_cfuvid", "cf_clearance", "__cflb", // Cloudflare
		"awsalb", "awselb", "aws-waf-token", // Amazon
		"arraffinity",                         // Azure
		"bigipserver",                         // F5
		"incap_ses_", "visid_incap_", "nlbi_", // Imperva
		"ak_bmsc", "bm_sv", "bm_sz", "bm_mi", "_abck", // Akamai
		"_ga", "_gid", "_fbp", // visitors
	}
)

func otherwiseUsed(name string) bool {
	name = strings.ToLower(name)
	return slices.Contains(proxyNames, name) ||
		slices.ContainsFunc(guardParts, func(part string) bool { return strings.Contains(name, part) }) ||
		slices.ContainsFunc(proxyBegins, func(begin string) bool { return strings.HasPrefix(name, begin) })
}
