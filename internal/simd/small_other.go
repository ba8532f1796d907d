//go:build !amd64

package simd

const lanes = 1

// wide is 0: all of it is plain Go.
func wide(int) int { return 0 }

func dot8(*int8, *int16, int) int32 { return 0 }
