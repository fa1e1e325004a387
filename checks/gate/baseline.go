package gate

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"notmine/checks/isolation"
	"notmine/checks/plan"
	"notmine/checks/record"
)

// The bounds of a results.json that is read as a baseline.
const (
	largestBaseline = 64 << 20 // bytes
	longestRunID    = 100
)

// ReadBaseline reads what an earlier run had found from its results.json.
func ReadBaseline(path string) (*record.Baseline, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("reading the baseline: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("not a regular file")
	}
	if err != nil {
		return nil, fmt.Errorf("reading the baseline %s: %w", path, err)
	}
	baseline, err := parseBaseline(f)
	if err != nil {
		return nil, fmt.Errorf("reading the baseline %s: %w", path, err)
	}
	return baseline, nil
}

// parseBaseline takes from a result what its findings were. Of a file that is
// no result, or has findings that no run makes, nothing is known.
func parseBaseline(from io.Reader) (*record.Baseline, error) {
	data, err := io.ReadAll(io.LimitReader(from, largestBaseline+1))
	switch {
	case err != nil:
		return nil, err
	case len(data) > largestBaseline:
		return nil, fmt.Errorf("larger than %d MiB", largestBaseline>>20)
	}
	var result struct {
		Notmine  int
		Run      struct{ ID string }
		Findings []struct{ Fingerprint, Level string }
	}
	if err := json.Unmarshal(data, &result); err != nil {
		return nil, fmt.Errorf("not a results.json: %w", err)
	}
	switch id := result.Run.ID; {
	case result.Notmine != record.Version:
		return nil, fmt.Errorf("results of format %d, this notmine reads format %d", result.Notmine, record.Version)
	case id == "" || len(id) > longestRunID:
		return nil, errors.New("results without the id of their run")
	}
	baseline := &record.Baseline{Run: result.Run.ID, Findings: map[string]string{}}
	for i, f := range result.Findings {
		severity := isolation.Severity(isolation.Level(f.Level))
		if !plan.IsFingerprint(f.Fingerprint) || severity < 0 {
			return nil, fmt.Errorf("finding %d has no fingerprint, or no level", i+1)
		}
		worst, known := baseline.Findings[f.Fingerprint]
		if !known || severity < isolation.Severity(isolation.Level(worst)) {
			baseline.Findings[f.Fingerprint] = f.Level
		}
	}
	return baseline, nil
}
