// Package minhash removes near-duplicate documents with the same decisions as
// the MinHash operator of Data-Juicer, several times faster and in bounded
// memory, so that a team can leave that tool without its corpora changing.
//
// The parameters are that operator's: shingles of 5 lower-case characters, or
// words between blanks; four bytes of SHA-1 as a shingle's hash; 256
// permutations; 25 bands of 10 rows; documents that share a band are one, and
// the first of each group stays (Broder 1997; Leskovec et al., Mining of
// Massive Datasets, ch. 3). A text of fewer than 5 tokens has no shingle: as
// there, all but the first of them are removed, and Result.Short counts them.
//
// Modes of our own (Method) find exact copies, paragraphs that stand in many
// documents, and near-duplicates among short Chinese texts.
//
// Nothing is kept in memory for each document: keys go to sorted spill files
// and components are found by sorting. With an index, a corpus is compared with
// all that came before it. Which version is the better one is not decided here.
package minhash

import "slices"

// The parameters of the compatible mode.
const (
	window       = 5
	permutations = 256
	bands        = 25
	rows         = 10
	used         = bands * rows // the last six permutations are in no band

	mersenne = 1<<61 - 1
	maxHash  = 1<<32 - 1
)

// Tokens is what shingles are made of.
type Tokens string

// The two modes.
const (
	Characters Tokens = "char"  // for Chinese, Japanese and other text without blanks
	Words      Tokens = "space" // words between U+0020; line ends and tabs are inside of words
)

// Signature is the least hash of a document's shingles under every permutation
// that is in a band.
type Signature [used]uint32

// lanes is how many permutations are computed side by side; padded is their
// number with the few that fill the last lanes and are not used.
const (
	lanes  = 4
	padded = (used + lanes - 1) / lanes * lanes
)

// Kernel is the two inner loops of signing, for processors with wide registers;
// package simd has them. A nil one is done in plain Go. Both may be called from
// any goroutine, and give exactly what plain Go gives.
type Kernel struct {
	Name string // of the instructions, such as "avx512"; "" for plain Go

	// Least lowers each of the 256 values of least to the least one that the
	// permutation (mul, add) gives for any of the hashes: the low 32 bits of
	// x + (x >> 61), x being h·mul + add modulo 2^64.
	Least func(hashes []uint32, mul, add *[permutations]uint64, least *[permutations]uint32)

	// Hash sets out[i] to the first four bytes, little endian, of the SHA-1 of
	// text[at[i].Start:at[i].End].
	Hash func(text []byte, at []Span, out []uint32)
}

// Signer computes signatures. It may be used from any goroutine.
type Signer struct {
	mul, add [permutations]uint64
	rare     map[uint32]bool // shingle hashes whose product needs the exact remainder
	kernel   Kernel
}

// NewSigner returns the signer of the compatible mode.
func NewSigner(k Kernel) *Signer {
	s := &Signer{kernel: k}
	g := newTwister(42)
	for i := range permutations {
		// As numpy.random.RandomState(42).randint does, a before b.
		s.mul[i], s.add[i] = g.between(1, mersenne), g.between(0, mersenne)
	}
	s.rare = rareHashes(s.mul[:padded], s.add[:padded])
	return s
}

// Sign returns the signature of a text, and its number of shingles; maxHash
// everywhere where it has none.
func (s *Signer) Sign(text string, tokens Tokens) (sig Signature, n int) {
	var all [permutations]uint32
	for i := range all {
		all[i] = maxHash
	}
	var buf [shinglesAtOnce]uint32
	eachShingle(text, tokens, func(b []byte, at []Span) {
		hashes := buf[:len(at)]
		if s.kernel.Hash != nil {
			s.kernel.Hash(b, at, hashes)
		} else {
			hashSpans(b, at, hashes)
		}
		n += len(at)
		s.lower(hashes, &all)
	})
	copy(sig[:], all[:])
	return sig, n
}

// remainder is ((h·a + b) mod 2^64) mod (2^61 − 1) & 0xffffffff.
func remainder(h, a, b uint64) uint32 { return uint32((h*a + b) % mersenne) }

// lower takes more shingles into the least values.
//
// The low 32 bits of x mod (2^61 − 1) are those of x + (x >> 61), unless that
// sum, taken of the low 61 bits of x, reaches 2^61 − 1 again. For which hashes
// it does under one of the permutations is computed beforehand (rare).
func (s *Signer) lower(hashes []uint32, all *[permutations]uint32) {
	if len(s.rare) > 0 && slices.ContainsFunc(hashes, func(h uint32) bool { return s.rare[h] }) {
		for i := range all {
			for _, h := range hashes {
				all[i] = min(all[i], remainder(uint64(h), s.mul[i], s.add[i]))
			}
		}
		return
	}
	if s.kernel.Least != nil {
		s.kernel.Least(hashes, &s.mul, &s.add, all)
		return
	}
	for i := 0; i < padded; i += lanes {
		least(hashes, (*[lanes]uint64)(s.mul[i:]), (*[lanes]uint64)(s.add[i:]), (*[lanes]uint32)(all[i:]))
	}
}

// least lowers the least values under four permutations, which stay in
// registers.
func least(hashes []uint32, mul, add *[lanes]uint64, out *[lanes]uint32) {
	m0, m1, m2, m3 := mul[0], mul[1], mul[2], mul[3]
	a0, a1, a2, a3 := add[0], add[1], add[2], add[3]
	r0, r1, r2, r3 := out[0], out[1], out[2], out[3]
	for _, hash := range hashes {
		h := uint64(hash)
		w, x, y, z := h*m0+a0, h*m1+a1, h*m2+a2, h*m3+a3
		if v := uint32(w) + uint32(w>>61); v < r0 {
			r0 = v
		}
		if v := uint32(x) + uint32(x>>61); v < r1 {
			r1 = v
		}
		if v := uint32(y) + uint32(y>>61); v < r2 {
			r2 = v
		}
		if v := uint32(z) + uint32(z>>61); v < r3 {
			r3 = v
		}
	}
	out[0], out[1], out[2], out[3] = r0, r1, r2, r3
}

// rareHashes finds the hashes of 32 bits for which some permutation gives an x
// with x mod 2^61 + x/2^61 >= 2^61 - 1: there are 36 such x, and each is solved
// for h. With the permutations of the compatible mode there is no such hash.
func rareHashes(mul, add []uint64) map[uint32]bool {
	rare := map[uint32]bool{}
	for top := uint64(0); top < 8; top++ {
		for low := uint64(mersenne) - top; low <= mersenne; low++ {
			x := top<<61 | low
			for i := range mul {
				for _, h := range solve(mul[i], x-add[i]) {
					rare[h] = true
				}
			}
		}
	}
	return rare
}

// solve returns the h below 2^32 with a·h = c modulo 2^64.
func solve(a, c uint64) (out []uint32) {
	shift := 0
	for a&1 == 0 && shift < 64 { // a = 2^shift · odd
		if c&1 != 0 {
			return nil
		}
		a, c = a>>1, c>>1
		shift++
	}
	inverse := a // Newton's iteration doubles the right bits
	for range 6 {
		inverse *= 2 - a*inverse
	}
	modulus := uint64(0) // 0 stands for 2^64
	h := c * inverse
	if shift > 0 {
		modulus = 1 << (64 - shift)
		h &= modulus - 1
	}
	for {
		if h > maxHash {
			return out
		}
		out = append(out, uint32(h))
		if modulus == 0 {
			return out
		}
		h += modulus
	}
}
