package meter

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/luodi/luodi/internal/errs"
)

const (
	commitEvery   = 25 * time.Millisecond // half of the window: the rest is for a busy machine's scheduler and the write
	commitRecords = 512
	maxBuffered   = 4 << 20  // bytes that wait for the disk before callers do
	segmentSize   = 64 << 20 // bytes after which a new segment begins
	writeRetry    = 100 * time.Millisecond
)

// segments is the writing side of one process's ledger: a folder that holds
// its lock and its segment files. Records are kept in memory until the next
// group commit, which writes them, and synced behind it. A write that the disk
// refuses is tried again for ever: callers wait once maxBuffered is full,
// nothing is dropped.
type segments struct {
	dir  string
	node string // the folder's name

	mu     sync.Mutex
	room   sync.Cond // on mu: the buffer was taken
	buf    []byte
	spare  []byte
	count  int           // records in buf
	since  time.Time     // when the first of them came
	seq    int           // of the segment that buf goes to
	name   string        // of that segment
	start  int64         // offset of buf in it
	next   chan struct{} // closed when what is in buf now is on the disk
	holds  holdList      // that have no end yet
	closed bool
	limit  int64                               // bytes after which a new segment begins
	put    func(*os.File, []byte, int64) error // writeAt, or a test's

	flush   func(*os.File) error // (*os.File).Sync, or a test's
	batches []batch              // written and not yet synced
	behind  int                  // their bytes, with those that are being synced
	ended   bool                 // the committer has ended

	// written, under mu: how much of each segment is on the disk, and whether
	// it is complete. The tailer reads up to there.
	written map[int]extent

	wake    chan struct{} // buf has something
	hurry   chan struct{} // commit now
	toSync  chan struct{} // batches has something, or the committer has ended
	done    chan struct{} // the syncer has ended, after the committer
	trouble atomic.Pointer[error]
	late    atomic.Pointer[error] // what is written cannot be synced
	file    *os.File
	release func()
}

type extent struct {
	size  int64
	whole bool
}

func segmentName(node string, seq int) string { return fmt.Sprintf("%s/%06d", node, seq) }

func segmentPath(dir string, seq int) string {
	return filepath.Join(dir, fmt.Sprintf("%06d.seg", seq))
}

// newSegments makes the folder of this process. It takes the lock before the
// folder gets its name, so that nobody takes it for one left behind.
func newSegments(root, node string) (*segments, error) {
	hidden := filepath.Join(root, ".new-"+node)
	if err := os.MkdirAll(hidden, 0o700); err != nil {
		return nil, fmt.Errorf("making the ledger's folder: %w", err)
	}
	release, taken, err := takeLock(filepath.Join(hidden, "lock"))
	if err != nil || !taken {
		return nil, fmt.Errorf("locking the ledger's folder %s: %w", hidden, err)
	}
	dir := filepath.Join(root, node)
	if err := os.Rename(hidden, dir); err != nil {
		release()
		return nil, fmt.Errorf("making the ledger's folder: %w", err)
	}
	s := &segments{
		dir: dir, node: node, name: segmentName(node, 1), next: make(chan struct{}), written: map[int]extent{},
		wake: make(chan struct{}, 1), hurry: make(chan struct{}, 1), toSync: make(chan struct{}, 1), done: make(chan struct{}),
		release: release, limit: segmentSize, put: writeAt, flush: (*os.File).Sync,
	}
	s.room.L = &s.mu
	if err := s.create(1); err != nil {
		release()
		return nil, err
	}
	s.seq = 1
	go s.run()
	go s.syncer()
	return s, nil
}

