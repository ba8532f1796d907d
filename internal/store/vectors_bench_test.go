package store_test

import (
	"context"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/luodi/luodi/internal/knowledge"
	"github.com/luodi/luodi/internal/knowledge/space"
	"github.com/luodi/luodi/internal/lineage"
	"github.com/luodi/luodi/internal/simd"
	"github.com/luodi/luodi/internal/store"
)

// anywhere is an embedder that puts every text at a place of its own.
type anywhere int

// Query implements space.Embedder.
func (dim anywhere) Query(_ context.Context, text string) ([]float32, error) {
	h := fnv.New64a()
	h.Write([]byte(text))
	r := rand.New(rand.NewPCG(h.Sum64(), 1))
	v := make([]float32, dim)
	for i := range v {
		v[i] = float32(r.NormFloat64())
	}
	space.Unit(v)
	return v, nil
}

// Passages implements space.Embedder.
func (dim anywhere) Passages(ctx context.Context, texts []string) (out [][]float32, _ error) {
	for _, t := range texts {
		v, _ := dim.Query(ctx, t)
		out = append(out, v)
	}
	return out, nil
}

// BenchmarkVectorsAsIntegers measures what vectors as integers save: bytes that
// the first search leaves in memory, and the time of later ones, against floats
// in the same run.
func BenchmarkVectorsAsIntegers(b *testing.B) {
	ctx := context.Background()
	const passages, questions, dim = 10_000, 50, anywhere(384)
	db, err := store.Open(ctx, store.Config{Path: b.TempDir() + "/luodi.db"})
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	docs := func(yield func(knowledge.Document, error) bool) {
		for i := range passages {
			text := fmt.Sprintf("passage w%d w%d", i, i%50)
			if !yield(knowledge.Document{ID: lineage.NewID(lineage.Record, text), Address: fmt.Sprintf("d%d.md", i), Title: "t", Text: text}, nil) {
				return
			}
		}
	}
	if _, err := knowledge.Build(ctx, knowledge.Config{Base: "b", Store: db.Knowledge(), Now: time.Now}, docs); err != nil {
		b.Fatal(err)
	}
	s := space.Space{Provider: "http://x/v1", Model: "anywhere", Dim: int(dim)}.Named()
	search := func(base *knowledge.Base, use space.Use, i int) time.Duration {
		start := time.Now()
		if _, err := base.SearchWith(use)(ctx, knowledge.Query{Text: fmt.Sprintf("w%d", i), As: knowledge.Asker{Owner: true}}); err != nil {
			b.Fatal(err)
		}
		return time.Since(start)
	}
	use := space.Use{Space: s.ID, Fusion: space.Fusion{Kind: space.Coverage, Lambda: 1}}
	var bases [2]*knowledge.Base
	var bytes [2]float64
	for i := range bases {
		base, err := knowledge.Open(ctx, db.Knowledge(), "b")
		if err != nil {
			b.Fatal(err)
		}
		bases[i] = base.WithVectors(knowledge.Vectors{Spaces: db.Space(), Small: i == 1, Dots: simd.Dots{}, Embedder: func(context.Context, space.Space) (space.Embedder, error) { return dim, nil }})
		if i == 0 {
			if _, err := base.Embed(ctx, s, dim, nil); err != nil {
				b.Fatal(err)
			}
		}
		search(base, space.Use{}, 0) // words, so that what comes afterwards is vectors
		before := heapInUse()
		search(base, use, 0)
		bytes[i] = heapInUse() - before
	}
	var took [2][]time.Duration
	for b.Loop() {
		for q := range questions {
			for i, base := range bases {
				took[i] = append(took[i], search(base, use, q))
			}
		}
	}
	var median [2]float64
	for i := range took {
		slices.Sort(took[i])
		median[i] = float64(took[i][len(took[i])/2].Microseconds())
	}
	b.ReportMetric(bytes[0]/passages, "float-B/passage")
	b.ReportMetric(bytes[1]/passages, "int8-B/passage")
	b.ReportMetric(bytes[1]/bytes[0], "int8/float-B")
	b.ReportMetric(median[0], "float-µs")
	b.ReportMetric(median[1], "int8-µs")
	b.ReportMetric(median[1]/median[0], "int8/float-time")
}

// heapInUse is how many bytes are reachable.
func heapInUse() float64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc)
}
