package plan

import "time"

// This file is the grammar of a plan. Each field is named and explained here
// and nowhere else: decoding, the fields that messages list, the schema and the
// reference all come out of these tables.

// document is a plan as it was written, before anything in it is resolved.
type document struct {
	at                   spot
	target               text
	hosts                []text
	headers              []pair[text]
	tls                  tlsFields
	trace                bool
	timeout, within      time.Duration
	accounts             accountsFields
	login, logout, plant []step
	markers              markersFields
	items                []pair[itemFields]
	views                []pair[viewFields]
	act                  []step
	changes              []pair[changeFields]
	events               []pair[eventFields]
	phases               []phaseFields
	pass                 passFields
	accept               text
	evidence             text
	limits               limitsFields
	ofCase               *caseFields // nil without one
}

type tlsFields struct {
	at       spot
	ca       text
	insecure bool
}

type accountsFields struct {
	at   spot
	list []accountFields
	file text
	make *makeFields
}

type accountFields struct {
	at                           spot
	name, login, password, shows text
	groups                       []text
	columns                      []pair[text]
}

type makeFields struct {
	count, first number
	accountFields
}

type markersFields struct {
	file    text
	columns []pair[[]text]
}

type itemFields struct {
	audience []text
	picture  bool
}

// step is a step as it was written.
type step struct {
	at     spot
	verb   Verb
	arg    text
	fields []pair[text]
}

type viewFields struct {
	at                      spot
	direct                  []step // verbs written in the view itself
	steps                   []step
	wait, after             text
	each, identity, control text
	compare, hold           []text
}

type changeFields struct {
	at       spot
	item     text
	audience []text
	delete   bool
	steps    []step
	settle   time.Duration
}

type eventFields struct {
	at     spot
	run    text
	http   *callFields
	settle time.Duration
}

type callFields struct {
	at          spot
	method, url text
	headers     []pair[text]
}

type phaseFields struct {
	at       spot
	order    text
	name     text
	rounds   number
	views    []text
	hold     []text
	accounts number
	abort    float64
	rate     number
	http     number
	depth    number
	think    *time.Duration // nil when it is not given
	within   time.Duration
	event    namedEvent
	eventAt  number
	change   text
}

// namedEvent is an event by its name, or the event itself.
type namedEvent struct {
	name   text
	fields *eventFields
}

type passFields struct {
	bound  float64
	failOn []text
}

type limitsFields struct{ body, page, unpacked int64 }

// The bounds of what a plan may ask for.
const (
	mostAccounts    = 10_000
	mostRounds      = 100_000
	mostHTTP        = 5_000
	mostDepth       = 3 // the next takes as many times more schedules as there are steps
	shortestTimeout = 100 * time.Millisecond
	longestTimeout  = 10 * time.Minute
	longestRun      = 24 * time.Hour
	smallestLimit   = 1 << 10 // bytes
	largestPage     = 64 << 20
	largestBody     = 4 << 30
)

