package plan

import (
	"crypto/x509"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

func (r *resolver) resolveTarget() {
	r.plan.Trace, r.plan.Evidence = r.doc.trace, Evidence(r.doc.evidence.value)
	switch t := r.doc.target; {
	case r.given.Target != "":
		r.plan.Target = r.targetURL(spot{src: &source{file: "--target"}}, r.given.Target)
	case t.given() && t.value != "":
		if written, ok := r.inline(t); ok {
			r.plan.Target = r.targetURL(t.spot, written)
			r.plan.written.target = keptText(r.plan.Target, t)
		}
	}
	for _, h := range r.doc.hosts {
		if h.value == "" {
			continue
		}
		u, err := url.Parse("//" + h.value)
		if err != nil || u.Host != h.value || u.Hostname() == "" || strings.ContainsAny(h.value, "*@{}") {
			r.mistake(h.spot, "%q is no host; write host or host:port", h.value)
			continue
		}
		if host := strings.ToLower(h.value); !slices.Contains(r.plan.Hosts, host) {
			r.plan.Hosts = append(r.plan.Hosts, host)
		}
	}
	r.resolveTLS()
}

// targetURL checks the target and returns it without a trailing slash.
func (r *resolver) targetURL(at spot, written string) string {
	u, err := url.Parse(written)
	switch {
	case err != nil || u.Hostname() == "" || u.Scheme != "http" && u.Scheme != "https" || strings.Contains(written, "{{"):
		r.mistake(at, "the target is an http or https URL, such as https://staging.example.test")
	case u.User != nil:
		r.mistake(at, "the target must not hold a user or a password; use headers for staging's own doors")
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "" || strings.Contains(written, "#"):
		r.mistake(at, "the target must not have a query or a fragment")
	default:
		r.loopback = isLoopback(u.Hostname())
		u.Host = strings.ToLower(u.Host)
		return strings.TrimRight(u.String(), "/")
	}
	return ""
}

// isLoopback reports whether a host is this machine, by its name alone.
func isLoopback(host string) bool {
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}

// resolveTLS checks that the authorities can be read. They are often the
// machine's own, so their path alone may be absolute and leave the folder: what
// it names is parsed as certificates and goes nowhere.
func (r *resolver) resolveTLS() {
	t := r.doc.tls
	r.plan.TLS.Insecure = t.insecure
	if t.insecure && r.plan.Target != "" && !r.loopback {
		r.warn(t.at, "with insecure, anybody on the way to the target can read the accounts' passwords; name its authority as ca instead")
	}
	if t.at.src != nil && strings.HasPrefix(r.plan.Target, "http:") {
		r.warn(t.at, "the target is http, so tls only matters for its other hosts")
	}
	if t.ca.value == "" {
		return
	}
	path := t.ca.value
	if !filepath.IsAbs(path) {
		path = filepath.Join(r.dir, path)
	}
	f, err := os.Open(path)
	if err != nil {
		r.mistake(t.ca.spot, "reading the authorities: %v", reason(err))
		return
	}
	defer f.Close()
	pem, err := readBounded(f, largestPlan)
	switch {
	case err != nil:
		r.mistake(t.ca.spot, "reading the authorities: %v", reason(err))
	case !x509.NewCertPool().AppendCertsFromPEM(pem):
		r.mistake(t.ca.spot, "%s holds no PEM certificate", t.ca.value)
	default:
		r.plan.TLS.CA = path
		r.plan.written.ca = kept{path, t.ca.value}
	}
}

// headerName is a token as RFC 9110, section 5.6.2, has it.
var headerName = regexp.MustCompile("^[!#$%&'*+.^_`|~0-9A-Za-z-]+$")

// notPlans are headers that belong to the browser or to the wire.
var notPlans = []string{"host", "content-length", "transfer-encoding", "connection", "upgrade", "te", "trailer", "keep-alive",
	"proxy-authorization", "proxy-connection", "cookie", "traceparent", "accept-encoding"}

func (r *resolver) resolveHeaders() {
	for _, h := range r.doc.headers {
		name := h.key.value
		switch {
		case !headerName.MatchString(name):
			r.mistake(h.key.spot, "%q is no header name", name)
			continue
		case slices.Contains(notPlans, strings.ToLower(name)):
			r.mistake(h.key.spot, "the header %s belongs to the browser and to notmine", name)
			continue
		}
		r.checkTemplates(h.value, scope{})
		value, ok := r.references(h.value, true, func(value, _ string) string {
			if strings.Contains(value, "{{") {
				r.mistake(h.value.spot, "a value with {{ in it cannot be sent in a header")
			}
			return value
		})
		if !ok {
			continue
		}
		if strings.ContainsFunc(value, isControl) {
			r.mistake(h.value.spot, "a header's value must not hold control characters such as line ends")
			continue
		}
		if r.plan.Headers == nil {
			r.plan.Headers = map[string]Secret{}
		}
		r.plan.Headers[name] = writtenSecret(value, h.value.value)
	}
}

// isControl tells the characters that no header's value has.
func isControl(c rune) bool { return c < ' ' && c != '\t' || c == 0x7f }

// allowedURL reports whether a step may go to an http or https URL, by its host.
func (p *Plan) allowedURL(u *url.URL) bool {
	if u.User != nil {
		return false
	}
	host := strings.ToLower(u.Host)
	target, err := url.Parse(p.Target)
	if err != nil || host == target.Host && u.Scheme == target.Scheme {
		return err == nil
	}
	return slices.ContainsFunc(p.Hosts, func(listed string) bool {
		if _, _, err := net.SplitHostPort(listed); err != nil {
			return strings.EqualFold(u.Hostname(), strings.Trim(listed, "[]"))
		}
		return host == listed
	})
}
