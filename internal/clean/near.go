package clean

import (
	"bufio"
	"encoding/binary"
	"io"
	"os"

	"github.com/luodi/luodi/internal/clean/minhash"
	"github.com/luodi/luodi/internal/spill"
)

// maxNear is how many texts of a source are looked through for near-duplicates:
// of each some 30 bytes stay in memory.
const maxNear = 2_000_000

// sketch is what of a text near-duplicates are found by.
type sketch struct {
	folded [2]uint64
	set    []uint32
	bands  []uint64 // hashes of the bands of its signature
	at     place    // of the set, where it is on the disk already
}

// place is where a set stands, and how many numbers it has.
type place struct {
	from int64
	n    int32
}

func (p place) bytes() int64 { return 4 * int64(p.n) }

func sketchOf(text string) *sketch {
	n := minhash.Folded(text)
	if n == "" {
		return &sketch{} // alike to nothing
	}
	k := key(n)
	s := &sketch{folded: k, set: minhash.SetOf(n)}
	rows, bands := minhash.BandsFor(NearThreshold)
	sig := make([]uint32, rows*bands)
	minhash.SignSets([][]uint32{s.set}, sig, len(sig))
	for at := 0; at < len(sig); at += rows {
		s.bands = append(s.bands, minhash.Mix(sig[at:at+rows]))
	}
	return s
}

// alike counts near-duplicates: the clusters are those of Clusters, but sets and
// bands lie on the disk.
type alike struct {
	folds  spill.First // a folded text, to the first text with it
	bands  spill.Sorter
	sets   *os.File
	out    *bufio.Writer
	end    int64   // of sets
	at     []place // of each text's set
	keeps  bool    // sets is the caller's, and keeps the set of every text
	joined unionFind
	via    []found // of each text, where told is set
	told   bool    // keep which pair joined a text to its cluster
	over   bool    // there were too many texts
}

// What stays in memory before it is spilled: keys of each map, some 100 bytes
// each, and bytes of bands.
const mapKeys, bandBytes = 200_000, 32 << 20

// in sets the folder for what does not fit into memory.
func (a *alike) in(temp string) {
	a.folds.Temp, a.bands.Temp = temp, temp
	a.folds.Keys, a.bands.Memory = mapKeys, bandBytes
}

// found is the first text that a text was found to be alike to.
type found struct {
	n          int32 // -1 for none
	similarity float32
}

// join joins two texts and remembers the pair.
func (a *alike) join(x, y int, similarity float64) {
	a.joined.join(x, y)
	if !a.told {
		return
	}
	if a.via[y].n < 0 {
		a.via[y] = found{int32(x), float32(similarity)}
	}
	if a.via[x].n < 0 {
		a.via[x] = found{int32(y), float32(similarity)}
	}
}

func (a *alike) add(s *sketch) error {
	n := len(a.joined)
	if a.over = a.over || n == maxNear; a.over {
		return nil
	}
	if a.sets == nil {
		f, err := spill.Unnamed(a.bands.Temp)
		if err != nil {
			return err
		}
		a.sets = f
	}
	if a.out == nil {
		a.out = bufio.NewWriterSize(io.NewOffsetWriter(a.sets, a.end), 1<<16)
	}
	a.joined = append(a.joined, n)
	if a.told {
		a.via = append(a.via, found{n: -1})
	}
	again := false
	if len(s.set) > 0 || s.at.n > 0 {
		first, found, err := a.folds.Put(s.folded, [2]uint64{uint64(n)})
		if err != nil {
			return err
		}
		if again = found; again {
			a.join(int(first[0]), n, 1)
		}
	}
	at := s.at
	if len(s.set) > 0 && (!again || a.keeps) {
		if err := binary.Write(a.out, binary.LittleEndian, s.set); err != nil {
			return err
		}
		at = place{a.end, int32(len(s.set))}
		a.end += at.bytes()
	}
	a.at = append(a.at, at)
	if again {
		return nil
	}
	for b, hash := range s.bands {
		if err := a.bands.Add(spill.Entry{Key: [2]uint64{uint64(b), hash}, N: uint64(n)}); err != nil {
			return err
		}
	}
	return nil
}

// member is a text of the bucket under way; its set is read when it is compared.
type member struct {
	n   int
	set []uint32
}

func (a *alike) read(m *member) error {
	if m.set != nil {
		return nil
	}
	b := make([]byte, a.at[m.n].bytes())
	if _, err := a.sets.ReadAt(b, a.at[m.n].from); err != nil {
		return err
	}
	m.set = make([]uint32, len(b)/4)
	for i := range m.set {
		m.set[i] = binary.LittleEndian.Uint32(b[4*i:])
	}
	return nil
}

// similarity is that of two texts; a text that says the same as an earlier one
// has that one's set.
func (a *alike) similarity(x, y int) (float64, error) {
	var sets [2][]uint32
	for i, n := range []int{x, y} {
		if a.via[n].similarity == 1 && a.at[n].n == 0 {
			n = int(a.via[n].n)
		}
		m := member{n: n}
		if err := a.read(&m); err != nil {
			return 0, err
		}
		sets[i] = m.set
	}
	return minhash.Jaccard(sets[0], sets[1]), nil
}

// done compares what shares a band, and counts.
func (a *alike) done() (Near, error) {
	defer a.close()
	if a.over || len(a.joined) == 0 {
		return Near{}, nil
	}
	if err := a.compare(); err != nil {
		return Near{}, err
	}
	near := Near{Measured: true}
	size := make([]int32, len(a.joined))
	for i := range a.joined {
		size[a.joined.find(i)]++
	}
	for _, n := range size {
		if n > 1 {
			near.Clusters++
			near.Records += int(n)
		}
	}
	return near, nil
}

// compare joins what shares a band and is alike.
func (a *alike) compare() error {
	if a.out == nil {
		return nil
	}
	if err := a.out.Flush(); err != nil {
		return err
	}
	var bucket []*member // the last maxPairs texts
	var at [2]uint64
	return a.bands.Each(func(e spill.Entry) error {
		if e.Key != at {
			at, bucket = e.Key, bucket[:0]
		}
		m := &member{n: int(e.N)}
		for i := len(bucket) - 1; i >= 0; i-- {
			o := bucket[i]
			if a.joined.find(o.n) == a.joined.find(m.n) {
				continue
			}
			if err := a.read(o); err != nil {
				return err
			}
			if err := a.read(m); err != nil {
				return err
			}
			if s := minhash.Jaccard(o.set, m.set); s >= NearThreshold {
				a.join(o.n, m.n, s)
			}
		}
		if len(bucket) == maxPairs {
			bucket = append(bucket[:0], bucket[1:]...)
		}
		bucket = append(bucket, m)
		return nil
	})
}

func (a *alike) close() {
	a.folds.Close()
	a.bands.Close()
	if a.sets != nil && !a.keeps {
		a.sets.Close()
		os.Remove(a.sets.Name()) // where an open file could not be removed
		a.sets = nil
	}
}