var planKind = mapping(
	&record{name: "the plan", doc: "A plan is one YAML file. Paths in it are relative to its folder and stay inside it, but for `tls.ca` and `case.plan`."},
	func(d *document, at spot) { d.at = at }, nil,
	required(value("target", "base URL of the service under test; may be `${env:NAME}`",
		nonEmpty("http or https URL"), func(d *document) *text { return &d.target })),
	value("hosts", "hosts besides the target's own that the browsers may talk to, as `host` or `host:port`; anything else is blocked and reported",
		listOf(nonEmpty("host")), func(d *document) *[]text { return &d.hosts }),
	value("headers", "sent with every request to the target; `${env:NAME}` and `{{…}}` of the account allowed",
		mapOf("header names", anyText), func(d *document) *[]pair[text] { return &d.headers }),
	value("tls", "how the target's certificates are verified",
		tlsKind, func(d *document) *tlsFields { return &d.tls }),
	value("trace", "add a W3C `traceparent` to each visit's requests, so that a leak can be found in the target's own traces",
		flag, func(d *document) *bool { return &d.trace }),
	value("timeout", "deadline of each step; default 15s",
		duration, func(d *document) *time.Duration { return &d.timeout }),
	required(value("accounts", "the test identities, two at least: a list, `file:` or `make:`",
		accountsKind, func(d *document) *accountsFields { return &d.accounts })),
	value("login", "how an account logs in; it should end with `see`, the proof of login",
		stepsKind, func(d *document) *[]step { return &d.login }),
	value("logout", "how an account logs out",
		stepsKind, func(d *document) *[]step { return &d.logout }),
	value("markers", "what is known to be in the accounts already",
		markersKind, func(d *document) *markersFields { return &d.markers }),
	value("items", "what each account owns, and who may see it",
		mapOf("item names", itemKind), func(d *document) *[]pair[itemFields] { return &d.items }),
	value("plant", "run once by each account; `{{canary ITEM}}` is its own token for that item, `{{picture ITEM}}` in `upload` its own picture",
		stepsKind, func(d *document) *[]step { return &d.plant }),
	required(value("views", "the places that sessions look at, in this order",
		mapOf("view names", viewKind), func(d *document) *[]pair[viewFields] { return &d.views })),
	value("act", "what one account does while everybody else's pages and streams are open (order `idle`); `{{canary ITEM}}` and `{{peer.…}}` allowed",
		stepsKind, func(d *document) *[]step { return &d.act }),
	value("changes", "what accounts change of their items in mid-run, by name",
		mapOf("names", changeKind), func(d *document) *[]pair[changeFields] { return &d.changes }),
	value("events", "what is done to the target in mid-run, by name: a failover, a restore, a deploy",
		mapOf("names", eventKind), func(d *document) *[]pair[eventFields] { return &d.events }),
	value("phases", "the parts of the run; without it, every order but `search` that the plan has what it needs for, and each change and event between two of them",
		listOf(phaseKind), func(d *document) *[]phaseFields { return &d.phases }),
	value("within", "the time that the phases share: when less is left of it, fewer rounds of each begin, but of `solo`, `handover` and with `at` all of them, and of each the first; default 4m without `phases`, otherwise no bound",
		longDuration, func(d *document) *time.Duration { return &d.within }),
	value("pass", "what a clean verdict needs",
		passKind, func(d *document) *passFields { return &d.pass }),
	value("accept", "file of the findings that are known and accepted for a time; `--accept` names another",
		nonEmpty("path"), func(d *document) *text { return &d.accept }),
	value("evidence", "`masked`: screenshots, HTTP archives and reports show what leaked and the viewer's name, and nothing else of the pages; "+
		"`full`: they show pages and answers as they were, without credentials; `none`: no screenshots and no archives either; default masked",
		oneOf(words(Evidences)...), func(d *document) *text { return &d.evidence }),
	value("limits", "how much is looked at; what lies beyond is told as missed",
		limitsKind, func(d *document) *limitsFields { return &d.limits }),
	value("case", "what the plan is expected to show, when it is the least that shows a finding",
		pointer(caseKind), func(d *document) **caseFields { return &d.ofCase }),
)

var tlsKind = mapping(
	&record{name: "tls"},
	func(t *tlsFields, at spot) { t.at = at }, nil,
	value("ca", "PEM file with authorities to trust besides the system's",
		nonEmpty("path"), func(t *tlsFields) *text { return &t.ca }),
	value("insecure", "accept any certificate",
		flag, func(t *tlsFields) *bool { return &t.insecure }),
)

// The fields that an account has wherever it is written.
const (
	docName     = "unique; what reports call the account"
	docLogin    = "user name at the target; default the name"
	docPassword = "password; `${env:NAME}` or `${file:PATH}` keeps it out of the plan"
	docShows    = "what the target shows as the account's own name; default the name"
	docGroup    = "groups it belongs to, for audiences; several in one text are separated by spaces or `;`"
	docColumn   = "; further keys are columns, for `{{column}}` in templates"
)

var accountKind = mapping(
	&record{name: "an account", doc: "A list has one of these for each account. In a CSV file the first line names the same fields" + docColumn + "."},
	func(a *accountFields, at spot) { a.at = at },
	func(a *accountFields) *[]pair[text] { return &a.columns },
	required(value("name", docName, nonEmpty("name"), func(a *accountFields) *text { return &a.name })),
	value("login", docLogin, anyText, func(a *accountFields) *text { return &a.login }),
	value("password", docPassword, anyText, func(a *accountFields) *text { return &a.password }),
	value("shows", docShows, anyText, func(a *accountFields) *text { return &a.shows }),
	value("group", docGroup, oneOrMore(anyText), func(a *accountFields) *[]text { return &a.groups }),
	value("groups", "the same as `group`", oneOrMore(anyText), func(a *accountFields) *[]text { return &a.groups }),
)

