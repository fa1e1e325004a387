package repro

import (
	"math"
	"math/rand/v2"
	"testing"
)

func ask(floor, lost float64, most int) Question {
	return Question{Floor: floor, Lost: lost, Alpha: 0.05, Beta: 0.05, Most: most}
}

func near(a, b, within float64) bool { return math.Abs(a-b) <= within }

// The numbers that published tables of the test have at 5 % and 5 %: how many
// hits in a row, and how many misses, decide.
func TestAnswerInARow(t *testing.T) {
	for _, tt := range []struct {
		floor, lost  float64
		hits, misses int
	}{{0.4, 0.05, 2, 7}, {0.2, 0.02, 2, 15}, {0.1, 0.01, 2, 31}} {
		q := ask(tt.floor, tt.lost, 1000)
		for n := range 40 {
			if got, want := q.Answer(n, n) == Kept, n >= tt.hits; got != want {
				t.Errorf("%v against %v: %d hits in a row are kept: %v", tt.floor, tt.lost, n, got)
			}
			if got, want := q.Answer(0, n) == Lost, n >= tt.misses; got != want {
				t.Errorf("%v against %v: %d misses in a row are lost: %v", tt.floor, tt.lost, n, got)
			}
		}
	}
}

// By hand: a hit weighs ln 8 = 2.079, a miss ln(0.6/0.95) = -0.4595, and ±2.944
// decides.
func TestAnswerByHand(t *testing.T) {
	q := ask(0.4, 0.05, 12)
	for _, tt := range []struct {
		hits, tries int
		want        Answer
	}{
		{0, 0, Undecided},
		{1, 1, Undecided},  // 2.079
		{1, 5, Undecided},  // 2.079 - 1.838
		{2, 4, Kept},       // 4.159 - 0.919 = 3.240
		{2, 5, Undecided},  // 4.159 - 1.379 = 2.780
		{2, 11, Undecided}, // 4.159 - 4.136 = 0.023
		{1, 11, Undecided}, // 2.079 - 4.595 = -2.516
		{1, 12, Lost},      // 2.079 - 5.055 = -2.975
		{2, 12, Lost},      // 4.159 - 4.595 < 0: no more tries, and lost is nearer
		{3, 12, Kept},      // 6.238 - 4.136 = 2.102: no more tries, and kept is nearer
	} {
		if got := q.Answer(tt.hits, tt.tries); got != tt.want {
			t.Errorf("%d of %d: %v, want %v", tt.hits, tt.tries, got, tt.want)
		}
	}
}

func TestLostIsNearerWhenNeitherIs(t *testing.T) {
	for _, floor := range []float64{0.6, 0.7, 0.75} { // a hit weighs as much as a miss
		if got := ask(floor, 1-floor, 2).Answer(1, 2); got != Lost {
			t.Errorf("one of two at %v: %v, want lost", floor, got)
		}
	}
}

// Each bound goes by both errors: ln((1-beta)/alpha) and ln(beta/(1-alpha)).
func TestBoundsGoByBothErrors(t *testing.T) {
	q := ask(0.4, 0.05, 100)
	q.Beta = 0.4                                               // ln 12 = 2.485 is kept
	if q.Answer(2, 5) != Kept || q.Answer(2, 6) != Undecided { // 2.780 and 2.321
		t.Errorf("2 of 5: %v, 2 of 6: %v", q.Answer(2, 5), q.Answer(2, 6))
	}
	q.Alpha, q.Beta = 0.4, 0.05                                // -2.485 is lost
	if q.Answer(0, 6) != Lost || q.Answer(0, 5) != Undecided { // -2.757 and -2.298
		t.Errorf("0 of 6: %v, 0 of 5: %v", q.Answer(0, 6), q.Answer(0, 5))
	}
}

// A question of three tries can be gone through by hand: 2 hits are kept at
// once, and after three tries one hit is nearer to 0.4.
func TestAtByHand(t *testing.T) {
	q := ask(0.4, 0.05, 3)
	const p = 0.3
	// h h; h m h; m h h; h m m; m h m; m m h are kept, m m m is lost.
	odds := q.At(p)
	lost := math.Pow(1-p, 3)
	tries := 2*p*p + 3*(1-p*p)
	if !near(odds.Lost, lost, 1e-12) || !near(odds.Kept, 1-lost, 1e-12) || !near(odds.Tries, tries, 1e-12) {
		t.Errorf("at %v: %+v, want lost %v after %v tries", p, odds, lost, tries)
	}
}

func TestErrorsAreKept(t *testing.T) {
	for _, q := range []Question{
		ask(0.4, 0.05, 1000), ask(0.2, 0.02, 1000), ask(0.1, 0.01, 3000), ask(0.05, 0.025, 5000),
		{Floor: 0.8, Lost: 0.5, Alpha: 0.02, Beta: 0.05, Most: 1000},
	} {
		alpha, beta := q.Errors()
		// Wald: neither error is more than its bound over one less the other, and their sum no more than that of the bounds.
		if alpha > q.Alpha/(1-q.Beta) || beta > q.Beta/(1-q.Alpha) || alpha+beta > q.Alpha+q.Beta {
			t.Errorf("%+v: errors of %v and %v", q, alpha, beta)
		}
		if odds := q.At(q.Floor); !near(odds.Kept+odds.Lost, 1, 1e-9) {
			t.Errorf("%+v: odds %+v", q, odds)
		}
	}
}

// The price of stopping early is in Errors, and grows as there are fewer tries.
func TestFewerTriesCost(t *testing.T) {
	last := 0.0
	for _, most := range []int{400, 100, 50, 25, 10} {
		alpha, beta := ask(0.2, 0.1, most).Errors()
		if alpha+beta <= last {
			t.Errorf("with %d tries the errors come to %v, with more to %v", most, alpha+beta, last)
		}
		last = alpha + beta
	}
}

