package sharedtoken

import (
	_ "embed"
	"maps"
	"slices"

	"notmine/checks/isolation"
	"notmine/checks/phrase"
	"notmine/checks/record"
)

//go:embed doc.go
var doc string

// Check reports accounts that have another's session credential, and logins
// that keep the credential of before.
var Check = &isolation.Check{Name: "sharedtoken", Doc: isolation.DocOf(doc), Judge: judge}

func judge(p *isolation.Pass) error {
	credentials, kept := isolation.Credentials(p.Run)
	for _, c := range credentials {
		shared(p, c)
	}
	known := map[string]*isolation.Finding{} // by name of the cookie
	var order []*isolation.Finding
	for _, k := range kept {
		if f := known[k.Name]; f != nil {
			f.Count++
			f.Visits = append(f.Visits, k.Visit.N)
			continue
		}
		f := fixed(k)
		known[k.Name] = &f
		order = append(order, &f)
	}
	for _, f := range order {
		p.Report(*f)
	}
	return nil
}

// shared reports each account that had a credential besides its owner, while
// that was logged in with it.
func shared(p *isolation.Pass, c *isolation.Credential) {
	var proof *record.Observation // in which the owner used it
	had := map[string][]isolation.Use{}
	var viewers []string
	for _, u := range c.Uses {
		if u.Account == c.Owner {
			if proof == nil && u.In && u.How != isolation.Given {
				proof = u.Visit
			}
			continue
		}
		// In the browser that the owner logged out of, it is a thing left behind.
		if u.Visit.Before == c.Owner || !c.Until.IsZero() && u.At.After(c.Until) {
			continue
		}
		if had[u.Account] == nil {
			viewers = append(viewers, u.Account)
		}
		had[u.Account] = append(had[u.Account], u)
	}
	for _, viewer := range viewers {
		p.Report(breach(c, had[viewer], proof))
	}
}

// breach makes the finding of one account that had another's credential.
func breach(c *isolation.Credential, uses []isolation.Use, proof *record.Observation) isolation.Finding {
	strongest := uses[0]
	visits := map[int]bool{}
	for _, u := range uses {
		visits[u.Visit.N] = true
		if u.How < strongest.How {
			strongest = u
		}
	}
	f := isolation.In(strongest.Visit)
	f.Level = isolation.Leak
	f.Relation = "another's session"
	f.Viewer, f.Owner = strongest.Account, c.Owner // of a login in the next one's visit, too
	f.Surface, f.Path = record.Cookies, strongest.Path
	f.At, f.Count, f.Visits = strongest.At, len(visits), slices.Sorted(maps.Keys(visits))
	if proof != nil && proof != strongest.Visit {
		f.Witness = append(f.Witness, proof.N)
	}
	f.Message = had(strongest, c)
	return f
}

// had says how an account had another's credential.
func had(u isolation.Use, c *isolation.Credential) phrase.Text {
	thing := phrase.New("%s's session (%s)", c.Owner, c.Name)
	switch u.How {
	case isolation.Given:
		return phrase.New("%s was given %s by %s on %s", u.Account, thing, u.Path, u.Visit.View)
	case isolation.Sent:
		return phrase.New("%s was logged in with %s on %s", u.Account, thing, u.Visit.View)
	default:
		return phrase.New("%s held %s on %s", u.Account, thing, u.Visit.View)
	}
}

// fixed makes the finding of a login that kept its credential.
func fixed(k isolation.Kept) isolation.Finding {
	f := isolation.In(k.Visit)
	f.Level = isolation.Risk
	f.Relation = "kept at login"
	f.Viewer = k.Account
	f.Surface, f.Path = record.Cookies, k.Name
	f.Message = phrase.New("%s's login did not change the session (%s): whoever knew it before is logged in as well", k.Account, k.Name)
	return f
}
