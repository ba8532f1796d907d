package simd

import "github.com/luodi/luodi/internal/knowledge/space"

// Small sets to[i] to the product of q and row i of a matrix of 8-bit integers,
// exactly: values of q are at most knowledge.Finest, rows at most 8,192 long.
// len(matrix) must be len(to)·len(q).
func (Dots) Small(to []float32, matrix []int8, q []int16) {
	n := len(q)
	whole := wide(n)
	for i := range to {
		row := matrix[i*n : (i+1)*n]
		sum := space.Dot8(row[whole:], q[whole:])
		if whole > 0 {
			sum += dot8(&row[0], &q[0], whole/lanes)
		}
		to[i] = float32(sum)
	}
}
