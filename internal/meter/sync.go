package meter

import "os"

// maxUnsynced is how many bytes may be written and not yet synced before the
// committer waits for the disk.
const maxUnsynced = 16 << 20

// batch is what one group commit has written. It is kept until it is synced:
// a kernel that could not sync may have dropped what was written.
type batch struct {
	file *os.File
	data []byte
	at   int64
	seq  int
	turn bool          // the segment ends with it
	next chan struct{} // closed when it is on the disk
}

// unsynced hands a written batch to the syncer. What is written survives the
// process; what is synced survives the machine. The two go apart so that a
// disk that takes a second to sync does not hold the records of that second in
// memory, where kill -9 would lose them.
func (s *segments) unsynced(b batch) {
	s.mu.Lock()
	for s.behind > maxUnsynced && !s.closed {
		s.room.Wait()
	}
	s.behind += len(b.data)
	s.batches = append(s.batches, b)
	s.mu.Unlock()
	signal(s.toSync)
}

// syncer syncs what is written, all that has come together at once.
func (s *segments) syncer() {
	defer close(s.done)
	for range s.toSync {
		s.mu.Lock()
		batches, ended := s.batches, s.ended
		s.batches = nil
		s.mu.Unlock()
		s.syncAll(batches)
		s.mu.Lock()
		more := len(s.batches) > 0
		s.mu.Unlock()
		if ended && !more {
			return
		}
		if more || ended {
			signal(s.toSync)
		}
	}
}

func (s *segments) syncAll(batches []batch) {
	for len(batches) > 0 {
		n := 1 // those of one file are synced together
		for n < len(batches) && batches[n].file == batches[0].file {
			n++
		}
		s.syncFile(batches[:n])
		size := 0
		s.mu.Lock()
		for _, b := range batches[:n] {
			s.written[b.seq] = extent{b.at + int64(len(b.data)), b.turn}
			if s.spare == nil && cap(b.data) <= maxBuffered {
				s.spare = b.data
			}
			size += len(b.data)
		}
		s.behind -= size
		s.room.Broadcast()
		s.mu.Unlock()
		for _, b := range batches[:n] {
			close(b.next)
		}
		if last := batches[n-1]; last.turn {
			last.file.Close()
		}
		batches = batches[n:]
	}
}

// syncFile syncs one file, however long that takes; what could not be synced
// is written again first.
func (s *segments) syncFile(batches []batch) {
	failed := false
	s.persist(&s.late, "syncing", func() error {
		if failed {
			for _, b := range batches {
				s.write(b.file, b.data, b.at)
			}
		}
		s.mu.Lock()
		flush := s.flush
		s.mu.Unlock()
		err := flush(batches[0].file)
		failed = err != nil
		return err
	})
}
