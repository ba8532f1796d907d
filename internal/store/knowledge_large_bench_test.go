package store_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/luodi/luodi/internal/knowledge"
	"github.com/luodi/luodi/internal/knowledge/space"
	"github.com/luodi/luodi/internal/knowledge/static"
	"github.com/luodi/luodi/internal/lineage"
	"github.com/luodi/luodi/internal/simd"
	"github.com/luodi/luodi/internal/store"
)

// largeChunks is what BenchmarkKnowledgeAccess fills its base up to.
const largeChunks = 100_000

// BenchmarkKnowledgeAccess asks 100,000 chunks in SQLite, the laws and again
// their first ones, by words and with a static space, as askers who may read
// .1, 1, 10 and 100 % of the documents: latencies of ten hits with text. The
// static space is learnt in the same run, a minute of its setup.
func BenchmarkKnowledgeAccess(b *testing.B) {
	docs := lawDocuments(b)
	f, err := os.Open(filepath.Join(sharedData, "retrieval/lecoqa/queries.jsonl"))
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	questions, err := knowledge.ReadQuestions(f)
	if err != nil {
		b.Fatal(err)
	}
	ctx := context.Background()
	db, err := store.Open(ctx, store.Config{Path: filepath.Join(b.TempDir(), "luodi.db")})
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	shares := []float64{.001, .01, .1, 1}
	name := func(share float64) string { return fmt.Sprintf("user:%g@bank", share) }
	r := rand.New(rand.NewPCG(1, 1))
	build := func(docs []knowledge.Document) knowledge.Report {
		report, err := knowledge.Build(ctx, knowledge.Config{Base: "laws", Readers: names(shares, name), Store: db.Knowledge(), Now: time.Now}, func(yield func(knowledge.Document, error) bool) {
			for _, d := range docs {
				if !yield(d, nil) {
					return
				}
			}
		})
		if err != nil {
			b.Fatal(err)
		}
		return report
	}
	for i := range docs {
		docs[i].Readers = readers(r, shares, name)
	}
	have := build(docs).Chunks
	for i, n := 0, len(docs); have < largeChunks && i < n; {
		add := min(n-i, max(1, (largeChunks-have)*n/67_000))
		for _, d := range docs[i : i+add] {
			d.Address = "again/" + d.Address
			d.ID = lineage.NewID(lineage.Record, d.Address, d.Text)
			d.Readers = readers(r, shares, name)
			docs = append(docs, d)
		}
		i += add
		have = build(docs).Chunks
	}
	base, err := knowledge.Open(ctx, db.Knowledge(), "laws")
	if err != nil {
		b.Fatal(err)
	}
	base.WithVectors(knowledge.Vectors{Spaces: db.Space(), Dots: simd.Dots{}, Embedder: func(_ context.Context, s space.Space) (space.Embedder, error) { return knowledge.Static(s) }})
	s, err := base.TrainStatic(ctx, static.Config{})
	if err != nil {
		b.Fatal(err)
	}
	e, err := knowledge.Static(s)
	if err != nil {
		b.Fatal(err)
	}
	if _, err := base.Embed(ctx, s, e, nil); err != nil {
		b.Fatal(err)
	}
	for _, rank := range []struct {
		name string
		use  space.Use
	}{{"words", space.Use{}}, {"static", space.Use{Space: s.ID, Fusion: knowledge.Fusion(s)}}} {
		for _, share := range shares {
			b.Run(fmt.Sprintf("%s/%g%%", rank.name, 100*share), func(b *testing.B) {
				search := base.SearchWith(rank.use)
				var took []float64
				for b.Loop() {
					took = took[:0]
					for i, q := range questions {
						start := time.Now()
						if _, err := search(ctx, knowledge.Query{Text: q.Query, As: knowledge.Asker{Principals: []string{name(share)}}}); err != nil {
							b.Fatal(err)
						}
						if i > len(questions)/10 { // the first fill the caches
							took = append(took, float64(time.Since(start).Microseconds())/1000)
						}
					}
				}
				slices.Sort(took)
				b.ReportMetric(float64(have), "chunks")
				for _, p := range []int{50, 95, 99} {
					b.ReportMetric(took[len(took)*p/100], fmt.Sprintf("p%d-ms", p))
				}
			})
		}
	}
}

func names(shares []float64, name func(float64) string) (out []string) {
	for _, s := range shares {
		out = append(out, name(s))
	}
	return out
}

// readers are those who may read a document, each with his share as chance.
func readers(r *rand.Rand, shares []float64, name func(float64) string) (out []string) {
	for _, s := range shares {
		if r.Float64() < s {
			out = append(out, name(s))
		}
	}
	return out
}
