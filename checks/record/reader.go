package record

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"notmine/checks/marker"
)

// MaxLine is the longest line that is read, in bytes.
const MaxLine = 64 << 20

// Run is a whole record, read.
type Run struct {
	Header       Header
	Markers      []marker.Entry
	Phases       []Phase
	Turns        []Turn
	Barriers     []Barrier
	Searched     []Searched
	Events       []Event
	Changes      []Change
	Sessions     []Session
	Observations []*Observation
	Evidence     map[int][]Evidence // by number of the observation
	End          *End               // nil when the run was cut short
	Torn         bool               // the last line was not whole and was left out
}

// MadeUp reports whether phases were made up while the run went on, as those of a
// hunt are.
func (run *Run) MadeUp() bool {
	return slices.ContainsFunc(run.Phases, func(ph Phase) bool { return ph.Made != nil })
}

// ErrNotARecord says that a file is no record at all.
var ErrNotARecord = errors.New("not a notmine record")

// ReadFile reads the record at path.
func ReadFile(path string) (*Run, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("reading the record: %w", err)
	}
	defer f.Close()
	run, err := Read(f)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", path, err)
	}
	return run, nil
}

// Read reads a record. A last line that was cut short, as a killed run leaves
// it, is left out and noted in Torn; any other line that cannot be read is an
// error, for a record that was tampered with proves nothing.
func Read(r io.Reader) (*Run, error) {
	lines := bufio.NewReaderSize(r, 1<<16)
	run := &Run{Evidence: map[int][]Evidence{}}
	for n := 1; ; n++ {
		line, err := readLine(lines)
		if err != nil && err != io.EOF {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		whole := err == nil
		if len(bytes.TrimSpace(line)) > 0 {
			var e Entry
			decodeErr := json.Unmarshal(line, &e)
			switch {
			case decodeErr != nil && n == 1:
				return nil, fmt.Errorf("%w: line 1: %w", ErrNotARecord, decodeErr)
			case decodeErr != nil && !whole:
				run.Torn = true
			case decodeErr != nil:
				return nil, fmt.Errorf("line %d: %w", n, decodeErr)
			default:
				if err := run.add(e, n); err != nil {
					return nil, fmt.Errorf("line %d: %w", n, err)
				}
			}
		}
		if !whole {
			break
		}
	}
	if run.Header.Notmine == 0 {
		return nil, ErrNotARecord
	}
	return run, nil
}

// readLine returns the next line with its end, or what is left with io.EOF.
func readLine(r *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		part, err := r.ReadSlice('\n')
		line = append(line, part...)
		if len(line) > MaxLine {
			return nil, fmt.Errorf("longer than %d bytes", MaxLine)
		}
		if err != bufio.ErrBufferFull {
			return line, err
		}
	}
}

func (run *Run) add(e Entry, line int) error {
	if (line == 1) != (e.Header != nil) {
		return fmt.Errorf("%w: the first line, and no other, is the header", ErrNotARecord)
	}
	return run.Add(e)
}

// Add takes in the next entry of a record. An error says that the entry cannot
// come next.
func (run *Run) Add(e Entry) error {
	switch {
	case e.Header != nil:
		if e.Header.Notmine != Version {
			return fmt.Errorf("record of format %d, this notmine reads format %d", e.Header.Notmine, Version)
		}
		run.Header = *e.Header
	case e.Marker != nil:
		run.Markers = append(run.Markers, *e.Marker)
	case e.Phase != nil:
		if made := e.Phase.Made; made != nil && e.Phase.Index == len(run.Header.Plan.Phases) {
			run.Header.Plan.Phases = append(run.Header.Plan.Phases, *made)
		}
		if i := e.Phase.Index; i < 0 || i >= len(run.Header.Plan.Phases) {
			return fmt.Errorf("phase %d, the plan has %d", i, len(run.Header.Plan.Phases))
		}
		run.Phases = append(run.Phases, *e.Phase)
	case e.Turn != nil:
		run.Turns = append(run.Turns, *e.Turn)
	case e.Barrier != nil:
		run.Barriers = append(run.Barriers, *e.Barrier)
	case e.Searched != nil:
		run.Searched = append(run.Searched, *e.Searched)
	case e.Event != nil:
		run.Events = append(run.Events, *e.Event)
	case e.Change != nil:
		run.Changes = append(run.Changes, *e.Change)
	case e.Session != nil:
		run.Sessions = append(run.Sessions, *e.Session)
	case e.Observation != nil:
		if want := len(run.Observations) + 1; e.Observation.N != want {
			return fmt.Errorf("observation %d where %d was due", e.Observation.N, want)
		}
		run.Observations = append(run.Observations, e.Observation)
	case e.Evidence != nil:
		if run.Evidence == nil {
			run.Evidence = map[int][]Evidence{}
		}
		n := e.Evidence.Observation
		run.Evidence[n] = append(run.Evidence[n], *e.Evidence)
	case e.End != nil:
		run.End = e.End
	}
	return nil
}
