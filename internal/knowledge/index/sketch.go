package index

import "github.com/luodi/luodi/internal/knowledge/token"

// sketchAdd puts one bigram into a one-permutation min-hash sketch (Li, Owen,
// Zhang 2012): 32 bins that keep the smallest 8-bit value.
func sketchAdd(s *[SketchSize]uint8, k uint64) {
	k ^= k >> 33 // finaliser of MurmurHash3 (Appleby)
	k *= 0xff51afd7ed558ccd
	k ^= k >> 33
	k *= 0xc4ceb9fe1a85ec53
	k ^= k >> 33
	bin := k & (SketchSize - 1)
	// The value keeps the leading zeros of the hash, so that 8 bits tell minima
	// over thousands of bigrams apart.
	if v := shrink(uint32(k >> 32)); v < s[bin] {
		s[bin] = v
	}
}

// shrink maps a 32-bit hash to 8 bits that rise with it: 5 bits of magnitude,
// 3 of mantissa.
func shrink(h uint32) uint8 {
	if h < 8 {
		return uint8(h)
	}
	e := uint32(0)
	for h >= 16 {
		h >>= 1
		e++
	}
	return uint8(min(e*8+h, 254))
}

// Similar estimates the Jaccard similarity of two chunks' bigram sets.
func Similar(a, b *[SketchSize]uint8) float64 {
	same, used := 0, 0
	for i := range a {
		if a[i] == 255 && b[i] == 255 {
			continue
		}
		used++
		if a[i] == b[i] {
			same++
		}
	}
	if used == 0 {
		return 0
	}
	return float64(same) / float64(used)
}

// Jaccard is the exact similarity of the bigram sets of two texts: bigrams of
// Han, pairs of neighbouring words elsewhere.
func Jaccard(a, b string) float64 {
	x, y := bigrams(a), bigrams(b)
	both := 0
	for k := range x {
		if y[k] {
			both++
		}
	}
	if all := len(x) + len(y) - both; all > 0 {
		return float64(both) / float64(all)
	}
	return 0
}

type bigramSet struct {
	set  map[string]bool
	prev string
}

func bigrams(text string) map[string]bool {
	b := bigramSet{set: map[string]bool{}}
	token.Each(text, &b)
	return b.set
}

func (b *bigramSet) Gram(x, y rune) {
	if y != 0 {
		b.set[string([]rune{x, y})] = true
	}
}

func (b *bigramSet) Word(w []byte) {
	b.set[b.prev+" "+string(w)] = true
	b.prev = string(w)
}
