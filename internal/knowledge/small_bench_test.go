package knowledge_test

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/luodi/luodi/internal/knowledge"
	"github.com/luodi/luodi/internal/knowledge/space"
)

// BenchmarkIntegers measures what vectors as integers save: bytes that the
// first search leaves in memory, and the time of later ones, against floats in
// the same run.
func BenchmarkIntegers(b *testing.B) {
	ctx := context.Background()
	const passages, dim, questions = 20_000, 384, 50
	floats, integers, s := twice(b, newClusters(3, 50, dim, .03), clustered(passages, 50, func(int) []string { return nil }))
	use := space.Use{Space: s.ID, Fusion: space.Fusion{Kind: space.Coverage, Lambda: 1}}
	search := func(base *knowledge.Base, i int) time.Duration {
		start := time.Now()
		if _, err := base.SearchWith(use)(ctx, knowledge.Query{Text: fmt.Sprintf("q%d x%d", i, 90_000+i), As: owner}); err != nil {
			b.Fatal(err)
		}
		return time.Since(start)
	}
	heap := func() float64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.GC()
		runtime.ReadMemStats(&m)
		return float64(m.HeapAlloc)
	}
	// words first, so that what is left afterwards is vectors
	bytes := map[*knowledge.Base]float64{}
	for _, base := range []*knowledge.Base{floats, integers} {
		if _, err := base.Search(ctx, knowledge.Query{Text: "p1", As: owner}); err != nil {
			b.Fatal(err)
		}
		before := heap()
		search(base, 0)
		bytes[base] = heap() - before
	}
	took := map[*knowledge.Base][]time.Duration{}
	for b.Loop() {
		for i := range questions {
			for _, base := range []*knowledge.Base{floats, integers} {
				took[base] = append(took[base], search(base, i))
			}
		}
	}
	median := func(base *knowledge.Base) float64 {
		slices.Sort(took[base])
		return float64(took[base][len(took[base])/2].Microseconds())
	}
	b.ReportMetric(bytes[floats]/passages, "float-B/passage")
	b.ReportMetric(bytes[integers]/passages, "int8-B/passage")
	b.ReportMetric(median(floats), "float-µs")
	b.ReportMetric(median(integers), "int8-µs")
	b.ReportMetric(median(integers)/median(floats), "int8/float-time")
}
