package minhash

import (
	"math"
	"math/rand/v2"
	"slices"
	"unicode"
)

// maxShingles bounds the set of a long text; its smallest hashes are a sample.
const maxShingles = 2048

// Folded is a text's letters and digits in lower case, with one blank between
// words.
func Folded(text string) string {
	out := make([]rune, 0, len(text))
	gap := false
	for _, r := range text {
		if common(r) { // most of a Chinese text: no table has to be searched
			gap = false
			out = append(out, r)
			continue
		}
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			gap = true
			continue
		}
		if gap && len(out) > 0 && !han(r) && !han(out[len(out)-1]) {
			out = append(out, ' ')
		}
		gap = false
		out = append(out, unicode.ToLower(r))
	}
	return string(out)
}

// common reports whether r is of the block of unified Han characters.
func common(r rune) bool { return r >= 0x4E00 && r <= 0x9FFF }

func han(r rune) bool { return common(r) || r >= 0x2E80 && unicode.Is(unicode.Han, r) }

// SetOf returns the sorted set of hashes of a folded text's pairs of Han
// characters and triples of others.
func SetOf(text string) []uint32 {
	if text == "" {
		return nil
	}
	r := []rune(text)
	set := make([]uint32, 0, len(r)+1)
	for i := range r {
		n := 3
		if han(r[i]) {
			n = 2
		}
		if i+n > len(r) {
			break
		}
		h := uint64(n)
		for _, c := range r[i : i+n] {
			h = (h ^ uint64(c)) * 0x9E3779B97F4A7C15
			h ^= h >> 29
		}
		set = append(set, uint32(h>>32))
	}
	if len(set) == 0 { // shorter than a shingle
		h := uint64(0)
		for _, c := range r {
			h = (h ^ uint64(c)) * 0x9E3779B97F4A7C15
			h ^= h >> 29
		}
		set = append(set, uint32(h>>32))
	}
	set = slices.Compact(sorted(set))
	if len(set) > maxShingles { // the smallest hashes are a fair sample
		set = set[:maxShingles]
	}
	if cap(set) > 2*len(set) { // sets are kept: not with the room of all shingles
		set = slices.Clone(set)
	}
	return set
}

// radixFrom is the length from which sorting by digits is the faster way.
const radixFrom = 256

// sorted sorts hashes, those of long texts by three digits of 11 bits.
func sorted(set []uint32) []uint32 {
	if len(set) < radixFrom {
		slices.Sort(set)
		return set
	}
	other := make([]uint32, len(set))
	for shift := 0; shift < 32; shift += 11 {
		var at [1 << 11]int // where the next hash with a digit goes
		for _, h := range set {
			at[h>>shift%(1<<11)]++
		}
		sum := 0
		for d, n := range at {
			at[d], sum = sum, sum+n
		}
		for _, h := range set {
			d := h >> shift % (1 << 11)
			other[at[d]] = h
			at[d]++
		}
		set, other = other, set
	}
	return set
}

// Jaccard compares two sorted sets; where they are samples, on the range that
// both cover.
func Jaccard(a, b []uint32) float64 {
	limit := uint32(math.MaxUint32)
	if len(a) == maxShingles {
		limit = a[len(a)-1]
	}
	if len(b) == maxShingles {
		limit = min(limit, b[len(b)-1])
	}
	common, all := 0, 0
	for i, j := 0, 0; ; all++ {
		switch {
		case i < len(a) && a[i] <= limit && (j == len(b) || a[i] < b[j]):
			i++
		case j < len(b) && b[j] <= limit && (i == len(a) || b[j] < a[i]):
			j++
		case i < len(a) && j < len(b) && a[i] == b[j] && a[i] <= limit:
			common++
			i++
			j++
		default:
			return float64(common) / float64(max(1, all))
		}
	}
}

// BandsFor chooses rows per band and bands so that a pair at the threshold
// shares a band with a chance of 1 - 1/500, with few bands and few candidates.
func BandsFor(threshold float64) (rows, bands int) {
	for rows = 6; rows > 1; rows-- {
		share := math.Pow(threshold, float64(rows))
		if n := math.Ceil(math.Log(1.0/500) / math.Log(1-share)); n <= 32 {
			return rows, max(1, int(n))
		}
	}
	return 1, max(1, min(64, int(math.Ceil(math.Log(1.0/500)/math.Log(1-min(threshold, .999))))))
}

// SignSets writes the MinHash signature of n values of every set.
func SignSets(sets [][]uint32, sig []uint32, n int) {
	rng := rand.New(rand.NewPCG(20240601, 7))
	mul, add := make([]uint64, n), make([]uint64, n)
	for i := range n {
		mul[i], add[i] = rng.Uint64()|1, rng.Uint64()
	}
	for i, set := range sets {
		out := sig[i*n : (i+1)*n]
		for k := range out {
			out[k] = math.MaxUint32
		}
		for _, v := range set {
			for k := range out {
				if h := uint32((uint64(v)*mul[k] + add[k]) >> 32); h < out[k] {
					out[k] = h
				}
			}
		}
	}
}

// Mix is a key of a band's values.
func Mix(v []uint32) uint64 {
	h := uint64(len(v))
	for _, x := range v {
		h = (h ^ uint64(x)) * 0x9E3779B97F4A7C15
		h ^= h >> 32
	}
	return h
}
