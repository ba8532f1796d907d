package knowledge_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/luodi/luodi/internal/knowledge"
	"github.com/luodi/luodi/internal/knowledge/knowledgetest"
	"github.com/luodi/luodi/internal/knowledge/space"
	"github.com/luodi/luodi/internal/knowledge/space/spacetest"
	"github.com/luodi/luodi/internal/simd"
)

// clusters is an embedder that puts the texts "p3 …" and "q3 …" around the
// centre of cluster 3.
type clusters struct {
	centres [][]float32
	spread  float64
}

func newClusters(seed uint64, n, dim int, spread float64) clusters {
	r := rand.New(rand.NewPCG(seed, 1))
	c := clusters{spread: spread}
	for range n {
		v := make([]float32, dim)
		for i := range v {
			v[i] = float32(r.NormFloat64())
		}
		space.Unit(v)
		c.centres = append(c.centres, v)
	}
	return c
}

// Query implements space.Embedder; equal texts get equal vectors.
func (c clusters) Query(_ context.Context, text string) ([]float32, error) {
	text = text[strings.LastIndex(text, "\n")+1:]
	var cluster, number int
	kind := byte(0)
	if _, err := fmt.Sscanf(text, "%c%d x%d", &kind, &cluster, &number); err != nil {
		return nil, fmt.Errorf("placing %q: %w", text, err)
	}
	r := rand.New(rand.NewPCG(uint64(number), uint64(kind)<<32|uint64(cluster)))
	centre := c.centres[cluster%len(c.centres)]
	v := make([]float32, len(centre))
	for i, x := range centre {
		v[i] = x + float32(r.NormFloat64()*c.spread)
	}
	space.Unit(v)
	return v, nil
}

// Passages implements space.Embedder.
func (c clusters) Passages(ctx context.Context, texts []string) (out [][]float32, err error) {
	for _, t := range texts {
		v, err := c.Query(ctx, t)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}

// twice opens one base with vectors as floats and as integers.
func twice(t interface{ Fatal(...any) }, e clusters, docs []knowledge.Document) (floats, integers *knowledge.Base, s space.Space) {
	ctx := context.Background()
	store, spaces := &knowledgetest.Memory{}, &spacetest.Memory{}
	s = space.Space{Provider: "http://x/v1", Model: "clusters", Dim: len(e.centres[0])}.Named()
	if _, err := knowledge.Build(ctx, knowledge.Config{Base: "b", Readers: []string{"user:0@x", "user:1@x", "user:2@x"}, Store: store, Now: time.Now}, each(docs)); err != nil {
		t.Fatal(err)
	}
	open := func(small bool) *knowledge.Base {
		b, err := knowledge.Open(ctx, store, "b")
		if err != nil {
			t.Fatal(err)
		}
		return b.WithVectors(knowledge.Vectors{Spaces: spaces, Small: small, Dots: simd.Dots{}, Embedder: func(context.Context, space.Space) (space.Embedder, error) { return e, nil }})
	}
	floats, integers = open(false), open(true)
	if _, err := floats.Embed(ctx, s, e, nil); err != nil {
		t.Fatal(err)
	}
	return floats, integers, s
}

func clustered(n, clusters int, readers func(i int) []string) (docs []knowledge.Document) {
	for i := range n {
		d := document(fmt.Sprintf("d%04d.md", i), "", fmt.Sprintf("p%d x%d", i%clusters, i))
		d.Readers = readers(i)
		docs = append(docs, d)
	}
	return docs
}

func TestIntegersFindWhatFloatsFind(t *testing.T) {
	ctx := context.Background()
	const clusters, questions = 20, 100
	floats, integers, s := twice(t, newClusters(3, clusters, 384, .03), clustered(2000, clusters, func(int) []string { return nil }))
	for _, kind := range []string{space.Coverage, space.RRF} {
		use, same, same1 := space.Use{Space: s.ID, Fusion: space.Fusion{Kind: kind, Lambda: 1}}, 0, 0
		for i := range questions {
			q := knowledge.Query{Text: fmt.Sprintf("q%d x%d", i%clusters, 10_000+i), As: owner}
			want, err := floats.SearchWith(use)(ctx, q)
			if err != nil || len(want) < 10 {
				t.Fatal(len(want), err)
			}
			got, err := integers.SearchWith(use)(ctx, q)
			if err != nil {
				t.Fatal(err)
			}
			for _, h := range got {
				if slices.ContainsFunc(want, func(w knowledge.Hit) bool { return w.At == h.At }) {
					same++
				}
			}
			if got[0].At == want[0].At {
				same1++
			}
		}
		t.Logf("%s: %d of %d among the ten nearest, %d of %d nearest", kind, same, 10*questions, same1, questions)
		if same < 990*questions/100 || same1 < 99*questions/100 {
			t.Errorf("%s: %d of %d among the ten nearest, %d of %d nearest", kind, same, 10*questions, same1, questions)
		}
	}
}

// Whatever one may read, a search with integers finds nothing else, and ranks
// as if the rest were not there.
func TestIntegersKeepToWhatIsAllowed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ctx := context.Background()
		n := rapid.IntRange(1, 40).Draw(t, "documents")
		may := rapid.SliceOfN(rapid.IntRange(0, 3), n, n).Draw(t, "readers") // 3: all
		e := newClusters(rapid.Uint64().Draw(t, "seed"), 3, rapid.IntRange(2, 70).Draw(t, "dim"), .3)
		readers := func(i int) []string {
			if may[i] == 3 {
				return nil
			}
			return []string{fmt.Sprintf("user:%d@x", may[i])}
		}
		docs := clustered(n, 3, readers)
		_, integers, s := twice(t, e, docs)
		asker := rapid.IntRange(0, 2).Draw(t, "asker")
		allowed := slices.Clone(docs)
		allowed = slices.DeleteFunc(allowed, func(d knowledge.Document) bool {
			return len(d.Readers) > 0 && d.Readers[0] != fmt.Sprintf("user:%d@x", asker)
		})
		_, alone, _ := twice(t, e, allowed)
		kind := rapid.SampledFrom([]string{space.Linear, space.Coverage, space.RRF}).Draw(t, "kind")
		use := space.Use{Space: s.ID, Fusion: space.Fusion{Kind: kind, Lambda: rapid.Float64Range(.1, 2).Draw(t, "lambda")}}
		q := knowledge.Query{Text: fmt.Sprintf("q%d x%d", asker, 7), K: 5, As: knowledge.Asker{Principals: []string{fmt.Sprintf("user:%d@x", asker)}}}
		got, err := integers.SearchWith(use)(ctx, q)
		if err != nil {
			t.Fatal(err)
		}
		want, err := alone.SearchWith(use)(ctx, q)
		if err != nil || addresses(got) != addresses(want) {
			t.Fatalf("%s: %s, want %s, %v", kind, addresses(got), addresses(want), err)
		}
	})
}
