//go:build !(simd && amd64)

package simd_test

import "github.com/luodi/luodi/internal/clean/minhash"

// kernels are those that this processor can run.
func kernels() map[string]minhash.Kernel { return map[string]minhash.Kernel{"plain": {}} }
