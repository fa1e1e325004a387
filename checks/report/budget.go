package report

// mostPageBytes is how large a page may be, its pictures included: small enough
// to send to somebody, and to open at once.
const mostPageBytes = 5_000_000

// amounts are how much of a run a page tells.
type amounts struct {
	cards  int // findings
	whole  int // of them, those with more than their facts
	rows   int // of each table
	visits int // that the time line draws
}

// fullPage is what a page tells that has room for it.
var fullPage = amounts{cards: 500, whole: 50, rows: 400, visits: 20_000}

// half is half as much of everything, and something of everything.
func (a amounts) half() amounts {
	return amounts{max(1, a.cards/2), max(1, a.whole/2), max(1, a.rows/2), max(1, a.visits/2)}
}
