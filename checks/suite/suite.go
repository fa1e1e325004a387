// Package suite lists the checks that a run is judged by.
package suite

import (
	"notmine/checks/isolation"
	"notmine/checks/suite/alternation"
	"notmine/checks/suite/canary"
	"notmine/checks/suite/effects"
	"notmine/checks/suite/identity"
	"notmine/checks/suite/missing"
	"notmine/checks/suite/noninterference"
	"notmine/checks/suite/residue"
	"notmine/checks/suite/sharedcache"
	"notmine/checks/suite/sharedtoken"
	"notmine/checks/suite/stale"
)

// Checks is the suite, in the order in which it is explained.
var Checks = []*isolation.Check{
	canary.Check,
	identity.Check,
	alternation.Check,
	residue.Check,
	effects.Check,
	stale.Check,
	missing.Check,
	noninterference.Check,
	sharedtoken.Check,
	sharedcache.Check,
}
