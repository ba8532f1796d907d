package minhash

import (
	"context"
	"encoding/binary"
	"os"
	"slices"

	"github.com/luodi/luodi/internal/spill"
)

// maxRing is how many texts before it in a bucket a text is compared with;
// chains do the rest.
const maxRing = 64

// shortKeys are the addresses of a text's bands, for texts whose sets of
// shingles are threshold similar, and that set. An empty text has none.
func shortKeys(text string, threshold float64, number int) ([]spill.Entry, []uint32) {
	set := SetOf(Folded(text))
	if len(set) == 0 {
		return nil, nil
	}
	rows, bands := BandsFor(threshold)
	sig := make([]uint32, rows*bands)
	SignSets([][]uint32{set}, sig, rows*bands)
	out := make([]spill.Entry, bands)
	for b := range out {
		out[b] = spill.Entry{Key: [2]uint64{uint64(b), Mix(sig[b*rows : (b+1)*rows])}, N: uint64(number)}
	}
	return out, set
}

// compare joins the texts of each bucket that are as similar as is asked.
func (w *worker) compare(ctx context.Context, r *repeats) error {
	type member struct {
		n   uint64
		set []uint32
	}
	var ring []member
	var key [2]uint64
	return w.keys.Each(func(e spill.Entry) error {
		if e.Key != key {
			key, ring = e.Key, ring[:0]
			if err := ctx.Err(); err != nil {
				return err
			}
		}
		set, err := w.sets.get(e.N)
		if err != nil {
			return err
		}
		for _, m := range ring {
			if slices.Equal(m.set, set) { // what it is similar to, that one is too
				return r.join(m.n, e.N)
			}
		}
		for _, m := range ring {
			if Jaccard(m.set, set) >= w.cfg.Threshold {
				if err := r.join(m.n, e.N); err != nil {
					return err
				}
			}
		}
		if len(ring) == maxRing {
			ring = slices.Delete(ring, 0, 1)
		}
		ring = append(ring, member{e.N, set})
		return nil
	})
}

// setFile keeps the sets of shingles on the disk: all in one file, and where
// each line's begins in another.
type setFile struct {
	sets, at *os.File
	size     int64
}

func newSetFile(temp string) (*setFile, error) {
	s := &setFile{}
	var err error
	if s.sets, err = spill.Unnamed(temp); err == nil {
		s.at, err = spill.Unnamed(temp)
	}
	if err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

func (s *setFile) close() {
	if s == nil {
		return
	}
	for _, f := range []*os.File{s.sets, s.at} {
		if f != nil {
			f.Close()
			os.Remove(f.Name()) // where an open file could not be removed
		}
	}
}

func (s *setFile) add(n uint64, set []uint32) error {
	b := make([]byte, 0, 4*len(set))
	for _, v := range set {
		b = binary.LittleEndian.AppendUint32(b, v)
	}
	if _, err := s.sets.WriteAt(b, s.size); err != nil {
		return err
	}
	var at [12]byte
	binary.LittleEndian.PutUint64(at[:], uint64(s.size))
	binary.LittleEndian.PutUint32(at[8:], uint32(len(set)))
	s.size += int64(len(b))
	_, err := s.at.WriteAt(at[:], int64(n)*int64(len(at)))
	return err
}

func (s *setFile) get(n uint64) ([]uint32, error) {
	var at [12]byte
	if _, err := s.at.ReadAt(at[:], int64(n)*int64(len(at))); err != nil {
		return nil, err
	}
	b := make([]byte, 4*binary.LittleEndian.Uint32(at[8:]))
	if _, err := s.sets.ReadAt(b, int64(binary.LittleEndian.Uint64(at[:]))); err != nil {
		return nil, err
	}
	set := make([]uint32, len(b)/4)
	for i := range set {
		set[i] = binary.LittleEndian.Uint32(b[4*i:])
	}
	return set, nil
}
