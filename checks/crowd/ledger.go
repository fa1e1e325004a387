package crowd

import (
	"notmine/checks/marker"
	"notmine/checks/plan"
)

// Ledger makes the ledger of the run with that id: a canary for each account and each
// item that is planted, and the plan's declared markers.
func Ledger(p *plan.Plan, run string) (*marker.Ledger, error) {
	tag := marker.RunTag(run)
	members := make([]marker.Member, len(p.Accounts))
	for i, a := range p.Accounts {
		members[i] = marker.Member{Name: a.Name, Groups: a.Groups}
	}
	ledger := marker.NewLedger(tag, members)
	for _, a := range p.Accounts {
		for _, item := range p.Planted() {
			_, err := ledger.Add(marker.Entry{
				Text: marker.Mint(a.Name, item, 1, tag), Owner: a.Name, Item: item, Version: 1,
				Audience: p.AudienceOf(item, a), Picture: p.Items[item].Picture,
			})
			if err != nil {
				return nil, err
			}
		}
	}
	for _, d := range p.Markers {
		e := marker.Entry{Text: d.Text, Owner: d.Owner, Item: d.Item, Declared: true, Audience: d.Audience}
		if d.Picture != "" {
			e.Picture, e.Print = true, &d.Print
		}
		if _, err := ledger.Add(e); err != nil {
			return nil, err
		}
	}
	return ledger, nil
}
