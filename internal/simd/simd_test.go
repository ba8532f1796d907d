package simd_test

import (
	"fmt"
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/luodi/luodi/internal/simd"
)

func TestDotsAreSums(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n, rows := rapid.IntRange(1, 70).Draw(t, "n"), rapid.IntRange(0, 5).Draw(t, "rows")
		f := rapid.Float32Range(-1, 1)
		q, m := rapid.SliceOfN(f, n, n).Draw(t, "q"), rapid.SliceOfN(f, n*rows, n*rows).Draw(t, "m")
		got := make([]float32, rows)
		simd.Dots{}.Dots(got, m, q)
		for i := range got {
			want := 0.
			for k := range q {
				want += float64(q[k]) * float64(m[i*n+k])
			}
			if math.Abs(want-float64(got[i])) > 1e-4 {
				t.Fatalf("row %d is %f, want %f", i, got[i], want)
			}
		}
	})
}

func ExampleDots() {
	to := make([]float32, 2)
	simd.Dots{}.Dots(to, []float32{1, 0, 0, 1}, []float32{3, 4})
	fmt.Println(to)
	// Output: [3 4]
}

func BenchmarkDots100k256(b *testing.B) {
	const rows, n = 100_000, 256
	m, q, to := make([]float32, rows*n), make([]float32, n), make([]float32, rows)
	for b.Loop() {
		simd.Dots{}.Dots(to, m, q)
	}
}
