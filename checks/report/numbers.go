package report

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// count writes n with a comma at the thousands.
func count(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// counted writes n and what there are n of.
func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return count(n) + " " + many
}

// percent writes a rate without its sign: with one decimal from 1 % on, below
// it with two digits that say something.
func percent(rate float64) string {
	p := rate * 100
	switch {
	case p >= 0.995:
		return strings.TrimSuffix(strconv.FormatFloat(p, 'f', 1, 64), ".0")
	case p > 0:
		decimals := 1 - int(math.Floor(math.Log10(p)))
		return strconv.FormatFloat(p, 'f', min(decimals, 9), 64)
	}
	return "0"
}

// milliseconds writes a duration in milliseconds, to the tenth below 100.
func milliseconds(d time.Duration) string {
	ms := float64(d) / float64(time.Millisecond)
	if math.Abs(ms) < 100 {
		return strconv.FormatFloat(ms, 'f', 1, 64) + " ms"
	}
	return strconv.FormatFloat(ms, 'f', 0, 64) + " ms"
}

// seconds writes a number of seconds, to the tenth below 10.
func seconds(s float64) string {
	if math.Abs(s) < 9.95 {
		return strconv.FormatFloat(s, 'f', 1, 64) + " s"
	}
	return count(int(math.Round(s))) + " s"
}

// clock writes a moment's time of day, in UTC so that a record reads the same
// everywhere.
func clock(t time.Time) string { return t.UTC().Format("15:04:05.000") }

// moment writes a moment with its date.
func moment(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }

// median returns the middle of durations, the upper one of two; 0 of none.
func median(of []time.Duration) time.Duration {
	if len(of) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(of))
	return sorted[len(sorted)/2]
}
