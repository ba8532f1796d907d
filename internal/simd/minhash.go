//go:build !(simd && amd64)

package simd

import "github.com/luodi/luodi/internal/clean/minhash"

// MinHash is nothing in a build without the tag simd: signatures are computed
// in plain Go.
func MinHash() minhash.Kernel { return minhash.Kernel{} }
