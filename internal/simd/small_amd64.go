package simd

import "golang.org/x/sys/cpu"

// lanes is how many integers dot8 takes at once.
const lanes = 32

// wide is how many of n integers go through the wide registers.
func wide(n int) int {
	if !cpu.X86.HasAVX2 {
		return 0
	}
	return n / lanes * lanes
}

// dot8 is the product of n·lanes integers; n must not be 0.
//
//go:noescape
func dot8(row *int8, q *int16, n int) int32
