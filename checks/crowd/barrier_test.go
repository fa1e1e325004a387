package crowd

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func (b *barrier) newPlaces(n int, l *loads) []*place {
	places := make([]*place, n)
	for i := range places {
		places[i] = b.place(l.load())
	}
	return places
}

func TestNoneGoesBeforeTheLastHasCome(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBarrier(First, 3, time.Minute, time.Second)
		start := time.Now()
		var wg sync.WaitGroup
		for i, p := range b.newPlaces(3, newLoads(1)) {
			wg.Go(func() {
				time.Sleep(time.Duration(i) * time.Second)
				if err := p.Arrive(t.Context()); err != nil {
					t.Errorf("place %d: %v", i, err)
				}
				if got := time.Since(start); got != 2*time.Second {
					t.Errorf("place %d went after %v, the last came after 2s", i, got)
				}
				time.Sleep(time.Duration(i) * time.Millisecond)
				p.Sent()
				p.Leave()
			})
		}
		wg.Wait()
		if got := b.close(); got.Arrived != 3 || got.Spread != 2*time.Millisecond {
			t.Errorf("recorded %d requests with a spread of %v, want 3 with 2ms", got.Arrived, got.Spread)
		}
	})
}

func TestWhoLeavesIsNotWaitedFor(t *testing.T) {
	for _, tt := range []struct {
		label, reason string
		leave         func(ctx context.Context, p *place)
	}{
		{"never came", "a visit that failed before its request", func(ctx context.Context, p *place) { p.Leave() }},
		{"came and went", "a session that died while its request waited", func(ctx context.Context, p *place) {
			ctx, cancel := context.WithTimeout(ctx, time.Second)
			defer cancel()
			if err := p.Arrive(ctx); err == nil {
				t.Error("a request went although one of three was missing")
			}
		}},
	} {
		t.Run(tt.label, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBarrier(First, 3, time.Minute, time.Second)
				places := b.newPlaces(3, newLoads(3))
				var wg sync.WaitGroup
				wg.Go(func() { tt.leave(t.Context(), places[0]) })
				start := time.Now()
				for _, p := range places[1:] {
					wg.Go(func() {
						time.Sleep(3 * time.Second)
						if err := p.Arrive(t.Context()); err != nil {
							t.Error(err)
						}
						if got := time.Since(start); got != 3*time.Second {
							t.Errorf("waited until %v for one that had left (%s)", got, tt.reason)
						}
					})
				}
				wg.Wait()
				b.close()
			})
		})
	}
}

func TestBarrierGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBarrier(First, 2, 10*time.Second, time.Second)
		places := b.newPlaces(2, newLoads(2))
		start := time.Now()
		if err := places[0].Arrive(t.Context()); err != nil || time.Since(start) != 10*time.Second {
			t.Errorf("went after %v with error %v, want after 10s without one", time.Since(start), err)
		}
		if err := places[1].Arrive(t.Context()); !errors.Is(err, errGaveUp) {
			t.Errorf("the late one got %v, want %v", err, errGaveUp)
		}
		if err := places[1].Answered(t.Context()); err != nil {
			t.Errorf("the late one's answer: %v", err)
		}
	})
}

// The wire may hold a hundred answers; the browsers get them as the loads allow.
func TestAnswersAreHandedOnAFewAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n, room = 10, 2
		b := newBarrier(First, n, time.Minute, 5*time.Second)
		l := newLoads(room)
		var mu sync.Mutex
		painting, most := 0, 0
		var wg sync.WaitGroup
		start := time.Now()
		for i, p := range b.newPlaces(n, l) {
			wg.Go(func() {
				if err := p.load.take(t.Context()); err != nil {
					t.Error(err)
				}
				p.Arrive(t.Context()) // gives its load back, or the others could not come
				p.Sent()
				time.Sleep(time.Duration(i) * 100 * time.Millisecond) // the target answers
				p.Answered(t.Context())
				if since := time.Since(start); since < 900*time.Millisecond {
					t.Errorf("an answer was handed on after %v, before the last was there", since)
				}
				mu.Lock()
				painting++
				most = max(most, painting)
				mu.Unlock()
				time.Sleep(time.Second)
				mu.Lock()
				painting--
				mu.Unlock()
				p.Leave()
				p.load.give()
			})
		}
		wg.Wait()
		b.close()
		if most != room {
			t.Errorf("%d pages were painted at once, want %d", most, room)
		}
	})
}

func TestASlowAnswerDoesNotHoldTheOthersForLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBarrier(First, 2, time.Minute, 5*time.Second)
		places := b.newPlaces(2, newLoads(2))
		start := time.Now()
		var wg sync.WaitGroup
		wg.Go(func() {
			places[0].Arrive(t.Context())
			places[0].Answered(t.Context())
			if got := time.Since(start); got != 5*time.Second {
				t.Errorf("the answer was held for %v, want 5s", got)
			}
		})
		wg.Go(func() {
			places[1].Arrive(t.Context())
			time.Sleep(time.Minute)
			places[1].Answered(t.Context())
		})
		wg.Wait()
	})
}
