package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"runtime"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"notmine/checks/browser"
	"notmine/checks/crowd"
	"notmine/checks/isolation"
	"notmine/checks/marker"
	"notmine/checks/plan"
	"notmine/checks/record"
	"notmine/checks/sight"
	"notmine/checks/suite"
	"notmine/fixtures/webmail"
)

// bench is one browser, one webmail and what is measured with them.
type bench struct {
	*site
	driver *browser.Driver
	ledger *marker.Ledger
	dir    string

	mu       sync.Mutex
	arrivals []time.Time // of requests for the inbox
}

// openBench serves a healthy webmail with n accounts and starts a browser. The
// plan has one view and plants nothing: what is timed is looking.
func openBench(ctx context.Context, n int) (b *bench, err error) {
	b = &bench{}
	b.site, err = open(webmail.Options{Accounts: n, Seed: 1}, webmail.PlanOptions{}, func(r *http.Request) {
		if r.URL.Path == "/inbox" {
			b.mu.Lock()
			b.arrivals = append(b.arrivals, time.Now())
			b.mu.Unlock()
		}
	})
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, b.close())
		}
	}()
	b.plan.Plant = nil
	b.plan.Logout = nil
	b.plan.Timeout = time.Minute
	b.plan.Views = b.plan.Views[:1]
	b.plan.Views[0].Hold = []string{crowd.First}
	if b.dir, err = os.MkdirTemp("", "leakbench-run-"); err != nil {
		return b, fmt.Errorf("making a run folder: %w", err)
	}
	if b.ledger, err = crowd.Ledger(b.plan, "leakbench"); err != nil {
		return b, err
	}
	finder, err := sight.NewFinder(b.ledger)
	if err != nil {
		return b, err
	}
	b.driver, err = browser.New(ctx, browser.Config{Plan: b.plan, Finder: finder})
	return b, err
}

func (b *bench) close() error {
	var err error
	if b.driver != nil {
		err = b.driver.Close()
	}
	return errors.Join(err, b.site.Close(), os.RemoveAll(b.dir))
}

// url is what both sides load.
func (b *bench) url() string { return b.Site.URL + "/inbox" }

// takeArrivals returns when the inbox was asked for since the last call.
func (b *bench) takeArrivals() []time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	got := b.arrivals
	b.arrivals = nil
	return got
}

// atOnce calls f for each session, as many at a time as limit says.
func atOnce[S any](sessions []S, limit int, f func(S) error) error {
	var group errgroup.Group
	group.SetLimit(limit)
	for _, s := range sessions {
		group.Go(func() error { return f(s) })
	}
	return group.Wait()
}

// bare opens and logs in n bare sessions.
func (b *bench) bare(ctx context.Context, n int) ([]*browser.Bare, error) {
	sessions := make([]*browser.Bare, n)
	var group errgroup.Group
	group.SetLimit(2 * runtime.GOMAXPROCS(0))
	for i := range sessions {
		group.Go(func() (err error) {
			sessions[i], err = b.driver.Bare(ctx, b.plan.Accounts[i])
			return err
		})
	}
	return sessions, group.Wait()
}

// bareTurn measures bare sessions: loads per second, and how far apart their
// requests arrive when all are told to load at once. They are gone afterwards,
// so that what comes next has the machine for itself, as they had.
func (b *bench) bareTurn(ctx context.Context, n, rounds int) (rate float64, apart time.Duration, err error) {
	bare, err := b.bare(ctx, n)
	if err != nil {
		return 0, 0, err
	}
	defer func() {
		err = errors.Join(err, atOnce(bare, 2*runtime.GOMAXPROCS(0), (*browser.Bare).Close))
	}()
	if rate, err = b.bareRounds(ctx, bare, rounds); err != nil {
		return 0, 0, err
	}
	b.takeArrivals()
	if err := atOnce(bare, n, func(s *browser.Bare) error { return s.Load(ctx, b.url(), "#list") }); err != nil {
		return 0, 0, err
	}
	arrivals := b.takeArrivals()
	return rate, slices.MaxFunc(arrivals, time.Time.Compare).Sub(slices.MinFunc(arrivals, time.Time.Compare)), nil
}

// bareRounds loads the inbox in each session, rounds times, with twice the
// processors in flight, and returns the loads per second.
func (b *bench) bareRounds(ctx context.Context, sessions []*browser.Bare, rounds int) (float64, error) {
	start := time.Now()
	for range rounds {
		if err := atOnce(sessions, 2*runtime.GOMAXPROCS(0), func(s *browser.Bare) error {
			return s.Load(ctx, b.url(), "#list")
		}); err != nil {
			return 0, err
		}
	}
	return float64(rounds*len(sessions)) / time.Since(start).Seconds(), nil
}

// full runs the crowd over the first n accounts, recording to a file and
// judging every observation, and returns what it recorded.
type full struct {
	login    time.Duration // until everybody was logged in
	together time.Duration
	visits   int
	failed   int
	spreads  []time.Duration
	logins   int
}

