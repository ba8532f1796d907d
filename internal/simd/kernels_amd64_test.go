//go:build simd

package simd_test

import (
	"github.com/luodi/luodi/internal/clean/minhash"
	"github.com/luodi/luodi/internal/simd"
)

// kernels are those that this processor can run.
func kernels() map[string]minhash.Kernel {
	out := map[string]minhash.Kernel{"plain": {}}
	for _, k := range simd.Kernels() {
		out[k.Name] = k
	}
	return out
}
