package browser

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/chromedp/cdproto/page"

	"notmine/checks/plan"
)

// Bare is a session that loads pages and looks at nothing: the yardstick for
// what seeing everything costs. Its traffic does not pass the wire.
type Bare struct{ s *Session }

// Bare opens one, in the same browser and with the same flags as every other
// session, and logs it in.
func (d *Driver) Bare(ctx context.Context, account plan.Account) (*Bare, error) {
	p, err := d.process(ctx)
	if err != nil {
		return nil, err
	}
	s, err := openSession(ctx, d, p, nil, account)
	if err != nil {
		return nil, fmt.Errorf("opening a bare session: %w", err)
	}
	if err := s.Do(ctx, d.plan.Login, d.plan.Vars(&account, nil, nil)); err != nil {
		return nil, errors.Join(fmt.Errorf("logging in a bare session: %w", err), s.Close())
	}
	return &Bare{s}, nil
}

// Load goes to a URL and waits until what selector names is visible, in the
// page's own world, and nothing else.
func (b *Bare) Load(ctx context.Context, url, selector string) error {
	ctx, late := withDeadline(ctx, 30*time.Second)
	defer late.stop()
	got, err := call(ctx, b.s.process.client, b.s.id, page.Navigate, page.NavigateParams{URL: url})
	if err == nil && got.ErrorText != "" {
		err = errors.New(got.ErrorText)
	}
	if err != nil {
		return fmt.Errorf("loading %s: %w", url, err)
	}
	expression := fmt.Sprintf(`new Promise(done => {
		const look = () => { const el = document.querySelector(%q); if (el && el.getClientRects().length) { observer.disconnect(); done() } };
		const observer = new MutationObserver(look);
		observer.observe(document, {subtree: true, childList: true, attributes: true});
		look();
	})`, selector)
	for {
		err := b.s.replaced(evaluate(ctx, b.s.process.client, b.s.id, 0, expression, nil))
		if !errors.Is(err, errReplaced) {
			return err
		}
	}
}

// Close ends the session.
func (b *Bare) Close() error { return b.s.Close() }

// Processes returns the ids of the browser processes, for whoever measures them.
func (d *Driver) Processes() []int {
	d.mu.Lock()
	defer d.mu.Unlock()
	var pids []int
	for _, p := range d.processes {
		pids = append(pids, p.cmd.Process.Pid)
	}
	return pids
}
