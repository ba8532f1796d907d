package clean

import (
	"bufio"
	"encoding/binary"
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
	sig    []uint32
}

func sketchOf(text string) *sketch {
	n := minhash.Folded(text)
	if n == "" {
		return &sketch{} // alike to nothing
	}
	k := key(n)
	s := &sketch{folded: k, set: minhash.SetOf(n)}
	rows, bands := minhash.BandsFor(NearThreshold)
	s.sig = make([]uint32, rows*bands)
	minhash.SignSets([][]uint32{s.set}, s.sig, len(s.sig))
	return s
}

// alike counts near-duplicates: the clusters are those of Clusters, but sets and
// bands lie on the disk.
type alike struct {
	folds  spill.First // a folded text, to the first text with it
	bands  spill.Sorter
	sets   *os.File
	out    *bufio.Writer
	begin  []int64 // of each text's set in sets; one more than texts
	joined unionFind
	over   bool // there were too many texts
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
		a.sets, a.out, a.begin = f, bufio.NewWriterSize(f, 1<<16), []int64{0}
	}
	a.joined = append(a.joined, n)
	end := a.begin[n]
	if len(s.set) > 0 {
		first, found, err := a.folds.Put(s.folded, [2]uint64{uint64(n)})
		if err != nil {
			return err
		}
		if found {
			a.joined[n] = int(first[0])
			a.begin = append(a.begin, end)
			return nil
		}
	}
	if err := binary.Write(a.out, binary.LittleEndian, s.set); err != nil {
		return err
	}
	a.begin = append(a.begin, end+int64(4*len(s.set)))
	rows, _ := minhash.BandsFor(NearThreshold)
	for b := 0; b*rows < len(s.sig); b++ {
		at := spill.Entry{Key: [2]uint64{uint64(b), minhash.Mix(s.sig[b*rows : (b+1)*rows])}, N: uint64(n)}
		if err := a.bands.Add(at); err != nil {
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
	b := make([]byte, a.begin[m.n+1]-a.begin[m.n])
	if _, err := a.sets.ReadAt(b, a.begin[m.n]); err != nil {
		return err
	}
	m.set = make([]uint32, len(b)/4)
	for i := range m.set {
		m.set[i] = binary.LittleEndian.Uint32(b[4*i:])
	}
	return nil
}

// done compares what shares a band, and counts.
func (a *alike) done() (Near, error) {
	defer a.close()
	if a.over || len(a.joined) == 0 {
		return Near{}, nil
	}
	if err := a.out.Flush(); err != nil {
		return Near{}, err
	}
	var bucket []*member // the last maxPairs texts
	var at [2]uint64
	err := a.bands.Each(func(e spill.Entry) error {
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
			if minhash.Jaccard(o.set, m.set) >= NearThreshold {
				a.joined.join(o.n, m.n)
			}
		}
		if len(bucket) == maxPairs {
			bucket = append(bucket[:0], bucket[1:]...)
		}
		bucket = append(bucket, m)
		return nil
	})
	if err != nil {
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

func (a *alike) close() {
	a.folds.Close()
	a.bands.Close()
	if a.sets != nil {
		a.sets.Close()
		os.Remove(a.sets.Name()) // where an open file could not be removed
		a.sets = nil
	}
}
