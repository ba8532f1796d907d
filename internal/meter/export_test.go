package meter

import "os"

// SetSegmentSize makes new segments begin after n bytes.
func (m *Meter) SetSegmentSize(n int64) {
	m.seg.mu.Lock()
	defer m.seg.mu.Unlock()
	m.seg.limit = n
}

// SetDisk makes writes of segments return err; nil mends the disk.
func (m *Meter) SetDisk(err error) {
	m.seg.mu.Lock()
	defer m.seg.mu.Unlock()
	m.seg.put = writeAt
	if err != nil {
		m.seg.put = func(*os.File, []byte, int64) error { return err }
	}
}

// ReadRecord and AppendSettled are the format of segments.
func ReadRecord(b []byte) (kind byte, r Row, size int) { return readRecord(b) }

// AppendSettled writes a row as a segment does.
func AppendSettled(dst []byte, r *Row) []byte { return appendRow(dst, kindSettled, r) }

// SetSync replaces the syncing of segments.
func (m *Meter) SetSync(sync func(*os.File) error) {
	m.seg.mu.Lock()
	defer m.seg.mu.Unlock()
	m.seg.flush = sync
}
