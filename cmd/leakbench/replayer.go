package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"

	"notmine/checks/isolation"
	"notmine/checks/plan"
	"notmine/checks/record"
)

// The bounds of a replay.
const (
	mostReplayed  = 66      // addresses of the traffic
	timesReplayed = 3       // each of them: a proxy sees what a tester's browser asks for more than once
	largestAnswer = 8 << 20 // bytes of one that are compared
)

// replay is what an authorization replayer's rule says of a service. The rule is
// that of Autorize (checkBypass in its authorization.py): what one account's
// browser has asked for is sent again with another account's session, and the
// same status with exactly the same body is a bypass. It knows of no data, and
// sends one request after the other.
type replay struct {
	Requests int `json:"requests"` // that were sent as both accounts
	// Masked are addresses that cannot be asked for again: the record holds no
	// credentials, and they have one.
	Masked int `json:"masked"`
	Gone   int `json:"gone"`   // the first account is not answered as it was any more
	Public int `json:"public"` // anybody is answered the same
	// Bypassed are the kinds of address that both accounts, and nobody else, are
	// answered the same at.
	Bypassed []string `json:"bypassed,omitempty"`
	Error    string   `json:"error,omitempty"` // why it could not go on
}

// replayRun applies the rule to a service as a run has left it, with the first
// account's traffic and the last account's session: of the accounts, neighbours
// share the most.
func replayRun(ctx context.Context, p *plan.Plan, pass *isolation.Pass) *replay {
	first, last := &p.Accounts[0], &p.Accounts[len(p.Accounts)-1]
	addresses, masked := traffic(pass.Run, first.Name, p.Target)
	result := &replay{Masked: masked}
	if err := result.send(ctx, p, first, last, addresses, pass.Alike); err != nil {
		result.Error = err.Error()
	}
	return result
}

// traffic returns what a proxy beside an account's own browser would have of
// it: each address that was asked for with GET and answered well, but for what is
// the same for everybody by its kind. masked counts those that the record does
// not tell whole.
func traffic(run *record.Run, account, target string) (addresses []string, masked int) {
	seen := map[string]bool{}
	for _, o := range run.Observations {
		if o.Account != account || o.Before != "" {
			continue // a browser that was somebody else's before has another's traffic
		}
		for _, e := range o.Exchanges {
			at, ok := strings.CutPrefix(e.URL, target)
			if !ok || !strings.HasPrefix(at, "/") || e.Method != http.MethodGet || e.Status != http.StatusOK || fixed(e) || seen[at] {
				continue
			}
			seen[at] = true
			switch {
			case strings.Contains(at, "***"):
				masked++
			case len(addresses) < mostReplayed:
				addresses = append(addresses, at)
			}
		}
	}
	return addresses, masked
}

// fixed reports whether an answer is one that tools leave out by what it is:
// styles, scripts, fonts, the page's own drawings, and streams, which have no end.
func fixed(e record.Exchange) bool {
	kind, _, err := mime.ParseMediaType(e.Type)
	if err != nil {
		return false
	}
	return slices.Contains([]string{"text/css", "text/javascript", "application/javascript", "image/svg+xml", "image/x-icon", "text/event-stream"}, kind) ||
		strings.HasPrefix(kind, "font/")
}

// send logs both accounts in and applies the rule to each address. alike names
// the kind of an address.
func (r *replay) send(ctx context.Context, p *plan.Plan, first, other *plan.Account, addresses []string, alike func(string) string) error {
	as := make([]*visitor, 3) // the first, the other, and nobody
	for i, account := range []*plan.Account{first, other, nil} {
		v, err := newVisitor(p, account)
		if err != nil {
			return err
		}
		if as[i] = v; account == nil {
			continue
		}
		if err := v.logIn(ctx); err != nil {
			return fmt.Errorf("logging %s in without a browser: %w", account.Name, err)
		}
	}
	for _, at := range slices.Repeat(addresses, timesReplayed) {
		was, err := as[0].ask(ctx, at)
		if err != nil {
			return err
		}
		if was.status != http.StatusOK {
			r.Gone++
			continue
		}
		r.Requests++
		same, err := as[1].isAnswered(ctx, at, was)
		if err != nil {
			return err
		}
		if !same {
			continue
		}
		if same, err = as[2].isAnswered(ctx, at, was); err != nil {
			return err
		}
		if same {
			r.Public++
		} else if kind := kindOf(at, alike); !slices.Contains(r.Bypassed, kind) {
			r.Bypassed = append(r.Bypassed, kind)
		}
	}
	return nil
}

// kindOf is an address without what differs between accounts and items, and
// without the values of its query.
func kindOf(at string, alike func(string) string) string {
	kind := alike(at)
	u, err := url.Parse(at)
	if err != nil {
		return kind
	}
	names := make([]string, 0, len(u.Query()))
	for name := range u.Query() {
		names = append(names, name)
	}
	if len(names) == 0 {
		return kind
	}
	slices.Sort(names)
	return kind + "?" + strings.Join(names, "&")
}

// answer is what the rule compares.
type answer struct {
	status int
	body   []byte
}

// ask asks for an address and follows no redirect.
func (v *visitor) ask(ctx context.Context, at string) (answer, error) {
	request, err := v.request(ctx, http.MethodGet, at, nil)
	if err != nil {
		return answer{}, err
	}
	straight := *v.client
	straight.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	response, err := straight.Do(request)
	if err != nil {
		return answer{}, fmt.Errorf("asking for %s: %w", path.Clean(request.URL.Path), err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, largestAnswer))
	if err != nil {
		return answer{}, fmt.Errorf("reading %s: %w", path.Clean(request.URL.Path), err)
	}
	return answer{response.StatusCode, body}, nil
}

// isAnswered reports whether the visitor is answered the same as somebody was.
func (v *visitor) isAnswered(ctx context.Context, at string, was answer) (bool, error) {
	now, err := v.ask(ctx, at)
	return err == nil && now.status == was.status && bytes.Equal(now.body, was.body), err
}
