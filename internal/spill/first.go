package spill

import (
	"bufio"
	"cmp"
	"encoding/binary"
	"fmt"
	"os"
	"slices"
)

// First remembers the value that each key was given first, for more keys than
// fit into memory. New keys stand in a map; when that is full it becomes a
// sorted file, of which a Bloom filter and every 128th key stay in memory: less
// than two bytes a key. Files have no name while they are read, so nothing is
// left of them even after kill -9. Its zero value works; it is for one
// goroutine.
type First struct {
	Temp string // folder for files; the system's when empty
	Keys int    // that the map holds; 500,000 when 0

	recent map[[2]uint64][2]uint64
	runs   []keyRun
	at     [pairSize * fence]byte // what was read last
}

const (
	pairSize = 32  // of a key and its value, in bytes
	fence    = 128 // pairs between two keys of the index
	bloomOf  = 12  // bits a key, of which four are set: about one false hit in 150
)

type pair struct{ key, value [2]uint64 }

// keyRun is a sorted file of pairs.
type keyRun struct {
	file  *os.File
	n     int
	bloom []uint64
	index [][2]uint64 // the first key of every fence pairs
}

// Put returns the value that key was given first; where there is none, key has
// this value from now on.
func (f *First) Put(key, value [2]uint64) (first [2]uint64, found bool, err error) {
	if v, ok := f.recent[key]; ok {
		return v, true, nil
	}
	for i := range f.runs {
		if v, ok, err := f.runs[i].get(key, f.at[:]); ok || err != nil {
			return v, ok, err
		}
	}
	if f.recent == nil {
		f.recent = map[[2]uint64][2]uint64{}
	}
	f.recent[key] = value
	if len(f.recent) < cmp.Or(f.Keys, 500_000) {
		return value, false, nil
	}
	return value, false, f.flush()
}

// Close gives the files back.
func (f *First) Close() {
	for _, r := range f.runs {
		discard([]*os.File{r.file})
	}
	f.runs, f.recent = nil, nil
}

func (f *First) flush() error {
	pairs := make([]pair, 0, len(f.recent))
	for k, v := range f.recent {
		pairs = append(pairs, pair{k, v})
	}
	slices.SortFunc(pairs, func(a, b pair) int { return compareKeys(a.key, b.key) })
	file, err := Unnamed(f.Temp)
	if err != nil {
		return noRoom(f.Temp, err)
	}
	r := keyRun{file: file, n: len(pairs), bloom: make([]uint64, len(pairs)*bloomOf/64+1)}
	f.runs = append(f.runs, r)
	last := &f.runs[len(f.runs)-1]
	w := bufio.NewWriterSize(file, 1<<18)
	for i, p := range pairs {
		if i%fence == 0 {
			last.index = append(last.index, p.key)
		}
		for k := range uint64(4) {
			bit := r.bit(p.key, k)
			r.bloom[bit/64] |= 1 << (bit % 64)
		}
		var b [pairSize]byte
		for j, v := range [4]uint64{p.key[0], p.key[1], p.value[0], p.value[1]} {
			binary.BigEndian.PutUint64(b[8*j:], v)
		}
		if _, err := w.Write(b[:]); err != nil {
			return noRoom(f.Temp, err)
		}
	}
	clear(f.recent)
	if err := w.Flush(); err != nil {
		return noRoom(f.Temp, err)
	}
	return nil
}

// bit is the k-th bit of a key in the filter. Keys are hashes already.
func (r keyRun) bit(key [2]uint64, k uint64) uint64 {
	return (key[0] + k*(key[1]|1)) % uint64(64*len(r.bloom))
}

func (r keyRun) get(key [2]uint64, buf []byte) (value [2]uint64, found bool, err error) {
	for k := range uint64(4) {
		bit := r.bit(key, k)
		if r.bloom[bit/64]&(1<<(bit%64)) == 0 {
			return value, false, nil
		}
	}
	at, exact := slices.BinarySearchFunc(r.index, key, compareKeys)
	if !exact {
		at--
	}
	if at < 0 {
		return value, false, nil
	}
	n := min(fence, r.n-at*fence)
	buf = buf[:n*pairSize]
	if _, err := r.file.ReadAt(buf, int64(at*fence*pairSize)); err != nil {
		return value, false, fmt.Errorf("looking for a key on disk: %w", err)
	}
	word := func(i, j int) uint64 { return binary.BigEndian.Uint64(buf[i*pairSize+8*j:]) }
	low, high := 0, n
	for low < high {
		mid := (low + high) / 2
		if compareKeys([2]uint64{word(mid, 0), word(mid, 1)}, key) < 0 {
			low = mid + 1
		} else {
			high = mid
		}
	}
	if low == n || word(low, 0) != key[0] || word(low, 1) != key[1] {
		return value, false, nil
	}
	return [2]uint64{word(low, 2), word(low, 3)}, true, nil
}

func compareKeys(a, b [2]uint64) int { return cmp.Or(cmp.Compare(a[0], b[0]), cmp.Compare(a[1], b[1])) }

// Unnamed opens a new file for reading and writing that is gone when it is
// closed or its process ends. Where the system cannot remove an open file, it
// keeps its name.
func Unnamed(dir string) (*os.File, error) {
	f, err := os.CreateTemp(dir, "luodi-spill-")
	if err == nil {
		os.Remove(f.Name())
	}
	return f, err
}
