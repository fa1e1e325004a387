package report

import (
	"html/template"
	"io/fs"
	"slices"

	"notmine/checks/isolation"
	"notmine/checks/phrase"
	"notmine/checks/record"
)

const (
	mostNames  = 24 // viewers, and owners, in the matrix
	openStages = 12 // rows before, during and after what happened that are shown at once
)

// page is what the template shows. All its texts are cleaned already.
type page struct {
	most amounts

	Policy   string
	Style    template.CSS
	Script   template.JS
	Verdict  string // also a class of the style
	Word     bilingual
	Headline bilingual
	Reasons  []bilingual
	CutShort bilingual
	Answers  facts
	RunID    string
	Target   string
	Matrix   *matrix
	Places   []placeRow
	Timeline *timeline
	Cards    []card
	Besides  bilingual
	Happened []happenedRow
	Stages   []stageRow
	Known    []knownRow
	NewBound string // the highest rate of leaks that are not known, in percent; "" when there is none
	AllKnown bool   // whatever would fail the run is accepted or known
	Coverage facts
	Gaps     []gap
	Cells    []cellRow
	Surfaces []surfaceRow
	Seed     string
	Again    string
	Schedule []scheduleRow
	Searches []searchRow
	Spreads  []spreadRow

	Environment facts
	Words       map[string]bilingual // what the page's script says

	// How much of each is not on the page.
	PlacesLeft, HappenedLeft, StagesLeft, CardsLeft, KnownLeft, GapsLeft, CellsLeft, ScheduleLeft, SpreadsLeft int
}

// FewStages reports whether what was before, during and after is shown at once.
func (p *page) FewStages() bool { return len(p.Stages) <= openStages }

// Megabytes are how large a page may be.
func (p *page) Megabytes() int { return mostPageBytes / 1_000_000 }

type placeRow struct {
	View, Visits    string
	Surfaces, Paths bilingual
}

type happenedRow struct {
	At, Took         string
	Name, Amid, Went bilingual
}

type stageRow struct {
	View, When      bilingual
	Visits, Leaking string
	Leaks           bool
}

type cellRow struct {
	Phase, View                         string
	Visits, Reached, Exposures, Leaking string
	Leaks                               bool
}

type spreadRow struct {
	Phase, View, Hold, Releases, Median, Worst string
	Arrived                                    bilingual
}

func newPage(s *story, evidence fs.FS, most amounts) *page {
	p := &page{
		most: most,

		Policy:   policy(pageStyle, pageScript),
		Style:    template.CSS(pageStyle),
		Script:   template.JS(pageScript),
		Verdict:  string(s.result.Verdict),
		Word:     bilingual{s.verdictWord(), phrase.Name(string(s.result.Verdict)).In(phrase.Korean)},
		Headline: inBoth(s.headline(), 600),
		RunID:    visible(s.result.Run.ID, 100),
		Target:   visible(s.result.Run.Target, 200),
		Matrix:   newMatrix(s),
		Answers:  s.answers(),

		AllKnown: s.first == nil && s.leading != nil,

		PlacesLeft:   max(0, len(s.places)-most.rows),
		HappenedLeft: max(0, len(s.result.Happened)-most.rows),
		CardsLeft:    max(0, len(s.result.Findings)-most.cards),
		CellsLeft:    max(0, len(s.cells)-most.rows),
		SpreadsLeft:  max(0, len(s.spreads)-most.rows),
	}
	reasons := s.further()
	for _, reason := range reasons[:min(len(reasons), mostNames)] {
		p.Reasons = append(p.Reasons, inBoth(reason, 600))
	}
	if left := len(reasons) - mostNames; left > 0 {
		p.Reasons = append(p.Reasons, inBoth(phrase.New("and %d more reasons", left), 100))
	}
	if cut := s.cutShort(); !cut.IsZero() {
		p.CutShort = inBoth(phrase.New("The run did not come to its end: %s. What it had seen until then was judged.", cut), 400)
	}
	if besides := s.besides(); len(besides) > 0 {
		p.Besides = inBoth(phrase.New("Besides what fails the run: %s.", phrase.Join(besides, ", ")), 300)
	}
	for _, at := range s.places[:min(len(s.places), most.rows)] {
		p.Places = append(p.Places, placeRow{
			View: visible(at.view, 100), Surfaces: inBoth(phrase.Join(named(at.surfaces), ", "), 200),
			Paths: paths(at.paths), Visits: count(at.visits),
		})
	}
	p.addHappened(s)
	p.Timeline = newTimeline(s, p.addCards(s, evidence), most)
	p.addKnown(s)
	p.addCoverage(s)
	p.addGaps(s)
	p.addSurfaces(s)
	p.addSchedule(s)
	p.addSearches(s)
	p.addSpreads(s)
	p.addEnvironment(s)
	p.addWords()
	return p
}

func (p *page) addHappened(s *story) {
	for _, h := range s.result.Happened[:min(len(s.result.Happened), p.most.rows)] {
		p.Happened = append(p.Happened, happenedRow{
			Name: inBoth(phrase.New("%s (%s)", nameOf(h), kindOf(h)), 60), At: s.into(h), Took: seconds(h.Seconds),
			Amid: inBoth(amid(h), 200), Went: inBoth(went(h), 400),
		})
	}
	p.addStages(phrase.New("all"), s.result.Stages)
	for _, at := range s.stages {
		p.addStages(phrase.Verbatim(at.view), at.stages)
	}
}