var accountSourceKind = mapping(
	&record{name: "accounts", doc: "Where accounts come from when they are no list.", single: true},
	func(a *accountsFields, at spot) { a.at = at }, nil,
	value("file", "CSV file in UTF-8; the first line names the columns, `name` at least",
		nonEmpty("path"), func(a *accountsFields) *text { return &a.file }),
	value("make", "accounts that differ by a number, `{{n}}`",
		pointer(makeKind), func(a *accountsFields) **makeFields { return &a.make }),
)

var makeKind = mapping(
	&record{name: "make", doc: "Every text may hold `{{n}}`, the account's number" + docColumn + "."},
	func(m *makeFields, at spot) { m.at = at },
	func(m *makeFields) *[]pair[text] { return &m.columns },
	required(value("count", "how many accounts", between(1, mostAccounts), func(m *makeFields) *number { return &m.count })),
	value("first", "the first number; default 1", between(0, 1_000_000_000), func(m *makeFields) *number { return &m.first }),
	required(value("login", "user name at the target", nonEmpty("text"), func(m *makeFields) *text { return &m.login })),
	value("name", docName+"; default the login", anyText, func(m *makeFields) *text { return &m.name }),
	value("password", docPassword, anyText, func(m *makeFields) *text { return &m.password }),
	value("shows", docShows, anyText, func(m *makeFields) *text { return &m.shows }),
	value("group", docGroup, oneOrMore(anyText), func(m *makeFields) *[]text { return &m.groups }),
	value("groups", "the same as `group`", oneOrMore(anyText), func(m *makeFields) *[]text { return &m.groups }),
)

var markersKind = mapping(
	&record{name: "markers"}, nil, nil,
	value("file", "CSV file in UTF-8 whose first line names `marker`, `owner`, `item` and `audience` (may be left out; several words are separated by spaces or `;`); the marker of an item with `picture: true` is the path of a PNG, JPEG, GIF or WebP file, relative to the CSV file",
		nonEmpty("path"), func(m *markersFields) *text { return &m.file }),
	value("columns", "columns of the accounts that hold markers, by item: `{phone: phone, address: [home, work]}`; those of an item with `picture: true` hold paths, as in `upload`",
		mapOf("item names", oneOrMore(nonEmpty("column"))), func(m *markersFields) *[]pair[[]text] { return &m.columns }),
)

var itemKind = mapping(
	&record{name: "an item"}, nil, nil,
	value("audience", "who may see it: `me` (default), `everyone`, an account, a group, or a column of the owner that names them, such as `{{friend}}`",
		oneOrMore(nonEmpty("audience")), func(i *itemFields) *[]text { return &i.audience }),
	value("picture", "the item is a picture: notmine draws one that carries the account's token, for `upload: {\"#photo\": \"{{picture photo}}\"}`, and its declared markers are picture files",
		flag, func(i *itemFields) *bool { return &i.picture }),
)

// verb is one verb of a step.
type verb struct {
	name Verb
	doc  string
	arg  bool // it takes one text, as against a mapping of selectors to texts
}

var verbs = []verb{
	{Goto, "load a path, or a URL of the target or a listed host", true},
	{Fill, "type into fields, by selector", false},
	{Click, "click an element, by selector", true},
	{Press, "press a key, such as `Enter`", true},
	{Select, "choose an option of a select element by value or text, by selector", false},
	{Upload, "give a file to a file input, by selector: a path inside the plan's folder, or `{{picture ITEM}}`", false},
	{See, "wait until an element's text holds a text, by selector", false},
	{Wait, "wait until an element is visible, by selector", true},
	{Eval, "run JavaScript until it is true", true},
}

var (
	stepKind = mapping(
		&record{name: "a step", doc: "A step has exactly one verb. Selectors are CSS; texts may hold `{{…}}` and `${env:NAME}`.", single: true},
		func(s *step, at spot) { s.at = at }, nil,
		verbFields(verbs, func(s *step, done step) { *s = done })...,
	)
	stepsKind = listOf(stepKind)
)

