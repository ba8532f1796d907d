package space_test

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/knowledge/space"
)

func TestPackedVectorsComeBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := rapid.SliceOfN(rapid.Float32Range(-1, 1), 5, 64).Draw(t, "v")
		most := float64(slices.MaxFunc(v, func(a, b float32) int { return int(math.Copysign(1, math.Abs(float64(a))-math.Abs(float64(b)))) }))
		for small, most := range map[bool]float64{false: 0, true: math.Abs(most)/254 + 1e-6} {
			got := make([]float32, len(v))
			if err := space.Unpack(space.Pack(v, small), got); err != nil {
				t.Fatal(err)
			}
			for i := range v {
				if d := math.Abs(float64(got[i] - v[i])); d > most {
					t.Fatalf("small %v: %f came back as %f", small, v[i], got[i])
				}
			}
		}
	})
	if err := space.Unpack([]byte{1, 2, 3}, make([]float32, 8)); !errs.Is(err, errs.CodeInternal) {
		t.Errorf("three bytes are a vector: %v", err)
	}
}

// echo answers with a vector per text, and notes what it was asked.
func echo(asked *[]string) space.Endpoint {
	return func(_ context.Context, texts []string) ([][]float32, error) {
		var out [][]float32
		for _, t := range texts {
			*asked = append(*asked, t)
			out = append(out, []float32{float32(len(t)), float32(strings.Count(t, "e")), 1})
		}
		return out, nil
	}
}

func TestRemoteBatchesAndPrefixes(t *testing.T) {
	var asked []string
	calls := 0
	ask := echo(&asked)
	r := space.Remote{Space: space.Space{Dim: 3, Query: "query: ", Passage: "passage: "}, Batch: 2, Ask: func(ctx context.Context, texts []string) ([][]float32, error) {
		calls++
		return ask(ctx, texts)
	}}
	vs, err := r.Passages(context.Background(), []string{"a", "b", "c"})
	if err != nil || len(vs) != 3 || calls != 2 || asked[2] != "passage: c" {
		t.Errorf("%d vectors in %d calls of %q, %v", len(vs), calls, asked, err)
	}
	if _, err := r.Query(context.Background(), "q"); err != nil || asked[3] != "query: q" {
		t.Errorf("%q, %v", asked, err)
	}
	r.Space.Dim = 4
	if _, err := r.Query(context.Background(), "q"); !errs.Is(err, errs.CodeConflict) {
		t.Errorf("another model's vectors: %v", err)
	}
}

func TestProbeTellsModelsApart(t *testing.T) {
	var asked []string
	describe := func(ask space.Endpoint) space.Space {
		s, err := space.Describe(context.Background(), "http://x/v1", "multilingual-e5-small", ask)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	one, again := describe(echo(&asked)), describe(echo(&asked))
	other := describe(func(_ context.Context, texts []string) ([][]float32, error) {
		return [][]float32{{1, 0, 0}, {0, 1, 0}, {1, 1, 0}}, nil
	})
	if one.ID != again.ID || one.ID == other.ID || one.Dim != 3 || one.Query != "query: " {
		t.Errorf("%+v\n%+v\n%+v", one, again, other)
	}
}

func ExamplePrefixes() {
	query, passage := space.Prefixes("intfloat/multilingual-e5-small")
	fmt.Printf("%q %q\n", query, passage)
	// Output: "query: " "passage: "
}
