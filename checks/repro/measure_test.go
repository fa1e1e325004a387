package repro

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"notmine/checks/phrase"
	"notmine/checks/plan"
)

// scripted is a target whose rounds come out as they are written: h is a hit, . a
// miss, and after the last the target is away.
func scripted(rounds string) Try {
	return func(_ context.Context, _ *plan.Plan, more func(hits, rounds int) bool) (Tries, error) {
		var t Tries
		for more(t.Hits, t.Rounds) {
			if t.Rounds == len(rounds) {
				return t, errors.New("connection\nrefused")
			}
			if rounds[t.Rounds] == 'h' {
				t.Hits++
			}
			t.Rounds++
		}
		return t, nil
	}
}

func steady(hit byte) string {
	rounds := make([]byte, 500)
	for i := range rounds {
		rounds[i] = hit
	}
	return string(rounds)
}

func TestMeasure(t *testing.T) {
	for _, tt := range []struct {
		rounds          string
		m               Measuring
		english, korean string
	}{
		{steady('.'), Measuring{Floor: 0.05}, "not in 60 tries: rate below 4.9 %", "시도 60회에서 한 번도 재현되지 않았다. 재현율은 4.9 % 미만이다"},
		{steady('.'), Measuring{Floor: 0.01}, "not in 300 tries: rate below 1.00 %", "시도 300회에서 한 번도 재현되지 않았다. 재현율은 1.00 % 미만이다"},
		{"hhhh.hhhhhhh.hhhh.hhh.......", Measuring{Floor: 0.05}, "reproduced in 17 of 20 tries (62–97 %)", "시도 20회 중 17회 재현되었다(62–97 %)"},
		{steady('h'), Measuring{Floor: 0.05}, "reproduced in 20 of 20 tries (83–100 %)", "시도 20회 중 20회 재현되었다(83–100 %)"},
		{"h" + steady('.'), Measuring{Floor: 0.05}, "reproduced in 1 of 120 tries (0.042–6.1 %)", "시도 120회 중 1회 재현되었다(0.042–6.1 %)"},
		{"", Measuring{Floor: 0.05}, "could not try: connection refused", "시도하지 못했다: connection refused"},
		{".", Measuring{Floor: 0.05}, "not in 1 try: rate below 95 %; then it could not be tried: connection refused",
			"시도 1회에서 한 번도 재현되지 않았다. 재현율은 95 % 미만이다. 그 뒤로는 시도하지 못했다: connection refused"},
		{"hh", Measuring{Floor: 0.05}, "reproduced in 2 of 2 tries (15–100 %); then it could not be tried: connection refused",
			"시도 2회 중 2회 재현되었다(15–100 %). 그 뒤로는 시도하지 못했다: connection refused"},
	} {
		got := tt.m.Measure(t.Context(), nil, scripted(tt.rounds)).Text()
		if got.String() != tt.english || got.In(phrase.Korean) != tt.korean {
			t.Errorf("%.30q: %q, %q", tt.rounds, got, got.In(phrase.Korean))
		}
	}
}

// A target whose rounds end by themselves is not taken for one that was decided.
func TestMeasureOfTooFewRounds(t *testing.T) {
	over := func(context.Context, *plan.Plan, func(hits, rounds int) bool) (Tries, error) {
		return Tries{Rounds: 1}, nil
	}
	const want = "not in 1 try: rate below 95 %; then it could not be tried: its rounds were over before it was decided"
	if got := (Measuring{Floor: 0.05}).Measure(t.Context(), nil, over).Text().String(); got != want {
		t.Errorf("says %q", got)
	}
}

// What breaks because the user stops is not told as the target's fault.
func TestMeasureThatIsStoppedSaysSo(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	m := Measuring{Floor: 0.05}.Measure(ctx, nil, func(context.Context, *plan.Plan, func(hits, rounds int) bool) (Tries, error) {
		cancel(errors.New("interrupted"))
		return Tries{Hits: 1, Rounds: 1}, errors.New("starting the browser: context canceled")
	})
	if m.Why.String() != "interrupted" {
		t.Errorf("says %q", m.Why)
	}
}

func TestMeasureEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	try := func(_ context.Context, _ *plan.Plan, more func(hits, rounds int) bool) (Tries, error) {
		n := 0
		for ; more(n, n); n++ {
			if n == 3 {
				cancel(errors.New("interrupted"))
			}
		}
		return Tries{Hits: n, Rounds: n}, nil
	}
	m := Measuring{Floor: 0.05}.Measure(ctx, nil, try)
	if m.Rounds != 4 || m.Why.String() != "interrupted" {
		t.Errorf("measured %+v, want 4 rounds and that it was interrupted", m)
	}
}

func TestPercentStaysTrue(t *testing.T) {
	up, down := func(r float64) string { return percent(r, math.Ceil) }, func(r float64) string { return percent(r, math.Floor) }
	for _, tt := range []struct{ got, want string }{
		{up(0.0487), "4.9"}, {up(0.0491), "5.0"}, {down(0.0491), "4.9"}, {up(0.05), "5.0"}, {down(0.05), "5.0"},
		{up(0.9679), "97"}, {down(0.6211), "62"}, {up(1), "100"}, {down(0.000253), "0.025"}, {down(0), "0.0000"},
		{up(0.29), "29"}, {up(0.0999), "10"},
	} {
		if tt.got != tt.want {
			t.Errorf("%s, want %s", tt.got, tt.want)
		}
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for range 1000 {
		if r := rng.Float64(); len(up(r)) > 4 {
			t.Errorf("%v is written as %s", r, up(r))
		}
	}
}
