package report

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"notmine/checks/gate"
	"notmine/checks/isolation"
	"notmine/checks/phrase"
	"notmine/checks/record"
)

const (
	mostOpen      = 20 // cards that are shown whole at once
	mostWitnesses = 8
	mostQuotes    = 5
	mostHeaders   = 12
)

// card is one finding. Of those that are not shown whole there are the facts
// alone, cut shorter.
type card struct {
	N        int
	Viewer   int // numbers of accounts
	Owner    int
	Open     bool
	Level    string
	Class    string // of the style
	Message  string
	Facts    []fact
	Exchange []fact // the request and the answer that carried it
	Flights  []flightRow
	Left     int // requests that were at work as well
	Witness  []witnessRow
	Pictures []picture
	Pages    []side   // the owner's own page beside the viewer's
	Archives []string // files, to open in a browser's network panel
	Sides    []side   // pictures: what the owner has beside what the viewer was shown
	Both     []whoRow // the owner's visit beside the viewer's
	Turns    []turn

	WitnessLeft, PicturesLeft int
}

type flightRow struct {
	Account, Request, Sent, Answered, Conn string
	Carrier, Owner                         bool
}

type witnessRow struct{ N, Account, What, At string }

// whoRow is one side of a finding: what a page showed, and to whom.
type whoRow struct {
	Who    string
	Facts  []fact
	Quotes []string
	Leaks  bool
}

func newCard(s *story, n int, f *isolation.Finding, visits map[look]int, pics *pictures, whole bool) card {
	c := card{
		N: n, Viewer: s.number(f.Viewer), Owner: s.number(f.Owner), Open: n <= mostOpen,
		Level: visible(string(f.Level), 40), Message: visible(f.Message.String(), 600),
		WitnessLeft: max(0, len(f.Witness)-mostWitnesses), PicturesLeft: max(0, len(f.Evidence)-mostPictures),
	}
	switch {
	case s.failing(f):
		c.Class = " failing"
	case f.Accepted != nil:
		c.Level += ", accepted"
	case s.spared(f):
		c.Level += ", known"
	}
	limit := 300
	if !whole {
		limit = 60
	}
	add := func(name, value string) {
		if value != "" {
			c.Facts = append(c.Facts, fact{name, visible(value, limit)})
		}
	}
	add("known", acceptance(f))
	add("viewer", f.Viewer)
	add("owner", f.Owner)
	add("item", f.Item)
	add("view", f.View)
	add("surface", f.Surface)
	add("path", f.Path)
	add("wrapped in", wrapped(f.Wrapping))
	add("first", fmt.Sprintf("phase %s, round %d, %s UTC", f.Phase, f.Round, clock(f.At)))
	if f.When != nil {
		add("when", since(f.When))
		add("before and after", staged(f.Stages))
	}
	add("how often", howOften(f, visits[look{f.Viewer, f.View}]))
	add("likely cause", f.Cause)
	add("because", phrase.Join(f.Because, "; ").String())
	add("check", f.Check)
	add("fingerprint", f.Fingerprint)

	if !whole {
		return c
	}
	c.Turns = s.turns(f)
	if o := s.breach(f); o != nil {
		c.addBoth(s, o, f)
		if x := carrier(o, f); x != nil {
			c.Exchange = s.exchangeFacts(x)
			c.addFlights(s, o, x, f)
		}
	}
	for _, w := range f.Witness[:min(len(f.Witness), mostWitnesses)] {
		if o := s.observation(w); o != nil {
			c.Witness = append(c.Witness, witnessRow{
				N: count(o.N), Account: visible(o.Account, 100),
				What: visible(fmt.Sprintf("%s, phase %s, round %d", o.View, o.Phase, o.Round), 200),
				At:   clock(o.Start),
			})
		}
	}
	c.addPictures(s, f, pics)
	return c
}

// howOften puts a finding's visits beside all of its viewer's to that view.
func howOften(f *isolation.Finding, of int) string {
	if of < f.Count || of == 0 {
		return counted(f.Count, "visit", "visits")
	}
	low, high := gate.Interval(f.Count, of)
	return fmt.Sprintf("%s of %s of this viewer to this view (%s %%, %s–%s %% at 95 %%)",
		count(f.Count), counted(of, "visit", "visits"), percent(float64(f.Count)/float64(of)), percent(low), percent(high))
}

