package knowledge_test

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/luodi/luodi/internal/knowledge"
	"github.com/luodi/luodi/internal/knowledge/space"
)

// Two spaces of other dimensions rank a question's passages in opposite order.
// Whatever is flipped while 16 clients search, each sees one of them, whole.
func TestSwapUnderLoad(t *testing.T) {
	ctx := context.Background()
	embedders := map[string]space.Embedder{
		"one": toy{[]string{"贷款|问题", "信用卡", "年假"}, nil},
		"two": toy{[]string{"贷款", "信用卡", "年假|问题", "x", "y"}, nil},
	}
	base, _, spaces := vectored(t, toyDocs(), embedders)
	uses, first := map[string]space.Use{}, map[string]string{"one": "loan.md", "two": "leave.md"}
	for model, dim := range map[string]int{"one": 3, "two": 5} {
		s := space.Space{Provider: "http://x/v1", Model: model, Dim: dim}.Named()
		if _, err := base.Embed(ctx, s, embedders[model], nil); err != nil {
			t.Fatal(err)
		}
		uses[model] = space.Use{Space: s.ID, Fusion: space.Fusion{Kind: space.Coverage, Lambda: 1}}
	}
	ask := func() string {
		hits, err := base.Search(ctx, knowledge.Query{Text: "问题", As: asA})
		if err != nil || len(hits) == 0 {
			t.Errorf("%d hits, %v", len(hits), err)
			return ""
		}
		return hits[0].At
	}
	alias, err := spaces.Flip(ctx, "b", space.Alias{Now: uses["one"]})
	if err != nil {
		t.Fatal(err)
	}
	var done atomic.Bool
	var wg sync.WaitGroup
	var searches atomic.Int64
	for range 16 {
		wg.Go(func() {
			for !done.Load() {
				if got := ask(); got != first["one"] && got != first["two"] {
					t.Errorf("first is %q: neither space's", got)
					return
				}
				searches.Add(1)
			}
		})
	}
	for i := range 200 {
		for n := searches.Load(); searches.Load() < n+20 && !t.Failed(); { // clients search between any two flips
			runtime.Gosched()
		}
		alias.Now, alias.Before = uses[[]string{"two", "one"}[i%2]], alias.Now
		if alias, err = spaces.Flip(ctx, "b", alias); err != nil {
			t.Fatal(err)
		}
		if got, want := ask(), first[[]string{"two", "one"}[i%2]]; got != want {
			t.Fatalf("after flip %d a search finds %s, want %s", i, got, want)
		}
	}
	done.Store(true)
	wg.Wait()
	t.Logf("%d searches by 16 clients over 200 flips", searches.Load())
	alias.Now, alias.Before = alias.Before, alias.Now // the way back
	if _, err := spaces.Flip(ctx, "b", alias); err != nil {
		t.Fatal(err)
	}
	if got := ask(); got != first["two"] {
		t.Errorf("after the way back: %s", got)
	}
}
