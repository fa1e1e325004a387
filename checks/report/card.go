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
	mostOpen      = 5 // cards that are shown whole at once
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
	Level    bilingual
	Class    string // of the style
	Message  bilingual
	Facts    facts
	Exchange facts // the request and the answer that carried it
	Flights  []flightRow
	Left     int // requests that were at work as well
	Witness  []bilingual
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

// whoRow is one side of a finding: what a page showed, and to whom.
type whoRow struct {
	Whose  bilingual
	Facts  facts
	Quotes []bilingual
	Leaks  bool
}

func newCard(s *story, n int, f *isolation.Finding, visits map[look]int, pics *pictures, whole bool) card {
	c := card{
		N: n, Viewer: s.number(f.Viewer), Owner: s.number(f.Owner), Open: n <= mostOpen, Message: inBoth(f.Message, 600),
		WitnessLeft: max(0, len(f.Witness)-mostWitnesses), PicturesLeft: max(0, len(f.Evidence)-mostPictures),
	}
	level := phrase.Name(string(f.Level))
	switch {
	case s.failing(f):
		c.Class = " failing"
	case f.Accepted != nil:
		level = phrase.New("%s, accepted", level)
	case s.spared(f):
		level = phrase.New("%s, known", level)
	}
	c.Level = inBoth(level, 60)
	limit := 300
	if !whole {
		limit = 60
	}
	add := func(name, value phrase.Text) { c.Facts.add(name, value, limit) }
	add(phrase.New("known"), acceptance(f))
	add(phrase.New("viewer"), phrase.Verbatim(f.Viewer))
	add(phrase.New("owner"), phrase.Verbatim(f.Owner))
	add(phrase.New("item"), phrase.Verbatim(f.Item))
	add(phrase.New("view"), phrase.Verbatim(f.View))
	add(phrase.New("surface"), phrase.Name(f.Surface))
	add(phrase.New("path"), phrase.Verbatim(f.Path))
	add(phrase.New("wrapped in"), wrapped(f.Wrapping))
	add(phrase.New("first"), phrase.New("phase %s, round %d, %s UTC", f.Phase, f.Round, clock(f.At)))
	if f.When != nil {
		add(phrase.New("when"), since(f.When))
		add(phrase.New("before and after"), staged(f.Stages))
	}
	add(phrase.New("how often"), howOften(f, visits[look{f.Viewer, f.View}]))
	add(phrase.New("likely cause"), phrase.Name(f.Cause))
	if whole {
		add(phrase.New("because"), phrase.Join(f.Because, "; "))
	}
	add(phrase.New("check"), phrase.Verbatim(f.Check))
	add(phrase.New("fingerprint"), phrase.Verbatim(f.Fingerprint))

	if !whole {
		return c
	}
	add(phrase.New("to repeat it, in the run's folder"), phrase.Verbatim(repeat(n)))
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
			c.Witness = append(c.Witness, inBoth(phrase.New("observation %d: %s on %s, phase %s, round %d, %s UTC",
				o.N, visible(o.Account, 100), visible(o.View, 100), visible(o.Phase, 100), o.Round, clock(o.Start)), 400))
		}
	}
	c.addPictures(s, f, pics)
	return c
}

// howOften puts a finding's visits beside all of its viewer's to that view.
func howOften(f *isolation.Finding, of int) phrase.Text {
	if of < f.Count || of == 0 {
		return phrase.New("%d visits", f.Count)
	}
	low, high := gate.Interval(f.Count, of)
	return phrase.New("%d of %s of this viewer to this view (%s %%, %s–%s %% at 95 %%)",
		f.Count, phrase.New("%d visits", of), percent(float64(f.Count)/float64(of)), percent(low), percent(high))
}

// addBoth puts the visit in which the owner saw the thing, the nearest in time,
// beside the viewer's.
func (c *card) addBoth(s *story, o *record.Observation, f *isolation.Finding) {
	side := func(o *record.Observation, leaks bool) whoRow {
		row := whoRow{Quotes: quotes(o, f), Leaks: leaks, Whose: inBoth(ownersSide(o.Account), 200)}
		if leaks {
			row.Whose = inBoth(viewersSide(o.Account), 200)
		}
		add := func(name, value phrase.Text) { row.Facts.add(name, value, 200) }
		add(phrase.New("name shown"), s.nameShown(o.Identity))
		add(phrase.New("page"), phrase.Verbatim(s.address(o.URL)))
		if !s.masked() {
			add(phrase.New("its title"), phrase.Verbatim(o.Title))
		}
		add(phrase.New("status"), phrase.Verbatim(statusOf(o)))
		add(phrase.New("at"), phrase.New("%s UTC, %s, round %d", clock(o.Start), o.Phase, o.Round))
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
func quotes(o *record.Observation, f *isolation.Finding) []bilingual {
	var found []bilingual
	for _, s := range o.Sightings {
		if f.Item == "" || s.Owner != f.Owner || s.Item != f.Item {
			continue
		}
		text, surface := visible(s.Text, 200), phrase.Name(visible(s.Surface, 40))
		quote := phrase.New("“%s” on %s", text, surface)
		if s.Path != "" {
			quote = phrase.New("“%s” on %s %s", text, surface, visible(s.Path, 120))
		}
		if len(s.Wrapping) > 0 {
			quote = phrase.New("%s, in %s", quote, wrapped(s.Wrapping))
		}
		if s.Cut {
			quote = phrase.New("%s, cut short", quote)
		}
		if quote := inBoth(quote, 300); !slices.Contains(found, quote) {
			found = append(found, quote)
		}
		if len(found) == mostQuotes {
			break
		}
	}
	return found
}

// exchangeFacts are what is known of the exchange that carried a breach.
func (s *story) exchangeFacts(x *record.Exchange) facts {
	var all facts
	add := func(name, value phrase.Text) { all.add(name, value, 300) }
	add(phrase.New("asked for"), phrase.Verbatim(x.Method+" "+s.address(x.URL)))
	if x.Status > 0 {
		add(phrase.New("status"), phrase.Verbatim(strings.TrimSpace(fmt.Sprintf("%d %s", x.Status, x.Proto))))
	}
	add(phrase.New("Content-Type"), phrase.Verbatim(x.Type))
	for i, h := range x.Caching {
		if i == mostHeaders {
			break
		}
		add(phrase.Verbatim(h.Name), phrase.Verbatim(h.Value))
	}
	if len(x.Caching) == 0 && x.Status > 0 {
		add(phrase.New("caching headers"), phrase.New("none"))
	}
	var set []string
	for i, cookie := range x.SetCookies {
		if i == mostHeaders {
			break
		}
		set = append(set, cookie.Name)
	}
	add(phrase.New("cookies set"), phrase.Verbatim(strings.Join(set, ", ")))
	add(phrase.New("connection"), phrase.Verbatim(x.Conn))
	add(phrase.New("held at"), phrase.Verbatim(x.Held))
	add(phrase.New("sent"), phrase.Verbatim(clock(sent(x))))
	if !x.Answered.IsZero() {
		add(phrase.New("answered"), phrase.New("%s after it was sent", milliseconds(x.Answered.Sub(sent(x)))))
	}
	if !x.End.IsZero() {
		add(phrase.New("last byte"), phrase.New("%s after it was sent, with %s of body", milliseconds(x.End.Sub(sent(x))), phrase.New("%d bytes", int(x.Bytes))))
	}
	add(phrase.New("traceparent"), phrase.Verbatim(x.Trace))
	add(phrase.New("ended early"), phrase.Verbatim(x.Error))
	return all
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
