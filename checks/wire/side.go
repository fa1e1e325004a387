package wire

import (
	"slices"

	"notmine/checks/record"
	"notmine/checks/sight"
)

// side is what one side of an exchange says, looked at as it flows: the body of
// the request or that of the answer, and after a switch of protocols the
// messages of the browser or those of the target. The exchange's mu guards it.
type side struct {
	exchange *exchange
	surface  string
	as       string // content type under which it is read
	kind     *kind  // says surface and as once the body begins; nil when they are known before
	messages bool   // it comes in messages, of which each is read by itself
	ended    bool   // all of it was looked at

	first []byte        // the beginning, which says what it is
	begun bool          // first is enough, or all there is so far
	scan  *sight.Stream // nil before the beginning, between messages, and when nothing is looked for

	// across are the scans of the visits before. They go on for a while, so that
	// what the end of a visit cut in two is found.
	across []*across

	around []piece // what stands around the markers of this visit

	seen    int64         // bytes looked at in all, of a stream in this visit
	counted bool          // as an item, of a stream in this visit
	amount  record.Amount // looked at since it was told last
}

// across is a scan that goes on behind the end of its visit.
type across struct {
	scan *sight.Stream
	left int64 // bytes that it is still given
}

const (
	// reach is how far behind the end of a visit something may go on that began
	// before it, in bytes: more than the longest marker has, however it is wrapped.
	reach     = 16 << 10
	maxAcross = 4 // visits' ends that can stand between two parts of one marker
)

// look looks at what comes next, its content codings undone.
func (s *side) look(p []byte) error {
	e := s.exchange
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.stage == over {
		return nil // nobody will ask for it any more
	}
	var err error
	if left := e.line.wire.config.MaxSeen - s.seen; int64(len(p)) > left {
		p, err = p[:left], errEnough
	}
	s.seen += int64(len(p))
	if len(p) > 0 && !s.counted && !s.messages {
		s.counted = true
		s.amount.Items++
	}
	s.amount.Bytes += int64(len(p))
	e.noted.look(s == &e.answer, p)
	if s == &e.answer {
		e.rec.Seen += int64(len(p))
		e.keepMore(p)
	}
	s.read(p)
	return err
}

// read gives bytes to the scans.
func (s *side) read(p []byte) {
	if s.kind != nil && !s.begun {
		n := min(len(p), sniffed-len(s.first))
		s.first, p = append(s.first, p[:n]...), p[n:]
		if len(s.first) < sniffed {
			return
		}
		s.begin()
	}
	finder := s.exchange.line.wire.config.Finder
	if finder == nil {
		return
	}
	if s.scan == nil {
		s.scan = finder.Stream(s.as)
		s.keep()
	}
	s.scan.Write(p)
	s.across = slices.DeleteFunc(s.across, func(a *across) bool {
		a.scan.Write(p)
		a.left -= int64(len(p))
		if a.left > 0 {
			return false
		}
		s.takeOf(a.scan, true)
		return true
	})
}

// begin says what the body is and reads what came of it.
func (s *side) begin() {
	if s.begun || s.kind == nil || len(s.first) == 0 {
		return
	}
	s.begun = true
	s.surface, s.as = s.kind.surface(s.first)
	s.read(s.first)
}

// messageEnd ends a message: the next one has nothing to do with it.
func (s *side) messageEnd() {
	e := s.exchange
	e.mu.Lock()
	defer e.mu.Unlock()
	s.amount.Items++
	s.take(true)
	s.scan = nil
}

// miss notes why it is looked at no further.
func (s *side) miss(why string) {
	e := s.exchange
	e.mu.Lock()
	defer e.mu.Unlock()
	e.miss(s.surface, why)
	e.noted.miss()
	if s == &e.answer {
		e.blind = why
		e.keep, e.kept = nil, nil
	}
}

// end notes that nothing more comes.
func (s *side) end() {
	s.exchange.mu.Lock()
	defer s.exchange.mu.Unlock()
	s.ended = true
}

// take notes what was found since the last time, and with flush also what is
// held back. The caller holds mu.
func (s *side) take(flush bool) {
	if flush {
		s.begin()
	}
	for _, a := range s.across {
		s.takeOf(a.scan, flush)
	}
	if s.scan != nil {
		s.takeOf(s.scan, flush)
	}
}

func (s *side) takeOf(scan *sight.Stream, flush bool) {
	if flush {
		scan.Flush()
	}
	if s.exchange.note(s.surface, scan) {
		s.keepAround(scan)
	}
}

// pause ends a visit in the middle of a stream. The scan of the next visit is a
// new one, which says again what comes again. What makes sense only as a whole,
// such as an archive that is slow in coming and half a message, goes on as it is.
// The caller holds mu.
func (s *side) pause() {
	if s.messages || s.surface == record.Download || s.surface == record.Picture {
		s.take(false)
		return
	}
	s.take(true)
	s.seen, s.counted = 0, false
	if s.scan == nil {
		return
	}
	if len(s.across) == maxAcross {
		s.across = s.across[1:]
	}
	s.across = append(s.across, &across{s.scan, reach})
	s.scan = nil
}

// tell adds what was looked at since it was told last. The caller holds mu.
func (s *side) tell(looked map[string]record.Amount) {
	add(looked, s.surface, s.amount)
	s.amount = record.Amount{}
	if s.messages {
		s.seen = 0
	}
}

// add counts what was looked at on a surface.
func add(looked map[string]record.Amount, surface string, more record.Amount) {
	if more == (record.Amount{}) {
		return
	}
	all := looked[surface]
	looked[surface] = record.Amount{Items: all.Items + more.Items, Bytes: all.Bytes + more.Bytes}
}
