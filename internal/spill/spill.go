// Package spill sorts more small entries than fit into memory.
//
// Duplicates among a hundred million rows are found by sorting the hashes of
// what the rows say; every other tool of the field keeps those in memory and
// ends there. A Sorter keeps a buffer of fixed size: when it is full it is
// sorted and written to a file, and in the end the files are merged. What comes
// out does not depend on the size of the buffer, and nothing is written to the
// disk as long as the buffer is enough.
//
// Entries are 24 bytes: a key of 128 bits and a number, such as a row's
// position. It knows nothing of what they mean; Repeats and Components answer
// the two questions that are asked of them: which entries repeat the key of an
// earlier one, and which numbers hang together.
package spill

import (
	"bufio"
	"cmp"
	"container/heap"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
)

// Entry is what is sorted: by key, then by number.
type Entry struct {
	Key [2]uint64
	N   uint64
}

// Size is an entry's size in memory and in a file, in bytes.
const Size = 24

// Compare orders entries.
func Compare(a, b Entry) int {
	return cmp.Or(cmp.Compare(a.Key[0], b.Key[0]), cmp.Compare(a.Key[1], b.Key[1]), cmp.Compare(a.N, b.N))
}

// fanIn is how many files are merged at a time.
const fanIn = 64

// Sorter collects entries and gives them back in order. Its zero value works;
// set the fields before the first Add. It is for one goroutine.
type Sorter struct {
	Temp   string // folder for files; the system's when empty
	Memory int    // bytes of the buffer; 64 MiB when 0

	buf     []Entry
	files   []*os.File // without a name: nothing is left of them, even after kill -9
	spilled int64
}

// Add takes an entry.
func (s *Sorter) Add(e Entry) error {
	if limit := s.limit(); len(s.buf) >= limit {
		if err := s.flush(); err != nil {
			return err
		}
	} else if len(s.buf) == cap(s.buf) { // never more than the limit
		s.buf = slices.Grow(s.buf, min(max(1024, len(s.buf)), limit-len(s.buf)))
	}
	s.buf = append(s.buf, e)
	return nil
}

func (s *Sorter) limit() int {
	if s.Memory == 0 {
		return 64 << 20 / Size
	}
	return max(16, s.Memory/Size)
}

// Spilled is how many bytes were written to files.
func (s *Sorter) Spilled() int64 { return s.spilled }

// Close removes the files. It may be called twice.
func (s *Sorter) Close() {
	discard(s.files)
	s.buf, s.files = nil, nil
}

// discard gives unnamed files back.
func discard(files []*os.File) {
	for _, f := range files {
		f.Close()
		os.Remove(f.Name()) // where an open file could not be removed
	}
}

func (s *Sorter) flush() error {
	slices.SortFunc(s.buf, Compare)
	err := s.write(func(put func(Entry) error) error {
		for _, e := range s.buf {
			if err := put(e); err != nil {
				return err
			}
		}
		return nil
	})
	s.buf = s.buf[:0]
	if err != nil || len(s.files) < fanIn {
		return err
	}
	old := s.files
	s.files = nil
	if err := s.write(func(put func(Entry) error) error { return merge(nil, old, put) }); err != nil {
		return err
	}
	discard(old)
	return nil
}

// write makes one more sorted file.
func (s *Sorter) write(fill func(put func(Entry) error) error) error {
	f, err := Unnamed(s.Temp)
	if err != nil {
		return noRoom(s.Temp, err)
	}
	n, err := writeEntries(f, fill)
	if err != nil {
		discard([]*os.File{f})
		return noRoom(s.Temp, err)
	}
	s.spilled += n
	s.files = append(s.files, f)
	return nil
}

// noRoom says where the files are, whose disk may be full.
func noRoom(dir string, err error) error {
	return fmt.Errorf("sorting in files of the folder %s, for what does not fit into memory: %w", cmp.Or(dir, os.TempDir()), err)
}

// WriteFile writes the entries that fill puts, in their order, and returns how
// many bytes those are.
func WriteFile(name string, fill func(put func(Entry) error) error) (size int64, err error) {
	f, err := os.Create(name)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	if size, err = writeEntries(f, fill); err == nil {
		err = f.Close()
	}
	return size, err
}

func writeEntries(f *os.File, fill func(put func(Entry) error) error) (size int64, err error) {
	w := bufio.NewWriterSize(f, 1<<18)
	err = fill(func(e Entry) error {
		var b [Size]byte
		binary.BigEndian.PutUint64(b[:], e.Key[0])
		binary.BigEndian.PutUint64(b[8:], e.Key[1])
		binary.BigEndian.PutUint64(b[16:], e.N)
		size += Size
		_, err := w.Write(b[:])
		return err
	})
	if err == nil {
		err = w.Flush()
	}
	return size, err
}

// Each calls fn with all entries in order and stops with fn's error. It may be
// called again, and entries added between.
func (s *Sorter) Each(fn func(Entry) error) error {
	slices.SortFunc(s.buf, Compare)
	return merge(s.buf, s.files, fn)
}

// EachOf calls fn with the entries of the sorter and of sorted files that
// WriteFile wrote, in order.
func (s *Sorter) EachOf(names []string, fn func(Entry) error) error {
	slices.SortFunc(s.buf, Compare)
	files := slices.Clone(s.files)
	for _, name := range names {
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		defer f.Close()
		files = append(files, f)
	}
	return merge(s.buf, files, fn)
}

// merge calls fn with the entries of a sorted buffer and of sorted files.
func merge(buf []Entry, files []*os.File, fn func(Entry) error) error {
	var h runs
	if len(buf) > 0 {
		h = append(h, run{buf[0], func() (e Entry, err error) {
			if buf = buf[1:]; len(buf) == 0 {
				return e, io.EOF
			}
			return buf[0], nil
		}})
	}
	for _, f := range files {
		r := bufio.NewReaderSize(io.NewSectionReader(f, 0, math.MaxInt64), 1<<16)
		next := func() (e Entry, err error) {
			var b [Size]byte
			if _, err = io.ReadFull(r, b[:]); err != nil {
				return e, err
			}
			return Entry{[2]uint64{binary.BigEndian.Uint64(b[:]), binary.BigEndian.Uint64(b[8:])}, binary.BigEndian.Uint64(b[16:])}, nil
		}
		switch e, err := next(); err {
		case nil:
			h = append(h, run{e, next})
		case io.EOF:
		default:
			return err
		}
	}
	heap.Init(&h)
	for len(h) > 0 {
		if err := fn(h[0].entry); err != nil {
			return err
		}
		switch e, err := h[0].next(); err {
		case nil:
			h[0].entry = e
			if len(h) > 1 {
				heap.Fix(&h, 0)
			}
		case io.EOF:
			heap.Pop(&h)
		default:
			return err
		}
	}
	return nil
}

// run is a sorted sequence with its next entry.
type run struct {
	entry Entry
	next  func() (Entry, error)
}

type runs []run

func (h runs) Len() int           { return len(h) }
func (h runs) Less(i, j int) bool { return Compare(h[i].entry, h[j].entry) < 0 }
func (h runs) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *runs) Push(x any)        { *h = append(*h, x.(run)) }
func (h *runs) Pop() any {
	old := *h
	x := old[len(old)-1]
	*h = old[:len(old)-1]
	return x
}
