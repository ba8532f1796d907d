package minhash

import (
	"bufio"
	"bytes"
	"container/heap"
	"crypto/sha256"
	"encoding/binary"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
)

// key is the address of a band: 120 bits of the SHA-256 of its values, after
// the band's number. Two bands with one key are equal for all purposes.
type key [16]byte

func (s *Signature) keys() (out [bands]key) {
	var b [rows * 4]byte
	for i := range out {
		for j := range rows {
			binary.LittleEndian.PutUint32(b[j*4:], s[i*rows+j])
		}
		sum := sha256.Sum256(b[:])
		copy(out[i][:], sum[:])
		out[i][0] = byte(i)
	}
	return out
}

// entry is a key and the document that has it, as one sorts and stores it.
type entry [24]byte

func newEntry(k key, document int) (e entry) {
	copy(e[:], k[:])
	binary.BigEndian.PutUint64(e[16:], uint64(document))
	return e
}

func (e *entry) document() int { return int(binary.BigEndian.Uint64(e[16:])) }

func compare(a, b entry) int { return bytes.Compare(a[:], b[:]) }

// spill sorts more entries than fit into memory: full buffers are sorted and
// written to files, which are merged in the end.
type spill struct {
	dir     string
	buf     []entry
	files   []string
	spilled int64
}

func newSpill(temp string, memory int) (*spill, error) {
	dir, err := os.MkdirTemp(temp, "luodi-dedup-")
	if err != nil {
		return nil, err
	}
	return &spill{dir: dir, buf: make([]entry, 0, max(bands, memory/len(entry{})))}, nil
}

func (s *spill) close() { os.RemoveAll(s.dir) }

func (s *spill) add(keys [bands]key, document int) error {
	for _, k := range keys {
		if len(s.buf) == cap(s.buf) {
			if err := s.flush(); err != nil {
				return err
			}
		}
		s.buf = append(s.buf, newEntry(k, document))
	}
	return nil
}

func (s *spill) flush() error {
	slices.SortFunc(s.buf, compare)
	f, err := os.Create(filepath.Join(s.dir, "run-"+strconv.Itoa(len(s.files))))
	if err != nil {
		return err
	}
	defer f.Close()
	w := bufio.NewWriterSize(f, 1<<18)
	for i := range s.buf {
		if _, err := w.Write(s.buf[i][:]); err != nil {
			return err
		}
	}
	s.spilled += int64(len(s.buf) * len(entry{}))
	s.buf = s.buf[:0]
	s.files = append(s.files, f.Name())
	if err := w.Flush(); err != nil {
		return err
	}
	return f.Close()
}

// merge calls join for every document with the first one that has the same
// key. The least documents come first in each group of equal keys.
func (s *spill) merge(join func(a, b int)) error {
	slices.SortFunc(s.buf, compare)
	var h runs
	add := func(next func() (entry, error)) error {
		e, err := next()
		if err == io.EOF {
			return nil
		}
		h = append(h, run{e, next})
		return err
	}
	rest := s.buf
	if err := add(func() (e entry, err error) {
		if len(rest) == 0 {
			return e, io.EOF
		}
		e, rest = rest[0], rest[1:]
		return e, nil
	}); err != nil {
		return err
	}
	for _, name := range s.files {
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		defer f.Close()
		r := bufio.NewReaderSize(f, 1<<16)
		if err := add(func() (e entry, err error) {
			_, err = io.ReadFull(r, e[:])
			return e, err
		}); err != nil {
			return err
		}
	}
	heap.Init(&h)
	var first entry
	for begun := false; len(h) > 0; begun = true {
		e := h[0].entry
		if begun && bytes.Equal(e[:16], first[:16]) {
			join(first.document(), e.document())
		} else {
			first = e
		}
		next, err := h[0].next()
		switch err {
		case nil:
			h[0].entry = next
			heap.Fix(&h, 0)
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
	entry entry
	next  func() (entry, error)
}

type runs []run

func (h runs) Len() int           { return len(h) }
func (h runs) Less(i, j int) bool { return compare(h[i].entry, h[j].entry) < 0 }
func (h runs) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *runs) Push(x any)        { *h = append(*h, x.(run)) }
func (h *runs) Pop() any {
	old := *h
	x := old[len(old)-1]
	*h = old[:len(old)-1]
	return x
}

// groups joins documents; the root of each is its first one.
type groups []int32

func newGroups(n int) groups {
	g := make(groups, n)
	for i := range g {
		g[i] = int32(i)
	}
	return g
}

func (g groups) find(i int) int {
	for int(g[i]) != i {
		g[i] = g[g[i]]
		i = int(g[i])
	}
	return i
}

func (g groups) join(a, b int) {
	a, b = g.find(a), g.find(b)
	g[max(a, b)] = int32(min(a, b))
}
