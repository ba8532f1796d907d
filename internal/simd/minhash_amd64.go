//go:build simd

package simd

import (
	"crypto/sha1"
	"encoding/binary"
	"math/bits"

	"golang.org/x/sys/cpu"

	"github.com/luodi/luodi/internal/clean/minhash"
)

// MinHash returns the inner loops of signatures for this processor: both with
// AVX-512, the permutations alone with AVX2, none without either.
func MinHash() minhash.Kernel {
	if k := Kernels(); len(k) > 0 {
		return k[0]
	}
	return minhash.Kernel{}
}

// Kernels are those that this processor can run, the fastest first.
func Kernels() (out []minhash.Kernel) {
	if cpu.X86.HasAVX512F && cpu.X86.HasAVX512DQ && cpu.X86.HasAVX512BW {
		out = append(out, kernel512)
	}
	if cpu.X86.HasAVX2 {
		out = append(out, kernel2)
	}
	return out
}

var (
	kernel512 = minhash.Kernel{Name: "avx512", Hash: hash512, Least: func(hashes []uint32, mul, add *[256]uint64, least *[256]uint32) {
		for i := 0; i < 256 && len(hashes) > 0; i += 64 {
			least512(&hashes[0], len(hashes), &mul[i], &add[i], &least[i])
		}
	}}
	kernel2 = minhash.Kernel{Name: "avx2", Least: func(hashes []uint32, mul, add *[256]uint64, least *[256]uint32) {
		for i := 0; i < 256 && len(hashes) > 0; i += 16 {
			least2(&hashes[0], len(hashes), &mul[i], &add[i], &least[i])
		}
	}}
)

// least512 lowers 64 values, least2 lowers 16.
//
//go:noescape
func least512(hashes *uint32, n int, mul, add *uint64, least *uint32)

//go:noescape
func least2(hashes *uint32, n int, mul, add *uint64, least *uint32)

// sha1Lanes sets out to the first words of the SHA-1 of sixteen messages of
// one padded block each.
//
//go:noescape
func sha1Lanes(blocks *[16][64]byte, out *[16]uint32)

// hash512 hashes sixteen texts at a time; those longer than one block, alone.
func hash512(text []byte, at []minhash.Span, out []uint32) {
	const longest = 64 - 1 - 8
	var blocks [16][64]byte
	var sums [16]uint32
	var to [16]int
	n := 0
	flush := func() {
		sha1Lanes(&blocks, &sums)
		for i, k := range to[:n] {
			out[k] = bits.ReverseBytes32(sums[i])
		}
		n = 0
	}
	for k, s := range at {
		m := text[s.Start:s.End]
		if len(m) > longest {
			sum := sha1.Sum(m)
			out[k] = binary.LittleEndian.Uint32(sum[:])
			continue
		}
		b := &blocks[n]
		*b = [64]byte{}
		copy(b[:], m)
		b[len(m)] = 0x80
		binary.BigEndian.PutUint16(b[62:], uint16(len(m)*8))
		to[n] = k
		if n++; n == len(blocks) {
			flush()
		}
	}
	if n > 0 {
		flush()
	}
}
