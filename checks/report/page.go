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
	mostCards = 500
	mostNames = 24 // viewers, and owners, in the matrix
	mostRows  = 400
)

// page is what the template shows. All its texts are cleaned already.
type page struct {
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
	Coverage []fact
	Phases   []phaseRow
	Cells    []cellRow
	Surfaces []surfaceRow
	Missed   []missedRow
	Spreads  []spreadRow
	Run      []fact

	// How much of each is not on the page.
	PlacesLeft, HappenedLeft, StagesLeft, CardsLeft, PhasesLeft, CellsLeft, SpreadsLeft, MissedLeft int
}

// fact is a name and what it is.
type fact struct{ Name, Value string }

type placeRow struct{ View, Surfaces, Paths, Visits string }

type happenedRow struct{ Name, Kind, At, Took, Amid, Went string }

type stageRow struct {
	View, Side, Name, Visits, Leaking string
	Leaks                             bool
}

type phaseRow struct {
	Name, What, Rounds, Visits, Exposures, Leaking, Took string
	Leaks                                                bool
}

type cellRow struct {
	Phase, View                         string
	Visits, Reached, Exposures, Leaking string
	Leaks                               bool
	Why                                 string
}

type spreadRow struct {
	Phase, View, Hold, Releases, Arrived, Median, Worst string
}

func newPage(s *story, evidence fs.FS) *page {
	p := &page{
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

		PlacesLeft:   max(0, len(s.places)-mostRows),
		HappenedLeft: max(0, len(s.result.Happened)-mostRows),
		PhasesLeft:   max(0, len(s.result.Phases)-mostRows),
		CardsLeft:    max(0, len(s.result.Findings)-mostCards),
		CellsLeft:    max(0, len(s.cells)-mostRows),
		SpreadsLeft:  max(0, len(s.spreads)-mostRows),
	}
	for i, reason := range s.further() {
		if i == mostNames {
			p.Reasons = append(p.Reasons, fmt.Sprintf("and %s", counted(len(s.further())-i, "more reason", "more reasons")))
			break
		}
		p.Reasons = append(p.Reasons, visible(reason, 600))
	}
	for _, at := range s.places[:min(len(s.places), mostRows)] {
		p.Places = append(p.Places, placeRow{
			View: visible(at.view, 100), Surfaces: visible(strings.Join(at.surfaces, ", "), 200),
			Paths: paths(at.paths), Visits: count(at.visits),
		})
	}
	p.addHappened(s)
	p.Timeline = newTimeline(s, p.addCards(s, evidence))
	p.addCoverage(s)
	p.addPhases(s)
	p.addSurfaces(s)
	p.addSpreads(s)
	p.addRun(s)
	return p
}

func (p *page) addHappened(s *story) {
	for _, h := range s.result.Happened[:min(len(s.result.Happened), mostRows)] {
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
		if len(p.Stages) == mostRows {
			p.StagesLeft += len(stages) - i
			return
		}
		p.Stages = append(p.Stages, stageRow{
			View: visible(view, 100), Side: visible(st.Is, 20), Name: visible(st.Named.String(), 40),
			Visits: count(st.Visits), Leaking: count(st.Count), Leaks: st.Count > 0,
		})
	}
}

func (p *page) addPhases(s *story) {
	for _, ph := range s.result.Phases[:min(len(s.result.Phases), mostRows)] {
		what := string(ph.Order)
		if ph.Event != "" {
			what = strings.TrimPrefix(what+", event "+ph.Event, ", ")
		}
		if ph.Change != "" {
			what = strings.TrimPrefix(what+", change "+ph.Change, ", ")
		}
		if ph.Away != "" {
			what = strings.TrimPrefix(what+", left: the target was away", ", ")
		}
		p.Phases = append(p.Phases, phaseRow{
			Name: visible(ph.Name, 100), What: visible(what, 100), Rounds: count(ph.Rounds),
			Visits: count(ph.Visits), Exposures: count(ph.Exposures), Leaking: count(ph.LeakingVisits),
			Took: seconds(ph.Seconds), Leaks: ph.LeakingVisits > 0,
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
	for i := range s.result.Findings[:min(len(s.result.Findings), mostCards)] {
		f := &s.result.Findings[i]
		p.Cards = append(p.Cards, newCard(s, i+1, f, visits, pics))
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
		p.Coverage = append(p.Coverage, fact{"leak rate", fmt.Sprintf("%s %% per visit in company; %s–%s %% at 95 %%, were visits independent",
			percent(rate.Observed), percent(rate.Low), percent(rate.High))})
	}
	if bound := c.RateBound95; bound != nil {
		p.Coverage = append(p.Coverage, fact{"leak rate", fmt.Sprintf("less than %s %% per visit in company at 95 %%, were visits independent", percent(*bound))})
	}
	for _, c := range s.cells[:min(len(s.cells), mostRows)] {
		p.Cells = append(p.Cells, cellRow{
			Phase: visible(c.phase, 100), View: visible(c.view, 100),
			Visits: count(c.visits), Reached: count(c.reached), Exposures: count(c.exposures), Leaking: count(c.leaking),
			Leaks: c.leaking > 0, Why: visible(c.looked(), 300),
		})
	}
}

func (p *page) addSpreads(s *story) {
	for _, b := range s.spreads[:min(len(s.spreads), mostRows)] {
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

func (p *page) addRun(s *story) {
	h, r := s.run.Header, s.result.Run
	add := func(name, value string) {
		if value != "" {
			p.Run = append(p.Run, fact{name, visible(value, 300)})
		}
	}
	add("run", r.ID)
	add("target", r.Target)
	add("plan", r.Plan)
	add("plan's digest", h.Plan.Digest)
	add("seed", fmt.Sprint(r.Seed))
	add("started", moment(r.Started))
	add("took", fmt.Sprintf("%.1f s", r.Seconds))
	add("notmine", h.Tool)
	add("browser", h.Browser)
	if s.run.Torn {
		add("record", "its last line was not whole and was left out")
	}
	if c := s.result.Coverage; len(c.Blocked) > 0 {
		add("refused, not in the plan's hosts", listedHosts(c.Blocked, 20))
	}
	for _, f := range s.troubles() {
		add(f.Name, f.Value)
	}
}
