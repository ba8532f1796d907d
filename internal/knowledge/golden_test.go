package knowledge_test

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/luodi/luodi/internal/knowledge"
	"github.com/luodi/luodi/internal/knowledge/space"
	"github.com/luodi/luodi/internal/knowledge/static"
)

// TestGoldenHalf fits to one half of lecoqa's questions and reports on the
// other half, both ways.
func TestGoldenHalf(t *testing.T) {
	if os.Getenv("LUODI_LONG") == "" {
		t.Skip("skipped: LUODI_LONG=1 fits a ranker to questions about 64,673 articles")
	}
	ctx := context.Background()
	base, _, spaces := vectored(t, laws(t), nil)
	start := time.Now()
	s, err := base.TrainStatic(ctx, static.Config{})
	if err != nil {
		t.Fatal(err)
	}
	e, err := knowledge.Static(s)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := base.Embed(ctx, s, e, nil); err != nil {
		t.Fatal(err)
	}
	t.Logf("static space in %.0f s", time.Since(start).Seconds())
	now := space.Use{Space: s.ID, Fusion: knowledge.Fusion(s)}
	var half [2][]knowledge.Question
	for i, q := range questionsOf(t, "lecoqa") {
		half[i%2] = append(half[i%2], q)
	}
	for i := range half {
		golden, report := half[i], half[1-i]
		start := time.Now()
		r, fitted, err := base.Fit(ctx, now, golden, nil)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("fitted to %d questions in %.0f s: %+v", len(golden), time.Since(start).Seconds(), fitted)
		if err := spaces.PutRanker(ctx, r); err != nil {
			t.Fatal(err)
		}
		use := now
		use.Fusion.Ranker = r.ID
		var got []map[string]float64
		for _, rank := range []knowledge.Ranker{base.SearchPlain, base.SearchWith(now), base.SearchWith(use)} {
			f, err := knowledge.Eval(ctx, rank, report, knowledge.EvalConfig{K: []int{10, 20}, As: owner, Now: time.Now})
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("r@10 %.4f hit@10 %.4f mrr@10 %.4f ndcg@10 %.4f p50 %.1f p95 %.1f ms", f["recall@10"], f["hit@10"], f["mrr@10"], f["ndcg@10"], f["p50_ms"], f["p95_ms"])
			got = append(got, f)
		}
		if d := got[2]["recall@10"] - got[0]["recall@10"]; d < .11 {
			t.Errorf("recall@10 rises by %.4f over plain BM25, less than .11", d)
		}
		if d := got[2]["mrr@10"] - got[0]["mrr@10"]; d < .10 {
			t.Errorf("MRR@10 rises by %.4f over plain BM25, less than .10", d)
		}
	}
}
