// Package browser drives real, isolated browser contexts: it is the one room
// that knows chromedp and the DevTools protocol.
//
// One browser process holds up to [PerProcess] contexts. A session is thin: of
// the protocol's domains only Page and Runtime are enabled, a page is read by one
// awaited expression, and what comes over the network is the wire's to see.
// Sessions speak the protocol over chromedp's own transport, each with a handful
// of commands for a visit.
//
// What a page and the browser do beside the document is heard as it happens, and
// belongs to the visit that looks next: the console and uncaught errors of the
// page, its frames, windows and workers, dialogs (accepted at once), notifications,
// the text of windows that the page opened (closed when they have been looked at),
// and the files that the browser made of blob: and data: URLs (read and removed).
// Windows and workers are held for the few milliseconds in which they are prepared.
//
// # What a page can notice
//
// Notifications are permitted to every page, as to one whose user has agreed
// long ago: a page that would ask first does not ask, and one that notifies only
// those who agreed notifies. A browser without a window has nowhere to show a
// notification and cannot be made to permit one, so a script in the page's own
// world (notify.js) stands before the functions that are concerned. They keep their
// names, lengths, properties and texts; it is the only script of notmine in that
// world. With Runtime enabled the browser describes to notmine what is written to
// the console; getters are not run for it.
package browser

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"notmine/checks/crowd"
	"notmine/checks/plan"
	"notmine/checks/sight"
	"notmine/checks/wire"
)

// PerProcess is how many contexts one browser process holds. More processes
// gain no speed; they contain a crash.
const PerProcess = 200

// startLimit is how long a browser may take to start.
const startLimit = 30 * time.Second

// Config is what a driver needs.
type Config struct {
	Plan   *plan.Plan
	Finder *sight.Finder
	Path   string // of the browser; "" looks for one
	Headed bool   // show the windows
	Note   bool   // have [Session.Notes] filled
}

// Driver opens sessions in real browsers. It is a [crowd.Driver].
type Driver struct {
	plan      *plan.Plan
	loginForm form // what the login fills in first
	finder    *sight.Finder
	wire      *wire.Wire
	path      string
	headed    bool
	again     bool // sessions without a browser ask again for what pages asked for
	product   string
	secrets   *strings.Replacer
	token     string // by which notify.js is known on a page's console
	notify    string // that script, with the token

	mu        sync.Mutex
	processes []*process
	sessions  map[*Session]bool
	shut      bool
}

// New starts a browser and proves on a server of its own that sessions share
// nothing, before it accuses anybody.
func New(ctx context.Context, cfg Config) (d *Driver, err error) {
	d = &Driver{
		plan: cfg.Plan, finder: cfg.Finder, headed: cfg.Headed,
		sessions: map[*Session]bool{}, secrets: crowd.Masking(cfg.Plan),
		loginForm: firstForm(cfg.Plan.Login),
		again:     slices.ContainsFunc(cfg.Plan.Phases, func(p plan.Phase) bool { return p.HTTP > 0 }),
	}
	d.token = rand.Text()
	d.notify = fmt.Sprintf("(%s)(%q)", strings.TrimSpace(notifyJS), d.token)
	if d.path, err = Find(cfg.Path, cfg.Headed); err != nil {
		return nil, err
	}
	target, err := url.Parse(cfg.Plan.Target)
	if err != nil {
		return nil, fmt.Errorf("reading the target's address: %w", err)
	}
	d.wire, err = wire.New(wire.Config{
		Target: target, Hosts: cfg.Plan.Hosts, CA: cfg.Plan.TLS.CA, Insecure: cfg.Plan.TLS.Insecure, Finder: cfg.Finder,
		MaxSeen: cfg.Plan.Limits.Body, Evidence: cfg.Plan.Evidence, Note: cfg.Note,
	})
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, d.Close())
			d = nil
		}
	}()
	p, err := d.process(ctx)
	if err != nil {
		return d, err
	}
	if d.product, err = p.version(ctx, startLimit); err != nil {
		return d, err
	}
	return d, d.prove(ctx, p)
}

// Product names the browser and its version.
func (d *Driver) Product() string { return d.product }

// Mask hides passwords and other secrets of the plan, and every cookie and
// token that passed the wire.
func (d *Driver) Mask(text string) string {
	if text == "" {
		return text
	}
	return d.wire.Mask(d.secrets.Replace(text))
}

// process returns a browser process with room, which may have to be started.
func (d *Driver) process(ctx context.Context) (*process, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.shut {
		return nil, errors.New("the driver is closed")
	}
	count := map[*process]int{}
	for s := range d.sessions {
		count[s.process]++
	}
	for _, p := range d.processes {
		select {
		case <-p.gone:
		default:
			if count[p] < PerProcess {
				return p, nil
			}
		}
	}
	for first := true; ; first = false {
		p, err := launch(d.path, d.headed, "--ignore-certificate-errors-spki-list="+d.wire.SPKI(), d.features())
		if err != nil {
			return nil, err
		}
		if err = p.attachAll(ctx, startLimit); first && errors.Is(err, errGone) {
			// A browser that dies is replaced, at its start as later: one start in some
			// thousand ends in a fault of the browser's own.
			if err := p.stop(); err != nil {
				return nil, err
			}
			continue
		}
		d.processes = append(d.processes, p)
		return p, err
	}
}

// features says which of the browser's features are left out.
func (d *Driver) features() string {
	off := "--disable-features=" + featuresOff
	goesBack := slices.ContainsFunc(d.plan.Phases, func(p plan.Phase) bool { return p.Order == plan.Handover })
	if isShell(d.path) || !goesBack {
		off += "," + keepsPages
	}
	return off
}

// Open makes a session that shares nothing with any other.
func (d *Driver) Open(ctx context.Context, account plan.Account) (crowd.Session, error) {
	headers, err := wire.HeadersOf(d.plan, account)
	if err != nil {
		return nil, err
	}
	p, err := d.process(ctx)
	if err != nil {
		return nil, err
	}
	line, err := d.wire.Open(headers)
	if err != nil {
		return nil, err
	}
	ctx, late := withDeadline(ctx, d.plan.Timeout)
	defer late.stop()
	s, err := openSession(ctx, d, p, line, account)
	if err != nil {
		return nil, fmt.Errorf("opening a session for %s: %w", account.Name, err)
	}
	return s, nil
}

func (d *Driver) closed(s *Session) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.sessions, s)
}

// Close ends every session, browser and listener, and removes their folders.
func (d *Driver) Close() error {
	d.mu.Lock()
	d.shut = true
	processes := d.processes
	d.processes = nil
	d.mu.Unlock()
	var err error
	for _, p := range processes {
		err = errors.Join(err, p.stop())
	}
	return errors.Join(err, d.wire.Close())
}
