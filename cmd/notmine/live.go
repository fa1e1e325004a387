package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"notmine/checks/crowd"
	"notmine/checks/isolation"
)

// live shows how far a run is: one line that changes on a terminal that can,
// plain lines elsewhere, nothing when quiet.
type live struct {
	mu       sync.Mutex
	to       io.Writer
	terminal bool
	quiet    bool
	start    time.Time
	stage    string
	last     time.Time
	leaks    int
	drawn    bool
}

// plainEvery is how often a plain line is written within a stage.
const plainEvery = 10 * time.Second

func newLive(to io.Writer, quiet bool) *live {
	return &live{to: to, quiet: quiet, start: time.Now(), terminal: terminalOf(to) != nil && escapes(os.Getenv)}
}

func (l *live) progress(p crowd.Progress) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.quiet {
		return
	}
	over := p.Done == p.Of
	if !l.terminal && p.Stage == l.stage && !over && time.Since(l.last) < plainEvery {
		return
	}
	l.stage, l.last = p.Stage, time.Now()
	what := "round"
	if p.Stage == "login" || strings.HasPrefix(p.Stage, "solo") {
		what = "account"
	}
	line := fmt.Sprintf("%6.1fs  %-10s %s %d of %d · %d sessions · %d visits", time.Since(l.start).Seconds(), p.Stage, what, p.Done, p.Of, p.Sessions, p.Visits)
	if l.leaks > 0 {
		line += fmt.Sprintf(" · %d breaches", l.leaks)
	}
	if !l.terminal {
		fmt.Fprintln(l.to, line)
		return
	}
	fmt.Fprintf(l.to, "\r\x1b[K%s", line)
	l.drawn = true
	if over {
		fmt.Fprintln(l.to)
		l.drawn = false
	}
}

// found tells of a breach when it is first seen. What is known already is left to
// the summary.
func (l *live) found(f isolation.Finding) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if f.Level != isolation.Leak || f.Accepted != nil || f.Known != nil {
		return
	}
	l.leaks++
	if l.quiet || l.leaks > 5 { // the summary has them all
		return
	}
	if l.drawn {
		fmt.Fprint(l.to, "\r\x1b[K")
	}
	fmt.Fprintf(l.to, "%6.1fs  %s: %s (round %d of %s)\n", time.Since(l.start).Seconds(), f.Level, clean(f.Message.String()), f.Round, f.Phase)
}

func (l *live) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.drawn {
		fmt.Fprintln(l.to)
	}
}

// clean takes control characters out of a text that came from the target.
func clean(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || (r >= 0x80 && r < 0xa0) || (r >= 0x202a && r <= 0x202e) || (r >= 0x2066 && r <= 0x2069) {
			return '·'
		}
		return r
	}, text)
}
