package meter

import "time"

// hold, settle and drop append a record: a call begins, ends with a row, ends
// without one. They wait while the disk is behind.
func (s *segments) hold(h *Hold) {
	s.mu.Lock()
	s.wait()
	s.holds.add(h)
	s.buf = appendRow(s.buf, kindHold, &h.row)
	s.appended()
}

func (s *segments) settle(h *Hold, r *Row) {
	s.mu.Lock()
	s.wait()
	s.holds.remove(h)
	r.Segment, r.Offset = s.name, s.start+int64(len(s.buf))
	s.buf = appendRow(s.buf, kindSettled, r)
	s.appended()
}

func (s *segments) drop(h *Hold) {
	s.mu.Lock()
	s.wait()
	s.holds.remove(h)
	s.buf = appendRelease(s.buf, h.row.ID)
	s.appended()
}

func (s *segments) wait() {
	for len(s.buf) > maxBuffered && !s.closed {
		s.room.Wait()
	}
}

// appended counts a record and unlocks mu.
func (s *segments) appended() {
	s.count++
	n := s.count
	if n == 1 {
		s.since = time.Now()
	}
	s.mu.Unlock()
	if n == 1 {
		signal(s.wake)
	} else if n == commitRecords {
		signal(s.hurry)
	}
}

// holdList links the holds without an end, so that a new segment can repeat
// them. The zero value is empty.
type holdList struct{ first *Hold }

func (l *holdList) add(h *Hold) {
	if h.next = l.first; h.next != nil {
		h.next.prev = h
	}
	l.first = h
}

func (l *holdList) remove(h *Hold) {
	if h.prev != nil {
		h.prev.next = h.next
	} else if l.first == h {
		l.first = h.next
	}
	if h.next != nil {
		h.next.prev = h.prev
	}
	h.prev, h.next = nil, nil
}
