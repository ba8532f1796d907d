package simd_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/luodi/luodi/internal/knowledge"
	"github.com/luodi/luodi/internal/knowledge/space"
	"github.com/luodi/luodi/internal/simd"
)

func TestSmallIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n, rows := rapid.IntRange(1, 200).Draw(t, "n"), rapid.IntRange(0, 5).Draw(t, "rows")
		q := rapid.SliceOfN(rapid.Int16Range(-knowledge.Finest, knowledge.Finest), n, n).Draw(t, "q")
		m := rapid.SliceOfN(rapid.Int8(), n*rows, n*rows).Draw(t, "m")
		got := make([]float32, rows)
		simd.Dots{}.Small(got, m, q)
		for i := range got {
			if want := float32(space.Dot8(m[i*n:(i+1)*n], q)); got[i] != want {
				t.Fatalf("row %d is %f, want %f", i, got[i], want)
			}
		}
	})
}

// The largest sums that are allowed stay inside 32 bits.
func TestSmallDoesNotOverflow(t *testing.T) {
	const n = 8192
	m, q, to := make([]int8, n), make([]int16, n), make([]float32, 1)
	for i := range m {
		m[i], q[i] = -127, -knowledge.Finest
	}
	if simd.Dots.Small(simd.Dots{}, to, m, q); to[0] != 127*knowledge.Finest*n {
		t.Error(to[0])
	}
}

// BenchmarkSmallAgainstFloats scans the same vectors both ways in turn.
func BenchmarkSmallAgainstFloats(b *testing.B) {
	const rows, n = 100_000, 384
	to := make([]float32, rows)
	m, q := make([]float32, rows*n), make([]float32, n)
	m8, q8 := make([]int8, rows*n), make([]int16, n)
	var floats, small time.Duration
	for b.Loop() {
		start := time.Now()
		simd.Dots{}.Dots(to, m, q)
		between := time.Now()
		simd.Dots{}.Small(to, m8, q8)
		floats, small = floats+between.Sub(start), small+time.Since(between)
	}
	b.ReportMetric(float64(floats.Microseconds())/1000/float64(b.N), "float-ms")
	b.ReportMetric(float64(small.Microseconds())/1000/float64(b.N), "int8-ms")
	b.ReportMetric(float64(small)/float64(floats), "int8/float")
}
