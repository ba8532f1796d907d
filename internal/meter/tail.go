package meter

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/luodi/luodi/internal/errs"
)

const (
	readAtOnce = 256 << 10 // bytes of a segment, about rowsAtOnce of them
	rowsAtOnce = 1000      // in one transaction of the store
)

// tailer reads one node's segments in order and fills the store with their
// rows.
type tailer struct {
	dir, node string
	store     Store
	seq       int
	file      *os.File
	at        int64 // read up to here
	filled    int64 // the store's cursor; behind at while no row has come
	buf       []byte
	known     map[string]string // texts of rows
}

// advance fills the store from the current segment up to size. Records that
// are not whole or not sound end it early: torn is then true.
func (t *tailer) advance(ctx context.Context, size int64) (torn bool, err error) {
	name := segmentName(t.node, t.seq)
	if t.file == nil {
		if t.file, err = os.Open(segmentPath(t.dir, t.seq)); err != nil {
			return false, fmt.Errorf("reading ledger segment %s: %w", name, err)
		}
	}
	for t.at < size {
		if cap(t.buf) < readAtOnce {
			t.buf = make([]byte, readAtOnce)
		}
		n, err := t.file.ReadAt(t.buf[:min(int64(readAtOnce), size-t.at)], t.at)
		if err != nil && !errors.Is(err, io.EOF) {
			return false, fmt.Errorf("reading ledger segment %s: %w", name, err)
		}
		if t.known == nil {
			t.known = map[string]string{}
		}
		rows, used := settledRows(t.buf[:n], name, t.at, t.known)
		if used == 0 {
			return true, nil
		}
		end := t.at + int64(used)
		if len(rows) > 0 {
			if err := t.fill(ctx, Batch{Node: t.node, Segment: name, From: t.filled, To: end, Rows: rows}); err != nil {
				return false, err
			}
		}
		t.at = end
	}
	return false, nil
}

func (t *tailer) fill(ctx context.Context, b Batch) error {
	err := t.store.Fill(ctx, b)
	if errs.Is(err, errs.CodeConflict) { // a try before this one went through after all
		at, e := t.store.Filled(ctx, b.Segment)
		if e != nil {
			return e
		}
		if at > b.From {
			t.filled = at
			for len(b.Rows) > 0 && b.Rows[0].Offset < at {
				b.Rows = b.Rows[1:]
			}
			if b.From = at; at >= b.To {
				return nil
			}
			err = t.store.Fill(ctx, b)
		}
	}
	if err != nil {
		return fmt.Errorf("filling the store from ledger segment %s: %w", b.Segment, err)
	}
	t.filled = b.To
	return nil
}

// settledRows parses records until a batch is full or none is whole.
func settledRows(b []byte, segment string, at int64, known map[string]string) (rows []Row, used int) {
	for len(rows) < rowsAtOnce {
		kind, r, n := readRecordWith(b[used:], known)
		if n == 0 {
			break
		}
		if kind == kindSettled {
			r.Segment, r.Offset = segment, at+int64(used)
			rows = append(rows, r)
		}
		used += n
	}
	return rows, used
}

// next goes on to the next segment; the file of this one is removed.
func (t *tailer) next() {
	if t.file != nil {
		t.file.Close()
		t.file = nil
	}
	os.Remove(segmentPath(t.dir, t.seq))
	t.seq, t.at, t.filled = t.seq+1, 0, 0
}

// run fills the store while the process lives.
func (m *Meter) run() {
	defer close(m.stopped)
	tick := time.NewTicker(m.cfg.Fill)
	defer tick.Stop()
	for {
		select {
		case <-m.stop:
			return
		case <-tick.C:
		}
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		err := m.fill(ctx)
		if err == nil {
			err = m.look(ctx)
		}
		cancel()
		if err != nil {
			m.late.Store(&err)
		} else {
			m.late.Store(nil)
		}
	}
}

// fill brings the store up to what is on the disk.
func (m *Meter) fill(ctx context.Context) error {
	m.leaseMu.Lock()
	defer m.leaseMu.Unlock()
	for {
		e := m.seg.extent(m.tail.seq)
		if m.tail.at < e.size {
			if torn, err := m.tail.advance(ctx, e.size); err != nil {
				return err
			} else if torn {
				return errs.Internal("ledger segment %s is damaged at byte %d", segmentName(m.node, m.tail.seq), m.tail.at)
			}
			continue
		}
		if !e.whole {
			return m.sweep(ctx)
		}
		m.seg.forget(m.tail.seq)
		m.tail.next()
	}
}
