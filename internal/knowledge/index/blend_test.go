package index_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/luodi/luodi/internal/knowledge/index"
	"github.com/luodi/luodi/internal/knowledge/token"
)

// two segments of ten documents, one chunk each.
func blendView(t *testing.T, see func(segment, doc int) bool) (*index.View, index.Fetch) {
	t.Helper()
	r := rand.New(rand.NewPCG(1, 1))
	var segs []*index.Segment
	pages := map[int64][][]byte{}
	for s := range 2 {
		var b index.Builder
		for d := range 10 {
			text := ""
			for range 20 {
				text += fmt.Sprintf("w%d ", r.IntN(30))
			}
			b.Add(index.Input{Doc: index.Doc{Version: fmt.Sprintf("v%d-%d", s, d), Chunks: 1}, Chunks: []index.InputChunk{{End: len(text), Body: text}}})
		}
		meta, p := b.Finish()
		seg, err := index.Parse(int64(s+1), meta)
		if err != nil {
			t.Fatal(err)
		}
		segs, pages[seg.ID] = append(segs, seg), p
	}
	return index.NewView(segs, index.Weights{}, see), func(segment int64, page int) ([]byte, error) { return pages[segment][page], nil }
}

func near(v *index.View) (out [][]float32) {
	r := rand.New(rand.NewPCG(2, 2))
	for i := range v.Segments() {
		row := make([]float32, v.Segment(i).Chunks())
		for c := range row {
			row[c] = r.Float32()
		}
		out = append(out, row)
	}
	return out
}

func TestBlend(t *testing.T) {
	v, fetch := blendView(t, func(_, doc int) bool { return doc != 3 })
	terms := token.Query("w1 w2 w3")
	words, _, err := v.Search(terms, 100, fetch)
	if err != nil || len(words) == 0 {
		t.Fatal(len(words), err)
	}
	n := near(v)
	lexical := map[[2]int]float32{}
	for _, f := range words {
		lexical[[2]int{f.Segment, f.Chunk}] = f.Score
	}
	for name, tt := range map[string]struct {
		blend index.Blend
		want  func(segment, chunk int) float32 // nil: as by words
	}{
		"without weight words rank":             {index.Blend{Join: index.Scale}, nil},
		"the same where words cover":            {index.Blend{Join: index.Cover}, nil},
		"the same where lists are joined":       {index.Blend{Join: index.Ranks}, nil},
		"scaled by the best score":              {index.Blend{Join: index.Scale, Lambda: .5}, func(s, c int) float32 { return lexical[[2]int{s, c}] + .5*words[0].Score*n[s][c] }},
		"nearness alone where it weighs most":   {index.Blend{Join: index.Cover, Lambda: 1e4}, func(s, c int) float32 { return n[s][c] }},
		"nearness alone where lists are joined": {index.Blend{Join: index.Ranks, Lambda: 1e4}, func(s, c int) float32 { return n[s][c] }},
	} {
		t.Run(name, func(t *testing.T) {
			tt.blend.Near = n
			got, _, err := v.SearchBlend(terms, 100, fetch, tt.blend)
			if err != nil {
				t.Fatal(err)
			}
			for i, f := range got {
				if f.Chunk == 3 {
					t.Errorf("document 3 is outside the view")
				}
				if tt.want == nil && i < len(words) && (f.Segment != words[i].Segment || f.Chunk != words[i].Chunk) {
					t.Fatalf("place %d is %+v, by words %+v", i, f, words[i])
				}
			}
			if tt.want != nil && !slices.IsSortedFunc(got, func(a, b index.Found) int {
				if tt.want(a.Segment, a.Chunk) >= tt.want(b.Segment, b.Chunk)-1e-5 {
					return -1
				}
				return 1
			}) {
				t.Errorf("order %+v", got)
			}
		})
	}
}

// TestBlendComparesOnlyWhatMayWin: passages that are left uncompared could not
// have come in.
func TestBlendComparesOnlyWhatMayWin(t *testing.T) {
	v, fetch := blendView(t, func(_, doc int) bool { return doc != 3 })
	terms := token.Query("w1 w2 w3 w4")
	whole := near(v)
	for _, n := range []int{1, 3, 5, 19} {
		for _, lambda := range []float32{.05, .2, 1} {
			want, _, err := v.SearchBlend(terms, n, fetch, index.Blend{Lambda: lambda, Near: whole})
			if err != nil {
				t.Fatal(err)
			}
			lazy := make([][]float32, len(whole))
			for i := range lazy {
				lazy[i] = make([]float32, len(whole[i]))
			}
			compared := 0
			got, _, err := v.SearchBlend(terms, n, fetch, index.Blend{Lambda: lambda, Near: lazy, Fill: func(segment, from, to int) {
				copy(lazy[segment][from:to], whole[segment][from:to])
				compared += to - from
				if from <= 3 && 3 < to {
					t.Error("a passage outside the view was compared")
				}
			}})
			if err != nil || !slices.Equal(got, want) {
				t.Errorf("%d best, λ %v: %v, want %v (%v)", n, lambda, got, want, err)
			}
			if n == 1 && lambda == .05 && compared > 10 {
				t.Errorf("%d of 18 passages compared for the best one", compared)
			}
		}
	}
}

// Of a long question no chunk has much by words. Nearness, whose best is
// always 1, must not outweigh them for that; where words find nothing it ranks
// alone.
func TestNearnessWeighsAsMuchAsWordsReach(t *testing.T) {
	v, fetch := blendView(t, func(int, int) bool { return true })
	long := ""
	for i := range 30 {
		long += fmt.Sprintf("w%d ", i)
	}
	for name, question := range map[string]string{"long": long, "short": "w1", "unknown": "nothing here"} {
		terms := token.Query(question)
		n := near(v)
		words, weights, err := v.Search(terms, 1, fetch)
		if err != nil {
			t.Fatal(err)
		}
		found, _, err := v.SearchBlend(terms, 20, fetch, index.Blend{Join: index.Cover, Lambda: .5, Near: n})
		if err != nil || len(found) == 0 {
			t.Fatal(len(found), err)
		}
		lo, hi, sum := float32(2), float32(-2), float32(0)
		for _, row := range n {
			for _, x := range row {
				lo, hi, sum = min(lo, x), max(hi, x), sum+x
			}
		}
		weight := float32(.5)
		if len(words) > 0 {
			weight *= min(words[0].Score/index.Full(weights), 1)
		}
		scores := map[[2]int]float32{}
		all, _, _ := v.Search(terms, 20, fetch)
		for _, f := range all {
			scores[[2]int{f.Segment, f.Chunk}] = f.Score / index.Full(weights)
		}
		for _, f := range found {
			want := scores[[2]int{f.Segment, f.Chunk}] + weight*(n[f.Segment][f.Chunk]-sum/20)/(hi-sum/20)
			if d := f.Score - want; d > 1e-4 || d < -1e-4 {
				t.Errorf("%s: %v, want %v", name, f.Score, want)
			}
		}
	}
}
