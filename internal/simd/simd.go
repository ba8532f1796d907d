// Package simd does the innermost loops with the processor's wide registers.
//
// Dots is behind an interface of package knowledge, whose search scans every
// allowed passage exactly: with AVX2, 100,000 vectors of 256 dimensions take a
// few milliseconds, so that no approximate index is needed and access filters
// stay exact. Without AVX2 the library falls back to plain Go; results of both
// may differ in the last bits.
//
// Small is the same for vectors kept as 8-bit integers, which need a quarter of
// the memory: exact in integers, in assembly where there is AVX2.
//
// MinHash is the inner loops of package minhash in assembly: 250 permutations,
// and the SHA-1 of sixteen shingles at a time. It is built with the tag simd,
// asks the processor what it has, and gives the same bits as plain Go, which is
// the default. It holds no data and builds no index.
package simd

import "github.com/viterin/vek/vek32"

// Dots multiplies a matrix by a vector. Its zero value is ready.
type Dots struct{}

// Dots sets to[i] to the product of q and row i of the matrix, whose rows are
// as long as q. len(matrix) must be len(to)·len(q).
func (Dots) Dots(to, matrix, q []float32) {
	n := len(q)
	for i := range to {
		to[i] = vek32.Dot(matrix[i*n:(i+1)*n], q)
	}
}
