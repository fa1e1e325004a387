package report

// textAmounts are how much of a run a summary tells.
type textAmounts struct {
	wrapped  int // lines of one row; the headline always has up to four
	reasons  int // besides the headline's
	viewers  int // rows of who was shown whose
	places   int
	accepted int
	happened int // events and changes
	searches int

	noExplain, noSurfaces, noRefused, noPhases, noUnseen, noBesides, noAgain, noMissed bool
}

// wholeText is what a summary tells that has room for it.
var wholeText = textAmounts{wrapped: 4, reasons: mostReasons, viewers: 4, places: 3, accepted: 3, happened: 2, searches: 3}

// shorter is what a summary that is too long does without, one after the other:
// first what the page tells as well and nobody is called for, then examples of
// which there are more, then the ends of long rows. Who was shown whose, where,
// since when, why, what is accepted or known and what was looked at stay, if only
// with a row each.
var shorter = []func(*textAmounts){
	func(t *textAmounts) { t.noExplain = true },
	func(t *textAmounts) { t.noSurfaces = true },
	func(t *textAmounts) { t.noRefused = true },
	func(t *textAmounts) { t.noPhases = true },
	func(t *textAmounts) { t.wrapped = 2 },
	func(t *textAmounts) { t.reasons, t.accepted = 2, 1 },
	func(t *textAmounts) { t.viewers, t.places = 2, 1 },
	func(t *textAmounts) { t.noUnseen = true },
	func(t *textAmounts) { t.noBesides = true },
	func(t *textAmounts) { t.happened, t.searches = 1, 1 },
	func(t *textAmounts) { t.wrapped = 1 },
	func(t *textAmounts) { t.reasons = 1 },
	func(t *textAmounts) { t.noAgain = true },
	func(t *textAmounts) { t.viewers = 1 },
	func(t *textAmounts) { t.noMissed = true },
	func(t *textAmounts) { t.searches = 0 },
}
