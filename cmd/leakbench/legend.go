package main

import (
	"fmt"
	"strings"

	"notmine/fixtures"
	"notmine/fixtures/catalog"
)

// What stands below the tables, for who has not read the code. Each is a
// paragraph of Markdown.
const (
	aboutMechanisms = `Each mechanism is one bug of a stand-in service, at work in every request that it concerns. It is looked for with the phases that a
plan has by default, and found in one of them after so many visits. What leaked is what the service itself knows that somebody was given
who may not see it. Stale is what had been replaced, and was shown to those who may see it; what the account before had left in the browser
is counted by visits. Found alone means that it shows also while each account looks alone. The replayer sends one account's requests
again with another's session, one at a time, as tools for access control do. The cause that the report names is the right one or not.
`
	aboutPower = `Here the bug is at work only in a share of the requests: when its first finding came, and in how many of the visits in which
something leaked that was reported.
`
	aboutTwins = `The same services without a bug: any finding is false, and a run that is not clean has not looked enough.
`
	aboutCases = `The first finding of the run is repeated, then whatever it does not need is left out, and what is left is kept as a case: in brackets
in how many tries it came then. That is held against what the bug is known to need. The case is run once more on the service with
its bug and without. A hunt starts from nothing but the view on which something was seen; beside it stands what the default phases take in all.
`
	aboutTwinHunts = `A hunt that finds nothing says which rates it excludes at 95 %, in each way that it has tried.
`
)

// onlyInPages says which of the mechanisms take a page, and so a browser.
func (c *corpus) onlyInPages() string {
	var names []string
	for _, m := range inOrder(c.Mechanisms) {
		if m.needs().Page {
			names = append(names, m.Fault)
		}
	}
	if len(names) == 0 {
		return ""
	}
	return fmt.Sprintf("No request that is sent alone is answered with these, which show only in what a page keeps, fills in, brings back or is told while it stands open: %s.\n", strings.Join(names, ", "))
}

// unseen says which of the mechanisms did not show, and why if that is known.
func (c *corpus) unseen() string {
	var said []string
	for _, m := range inOrder(c.Mechanisms) {
		switch {
		case m.found():
		case m.Untried != "":
			said = append(said, fmt.Sprintf("%s could not show (%s)", m.Fault, m.Untried))
		default:
			said = append(said, m.Fault+" was missed")
		}
	}
	if len(said) == 0 {
		return ""
	}
	return fmt.Sprintf("Not found: %s.\n", strings.Join(said, ", "))
}

// needs are those of a mechanism's fault; none of one that is no longer there.
func (m *mechanism) needs() fixtures.Needs {
	at := m.place()
	if len(at) == 0 || at[1] < 0 {
		return fixtures.Needs{}
	}
	return catalog.Services[at[0]].Faults[at[1]].Needs
}
