package script

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"notmine/checks/crowd"
	"notmine/checks/plan"
	"notmine/checks/sight"
	"notmine/checks/wire"
)

// Config is what a driver needs.
type Config struct {
	Plan   *plan.Plan
	Finder *sight.Finder
	Script *Script
}

// Driver opens sessions that play a script. It is a [crowd.Driver].
type Driver struct {
	plan    *plan.Plan
	finder  *sight.Finder
	script  *Script
	target  *url.URL
	wire    *wire.Wire
	secrets *strings.Replacer
}

// New makes a driver. It fails when the script has a mistake, or not all that the
// plan does.
func New(cfg Config) (*Driver, error) {
	if err := cfg.Script.Check(); err != nil {
		return nil, fmt.Errorf("playing the script: %w", err)
	}
	if err := cfg.Script.covers(cfg.Plan); err != nil {
		return nil, fmt.Errorf("playing the script: %w", err)
	}
	target, err := url.Parse(cfg.Plan.Target)
	if err != nil {
		return nil, fmt.Errorf("reading the target's address: %w", err)
	}
	d := &Driver{plan: cfg.Plan, finder: cfg.Finder, script: cfg.Script, target: target, secrets: crowd.Masking(cfg.Plan)}
	d.wire, err = wire.New(wire.Config{
		Target: target, Hosts: cfg.Plan.Hosts, CA: cfg.Plan.TLS.CA, Insecure: cfg.Plan.TLS.Insecure, Finder: cfg.Finder,
		MaxSeen: cfg.Plan.Limits.Body, Evidence: cfg.Plan.Evidence,
	})
	if err != nil {
		return nil, err
	}
	return d, nil
}

// covers reports what a plan does that the script does not.
func (s *Script) covers(p *plan.Plan) error {
	for _, part := range []struct {
		name     string
		steps    []plan.Step
		requests []Request
	}{{partLogin, p.Login, s.Login}, {partPlant, p.Plant, s.Plant}} {
		if len(part.steps) > 0 && len(part.requests) == 0 {
			return fmt.Errorf("the plan has steps for %s, and the script no request", part.name)
		}
	}
	for _, view := range p.Views {
		if len(s.Views[view.Name]) == 0 {
			return fmt.Errorf("there is no request for the view %s", view.Name)
		}
	}
	return nil
}

// Product says that there is no browser.
func (d *Driver) Product() string { return "no browser (HTTP script)" }

// Mask hides passwords and other secrets of the plan, and every cookie and token
// that passed the wire.
func (d *Driver) Mask(text string) string {
	if text == "" {
		return text
	}
	return d.wire.Mask(d.secrets.Replace(text))
}

// Open makes a session with cookies and connections of its own.
func (d *Driver) Open(_ context.Context, account plan.Account) (crowd.Session, error) {
	jar, err := newJar()
	if err != nil {
		return nil, err
	}
	line, err := d.line(account)
	if err != nil {
		return nil, fmt.Errorf("opening a session for %s: %w", account.Name, err)
	}
	return &Session{driver: d, line: line, keeps: &keeps{jar: jar, value: map[string]string{}}, account: account}, nil
}

// line opens a line with the plan's headers as they are for an account.
func (d *Driver) line(account plan.Account) (*wire.Line, error) {
	headers, err := wire.HeadersOf(d.plan, account)
	if err != nil {
		return nil, err
	}
	return d.wire.Open(headers)
}

// Close ends every session.
func (d *Driver) Close() error { return d.wire.Close() }

// errPage says that something needs a page.
var errPage = errors.New("without a browser there is no page")
