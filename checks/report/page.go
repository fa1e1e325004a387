package report

import (
	"fmt"
	"html/template"
	"io/fs"
	"slices"
	"strings"

	"notmine/checks/isolation"
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
	Word     string
	Headline string
	Reasons  []string
	CutShort string
	Answers  []fact
	RunID    string
	Target   string
	Matrix   *matrix
	Places   []placeRow
	Timeline *timeline
	Cards    []card
	Besides  string
	Happened []happenedRow
	Stages   []stageRow
	Known    []knownRow
	NewBound string // the highest rate of leaks that are not known, in percent; "" when there is none
	AllKnown bool   // whatever would fail the run is accepted or known
	Coverage []fact
	Gaps     []gap
	Cells    []cellRow
	Surfaces []surfaceRow
	Seed     string
	Again    string
	Schedule []scheduleRow
	Spreads  []spreadRow

	Environment []fact

	// How much of each is not on the page.
	PlacesLeft, HappenedLeft, StagesLeft, CardsLeft, KnownLeft, GapsLeft, CellsLeft, ScheduleLeft, SpreadsLeft int
}

// FewStages reports whether what was before, during and after is shown at once.
func (p *page) FewStages() bool { return len(p.Stages) <= openStages }

// Megabytes are how large a page may be.
func (p *page) Megabytes() int { return mostPageBytes / 1_000_000 }

// fact is a name and what it is.
type fact struct{ Name, Value string }

type placeRow struct{ View, Surfaces, Paths, Visits string }

type happenedRow struct{ Name, Kind, At, Took, Amid, Went string }

type stageRow struct {
	View, Side, Name, Visits, Leaking string
	Leaks                             bool
}

type cellRow struct {
	Phase, View                         string
	Visits, Reached, Exposures, Leaking string
	Leaks                               bool
}

type spreadRow struct {
	Phase, View, Hold, Releases, Arrived, Median, Worst string
}

func newPage(s *story, evidence fs.FS, most amounts) *page {
	p := &page{
		most: most,

		Policy:   policy(pageStyle, pageScript),
		Style:    template.CSS(pageStyle),
		Script:   template.JS(pageScript),
		Verdict:  string(s.result.Verdict),
		Word:     s.verdictWord(),
		Headline: visible(s.headline(), 600),
		CutShort: visible(s.cutShort(), 300),
		RunID:    visible(s.result.Run.ID, 100),
		Target:   visible(s.result.Run.Target, 200),
		Matrix:   newMatrix(s),
		Answers:  s.answers(),
		Besides:  strings.Join(s.besides(), ", "),

		AllKnown: s.first == nil && s.leading != nil,

		PlacesLeft:   max(0, len(s.places)-most.rows),
		HappenedLeft: max(0, len(s.result.Happened)-most.rows),
		CardsLeft:    max(0, len(s.result.Findings)-most.cards),
		CellsLeft:    max(0, len(s.cells)-most.rows),
		SpreadsLeft:  max(0, len(s.spreads)-most.rows),
	}
	for i, reason := range s.further() {
		if i == mostNames {
			p.Reasons = append(p.Reasons, fmt.Sprintf("and %s", counted(len(s.further())-i, "more reason", "more reasons")))
			break
		}
		p.Reasons = append(p.Reasons, visible(reason.String(), 600))
	}
	for _, at := range s.places[:min(len(s.places), most.rows)] {
		p.Places = append(p.Places, placeRow{
			View: visible(at.view, 100), Surfaces: visible(strings.Join(at.surfaces, ", "), 200),
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
	p.addSpreads(s)
	p.addEnvironment(s)
	return p
}

func (p *page) addHappened(s *story) {
	for _, h := range s.result.Happened[:min(len(s.result.Happened), p.most.rows)] {
		p.Happened = append(p.Happened, happenedRow{
			Name: nameOf(h), Kind: visible(h.Kind, 20), At: s.into(h), Took: seconds(h.Seconds), Amid: amid(h), Went: went(h),
		})
	}
	p.addStages("all", s.result.Stages)
	for _, at := range s.stages {
		p.addStages(at.view, at.stages)
	}
}

func (p *page) addStages(view string, stages []isolation.Stage) {
	for i, st := range stages {
		if len(p.Stages) == p.most.rows {
			p.StagesLeft += len(stages) - i
			return
		}
		p.Stages = append(p.Stages, stageRow{
			View: visible(view, 100), Side: visible(st.Is, 20), Name: visible(st.Named.String(), 40),
			Visits: count(st.Visits), Leaking: count(st.Count), Leaks: st.Count > 0,
		})
	}
}

// paths lists a few paths and says how many more there are.
func paths(of []string) string {
	const most = 5
	var named []string
	for _, path := range of[:min(len(of), most)] {
		named = append(named, visible(path, 120))
	}
	list := strings.Join(named, ", ")
	if more := len(of) - most; more > 0 {
		list += fmt.Sprintf(" and %s more", count(more))
	}
	return list
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
	p.Coverage = []fact{
		{"accounts", fmt.Sprintf("%s, of which %s logged in", count(c.Accounts), count(c.Sessions))},
		{"visits", count(c.Visits) + withoutBrowser(c)},
		{"exposures", fmt.Sprintf("%s: visits in which the account saw its own, so that a leak could have shown", count(c.Exposures))},
		{"at once", fmt.Sprintf("%s exposures while another session was at work", count(c.Overlapping))},
		{"pairs", fmt.Sprintf("%s of %s in which one was looking while the other was at work", count(c.PairsSeen), count(c.PairsPossible))},
	}
	if rate := c.Rate95; rate != nil {
		p.Coverage = append(p.Coverage, fact{"leak rate", fmt.Sprintf("%s %% per visit in company; %s–%s %% at 95 %%, if visits were independent",
			percent(rate.Observed), percent(rate.Low), percent(rate.High))})
	}
	if bound := c.RateBound95; bound != nil {
		p.Coverage = append(p.Coverage, fact{"leak rate", fmt.Sprintf("less than %s %% per visit in company at 95 %%, if visits were independent", percent(*bound))})
	}
	for _, f := range s.troubles() {
		p.Coverage = append(p.Coverage, fact{f.Name, visible(f.Value, 300)})
	}
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
			Releases: count(b.releases), Arrived: fmt.Sprintf("%s of %s", count(b.arrived), count(b.parties)),
			Median: "–", Worst: "–",
		}
		if b.timed {
			row.Median, row.Worst = milliseconds(b.median), milliseconds(b.worst)
		}
		p.Spreads = append(p.Spreads, row)
	}
}