var viewKind = mapping(
	&record{name: "a view", doc: "Verbs stand in the view itself and are done in the order of the file, or in `steps`."},
	func(v *viewFields, at spot) { v.at = at }, nil,
	append([]field[viewFields]{
		value("after", "the view that is visited first, in the same visit's place",
			nonEmpty("view"), func(v *viewFields) *text { return &v.after }),
		value("steps", "the way there, when it is longer",
			stepsKind, func(v *viewFields) *[]step { return &v.steps }),
		value("wait", "wait at the end until an element is visible, by selector",
			nonEmpty("selector"), func(v *viewFields) *text { return &v.wait }),
		value("each", "`peer`: `{{peer.name}}`, `{{peer.login}}`, … are those of another account, a different one each round",
			oneOf("peer"), func(v *viewFields) *text { return &v.each }),
		value("identity", "where the page names the account: a selector, or `/path#field` of a JSON answer",
			nonEmpty("selector"), func(v *viewFields) *text { return &v.identity }),
		value("control", "item of one's own that must be seen in every visit; a visit without it proves nothing",
			nonEmpty("item"), func(v *viewFields) *text { return &v.control }),
		value("compare", "selectors of the parts that are compared between solo and company",
			oneOrMore(nonEmpty("selector")), func(v *viewFields) *[]text { return &v.compare }),
		value("hold", "which of a visit's requests wait at the barrier: `first` (default), patterns of paths or URLs such as `/api/list*`, or `every`: each request waits for its like, but not for long",
			oneOrMore(nonEmpty("pattern")), func(v *viewFields) *[]text { return &v.hold }),
	}, verbFields(directVerbs(), func(v *viewFields, done step) { v.direct = append(v.direct, done) })...)...,
)

// directVerbs are the verbs that a view has as fields; its wait comes last
// wherever it stands, and so is a field of its own.
func directVerbs() []verb {
	var direct []verb
	for _, v := range verbs {
		if v.name != Wait {
			direct = append(direct, v)
		}
	}
	return direct
}

var changeKind = mapping(
	&record{name: "a change", doc: "Each account makes it, one after the other. What the steps hold as `{{canary ITEM}}` or `{{picture ITEM}}` is the item's next version; what it replaces is superseded. Who may see the item is judged anew from then on."},
	func(c *changeFields, at spot) { c.at = at }, nil,
	required(value("item", "what is changed", nonEmpty("item"), func(c *changeFields) *text { return &c.item })),
	value("audience", "who may see it from then on, as of an item; default who could before",
		oneOrMore(nonEmpty("audience")), func(c *changeFields) *[]text { return &c.audience }),
	value("delete", "it is gone from then on: nobody may see it", flag, func(c *changeFields) *bool { return &c.delete }),
	required(value("steps", "how an account makes the change; they should end with what proves it",
		stepsKind, func(c *changeFields) *[]step { return &c.steps })),
	value("settle", "how long afterwards the target may still show what was before; default no time",
		duration, func(c *changeFields) *time.Duration { return &c.settle }),
)

var callKind = mapping(
	&record{name: "a request"},
	func(c *callFields, at spot) { c.at = at }, nil,
	value("method", "default POST", oneOf("GET", "POST", "PUT", "DELETE", "PATCH"), func(c *callFields) *text { return &c.method }),
	required(value("url", "http or https URL; `${env:NAME}` allowed", nonEmpty("URL"), func(c *callFields) *text { return &c.url })),
	value("headers", "sent with it; `${env:NAME}` allowed", mapOf("header names", anyText), func(c *callFields) *[]pair[text] { return &c.headers }),
)

var eventKind = mapping(
	&record{name: "an event", doc: "One of `run` and `http`."},
	func(e *eventFields, at spot) { e.at = at }, nil,
	value("run", "a command for the shell, in the plan's folder", nonEmpty("command"), func(e *eventFields) *text { return &e.run }),
	value("http", "a request that is no session's, to a control port for instance", pointer(callKind), func(e *eventFields) **callFields { return &e.http }),
	value("settle", "how long afterwards the target may still show what was before; default no time",
		duration, func(e *eventFields) *time.Duration { return &e.settle }),
)

