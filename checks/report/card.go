package report

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"notmine/checks/isolation"
	"notmine/checks/record"
)

const (
	mostWitnesses = 8
	mostQuotes    = 5
	mostHeaders   = 12
)

// card is one finding.
type card struct {
	N        int
	Level    string
	Class    string // of the style
	Message  string
	Facts    []fact
	Quotes   []string // what was found, as it was found
	Exchange []fact   // the request and the answer that carried it
	Flights  []flightRow
	Left     int // requests that were at work as well
	Witness  []witnessRow
	Pictures []picture
	Sides    []side // what the owner has beside what the viewer was shown

	WitnessLeft, PicturesLeft int
}

type flightRow struct {
	Account, Request, Sent, Answered, Conn string
	Carrier, Owner                         bool
}

type witnessRow struct{ N, Account, What, At string }

func newCard(s *story, n int, f *isolation.Finding, visits map[look]int, pics *pictures) card {
	c := card{
		N: n, Level: visible(string(f.Level), 40), Message: visible(f.Message, 600),
		WitnessLeft: max(0, len(f.Witness)-mostWitnesses), PicturesLeft: max(0, len(f.Evidence)-mostPictures),
	}
	if s.failing(f) {
		c.Class = " failing"
	}
	add := func(name, value string) {
		if value != "" {
			c.Facts = append(c.Facts, fact{name, visible(value, 300)})
		}
	}
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
	add("because", strings.Join(f.Because, "; "))
	add("check", f.Check)
	add("fingerprint", f.Fingerprint)

	if o := s.breach(f); o != nil {
		c.Quotes = quotes(o, f)
		if x := carrier(o, f); x != nil {
			c.Exchange = exchangeFacts(x)
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
	return fmt.Sprintf("%s of %s of this viewer to this view (%s %%)",
		count(f.Count), counted(of, "visit", "visits"), percent(float64(f.Count)/float64(of)))
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
func exchangeFacts(x *record.Exchange) []fact {
	var facts []fact
	add := func(name, value string) {
		if value != "" {
			facts = append(facts, fact{name, visible(value, 300)})
		}
	}
	add("request", x.Method+" "+x.URL)
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
	add("waited at", x.Held)
	add("sent", clock(sent(x)))
	if !x.Answered.IsZero() {
		add("answered", milliseconds(x.Answered.Sub(sent(x)))+" after it was sent")
	}
	if !x.End.IsZero() {
		add("over", fmt.Sprintf("%s after it was sent, with %s of body", milliseconds(x.End.Sub(sent(x))), counted(int(x.Bytes), "byte", "bytes")))
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
			Request: visible(y.Method+" "+shortURL(y.URL), 120),
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