func (p *page) addStages(view phrase.Text, stages []isolation.Stage) {
	for i, st := range stages {
		if len(p.Stages) == p.most.rows {
			p.StagesLeft += len(stages) - i
			return
		}
		p.Stages = append(p.Stages, stageRow{
			View: inBoth(view, 100), When: inBoth(when(st), 60),
			Visits: count(st.Visits), Leaking: count(st.Count), Leaks: st.Count > 0,
		})
	}
}

// when says whether a part of the run was before, during or after something.
func when(st isolation.Stage) phrase.Text {
	name := visible(st.Named.String(), 40)
	switch st.Is {
	case isolation.Before:
		return phrase.New("before %s", name)
	case isolation.During:
		return phrase.New("during %s", name)
	}
	return phrase.New("after %s", name)
}

// paths lists a few paths and says how many more there are.
func paths(of []string) bilingual {
	const most = 5
	var cut []string
	for _, path := range of {
		cut = append(cut, visible(path, 120))
	}
	return inBoth(few(verbatim(cut), most), 1000)
}

// addCards adds a card for each finding, and returns the first card of each
// observation that has one.
func (p *page) addCards(s *story, evidence fs.FS) map[int]int {
	pics := newPictures(evidence)
	visits := visitsOf(s.run)
	cards := map[int]int{}
	for i := range s.result.Findings[:min(len(s.result.Findings), p.most.cards)] {
		f := &s.result.Findings[i]
		p.Cards = append(p.Cards, newCard(s, i+1, f, visits, pics, i < p.most.whole))
		for _, n := range slices.Concat(f.Witness[:min(len(f.Witness), 1)], f.Visits) {
			if cards[n] == 0 {
				cards[n] = i + 1
			}
		}
	}
	return cards
}

// look is an account at a view.
type look struct{ account, view string }

func visitsOf(run *record.Run) map[look]int {
	visits := map[look]int{}
	for _, o := range run.Observations {
		visits[look{o.Account, o.View}]++
	}
	return visits
}

func (p *page) addCoverage(s *story) {
	c := s.result.Coverage
	add := func(name, value phrase.Text) { p.Coverage.add(name, value, 300) }
	add(phrase.New("accounts"), phrase.New("%d, of which %d logged in", c.Accounts, c.Sessions))
	if c.Plain == nil {
		add(phrase.New("visits"), phrase.New("%d", c.Visits))
	} else {
		add(phrase.New("visits"), phrase.New("%d (%d without a browser)", c.Visits, c.Plain.Visits))
	}
	add(phrase.New("exposures"), phrase.New("%d: visits in which the account saw its own, so that a leak could have shown", c.Exposures))
	add(phrase.New("at once"), phrase.New("%s while another session was at work", phrase.New("%d exposures", c.Overlapping)))
	add(phrase.New("pairs"), phrase.New("%d of %d in which one was looking while the other was at work", c.PairsSeen, c.PairsPossible))
	if rate := c.Rate95; rate != nil {
		add(phrase.New("leak rate"), phrase.New("%s %% per visit in company; %s–%s %% at 95 %%, if visits were independent",
			percent(rate.Observed), percent(rate.Low), percent(rate.High)))
	}
	if bound := c.RateBound95; bound != nil {
		add(phrase.New("leak rate"), phrase.New("less than %s %% per visit in company at 95 %%, if visits were independent", percent(*bound)))
	}
	p.Coverage.addTroubles(s)
	for _, c := range s.cells[:min(len(s.cells), p.most.rows)] {
		p.Cells = append(p.Cells, cellRow{
			Phase: visible(c.phase, 100), View: visible(c.view, 100),
			Visits: count(c.visits), Reached: count(c.reached), Exposures: count(c.exposures), Leaking: count(c.leaking),
			Leaks: c.leaking > 0,
		})
	}
}

func (p *page) addSpreads(s *story) {
	for _, b := range s.spreads[:min(len(s.spreads), p.most.rows)] {
		row := spreadRow{
			Phase: visible(b.phase, 100), View: visible(b.view, 100), Hold: visible(b.hold, 100),
			Releases: count(b.releases), Arrived: inBoth(phrase.New("%d of %d", b.arrived, b.parties), 40),
			Median: "–", Worst: "–",
		}
		if b.timed {
			row.Median, row.Worst = milliseconds(b.median), milliseconds(b.worst)
		}
		p.Spreads = append(p.Spreads, row)
	}
}

// slot is where the page's script puts a value into a text.
func slot(of string) string { return "{" + of + "}" }

// addWords adds what the page's script says, which has no words of its own.
func (p *page) addWords() {
	told := func(text phrase.Text) bilingual { return inBoth(text, 200) }
	all := phrase.New("%d findings", len(p.Cards))
	p.Words = map[string]bilingual{
		"pair":   told(phrase.New("%s of %s: %s was shown data of %s", slot("shown"), all, slot("viewer"), slot("owner"))),
		"viewer": told(phrase.New("%s of %s: what %s was shown", slot("shown"), all, slot("viewer"))),
		"owner":  told(phrase.New("%s of %s: data of %s", slot("shown"), all, slot("owner"))),
		"round":  told(phrase.New("%s, round %s", slot("phase"), slot("round"))),
		"took":   told(phrase.New("%s s, for %s ms", slot("at"), slot("took"))),
		"whose":  told(phrase.New("shown: %s", slot("owners"))),
	}
}
