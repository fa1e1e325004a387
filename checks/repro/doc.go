// Package repro makes of a finding the smallest plan that still shows it, and
// says how often.
//
// Nothing here drives a browser. A [Try] runs a plan and counts the rounds in
// which the finding came; what is here decides how many rounds that takes, what
// is tried next, and what the counts say:
//
//   - [Question] asks after each round whether the finding is still there or lost,
//     with error rates that are known exactly.
//   - [Measuring] measures how often a plan shows the finding, and says so with an
//     interval, or excludes a rate when it never does.
//   - [Shrink] leaves out of a plan whatever the finding does not need, and tells
//     in words what that was.
//   - [Ways] names the ways of looking for what somebody saw, and [Bandit] shares the
//     time of a hunt between them.
//
// # Why rates
//
// A bug of timing does not come at each try, so a plan without it and a plan
// with bad luck look alike. Whoever shrinks until a try fails ends with luck, and
// whoever takes any hit for a yes ends with a bug that is rarer than the one that
// was found. So every candidate is held against the first rate, not against that
// of the one before: four fifths of it is kept, half of it is lost, see [Against].
// The smallest plan is measured again in fresh rounds, and the one before it if
// that shows it to be rarer. What a first run has shown stays evidence, also when
// it is never seen again.
//
// # What is left out of a plan
//
// Every field of a plan is one of these:
//
//	Plan.File       kept: where the plan came from
//	Plan.Digest     kept: likewise
//	Plan.Target     kept: it is what has the bug
//	Plan.Hosts      kept: it says what may be asked, and costs nothing
//	Plan.TLS        kept: the target's door
//	Plan.Trace      kept: it costs nothing
//	Plan.Headers    kept: the target's door
//	Plan.Accounts   fewer, never the viewer or the owner; columns that name one left out name another
//	Plan.Login      kept: a session without it is nobody's
//	Plan.Logout     left out, where no order needs it
//	Plan.Plant      without the steps of items that are left out; left out when it plants nothing more
//	Plan.Markers    those of the viewer and the owner, and of the items that control a view
//	Plan.Items      fewer, never the finding's, nor one that a view, a change or a control needs
//	Plan.Views      fewer, never the finding's, nor those it comes after
//	Plan.Act        left out with the last phase of the order idle
//	Plan.Changes    left out with the last phase that makes them
//	Plan.Events     left out with the last phase in which they happen
//	Plan.Phases     fewer: those after the finding's, those before that looked, those before that changed something
//	Plan.Within     left out: it is for the tries to say how long a phase goes on
//	Plan.Pass       kept: it is for the verdict
//	Plan.Accepted   kept: likewise
//	Plan.Evidence   kept: likewise
//	Plan.Limits     kept: likewise
//	Plan.Timeout    kept: a shorter one makes visits fail
//	Plan.Secrets    kept: steps name them by their number
//	Plan.Case       kept: it says what is expected
//
//	Account.*       kept: an account is left out as a whole
//	Step.*          kept: a step is left out as a whole
//	Marker.*        kept
//	Item.*          kept: who may see it makes it a finding
//	Change.*        kept
//	Event.*         kept: somebody else's command
//
//	View.Name       kept
//	View.Line       kept
//	View.Steps      of the finding's view and those before it: without what types, clicks, presses, selects or uploads
//	View.After      kept
//	View.EachPeer   kept
//	View.Identity   kept: it proves whose a visit was
//	View.Control    kept: it proves that a visit was one
//	View.Compare    kept: it costs little, and may be what the finding came by
//	View.Hold       of the finding's view: one pattern, the first request before others
//
//	Phase.Name      kept: with the seed it says who comes when
//	Phase.Order     of the finding's phase: solo, sequential or together in place of more
//	Phase.Rounds    of those before: one, or half; of the finding's they are for the tries to say
//	Phase.Views     without the views that are left out
//	Phase.Hold      of the finding's phase: what its views say, or one pattern
//	Phase.Accounts  goes with the accounts that are left out
//	Phase.Abort     left out
//	Phase.Rate      left out
//	Phase.HTTP      left out
//	Phase.Depth     goes with the order
//	Phase.Think     left out
//	Phase.Within    of the finding's phase it is taken away from the beginning: tries end it
//	Phase.Event     left out of an order
//	Phase.At        of the finding's phase: the first round, or half
//	Phase.Change    kept: such a phase is left out as a whole
//	Phase.Line      kept
package repro
