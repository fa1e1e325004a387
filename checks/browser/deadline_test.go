package browser

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func TestDeadlineStopsWhilePaused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, d := withDeadline(t.Context(), 10*time.Second)
		defer d.stop()
		time.Sleep(4 * time.Second)
		d.pause()
		time.Sleep(time.Hour) // at the barrier
		d.resume()
		time.Sleep(5 * time.Second)
		if err := ctx.Err(); err != nil {
			t.Fatalf("ended after 9 s that count: %v", err)
		}
		time.Sleep(2 * time.Second)
		if cause := context.Cause(ctx); !errors.As(cause, &errLate{}) {
			t.Fatalf("cause %v after 11 s that count, want errLate", cause)
		}
	})
}

func TestDeadlineStoppedStaysStopped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, d := withDeadline(t.Context(), time.Second)
		d.pause()
		d.stop()
		d.resume() // a hold that lets go after its step is over
		time.Sleep(time.Minute)
		if cause := context.Cause(ctx); errors.As(cause, &errLate{}) {
			t.Error("a deadline fired after its step was over")
		}
	})
}

// After a cut, the step under way and those after it have little time left, and
// none of it passes at a barrier.
func TestHurry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &clock{}
		for i := range 2 {
			begin := time.Now()
			ctx, limit := withDeadline(t.Context(), time.Hour)
			c.set(limit)
			resume := c.pause()
			if i == 0 {
				c.hurry(time.Second)
			}
			time.Sleep(10 * time.Second)
			resume()
			<-ctx.Done()
			if got := time.Since(begin); got != 11*time.Second {
				t.Errorf("step %d ended after %v, want 11s", i, got)
			}
			limit.stop()
			c.set(nil)
		}
	})
}
