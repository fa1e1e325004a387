// Package suite lists the checks that a run is judged by.
package suite

import (
	"notmine/checks/isolation"
	"notmine/checks/suite/alternation"
	"notmine/checks/suite/canary"
	"notmine/checks/suite/identity"
	"notmine/checks/suite/missing"
	"notmine/checks/suite/noninterference"
)

// Checks is the suite, in the order in which it is explained.
var Checks = []*isolation.Check{
	canary.Check,
	identity.Check,
	alternation.Check,
	missing.Check,
	noninterference.Check,
}
