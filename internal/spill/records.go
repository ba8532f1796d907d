package spill

import (
	"bufio"
	"fmt"
	"os"
)

// Records keeps entries of one size in a file, to be read by their number. All
// are added before the first is read.
type Records struct {
	file *os.File
	out  *bufio.Writer
	buf  []byte
}

// NewRecords keeps records of so many bytes in a file, which stays the
// caller's.
func NewRecords(f *os.File, size int) *Records {
	return &Records{file: f, out: bufio.NewWriterSize(f, 1<<16), buf: make([]byte, size)}
}

// Add takes the next record.
func (r *Records) Add(b []byte) error {
	if len(b) != len(r.buf) {
		return fmt.Errorf("keeping a record of %d bytes among those of %d", len(b), len(r.buf))
	}
	_, err := r.out.Write(b)
	return err
}

// At returns the n-th record, until the next call.
func (r *Records) At(n int) ([]byte, error) {
	if r.out.Buffered() > 0 {
		if err := r.out.Flush(); err != nil {
			return nil, err
		}
	}
	_, err := r.file.ReadAt(r.buf, int64(n*len(r.buf)))
	return r.buf, err
}
