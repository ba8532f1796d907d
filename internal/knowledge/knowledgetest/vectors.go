package knowledgetest

import (
	"context"
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/luodi/luodi/internal/knowledge"
	"github.com/luodi/luodi/internal/knowledge/space"
	"github.com/luodi/luodi/internal/lineage"
)

// Vectors is what every way to compare vectors must do: rank what the asker may
// read, and nothing else, as comparing each passage by hand does.
func Vectors(t *testing.T, open func(t *testing.T) (knowledge.Store, knowledge.Vectors)) {
	ctx := context.Background()
	store, vectors := open(t)
	r := rand.New(rand.NewPCG(7, 7))
	e := places{dim: 16, at: map[string][]float32{}}
	var docs []knowledge.Document
	readers := map[string][]string{}
	for i := range 60 {
		text := fmt.Sprintf("passage w%d w%d", i, r.IntN(9))
		d := knowledge.Document{ID: lineage.NewID(lineage.Record, text), Address: fmt.Sprintf("d%02d.md", i), Title: "t", Text: text}
		if i%3 > 0 {
			d.Readers = []string{fmt.Sprintf("user:%d@x", i%3)}
		}
		readers[d.Address] = d.Readers
		docs = append(docs, d)
		e.place(r, text)
	}
	for q := range 5 {
		e.place(r, fmt.Sprintf("question %d", q))
	}
	s := space.Space{Provider: "http://x/v1", Model: "places", Dim: e.dim}.Named()
	build := func(docs []knowledge.Document) *knowledge.Base {
		_, err := knowledge.Build(ctx, knowledge.Config{Base: "b", Readers: []string{"user:1@x", "user:2@x", "user:9@x"}, Store: store, Now: time.Now}, all(docs))
		if err != nil {
			t.Fatal(err)
		}
		b, err := knowledge.Open(ctx, store, "b")
		if err != nil {
			t.Fatal(err)
		}
		vectors.Embedder = func(context.Context, space.Space) (space.Embedder, error) { return e, nil }
		b.WithVectors(vectors)
		if _, err := b.Embed(ctx, s, e, nil); err != nil {
			t.Fatal(err)
		}
		return b
	}
	check := func(t *testing.T, b *knowledge.Base, docs []knowledge.Document) {
		for _, as := range []knowledge.Asker{{Owner: true}, {Principals: []string{"user:1@x"}}, {Principals: []string{"user:9@x"}}, {Principals: []string{"user:none@x"}}} {
			for q := range 5 {
				question := fmt.Sprintf("question %d", q)
				hits, err := b.SearchWith(space.Use{Space: s.ID, Fusion: space.Fusion{Kind: space.Coverage, Lambda: 1}})(ctx, knowledge.Query{Text: question, K: 5, As: as})
				if err != nil {
					t.Fatal(err)
				}
				var got []string
				for _, h := range hits {
					got = append(got, h.At)
				}
				if want := e.nearest(question, docs, as, 5); !slices.Equal(got, want[:min(5, len(want))]) {
					t.Errorf("%+v asks %q: %v, want %v", as, question, got, want)
				}
			}
		}
	}
	b := build(docs)
	t.Run("the nearest that may be read come first", func(t *testing.T) { check(t, b, docs) })
	t.Run("what is removed is not found, what is new is", func(t *testing.T) {
		extra := knowledge.Document{ID: lineage.NewID(lineage.Record, "new"), Address: "new.md", Title: "t", Text: "fresh answer"}
		e.at["t\nfresh answer"] = e.at["question 0"]
		docs = append(docs[10:], extra)
		check(t, build(docs), docs)
	})
}

func all(docs []knowledge.Document) iter.Seq2[knowledge.Document, error] {
	return func(yield func(knowledge.Document, error) bool) {
		for _, d := range docs {
			if !yield(d, nil) {
				return
			}
		}
	}
}

// places is an embedder that knows where every text of a test lies.
type places struct {
	dim int
	at  map[string][]float32
}

func (p places) place(r *rand.Rand, text string) {
	v := make([]float32, p.dim)
	for i := range v {
		v[i] = float32(r.NormFloat64())
	}
	space.Unit(v)
	p.at[text], p.at["t\n"+text] = v, v
}

// Passages implements space.Embedder.
func (p places) Passages(_ context.Context, texts []string) (out [][]float32, _ error) {
	for _, t := range texts {
		out = append(out, p.at[t])
	}
	return out, nil
}

// Query implements space.Embedder.
func (p places) Query(_ context.Context, text string) ([]float32, error) { return p.at[text], nil }

// nearest compares every document by hand.
func (p places) nearest(question string, docs []knowledge.Document, as knowledge.Asker, n int) (out []string) {
	may := func(d knowledge.Document) bool {
		known := as.Owner || !slices.Contains(as.Principals, "user:none@x")
		return known && (as.Owner || len(d.Readers) == 0 || slices.ContainsFunc(as.Principals, func(a string) bool { return slices.Contains(d.Readers, a) }))
	}
	type scored struct {
		at     string
		cosine float64
	}
	var all []scored
	mean := 0.
	for _, d := range docs {
		if may(d) {
			sum := 0.
			for i, x := range p.at["t\n"+d.Text] {
				sum += float64(x) * float64(p.at[question][i])
			}
			all = append(all, scored{d.Address, sum})
			mean += sum
		}
	}
	slices.SortFunc(all, func(a, b scored) int {
		if a.cosine > b.cosine {
			return -1
		}
		return 1
	})
	for _, s := range all[:min(n, len(all))] {
		if s.cosine > mean/float64(len(all)) {
			out = append(out, s.at)
		}
	}
	return out
}
