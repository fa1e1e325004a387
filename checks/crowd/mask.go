package crowd

import (
	"slices"
	"strings"

	"notmine/checks/plan"
	"notmine/checks/record"
)

// Masking replaces the secrets of a plan, for [Driver.Mask]. A test account whose password is its own
// name has no secret, and its name must stay readable.
func Masking(p *plan.Plan) *strings.Replacer {
	var pairs [][2]string // a value and what stands for it
	add := func(secret plan.Secret, but ...string) {
		if value := secret.Reveal(); len(value) >= 4 && !slices.Contains(but, value) {
			pairs = append(pairs, [2]string{value, secret.String()})
		}
	}
	for _, secret := range p.Secrets {
		add(secret)
	}
	for i := range p.Accounts {
		a := &p.Accounts[i]
		add(a.Password, a.Name, a.Login, a.Shows)
		for _, secret := range a.Secrets {
			add(secret, a.Name, a.Login, a.Shows)
		}
		headers, err := p.HeadersOf(a)
		if err != nil {
			continue // the session will not open, and say why
		}
		for _, value := range headers {
			add(value, a.Name, a.Login, a.Shows)
		}
	}
	// The longest first: one secret may begin with another.
	slices.SortFunc(pairs, func(a, b [2]string) int { return len(b[0]) - len(a[0]) })
	var flat []string
	for _, pair := range pairs {
		flat = append(flat, pair[0], pair[1])
	}
	return strings.NewReplacer(flat...)
}

// MaskCopy masks what mask knows wherever the target may have said it again in an
// exchange, for [Copies].
func MaskCopy(x *record.Copy, mask func(string) string) {
	x.URL, x.Error = mask(x.URL), mask(x.Error)
	for _, half := range []*record.Half{&x.Request, &x.Answer} {
		half.Type, half.Text = mask(half.Type), mask(half.Text)
		for i := range half.Headers {
			half.Headers[i].Value = mask(half.Headers[i].Value)
		}
	}
	for i := range x.Messages {
		x.Messages[i].Text = mask(x.Messages[i].Text)
	}
}
