package static

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"

	"github.com/luodi/luodi/internal/spill"
)

// tape is a sequence of numbers in a file without a name.
type tape struct {
	file *os.File
	out  *bufio.Writer
	err  error // the first one of add
}

func newTape(dir string) (*tape, error) {
	f, err := spill.Unnamed(dir)
	if err != nil {
		return nil, noRoom(err)
	}
	return &tape{file: f, out: bufio.NewWriterSize(f, 1<<16)}, nil
}

// noRoom says what the file was for, whose disk may be full.
func noRoom(err error) error {
	return fmt.Errorf("keeping in a temporary file what does not fit into memory: %w", err)
}

func (t *tape) add(v int32) {
	b := binary.LittleEndian.AppendUint32(t.out.AvailableBuffer(), uint32(v))
	if _, err := t.out.Write(b); err != nil && t.err == nil {
		t.err = noRoom(err)
	}
}

// each calls fn with all numbers in order.
func (t *tape) each(fn func(int32) error) error {
	if err := t.out.Flush(); err != nil {
		return noRoom(err)
	}
	r := bufio.NewReaderSize(io.NewSectionReader(t.file, 0, math.MaxInt64), 1<<16)
	var b [4]byte
	for {
		switch _, err := io.ReadFull(r, b[:]); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
		if err := fn(int32(binary.LittleEndian.Uint32(b[:]))); err != nil {
			return err
		}
	}
}

// close gives the file back.
func (t *tape) close() {
	t.file.Close()
	os.Remove(t.file.Name()) // where an open file could not be removed
}