func (b *bench) full(ctx context.Context, n, rounds int) (f full, err error) {
	p := *b.plan
	p.Accounts = p.Accounts[:n]
	p.Phases = []plan.Phase{{Name: "together", Order: plan.Together, Rounds: rounds}}
	file, err := os.CreateTemp(b.dir, "*.jsonl")
	if err != nil {
		return f, err
	}
	defer file.Close()
	writer := record.NewWriter(file, b.driver.Mask)
	header := record.Header{Notmine: record.Version, Run: "leakbench", Started: time.Now(), Plan: p.Outline()}
	judge := isolation.NewJudge(header, suite.Checks...)
	if err := writer.Append(record.Entry{Header: &header}); err != nil {
		return f, err
	}
	for _, e := range b.ledger.Entries() {
		if err := errors.Join(writer.Append(record.Entry{Marker: &e}), judge.Marker(e)); err != nil {
			return f, err
		}
	}
	var mu sync.Mutex
	start := time.Now()
	var begun time.Time
	_, err = crowd.Run(ctx, crowd.Config{
		Plan: &p, Driver: b.driver, Ledger: b.ledger, Run: marker.RunTag("leakbench"),
		Record: func(e record.Entry) error {
			mu.Lock()
			defer mu.Unlock()
			switch {
			case e.Phase != nil:
				begun = time.Now()
				f.login = begun.Sub(start)
			case e.Session != nil && e.Session.What == record.LoggedIn:
				f.logins++
			case e.Session != nil && e.Session.What == record.LoginFailed:
				f.failed++
			case e.Barrier != nil:
				f.spreads = append(f.spreads, e.Barrier.Spread)
				f.together = time.Since(begun)
			case e.Observation != nil:
				f.visits++
				if e.Observation.Outcome != record.Seen {
					f.failed++
				}
			}
			return writer.Append(e)
		},
		Look: func(o *record.Observation, _ crowd.Copies) []crowd.Shot {
			mu.Lock()
			defer mu.Unlock()
			if _, err := judge.Observe(o); err != nil {
				f.failed++
			}
			return nil
		},
	})
	return f, err
}

func timeAll(ctx context.Context, to io.Writer) error {
	fmt.Fprintf(to, "%d processors; every ratio is of two figures from this one run\n", runtime.NumCPU())
	if err := timeViews(ctx, to); err != nil {
		return err
	}
	return timeMany(ctx, to)
}

// timeViews compares views with everything captured and judged to bare loads,
// in turns, and the barrier to telling every browser to navigate at once.
func timeViews(ctx context.Context, to io.Writer) error {
	const n, turns, rounds = 50, 5, 4
	b, err := openBench(ctx, n)
	if err != nil {
		return err
	}
	defer b.close()
	var ratios, bareRates, fullRates, each []float64
	var spreads, told []time.Duration
	for turn := range turns + 1 {
		rate, apart, err := b.bareTurn(ctx, n, rounds)
		if err != nil {
			return err
		}
		f, err := b.full(ctx, n, rounds)
		if err != nil {
			return err
		}
		if f.failed > 0 {
			return fmt.Errorf("%d of %d visits failed", f.failed, f.visits)
		}
		if turn == 0 {
			continue // everything warms up
		}
		views := float64(f.visits) / f.together.Seconds()
		bareRates, fullRates, ratios = append(bareRates, rate), append(fullRates, views), append(ratios, views/rate)
		looked := (f.login + f.together/rounds).Seconds() / n
		each = append(each, looked*rate)
		spreads = append(spreads, f.spreads...)
		told = append(told, apart)
	}
	fmt.Fprintf(to, "\n%d sessions, %d turns of %d rounds each, in turns\n", n, turns, rounds)
	fmt.Fprintf(to, "bare loads per second (median)                   %6.1f\n", median(bareRates))
	fmt.Fprintf(to, "views per second, all captured and judged        %6.1f\n", median(fullRates))
	fmt.Fprintf(to, "  ratio to bare loads (goal: at least 0.85)      %6.2f   of %.2f\n", median(ratios), ratios)
	fmt.Fprintf(to, "log in and look once, in bare loads' time (goal: at most 4) %.2f\n", median(each))
	spread, apart := median(spreads), median(told)
	fmt.Fprintf(to, "spread of a release, median                      %v\n", spread.Round(10*time.Microsecond))
	fmt.Fprintf(to, "spread when browsers are told to go, median      %v\n", apart.Round(10*time.Microsecond))
	fmt.Fprintf(to, "  ratio (goal: at most 0.05)                     %6.3f\n", spread.Seconds()/apart.Seconds())
	return nil
}

// timeMany logs in many accounts at once and measures memory.
func timeMany(ctx context.Context, to io.Writer) error {
	const n, rounds = 200, 2
	b, err := openBench(ctx, n)
	if err != nil {
		return err
	}
	defer b.close()
	before, err := memory(b.driver.Processes())
	if err != nil {
		return err
	}
	peak, stop := before, make(chan struct{})
	var watching sync.WaitGroup
	watching.Go(func() {
		for {
			select {
			case <-stop:
				return
			case <-time.After(500 * time.Millisecond):
				if now, err := memory(b.driver.Processes()); err == nil {
					peak = max(peak, now)
				}
			}
		}
	})
	f, err := b.full(ctx, n, rounds)
	close(stop)
	watching.Wait()
	if err != nil {
		return err
	}
	fmt.Fprintf(to, "\n%d accounts at once, %d rounds\n", n, rounds)
	fmt.Fprintf(to, "logged in %d, visits %d, failed %d\n", f.logins, f.visits, f.failed)
	fmt.Fprintf(to, "all logged in after %.1f s, a round takes %.1f s, median spread %v\n",
		f.login.Seconds(), f.together.Seconds()/rounds, median(f.spreads).Round(10*time.Microsecond))
	fmt.Fprintf(to, "memory of the browser for each session (PSS)     %.1f MB\n", float64(peak-before)/n/(1<<20))
	if f.failed > 0 {
		return fmt.Errorf("%d of %d visits failed", f.failed, f.visits)
	}
	return nil
}

func median[T int64 | float64 | time.Duration](values []T) T {
	if len(values) == 0 {
		return 0
	}
	values = slices.Sorted(slices.Values(values))
	return values[len(values)/2]
}
