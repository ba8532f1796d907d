package knowledge_test

import (
	"cmp"
	"context"
	"os"
	"testing"

	"github.com/luodi/luodi/internal/knowledge"
	"github.com/luodi/luodi/internal/knowledge/space"
	"github.com/luodi/luodi/internal/openai"
)

// TestModelSpace measures a real embedding model: LUODI_EMBEDDINGS is the base
// URL of an OpenAI-compatible server, LUODI_EMBEDDING_MODEL its model.
func TestModelSpace(t *testing.T) {
	url := os.Getenv("LUODI_EMBEDDINGS")
	if url == "" {
		t.Skip("skipped: LUODI_EMBEDDINGS names no server")
	}
	model := cmp.Or(os.Getenv("LUODI_EMBEDDING_MODEL"), "multilingual-e5-small")
	ctx := context.Background()
	client := &openai.Client{}
	ask := func(ctx context.Context, texts []string) ([][]float32, error) {
		vs, _, err := client.Embeddings(ctx, openai.Endpoint{BaseURL: url, Model: model}, texts)
		return vs, err
	}
	for _, set := range []struct {
		name, docs string
		least      float64 // recall@10, and never below words alone by more than .01
	}{
		{"xquad-en-zh", "xquad-zh", .85},
		{"xquad-zh", "xquad-zh", .98},
	} {
		t.Run(set.name, func(t *testing.T) {
			s, err := space.Describe(ctx, url, model, ask)
			if err != nil {
				t.Fatal(err)
			}
			e := space.Remote{Space: s, Ask: ask}
			base, _, _ := vectored(t, rows(set.docs)(t), map[string]space.Embedder{model: e})
			plan, err := base.EmbedEstimate(ctx, s)
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("estimate %+v", plan)
			if _, err := base.Embed(ctx, s, e, nil); err != nil {
				t.Fatal(err)
			}
			words := evaluate(t, set.name, base.Search)
			t.Logf("words          %s", figures(words))
			for _, f := range append(knowledge.Fusions(s), knowledge.Fusion(s)) {
				got := evaluate(t, set.name, base.SearchWith(space.Use{Space: s.ID, Fusion: f}))
				t.Logf("%-8s λ %.2f %s", f.Kind, f.Lambda, figures(got))
				if (space.Use{Fusion: f}).Same(space.Use{Fusion: knowledge.Fusion(s)}) && (got["recall@10"] < set.least || got["ndcg@10"] < words["ndcg@10"]-.01) {
					t.Errorf("the default join: recall@10 %.4f, nDCG@10 %.4f", got["recall@10"], got["ndcg@10"])
				}
			}
		})
	}
}