// addBoth puts the visit in which the owner saw the thing, the nearest in time,
// beside the viewer's.
func (c *card) addBoth(s *story, o *record.Observation, f *isolation.Finding) {
	side := func(o *record.Observation, leaks bool) whoRow {
		row := whoRow{Who: visible(o.Account, 100), Quotes: quotes(o, f), Leaks: leaks}
		add := func(name, value string) {
			if value != "" {
				row.Facts = append(row.Facts, fact{name, visible(value, 200)})
			}
		}
		add("name shown", s.nameShown(o.Identity))
		add("page", s.address(o.URL))
		if !s.masked() {
			add("title", o.Title)
		}
		add("status", statusOf(o))
		add("at", fmt.Sprintf("%s UTC, %s, round %d", clock(o.Start), o.Phase, o.Round))
		return row
	}
	if f.Owner != "" && f.Item != "" {
		var nearest *record.Observation
		for _, other := range s.run.Observations {
			if other.Account != f.Owner || other.View != o.View || len(quotes(other, f)) == 0 {
				continue
			}
			if nearest == nil || other.Start.Sub(o.Start).Abs() < nearest.Start.Sub(o.Start).Abs() {
				nearest = other
			}
		}
		if nearest != nil && nearest != o { // the owner may have missed the own
			c.Both = append(c.Both, side(nearest, false))
		}
	}
	c.Both = append(c.Both, side(o, true))
}

func statusOf(o *record.Observation) string {
	if o.Status == 0 {
		return ""
	}
	return fmt.Sprint(o.Status)
}

// quotes are the texts that were found of the finding's thing.
func quotes(o *record.Observation, f *isolation.Finding) []string {
	var found []string
	for _, s := range o.Sightings {
		if f.Item == "" || s.Owner != f.Owner || s.Item != f.Item {
			continue
		}
		quote := fmt.Sprintf("“%s” on %s", s.Text, s.Surface)
		if s.Path != "" {
			quote += " " + s.Path
		}
		if len(s.Wrapping) > 0 {
			quote += ", in " + wrapped(s.Wrapping)
		}
		if s.Cut {
			quote += ", cut short"
		}
		if quote = visible(quote, 300); !slices.Contains(found, quote) {
			found = append(found, quote)
		}
		if len(found) == mostQuotes {
			break
		}
	}
	return found
}

// exchangeFacts are what is known of the exchange that carried a breach.
func (s *story) exchangeFacts(x *record.Exchange) []fact {
	var facts []fact
	add := func(name, value string) {
		if value != "" {
			facts = append(facts, fact{name, visible(value, 300)})
		}
	}
	add("request", x.Method+" "+s.address(x.URL))
	if x.Status > 0 {
		add("status", strings.TrimSpace(fmt.Sprintf("%d %s", x.Status, x.Proto)))
	}
	add("Content-Type", x.Type)
	for i, h := range x.Caching {
		if i == mostHeaders {
			break
		}
		add(visible(h.Name, 60), h.Value)
	}
	if len(x.Caching) == 0 && x.Status > 0 {
		add("caching headers", "none")
	}
	var set []string
	for i, cookie := range x.SetCookies {
		if i == mostHeaders {
			break
		}
		set = append(set, cookie.Name)
	}
	add("cookies set", strings.Join(set, ", "))
	add("connection", x.Conn)
	add("held at", x.Held)
	add("sent", clock(sent(x)))
	if !x.Answered.IsZero() {
		add("answered", milliseconds(x.Answered.Sub(sent(x)))+" after it was sent")
	}
	if !x.End.IsZero() {
		add("last byte", fmt.Sprintf("%s after it was sent, with %s of body", milliseconds(x.End.Sub(sent(x))), counted(int(x.Bytes), "byte", "bytes")))
	}
	add("traceparent", x.Trace)
	add("ended early", x.Error)
	return facts
}

// addFlights tells who else was at work, with times counted from the request
// that carried the breach.
func (c *card) addFlights(s *story, o *record.Observation, x *record.Exchange, f *isolation.Finding) {
	flights, left := s.inFlight(o, x, f)
	if len(flights) < 2 {
		return
	}
	c.Left = left
	after := func(t time.Time) string {
		if t.IsZero() {
			return "–"
		}
		ms := milliseconds(t.Sub(sent(x)))
		if !strings.HasPrefix(ms, "-") {
			ms = "+" + ms
		}
		return strings.Replace(ms, "-", "−", 1)
	}
	for _, fl := range flights {
		y := fl.exchange
		c.Flights = append(c.Flights, flightRow{
			Account: visible(fl.account, 100),
			Request: visible(y.Method+" "+shortURL(s.address(y.URL)), 120),
			Sent:    after(sent(y)), Answered: after(y.Answered),
			Conn: visible(y.Conn, 40), Carrier: fl.carrier, Owner: fl.owner,
		})
	}
}

// shortURL leaves out a URL's host, which is the same almost everywhere.
func shortURL(address string) string {
	_, rest, ok := strings.Cut(address, "://")
	if !ok {
		return address
	}
	if i := strings.IndexByte(rest, '/'); i >= 0 {
		return rest[i:]
	}
	return "/"
}