// 1,000 services with seeded rates: those at the floor or above are kept, those
// at the lost rate or below are lost, but for the share of errors.
func TestSimulatedServices(t *testing.T) {
	const services, rates = 1000, 20
	at := remembered()
	for _, q := range []Question{ask(0.4, 0.05, 120), ask(0.2, 0.05, 200), Against(0.85, 0.05), Against(0.3, 0.05)} {
		rng := rand.New(rand.NewPCG(6, 1000))
		var wrong, expected, variance, tries, meant float64
		for i := range services {
			share := float64(rng.IntN(rates)) / rates
			rate, want := q.Floor+share*(1-q.Floor), Kept
			if i%2 == 1 {
				rate, want = q.Lost-share*q.Lost, Lost
			}
			odds := at(q, rate)
			off := odds.Lost
			if want == Lost {
				off = odds.Kept
			}
			expected += off
			variance += off * (1 - off)
			meant += odds.Tries
			answer, n := asked(q, rng, rate)
			tries += float64(n)
			if answer != want {
				wrong++
			}
		}
		alpha, beta := q.Errors()
		if most := services / 2 * (alpha + beta); wrong > most {
			t.Errorf("%+v: %v of %d were answered wrong, and the error rates allow %v", q, wrong, services, most)
		}
		if !near(wrong, expected, 4*math.Sqrt(variance)+1) {
			t.Errorf("%+v: %v were answered wrong, and %v were to be", q, wrong, expected)
		}
		if !near(tries/meant, 1, 0.1) {
			t.Errorf("%+v: it took %v tries, and %v were to be", q, tries, meant)
		}
	}
}

// asked asks a question of a service with a rate, and returns how many tries it took.
func asked(q Question, rng *rand.Rand, rate float64) (Answer, int) {
	hits, n := 0, 0
	for q.Answer(hits, n) == Undecided {
		n++
		if rng.Float64() < rate {
			hits++
		}
	}
	return q.Answer(hits, n), n
}

// What candidates are asked keeps its errors at any first rate: exactly, and over
// 1,000 services that are at either rate, where errors are most.
func TestAgainstKeepsItsErrors(t *testing.T) {
	const services, firsts = 1000, 20
	var questions []Question
	for i := range firsts {
		q := Against(float64(i+1)/firsts, 0.05)
		if a, b := q.Errors(); a > alpha/(1-beta) || b > beta/(1-alpha) {
			t.Errorf("%+v: errors of %v and %v", q, a, b)
		}
		questions = append(questions, q)
	}
	rng := rand.New(rand.NewPCG(6, 1002))
	var wrongLost, wrongKept float64
	for i := range services {
		q := questions[i/2%firsts]
		if i%2 == 0 {
			if answer, _ := asked(q, rng, q.Lost); answer == Kept {
				wrongKept++
			}
		} else if answer, _ := asked(q, rng, q.Floor); answer == Lost {
			wrongLost++
		}
	}
	for _, tt := range []struct {
		what         string
		wrong, error float64
	}{{"kept", wrongKept, alpha}, {"lost", wrongLost, beta}} {
		if meant := services / 2 * tt.error; tt.wrong > meant+3*math.Sqrt(meant) {
			t.Errorf("%v were wrongly taken for %s, and %v are to be", tt.wrong, tt.what, meant)
		}
	}
}

// Where there are too few tries to tell half from four fifths, lost begins lower.
func TestAgainstARareOne(t *testing.T) {
	last := 0.0
	for _, first := range []float64{0.05, 0.1, 0.15, 0.2, 0.3} {
		q := Against(first, 0.05)
		share := q.Lost / q.Floor
		if common := first >= 0.2; near(share, lost/kept, 1e-12) != common || share <= last && !common {
			t.Errorf("against %v it is lost at %.3f of the floor", first, share)
		}
		last = share
	}
	if q := Against(0.001, 0.001); q.Lost < q.Floor/11 { // which no number of tries tells
		t.Errorf("a floor of 0.1 %% is asked against %v", q.Lost)
	}
}

func TestCheck(t *testing.T) {
	good := ask(0.4, 0.05, 10)
	if err := good.Check(); err != nil {
		t.Error(err)
	}
	for name, spoil := range map[string]func(*Question){
		"floor below lost": func(q *Question) { q.Floor = 0.01 },
		"lost of nothing":  func(q *Question) { q.Lost = 0 },
		"certain floor":    func(q *Question) { q.Floor = 1 },
		"not a number":     func(q *Question) { q.Floor = math.NaN() },
		"alpha":            func(q *Question) { q.Alpha = 0.5 },
		"beta":             func(q *Question) { q.Beta = 0 },
		"tries":            func(q *Question) { q.Most = 0 },
	} {
		q := good
		spoil(&q)
		if q.Check() == nil {
			t.Errorf("%s: %+v can be asked", name, q)
		}
	}
}

func TestAgainst(t *testing.T) {
	for _, tt := range []struct{ first, floor, kept, lost float64 }{
		{1, 0.05, 0.8, 0.5},
		{0.6, 0.05, 0.48, 0.3},
		{0.2, 0.05, 0.16, 0.1},
		{0.3, 0.4, 0.4, 0.25}, // no lower than the floor
		{0.9, 0.95, 0.8, 0.5},
	} {
		q := Against(tt.first, tt.floor)
		if !near(q.Floor, tt.kept, 1e-12) || !near(q.Lost, tt.lost, 1e-12) || q.Check() != nil {
			t.Errorf("against %v with floor %v: %+v, %v", tt.first, tt.floor, q, q.Check())
		}
	}
}