func (s *segments) create(seq int) error {
	f, err := os.OpenFile(segmentPath(s.dir, seq), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("making a ledger segment: %w", err)
	}
	s.file = f
	return nil
}

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// sync waits until what was appended before is on the disk.
func (s *segments) sync(ctx context.Context) error {
	s.mu.Lock()
	next := s.next
	s.mu.Unlock()
	signal(s.wake)
	signal(s.hurry)
	select {
	case <-next:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (s *segments) run() {
	defer func() {
		s.mu.Lock()
		s.ended = true
		s.mu.Unlock()
		signal(s.toSync)
	}()
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for range s.wake {
		s.mu.Lock()
		due := commitEvery
		if s.count > 0 { // the last commit may have taken a part of its window
			due -= time.Since(s.since)
		}
		s.mu.Unlock()
		timer.Reset(due)
		select {
		case <-timer.C:
		case <-s.hurry:
		}
		if s.commit() {
			return
		}
	}
}

// commit writes the buffer and reports whether the segments are closed and
// nothing is left.
func (s *segments) commit() (last bool) {
	s.mu.Lock()
	data, next, seq, at := s.buf, s.next, s.seq, s.start
	s.buf, s.spare, s.next, s.count = s.spare[:0], nil, make(chan struct{}), 0
	s.start += int64(len(data))
	turn := s.start >= s.limit && !s.closed
	if turn { // what is open goes on in the new segment, so that the old one can go
		s.seq, s.start = s.seq+1, 0
		s.name = segmentName(s.node, s.seq)
		for h := s.holds.first; h != nil; h = h.next {
			s.buf = appendRow(s.buf, kindHold, &h.row)
			s.count++
		}
	}
	closed := s.closed
	s.room.Broadcast()
	s.mu.Unlock()

	s.write(s.file, data, at)
	b := batch{file: s.file, data: data, at: at, seq: seq, turn: turn, next: next}
	if turn {
		s.turn(seq + 1)
	}
	s.unsynced(b)
	s.mu.Lock()
	more := s.count > 0
	s.mu.Unlock()
	if more {
		signal(s.wake)
	}
	return closed && !more
}

// write gives data to the system, however long that takes.
func (s *segments) write(f *os.File, data []byte, at int64) {
	s.persist(&s.trouble, "writing", func() error {
		s.mu.Lock()
		put := s.put
		s.mu.Unlock()
		return put(f, data, at)
	})
}

// persist tries something on the disk until it goes well, or the segments are
// closed and the disk still refuses. Meanwhile trouble says why.
func (s *segments) persist(trouble *atomic.Pointer[error], doing string, try func() error) {
	for {
		err := try()
		if err == nil {
			trouble.Store(nil)
			return
		}
		err = fmt.Errorf("%s the ledger: %w", doing, err)
		trouble.Store(&err)
		s.mu.Lock()
		closed := s.closed
		s.mu.Unlock()
		if closed {
			return
		}
		time.Sleep(writeRetry)
	}
}

// writeAt may be repeated: it writes the same bytes at the same place.
func writeAt(f *os.File, b []byte, at int64) error {
	_, err := f.WriteAt(b, at)
	return err
}

func (s *segments) turn(seq int) {
	for s.create(seq) != nil { // the syncer closes the one before
		time.Sleep(writeRetry)
	}
}

// extent is how much of a segment is on the disk.
func (s *segments) extent(seq int) extent {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.written[seq]
}

// forget drops what is known of a segment that is filled and removed.
func (s *segments) forget(seq int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.written, seq)
}

// Trouble is why the ledger cannot be written now, or nil.
func (s *segments) Trouble() error {
	p := s.trouble.Load()
	if p == nil {
		p = s.late.Load()
	}
	if p != nil {
		return &errs.Error{Code: errs.CodeExhausted, Msg: "the ledger cannot be written; free space on its disk", Err: *p}
	}
	return nil
}

// close writes what is left and ends the committer. Nothing may be appended
// after it.
func (s *segments) close() error {
	s.mu.Lock()
	s.closed = true
	s.room.Broadcast()
	s.mu.Unlock()
	signal(s.wake)
	signal(s.hurry)
	<-s.done
	s.file.Close()
	return s.Trouble()
}