var phaseKind = mapping(
	&record{name: "a phase", doc: "One of `order`, `event` and `change`; an `order` may have an `event` at one of its rounds, and a `change` with `order: together` is made by everybody at the same moment."},
	func(p *phaseFields, at spot) { p.at = at }, nil,
	value("order", "`solo`: each account alone, one after the other; `sequential`: all logged in, never overlapping, each account directly after each other on each view; "+
		"`together`: every view of every round is released from one barrier; `storm`: everybody logs in anew at the same moment; "+
		"`random`: everybody on their own, with think times; `devices`: each account on two devices at once; "+
		"`fresh`: the first visits of new browser profiles while others are warm; "+
		"`handover`: one logs out and the next logs in in the same browser, then Back, reload, offline; `idle`: everybody's pages are open, and one does what `act` says; "+
		"`search`: everybody looks at once, and requests are let through to the target one at a time, in an order that is drawn anew for each round and view, so that the least chance of finding a bug of order can be told",
		oneOf(words(Orders)...), func(p *phaseFields) *text { return &p.order }),
	value("name", "unique; what reports call the phase, and a part of the seed of its schedule; default the order, event or change, with -2, -3, … when it comes again",
		nonEmpty("name"), func(p *phaseFields) *text { return &p.name }),
	value("rounds", "how often every session looks at every view (`sequential`: follows every other, `handover`: hands over, to another one each time); default "+roundsInWords(),
		between(1, mostRounds), func(p *phaseFields) *number { return &p.rounds }),
	value("views", "the views that are looked at; default all", oneOrMore(nonEmpty("view")), func(p *phaseFields) *[]text { return &p.views }),
	value("hold", "which of a visit's requests wait at the barrier, as of a view and in place of what the views say; of `search` which are let through one at a time, of a pattern all that fit it, and of `every` all but scripts, styles and fonts, up to 64 of a visit",
		oneOrMore(nonEmpty("pattern")), func(p *phaseFields) *[]text { return &p.hold }),
	value("accounts", "how many accounts take part, the first ones of the plan; default all",
		between(1, mostAccounts), func(p *phaseFields) *number { return &p.accounts }),
	value("abort", "share of the visits of which a request is cut off half way: impatient people",
		share, func(p *phaseFields) *float64 { return &p.abort }),
	value("rate", "how many visits a second begin at most", between(1, mostRounds), func(p *phaseFields) *number { return &p.rate }),
	value("http", "how many sessions without a browser look beside the browsers: each asks again, with the cookies of one of the accounts, for what its browser's page asked for; not in `search` and in orders where nobody overlaps",
		between(1, mostHTTP), func(p *phaseFields) *number { return &p.http }),
	value("depth", "of `search`: how many constraints of order make the bugs that it looks for, 1 as in \"this request before that one\", 2 as in \"that one in between\"; default 2. "+
		"The report says the least chance with which such a bug would have been found: 1-(1-1/(n·k^(depth-1)))^r on a view with n sessions, at most k steps and r rounds, "+
		"of which the first only counts the steps when the depth is more than 1; a round in which the order could not be kept is taken for one that would have shown it. "+
		"That is for bugs which the order shows in which the target is asked for what waits, and not for what it does inside",
		between(1, mostDepth), func(p *phaseFields) *number { return &p.depth }),
	value("think", "of `random`: the longest time that somebody thinks before a visit, or 0s; default 500ms",
		pointer(durationOrNone), func(p *phaseFields) **time.Duration { return &p.think }),
	value("within", "how long new rounds begin: a phase that has been at it for so long ends with the round that it is in; default until all are done",
		duration, func(p *phaseFields) *time.Duration { return &p.within }),
	value("event", "an event by its name, or the event itself", eventOrName, func(p *phaseFields) *namedEvent { return &p.event }),
	value("at", "of an order with an event: the round before which it is done",
		between(1, mostRounds), func(p *phaseFields) *number { return &p.eventAt }),
	value("change", "a change by its name, which every account makes, one after the other", nonEmpty("change"), func(p *phaseFields) *text { return &p.change }),
)

var passKind = mapping(
	&record{name: "pass"}, nil, nil,
	value("bound", "a clean run must exclude leaks more frequent than this, per visit, at 95 %; default 1%",
		share, func(p *passFields) *float64 { return &p.bound }),
	value("fail_on", "levels that fail a run besides `leak`",
		oneOrMore(oneOf("suspect", "risk")), func(p *passFields) *[]text { return &p.failOn }),
)

var limitsKind = mapping(
	&record{name: "limits", doc: "Sizes are in bytes, or written as `500kB` or `64MiB`."}, nil, nil,
	value("body", "how much of one answer, request, message or download is looked at, its content codings undone; default 64MiB",
		sizeBetween(smallestLimit, largestBody), func(l *limitsFields) *int64 { return &l.body }),
	value("page", "how much of each surface that a page and its browser hold: its text, its scripts, its storage, …; default 1MiB",
		sizeBetween(smallestLimit, largestPage), func(l *limitsFields) *int64 { return &l.page }),
	value("unpacked", "how much the archives, documents and pictures in one body may unpack to, all together; default 64MiB",
		sizeBetween(smallestLimit, largestBody), func(l *limitsFields) *int64 { return &l.unpacked }),
)
