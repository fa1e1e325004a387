package wire

import (
	"net/http"

	"notmine/checks/plan"
)

// HeadersOf returns the plan's headers as they are for an account, for [Wire.Open]
// and [Line.Become].
func HeadersOf(p *plan.Plan, account plan.Account) (http.Header, error) {
	own, err := p.HeadersOf(&account)
	if err != nil {
		return nil, err
	}
	headers := http.Header{}
	for name, value := range own {
		headers.Set(name, value.Reveal())
	}
	return headers, nil
}
