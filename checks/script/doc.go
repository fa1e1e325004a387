// Package script is a finding without its page: the requests that the sessions of
// a plan make, written down with placeholders in place of what is an account's own,
// and played on the wire without a browser.
//
// A [Script] takes the place of the steps of a plan, and of nothing else: accounts,
// views, phases, holds and markers stay the plan's. Its [Driver] is a second
// [crowd.Driver], so that a plan runs with it, is recorded, judged and repeated as
// it is with a browser, some hundred times as fast. What it sees is what comes over
// the network; what a page makes of that, it does not know.
//
//	browser ──Recorder──▶ recordings of two accounts ──Make──▶ Script ──Driver──▶ wire
//	                                                             └─Curl─▶ a shell script
//
// # Placeholders
//
// In addresses, header values, bodies and parts:
//
//	{{login}}, {{canary ITEM}}, …  what the plan's steps know by that name
//	{{capture NAME}}               what an earlier answer gave this session
//	{{origin}}                     scheme and host of the target
//	{{now}}                        milliseconds since 1970
//	{{"{{"}}                       the two characters {{
//
// A value is written as the place where it stands asks for: percent-encoded in a
// path, as forms are in a query and in a form's body, escaped in JSON, and as it is
// elsewhere. A page that wrote it in another way has that after a bar: plain, form,
// percent or json, as in {{login|percent}}.
//
// # What is given and asked back
//
// Tokens of forms, numbers of messages and the like differ from session to session.
// Two accounts are recorded: what both send alike is written down, what each sends
// of its own becomes a placeholder, and what is neither must have come in an answer
// before, at a place that is the same for both. If it did not, there is no script.
// Nor is there one in which a credential would stand.
package script
