package clean

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/luodi/luodi/internal/clean/minhash"
	"github.com/luodi/luodi/internal/spill"
)

// remembered are the sketches of the texts that were compared last, in two files
// of a folder: the sets, which are only appended to, and an index with what else
// a comparison needs of a text, which is put in place at the end. So a text is
// read and sketched once, and a comparison after one more text reads that one.
// All of it can be made again: a file that is damaged, of another version, or
// whose sets are mostly those of texts that are gone, is begun anew.
//
// A nil one remembers nothing.
type remembered struct {
	dir   string
	old   *os.File    // the index of the last run
	where spill.First // a text's key, to the number of its entry there
	sets  *os.File
	end   int64 // of the sets
	live  int64 // bytes of sets that this run's texts have

	next *os.File // the index of this run
	out  *bufio.Writer
	sum  hash.Hash
	n    uint64
}

// sketchVersion changes when the same text gives another sketch.
const sketchVersion = "sketch/1"

// sketched is a text as a comparison needs it.
type sketched struct {
	sketch
	label, figures uint64
}

// An entry of the index: key, folded text, label, figures, where the set stands
// and how many numbers it has, bands. After the last one stands the index's end.
const (
	entryWords = 8
	indexEnd   = 16 + 8 + 8 + sha256.Size
)

func bandsOf() int {
	_, bands := minhash.BandsFor(NearThreshold)
	return bands
}

// form is how the index is told from one of another version.
func form() []byte {
	rows, bands := minhash.BandsFor(NearThreshold)
	k := key(sketchVersion, fmt.Sprint(rows, bands))
	return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, k[0]), k[1])
}

// remember opens the files of a folder, or begins them.
func remember(dir, temp string) (*remembered, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	r := &remembered{dir: dir, where: spill.First{Temp: temp, Keys: mapKeys}, sum: sha256.New()}
	err := r.open()
	if err == nil {
		r.next, err = os.CreateTemp(dir, "index-*")
	}
	if err != nil {
		r.close()
		return nil, err
	}
	r.out = bufio.NewWriterSize(io.MultiWriter(r.next, r.sum), 1<<16)
	return r, nil
}

func (r *remembered) path(name string) string { return filepath.Join(r.dir, name) }

func (r *remembered) open() error {
	left, _ := filepath.Glob(r.path("index-*")) // of a run that was killed
	for _, name := range left {
		os.Remove(name)
	}
	var err error
	if r.sets, err = os.OpenFile(r.path("sets"), os.O_RDWR|os.O_CREATE, 0o600); err != nil {
		return err
	}
	if r.old, err = os.Open(r.path("index")); err == nil {
		err = r.load()
	}
	if err != nil { // none, or none that can be used
		r.where.Close()
		r.end = 0
	}
	return r.sets.Truncate(r.end)
}

// load finds out which texts are known.
func (r *remembered) load() error {
	info, err := r.old.Stat()
	if err != nil {
		return err
	}
	size := info.Size() - indexEnd
	one := int64(8 * (entryWords + bandsOf()))
	if size < 0 || size%one != 0 {
		return io.ErrUnexpectedEOF
	}
	sum := sha256.New()
	in := bufio.NewReaderSize(io.TeeReader(io.NewSectionReader(r.old, 0, size), sum), 1<<16)
	b := make([]byte, one)
	for n := range uint64(size / one) {
		if _, err := io.ReadFull(in, b); err != nil {
			return err
		}
		k := [2]uint64{binary.BigEndian.Uint64(b), binary.BigEndian.Uint64(b[8:])}
		if _, _, err := r.where.Put(k, [2]uint64{n, 1}); err != nil {
			return err
		}
	}
	last := make([]byte, indexEnd)
	if _, err := r.old.ReadAt(last, size); err != nil {
		return err
	}
	r.end = int64(binary.BigEndian.Uint64(last[16:]))
	sets, err := r.sets.Stat()
	if err != nil {
		return err
	}
	if !bytes.Equal(last[:16], form()) || binary.BigEndian.Uint64(last[24:]) != uint64(size/one) || !bytes.Equal(last[32:], sum.Sum(nil)) || sets.Size() < r.end {
		return io.ErrUnexpectedEOF
	}
	return nil
}

// recall returns what is known of a text; nil where that is nothing.
func (r *remembered) recall(k [2]uint64) (*sketched, error) {
	if r == nil {
		return nil, nil
	}
	at, found, err := r.where.Put(k, [2]uint64{})
	if err != nil || !found || at[1] == 0 {
		return nil, err
	}
	b := make([]byte, 8*(entryWords+bandsOf()))
	if _, err := r.old.ReadAt(b, int64(at[0])*int64(len(b))); err != nil {
		return nil, err
	}
	word := func(i int) uint64 { return binary.BigEndian.Uint64(b[8*i:]) }
	t := &sketched{label: word(4), figures: word(5), sketch: sketch{folded: [2]uint64{word(2), word(3)}, at: place{int64(word(6)), int32(word(7))}}}
	if t.folded != [2]uint64{} {
		for i := range bandsOf() {
			t.bands = append(t.bands, word(entryWords+i))
		}
	}
	return t, nil
}

// keep remembers a text whose set stands at a place.
func (r *remembered) keep(k [2]uint64, t *sketched, at place) error {
	if r == nil {
		return nil
	}
	r.n++
	r.live += at.bytes()
	words := []uint64{k[0], k[1], t.folded[0], t.folded[1], t.label, t.figures, uint64(at.from), uint64(at.n)}
	words = append(words, t.bands...)
	words = append(words, slices.Repeat([]uint64{0}, entryWords+bandsOf()-len(words))...)
	b := make([]byte, 0, 8*len(words))
	for _, w := range words {
		b = binary.BigEndian.AppendUint64(b, w)
	}
	_, err := r.out.Write(b)
	return err
}

// commit puts the index in place, of sets that end at a byte.
func (r *remembered) commit(end int64) error {
	if r == nil {
		return nil
	}
	if err := r.out.Flush(); err != nil {
		return err
	}
	last := binary.BigEndian.AppendUint64(form(), uint64(end))
	last = binary.BigEndian.AppendUint64(last, r.n)
	if _, err := r.next.Write(r.sum.Sum(last)); err != nil {
		return err
	}
	if end > 2*r.live+1<<20 {
		return os.Remove(r.path("index")) // begun anew by the next run
	}
	for _, f := range []*os.File{r.sets, r.next} {
		if err := f.Sync(); err != nil {
			return err
		}
	}
	return os.Rename(r.next.Name(), r.path("index"))
}

func (r *remembered) close() {
	if r == nil {
		return
	}
	r.where.Close()
	for _, f := range []*os.File{r.old, r.sets, r.next} {
		if f != nil {
			f.Close()
		}
	}
	if r.next != nil {
		os.Remove(r.next.Name()) // where it was not put in place
	}
}
