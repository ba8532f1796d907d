package small

import (
	"cmp"
	"math"
	"math/bits"
	"slices"
)

// spreadKeys is the odd multiplier whose top bits index the tables (Knuth's
// multiplicative hashing, by the golden ratio).
const spreadKeys = 0x9E3779B97F4A7C15

// minDF is in how many training texts an n-gram must occur to be kept.
const minDF = 2

// maxCells bounds rows × classes of a model: 2^26 float32 are 256 MB. Beyond
// it the n-grams that occur in the fewest texts are left out.
const maxCells = 1 << 26

// maxRows bounds the vocabulary itself; masking hashes to as many rows was
// measured to cost nothing.
const maxRows = 1 << 20

// block is one kind of feature, normalised by itself.
type block int

const (
	blockWord block = iota
	blockGram
	blockField
	blocks
)

// slot of the open-addressing table; row is the number + 1, 0 when free.
type slot struct {
	key uint64
	row int32
}

// vocabulary maps the hashes of n-grams to rows 0 … len(keys)-1, the rows of
// one block side by side. The bias feature is the row after the last.
type vocabulary struct {
	keys  []uint64  // by row
	idf   []float32 // by row; 1 for fields
	first [blocks + 1]int32
	slots []slot
	shift uint
}

func (v *vocabulary) rows() int { return len(v.keys) }

// lookup returns the row of a hash, or -1.
func (v *vocabulary) lookup(key uint64) int32 {
	mask := uint64(len(v.slots) - 1)
	for i := (key * spreadKeys) >> v.shift; ; i = (i + 1) & mask {
		s := &v.slots[i&mask]
		if s.row == 0 {
			return -1
		}
		if s.key == key {
			return s.row - 1
		}
	}
}

// index fills the table from the keys, at most half full.
func (v *vocabulary) index() {
	wide := max(4, bits.Len(uint(2*len(v.keys)+1)))
	v.shift = uint(64 - wide)
	v.slots = make([]slot, 1<<wide)
	mask := uint64(len(v.slots) - 1)
	for row, key := range v.keys {
		i := (key * spreadKeys) >> v.shift
		for v.slots[i&mask].row != 0 {
			i++
		}
		v.slots[i&mask] = slot{key, int32(row) + 1}
	}
}

// counted is an n-gram and the number of texts it occurs in.
type counted struct {
	key      uint64
	df, last int32 // last: text number + 1, to count a text once
}

// counter counts in how many texts each n-gram of a block occurs.
type counter struct {
	entries []counted
	slots   []int32 // open addressing: entry + 1, 0 when free
	shift   uint
	text    int32
}

func (c *counter) next() { c.text++ }

func (c *counter) add(key uint64) {
	if 2*len(c.entries) >= len(c.slots) {
		c.grow()
	}
	i := c.find(key)
	if c.slots[i] == 0 {
		c.entries = append(c.entries, counted{key, 1, c.text})
		c.slots[i] = int32(len(c.entries))
	} else if e := &c.entries[c.slots[i]-1]; e.last != c.text {
		e.df++
		e.last = c.text
	}
}

// find returns the slot of a key, or the free one where it belongs.
func (c *counter) find(key uint64) uint64 {
	mask := uint64(len(c.slots) - 1)
	i := (key * spreadKeys) >> c.shift
	for c.slots[i] != 0 && c.entries[c.slots[i]-1].key != key {
		i = (i + 1) & mask
	}
	return i
}

func (c *counter) grow() {
	size := max(1024, 2*len(c.slots))
	c.slots = make([]int32, size)
	c.shift = uint(64 - bits.TrailingZeros(uint(size)))
	for n, e := range c.entries {
		c.slots[c.find(e.key)] = int32(n) + 1
	}
}

// newVocabulary keeps the n-grams of minDF texts and more, the most frequent
// first where there are too many, rows in the order of first appearance.
func newVocabulary(n, classes int, counters *[blocks]counter) vocabulary {
	var v vocabulary
	var kept [blocks][]counted
	total := 0
	for b := range blocks {
		for _, e := range counters[b].entries {
			if e.df >= minDF {
				kept[b] = append(kept[b], e)
			}
		}
		total += len(kept[b])
	}
	if limit := min(maxRows, maxCells/max(classes, 1)); total > limit {
		least := dfLimit(kept, limit)
		for b := range blocks {
			kept[b] = slices.DeleteFunc(kept[b], func(e counted) bool { return e.df < least })
		}
	}
	for b := range blocks {
		v.first[b] = int32(len(v.keys))
		for _, e := range kept[b] {
			v.keys = append(v.keys, e.key)
			idf := float32(1)
			if b != blockField {
				idf = float32(math.Log(float64(1+n)/float64(1+e.df)) + 1)
			}
			v.idf = append(v.idf, idf)
		}
	}
	v.first[blocks] = int32(len(v.keys))
	v.index()
	return v
}

// dfLimit returns the smallest document frequency that at most limit n-grams
// reach.
func dfLimit(kept [blocks][]counted, limit int) int32 {
	var all []counted
	for _, k := range kept {
		all = append(all, k...)
	}
	slices.SortFunc(all, func(a, b counted) int { return cmp.Compare(b.df, a.df) })
	return all[limit].df + 1
}
